"""Groups that are fixed: keys, measures and windows as columns of a derived table, for what looks at their values."""

from __future__ import annotations

from django.db.models.sql import Query

from querysets._types import SqlQuery
from querysets.execution import settings_of
from querysets.kinds import patterns_of

from .derived import TABLE, DerivedCol, DerivedTable, Selected


def settled(groups: SqlQuery) -> SqlQuery:
    """A query of the rows of ``groups``, in their order, in which every value is a plain column."""
    names, inner = tuple(groups.selected), groups.clone()
    keys = dict(zip(groups.values_select, groups.select, strict=True))
    outputs = {name: (keys.get(name) or groups.annotations[name]).output_field for name in names}
    inner.settings = {}  # the outer query keeps them, and may be given others
    inner.clear_ordering(force=not inner.is_sliced)
    outer: SqlQuery = Query(groups.model)
    alias, _ = outer.table_alias(TABLE, create=True)
    inner.bump_prefix(outer)
    outer.alias_map[alias] = DerivedTable(inner, names, None, "", None, alias)
    for name, output in outputs.items():
        outer.add_annotation(DerivedCol(alias, name, output), name)
    outer.set_values(names)
    outer.where.add(Selected(DerivedCol(alias, names[0], outputs[names[0]]), inner), "AND")
    outer.patterns, outer.settings = {**patterns_of(groups), "settled": True}, settings_of(groups)
    outer.order_by, outer.default_ordering = groups.order_by, False
    return outer
