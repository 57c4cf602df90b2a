"""What the patterns that write many rows at a time must answer, and leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from example_project.catalogue.checking import Written, case, empty, oracle, refused
from example_project.world import World
from example_project.world.rows import Post

STEP = timedelta(microseconds=1)


def _given(post: Post, *, later: timedelta = timedelta(0), **values: Any) -> dict[str, Any]:
    """A post as a row that comes in."""
    return {
        "slug": post.slug,
        "title": post.title,
        "content": post.content,
        "author_id": post.author_id,
        "created_at": post.created_at,
        "updated_at": post.updated_at + later,
    } | values


def _around(world: World) -> list[dict[str, Any]]:
    """Older than what is there, of the same moment, and newer, by one step; the last says nothing else that is new."""
    first, second, third, fourth = world.posts[3:7]
    return [
        _given(fourth, later=STEP),
        _given(first, later=-STEP, title="older"),
        _given(second, content="of the same moment"),
        _given(third, later=STEP, title="newer", author_id=first.author_id, created_at=world.now),
        _given(first, slug="new", title="new", content="new", author_id=second.author_id),
    ]


def _twice(world: World) -> list[dict[str, Any]]:
    """Slugs that come twice, the newer first, which would be written if it came last."""
    first, second = world.posts[3:5]
    return [
        _given(first, later=2 * STEP, title="newest"),
        _given(second, later=STEP, title="newer"),
        _given(first, slug="new", title="one"),
        _given(first, later=STEP, title="newer"),
        _given(second, title="of the same moment"),
        _given(second, slug="new", title="other", later=-STEP),
    ]


def _as_they_are(world: World) -> list[dict[str, Any]]:
    return [_given(post) for post in world.posts[:20]]


def _with(**values: Any) -> Callable[[World], list[dict[str, Any]]]:
    return lambda world: [_given(world.posts[0]) | values]


@oracle(
    319,
    case(rows=_around),
    case(rows=_twice),
    empty(rows=_as_they_are),
    empty(rows=()),
    refused(ValueError, rows=_with(slug="\0")),
    refused(ValueError, rows=_with(updated_at="yesterday")),
    refused(ValueError, rows=_with(title=None)),
    refused(ValueError, rows=[{"slug": "without-a-title"}]),
)
def upsert_if_newer(world: World, rows: Sequence[Mapping[str, Any]]) -> Written:
    there = {post.slug: post for post in world.posts}
    last = {row["slug"]: row for row in rows}
    created, updated = [], []
    for slug, row in last.items():
        moment = _moment(row["updated_at"])
        if slug not in there:
            created.append(_new(row))
        elif there[slug].updated_at < moment:
            updated.append(replace(there[slug], title=row["title"], content=row["content"], updated_at=moment))
    left = len(last) - len(created) - len(updated)
    return Written((len(created), len(updated), left), rows=[*created, *updated])


def _moment(given: datetime | str) -> datetime:
    return datetime.fromisoformat(given) if isinstance(given, str) else given


def _new(row: Mapping[str, Any]) -> Post:
    return Post(
        id=0,
        title=row["title"],
        slug=row["slug"],
        content=row["content"],
        author_id=row["author_id"],
        category_id=None,
        status="draft",
        is_active=True,
        language="en",
        created_at=_moment(row["created_at"]),
        updated_at=_moment(row["updated_at"]),
        published_at=None,
        expires_at=None,
        start_time=None,
        end_time=None,
        rating=0,
        score=0,
        views=0,
        likes=0,
        comment_count=0,
        price=None,
        discount=None,
        tags=None,
        metadata=None,
        version=1,
    )
