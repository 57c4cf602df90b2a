"""Groupings: aggregates by keys, by bins, by elements of arrays, as a matrix, with subtotals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Count

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates.bins import Scale, binned
from querysets.sql.aggregates.elements import element
from querysets.sql.aggregates.subtotals import subtotalled
from querysets.sql.measures import is_measure, measured, pivoted
from querysets.sql.values import names

if TYPE_CHECKING:
    from querysets.queryset import PatternQuerySet

    Grouped = PatternQuerySet[M, dict[str, Any]]


class Groups(PatternBase[M, Row]):
    """Rows by what they have in common."""

    @kinds("grouping")
    def agg_by(self, /, *keys: str, **expressions: Any) -> Grouped[M]:
        """Aggregates of the rows of each group, ordered by the keys; NULL is a group.

        Parameters
        ----------
        *keys
            As in ``per``.
        **expressions
            Name = an expression with aggregates in it: a measure. Name = another expression: a further key. What is
            aggregated has one value a row; count related rows by ``with_count`` first.

        Raises
        ------
        TypeError
            There is no key or no aggregate.
        ToManyPath
            A path crosses a to-many relation.

        SQL
        ---
        ``SELECT keys, MAX(rating) ... GROUP BY keys ORDER BY keys``.

        Examples
        --------
        >>> best = Post.objects.agg_by("category", best=Max("rating"), posts=Count("pk"))
        >>> spans = Post.objects.agg_by("author", span=Max("created_at") - Min("created_at")).ranked("-span")
        """
        scope = self._row_scope("agg_by")
        measures = {name: measured(scope, each) for name, each in expressions.items() if is_measure(each)}
        if not measures:
            raise TypeError(f"{scope.label} needs an aggregate, such as total=Sum('views')")
        further = {name: each for name, each in expressions.items() if name not in measures}
        grouped = self._grouped("agg_by", (*keys, *further), **further)
        for name, measure in measures.items():
            grouped._scope("agg_by").expression(measure)  # what stands beside the aggregates is a key or a measure
            grouped = grouped._with(name, measure, ("agg_by", expressions[name]))
            _ = grouped.query.annotations[name].output_field  # so that what has no type is refused here
        return grouped

    @kinds("grouping")
    def pivot(
        self, rows: str | Sequence[str], column: str, values: Collection[Any] | None = None, measure: Any = None
    ) -> Grouped[M]:
        """A matrix: one row a group, with a measure for each value of another field, named ``<column>_<value>``.

        Parameters
        ----------
        rows
            One key or several, as in ``per``.
        column
            The field, to-one path or annotation whose values become columns.
        values
            Which values, in which order; ``None`` among them for NULL. Default: the choices of the field, so that no
            query is needed to know them. In names, what cannot stand in an identifier becomes ``_``.
        measure
            An aggregate. Default: how many rows there are, 0 for none.

        Raises
        ------
        ValueError
            There are no ``values`` and the field has no choices; or two values have the same name.

        SQL
        ---
        ``COUNT(id) FILTER (WHERE status = 'draft') AS status_draft, ... GROUP BY category_id``; one pass over the rows.

        Examples
        --------
        >>> matrix = Post.objects.pivot("category", "status")
        >>> sums = Post.objects.pivot("category", "status", ["draft", "stale"], Sum("views", default=0))
        """
        scope = self._row_scope("pivot")
        columns = pivoted(scope, column, values, measure)
        grouped = self._grouped("pivot", names(scope, "rows", rows))
        for name, each in columns.items():
            grouped = grouped._with(name, each, ("pivot", column, measure, each))
        return grouped

    @kinds("grouping")
    def histogram(
        self, field: str, low: float, high: float, bins: int, *, scale: Scale = "linear", as_: str = "bin"
    ) -> Grouped[M]:
        """How many rows have a value in each bin between ``low`` and ``high``; bins without rows are absent.

        Bins count from 1 and include their lower end, the last one its upper end as well. 0 is below ``low``, the
        number behind the last above ``high``, and ``None`` has the rows without a value.

        Parameters
        ----------
        field
            A number: a field, to-one path or annotation.
        low, high
            The ends of the scale.
        bins
            How many bins there are between them, up to 10,000.
        scale : {"linear", "log2"}
            Whether bins have the same width, or the same ratio of their ends.
        as_
            Name of the key. The ends of a bin are ``<as_>_low`` and ``<as_>_high``, ``None`` where it has none; rows
            are counted as ``count``.

        Raises
        ------
        TypeError
            ``field``, ``low`` or ``high`` is no number.
        ValueError
            ``low`` is not below ``high``, or not above 0 on a logarithmic scale; ``bins`` is not in 1..10000.

        SQL
        ---
        ``GROUP BY WIDTH_BUCKET(rating, ARRAY[0, 1, ...])``.

        Examples
        --------
        >>> ratings = Post.objects.histogram("rating", 0, 5, 10)
        >>> octaves = Post.objects.histogram("views", 1, 2**20, 20, scale="log2").with_count("comments")
        """
        keys = binned(self._row_scope("histogram"), field, low, high, bins=bins, scale=scale, name=as_)
        return self._grouped("histogram", tuple(keys), **keys)._with("count", Count("*"), ("histogram",))

    @kinds("grouping")
    def count_by_element(self, field: str | None = None, *, as_: str = "element") -> Grouped[M]:
        """How many rows have each element in an array; a row that has it twice counts once, a row without any nowhere.

        Parameters
        ----------
        field
            An array: a field, to-one path or annotation. Default: the ``tags`` role.
        as_
            Name of the key; rows are counted as ``count``.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.
        TypeError
            ``field`` is no array.

        SQL
        ---
        ``CROSS JOIN LATERAL (SELECT DISTINCT ... FROM UNNEST(tags)) GROUP BY element``. It reads all rows of the chain.

        Examples
        --------
        >>> common = Post.objects.count_by_element("tags").ranked("-count")[:10]
        """
        scope = self._row_scope("count_by_element")
        each = element(scope, scope.role("tags", field))
        grouped = self._grouped("count_by_element", [as_], **{as_: each})
        return grouped._with("count", Count("*"), ("count_by_element",))

    @kinds("grouping")
    def subtotals(self, *keys: str | Sequence[str], as_: str = "level") -> Grouped[M]:
        """The groups, and behind them the same measures over all values of the last key, of the last two, and so on.

        Measures are taken of the rows anew, so that averages, medians and distinct counts are right, too. It ends the
        chain of groups: what follows is an order, a slice, ``count()`` or a window.

        Parameters
        ----------
        *keys
            The keys that are summed up, the last one first; several that go together as a tuple, such as
            ``("category", "category__name")``. Default: each key of the groups, so that the last row is the total.
        as_
            Name of the number that tells a total from a group whose key is NULL: how many of ``keys`` the row sums up.

        Raises
        ------
        WrongShape
            These are no groups, or they have no measures, or some were left out by a measure.
        UnknownField
            One of ``keys`` is no key of the groups.
        ValueError
            A key is named twice.

        SQL
        ---
        ``GROUP BY ROLLUP (category_id, status)`` in a derived table; one pass over the rows.

        Examples
        --------
        >>> table = Post.objects.count_by("category", "status").subtotals()
        >>> per_category = Post.objects.agg_by("category", "status", mean=Avg("rating")).subtotals("status")
        """
        made = self._chain()
        made.query = subtotalled(self._scope("subtotals"), self.query, keys, as_)
        return cast("Grouped[M]", made)
