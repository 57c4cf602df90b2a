"""Patterns about what a value is: one of some, none of some, or missing."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Comment, Post, User
from querysets import P


@pattern(2, "Active, and not banned")
def get_valid_users() -> QuerySet[User]:
    """Users who are active and whose status is anything but banned."""
    return User.objects.active().excluding(status="banned")


@pattern(6, "Posts of some statuses")
def posts_by_status(statuses: Collection[str] = ("draft", "urgent")) -> QuerySet[Post]:
    """Posts whose status is one of ``statuses``; no status, no post."""
    return Post.objects.by(status=statuses)


@pattern(10, "Posts of an author")
def posts_by_author(author_id: int = 1) -> QuerySet[Post]:
    """Posts that one user wrote."""
    return Post.objects.by(author=author_id)


@pattern(14, "Posts of a category, or of none")
def posts_by_category(category_id: int | None = 1) -> QuerySet[Post]:
    """Posts that stand in one category itself; ``None`` finds those that stand in none."""
    return Post.objects.by(category=category_id)


@pattern(15, "Posts of some authors")
def posts_by_authors(author_ids: Collection[int] = (1, 2, 3)) -> QuerySet[Post]:
    """Posts that one of several users wrote; no author, no post."""
    return Post.objects.by(author=author_ids)


@pattern(21, "Users by name and address, exactly")
def exact_match_users(username: str = "ada", email: str = "ada@example.com") -> QuerySet[User]:
    """Users with exactly this name and this address, case and spaces included."""
    return User.objects.by(username=username, email=email)


@pattern(22, "Comments on an author's posts")
def comments_by_post_author(author_id: int = 1) -> QuerySet[Comment]:
    """Comments on posts that one user wrote, whoever commented; each once."""
    return Comment.objects.by(post__author=author_id)


@pattern(24, "Posts but for some")
def exclude_by_ids(ids: Collection[int] = (1, 2, 3)) -> QuerySet[Post]:
    """Posts whose id is not listed; none listed, every post.

    ``None`` in the list is ignored; in SQL, NOT IN would find nothing because of it.
    """
    return Post.objects.excluding(pk=ids)


@pattern(25, "Published, not archived, well rated")
def complex_filter() -> QuerySet[Post]:
    """Published posts rated above 3 outside of the category named "archive"; posts without a category are in."""
    return Post.objects.by(status="published").excluding(category__name="archive").above(rating=3)


@pattern(27, "Users of a status")
def users_by_status(status: str = "pending") -> QuerySet[User]:
    """Users whose status is exactly this one."""
    return User.objects.by(status=status)


@pattern(33, "Posts of other statuses")
def posts_not_in_status(statuses: Collection[str] = ("draft", "archived")) -> QuerySet[Post]:
    """Posts whose status is none of ``statuses``; no status, every post."""
    return Post.objects.excluding(status=statuses)


@pattern(52, "Free or without a price")
def free_or_unpriced_posts() -> QuerySet[Post]:
    """Posts whose price is 0 or unknown (NULL): ``None`` in a list asks for NULL as well."""
    return Post.objects.by(price=[Decimal(0), None])


@pattern(80, "Posts that a user may see")
def posts_visible_to(user_id: int = 1) -> QuerySet[Post]:
    """Posts that are published, and the user's own in any status; an unknown user sees the published ones."""
    return Post.objects.any_of(P.by(status="published"), P.by(author=user_id))


@pattern(87, "Posts of active authors")
def posts_by_active_authors() -> QuerySet[Post]:
    """Posts whose author is active, along the path to the one author."""
    return Post.objects.by(author__is_active=True)
