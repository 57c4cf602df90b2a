"""Writes that set a column of each row to a value that hangs on the row."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Aggregate

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql.subqueries import updates


class Updates(PatternBase[M, Row]):
    """Updates in one statement: only rows that change are locked, written and counted."""

    @kinds("write", queryset_only=True)
    def adjust(self, /, *, clamp: tuple[Any, Any] | None = None, **deltas: Any) -> int:
        """How many rows were changed by adding to their values; NULL stays NULL.

        Of many calls at a time, none is lost.

        Parameters
        ----------
        clamp
            ``(low, high)`` that the sums are moved into, None for an open end; also those that were outside before.
        **deltas
            Field = what is added: a number (a whole one, or a Decimal, where the column is such), a timedelta for
            moments and durations, or an expression; where it is NULL, the value stays.

        Raises
        ------
        TypeError
            A field is no number, moment or duration, or a delta does not go with it, as a float with a Decimal.
        UnknownField
            There is no such field.
        ValueError
            A field cannot be written, or ``clamp`` goes down.

        SQL
        ---
        ``WITH held AS (SELECT id ... ORDER BY id FOR NO KEY UPDATE) UPDATE ... SET score = score + %s WHERE id =
        ANY(ARRAY(SELECT k FROM held))``: the rows are locked in the order of their keys, so that calls which meet in
        several rows do not deadlock.

        Examples
        --------
        >>> changed = Post.objects.by(status="published").adjust(score=0.5, likes=1)
        """
        scope = self._scope("adjust")
        return self._rewritten(scope, updates.adjust(scope, clamp, deltas))

    @kinds("write", queryset_only=True)
    async def aadjust(self, /, *, clamp: tuple[Any, Any] | None = None, **deltas: Any) -> int:
        """``adjust``, asynchronously."""
        return await sync_to_async(self.adjust)(clamp=clamp, **deltas)

    @kinds("write", queryset_only=True)
    def flip(self, field: str) -> int:
        """How many rows were changed by turning true into false and false into true; NULL stays NULL.

        Parameters
        ----------
        field
            A boolean column.

        Raises
        ------
        TypeError
            ``field`` is no boolean.

        SQL
        ---
        ``UPDATE ... SET is_active = NOT is_active``, of locked rows: two calls at a time leave what was there.

        Examples
        --------
        >>> flipped = Post.objects.by(pk=[1, 2, 2]).flip("is_active")
        """
        scope = self._scope("flip")
        return self._rewritten(scope, updates.flip(scope, field))

    @kinds("write", queryset_only=True)
    async def aflip(self, field: str) -> int:
        """``flip``, asynchronously."""
        return await sync_to_async(self.flip)(field)

    @kinds("write")
    def set_case(self, field: str, *cases: tuple[Cond, Any]) -> int:
        """How many rows were changed by setting a field to the value of the first condition that holds.

        Parameters
        ----------
        field
            A column of the model.
        *cases
            Pairs of a condition and a value or expression. A row for which none holds is not written.

        Raises
        ------
        TypeError
            There are no cases, or one is no pair.

        SQL
        ---
        ``UPDATE ... SET status = CASE WHEN ... THEN ... END``, of the rows where that is another value.

        Examples
        --------
        >>> marked = Post.objects.set_case("status", (P.below(rating=1), "review"), (P.above(rating=4), "urgent"))
        """
        scope = self._scope("set_case")
        return self._rewritten(scope, updates.set_case(scope, field, cases))

    @kinds("write")
    async def aset_case(self, field: str, *cases: tuple[Cond, Any]) -> int:
        """``set_case``, asynchronously."""
        return await sync_to_async(self.set_case)(field, *cases)

    @kinds("write")
    def sync_from(self, field: str, expression: Any) -> int:
        """How many rows were changed by setting a field to an expression; called again, it changes none.

        Parameters
        ----------
        field
            A column of the model.
        expression
            What the field must be: an expression over the row, its to-one relations, annotations and subqueries.

        Raises
        ------
        TypeError
            ``expression`` is none.
        ToManyPath
            It crosses a to-many relation.

        SQL
        ---
        One UPDATE of the locked rows where ``price IS DISTINCT FROM ...``, compared in the type of the column.

        Examples
        --------
        >>> repriced = Post.objects.within(price=(1, 100)).sync_from("price", F("price") * 2)
        """
        scope = self._scope("sync_from")
        return self._rewritten(scope, updates.sync_from(scope, field, expression))

    @kinds("write")
    async def async_from(self, field: str, expression: Any) -> int:
        """``sync_from``, asynchronously."""
        return await sync_to_async(self.sync_from)(field, expression)

    @kinds("write")
    def sync_rollup(
        self, field: str, relation: str, aggregate: Aggregate, where: Cond | None = None, *, default: Any = None
    ) -> int:
        """How many rows were changed by setting a field to an aggregate of related rows; called again, it changes none.

        Parameters
        ----------
        field
            A column of the model, such as a counter that is kept beside the rows.
        relation
            A relation or a path of them.
        aggregate
            Over the related rows: ``Count("*")``, ``Sum("weight")``.
        where
            Which related rows count.
        default
            The value where there is none; 0 for a count.

        Raises
        ------
        TypeError
            ``aggregate`` is none.
        ValueError
            The field cannot be NULL, and there is no ``default``.

        SQL
        ---
        ``WITH held AS (SELECT id, (SELECT COUNT(*) ...) ... WHERE comment_count IS DISTINCT FROM ...) UPDATE ...``:
        only rows whose value differs are locked and written. The index of the foreign key.

        Examples
        --------
        >>> corrected = Post.objects.sync_rollup("comment_count", "comments", Count("*"), P.active())
        """
        scope = self._scope("sync_rollup")
        return self._rewritten(
            scope, updates.sync_rollup(scope, field, relation, aggregate, where=where, default=default)
        )

    @kinds("write")
    async def async_rollup(
        self, field: str, relation: str, aggregate: Aggregate, where: Cond | None = None, *, default: Any = None
    ) -> int:
        """``sync_rollup``, asynchronously."""
        return await sync_to_async(self.sync_rollup)(field, relation, aggregate, where, default=default)
