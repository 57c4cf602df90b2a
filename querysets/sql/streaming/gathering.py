"""Several reads at the same time, each on a connection of its own."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import iscoroutinefunction
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from .hops import cancelling


async def agather(*, limit: int = 4, **reads: QuerySet[Any, Any] | Callable[[], Any]) -> dict[str, Any]:
    """What several reads give, read at the same time: each name with its result.

    Django's asynchronous methods take turns on one thread. Here at most ``limit`` threads read, each on a connection of
    its own, which is closed when it is done. The first error cancels the others, on the server too, and is raised when
    all of them have ended. Inside a transaction, which other connections would not see, they are read one by one.

    Parameters
    ----------
    limit
        How many connections at most.
    **reads
        A queryset, which is read into a list, or a function without arguments, such as ``rows.count``.

    Raises
    ------
    TypeError
        A read is neither.
    ValueError
        ``limit`` is less than 1.

    Examples
    --------
    >>> counts = async_to_sync(agather)(posts=Post.objects.count, users=User.objects.active().count)
    """
    if isinstance(limit, bool) or not isinstance(limit, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"agather(): limit must be a whole number, got {limit!r}")
    if limit < 1:
        raise ValueError(f"agather(): limit must be 1 or more, got {limit}")
    calls = {name: _call(name, read) for name, read in reads.items()}
    if await sync_to_async(_in_a_transaction)():
        return {name: await sync_to_async(call)() for name, (call, _) in calls.items()}
    with ThreadPoolExecutor(min(limit, len(calls)) or 1, thread_name_prefix="agather") as pool:
        tasks = [asyncio.create_task(_read(pool, call, using)) for call, using in calls.values()]
        try:
            found = await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
    return dict(zip(calls, found, strict=True))


async def _read(pool: ThreadPoolExecutor, call: Callable[[], Any], using: str) -> Any:
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()

    async def run(work: Callable[[], Any]) -> Any:
        return await loop.run_in_executor(pool, context.run, work)

    def closing() -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    return await cancelling(using, closing, run)


def _call(name: str, read: Any) -> tuple[Callable[[], Any], str]:
    """What to call, and the database that it is about, as far as one can tell."""
    if isinstance(read, QuerySet):
        return partial(_listed, read), cast("Any", read).db
    if not callable(read) or isinstance(read, type) or iscoroutinefunction(read):
        raise TypeError(f"agather(): {name} must be a queryset or a function that reads one, got {read!r}")
    return read, getattr(getattr(read, "__self__", None), "db", DEFAULT_DB_ALIAS)


def _listed(rows: Any) -> list[Any]:
    return list(rows.all())


def _in_a_transaction() -> bool:
    return any(connection.in_atomic_block for connection in connections.all(initialized_only=True))
