"""Groups: rows become dicts of keys, and ``with_...`` adds measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.db.models.sql import Query

from querysets._types import M, Row
from querysets.errors import WrongShape
from querysets.kinds import group_keys, kinds
from querysets.sql.derived import joins_to_many
from querysets.sql.ordering import order_terms
from querysets.sql.postgres.loose import scanned

from .root import Root

if TYPE_CHECKING:
    from querysets.queryset import PatternQuerySet

    Groups = PatternQuerySet[M, dict[str, Any]]


class Grouping(Root[M, Row]):
    """Groups by keys."""

    @kinds("grouping")
    def per(self, *keys: str) -> Groups[M]:
        """One row a group: a dict of ``keys``, ordered by them; NULL is a group.

        Parameters
        ----------
        *keys
            Fields, to-one paths or annotations. On groups without measures they are further keys. Measures follow as
            ``with_...`` or by Django's ``annotate``.

        Raises
        ------
        ToManyPath
            A key crosses a to-many relation.
        WrongShape
            The groups already have a measure.

        SQL
        ---
        ``SELECT keys ... GROUP BY keys ORDER BY keys``.

        Examples
        --------
        >>> by_status = Post.objects.per("status").with_count()
        """
        return self._grouped("per", keys)

    @kinds("grouping")
    def count_by(self, *keys: str, distinct: str | None = None, as_: str = "count", **expressions: Any) -> Groups[M]:
        """How many rows each group has, ordered by the keys; NULL is a group.

        Parameters
        ----------
        *keys
            As in ``per``.
        distinct
            Count the different values of this field instead of rows.
        as_
            Name of the count.
        **expressions
            Further keys: name = expression.

        SQL
        ---
        ``SELECT keys, COUNT(*) ... GROUP BY keys ORDER BY keys``.

        Examples
        --------
        >>> busiest = Post.objects.count_by("category", "category__name").ranked("-count")
        """
        grouped = self._grouped("count_by", (*keys, *expressions), **expressions)
        counted = Count("*") if distinct is None else Count(self._row_scope("count_by").path(distinct), distinct=True)
        return grouped._with(as_, counted, ("count_by", distinct))

    @kinds("grouping")
    def distinct_values(self, *expressions: Any) -> PatternQuerySet[M, Any]:
        """The different values of one expression, ascending, or the different tuples of several; NULLs left out.

        Parameters
        ----------
        *expressions
            Fields, to-one paths or expressions such as ``Lower("email")``.

        SQL
        ---
        ``SELECT DISTINCT``, written as GROUP BY so that the values can be filtered, ordered and counted as groups. All
        values of one field with which a btree begins are found from one to the next, by a recursive query of the index;
        not where statistics say that there are many.

        Examples
        --------
        >>> languages = list(Post.objects.distinct_values("language"))
        """
        scope = self._scope("distinct_values")
        if not expressions:
            raise TypeError(f"{scope.label} needs at least one field or expression")
        paths = [scope.path(each) if isinstance(each, str) else each for each in expressions]
        names = [each if isinstance(each, str) else f"value_{index}" for index, each in enumerate(paths)]
        made = {name: each for name, each in zip(names, paths, strict=True) if not isinstance(each, str)}
        grouped = self._grouped("distinct_values", names, **made)
        present = grouped.filter(**{f"{name}__isnull": False for name in names})
        values = present.values_list(*names, flat=len(names) == 1)
        if len(names) == 1 and not made:
            scanned(values.query, names[0])
        return values

    def _grouped(self, method: str, keys: Sequence[str], **expressions: Any) -> Groups[M]:
        """Rows by ``keys``; what multiplies or narrows rows by itself is taken as a selection first."""
        earlier = group_keys(self.query)
        if earlier is not None and set(self.query.annotation_select) - set(earlier):
            raise WrongShape(
                f"{self.model._meta.label}: {method}() cannot add a key to groups that have measures; add keys first"
            )
        rows = self._beneath()
        if earlier is None and _multiplies(rows.query):
            rows = rows._frozen()
        scope = rows._row_scope(method)
        wanted = tuple(
            dict.fromkeys((*(earlier or ()), *(key if key in expressions else scope.path(key) for key in keys)))
        )
        if not wanted:
            raise TypeError(f"{scope.label} needs at least one key")
        for name, value in expressions.items():
            rows = rows._with(name, scope.expression(value), (method, value))
        rows = rows.order_by()
        rows.query.append_annotation_mask([key for key in wanted if key in rows.query.annotations])
        grouped = rows.values(*wanted)._noted(groups=wanted)
        grouped.query.set_group_by()
        return grouped.order_by(*order_terms(grouped._scope(method), wanted))


def _multiplies(query: Query) -> bool:
    """Whether the rows of ``query``, or the values of windows over them, must be settled before they are grouped."""
    return bool(
        query.distinct
        or query.group_by is True
        or any(annotation.contains_over_clause for annotation in query.annotations.values())
        or joins_to_many(query)
    )
