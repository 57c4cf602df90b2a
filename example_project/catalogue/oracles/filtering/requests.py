"""What the patterns that take requests must give."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from example_project.catalogue.checking import case, empty, everything, oracle, refused
from example_project.world import World
from example_project.world.rows import Post, User


@oracle(
    3,
    everything(),
    case(status="pending"),
    case(status=["pending", "banned"], is_active=True),
    case(username="ada"),
    empty(username="ada", email="Ada@Example.COM"),
    refused(ValueError, bio="x"),
    refused(ValueError, email__startswith="a"),
    refused(ValueError, posts__title="x"),
    refused(ValueError, _connector="OR"),
)
def dynamic_user_filter(world: World, **kwargs: object) -> list[User]:
    def fits(user: User) -> bool:
        wanted = ((getattr(user, name), value) for name, value in kwargs.items())
        return all(own in value if isinstance(value, list) else own == value for own, value in wanted)

    return [user for user in world.users if fits(user)]


@oracle(
    91,
    everything(),
    everything(keys=["price"]),
    everything(keys=["-price", "newest"]),
    everything(keys=["-newest"]),
    everything(keys=[]),
    refused(ValueError, keys=["author__email"]),
    refused(ValueError, keys=["--rating"]),
    refused(ValueError, keys=["?"]),
    ordered=True,
)
def sort_posts(world: World, keys: Sequence[str]) -> list[Post]:
    posts = list(world.posts)
    turned = False
    for key in reversed(keys):
        name = key.removeprefix("-")
        turned = key.startswith("-") != (name == "newest")
        if key == keys[-1]:
            posts.sort(key=lambda post: post.id, reverse=turned)
        column = {"newest": "created_at", "rating": "rating", "price": "price"}[name]
        known = [post for post in posts if getattr(post, column) is not None]
        unknown = [post for post in posts if getattr(post, column) is None]
        posts = sorted(known, key=lambda post: getattr(post, column), reverse=turned) + unknown
    return posts


@oracle(
    92,
    everything(),
    case(status="draft"),
    case(author_id=1),
    case(status="published", author_id=4),
    everything(status="", author_id=None),
    empty(author_id=0),
)
def filter_posts_optional(world: World, status: str | None, author_id: int | None) -> list[Post]:
    posts = [post for post in world.posts if not status or post.status == status]
    return [post for post in posts if author_id is None or post.author_id == author_id]


@oracle(93, case(hours=0, rating=5), case(hours=1, rating=6), case(hours=168, rating=4.75), everything(rating=0))
def hot_or_new_posts(world: World, hours: float, rating: float, at: datetime) -> list[Post]:
    since = at - timedelta(hours=hours)
    return [post for post in world.posts if since <= post.created_at <= at or post.rating >= rating]
