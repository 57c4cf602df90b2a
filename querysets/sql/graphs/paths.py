# ruff: noqa: S608 (SQL of ours)
"""One path between two nodes: the shortest, or the cheapest, of equals the one whose keys are least from its start."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q

from querysets._types import SqlQuery
from querysets.scope import Scope
from querysets.sql.fields import FLOAT, INTEGER
from querysets.sql.values import counted

from .computed import Plan, computed, met
from .edges import Direction, Graph, Links, graph_of, with_edges
from .nodes import Through, starts
from .reach import FRESH

_SEARCH: Final = (
    '"#start" ("ids") AS MATERIALIZED (SELECT ARRAY({start})), "#goal" ("ids") AS MATERIALIZED (SELECT ARRAY({goal})), '
    '"#search" ("a", "b", "front", "back", "before", "behind", "met") AS ('
    'SELECT 0, 0, s."ids", g."ids", s."ids", g."ids", s."ids" && g."ids" FROM "#start" s CROSS JOIN "#goal" g '
    'UNION ALL SELECT "a" + "forth"::int, "b" + (NOT "forth")::int, '
    'CASE WHEN "forth" THEN "fresh"."ids" ELSE "front" END, CASE WHEN "forth" THEN "back" ELSE "fresh"."ids" END, '
    'CASE WHEN "forth" THEN "before" || "fresh"."ids" ELSE "before" END, '
    'CASE WHEN "forth" THEN "behind" ELSE "behind" || "fresh"."ids" END, '
    'EXISTS(SELECT unnest("fresh"."ids") INTERSECT SELECT unnest(CASE WHEN "forth" THEN "back" ELSE "front" END)) '
    'FROM "#search" '
    'CROSS JOIN LATERAL (SELECT cardinality("front") <= cardinality("back") AS "forth" OFFSET 0) AS "side" '
    'CROSS JOIN LATERAL (SELECT CASE WHEN "forth" '
    'THEN ARRAY(SELECT DISTINCT "target" FROM "#edges" WHERE "source" = ANY ("front")) '
    'ELSE ARRAY(SELECT DISTINCT "source" FROM "#edges" WHERE "target" = ANY ("back")) END AS "ids", '
    'CASE WHEN "forth" THEN "before" ELSE "behind" END AS "seen" OFFSET 0) AS "near" '
    f'CROSS JOIN LATERAL (SELECT {FRESH} AS "ids" OFFSET 0) AS "fresh" '
    'WHERE NOT "met" AND cardinality("front") > 0 AND cardinality("back") > 0'
)
"""Steps from both ends, each time on the side that has fewer nodes at its front, until the fronts meet."""

_BETWEEN: Final = (
    '"#met" AS MATERIALIZED (SELECT "a", "b", '
    'ARRAY(SELECT unnest("front") INTERSECT SELECT unnest("back")) AS "ids" FROM "#search" WHERE "met"), '
    '"#near" ("step", "ids") AS MATERIALIZED (SELECT DISTINCT ON ("a") "a", "front" FROM "#search" ORDER BY "a"), '
    '"#layer" ("step", "ids") AS (SELECT "a", "ids" FROM "#met" UNION ALL SELECT n."step", '
    'ARRAY(SELECT "source" FROM "#edges" WHERE "target" = ANY (l."ids") INTERSECT SELECT unnest(n."ids")) '
    'FROM "#layer" l JOIN "#near" n ON n."step" = l."step" - 1), '
    '"#layers" AS MATERIALIZED (SELECT "step", "ids" FROM "#layer" UNION ALL '
    '(SELECT DISTINCT ON (s."b") m."a" + m."b" - s."b", s."back" '
    'FROM "#search" s JOIN "#met" m ON s."b" < m."b" ORDER BY s."b")), '
    '"#path" ("step", "id") AS (SELECT 0, "ids"[1] FROM "#layers" WHERE "step" = 0 UNION ALL SELECT l."step", '
    '(SELECT "id" FROM (SELECT "target" FROM "#edges" WHERE "source" = p."id" INTERSECT SELECT unnest(l."ids")) '
    'AS "next" ("id") ORDER BY "id" LIMIT 1) '
    'FROM "#path" p JOIN "#layers" l ON l."step" = p."step" + 1) '
    'SELECT "id", "step" FROM "#path"'
)
"""The nodes of each step that lie on a shortest path, and along them the path itself."""


def shortest(graph: Graph, start: SqlQuery, goal: SqlQuery, hops: int | None) -> SqlQuery:
    """The nodes of one shortest path, and the step of each."""
    limit = "" if hops is None else ' AND "a" + "b" < {hops}'
    template = f"{with_edges(graph)}, {_SEARCH}{limit}), {_BETWEEN}"
    values = () if hops is None else (("hops", hops),)
    plan = Plan(template, ("edges", "start", "goal"), values)
    return computed(graph.model, {"step": INTEGER}, plan, graph.edges, start, goal)


_CHEAPEST: Final = (
    '"#start" ("id") AS MATERIALIZED ({start}), "#goal" ("id") AS MATERIALIZED ({goal}), '
    '"#search" ("round", "ids", "costs", "steps", "newer", "paid", "taken") AS ('
    'SELECT 0, ARRAY["id"], ARRAY[0::float8], ARRAY[0], ARRAY["id"], ARRAY[0::float8], ARRAY[0] FROM "#start" '
    'UNION ALL SELECT "round" + 1, "next".* FROM "#search" '
    "CROSS JOIN LATERAL ("
    'SELECT "costs"[array_position("ids", (SELECT "id" FROM "#goal"))] AS "most" OFFSET 0) AS "best" '
    'CROSS JOIN LATERAL (SELECT array_agg("id"), array_agg("cost"), array_agg("step"), '
    'array_agg("id") FILTER (WHERE "new"), array_agg("cost") FILTER (WHERE "new"), '
    'array_agg("step") FILTER (WHERE "new") FROM (SELECT DISTINCT ON ("id") * FROM ('
    'SELECT "id", "cost", "step", FALSE FROM unnest("ids", "costs", "steps") AS k ("id", "cost", "step") '
    'UNION ALL SELECT "target", "cost" + "weight", "step" + 1, TRUE '
    'FROM unnest("newer", "paid", "taken") AS k ("id", "cost", "step") JOIN "#edges" ON "source" = k."id" '
    'WHERE "most" IS NULL OR "cost" + "weight" <= "most") AS c ("id", "cost", "step", "new") '
    'ORDER BY "id", "cost", "step", "new") AS d OFFSET 0) AS "next" '
    'WHERE cardinality("newer") > 0 AND "round" < cardinality("ids")), '
    '"#known" AS MATERIALIZED (SELECT "ids"[n] AS "id", "costs"[n] AS "cost", "steps"[n] AS "step" '
    'FROM (SELECT * FROM "#search" ORDER BY "round" DESC LIMIT 1) AS "last" '
    'CROSS JOIN LATERAL generate_series(1, cardinality("ids")) AS n), '
    '"#tight" AS MATERIALIZED (SELECT DISTINCT "source", "target" FROM "#edges" '
    'JOIN "#known" one ON one."id" = "source" JOIN "#known" other ON other."id" = "target" '
    'WHERE one."cost" + "weight" = other."cost" AND one."step" + 1 = other."step"), '
    '"#back" ("id") AS (SELECT "id" FROM "#known" JOIN "#goal" USING ("id") '
    'UNION SELECT "source" FROM "#back" JOIN "#tight" ON "target" = "id"), '
    '"#path" ("id") AS (SELECT "id" FROM "#back" JOIN "#start" USING ("id") UNION ALL SELECT ('
    'SELECT "target" FROM "#tight" JOIN "#back" b ON b."id" = "target" WHERE "source" = "#path"."id" '
    'ORDER BY "target" LIMIT 1) FROM "#path" WHERE "id" IS NOT NULL) '
    'SELECT "id", "step", "cost" FROM "#path" JOIN "#known" USING ("id")'
)
"""Bellman and Ford: rounds over the nodes whose cost has fallen, in one row of arrays; then back along the edges by
which the costs were reached, and forth along those of them that lead to the goal."""


def cheapest(graph: Graph, start: SqlQuery, goal: SqlQuery) -> SqlQuery:
    """The nodes of the path of least cost, the step of each and what it costs until there."""
    plan = Plan(f"{with_edges(graph, weighted=True)}, {_CHEAPEST}", ("edges", "start", "goal"))
    return computed(graph.model, {"step": INTEGER, "cost": FLOAT}, plan, graph.edges, start, goal)


def shortest_path(
    scope: Scope,
    start: Any,
    goal: Any,
    max_hops: int | None,
    *,
    direction: Direction,
    edges: Links,
    through: Through,
) -> Q:
    most = None if max_hops is None else counted(scope, "max_hops", max_hops)
    graph = graph_of(scope, edges, direction, through)
    ends = starts(scope, start, through=through), starts(scope, goal, through=through)
    return met(shortest(graph, *ends, most))


def cheapest_path(
    scope: Scope,
    start: Any,
    goal: Any,
    weight: str | None,
    *,
    direction: Direction,
    edges: Links,
    through: Through,
) -> Q:
    graph = graph_of(scope, edges, direction, through, weighted=True, weight=weight)
    return met(cheapest(graph, starts(scope, start, through=through), starts(scope, goal, through=through)))
