"""Filters, annotations and groups by the elements of an array."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Count
from django.db.models.expressions import Combinable

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.postgres import arrays
from querysets.sql.relations import alias_of

if TYPE_CHECKING:
    from querysets.base.grouping import Groups


class ArrayElements(PatternBase[M, Row]):
    """What an array holds."""

    @kinds("filter")
    def in_array(
        self,
        field: str,
        *,
        any: Collection[Any] | Combinable | None = None,  # noqa: A002
        all: Collection[Any] | None = None,  # noqa: A002
        none: Collection[Any] | Combinable | None = None,
        only: Collection[Any] | None = None,
        same_as: Collection[Any] | None = None,
        size: int | None = None,
        prefix: str | None = None,
    ) -> Self:
        """Rows whose array has the elements that are asked for; of several keywords all must hold.

        Parameters
        ----------
        field
            An array: a field, to-one path or annotation. Elements are compared exactly; repeats and the order count
            nowhere, and an element that is NULL is equal to none.
        any
            At least one of these; of none of them, no row. Also an expression that is such an array.
        all
            Every one of these; of none of them, every row.
        none
            None of these: all rows that ``any`` leaves out, those whose array is NULL too. Also an expression.
        only
            At least one element, and none but these.
        same_as
            These and no others; of none of them, the arrays that are empty, but not NULL.
        size
            So many elements, repeats and NULLs counted; an array that is NULL has 0.
        prefix
            An element that begins with this text, in this case; "" is any element.

        Raises
        ------
        TypeError
            The field is no array, an element is of another type than its own, or nothing is asked for.
        ValueError
            ``size`` is negative.

        SQL
        ---
        ``tags && ARRAY[...]``, ``tags @> ARRAY[...]``, ``tags <@ ARRAY[...]``: a GIN index on the field, but none for
        the complement, for ``size`` and for ``prefix``.

        Examples
        --------
        >>> posts = Post.objects.in_array("tags", any=["queue", "lock"], none=["thread"])
        >>> tagged_once = Post.objects.in_array("tags", size=1).in_array("tags", prefix="async")
        """
        given = {"any": any, "all": all, "none": none, "only": only, "same_as": same_as}
        return self._where(arrays.in_array, field, size=size, prefix=prefix, **given)

    @kinds("annotation")
    def with_array_size(self, field: str, as_: str | None = None) -> Self:
        """Each row with how many elements its array has; 0 where it is NULL.

        Parameters
        ----------
        field
            An array: a field, to-one path or annotation.
        as_
            Default: ``<field>_size``, a path's ``__`` as ``_``.

        Raises
        ------
        TypeError
            The field is no array.

        SQL
        ---
        ``COALESCE(CARDINALITY(tags), 0)``.

        Examples
        --------
        >>> tagged = Post.objects.with_array_size("tags").at_least(tags_size=3)
        """
        scope = self._scope("with_array_size")
        arrays.array_at(scope, field)
        return self._with(alias_of(field, "size", as_), arrays.size_of(field), ("with_array_size", field))

    @kinds("annotation")
    def with_shared(self, field: str, values: Collection[Any] | Combinable, *, as_: str | None = None) -> Self:
        """Each row with how many different elements its array shares with ``values``, and how alike the two are.

        Parameters
        ----------
        field
            An array: a field, to-one path or annotation.
        values
            The elements, or an expression that is such an array, as ``F("other")`` or a ``Subquery``.
        as_
            The results are ``shared``, a whole number, and ``jaccard``, what is shared as a share (0..1) of all
            different elements of both; 0 where there are none at all. With ``as_`` they are ``<as_>_shared`` and
            ``<as_>_jaccard``.

        Raises
        ------
        TypeError
            The field is no array, or an element is of another type than its own.

        SQL
        ---
        ``(SELECT COUNT(DISTINCT element) FROM UNNEST(tags) element WHERE element = ANY(...))``. A GIN index serves
        ``in_array(field, any=...)`` before it.

        Examples
        --------
        >>> alike = Post.objects.with_shared("tags", ["queue", "lock"]).above(shared=0).ranked("-jaccard")
        """
        scope, prefix = self._scope("with_shared"), "" if as_ is None else f"{as_}_"
        shared, jaccard = arrays.shared_with(scope, field, values)
        return self._gained(scope, {f"{prefix}shared": shared, f"{prefix}jaccard": jaccard}, (field, values))

    @kinds("grouping")
    def count_element_pairs(self, field: str | None = None, *, as_: tuple[str, str] = ("a", "b")) -> Groups[M]:
        """How many rows have each two different elements together in an array; twice in one row counts once.

        Parameters
        ----------
        field
            An array: a field, to-one path or annotation. Default: the ``tags`` role.
        as_
            Names of the keys, the lesser element and the greater; rows are counted as ``count``.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.
        TypeError
            The field is no array.

        SQL
        ---
        ``CROSS JOIN LATERAL (SELECT one, other FROM UNNEST(tags) ... ON one < other) GROUP BY one, other``. It reads
        all rows of the chain, and makes n * (n - 1) / 2 of one with n elements.

        Examples
        --------
        >>> together = Post.objects.count_element_pairs().at_least(count=2).ranked("-count")
        """
        scope = self._row_scope("count_element_pairs")
        keys = dict(zip(as_, arrays.pairs(scope, scope.role("tags", field)), strict=True))
        grouped = self._grouped("count_element_pairs", tuple(keys), **keys)
        return grouped._with("count", Count("*"), ("count_element_pairs",))
