"""Work on the thread of a database, waited for by a task that may be cancelled: then the server stops, too."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any, Final, TypeVar

import psycopg
from asgiref.sync import sync_to_async
from django.db import connections

T = TypeVar("T")

PATIENCE: Final = 5.0  # seconds that the request to cancel may take


class _Work:
    """One call on another thread. What it runs on the server can be cancelled from here, and nothing after it."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.lock = threading.Lock()
        self.raw: Any = None
        self.cancelled = False

    def __call__(self, call: Callable[[], T]) -> T:
        connection: Any = connections[self.using]
        was_open = connection.connection is not None
        connection.ensure_connection()
        with self.lock:
            self.raw = None if self.cancelled else connection.connection
        if self.raw is None:
            if not was_open:
                connection.close()
            raise asyncio.CancelledError
        try:
            return call()
        finally:
            with self.lock:  # from here on the connection may be somebody else's
                self.raw = None

    def cancel(self) -> None:
        with self.lock:
            self.cancelled = True
            if self.raw is not None:
                with suppress(psycopg.Error):  # of a connection that is gone there is nothing to stop
                    self.raw.cancel_safe(timeout=PATIENCE)


async def on_thread(using: str, call: Callable[[], T]) -> T:
    """What ``call()`` returns on the thread of the database; if the task is cancelled, its statement is, too."""

    async def run(work: Callable[[], T]) -> T:
        return await sync_to_async(work)()

    return await cancelling(using, call, run)


async def cancelling(using: str, call: Callable[[], T], run: Callable[[Callable[[], T]], Awaitable[T]]) -> T:
    """``call()`` as ``run`` runs it; if the task is cancelled, what it does on the server is, too."""
    work = _Work(using)
    try:
        return await run(partial(work, call))
    except asyncio.CancelledError:
        await asyncio.get_running_loop().run_in_executor(None, work.cancel)
        raise


def without_lazy_reads(rows: Any) -> Any:
    """``rows``, whose instances refuse to read a field later, which would be synchronous, where Django (6.1) can."""
    modes: Any = import_module("django.db.models")
    if getattr(rows, "_fetch_mode", None) is not getattr(modes, "FETCH_ONE", rows):
        return rows
    return rows.fetch_mode(modes.FETCH_RAISE)


async def in_hops(using: str, found: Iterator[T], size: int) -> AsyncIterator[T]:
    """The members of a generator that reads a database, ``size`` a hop; it is closed where it was read."""
    try:
        while chunk := await on_thread(using, lambda: list(islice(found, size))):
            for member in chunk:
                yield member
    finally:
        close: Any = getattr(found, "close", lambda: None)
        await sync_to_async(close)()
