"""Facts that change: what is true when, and what was known of it when."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.db import transaction

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters.times import Moment
from querysets.sql.graphs import facts


class Facts(PatternBase[M, Row]):
    """Spans ``[start, end)`` on two axes of time; rows of them can be the edges of any walk."""

    @kinds("filter")
    def valid_at(self, moment: Moment | None = None) -> Self:
        """Rows that are true at a moment: from the start of the role ``valid`` until before its end.

        Parameters
        ----------
        moment
            An aware datetime, a date for the midnight at which it begins, or an expression. Default: now. NULL as the
            start is since ever, as the end for ever.

        Raises
        ------
        MissingRole
            The model declares no ``valid=("valid_from", "valid_to")``.
        ValueError
            ``moment`` is naive.

        SQL
        ---
        ``(start IS NULL OR start <= %s) AND (end IS NULL OR end > %s)``. A btree on what the fact is about.

        Examples
        --------
        >>> near = User.objects.within_hops(7, 2, edges=Relationship.objects.valid_at(datetime(2026, 1, 1, tzinfo=UTC)))
        """
        return self._where(facts.valid_at, moment)

    @kinds("filter")
    def known_at(self, moment: Moment | None = None) -> Self:
        """Rows that were taken for true at a moment: from the start of the role ``known`` until before its end.

        Parameters
        ----------
        moment
            As in ``valid_at``.

        Raises
        ------
        MissingRole
            The model declares no ``known=("recorded_at", "retracted_at")``.
        ValueError
            ``moment`` is naive.

        SQL
        ---
        As that of ``valid_at``.

        Examples
        --------
        >>> then = Relationship.objects.valid_at().known_at(datetime(2026, 1, 1, tzinfo=UTC))
        """
        return self._where(facts.known_at, moment)

    @kinds("write", queryset_only=True)
    def replace_fact(self, moment: date | datetime | None = None, /, **values: Any) -> int:
        """How many facts were replaced: those true at a moment end there, and others like them begin.

        Exactly one of both is true at the moment itself: the new one, until the old one would have ended.

        Parameters
        ----------
        moment
            When the new facts begin. Default: now.
        **values
            What is different in them: field = value or expression over the old fact.

        Raises
        ------
        MissingRole
            The model declares no ``valid``.
        TypeError
            No values are given.
        UnknownField
            There is no such field.
        ValueError
            ``moment`` is naive, or a field cannot be written.

        SQL
        ---
        One transaction: the facts are locked in the order of their keys, new ones made by ``INSERT ... SELECT``, and
        one UPDATE ends the old ones.

        Examples
        --------
        >>> replaced = Relationship.objects.by(source=1, kind="mentors").replace_fact(weight=2.0)
        """
        found = facts.Replacement.of(self._scope("replace_fact"), moment, values)
        with transaction.atomic(using=self._target()):
            valid = self.valid_at(found.moment)
            old = valid.filter(pk__in=[key for (key,) in self._held(valid._scope("replace_fact"))])
            scope = old._scope("replace_fact")
            made = self._run(found.insertion(scope))
            self._rewritten(scope, found.ended)
        return made

    @kinds("write", queryset_only=True)
    async def areplace_fact(self, moment: date | datetime | None = None, /, **values: Any) -> int:
        """``replace_fact``, asynchronously."""
        return await sync_to_async(self.replace_fact)(moment, **values)
