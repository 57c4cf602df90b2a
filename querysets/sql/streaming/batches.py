"""Rows in batches, each a statement of its own that begins behind the last row of the one before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models import Q

from querysets.scope import Scope
from querysets.sql.filters.keyset import Key, beyond
from querysets.sql.values import counted

from .hops import on_thread
from .keys import moved, reading, total_keys

Progress: TypeAlias = Callable[[int], object]
"""Told how many rows have come so far."""

_SNAPSHOT = "stream(snapshot=True) reads them by a server-side cursor"


class Walk:
    """A walk over ``rows`` in their order. Between two steps nothing is open, neither here nor on the server."""

    def __init__(self, rows: Any, order: Sequence[Key], size: int, progress: Progress | None) -> None:
        self.order, self.size, self.progress = order, size, progress
        self.reading = reading(rows, order)
        self.position: list[Any] | None = None
        self.seen = 0
        self.over = False

    def step(self) -> list[Any]:
        """The next batch; empty behind the last."""
        if self.over:
            return []
        behind = Q() if self.position is None else beyond(self.order, self.position)
        found: list[Any] = list(self.reading.rows.filter(behind)[: self.size])
        self.over = len(found) < self.size
        if found:
            self.position = moved(self.position, self.reading.values(found[-1]))
            self.seen += len(found)
            if self.progress is not None:
                self.progress(self.seen)
        return self.reading.finished(found)

    def batches(self) -> Iterator[list[Any]]:
        """One batch after the other."""
        while batch := self.step():
            yield batch

    def rows(self) -> Iterator[Any]:
        """One row after the other."""
        while batch := self.step():
            yield from batch

    async def abatches(self) -> AsyncIterator[list[Any]]:
        """``batches``, asynchronously: one hop to the thread of the database a batch."""
        while batch := await on_thread(self.reading.rows.db, self.step):
            yield batch

    async def arows(self) -> AsyncIterator[Any]:
        """``rows``, asynchronously."""
        async for batch in self.abatches():
            for row in batch:
                yield row


def walk(scope: Scope, rows: Any, size: int, progress: Progress | None) -> Walk:
    """A walk over ``rows``, whose order is total."""
    order = total_keys(Scope(rows.model, rows.query, scope.method), _SNAPSHOT)
    if any(of.contains_over_clause for of in rows.query.annotations.values()):
        rows = rows._frozen()
    return Walk(rows, order, checked(scope, size, progress), progress)


def checked(scope: Scope, size: int, progress: Progress | None) -> int:
    """The size of a batch."""
    if progress is not None and not callable(progress):
        raise TypeError(f"{scope.label}: progress must be a function of the number of rows so far, got {progress!r}")
    return counted(scope, "size", size, least=1)


def snapshot(scope: Scope, rows: Any) -> None:
    """Nothing, if the server keeps a cursor for them."""
    if connections[rows.db].settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        raise ImproperlyConfigured(
            f"{scope.label}: snapshot=True needs a server-side cursor, and DISABLE_SERVER_SIDE_CURSORS is set for "
            f"{rows.db!r}; leave it out to read in batches"
        )


def cursor(scope: Scope, rows: Any, size: int, progress: Progress | None) -> Iterator[Any]:
    """The rows as they are at one moment, by a server-side cursor."""
    checked(scope, size, progress)
    snapshot(scope, rows)
    return told(rows.iterator(chunk_size=size), size, progress)


def told(found: Iterator[Any], size: int, progress: Progress | None) -> Iterator[Any]:
    """The rows of a cursor; ``progress`` is told each ``size`` of them and at the end."""
    seen = 0
    try:
        for row in found:
            seen += 1
            yield row
            if progress is not None and seen % size == 0:
                progress(seen)
        if progress is not None and seen % size:
            progress(seen)
    finally:
        getattr(found, "close", lambda: None)()
