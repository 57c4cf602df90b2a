"""What a node is linked with: sets of neighbours, in which an edge counts once and one with oneself does not count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce

from querysets._types import SqlQuery
from querysets.conditions import Cond
from querysets.scope import Scope
from querysets.sql.expressions import ratio
from querysets.sql.fields import FLOAT, INTEGER
from querysets.sql.rollups import rollup

from .computed import Plan, computed, met
from .edges import Direction, Graph, Links, graph_of, links, with_edges
from .nodes import Through, nodes_of, starts


def linked_to(
    scope: Scope,
    given: Any,
    *conditions: Cond,
    direction: Direction = "out",
    edges: Links = None,
    by: Mapping[str, Any],
) -> Q:
    found = links(graph_of(scope, edges, direction, None, *conditions, by=by))
    return Q(Exists(found.filter(source=OuterRef("pk"), target__in=starts(scope, given))))


def connected(scope: Scope, *, direction: Direction = "both", edges: Links = None, through: Through = None) -> Q:
    return Q(Exists(links(graph_of(scope, edges, direction, through)).filter(source=OuterRef("pk"))))


def mutual(scope: Scope, *nodes: Any, direction: Direction = "both", edges: Links = None, through: Through = None) -> Q:
    if not nodes:
        raise TypeError(f"{scope.label} needs at least one node")
    found = links(graph_of(scope, edges, direction, through))
    wanted = Q()
    for each in nodes:
        one = starts(scope, each, through=through)
        wanted &= Q(Exists(found.filter(source__in=one, target=OuterRef("pk")))) & ~Q(pk__in=one)
    return wanted


def degree(scope: Scope, direction: Direction, edges: Links, through: Through) -> Any:
    """How many neighbours a row has."""
    found = links(graph_of(scope, edges, direction, through)).filter(source=OuterRef("pk"))
    return rollup(found, Count("target", distinct=True))


def centrality(scope: Scope, direction: Direction, edges: Links, through: Through) -> Any:
    """The share of all other nodes that are neighbours of a row."""
    others = rollup(nodes_of(scope, through), Count("*")) - 1
    return Coalesce(ratio(degree(scope, direction, edges, through), others), Value(0.0))


_SUGGESTED: Final = (
    '"#self" ("id") AS MATERIALIZED ({node}), '
    '"#near" ("id") AS MATERIALIZED (SELECT DISTINCT "target" FROM "#edges" JOIN "#self" ON "source" = "id" '
    'WHERE "target" <> "source"), '
    '"#pairs" ("shared", "id") AS MATERIALIZED (SELECT DISTINCT "source", "target" FROM "#edges" '
    'JOIN "#near" ON "source" = "id" WHERE "target" <> "source"), '
    '"#degrees" ("shared", "degree") AS (SELECT "shared", COUNT(*) FROM "#pairs" GROUP BY 1) '
    'SELECT "id", SUM(1 / LN("degree"::float8)) FROM "#pairs" JOIN "#degrees" USING ("shared") '
    'WHERE "id" NOT IN (SELECT "id" FROM "#near") AND "id" NOT IN (SELECT "id" FROM "#self") GROUP BY 1'
)
"""Whom one shares a neighbour with, that neighbour has two: no logarithm is 0."""


def suggested_for(scope: Scope, given: Any, edges: Links, through: Through) -> Q:
    """The nodes that share neighbours with one, and the index of Adamic and Adar of each."""
    graph: Graph = graph_of(scope, edges, "both", through)
    plan = Plan(f"{with_edges(graph)}, {_SUGGESTED}", ("edges", "node"))
    node = starts(scope, given, through=through)
    return met(computed(graph.model, {"score": FLOAT}, plan, graph.edges, node))


_TRIANGLES: Final = (
    '"#pairs" ("a", "b") AS MATERIALIZED (SELECT DISTINCT LEAST("source", "target"), GREATEST("source", "target") '
    'FROM "#edges" WHERE "source" <> "target"), '
    '"#corners" ("id", "many") AS (SELECT "id", COUNT(*) FROM "#pairs" one JOIN "#pairs" other ON other."a" = one."b" '
    'JOIN "#pairs" across ON across."a" = one."a" AND across."b" = other."b" '
    'CROSS JOIN LATERAL (VALUES (one."a"), (one."b"), (other."b")) AS "corner" ("id") GROUP BY 1), '
    '"#degrees" ("id", "degree") AS (SELECT "id", COUNT(*) FROM "#pairs" '
    'CROSS JOIN LATERAL (VALUES ("a"), ("b")) AS "end" ("id") GROUP BY 1) '
    'SELECT "id", "many", 2 * "many"::float8 / ("degree" * ("degree" - 1)) FROM "#degrees" JOIN "#corners" USING ("id")'
)


def triangles(scope: Scope, edges: Links, through: Through) -> SqlQuery:
    """Of each node that is in a triangle: in how many it is, and how many of those that could be."""
    graph = graph_of(scope, edges, "out", through)
    plan = Plan(f"{with_edges(graph)}, {_TRIANGLES}", ("edges",))
    return computed(graph.model, {"triangles": INTEGER, "clustering": FLOAT}, plan, graph.edges)
