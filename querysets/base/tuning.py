"""Settings that travel with a query and hold for its statement only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Self, Unpack

from querysets._types import M, Row, SqlQuery
from querysets.execution import Tuning as Settings
from querysets.execution import checked_label, checked_timeout, checked_tuning, settings_of, with_settings
from querysets.kinds import kinds

from .root import Root


class Tuning(Root[M, Row]):
    """How the statement runs, whatever the chain becomes: a list, a count, a subquery, an update."""

    @kinds("neutral")
    def tuned(self, **settings: Unpack[Settings]) -> Self:
        """The same rows, read under server settings that hold for this statement only.

        Parameters
        ----------
        **settings
            Names from ``querysets.execution.SETTINGS``, such as ``work_mem="64MB"``, ``jit=False``, ``ef_search=200``.

        Raises
        ------
        ValueError
            A value is out of range.
        TypeError
            A name is unknown.
        ConflictingSettings
            At execution: two parts of one statement ask for different values of a setting that cannot be merged.

        SQL
        ---
        ``set_config(name, value, true)`` in the statement's own transaction; what the caller had set comes back.

        Examples
        --------
        >>> sorted_in_memory = Post.objects.tuned(work_mem="64MB").ranked()
        """
        return self._set(checked_tuning(**settings))

    @kinds("neutral")
    def timeout(self, ms: float | timedelta) -> Self:
        """The same rows, or Django's ``OperationalError`` where the statement takes longer.

        Parameters
        ----------
        ms
            Milliseconds, or a timedelta; the least of several holds.

        Raises
        ------
        ValueError
            ``ms`` is not positive.

        SQL
        ---
        ``statement_timeout``, for this statement only.

        Examples
        --------
        >>> quick = Post.objects.timeout(500).ranked()
        """
        return self._set(checked_timeout(ms))

    @kinds("neutral")
    def labelled(self, label: str) -> Self:
        """The same rows, by a statement that begins with a comment: ``/* label */``.

        Parameters
        ----------
        label
            1 to 64 letters, digits, spaces and ``_ . : / -``; seen in logs and in ``pg_stat_activity``.

        Raises
        ------
        ValueError
            ``label`` holds anything else.

        Examples
        --------
        >>> seen = Post.objects.labelled("dashboard: latest").newest()
        """
        return self._set(checked_label(label))

    def _set(self, settings: Any) -> Self:
        tuned = self._chain()
        query: SqlQuery = tuned.query
        query.settings = with_settings(settings_of(query), **settings)
        return tuned
