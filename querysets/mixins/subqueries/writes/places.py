"""Writes that keep rows at places 1 to n."""

from __future__ import annotations

from collections.abc import Sequence

from asgiref.sync import sync_to_async
from django.db import OperationalError, transaction

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.subqueries import places

ATTEMPTS = 10
"""How often a row is followed into another group."""


class Places(PatternBase[M, Row]):
    """Places: whole numbers from 1, without gaps, in each group."""

    @kinds("write")
    def renumber(self, field: str, per: str | Sequence[str] = (), by: str | Sequence[str] = ()) -> int:
        """How many rows were changed by giving the rows of the chain the places 1 to n.

        Parameters
        ----------
        field
            A column of whole numbers.
        per
            Fields whose groups are numbered each on its own; NULL is one group.
        by
            The order of the places, ``-`` for descending, ties by primary key; default: the places that rows have.

        Raises
        ------
        TypeError
            ``field`` holds no whole numbers.

        SQL
        ---
        One transaction: the rows are locked in the order of their keys, and one UPDATE sets ``ROW_NUMBER() OVER (...)``
        where it is another number. A unique constraint over the places must be deferrable.

        Examples
        --------
        >>> renumbered = Category.objects.renumber("position", per="parent")
        """
        scope = self._scope("renumber")
        values = places.renumber(scope, field, per, by)
        with transaction.atomic(using=self._target()):
            self._held(scope)
            return self._rewritten(scope, values)

    @kinds("write")
    async def arenumber(self, field: str, per: str | Sequence[str] = (), by: str | Sequence[str] = ()) -> int:
        """``renumber``, asynchronously."""
        return await sync_to_async(self.renumber)(field, per, by)

    @kinds("write")
    def reposition(self, field: str, to: int, per: str | Sequence[str] = ()) -> int:
        """How many rows were changed by moving the one row of the chain to a place among all rows of its group.

        Those between shift by one, and gaps are closed; a chain without a row is 0.

        Parameters
        ----------
        field
            A column of whole numbers.
        to
            The place, from 1; one beyond either end is that end.
        per
            Fields that the rows of a group have in common; NULL is one group. The group is made of all rows of the
            model's default manager, whatever the chain leaves out.

        Raises
        ------
        TypeError
            ``field`` holds no whole numbers.
        ValueError
            The chain has more than one row.

        SQL
        ---
        One transaction: the rows of the group are locked in the order of their keys, and one UPDATE sets the places
        that change. A unique constraint over the places must be deferrable.

        Examples
        --------
        >>> moved = Category.objects.by(pk=1).reposition("position", to=1, per="parent")
        """
        scope = self._scope("reposition")
        column, keys = places.reposition(scope, field, to, per)
        with transaction.atomic(using=self._target()):
            for _ in range(ATTEMPTS):
                found = list(self.order_by().values_list("pk", *keys)[:2])
                if not found:
                    return 0
                if len(found) > 1:
                    raise ValueError(f"{scope.label}: the chain has more than one row; narrow it to the one to move")
                pk, *group = found[0]
                rows = places.group(scope, self.db, dict(zip(keys, group, strict=True)))
                held = self._held(rows, column.attname)
                if any(row[0] == pk for row in held):  # else it has left the group meanwhile
                    return self._rewritten(rows, places.moved(column, held, pk, to))
            raise OperationalError(f"{scope.label}: others moved the row to another group {ATTEMPTS} times")

    @kinds("write")
    async def areposition(self, field: str, to: int, per: str | Sequence[str] = ()) -> int:
        """``reposition``, asynchronously."""
        return await sync_to_async(self.reposition)(field, to, per)
