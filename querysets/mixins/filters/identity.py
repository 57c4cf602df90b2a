"""Rows by which they are: in a given order, by hash, by shard, on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from django.db.models import Model

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters import identity, keyset
from querysets.sql.ordering import make_total, tie_break
from querysets.sql.values import names


class Identity(PatternBase[M, Row]):
    """Orders and portions that hang on the identity of a row."""

    @kinds("ordering")
    def newest(self, field: str | None = None) -> Self:
        """The rows by time, the latest first; ties by primary key, NULLs last.

        Parameters
        ----------
        field : path to a date or datetime
            Default: the ``timestamp`` role.

        SQL
        ---
        ``ORDER BY created_at DESC, id DESC``. A btree on ``(-created_at, -id)``.

        Examples
        --------
        >>> latest = Post.objects.newest()[:10]
        """
        return self._ordered("newest", [f"-{self._scope('newest').role('timestamp', field)}"])

    @kinds("filter", "ordering")
    def in_order_of(
        self, values: Sequence[Any], field: str = "pk", *, others: Literal["drop", "last"] = "drop"
    ) -> Self:
        """The rows in the order in which their value stands in ``values``.

        Parameters
        ----------
        values
            A repeat counts at its first place; what no row has is passed over.
        field
            The field whose value is looked up.
        others : {"drop", "last"}
            Rows whose value is not listed, or is NULL: left out, or behind the rest.

        SQL
        ---
        ``id IN (...) ORDER BY ARRAY_POSITION(ARRAY[...], id), id``. The index of the field.

        Examples
        --------
        >>> listed = Post.objects.in_order_of([3, 1, 2])
        """
        scope = self._scope("in_order_of")
        position = identity.position(scope, values, field, others)
        rows = self if others == "last" else self._where(identity.in_order_of, values, field)
        return rows.order_by(position.asc(nulls_last=True), *tie_break(rows.query, ()))

    @kinds("filter")
    def sampled(self, fraction: float, salt: str = "") -> Self:
        """About ``fraction`` of the rows, the same ones every time.

        Parameters
        ----------
        fraction
            0 (no row) to 1 (every row).
        salt
            Another salt is another sample.

        Raises
        ------
        ValueError
            ``fraction`` is outside of 0..1, or ``salt`` is no text that PostgreSQL can hold.

        SQL
        ---
        The first 32 bits of ``md5(salt || pk)``, as a share of 2**32, are below ``fraction``. No index; a full scan.

        Examples
        --------
        >>> tenth = Post.objects.sampled(0.1, "2026")
        """
        return self._where(identity.sampled, fraction, salt)

    @kinds("filter")
    def sharded(self, index: int, of: int) -> Self:
        """The share of worker ``index`` among ``of``: disjoint, and together all rows.

        Parameters
        ----------
        index
            0 to ``of - 1``.
        of
            How many shards there are, at least 1.

        Raises
        ------
        ValueError
            ``index`` is not in 0..of-1.

        SQL
        ---
        ``MOD(id, of) = index``; by hash where the primary key is no integer. A full scan.

        Examples
        --------
        >>> mine = Post.objects.sharded(0, of=4)
        """
        return self._where(identity.sharded, index, of)

    @kinds("filter", "ordering")
    def after(self, cursor: Model | Mapping[str, Any] | None, by: str | Sequence[str] | None = None) -> Self:
        """The rows strictly after ``cursor`` in the current order: the next page, stable while rows are added.

        Parameters
        ----------
        cursor
            A row, or a mapping with the value of each key of the order; ``None`` for the first page.
        by
            Keys to order by, as in ``ranked``. Default: the current order, else the primary key. The tie-break by
            primary key is added.

        Raises
        ------
        ValueError
            The cursor lacks a key, or the order is by an expression without a name.

        SQL
        ---
        ``(created_at, id) < (%s, %s)``, a row comparison that a btree serves; keys of mixed direction or with NULLs are
        compared one by one, behind a bound on the first that the index serves.

        Examples
        --------
        >>> first = Post.objects.newest().limited(10)
        >>> second = Post.objects.newest().after(first.last()).limited(10)
        """
        rows = self._chain() if by is None else self._ordered("after", names(self._scope("after"), "by", by))
        make_total(rows.query)
        return rows if cursor is None else rows._where(keyset.after, cursor)

    @kinds("selection")
    def frozen(self) -> Self:
        """The same rows as a closed set: joins, windows and limits are settled, and what follows acts within them.

        SQL
        ---
        ``INNER JOIN (SELECT id ...) ON id``.

        Examples
        --------
        >>> settled = Post.objects.filter(comments__score=1).frozen()
        """
        return self._frozen()
