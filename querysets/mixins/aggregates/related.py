"""Annotations by aggregates of related rows."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Avg, Count, Max, Min, Sum
from django.db.models.functions import Coalesce

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import group_keys, kinds
from querysets.scope import Scope
from querysets.sql.relations import Relation, label_of, mark_of, related
from querysets.sql.rollups import beyond, measure, related_count, rollups


class Related(PatternBase[M, Row]):
    """What a row gains by the rows that are related to it, and a group by its rows."""

    @kinds("annotation")
    def with_rollup(
        self, relation: Relation, /, where: Cond | None = None, *, empty: Any = None, **aggregates: Any
    ) -> Self:
        """Each row with aggregates of its related rows: exact, however many and over whichever relations.

        Parameters
        ----------
        relation
            A relation or a path of them, forward, reverse or many-to-many; related rows come from their model's default
            manager, each as often as the path leads to it. Or a queryset, tied to the row by its own
            ``OuterRef("field")``, or, if it has none, by the one foreign key from its model to that of the row.
        where
            Which related rows count; ``OuterRef("field")`` in it is the row.
        empty
            The value in place of NULL, where there is nothing to aggregate. A ``Count`` is 0 by itself.
        **aggregates
            Alias = an aggregate over fields and to-one paths of the related rows, or an expression of aggregates.

        Raises
        ------
        TypeError
            A value is no aggregate, or there is none.
        UnknownField
            A name is no field of the related model.
        ToManyPath
            An aggregate crosses a to-many relation itself; make it a part of ``relation``.
        ValueError
            A queryset has no ``OuterRef``, and no foreign key, or several, to tie it by.

        SQL
        ---
        ``(SELECT SUM(amount) FROM orders WHERE orders.user_id = user.id AND ...)``, one subquery an aggregate, never a
        join. The index of the foreign key.

        Examples
        --------
        >>> spread = Post.objects.with_rollup("comments", low=Min("score"), high=Max("score"))
        """
        scope = self._scope("with_rollup")
        values = rollups(scope, relation, where, empty, aggregates)
        rows = self._frozen() if scope.windows else self
        for alias, value in values.items():
            rows = rows._with(alias, value, ("with_rollup", mark_of(relation), where, empty, aggregates[alias]))
        return rows

    @kinds("annotation")
    def with_count(
        self, relation: Relation | None = None, *conditions: Cond, distinct: str | None = None, as_: str | None = None
    ) -> Self:
        """Each row with how many related rows it has, 0 for none; each group with how many rows it has.

        Parameters
        ----------
        relation
            A relation, a path of them, or a queryset, as in ``with_rollup``. On rows it is required; on groups its
            absence counts the rows themselves.
        *conditions
            Which related rows count; on groups without ``relation``, which rows.
        distinct
            Count the different values of this field of the related model instead.
        as_
            Default: ``<relation>_count``, a path's ``__`` as ``_``; of a queryset ``<model>_count``; or ``count``.

        Raises
        ------
        TypeError
            Rows are to be counted without a relation.

        SQL
        ---
        ``(SELECT COUNT(*) FROM related WHERE related.fk = row.pk)``, one subquery a count, never a join. The index of
        the foreign key.

        Examples
        --------
        >>> discussed = Post.objects.with_count("comments").with_count("reactions")
        """
        scope = self._scope("with_count")
        grouped = group_keys(self.query) is not None
        if relation is None:
            if not grouped:
                raise TypeError(f"{scope.label} needs a relation to count, unless rows are grouped")
            what = "pk" if distinct is None else self._row_scope("with_count").path(distinct)
            which = self._resolved("with_count", *conditions) if conditions else None
            counted: Any = Count(what, distinct=distinct is not None, filter=which)
            return self._with(as_ or "count", counted, ("with_count", None, conditions, distinct))
        outer = self._row_scope("with_count")
        rows = related(outer, relation, *conditions)
        number = related_count(rows, distinct=distinct and Scope(rows.model, rows.query, "with_count").path(distinct))
        settled = self._frozen() if outer.windows else self
        recipe = ("with_count", mark_of(relation), conditions, distinct)
        alias = as_ or f"{label_of(relation)}_count"
        return settled._with(alias, Coalesce(Sum(number), 0) if grouped else number, recipe)

    @kinds("annotation")
    def with_sum(self, path: str, *conditions: Cond, as_: str | None = None, default: Any = 0) -> Self:
        """Each row with the sum of a field of its related rows; each group with the sum of a field of its rows.

        Parameters
        ----------
        path
            On rows a path of relations and a field of the last model, such as ``"posts__views"``, as in
            ``with_rollup``; on groups a field of the rows. NULLs do not count.
        *conditions
            Which related rows count, or, on groups, which rows.
        as_
            Default: ``<path>_sum``, with ``_`` for ``__``.
        default
            The value where there is nothing to add; None for NULL.

        Raises
        ------
        WrongShape
            On rows the path crosses no to-many relation, so that there is one value a row.
        TypeError
            The field is no number and no duration.

        SQL
        ---
        ``COALESCE((SELECT SUM(views) FROM post WHERE post.author_id = user.id), 0)``; on groups
        ``COALESCE(SUM(views) FILTER (WHERE ...), 0)``. The index of the foreign key.

        Examples
        --------
        >>> read = User.objects.with_sum("posts__views").with_sum("posts__likes", P.active())
        >>> by_status = Post.objects.per("status").with_sum("views")
        """
        return self._reduced("with_sum", Sum, path, conditions, as_=as_, default=default)

    @kinds("annotation")
    def with_avg(self, path: str, *conditions: Cond, as_: str | None = None, default: Any = None) -> Self:
        """Each row with the mean of a field of its related rows; each group with the mean of a field of its rows.

        Parameters
        ----------
        path, *conditions
            As in ``with_sum``. The mean of whole numbers is a float, of Decimals a Decimal.
        as_
            Default: ``<path>_avg``.
        default
            The value where there is nothing to take the mean of.

        SQL
        ---
        ``(SELECT AVG(rating) FROM post WHERE post.author_id = user.id)``; on groups ``AVG(rating)``.

        Examples
        --------
        >>> rated = User.objects.with_avg("posts__rating").at_least(posts_rating_avg=3)
        """
        return self._reduced("with_avg", Avg, path, conditions, as_=as_, default=default)

    @kinds("annotation")
    def with_min(self, path: str, *conditions: Cond, as_: str | None = None, default: Any = None) -> Self:
        """Each row with the least value of a field of its related rows; each group with that of its rows.

        Parameters
        ----------
        path, *conditions
            As in ``with_sum``, of any type that has an order.
        as_
            Default: ``<path>_min``.
        default
            The value where there is none.

        SQL
        ---
        ``(SELECT MIN(created_at) FROM post WHERE post.author_id = user.id)``; on groups ``MIN(created_at)``.

        Examples
        --------
        >>> since = User.objects.with_min("posts__created_at", as_="first_post")
        """
        return self._reduced("with_min", Min, path, conditions, as_=as_, default=default)

    @kinds("annotation")
    def with_max(self, path: str, *conditions: Cond, as_: str | None = None, default: Any = None) -> Self:
        """Each row with the greatest value of a field of its related rows; each group with that of its rows.

        Parameters
        ----------
        path, *conditions
            As in ``with_min``.
        as_
            Default: ``<path>_max``.
        default
            The value where there is none.

        SQL
        ---
        ``(SELECT MAX(created_at) FROM post WHERE post.author_id = user.id)``; on groups ``MAX(created_at)``.

        Examples
        --------
        >>> last = User.objects.with_max("posts__created_at").with_max("comments__created_at")
        """
        return self._reduced("with_max", Max, path, conditions, as_=as_, default=default)

    def _reduced(
        self, method: str, function: Any, path: str, conditions: tuple[Cond, ...], *, as_: str | None, default: Any
    ) -> Self:
        outer = self._row_scope(method)
        if group_keys(self.query) is not None:
            value = measure(outer, function, path, self._resolved(method, *conditions), default)
        else:
            value = beyond(outer, function, path, conditions, default)
        alias = as_ or f"{path.replace('__', '_')}_{method.removeprefix('with_')}"
        rows = self._frozen() if outer.windows else self
        return rows._with(alias, value, (method, path, conditions, default))
