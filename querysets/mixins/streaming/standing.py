"""What is done to a queue from outside: rows are added once, queued again, cancelled."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections, transaction

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.scope import Scope
from querysets.sql.postgres import upserts
from querysets.sql.postgres.rows import Incoming
from querysets.sql.streaming import standing
from querysets.sql.streaming.standing import Cancelled


class Standing(PatternBase[M, Row]):
    """Rows that nobody works on: how they come, stay and go."""

    @kinds("write", queryset_only=True)
    def requeue(self, *, reset: bool = True) -> int:
        """How many rows that failed, are dead, or were cancelled, are queued again, to be worked on at once.

        One whose key (role ``once``) another has, that is not over, is left alone; of several dead ones of a key the
        last is queued. What went wrong is kept in the list ``errors`` of the role ``errors``, if that is an object.

        Parameters
        ----------
        reset
            Whether they have all of their attempts again.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``run_at`` or ``attempts``.
        WrongShape
            The rows are grouped, distinct or limited, or stand in several tables.

        SQL
        ---
        ``UPDATE ... WHERE status IN ('failed', 'dead', 'cancelled')``.

        Examples
        --------
        >>> revived = Task.objects.by(status="dead").requeue()
        """
        return self._run(standing.requeue(self._scope("requeue"), reset=reset))

    @kinds("write", queryset_only=True)
    async def arequeue(self, *, reset: bool = True) -> int:
        """``requeue``, asynchronously."""
        return await sync_to_async(self.requeue)(reset=reset)

    @kinds("write", queryset_only=True)
    def cancel(self) -> Cancelled:
        """How many rows are cancelled at once, and of how many the worker was asked to stop.

        At once: what is queued, pending or failed. Who works on a row learns by ``beat()`` that he should stop.

        Raises
        ------
        MissingRole
            There is no role ``state`` or ``cancel_requested``.
        WrongShape
            The rows are grouped, distinct or limited, or stand in several tables.

        SQL
        ---
        ``UPDATE ... SET status = CASE WHEN status = 'running' THEN status ELSE 'cancelled' END, ...``.

        Examples
        --------
        >>> Task.objects.by(queue="mail").cancel()
        Cancelled(now=..., requested=...)
        """
        statement = standing.cancel(self._scope("cancel"))
        with transaction.mark_for_rollback_on_error(using=self._target()):
            states = [state for _, state in statement.rows(self.db)]
        return Cancelled(states.count("cancelled"), states.count("running"))

    @kinds("write", queryset_only=True)
    async def acancel(self) -> Cancelled:
        """``cancel``, asynchronously."""
        return await sync_to_async(self.cancel)()

    @kinds("write")
    def enqueue_once(self, key: Any, /, **values: Any) -> tuple[M, bool]:
        """The row that has the key and is not over, and whether it was made now: of several calls one makes it.

        Parameters
        ----------
        key
            The value of the role ``once``.
        **values
            Column = value of the new row.

        Raises
        ------
        MissingRole
            There is no role ``once`` or ``state``.
        TypeError
            ``key`` is None, or among the values.
        ValueError
            The new row would be over, or a column cannot be what it is to be.

        SQL
        ---
        ``INSERT ... ON CONFLICT (dedup_key) WHERE status IN (...) DO NOTHING``, then a SELECT. A unique constraint on
        the key, of the rows that are queued, pending, running or failed.

        Examples
        --------
        >>> task, is_new = Task.objects.enqueue_once("report-7", name="report", payload={"number": 7})
        """
        scope = Scope(self.model, None, "enqueue_once")
        row = standing.checked_values(scope, key, values)
        using, name = self._target(), scope.role("once")
        while True:  # it may be over by the time that it is looked for
            incoming = Incoming(scope, [row], connections[using])
            statement = upserts.upsert(self._scope("enqueue_once"), incoming, name, (), None, None)
            created = bool(statement.run(incoming, using).created)
            found = self.model._default_manager.using(using).filter(standing.unfinished(scope, key)).first()
            if found is not None:
                return found, created

    @kinds("write")
    async def aenqueue_once(self, key: Any, /, **values: Any) -> tuple[M, bool]:
        """``enqueue_once``, asynchronously."""
        return await sync_to_async(self.enqueue_once)(key, **values)
