"""Writes that say what they have written, or that write only what they have found as expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

from asgiref.sync import sync_to_async
from django.db import transaction

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.scope import Scope
from querysets.sql.subqueries import guarded


class Guarded(PatternBase[M, Row]):
    """Updates whose answer others may rely on, whoever else writes at the time."""

    @overload
    def update_returning(self, /, **values: Any) -> list[M]: ...

    @overload
    def update_returning(self, field: str, /, *fields: str, **values: Any) -> list[dict[str, Any]]: ...

    @kinds("write", queryset_only=True)
    def update_returning(self, /, *fields: str, **values: Any) -> list[Any]:
        """The rows that were changed by setting fields to values, as they are now, by primary key.

        Of several calls at a time, one has a row.

        Parameters
        ----------
        *fields
            Columns of the model to read back, as dicts; none: whole instances.
        **values
            Column = value or expression. Rows that have these values already are neither written nor returned.

        Raises
        ------
        TypeError
            There are no values, or a float is to be a Decimal.
        UnknownField
            There is no such field.
        ValueError
            A column cannot be written, or not with this value.
        WrongShape
            The model inherits columns from the table of another.

        SQL
        ---
        ``WITH held AS (... FOR NO KEY UPDATE) UPDATE ... RETURNING *``: one statement.

        Examples
        --------
        >>> published = Post.objects.by(pk=[1, 2], status="draft").update_returning(status="published")
        """
        scope = self._scope("update_returning")
        statement = guarded.update_returning(scope, fields, values)
        with transaction.mark_for_rollback_on_error(using=self._target()):
            rows = statement.rows(self.db)
        return guarded.made(statement, rows, self.db, fields)

    @overload
    async def aupdate_returning(self, /, **values: Any) -> list[M]: ...

    @overload
    async def aupdate_returning(self, field: str, /, *fields: str, **values: Any) -> list[dict[str, Any]]: ...

    @kinds("write", queryset_only=True)
    async def aupdate_returning(self, /, *fields: str, **values: Any) -> list[Any]:
        """``update_returning``, asynchronously."""
        update: Any = self.update_returning
        found: list[Any] = await sync_to_async(update)(*fields, **values)
        return found

    @kinds("write")
    def compare_and_set(self, expected: Mapping[str, Any], /, **new: Any) -> bool:
        """Whether the row was as expected, and so has been set to new values: of several calls at a time, one is True.

        Parameters
        ----------
        expected
            Field = value, as in ``by()``: the version, or whatever the new values were made from.
        **new
            Column = value or expression.

        Raises
        ------
        TypeError
            Nothing is expected, or there is nothing to set.
        ValueError
            The chain has more than one such row: nothing is written.

        SQL
        ---
        ``UPDATE ... WHERE version = %s``, of a locked row.

        Examples
        --------
        >>> saved = Post.objects.by(pk=1).compare_and_set({"version": 1}, title="New", version=F("version") + 1)
        """
        scope = self._scope("compare_and_set")
        guarded.check_expected(scope, expected)
        as_expected = Scope(self.model, self.by(**expected).query, "compare_and_set")
        statement = guarded.set_anyway(as_expected, new)
        with transaction.atomic(using=self._target()):
            written = self._run(statement)
            if written > 1:
                raise ValueError(f"{scope.label}: {written} rows are as expected; narrow the chain to one")
        return written == 1

    @kinds("write")
    async def acompare_and_set(self, expected: Mapping[str, Any], /, **new: Any) -> bool:
        """``compare_and_set``, asynchronously."""
        return await sync_to_async(self.compare_and_set)(expected, **new)

    @kinds("write")
    def transfer(self, field: str, src: Any, dst: Any, amount: Any) -> bool:
        """Whether ``amount`` was moved from one row to another: not if there is less, or if a row is missing.

        Parameters
        ----------
        field
            A column of numbers. NULL is nothing to take from, and nothing to add to.
        src, dst
            Primary keys of two rows of the chain.
        amount
            More than 0; a Decimal where the column is one.

        Raises
        ------
        TypeError
            ``field`` is no number, or ``amount`` does not go with it.
        ValueError
            ``src`` is ``dst``, or ``amount`` is 0 or less.

        SQL
        ---
        One transaction: both rows are locked in the order of their keys, looked at, and written by one UPDATE.

        Examples
        --------
        >>> paid = User.objects.transfer("credits", 1, 2, 5)
        """
        scope = self._scope("transfer")
        column, one, other = guarded.transfer(scope, field, src, dst, amount)
        pair = Scope(self.model, self.filter(pk__in=(one, other)).query, "transfer")
        with transaction.atomic(using=self._target()):
            found = dict(self._held(pair, column.attname))
            if len(found) < 2 or None in found.values() or found[one] < amount:  # noqa: PLR2004 (both rows)
                return False
            return bool(self._rewritten(pair, guarded.moved(column, one, amount)))

    @kinds("write")
    async def atransfer(self, field: str, src: Any, dst: Any, amount: Any) -> bool:
        """``transfer``, asynchronously."""
        return await sync_to_async(self.transfer)(field, src, dst, amount)
