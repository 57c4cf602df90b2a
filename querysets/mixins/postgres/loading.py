"""Rows in bulk: merged into a table by their keys, copied into it, and copied out."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from asgiref.sync import async_to_sync, sync_to_async
from django.db import connections

from querysets._types import M, Row, SqlQuery
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql.postgres import copying, upserts
from querysets.sql.postgres.copying import Format, Progress
from querysets.sql.postgres.rows import Incoming
from querysets.sql.postgres.upserts import Upserted

Rows: TypeAlias = Iterable[Any] | AsyncIterable[Any]
"""Dicts, or instances of the model; asynchronous ones are for the asynchronous methods."""


class Loading(PatternBase[M, Row]):
    """Many rows at a time."""

    @kinds("write")
    def upsert(
        self,
        rows: Rows,
        key: str | Sequence[str],
        update: str | Sequence[str] | Mapping[str, Any] | None = None,
        where: Cond | None = None,
        *,
        unless_same: str | Sequence[str] | None = None,
    ) -> Upserted:
        """How many rows were created because their key was new, how many updated, and how many left as they were.

        All or nothing. Of rows with one key the last is taken, as if it were the only one; a row in which nothing would
        change is not written. Callers whose rows overlap wait for each other and never deadlock.

        Parameters
        ----------
        rows
            Dicts, all with the same fields, or instances, which give all of their columns. Columns that are not given
            have the defaults of the model in rows that are new, and stay what they are in others.
        key
            The fields of a unique constraint, in any order, or its name, as one over expressions has to be called. Not
            a deferrable one. Rows beyond the condition of a partial one have no key: they are created.
        update
            What is set where the key is there: fields, whose values are those of the rows; or field = value or
            expression, such as ``{"hits": F("hits") + Excluded("hits")}``. Default: all that is given, and what is
            ``auto_now``. Nothing is for ``()``.
        where
            A condition on the row that is there, which otherwise stays as it is; ``Excluded`` is what the other gives.
        unless_same
            Fields that tell whether a row has changed. Default: all that are set, less ``auto_now``.

        Raises
        ------
        UnknownField
            There is no such field.
        TypeError
            A row is neither a dict nor an instance, or a value is of a type that its column does not take.
        ValueError
            ``key`` is not unique, or has NULL in a row; a row gives other columns than the first; a value is one that
            its column cannot hold, or the model has no default for one that is not given; ``where`` needs a join.
        WrongShape
            The chain is narrowed, or the model inherits columns from the table of another.

        SQL
        ---
        ``INSERT INTO ... SELECT DISTINCT ON (slug) ... ON CONFLICT (slug) DO UPDATE ... WHERE title IS DISTINCT FROM``
        of the rows in the order of their keys: one statement, which reads up to 1000 of them from arrays and more from
        a temporary table, which COPY fills. PostgreSQL 18 says of each row whether it was there (``old``), earlier ones
        by its ``xmax``. The index of the key; no signals are sent.

        Examples
        --------
        >>> Category.objects.upsert([{"slug": "new", "name": "New", "position": 900}], key="slug")
        Upserted(created=1, updated=0, unchanged=0)
        >>> Category.objects.upsert([{"slug": "new", "name": "New", "position": 900}], key="slug")
        Upserted(created=0, updated=0, unchanged=1)
        """
        scope = copying.whole(self._scope("upsert"))
        using = self._target()
        incoming = Incoming(scope, rows, connections[using])
        statement = upserts.upsert(scope, incoming, key, update, where, unless_same)
        return statement.run(incoming, using)

    @kinds("write")
    async def aupsert(
        self,
        rows: Rows,
        key: str | Sequence[str],
        update: str | Sequence[str] | Mapping[str, Any] | None = None,
        where: Cond | None = None,
        *,
        unless_same: str | Sequence[str] | None = None,
    ) -> Upserted:
        """``upsert``, asynchronously."""
        return await sync_to_async(self.upsert)(_awaited(rows), key, update, where, unless_same=unless_same)

    @kinds("write")
    def copy_in(
        self, rows: Rows, fields: str | Sequence[str] | None = None, *, progress: Progress | None = None
    ) -> int:
        """How many new rows were made of the rows that are given, however many, of which few lie in memory at a time.

        All or nothing. The rows may be read from the same database meanwhile.

        Parameters
        ----------
        rows
            Dicts, such as ``csv.DictReader`` gives, all with the same fields; tuples of the values of ``fields``; or
            instances, which give all of their columns. Columns that are not given have the defaults of the model.
        fields
            Those to take from each row.
        progress
            Called with the number of rows so far, now and then and at the end.

        Raises
        ------
        UnknownField
            There is no such field.
        TypeError
            A row is nothing of the kind, or a value is of a type that its column does not take.
        ValueError
            A row gives other columns than the first; a value is one that its column cannot hold; or the model has no
            default for one that is not given.
        WrongShape
            The chain is narrowed, or the model inherits columns from the table of another.

        SQL
        ---
        ``COPY ... FROM STDIN``, again for every 250 rows, in one transaction. What only the server finds, such as a key
        that is there already, is Django's ``IntegrityError`` or ``DataError`` with the row in its message. A primary
        key that is given leaves its sequence where it is; no signals are sent.

        Examples
        --------
        >>> Category.objects.copy_in([("a", "A", 901), ("b", "B", 902)], fields=("slug", "name", "position"))
        2
        """
        scope = copying.whole(self._scope("copy_in"))
        using = self._target()
        incoming = Incoming(scope, rows, connections[using], fields)
        return copying.copied_in(scope, incoming, using, progress)

    @kinds("write")
    async def acopy_in(
        self, rows: Rows, fields: str | Sequence[str] | None = None, *, progress: Progress | None = None
    ) -> int:
        """``copy_in``, asynchronously."""
        return await sync_to_async(self.copy_in)(_awaited(rows), fields, progress=progress)

    @kinds("terminal")
    def copy_out(
        self,
        file: Any,
        fields: str | Sequence[str] | None = None,
        *,
        format: Format = "csv",  # noqa: A002 (what PostgreSQL calls it)
        progress: Progress | None = None,
    ) -> int:
        """How many rows of the chain, or groups, were written to a file, in its order; none of them lies in memory.

        Parameters
        ----------
        file
            A file that is open for bytes, or a callable that takes them.
        fields
            Names of columns, to-one paths, annotations, keys or measures. Default: what the chain selects, and of rows
            all columns but generated ones, and the annotations.
        format : {"csv", "text", "binary"}
            Those of COPY. The first line of the first two names the columns. In CSV an empty text is ``""``, and NULL
            is nothing at all.
        progress
            Called with the number of rows so far, now and then and at the end.

        Raises
        ------
        UnknownField
            There is no such field.
        ToManyPath
            A path crosses a to-many relation.
        TypeError
            ``file`` takes no bytes.
        ValueError
            ``fields`` are none, or there is no such format.

        SQL
        ---
        ``COPY (SELECT ...) TO STDOUT``: the statement of the chain, its values written into it as literals.

        Examples
        --------
        >>> from io import BytesIO
        >>> file = BytesIO()
        >>> Post.objects.by(pk=[1, 2]).with_count("comments").ranked("pk").copy_out(file, ("pk", "comments_count"))
        2
        >>> file.getvalue().splitlines()[0]
        b'pk,comments_count'
        """
        scope = self._scope("copy_out")
        columns, write = copying.selection(scope, fields), copying.writer(scope, file)
        form = copying.form_of(scope, format)
        query: SqlQuery = (self if columns is None else self.values(*columns)).query
        return copying.copied_out(query, self.db, columns or list(query.selected), write, form, progress)

    @kinds("terminal")
    async def acopy_out(
        self,
        file: Any,
        fields: str | Sequence[str] | None = None,
        *,
        format: Format = "csv",  # noqa: A002
        progress: Progress | None = None,
    ) -> int:
        """``copy_out``, asynchronously."""
        return await sync_to_async(self.copy_out)(file, fields, format=format, progress=progress)


def _awaited(rows: Rows) -> Iterable[Any]:
    """Asynchronous rows for a thread that cannot await them: the event loop that it was started from does."""
    return _waiting(rows) if isinstance(rows, AsyncIterable) else rows


def _waiting(rows: AsyncIterable[Any]) -> Iterator[Any]:
    found = aiter(rows)

    async def some() -> list[Any]:
        """The next rows: going from one thread to the other takes longer than most rows."""
        taken: list[Any] = []
        async for row in found:
            taken.append(row)
            if len(taken) == copying.CHUNK:
                break
        return taken

    while chunk := async_to_sync(some)():
        yield from chunk
