"""NOTIFY as a hint that there may be something new: it wakes who waits early, and polling is the truth."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from django.db import connections
from psycopg import sql

RETRY: Final = 5.0
"""Seconds until a connection that was lost is tried again; whoever waits polls meanwhile, as always."""
CHANNEL: Final = 63
"""Bytes that the name of a channel may have."""

_NOT_LIBPQ: Final = {"context", "cursor_factory", "prepare_threshold", "autocommit"}


def is_channel(name: Any) -> bool:
    """Whether PostgreSQL has a channel of that name."""
    return isinstance(name, str) and 0 < len(name.encode()) <= CHANNEL


def parameters(using: str) -> dict[str, Any]:
    """What a connection of the driver's own is made of."""
    given: dict[str, Any] = connections[using].get_connection_params()
    return {**{name: value for name, value in given.items() if name not in _NOT_LIBPQ}, "autocommit": True}


def listen(channel: str) -> sql.Composed:
    return sql.SQL("LISTEN {}").format(sql.Identifier(channel))


def _slept(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@contextmanager
def waiting(using: str, channel: str | None) -> Generator[Callable[[float], bool]]:
    """What waits for so many seconds, or until there may be something new, and says so; on a connection of its own."""
    if channel is None:
        yield _slept
        return
    options = parameters(using)
    connection: psycopg.Connection[Any] | None = None

    def wait(seconds: float) -> bool:
        nonlocal connection
        until = time.monotonic() + seconds
        try:
            if connection is None or connection.closed:
                connection = psycopg.connect(**options)
                connection.execute(listen(channel))
                return True  # what came before it listened
            return any(True for _ in connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error:
            time.sleep(max(0.0, until - time.monotonic()))
            return False

    try:
        yield wait
    finally:
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()


class Ear:
    """The listener of one event loop and one database, there for as long as somebody waits."""

    def __init__(self, using: str) -> None:
        self.using = using
        self.waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def waker(self, channel: str) -> AsyncGenerator[asyncio.Event]:
        """An event that is set by each notification on ``channel``."""
        woken = asyncio.Event()
        self.waiting[channel].add(woken)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._listen())
        try:
            yield woken
        finally:
            self.waiting[channel].discard(woken)
            if not self.waiting[channel]:
                del self.waiting[channel]
            if not self.waiting:
                self._stop()

    def _stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            self.task = None

    async def _listen(self) -> None:
        options = parameters(self.using)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**options) as connection:
                    await self._hear(connection)
            except psycopg.Error:
                await asyncio.sleep(RETRY)

    async def _hear(self, connection: Any) -> None:
        heard: set[str] = set()
        while True:
            for channel in set(self.waiting) - heard:
                await connection.execute(listen(channel))
                self._wake(channel)  # what came before it listened
            for channel in heard - set(self.waiting):
                await connection.execute(sql.SQL("UNLISTEN {}").format(sql.Identifier(channel)))
            heard = set(self.waiting)
            async for notification in connection.notifies(timeout=0.5, stop_after=1):
                self._wake(notification.channel)

    def _wake(self, channel: str) -> None:
        for woken in self.waiting.get(channel, ()):
            woken.set()


_ears: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Ear]] = WeakKeyDictionary()


@asynccontextmanager
async def waker(using: str, channel: str | None) -> AsyncGenerator[asyncio.Event]:
    """An event that is set when there may be something new; one that is never set for no channel."""
    if channel is None:
        yield asyncio.Event()
        return
    ears = _ears.setdefault(asyncio.get_running_loop(), {})
    async with ears.setdefault(using, Ear(using)).waker(channel) as woken:
        yield woken
