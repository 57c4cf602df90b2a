"""Following a table as it grows, without losing what commits late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from asgiref.sync import sync_to_async
from django.db.models import Count, Min, Model

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.streaming import events, exports, settling, tails
from querysets.sql.streaming.hops import without_lazy_reads


class Lag(NamedTuple):
    """How far a tail is behind: rows that are committed and not yet settled, and the moment of the oldest of them."""

    waiting: int
    since: datetime | None


class Tails(PatternBase[M, Row]):
    """Tails below the commit horizon.

    Who remembers the highest id that he has seen loses rows: a transaction may commit after another that took its ids
    later. Behind (transaction, primary key) nothing comes late, as long as one looks no further than the oldest
    transaction that still runs. A row is seen when it was inserted; updates do not show.
    """

    @kinds("filter")
    def settled(self, field: str | None = None) -> Self:
        """The rows below the commit horizon: no transaction that still runs can add another before them.

        Parameters
        ----------
        field : path to an XidField
            Default: the ``xid`` role.

        Raises
        ------
        MissingRole
            No ``field`` is given and there is no ``xid`` role.
        TypeError
            ``field`` is no XidField.

        SQL
        ---
        ``tx < pg_snapshot_xmin(pg_current_snapshot())``: of what transaction still runs, the server's own word. A btree
        on ``(tx, id)``. One long transaction anywhere in the cluster holds the horizon back: see ``tail_lag()``.

        Examples
        --------
        >>> sure = Message.objects.settled().ranked("tx")
        """
        return self._where(settling.settled, field)

    @kinds("terminal")
    def tail_lag(self, field: str | None = None) -> Lag:
        """How many rows of the chain are committed but not settled yet, and since when the oldest of them waits.

        Parameters
        ----------
        field : path to an XidField
            Default: the ``xid`` role.

        Raises
        ------
        MissingRole
            No ``field`` is given and there is no ``xid`` role.
        TypeError
            ``field`` is no XidField.

        SQL
        ---
        ``SELECT count(*), min(created_at) ... WHERE tx >= pg_snapshot_xmin(...)``; the moment is None on a model
        without the role ``timestamp``.

        Examples
        --------
        >>> Message.objects.tail_lag().waiting
        0
        """
        scope = self._scope("tail_lag")
        waiting = self.filter(settling.unsettled(scope, field)).order_by()
        since = settling.timestamp(scope)
        found = waiting.aggregate(waiting=Count("pk"), **({} if since is None else {"since": Min(since)}))
        return Lag(found["waiting"], found.get("since"))

    @kinds("terminal")
    async def atail_lag(self, field: str | None = None) -> Lag:
        """``tail_lag``, asynchronously."""
        return await sync_to_async(self.tail_lag)(field)

    @kinds("terminal")
    def follow(
        self,
        after: Sequence[Any] | None = None,
        *,
        poll: float = 1.0,
        size: int = 500,
        channel: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Row]:
        """The settled rows behind a position, then those that come, without an end: each once, late commits included.

        In the order of transaction and primary key, whatever the order of the chain. A full batch is followed by the
        next at once; otherwise the tail waits. After each batch the connection is closed, or given back to the pool,
        unless it is in a transaction; of many ``afollow`` in one process four read at a time.

        Parameters
        ----------
        after
            The pair (transaction, primary key) of the last row that was seen, ``(row.tx, row.pk)``. None: from the
            beginning.
        poll
            Seconds to wait where there is nothing new.
        size
            Rows a batch.
        channel
            A channel of LISTEN and NOTIFY that is notified of new rows (by ``operations.NotifyInserts``), which ends a
            wait early: a hint, for polling goes on. One connection a process listens for all of its ``afollow`` and
            ``asse``, another one for each ``follow``.
        limit
            How many rows to give before it ends.

        Raises
        ------
        MissingRole
            There is no ``xid`` role.
        InvalidCursor
            ``after`` holds no transaction or no primary key.
        TypeError
            ``after`` is no pair.
        ValueError
            ``size``, ``poll``, ``limit`` or ``channel`` is out of its range.
        WrongShape
            The rows are grouped, distinct or limited.

        SQL
        ---
        ``WHERE tx < pg_snapshot_xmin(...) AND (tx, id) > (%s, %s) ORDER BY tx, id LIMIT size``. A btree on
        ``(tx, id)``.

        Examples
        --------
        >>> first = [message.pk for message in Message.objects.follow(limit=3)]
        """
        tail = self._tail("follow", after, size, poll=poll, channel=channel, limit=limit)
        return tail.following(poll, channel, limit)

    @kinds("terminal")
    def afollow(
        self,
        after: Sequence[Any] | None = None,
        *,
        poll: float = 1.0,
        size: int = 500,
        channel: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Row]:
        """``follow``, asynchronously: ``async for``. A cancelled task ends it, and its statement on the server."""
        tail = self._tail("afollow", after, size, poll=poll, channel=channel, limit=limit)
        return tail.rows(poll, channel, limit)

    @kinds("terminal")
    def asse(
        self,
        last_event_id: str | None = None,
        *,
        event: str = "message",
        render: Callable[[Any], str] | None = None,
        keepalive: float = 15.0,
        poll: float = 1.0,
        size: int = 500,
        channel: str | None = None,
    ) -> AsyncIterator[bytes]:
        """``afollow`` as Server-Sent Events: what a ``StreamingHttpResponse`` of ``text/event-stream`` is made of.

        There is no synchronous twin: a server that is not asynchronous has a thread waiting for each client.

        Parameters
        ----------
        last_event_id
            The header ``Last-Event-ID`` of the request, with which a browser goes on where it was. None or empty: from
            the beginning.
        event
            The name of the events.
        render
            Makes the data of a row, a text of any lines. Default: the ``body`` role.
        keepalive
            Seconds of silence after which a comment is sent, so that no proxy takes the connection for dead.
        poll, size, channel
            As in ``follow``.

        Raises
        ------
        MissingRole
            There is no ``xid`` role, or neither ``render`` nor the ``body`` role.
        InvalidCursor
            ``last_event_id`` is none of this stream.
        TypeError
            ``render`` is no function.
        ValueError
            ``event`` is no name on one line, or a number is out of its range.
        WrongShape
            The rows are grouped, distinct or limited.

        SQL
        ---
        As ``follow``.

        Examples
        --------
        >>> frames = Message.objects.by(session=1).asse(None, keepalive=10)
        """
        scope = self._scope("asse")
        position = events.position_of(scope, last_event_id)
        data, name = events.rendering(scope, render), events.named(scope, event)
        tail = self._tail("asse", position, size, poll=poll, channel=channel)
        seconds = events.silence(scope, keepalive)
        return events.frames(tail.batches(min(poll, seconds), channel), name, data, seconds)

    @kinds("write")
    def checkpointed(self, name: str, store: type[Model], size: int = 500) -> Iterator[list[Row]]:
        """The settled rows behind where the export of this name has come to, in batches, until there are none.

        Who comes for the next batch says that he is done with the one before, and that is kept. An export that dies
        goes on with the batch that it was at: each batch comes once, or again after a crash. In a transaction around
        the loop, what is done with the rows and how far one has come are kept together.

        Parameters
        ----------
        name
            Of the export.
        store
            A model with the fields ``name`` (unique) and ``position`` (JSON), a row an export.
        size
            Rows a batch.

        Raises
        ------
        MissingRole
            There is no ``xid`` role.
        TypeError
            ``store`` is no such model.
        ValueError
            ``size`` is less than 1.
        WrongShape
            The rows are grouped, distinct or limited.
        LostPosition
            Another export of this name has gone on meanwhile.

        SQL
        ---
        As ``follow``; before each batch but the first ``UPDATE store SET position = %s WHERE name = %s AND position =
        %s``.

        Examples
        --------
        >>> exported = sum(len(batch) for batch in Message.objects.checkpointed("all", StreamCursor, 100))
        """
        return exports.export(self._scope("checkpointed"), self, name, store, size).batches()

    @kinds("write")
    def acheckpointed(self, name: str, store: type[Model], size: int = 500) -> AsyncIterator[list[Row]]:
        """``checkpointed``, asynchronously: ``async for``."""
        rows = without_lazy_reads(self)
        return exports.export(self._scope("acheckpointed"), rows, name, store, size).abatches()

    def _tail(self, method: str, after: Any, size: int, **waits: Any) -> tails.Tail:
        """What is behind a position, once it is sure that one can wait for it so."""
        scope = self._scope(method)
        tails.waited(scope, **waits)
        rows = self if method == "follow" else without_lazy_reads(self)
        return tails.tail(scope, rows, after, size)
