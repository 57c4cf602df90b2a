"""Annotations by aggregates of related rows."""

from __future__ import annotations

from typing import Self

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond, all_of
from querysets.kinds import group_keys, kinds
from querysets.scope import Scope
from querysets.sql.relations import related, related_count


class Related(PatternBase[M, Row]):
    """What a row gains by the rows that are related to it, and a group by its rows."""

    @kinds("annotation")
    def with_count(
        self, relation: str | None = None, *conditions: Cond, distinct: str | None = None, as_: str | None = None
    ) -> Self:
        """Each row with how many related rows it has, 0 for none; each group with how many rows it has.

        Parameters
        ----------
        relation
            A relation or a path of them. On rows it is required; on groups its absence counts the rows themselves.
        *conditions
            Which related rows count; on groups without ``relation``, which rows.
        distinct
            Count the different values of this field of the related model instead.
        as_
            Default: ``<relation>_count``, a path's ``__`` as ``_``; or ``count``.

        SQL
        ---
        ``(SELECT COUNT(*) FROM related WHERE related.fk = row.pk)``, one subquery a count, never a join. The index of
        the foreign key.

        Examples
        --------
        >>> discussed = Post.objects.with_count("comments").with_count("reactions")
        """
        scope = self._scope("with_count")
        alias = as_ or (f"{relation.replace('__', '_')}_count" if relation else "count")
        recipe = ("with_count", relation, conditions, distinct)
        grouped = group_keys(self.query) is not None
        if relation is None:
            if not grouped:
                raise TypeError(f"{scope.label} needs a relation to count, unless rows are grouped")
            what = "pk" if distinct is None else self._row_scope("with_count").path(distinct)
            which = self._resolved("with_count", *conditions) if conditions else None
            return self._with(alias, Count(what, distinct=distinct is not None, filter=which), recipe)
        rows = related(self._row_scope("with_count"), relation)
        there = Scope(rows.model, None, "with_count")
        number = related_count(rows.filter(all_of(there, *conditions)), distinct=distinct and there.path(distinct))
        return self._with(alias, Coalesce(Sum(number), 0) if grouped else number, recipe)
