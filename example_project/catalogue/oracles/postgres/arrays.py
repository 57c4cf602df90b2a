"""What the patterns of arrays and lists of related values must give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

from example_project.catalogue.checking import (
    Noted,
    Written,
    case,
    empty,
    everything,
    noted,
    oracle,
    refused,
)
from example_project.world import World
from example_project.world.rows import Post


def _tags(post: Post) -> tuple[str, ...]:
    """The tags of a post; a NULL among them is none."""
    return tuple(tag for tag in post.tags or () if tag is not None)


@oracle(262)
def posts_with_tag_list(world: World) -> list[Noted]:
    return [noted(post, tags_list=", ".join(_tags(post))) for post in world.posts]


@oracle(
    264,
    case(tags=["Queue"]),
    case(tags=["a,b", "NULL"]),
    case(tags={"été", "100%", "queue\0"}),
    case(tags=["t" * 50]),
    case(tags=[""]),
    empty(tags=["t" * 51]),
    empty(tags=[]),
    refused(TypeError, tags="queue"),
    refused(TypeError, tags=[None]),
)
def posts_with_tags(world: World, tags: Collection[str]) -> list[Post]:
    return [post for post in world.posts if set(_tags(post)) & set(tags)]


@oracle(267, case(min_count=0), case(min_count=1), case(min_count=2), case(min_count=8), empty(min_count=99))
def posts_with_tag_count(world: World, min_count: int) -> list[Noted]:
    sized = [(post, len(post.tags or ())) for post in world.posts]
    return [noted(post, tag_count=size) for post, size in sized if size >= min_count]


@oracle(272)
def posts_with_commenters(world: World) -> list[Noted]:
    def commenters(post: Post) -> list[int]:
        return sorted({comment.user_id for comment in world.comments_of.get(post.id, []) if comment.is_active})

    return [noted(post, commenters=commenters(post)) for post in world.posts]


@oracle(
    303,
    case(minimum=1),
    case(minimum=3),
    case(tags=["queue", "queue"], minimum=1),
    case(tags=["lock", "t" * 51, "x\0"], minimum=1),
    case(minimum=0),
    everything(tags=[], minimum=0),
    empty(tags=["queue", "queue"], minimum=2),
    refused(TypeError, tags="queue"),
)
def posts_with_some_tags(world: World, tags: Collection[str], minimum: int) -> list[Noted]:
    rows = []
    for post in world.posts:
        shared, every = set(_tags(post)) & set(tags), set(_tags(post)) | set(tags)
        if len(shared) >= minimum:
            rows.append(noted(post, shared=len(shared), jaccard=len(shared) / len(every) if every else 0.0))
    return rows


@oracle(
    304,
    case(prefix="ai"),
    case(prefix="q"),
    case(prefix="Q"),
    case(prefix=""),
    case(prefix="100%"),
    empty(prefix="10%"),
    empty(prefix="a_"),
    case(prefix="back\\"),
    empty(prefix="\0"),
)
def posts_with_tag_prefix(world: World, prefix: str) -> list[Post]:
    return [post for post in world.posts if any(tag.startswith(prefix) for tag in _tags(post))]


@oracle(
    305,
    case(tags=["lock", "queue", "queue"]),
    case(tags=["queue"]),
    case(tags={"planted"}),
    case(tags=[]),
    empty(tags=["queue", "nonsense"]),
    empty(tags=["queue", "t" * 51]),
)
def posts_with_exact_tags(world: World, tags: Collection[str]) -> list[Post]:
    return [post for post in world.posts if post.tags is not None and set(post.tags) == set(tags)]


@oracle(306, case(vocabulary=["queue"]), case(vocabulary=["queue", "lock", "queues"]), case(vocabulary=[]))
def posts_with_unknown_tags(world: World, vocabulary: Collection[str]) -> list[Post]:
    return [post for post in world.posts if post.tags and set(post.tags) - set(vocabulary)]


@oracle(
    307,
    case(post_id=lambda world: world.planted("tags-three").id),
    case(post_id=lambda world: world.planted("tags-repeated").id),
    case(post_id=lambda world: world.planted("tags-holding-null").id),
    empty(post_id=lambda world: world.planted("tags-null").id),
    empty(post_id=lambda world: world.planted("tags-unicode").id),
    empty(post_id=0),
    ordered=True,
)
def related_by_tags(world: World, post_id: int) -> list[Noted]:
    own = {tag for post in world.posts if post.id == post_id for tag in _tags(post)}
    alike = []
    for post in world.posts:
        shared, every = own & set(_tags(post)), own | set(_tags(post))
        if post.id != post_id and shared:
            alike.append((-len(shared), -Fraction(len(shared), len(every)), post.id, post))
    return [noted(post, shared=-shared, jaccard=float(-jaccard)) for shared, jaccard, _, post in sorted(alike)]


@oracle(308, case(minimum=1), case(minimum=2), empty(minimum=10**6), ordered=True)
def tag_pairs(world: World, minimum: int) -> list[dict[str, Any]]:
    counts = Counter(pair for post in world.posts for pair in combinations(sorted(set(_tags(post))), 2))
    frequent = sorted((-count, *pair) for pair, count in counts.items() if count >= minimum)
    return [{"a": a, "b": b, "count": -count} for count, a, b in frequent]


TAGGED = ("tags-null", "tags-empty", "tags-one", "tags-two-swapped", "tags-repeated", "tags-holding-null", "tags-odd")


def _planted(world: World) -> list[int]:
    return [world.planted(slug).id for slug in TAGGED]


@oracle(
    309,
    case(ids=_planted),
    case(ids=_planted, tags=["lock", "lock", "a,b"]),
    case(ids=_planted, tags=["NULL", "", "100%"]),
    empty(ids=lambda world: [world.planted("tags-three").id]),
    empty(ids=[]),
    refused(TypeError, tags=[]),
    refused(ValueError, tags=["t" * 51]),
)
def add_tags(world: World, ids: Collection[int], tags: Collection[str]) -> Written:
    rows = []
    for post in map(world.post, ids):
        new = [tag for tag in dict.fromkeys(tags) if tag not in (post.tags or ())]
        if new:
            rows.append(replace(post, tags=(*(post.tags or ()), *new)))
    return Written(len(rows), rows)


@oracle(
    310,
    case(new="renamed"),
    case(old="lock", new="queue"),
    case(old="Queue"),
    case(old="a,b", new="it's"),
    empty(old="nonsense"),
    empty(new="queue"),
    refused(ValueError, new="t" * 51),
)
def rename_tag(world: World, old: str, new: str) -> Written:
    rows = []
    for post in world.posts:
        if old in (post.tags or ()) and old != new:
            renamed = [new if tag == old else tag for tag in post.tags or ()]
            first = renamed.index(new)
            kept = [tag for place, tag in enumerate(renamed) if tag != new or place == first]
            rows.append(replace(post, tags=tuple(kept)))
    return Written(len(rows), rows)


@oracle(311, case(n=1), case(n=100), everything(n=0), refused(ValueError, n=-1))
def posts_with_recent_comments_json(world: World, n: int) -> list[Noted]:
    def latest(post: Post) -> list[dict[str, Any]]:
        newest = sorted(world.comments_of.get(post.id, []), key=lambda each: (each.created_at, each.id), reverse=True)
        return [
            {"id": each.id, "content": each.content, "user__username": world.user(each.user_id).username}
            for each in newest[:n]
        ]

    return [noted(post, comments_list=latest(post)) for post in world.posts]


@oracle(312)
def categories_with_titles(world: World) -> list[Noted]:
    return [
        noted(category, titles="; ".join(sorted({post.title for post in world.posts_in.get(category.id, [])})))
        for category in world.categories
    ]
