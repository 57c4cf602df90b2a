"""Work on the rows of a queue: given to one worker at a time, for a while, and written by nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connections, transaction

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.streaming import claims
from querysets.sql.streaming.claims import Beat
from querysets.sql.subqueries import guarded
from querysets.sql.values import counted


class Claims(PatternBase[M, Row]):
    """Leases.

    A row is a worker's until its lease ends by the server's clock, and each claim gives it a token of its own: what a
    worker writes with a token that is no longer the row's is not written. So work is done at least once, and finished
    once; what it does elsewhere should bear to be done again.
    """

    @kinds("write")
    def claim(
        self,
        n: int,
        worker: str,
        lease: timedelta,
        *,
        queues: Sequence[str] | None = None,
        one_per: str | None = None,
        fair_by: str | None = None,
    ) -> list[M]:
        """At most ``n`` rows for a worker, nobody else's until the lease ends, in the order in which they are due.

        The highest priority first, then the moment from which they may be worked on. Taken are those that are queued or
        failed, once that moment has come, and those whose lease has ended, with attempts left; each begins an attempt.
        Rows whose lease has ended and that have none are dead, or cancelled if that was asked for. What others are
        about to claim is passed over. Within a transaction nobody else sees it before the end of that.

        Parameters
        ----------
        n
            10 to 100 at a time are the quickest.
        worker
            Its name.
        lease
            For how long; ``beat()`` extends it.
        queues
            From these only.
        one_per
            A field, or ``"group"`` for its role: of rows that share a value, the oldest that is not over, and none
            while one is running; so they are worked on in order. It takes two statements, or three.
        fair_by
            A field, or ``"queue"`` for its role: one row of each value, then a second of each, and so on.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``run_at``, ``lease_until``, ``lease_token``, ``attempts`` or ``max_attempts``.
        TypeError
            ``lease`` is no timedelta, ``worker`` no name, or a token no UUID.
        ValueError
            ``n`` is negative, or ``lease`` is no time at all.
        WrongShape
            The rows are grouped, distinct or limited, or stand in several tables.

        SQL
        ---
        ``UPDATE ... WHERE id = ANY(ARRAY(SELECT id ... ORDER BY ... LIMIT n FOR NO KEY UPDATE SKIP LOCKED)) RETURNING
        *``. A btree on ``(-priority, run_at, id)`` of the rows that are queued, failed or running. For ``queues`` and
        ``fair_by`` one that begins with that field; for ``one_per`` ``(group, id)`` of those and the pending. With it
        the first rows of each value are found by a recursive scan from value to value; without it all rows are sorted.

        Examples
        --------
        >>> tasks = Task.objects.claim(10, "worker-1", timedelta(minutes=1))
        """
        scope = self._scope("claim")
        one, fair = one_per is not None, fair_by is not None
        statement = claims.claim(scope, counted(scope, "n", n), worker, lease, queues, fair_by, one_per)
        if n == 0:
            return []
        using = self._target()
        with transaction.atomic(using=using) if one else transaction.mark_for_rollback_on_error(using=using):
            if one_per is not None:
                found = claims.found(scope, n, one_per, queues, connections[using])
                narrowed = self.filter(claims.in_groups(scope, one_per, found))._scope("claim")
                statement = claims.claim(narrowed, n, worker, lease, queues, fair_by, one_per)
            rows: list[M] = guarded.made(statement, statement.rows(using), using, ())
        return claims.in_claim_order(scope, rows, fair_by if fair else None)

    @kinds("write")
    async def aclaim(
        self,
        n: int,
        worker: str,
        lease: timedelta,
        *,
        queues: Sequence[str] | None = None,
        one_per: str | None = None,
        fair_by: str | None = None,
    ) -> list[M]:
        """``claim``, asynchronously."""
        return await sync_to_async(self.claim)(n, worker, lease, queues=queues, one_per=one_per, fair_by=fair_by)

    @kinds("write")
    def beat(self, worker: str, lease: timedelta, tokens: Sequence[UUID]) -> Beat:
        """How many leases a worker still holds, each of which lasts for ``lease`` from now on, and which to give up.

        Fewer than ``tokens``: the others have ended, and their rows may be somebody else's.

        Parameters
        ----------
        worker
            Its name.
        lease
            For how long. A lease is never shortened.
        tokens
            Those of the rows that it works on, each a UUID.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``lease_until`` or ``lease_token``.
        TypeError
            ``lease`` is no timedelta, ``worker`` no name, or a token no UUID.
        ValueError
            ``lease`` is no time at all.

        SQL
        ---
        ``UPDATE ... SET locked_until = GREATEST(locked_until, now + lease) WHERE lease_token IN (...) AND status =
        'running' AND locked_until >= now RETURNING ...``. The partial btree on the lease.

        Examples
        --------
        >>> Task.objects.beat("worker-1", timedelta(minutes=1), [])
        Beat(held=0, cancel_requested=[])
        """
        statement = claims.beat(self._scope("beat"), worker, lease, tokens)
        with transaction.mark_for_rollback_on_error(using=self._target()):
            rows = statement.rows(self.db)
        return Beat(len(rows), [row[1] for row in rows if row[2:] == (True,)])

    @kinds("write")
    async def abeat(self, worker: str, lease: timedelta, tokens: Sequence[UUID]) -> Beat:
        """``beat``, asynchronously."""
        return await sync_to_async(self.beat)(worker, lease, tokens)

    @kinds("write")
    def finish(self, pk: Any, token: UUID, result: Any = None) -> bool:
        """Whether a row is done: not if it was given to somebody else since, and then nothing is written.

        Parameters
        ----------
        pk
            Its primary key.
        token
            What it was claimed with. A lease that has ended will do, as long as nobody has taken the row.
        result
            What came of it, for the ``result`` role.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``lease_until`` or ``lease_token``, or a ``result`` without its role.
        TypeError
            ``token`` is no UUID.

        SQL
        ---
        ``UPDATE ... WHERE id = %s AND lease_token = %s AND status = 'running'``.

        Examples
        --------
        >>> done = [Task.objects.finish(task.pk, task.lease_token) for task in Task.objects.claim(1, "w", timedelta(1))]
        """
        return bool(self._run(claims.finish(self._scope("finish"), pk, token, result)))

    @kinds("write")
    async def afinish(self, pk: Any, token: UUID, result: Any = None) -> bool:
        """``finish``, asynchronously."""
        return await sync_to_async(self.finish)(pk, token, result)

    @kinds("write")
    def fail(
        self, pk: Any, token: UUID, error: str, *, base: float = 10, cap: float = 3600, jitter: bool = True
    ) -> str | None:
        """The state of a row that failed: ``failed``, to be tried again later, or ``dead`` after its last attempt.

        None, and nothing is written, if it was given to somebody else since. One that was to be cancelled is
        ``cancelled``. It is tried again after ``base`` seconds, then twice as long, and so on.

        Parameters
        ----------
        pk
            Its primary key.
        token
            What it was claimed with.
        error
            Why, of which 2000 characters are kept.
        base
            Seconds until the second attempt.
        cap
            As many seconds at most.
        jitter
            Add up to a tenth by chance, so that what failed together is not tried again together.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``run_at``, ``lease_until``, ``lease_token``, ``attempts`` or ``max_attempts``.
        TypeError
            ``token`` is no UUID, ``error`` no text, or a number of seconds is none.
        ValueError
            A number of seconds is negative.

        SQL
        ---
        ``UPDATE ... SET status = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'failed' END, eta = now +
        LEAST(cap, base * 2 ^ (attempts - 1)) WHERE id = %s AND lease_token = %s AND status = 'running'``.

        Examples
        --------
        >>> (task,) = Task.objects.claim(1, "worker-1", timedelta(minutes=1))
        >>> Task.objects.fail(task.pk, task.lease_token, "ValueError: no such file")
        'failed'
        """
        statement = claims.fail(self._scope("fail"), pk, token, error, base=base, cap=cap, jitter=jitter)
        with transaction.mark_for_rollback_on_error(using=self._target()):
            rows = statement.rows(self.db)
        return rows[0][1] if rows else None

    @kinds("write")
    async def afail(
        self, pk: Any, token: UUID, error: str, *, base: float = 10, cap: float = 3600, jitter: bool = True
    ) -> str | None:
        """``fail``, asynchronously."""
        return await sync_to_async(self.fail)(pk, token, error, base=base, cap=cap, jitter=jitter)

    @kinds("write")
    def reclaim(self, limit: int = 100) -> int:
        """How many rows were taken from workers that have not answered: queued again, dead, or cancelled if asked for.

        ``claim()`` takes such rows by itself; this is for queues whose workers are gone. Many may call it at a time.

        Parameters
        ----------
        limit
            As many at most, those first whose lease ended first.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``lease_until``, ``lease_token``, ``attempts`` or ``max_attempts``.
        ValueError
            ``limit`` is negative.
        WrongShape
            The rows are grouped, distinct or limited, or stand in several tables.

        SQL
        ---
        ``UPDATE ... WHERE id = ANY(ARRAY(SELECT id ... WHERE status = 'running' AND locked_until < now LIMIT n FOR NO
        KEY UPDATE SKIP LOCKED))``. A partial btree on the lease, of the rows that run.

        Examples
        --------
        >>> given_back = Task.objects.reclaim()
        """
        scope = self._scope("reclaim")
        claims.check_table(scope)
        statement = claims.ending(scope, counted(scope, "limit", limit))
        return self._run(statement) if limit else 0

    @kinds("write")
    async def areclaim(self, limit: int = 100) -> int:
        """``reclaim``, asynchronously."""
        return await sync_to_async(self.reclaim)(limit)
