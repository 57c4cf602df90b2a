"""Equality, comparison, and the combinators of conditions."""

from __future__ import annotations

from typing import Any, Self

from querysets import conditions
from querysets._types import M, Row
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql import comparisons

from .root import Root


class Comparing(Root[M, Row]):
    """Filters by the values of fields, annotations, keys and measures."""

    @kinds("filter")
    def by(self, /, **values: Any) -> Self:
        """Rows whose fields have exactly these values.

        Parameters
        ----------
        **values
            Field path, annotation, key or measure = a value; ``None`` for NULL; a list, tuple or set for any of its
            members (none of them: no row; ``None`` among them: NULL as well); a queryset for any of its rows; an
            expression such as ``F("other")``.

        Raises
        ------
        UnknownField
            A name is no path of field names. Lookups such as ``title__startswith`` are no names.
        ToManyPath
            A path crosses a to-many relation; ``having()`` is the word for those.
        ValueError
            A datetime is naive.

        SQL
        ---
        ``status = %s``, ``status IN (...)``, ``status IS NULL``. A btree on the field.

        Examples
        --------
        >>> drafts = Post.objects.by(status="draft", category=None)
        """
        return self._where(comparisons.by, **values)

    @kinds("filter")
    def excluding(self, /, **values: Any) -> Self:
        """Rows that ``by(**values)`` leaves out: rows whose value is NULL are kept.

        Parameters
        ----------
        **values
            As in ``by``. Several names exclude the rows in which *all* of them match; ``None`` inside a list is
            ignored; an empty list excludes nothing.

        SQL
        ---
        ``NOT (status = %s)``, for a nullable column ``(...) IS NOT TRUE``; for a queryset ``NOT EXISTS``, never
        ``NOT IN``.

        Examples
        --------
        >>> kept = Post.objects.excluding(status=["draft", "stale"])
        """
        return self._where(comparisons.excluding, **values)

    @kinds("filter")
    def at_least(self, /, **values: Any) -> Self:
        """Rows whose value is ``>=`` the given one; NULL never is.

        Parameters
        ----------
        **values
            Field path, annotation, key or measure = a value or an expression. On a window's value (a rank, a running
            total) this is a selection: the values are fixed first.

        SQL
        ---
        ``rating >= %s``; on a measure, HAVING. A btree on the field.

        Examples
        --------
        >>> good = Post.objects.at_least(rating=4)
        """
        return self._where(comparisons.at_least, **values)

    @kinds("filter")
    def at_most(self, /, **values: Any) -> Self:
        """Rows whose value is ``<=`` the given one; NULL never is.

        Parameters
        ----------
        **values
            As in ``at_least``.

        SQL
        ---
        ``rank <= %s``. A btree on the field.

        Examples
        --------
        >>> best = Post.objects.with_rank("-rating").at_most(rank=3)
        """
        return self._where(comparisons.at_most, **values)

    @kinds("filter")
    def above(self, /, **values: Any) -> Self:
        """Rows whose value is ``>`` the given one; NULL never is.

        Parameters
        ----------
        **values
            As in ``at_least``.

        SQL
        ---
        ``likes > views``. A btree on the field serves a constant.

        Examples
        --------
        >>> odd = Post.objects.above(likes=F("views"))
        """
        return self._where(comparisons.above, **values)

    @kinds("filter")
    def below(self, /, **values: Any) -> Self:
        """Rows whose value is ``<`` the given one; NULL never is.

        Parameters
        ----------
        **values
            As in ``at_least``.

        SQL
        ---
        ``price < %s``. A btree on the field.

        Examples
        --------
        >>> cheap = Post.objects.below(price=5)
        """
        return self._where(comparisons.below, **values)

    @kinds("filter")
    def within(self, /, **ranges: tuple[Any, Any]) -> Self:
        """Rows whose value lies in a range, both ends included.

        Parameters
        ----------
        **ranges
            Field path, annotation, key or measure = ``(low, high)``; ``None`` for an open end. ``low > high`` is no
            row.

        SQL
        ---
        ``rating BETWEEN %s AND %s``. A btree on the field.

        Examples
        --------
        >>> middling = Post.objects.within(rating=(2, 4), price=(None, 10))
        """
        return self._where(comparisons.within, **ranges)

    @kinds("filter")
    def any_of(self, *conditions_: Cond, union: bool = False) -> Self:
        """Rows for which at least one condition holds; none given, no row.

        Parameters
        ----------
        *conditions_
            ``P.name(...)``, ``Q`` or boolean expressions.
        union
            Find each condition's rows on its own: ``pk IN (a UNION b)`` lets each use its own index where an OR over
            a column and a relation could use none.

        SQL
        ---
        ``a OR b``; a relation is an EXISTS.

        Examples
        --------
        >>> hot = Post.objects.any_of(P.recent(24), P.at_least(rating=4))
        """
        return self._where(comparisons.any_of, *conditions_, union=union)

    @kinds("filter")
    def none_of(self, *conditions_: Cond) -> Self:
        """Rows for which no condition holds: exactly those that ``any_of`` leaves out; none given, every row.

        Parameters
        ----------
        *conditions_
            ``P.name(...)``, ``Q`` or boolean expressions. One that is NULL for a row does not hold for it.

        SQL
        ---
        ``(a) IS NOT TRUE AND NOT EXISTS (...)``.

        Examples
        --------
        >>> quiet = Post.objects.none_of(P.tagged("asyncio"), P.having("comments"))
        """
        return self._where(conditions.none_of, *conditions_)
