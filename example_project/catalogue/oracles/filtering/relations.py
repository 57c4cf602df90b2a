"""What the patterns on related rows must give."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from example_project.catalogue.checking import case, empty, everything, oracle
from example_project.world import World
from example_project.world.rows import Bookmark, Comment, Post, Reaction, User


def _engaged(world: World, name: str) -> int:
    return next(user.id for user in world.users if user.username == name)


@oracle(26)
def posts_with_comments(world: World) -> list[Post]:
    return [post for post in world.posts if world.comments_of[post.id]]


@oracle(35)
def users_with_posts(world: World) -> list[User]:
    return [user for user in world.users if world.posts_by[user.id]]


@oracle(76)
def posts_without_comments(world: World) -> list[Post]:
    return [post for post in world.posts if not world.comments_of[post.id]]


@oracle(77, case(user_id=lambda world: _engaged(world, "comments.only")), case(user_id=8), empty(user_id=0))
def posts_with_active_comment_by(world: World, user_id: int) -> list[Post]:
    found = {comment.post_id for comment in world.comments if comment.is_active and comment.user_id == user_id}
    return [post for post in world.posts if post.id in found]


@oracle(
    78,
    case(user_ids=[1, 2, 3, 4]),
    case(user_ids=[2, 2]),
    case(user_ids={1}),
    empty(user_ids=[1, 0]),
    everything(user_ids=[]),
)
def posts_commented_by_all(world: World, user_ids: Collection[int]) -> list[Post]:
    def commenters(post: Post) -> set[int]:
        return {comment.user_id for comment in world.comments_of[post.id]}

    return [post for post in world.posts if set(user_ids) <= commenters(post)]


@oracle(79, case(minimum=1), case(minimum=5), everything(minimum=0), empty(minimum=10_000))
def posts_with_min_comments(world: World, minimum: int) -> list[Post]:
    return [post for post in world.posts if len(world.comments_of[post.id]) >= minimum]


@oracle(81)
def posts_with_only_active_comments(world: World) -> list[Post]:
    found = ((post, world.comments_of[post.id]) for post in world.posts)
    return [post for post, comments in found if comments and all(comment.is_active for comment in comments)]


@oracle(82, case(hours=1), case(hours=168), case(hours=0))
def posts_with_recent_comments(world: World, hours: float, at: datetime) -> list[Post]:
    since = at - timedelta(hours=hours)
    found = {comment.post_id for comment in world.comments if since <= comment.created_at <= at}
    return [post for post in world.posts if post.id in found]


@oracle(83, case(category_id=5), everything(category_id=0))
def users_without_posts_in_category(world: World, category_id: int) -> list[User]:
    return [user for user in world.users if all(post.category_id != category_id for post in world.posts_by[user.id])]


@oracle(
    84,
    case(user_id=lambda world: _engaged(world, "engaged")),
    case(user_id=lambda world: _engaged(world, "engaged.elsewhere")),
    empty(user_id=0),
)
def posts_engaged_by(world: World, user_id: int) -> list[Post]:
    rows: list[Comment | Reaction | Bookmark] = [*world.comments, *world.reactions, *world.bookmarks]
    found = {row.post_id for row in rows if row.user_id == user_id}
    return [post for post in world.posts if post.id in found]


@oracle(85)
def users_commenting_on_own_posts(world: World) -> list[User]:
    own = {comment.user_id for comment in world.comments if comment.user_id == world.post(comment.post_id).author_id}
    return [user for user in world.users if user.id in own]


@oracle(86)
def users_posting_without_commenting(world: World) -> list[User]:
    return [user for user in world.users if world.posts_by[user.id] and not world.comments_by[user.id]]


@oracle(88)
def posts_in_root_categories(world: World) -> list[Post]:
    roots = {category.id for category in world.categories if category.parent_id is None}
    return [post for post in world.posts if post.category_id in roots]


@oracle(90, case(user_id=lambda world: _engaged(world, "talks.to.herself")), everything(user_id=0))
def posts_not_commented_by(world: World, user_id: int) -> list[Post]:
    commented = {comment.post_id for comment in world.comments if comment.user_id == user_id}
    return [post for post in world.posts if post.id not in commented and post.author_id != user_id]
