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
    'FROM "#path" p JOIN "#layers" l ON l."step" = p."step" + 1 AND l."step" + 0 = l."step") '
    'SELECT "id", "step" FROM "#path"'
)
"""The nodes of each step that lie on a shortest path, and along them the path itself. ``step + 0 = step`` lets
PostgreSQL expect few layers, which it then hashes once; it would read all of them at each step."""


def shortest(graph: Graph, start: SqlQuery, goal: SqlQuery, hops: int | None) -> SqlQuery:
    """The nodes of one shortest path, and the step of each."""
    limit = "" if hops is None else ' AND "a" + "b" < {hops}'
    template = f"{with_edges(graph)}, {_SEARCH}{limit}), {_BETWEEN}"
    values = () if hops is None else (("hops", hops),)
    plan = Plan(template, ("edges", "start", "goal"), values)
    return computed(graph.model, {"step": INTEGER}, plan, graph.edges, start, goal)


_CHEAPEST: Final = (
    '"#start" ("id") AS MATERIALIZED ({start}), "#goal" ("id") AS MATERIALIZED ({goal}), '
    '"#search" ("round", "ids", "costs", "front", "paid", "many", "most") AS ('
    'SELECT 0, ARRAY["id"], ARRAY[0::float8], ARRAY["id"], ARRAY[0::float8], 1, '
    '(SELECT 0::float8 FROM "#goal" g WHERE g."id" = s."id") FROM "#start" s '
    'UNION ALL SELECT "round" + 1, "new"."ids" || s."ids", "new"."costs" || s."costs", "new"."ids", "new"."costs", '
    '"many" + "new"."more", COALESCE("new"."most", s."most") FROM "#search" s '
    'CROSS JOIN LATERAL (SELECT array_agg("id") AS "ids", array_agg("cost") AS "costs" FROM ('
    'SELECT "target", MIN("cost" + "weight") FROM unnest("front", "paid") AS f ("id", "cost") '
    'JOIN "#edges" ON "source" = f."id" WHERE s."most" IS NULL OR "cost" + "weight" < s."most" GROUP BY 1'
    ') AS c ("id", "cost") OFFSET 0) AS "near" '
    'CROSS JOIN LATERAL (SELECT array_agg("id") AS "ids", array_agg("cost") AS "costs", '
    'COUNT(*) FILTER (WHERE "before" IS NULL)::int AS "more", '
    'MIN("cost") FILTER (WHERE "id" = (SELECT "id" FROM "#goal")) AS "most" FROM ('
    'SELECT "id", "cost", s."costs"[array_position(s."ids", "id")] AS "before" '
    'FROM unnest("near"."ids", "near"."costs") AS n ("id", "cost") WHERE cardinality("near"."ids") <= 8 '
    'UNION ALL SELECT "id", n."cost", k."cost" FROM unnest("near"."ids", "near"."costs") AS n ("id", "cost") '
    'LEFT JOIN (SELECT "id", MIN("cost") FROM unnest(s."ids", s."costs") AS k ("id", "cost") GROUP BY 1) '
    'AS k ("id", "cost") USING ("id") WHERE cardinality("near"."ids") > 8'
    ') AS b WHERE "before" IS NULL OR "cost" < "before" OFFSET 0) AS "new" '
    'WHERE cardinality("new"."ids") > 0 AND "round" < "many"), '
    '"#known" AS MATERIALIZED (SELECT DISTINCT ON ("id") "id", "cost", "round" AS "step" FROM "#search" '
    'CROSS JOIN LATERAL unnest("front", "paid") AS f ("id", "cost") ORDER BY "id", "round" DESC), '
    '"#tight" AS MATERIALIZED (SELECT DISTINCT "source", "target" FROM "#edges" '
    'JOIN "#known" one ON one."id" = "source" JOIN "#known" other ON other."id" = "target" '
    'WHERE one."cost" + "weight" = other."cost" AND one."step" + 1 = other."step"), '
    '"#back" ("id") AS (SELECT "id" FROM "#known" JOIN "#goal" USING ("id") '
    'UNION SELECT "source" FROM "#back" JOIN "#tight" ON "target" = "id"), '
    '"#next" ("source", "target") AS MATERIALIZED (SELECT "source", MIN("target") FROM "#tight" '
    'JOIN "#back" ON "id" = "target" GROUP BY 1), '
    '"#path" ("id") AS (SELECT "id" FROM "#back" JOIN "#start" USING ("id") '
    'UNION ALL SELECT "target" FROM "#path" JOIN "#next" ON "source" = "id") '
    'SELECT "id", "step", "cost" FROM "#path" JOIN "#known" USING ("id")'
)
"""Bellman and Ford: in each round, the nodes whose cost has fallen, which is reached in as many hops as there were
rounds; before them all that fell earlier, the last first, to compare with. A few are looked up one by one, as a long
chain has one in each round, more are joined. Then back along the edges by which the costs were reached, and forth along
those of them that lead to the goal."""


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
