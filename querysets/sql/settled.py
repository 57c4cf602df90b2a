"""Queries that read a derived table in place of the table of their model: what is computed is a plain column there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models.sql import Query

from querysets._types import SqlQuery
from querysets.execution import settings_of
from querysets.kinds import patterns_of

from .derived import TABLE, DerivedCol, DerivedTable, Selected


def settled(groups: SqlQuery) -> SqlQuery:
    """A query of the rows of ``groups``, in their order: keys, measures and windows are fixed."""
    outer = reading(groups, outputs(groups))
    outer.order_by, outer.default_ordering = groups.order_by, False
    return outer


def outputs(query: SqlQuery) -> dict[str, Any]:
    """The names of what ``query`` selects, in order, and the field of each."""
    selected = dict(zip(query.values_select, query.select, strict=True))
    names = tuple(query.selected or (*query.values_select, *query.annotation_select))
    return {name: (selected[name] if name in selected else query.annotations[name]).output_field for name in names}


def reading(
    inner: SqlQuery, columns: Mapping[str, Any], kind: type[DerivedTable] = DerivedTable, *plan: Any, **notes: Any
) -> SqlQuery:
    """A query of a derived table of this kind, made of ``inner``: each of its columns under its own name, in no order.

    ``columns`` are the names and fields; ``notes`` are left for later methods of the chain.
    """
    inner = inner.clone()
    outer: SqlQuery = Query(inner.model)
    settings, inner.settings = settings_of(inner), {}  # the outer query keeps them, and may be given others
    inner.clear_ordering(force=not inner.is_sliced)
    alias, _ = outer.table_alias(TABLE, create=True)
    inner.bump_prefix(outer)
    outer.alias_map[alias] = kind(inner, tuple(columns), None, "", None, alias, *plan)
    for name, output in columns.items():
        outer.add_annotation(DerivedCol(alias, name, output), name)
    outer.set_values(tuple(columns))
    first, output = next(iter(columns.items()))
    outer.where.add(Selected(DerivedCol(alias, first, output), inner), "AND")
    outer.patterns, outer.settings = {**patterns_of(inner), **notes, "settled": True}, settings
    if inner.is_empty():
        outer.set_empty()
    return outer
