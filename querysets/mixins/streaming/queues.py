"""A table as a queue: the states of its rows, and how long they have waited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.streaming import queues

if TYPE_CHECKING:
    from querysets.queryset import PatternQuerySet


class Queues(PatternBase[M, Row]):
    """Rows that wait for a worker.

    The role ``state`` is one of the words ``queued``, ``pending`` (waits for something else), ``running``, ``done``,
    ``failed`` (is tried again), ``dead`` (is not), ``cancelled``.
    """

    @kinds("filter")
    def ready(self, at: datetime | None = None, *, states: str | Sequence[str] = "queued") -> Self:
        """The rows that wait for nothing but a worker: queued, and their moment has come, or is none.

        Parameters
        ----------
        at
            The moment taken as now.
        states
            Other states than ``queued``: ``failed`` for those that are tried again.

        Raises
        ------
        MissingRole
            There is no role ``state`` or ``run_at``.
        ValueError
            ``states`` are none, or there is no such state.

        SQL
        ---
        ``status = 'queued' AND (eta IS NULL OR eta <= now)``; the index that ``claim()`` reads.

        Examples
        --------
        >>> first = Task.objects.ready().ranked("-priority", "eta")[:5]
        """
        return self._where(queues.ready, at, states=states)

    @kinds("filter")
    def in_progress(self, at: datetime | None = None) -> Self:
        """The rows that a worker holds: running, and the lease has not ended by the server's clock.

        Parameters
        ----------
        at
            The moment taken as now in place of that.

        Raises
        ------
        MissingRole
            There is no role ``state`` or ``lease_until``.

        SQL
        ---
        ``status = 'running' AND locked_until >= now``. A partial btree on the lease, of the rows that run.

        Examples
        --------
        >>> held = Task.objects.in_progress()
        """
        return self._where(queues.in_progress, at)

    @kinds("filter")
    def expired(self, at: datetime | None = None) -> Self:
        """The rows whose worker has not answered: running, and the lease has ended by the server's clock.

        Parameters
        ----------
        at
            The moment taken as now in place of that.

        Raises
        ------
        MissingRole
            There is no role ``state`` or ``lease_until``.

        SQL
        ---
        ``status = 'running' AND locked_until < now``. A partial btree on the lease, of the rows that run.

        Examples
        --------
        >>> lost = Task.objects.expired()
        """
        return self._where(queues.expired, at)

    @kinds("filter")
    def retryable(self) -> Self:
        """The rows that failed and have attempts left, whenever they are tried again.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``attempts`` or ``max_attempts``.

        SQL
        ---
        ``status = 'failed' AND attempts < max_attempts``.

        Examples
        --------
        >>> due = Task.objects.retryable().ready(states="failed")
        """
        return self._where(queues.retryable)

    @kinds("filter")
    def stuck(self, older_than: timedelta, *, field: str | None = None, at: datetime | None = None) -> Self:
        """The rows that nothing has happened to for as long as that, or longer.

        Parameters
        ----------
        older_than
            How long.
        field
            The moment of the last change. Default: the ``updated`` role.
        at
            The moment taken as now.

        Raises
        ------
        MissingRole
            No ``field`` is given and there is no ``updated`` role.
        TypeError
            ``older_than`` is no timedelta.
        ValueError
            ``older_than`` is negative.

        SQL
        ---
        ``last_updated <= now - older_than``. A btree on the field.

        Examples
        --------
        >>> forgotten = Task.objects.by(status="pending").stuck(timedelta(hours=1))
        """
        return self._where(queues.stuck, older_than, field=field, at=at)

    @kinds("annotation")
    def with_wait(self, at: datetime | None = None, *, as_: str = "wait") -> Self:
        """Each row with the time since it might have been worked on; negative where that is to come.

        That is its moment, or when it was made if that is later or there is no moment.

        Parameters
        ----------
        at
            The moment taken as now.
        as_
            Name of the result, a timedelta.

        Raises
        ------
        MissingRole
            There is no role ``run_at`` or ``timestamp``.

        SQL
        ---
        ``now - GREATEST(eta, created_at)``.

        Examples
        --------
        >>> longest = Task.objects.ready().with_wait().ranked("-wait")
        """
        return self._with(as_, queues.wait(self._scope("with_wait"), at), ("with_wait", at))

    @kinds("annotation")
    def with_eta(self, at: datetime | None = None, *, as_: str = "eta_remaining") -> Self:
        """Each row with the time until its moment comes: negative where it has, NULL where there is none.

        Parameters
        ----------
        at
            The moment taken as now.
        as_
            Name of the result, a timedelta.

        Raises
        ------
        MissingRole
            There is no role ``run_at``.

        SQL
        ---
        ``eta - now``.

        Examples
        --------
        >>> soon = Task.objects.with_eta().at_most(eta_remaining=timedelta(minutes=5))
        """
        return self._with(as_, queues.eta(self._scope("with_eta"), at), ("with_eta", at))

    @kinds("grouping")
    def health_by(self, *keys: str, at: datetime | None = None) -> PatternQuerySet[M, dict[str, Any]]:
        """How each queue does: ``ready``, ``delayed``, ``running``, ``expired``, ``dead``, and ``oldest_wait``.

        Ready and delayed are what a worker takes now and later, queued or failed with attempts left; ``oldest_wait`` is
        for how many seconds the oldest of the ready ones has been so, NULL without any.

        Parameters
        ----------
        *keys
            As in ``per``.
        at
            The moment taken as now, for leases too.

        Raises
        ------
        MissingRole
            There is no role ``state``, ``run_at``, ``lease_until``, ``attempts``, ``max_attempts`` or ``timestamp``.
        TypeError
            There is no key.

        SQL
        ---
        ``COUNT(*) FILTER (WHERE ...)``, all in one pass.

        Examples
        --------
        >>> late = Task.objects.health_by("queue").above(oldest_wait=60)
        """
        scope = self._row_scope("health_by")
        measures = queues.health(scope, at)
        grouped = self._grouped("health_by", keys)
        for name, measure in measures.items():
            grouped = grouped._with(name, measure, ("health_by", name, at))
        return grouped
