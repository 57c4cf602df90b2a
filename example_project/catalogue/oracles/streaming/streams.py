"""What the patterns of streams, pages and tails must give."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from example_project.catalogue.checking import Written, case, empty, oracle, refused
from example_project.catalogue.streaming.streams import messages_page
from example_project.world import World
from example_project.world.ops.rows import Message
from example_project.world.rows import User


@oracle(461, case(chunk=1), case(chunk=7), refused(ValueError, chunk=0), refused(TypeError, chunk="many"), ordered=True)
def stream_users(world: World, chunk: int) -> list[User]:
    del chunk  # how many come at a time shows nowhere
    return [user for user in world.users if user.is_active]


MOST = 100
"""More pages than there are: a page that does not go on would be followed by itself."""


def _pages(session_id: int, size: int) -> list[str | None]:
    """The cursors of all pages of a session, the first is None."""
    cursors: list[str | None] = [None]
    while (following := messages_page(session_id, cursors[-1], size).next) is not None and len(cursors) < MOST:
        cursors.append(following)
    return cursors


def _place(cursor: str | None) -> str:
    """What a cursor says, but for when it was made."""
    return (cursor or "").split(":")[0]


def _at_once(world: World) -> int:
    """The session whose messages are of few moments."""
    return next(session.id for session in world.sessions if session.key == "at-once")


def _silent(world: World) -> int:
    return next(session.id for session in world.sessions if session.key == "silent")


@oracle(
    483,
    case(cursor=lambda _: _pages(1, 10)[1]),
    case(cursor=lambda _: _pages(1, 10)[-1]),
    case(session_id=_at_once, size=3),
    case(session_id=_at_once, size=3, cursor=lambda world: _pages(_at_once(world), 3)[4]),
    case(
        session_id=_at_once,
        size=3,
        cursor=lambda world: messages_page(_at_once(world), _pages(_at_once(world), 3)[4], 3).previous,
    ),
    empty(session_id=_silent),
    refused(ValueError, cursor="x"),
    refused(ValueError, cursor=lambda _: f"{_pages(1, 10)[1]}x"),
    refused(ValueError, size=0),
    ordered=True,
)
def page_of_messages(world: World, session_id: int, cursor: str | None, size: int) -> list[Message]:
    rows = sorted(world.messages_of[session_id], key=lambda message: (message.created_at, message.id), reverse=True)
    pages = [_place(each) for each in _pages(session_id, size)]
    place = pages.index(_place(cursor)) if _place(cursor) in pages else 3  # the way back from the fifth page
    return rows[place * size : (place + 1) * size]


def _by_transaction(messages: list[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: (message.tx, message.id))


@oracle(484, case(size=1), case(size=1000))
def export_messages(world: World, name: str, size: int) -> Written:
    kept = next(cursor for cursor in world.cursors if cursor.name == name)
    rest = [row for row in _by_transaction(world.messages) if (row.tx, row.id) > tuple(kept.position)]
    batches = [rest[start : start + size] for start in range(0, len(rest), size)]
    return Written(batches, rows=[replace(kept, position=(rest[-1].tx, rest[-1].id))])


def _middle(world: World) -> tuple[int, int]:
    row = _by_transaction(world.messages_of[1])[5]
    return row.tx, row.id


@oracle(
    485,
    case(after=_middle),
    case(session_id=_at_once),
    empty(after=(2**63, 1)),
    empty(session_id=_silent),
    ordered=True,
)
def follow_messages(world: World, session_id: int, after: tuple[int, int] | None) -> list[Message]:
    return [row for row in _by_transaction(world.messages_of[session_id]) if after is None or (row.tx, row.id) > after]


def _odd(world: World) -> int:
    return next(session.id for session in world.sessions if session.key == "odd-texts")


@oracle(
    486,
    case(last_event_id=lambda world: "{}-{}".format(*_middle(world))),
    case(session_id=_odd),
    case(last_event_id=""),
    empty(session_id=_silent),
    refused(ValueError, last_event_id="5"),
    ordered=True,
)
def sse_messages(world: World, session_id: int, last_event_id: str | None) -> list[bytes]:
    after = tuple(map(int, last_event_id.split("-"))) if last_event_id else None
    return [
        "\n".join(
            [
                f"id: {row.tx}-{row.id}",
                "event: message",
                *(f"data: {line}" for line in re.split("\r\n|\n|\r", row.content)),
                "\n",
            ]
        ).encode()
        for row in follow_messages(world, session_id, after)
    ]


@oracle(490)
def live_counts(world: World, at: datetime) -> dict[str, int]:
    return {
        "queued": sum(task.status == "queued" and (task.eta is None or task.eta <= at) for task in world.tasks),
        "open": sum(response.status == "open" for response in world.responses),
        "active": sum(session.status == "active" for session in world.sessions),
    }
