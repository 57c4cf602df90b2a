"""What is reached along edges: frontiers of keys, one row of arrays for each step."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q

from querysets._types import SqlQuery
from querysets.scope import Scope
from querysets.sql.fields import INTEGER
from querysets.sql.values import counted

from .computed import Plan, computed, met
from .edges import Direction, Graph, Links, graph_of, with_edges
from .nodes import Through
from .nodes import starts as starts_of

FRESH: Final = (
    'CASE WHEN cardinality("near"."ids") <= 8 '
    'THEN ARRAY(SELECT "id" FROM unnest("near"."ids") AS "id" WHERE "id" <> ALL ("seen")) '
    'ELSE ARRAY(SELECT unnest("near"."ids") EXCEPT SELECT unnest("seen")) END'
)
"""What is near and was not seen. A few keys are compared one by one, as a long chain has one at each step, more are
hashed. Around it ``OFFSET 0``: what is used twice is computed once."""


def within(graph: Graph, starts: SqlQuery, hops: int | None, *, include_self: bool) -> SqlQuery:
    """The nodes that are reached from ``starts``, and in how many hops."""
    limit = "" if hops is None else ' AND "hops" < {hops}'
    others = "" if include_self else ' WHERE "hops" > 0'
    template = (  # of SQL of ours
        f"{with_edges(graph)}, "  # noqa: S608
        '"#walk" ("hops", "front", "seen") AS ('
        'SELECT 0, "ids", "ids" FROM (SELECT ARRAY({starts}) AS "ids" OFFSET 0) AS "start" '
        'UNION ALL SELECT "hops" + 1, "fresh"."ids", "seen" || "fresh"."ids" FROM "#walk" '
        "CROSS JOIN LATERAL (SELECT ARRAY("
        'SELECT DISTINCT "target" FROM "#edges" WHERE "source" = ANY ("front")) AS "ids" OFFSET 0) AS "near" '
        f'CROSS JOIN LATERAL (SELECT {FRESH} AS "ids" OFFSET 0) AS "fresh" '
        f'WHERE cardinality("fresh"."ids") > 0{limit}) '
        f'SELECT "id", "hops" FROM "#walk" CROSS JOIN LATERAL unnest("front") AS "id"{others}'
    )
    values = () if hops is None else (("hops", hops),)
    return computed(graph.model, {"hops": INTEGER}, Plan(template, ("edges", "starts"), values), graph.edges, starts)


def reached(graph: Graph, starts: SqlQuery, *, include_self: bool) -> SqlQuery:
    """The nodes that are reached from ``starts``, in however many hops."""
    others = "" if include_self else ' EXCEPT SELECT "id" FROM "#start"'
    template = (
        f'{with_edges(graph)}, "#start" ("id") AS MATERIALIZED ({{starts}}), '  # noqa: S608
        '"#reached" ("id") AS (SELECT "id" FROM "#start" '
        'UNION SELECT "target" FROM "#reached" JOIN "#edges" ON "source" = "id") '
        f'SELECT "id" FROM "#reached"{others}'
    )
    return computed(graph.model, {}, Plan(template, ("edges", "starts")), graph.edges, starts)


def within_hops(
    scope: Scope,
    start: Any,
    hops: int | None,
    *,
    direction: Direction,
    edges: Links,
    through: Through,
    include_self: bool,
) -> Q:
    limit = None if hops is None else counted(scope, "hops", hops)
    graph, starts = graph_of(scope, edges, direction, through), starts_of(scope, start, through=through)
    return met(within(graph, starts, limit, include_self=include_self))


def reachable_from(
    scope: Scope,
    start: Any,
    hops: int | None = None,
    *,
    direction: Direction = "out",
    edges: Links = None,
    through: Through = None,
    include_self: bool = False,
) -> Q:
    if hops is not None:
        return within_hops(
            scope, start, hops, direction=direction, edges=edges, through=through, include_self=include_self
        )
    graph, starts = graph_of(scope, edges, direction, through), starts_of(scope, start, through=through)
    return met(reached(graph, starts, include_self=include_self))


def component_of(scope: Scope, node: Any, *, edges: Links = None, through: Through = None) -> Q:
    return reachable_from(scope, node, direction="both", edges=edges, through=through, include_self=True)
