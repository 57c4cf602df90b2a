"""Server-Sent Events: rows as frames, each with the position from which a client goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from operator import attrgetter
from typing import Any, Final

from querysets.errors import InvalidCursor
from querysets.scope import Scope
from querysets.sql.values import amount

from .tails import Position

KEEPALIVE: Final = b": keepalive\n\n"
_LINE: Final = re.compile(r"\r\n|\r|\n")  # what ends a line there, and nothing else does
_ID: Final = re.compile(r"([0-9]{1,20})-(.{1,200})", re.ASCII)


def frame(position: Position, event: str, data: str) -> bytes:
    """One event. Each line of the data is a field of its own; the client joins them by newlines."""
    lines = "".join(f"data: {line}\n" for line in _LINE.split(data))
    return f"id: {position[0]}-{position[1]}\nevent: {event}\n{lines}\n".encode()


def position_of(scope: Scope, last_event_id: str | None) -> tuple[int, str] | None:
    """The position of the last event that a client has seen; its header says so, or it says nothing."""
    if last_event_id is None or last_event_id == "":
        return None
    found = _ID.fullmatch(last_event_id) if isinstance(last_event_id, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    if found is None:
        raise InvalidCursor(f"{scope.label}: {last_event_id!r} is no id of an event of this stream")
    return int(found[1]), found[2]


def rendering(scope: Scope, render: Callable[[Any], str] | None) -> Callable[[Any], str]:
    """What makes the data of a row: by default its text."""
    if render is None:
        return attrgetter(scope.role("body", argument="render=...").replace("__", "."))
    if not callable(render):
        raise TypeError(f"{scope.label}: render must be a function of a row, got {render!r}")
    return render


def named(scope: Scope, event: str) -> str:
    """The name of an event, which is one line."""
    if not isinstance(event, str) or not event or _LINE.search(event):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"{scope.label}: event must be a name on one line, got {event!r}")
    return event


def silence(scope: Scope, keepalive: float) -> float:
    """Seconds after which a client is told that the connection is there."""
    return float(amount(scope, "keepalive", keepalive, 0.001))


async def frames(
    batches: AsyncIterator[list[tuple[Position, Any]]], event: str, render: Callable[[Any], str], keepalive: float
) -> AsyncIterator[bytes]:
    """The events of a tail, and a comment where there is none for long."""
    clock = asyncio.get_running_loop().time
    said = clock()
    async for batch in batches:
        for position, row in batch:
            yield frame(position, event, render(row))
            said = clock()
        if clock() - said >= keepalive:
            yield KEEPALIVE
            said = clock()
