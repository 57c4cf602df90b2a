"""Following a table as it grows, in the order of (transaction, primary key), below the commit horizon."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

from django.core.exceptions import ValidationError
from django.db import connections
from django.db.models import Q

from querysets._types import meta
from querysets.errors import InvalidCursor, WrongShape
from querysets.scope import Scope
from querysets.sql.filters.keyset import Key, beyond
from querysets.sql.values import amount, counted

from .hints import CHANNEL, is_channel, waiting, waker
from .hops import on_thread
from .keys import Reading, moved, reading
from .settling import settled, xid

SOON: Final = 0.05
"""Seconds after a hint in which one looks again: what it was about may wait for a transaction that began before."""
AT_ONCE: Final = 4
"""How many tails of one event loop read at the same time, however many there are."""

Position: TypeAlias = tuple[int, Any]
"""The transaction and the primary key of a row."""


@dataclass
class Tail:
    """What comes behind a position.

    Between two steps there is no connection, unless the caller has a transaction open.
    """

    reading: Reading
    order: Sequence[Key]
    size: int
    position: Position | None
    idle: bool = field(default=False)

    def step(self) -> list[tuple[Position, Any]]:
        """The next rows with their positions, a batch at most; empty where there is nothing new."""
        behind = Q() if self.position is None else beyond(self.order, self.position)
        try:
            found: list[Any] = list(self.reading.rows.filter(behind)[: self.size])
        finally:
            _release(self.reading.rows.db)
        self.idle = len(found) < self.size
        positions: list[Position] = [(place[0], place[1]) for place in map(self.reading.values, found)]
        if positions:
            self.position = moved(self.position, positions[-1])
        return list(zip(positions, self.reading.finished(found), strict=True))

    async def batches(self, poll: float, channel: str | None) -> AsyncIterator[list[tuple[Position, Any]]]:
        """One batch after the other, without an end; an empty one each time that there was nothing new."""
        using, wait = self.reading.rows.db, poll
        async with waker(using, channel) as woken:
            while True:
                woken.clear()  # what is notified from here on is seen by this step or wakes up the next
                async with _turn():
                    found = await on_thread(using, self.step)
                yield found
                if self.idle:
                    wait = _next(wait, poll, hinted=await _until(woken, wait))

    async def rows(self, poll: float, channel: str | None, limit: int | None) -> AsyncIterator[Any]:
        """One row after the other, ``limit`` of them or without an end."""
        if limit == 0:
            return
        async for batch in self.batches(poll, channel):
            for _, row in batch:
                yield row
                if limit is not None:
                    limit -= 1
                    if not limit:
                        return

    def following(self, poll: float, channel: str | None, limit: int | None) -> Iterator[Any]:
        """``rows``, on the caller's own thread."""
        seconds = poll
        with waiting(self.reading.rows.db, channel) as wait:
            while limit != 0:
                for _, row in self.step():
                    yield row
                    if limit is not None:
                        limit -= 1
                        if not limit:
                            return
                if self.idle:
                    seconds = _next(seconds, poll, hinted=wait(seconds))


def tail(scope: Scope, rows: Any, position: Any, size: int) -> Tail:
    """The settled rows of ``rows`` behind a position."""
    query = rows.query
    if query.is_sliced or query.distinct or query.group_by is not None:
        raise WrongShape(f"{scope.label} follows the rows of a table; call it before they are grouped or limited")
    name = xid(Scope(rows.model, query, scope.method), None)
    pk = meta(rows.model).pk
    order = [Key(name, False, False, False), Key("pk", False, False, False)]  # noqa: FBT003 (ascending, never NULL)
    rows = rows.filter(settled(Scope(rows.model, query, scope.method))).order_by(name, "pk")
    return Tail(reading(rows, order), order, counted(scope, "size", size, least=1), _position(scope, pk, position))


def _position(scope: Scope, pk: Any, given: Any) -> Position | None:
    if given is None:
        return None
    if not isinstance(given, tuple | list) or len(cast("Any", given)) != 2:  # noqa: PLR2004 (a pair)
        raise TypeError(f"{scope.label}: after must be the pair (transaction, primary key) of a row, got {given!r}")
    tx, key = cast("tuple[Any, Any]", given)
    try:
        known = pk.to_python(key)
        pk.run_validators(known)  # a number that the column cannot hold is an error of the server's
    except ValidationError as error:
        raise InvalidCursor(f"{scope.label}: {key!r} is no primary key of {scope.model._meta.label}") from error
    if isinstance(tx, bool) or not isinstance(tx, int) or not 0 <= tx < 2**64 or known is None:
        raise InvalidCursor(f"{scope.label}: {given!r} is no pair of a transaction and a primary key")
    return tx, known


def waited(scope: Scope, poll: float, channel: str | None, limit: int | None = None) -> None:
    """Nothing, if one can wait so, for so many."""
    amount(scope, "poll", poll, 0.001)
    if limit is not None:
        counted(scope, "limit", limit)
    if channel is not None and not is_channel(channel):
        raise ValueError(f"{scope.label}: channel must be a name of 1 to {CHANNEL} bytes, got {channel!r}")


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _turn() -> asyncio.Semaphore:
    """Leave to use a connection, of which all tails of an event loop together have a few."""
    return _turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))


async def _until(woken: asyncio.Event, seconds: float) -> bool:
    """Wait until somebody says that there may be something, but no longer than ``seconds``; whether somebody did."""
    try:
        async with asyncio.timeout(seconds):
            return await woken.wait()
    except TimeoutError:
        return False


def _next(wait: float, poll: float, *, hinted: bool) -> float:
    """For how long to wait next time: after a hint not long, then twice as long each time, up to ``poll``."""
    return min(SOON if hinted else 2 * wait, poll)


def _release(using: str) -> None:
    connection: Any = connections[using]
    if not connection.in_atomic_block:
        connection.close()
