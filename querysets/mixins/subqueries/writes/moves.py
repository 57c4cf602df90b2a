"""Writes that put rows into another table."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import Model, QuerySet

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.subqueries import inserts


class Moves(PatternBase[M, Row]):
    """Rows copied or moved by INSERT ... SELECT: what is copied never leaves the database."""

    @kinds("write")
    def copy_to(self, model: type[Model], /, **fields: Any) -> int:
        """How many new rows of a model were made of the rows of the chain, in its order.

        Parameters
        ----------
        model
            What the new rows are: another model, or the same.
        **fields
            Column of the new row = field or to-one path of the old one, or an expression; a plain value but no text,
            which is ``Value("text")``. Other columns have their defaults; what a function gives is the same for all
            rows, but for ``uuid4``.

        Raises
        ------
        UnknownField
            A name is no field of its model.
        ValueError
            A column without a default is left out, or cannot be written.

        SQL
        ---
        ``INSERT INTO ... SELECT ...``: one statement; a unique constraint that stands against it is Django's
        ``IntegrityError``, and then no row is made.

        Examples
        --------
        >>> kept = Post.objects.by(status="stale").copy_to(
        ...     ArchivedPost, slug="slug", title="title", content="content", author="author"
        ... )
        """
        scope = self._scope("copy_to")
        statement = inserts.insertion(scope, model, inserts.copied(scope, model, fields))
        return self._run(statement)

    @kinds("write")
    async def acopy_to(self, model: type[Model], /, **fields: Any) -> int:
        """``copy_to``, asynchronously."""
        return await sync_to_async(self.copy_to)(model, **fields)

    @kinds("write", queryset_only=True)
    def move_to(self, model: type[Model], /, **fields: Any) -> int:
        """How many rows were moved into the table of another model: written there, deleted here.

        Parameters
        ----------
        model
            What the rows become.
        **fields
            As in ``copy_to``. If one of them is unique, or several are together, a row that has that key already is
            written over; the columns that are not given stay as they are.

        Raises
        ------
        UnknownField
            A name is no field of its model.
        ValueError
            A column without a default is left out, or cannot be written, or ``model`` is the rows' own.

        SQL
        ---
        One transaction of two statements: ``INSERT ... SELECT ... ON CONFLICT DO UPDATE`` of rows that are locked in
        the order of their keys, then Django's ``delete()`` of these, with its cascades and signals.

        Examples
        --------
        >>> archived = Post.objects.older_than(days=3650).move_to(
        ...     ArchivedPost, slug="slug", title="title", content="content", author="author", created_at="created_at"
        ... )
        """
        scope = self._scope("move_to")
        values = inserts.copied(scope, model, fields)
        if model._meta.concrete_model is self.model._meta.concrete_model:
            raise ValueError(f"{scope.label}: rows cannot be moved to where they are")
        statement = inserts.transport(scope, model, values, list(fields))
        with transaction.atomic(using=self._target()):
            keys = [row[0] for row in statement.fetched(self.db)]
            rows: QuerySet[Any] = QuerySet(self.model, using=self.db)
            rows.filter(inserts.among(self.model, keys)).delete()
        return len(keys)

    @kinds("write", queryset_only=True)
    async def amove_to(self, model: type[Model], /, **fields: Any) -> int:
        """``move_to``, asynchronously."""
        return await sync_to_async(self.move_to)(model, **fields)
