"""What the patterns that pick rows must give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import md5

from example_project.catalogue.checking import case, empty, everything, oracle, refused
from example_project.catalogue.oracles.reading import caseless
from example_project.world import World
from example_project.world.rows import Post


def _newest(posts: list[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: (post.created_at, post.id), reverse=True)


@oracle(5, ordered=True)
def unique_user_emails(world: World) -> list[str]:
    return sorted({user.email.lower() for user in world.users})


def _through_a_tie(world: World) -> int:
    """A limit that takes some of the posts that were changed at one moment, and leaves others."""
    return 1 + sum(post.updated_at > world.now for post in world.posts)


@oracle(
    20,
    case(limit=1),
    case(limit=_through_a_tie),
    case(limit=30),
    empty(limit=0),
    refused(ValueError, limit=-1),
    ordered=True,
)
def recently_modified(world: World, limit: int) -> list[Post]:
    return sorted(world.posts, key=lambda post: (post.updated_at, post.id), reverse=True)[:limit]


@oracle(95)
def posts_with_duplicate_titles(world: World) -> list[Post]:
    copies = Counter(caseless(post.title) for post in world.posts)
    return [post for post in world.posts if copies[caseless(post.title)] > 1]


@oracle(96)
def latest_post_per_author(world: World) -> list[Post]:
    return [_newest(posts)[0] for posts in world.posts_by.values() if posts]


@oracle(
    97,
    case(size=1),
    case(after=lambda world: _row(world.planted("one-moment-1")), size=3),
    case(after=lambda world: _row(world.planted("one-moment-2")), size=1),
    case(after=lambda world: _row(world.planted("after-now"))),
    case(after=lambda world: _row(world.post(1)), size=50),
    empty(size=0),
    empty(after=lambda world: _row(_newest(world.posts)[-1])),
    refused(ValueError, size=-1),
    ordered=True,
)
def posts_page_after(world: World, after: object, size: int) -> list[Post]:
    posts = _newest(world.posts)
    start = 0 if after is None else 1 + next(place for place, post in enumerate(posts) if post.id == _id(after))
    return posts[start : start + size]


def _row(post: Post) -> object:
    """The post as the database has it: what the pattern takes."""
    from example_project.content.models import Post as Model

    return Model.objects.get(pk=post.id)


def _id(row: object) -> int:
    return int(getattr(row, "pk", 0))


@oracle(98, case(ids=[9, 0, 2, 9, 5]), case(ids=[7]), empty(ids=[]), empty(ids=[0]), ordered=True)
def posts_in_given_order(world: World, ids: Sequence[int]) -> list[Post]:
    return [world.post(number) for number in dict.fromkeys(ids) if 1 <= number <= len(world.posts)]


@oracle(
    99,
    case(salt=""),
    case(fraction=0.5, salt="ü"),
    case(fraction=0.9),
    empty(fraction=0),
    everything(fraction=1),
    refused(ValueError, fraction=1.5),
    refused(ValueError, fraction=-0.1),
)
def sample_posts(world: World, fraction: float, salt: str) -> list[Post]:
    def share(post: Post) -> float:
        digest = md5(f"{salt}{post.id}".encode(), usedforsecurity=False).hexdigest()
        return int(digest[:8], 16) / 2**32

    return [post for post in world.posts if share(post) < fraction]


@oracle(
    100,
    case(index=3),
    case(index=6, of=7),
    everything(of=1),
    refused(ValueError, index=4),
    refused(ValueError, index=-1),
    refused(ValueError, of=0),
)
def posts_shard(world: World, index: int, of: int) -> list[Post]:
    return [post for post in world.posts if post.id % of == index]
