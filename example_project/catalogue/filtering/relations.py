"""Patterns about related rows: some, none, only, each. They are tests, so no post comes twice."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post, User
from querysets import P


@pattern(26, "Posts with comments")
def posts_with_comments() -> QuerySet[Post]:
    """Posts that have at least one comment, active or not; each post once."""
    return Post.objects.having("comments")


@pattern(35, "Users with posts")
def users_with_posts() -> QuerySet[User]:
    """Users who wrote at least one post; each user once."""
    return User.objects.having("posts")


@pattern(76, "Posts without comments")
def posts_without_comments() -> QuerySet[Post]:
    """Posts that have no comment at all, not even an inactive one."""
    return Post.objects.lacking("comments")


@pattern(77, "Posts with an active comment by a user")
def posts_with_active_comment_by(user_id: int = 1) -> QuerySet[Post]:
    """Posts with a comment that is active and by this user: one and the same comment, not one of each."""
    return Post.objects.having("comments", P.active(), user=user_id)


@pattern(78, "Posts that all of them commented on")
def posts_commented_by_all(user_ids: Collection[int] = (1, 2)) -> QuerySet[Post]:
    """Posts that every one of these users commented on, others or not; no users, every post."""
    return Post.objects.having_each("comments__user", user_ids)


@pattern(79, "Posts with so many comments")
def posts_with_min_comments(minimum: int = 3) -> QuerySet[Post]:
    """Posts that have at least ``minimum`` comments; 0 is every post."""
    return Post.objects.having("comments", at_least=minimum)


@pattern(81, "Posts with active comments only")
def posts_with_only_active_comments() -> QuerySet[Post]:
    """Posts that have comments, all of them active."""
    return Post.objects.having_only("comments", P.active())


@pattern(82, "Posts with recent comments")
def posts_with_recent_comments(hours: float = 24, at: datetime | None = None) -> QuerySet[Post]:
    """Posts with a comment of the last hours: pattern 11, reused on the rows at the other end of a relation."""
    return Post.objects.having("comments", P.recent(hours, at=at))


@pattern(83, "Users without posts in a category")
def users_without_posts_in_category(category_id: int = 1) -> QuerySet[User]:
    """Users none of whose posts stands in the category; users without posts are among them."""
    return User.objects.lacking("posts", category=category_id)


@pattern(84, "Posts that a user engaged with")
def posts_engaged_by(user_id: int = 1) -> QuerySet[Post]:
    """Posts that the user commented on, reacted to or bookmarked, also by an inactive comment; each post once."""
    return Post.objects.any_of(
        P.having("comments", user=user_id), P.having("reactions", user=user_id), P.having("bookmarks", user=user_id)
    )


@pattern(85, "Users who commented on their own posts")
def users_commenting_on_own_posts() -> QuerySet[User]:
    """Users with a comment on a post that they wrote themselves."""
    return User.objects.having("comments", P.by(post__author=F("user")))


@pattern(86, "Users who post but never comment")
def users_posting_without_commenting() -> QuerySet[User]:
    """Users who wrote a post and no comment on anybody's."""
    return User.objects.having("posts").lacking("comments")


@pattern(88, "Posts in root categories")
def posts_in_root_categories() -> QuerySet[Post]:
    """Posts that stand in a category without a parent; posts without a category are out."""
    return Post.objects.having("category", parent=None)


@pattern(90, "Posts that a user has not commented on")
def posts_not_commented_by(user_id: int = 1) -> QuerySet[Post]:
    """Posts by others that the user has not commented on."""
    return Post.objects.lacking("comments", user=user_id).excluding(author=user_id)
