"""What a whole graph says of each of its nodes: components, ranks, levels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from django.db.models import QuerySet

from querysets._types import SqlQuery, meta
from querysets.errors import WrongShape
from querysets.kinds import patterns_of
from querysets.scope import Scope
from querysets.sql.fields import FLOAT, INTEGER

from . import streamed
from .computed import Plan, computed, without
from .edges import Graph, with_edges

LABELS: Final = (
    '"#nodes" ("id", "n") AS MATERIALIZED (SELECT "id", (row_number() OVER (ORDER BY "id"))::int '
    'FROM (SELECT "source" FROM "#edges" UNION SELECT "target" FROM "#edges") AS "ends" ("id")), '
    '"#links" ("a", "b") AS MATERIALIZED (SELECT DISTINCT s."n", t."n" FROM "#edges" '
    'JOIN "#nodes" s ON s."id" = "source" JOIN "#nodes" t ON t."id" = "target" WHERE s."n" <> t."n"), '
    '"#rounds" ("labels") AS (SELECT array_agg("n" ORDER BY "n") FROM "#nodes" '
    'UNION SELECT "jumped"."labels" FROM "#rounds" '
    'CROSS JOIN LATERAL (SELECT ARRAY(SELECT LEAST("labels"["n"], "least") FROM "#nodes" LEFT JOIN ('
    'SELECT "labels"["a"] AS "n", MIN("labels"["b"]) AS "least" FROM "#links" GROUP BY 1) AS "beside" USING ("n") '
    'ORDER BY "n") AS "labels" OFFSET 0) AS "hooked" '
    'CROSS JOIN LATERAL (SELECT ARRAY(SELECT "hooked"."labels"["hooked"."labels"["hooked"."labels"["n"]]] '
    'FROM "#nodes" ORDER BY "n") AS "labels" OFFSET 0) AS "jumped"), '
    '"#last" ("labels") AS MATERIALIZED (SELECT MIN("labels") FROM "#rounds"), '
    '"#keys" ("ids") AS MATERIALIZED (SELECT array_agg("id" ORDER BY "n") FROM "#nodes")'
)
"""Each label takes the least label beside any node that has it, and then that of its label, until none changes: labels
only fall, so the last are the least."""

COMPONENTS: Final = (
    'SELECT "id", "component", COUNT(*) OVER (PARTITION BY "component") FROM (SELECT "id", '
    '((SELECT "ids" FROM "#keys"))[((SELECT "labels" FROM "#last"))["n"]] AS "component" FROM "#nodes") AS "found"'
)
"""The least key that is connected with each node, and how many are."""


def components(graph: Graph) -> SqlQuery:
    """The least key of the component of each node that has an edge, and the size of the component."""
    plan = Plan(f"{with_edges(graph)}, {LABELS} {COMPONENTS}", ("edges",))
    return computed(graph.model, {"component": meta(graph.model).pk, "size": INTEGER}, plan, graph.edges)


_RANKS: Final = (
    '"#nodes" ("id", "n") AS MATERIALIZED (SELECT "id", (row_number() OVER (ORDER BY "id"))::int '
    'FROM ({nodes}) AS "all" ("id")), '
    '"#pairs" ("a", "b") AS MATERIALIZED (SELECT DISTINCT s."n", t."n" FROM "#edges" '
    'JOIN "#nodes" s ON s."id" = "source" JOIN "#nodes" t ON t."id" = "target" WHERE s."n" <> t."n"), '
    '"#links" ("a", "b", "share") AS MATERIALIZED ('
    'SELECT "a", "b", {damping}::float8 / COUNT(*) OVER (PARTITION BY "a") FROM "#pairs"), '
    '"#ends" ("n") AS MATERIALIZED (SELECT "n" FROM "#nodes" EXCEPT SELECT "a" FROM "#pairs"), '
    '"#size" ("size") AS MATERIALIZED (SELECT COUNT(*)::float8 FROM "#nodes"), '
    '"#rounds" ("round", "ranks") AS (SELECT 0, ARRAY(SELECT 1 / "size" FROM "#nodes" CROSS JOIN "#size") '
    'UNION ALL SELECT "round" + 1, "next"."ranks" FROM "#rounds" '
    "CROSS JOIN LATERAL (SELECT (1 - {damping}::float8 + {damping}::float8 * "
    'COALESCE((SELECT SUM("ranks"["n"]) FROM "#ends"), 0)) / (SELECT "size" FROM "#size") AS "each" OFFSET 0) AS "all" '
    'CROSS JOIN LATERAL (SELECT ARRAY(SELECT "each" + COALESCE("given", 0) FROM "#nodes" LEFT JOIN ('
    'SELECT "b" AS "n", SUM("ranks"["a"] * "share") AS "given" FROM "#links" GROUP BY 1) AS "from" USING ("n") '
    'ORDER BY "n") AS "ranks" OFFSET 0) AS "next" WHERE "round" < {rounds}) '
    'SELECT "id", "ranks"["n"] FROM "#nodes" CROSS JOIN "#rounds" WHERE "round" = {rounds}'
)
"""Power iteration over one array of ranks."""


def pageranks(graph: Graph, iterations: int, damping: float) -> SqlQuery:
    """The rank of each node after so many rounds."""
    values = (("damping", damping), ("rounds", iterations))
    plan = Plan(f"{with_edges(graph)}, {_RANKS}", ("edges", "nodes"), values)
    return computed(graph.model, {"pagerank": FLOAT}, plan, graph.edges, graph.nodes)


_LEVELS: Final = (
    '"#levels" ("level", "front", "waiting", "missing") AS (SELECT 0, '
    'ARRAY(SELECT "id" FROM ({nodes}) AS "all" ("id") EXCEPT SELECT "target" FROM "#edges"), '
    'ARRAY(SELECT "target" FROM "#edges" WHERE FALSE), ARRAY[]::bigint[] '
    'UNION ALL SELECT "level" + 1, "next"."front", "next"."waiting", "next"."missing" '
    'FROM "#levels" now CROSS JOIN LATERAL ('
    'SELECT array_agg("id") FILTER (WHERE "left" = 0) AS "front", '
    'array_agg("id") FILTER (WHERE "left" > 0) AS "waiting", array_agg("left") FILTER (WHERE "left" > 0) AS "missing" '
    'FROM (SELECT "id", COALESCE(w."left", (SELECT COUNT(DISTINCT "source") FROM "#edges" WHERE "target" = "id")) '
    '- COALESCE("many", 0) AS "left" FROM (SELECT "target" AS "id", COUNT(DISTINCT "source") AS "many" FROM "#edges" '
    'WHERE "source" = ANY (now."front") GROUP BY 1) AS "touched" '
    'FULL JOIN unnest(now."waiting", now."missing") AS w ("id", "left") USING ("id") OFFSET 0) AS "counted" OFFSET 0) '
    'AS "next" WHERE cardinality(now."front") > 0) '
    'SELECT "id", "level" FROM "#levels" CROSS JOIN LATERAL unnest("front") AS "id"'
)
"""Kahn: a node is on the next level as soon as all edges to it come from nodes that have theirs."""


def levels(graph: Graph) -> SqlQuery:
    """The level of each node that is neither on a circle nor behind one."""
    plan = Plan(f"{with_edges(graph)}, {_LEVELS}", ("edges", "nodes"))
    return computed(graph.model, {"level": INTEGER}, plan, graph.edges, graph.nodes)


@dataclass(frozen=True, slots=True)
class Whole:
    """A measure of a chain, as ``compute()`` finds it: how it is solved, the annotations that it made, its graph."""

    solve: Literal["components", "pageranks", "levels"]
    made: tuple[str, ...]
    graph: Graph
    arguments: tuple[Any, ...] = ()


def solved(scope: Scope, rows: QuerySet[Any, Any], using: str) -> dict[Any, Any]:
    """The values of the measure that the chain made last, for its rows."""
    whole: Whole | None = patterns_of(rows.query).get("whole")
    scope.path("pk")
    if whole is None:
        raise WrongShape(f"{scope.label} needs with_component(), with_pagerank() or topological() before it")
    solves: dict[str, Callable[..., dict[Any, Any]]] = {
        "components": streamed.components,
        "pageranks": streamed.pageranks,
        "levels": streamed.levels,
    }
    values = solves[whole.solve](whole.graph, using, *whole.arguments)
    own = whole.solve == "components"  # a row that is no node is a component of its own
    return {key: values.get(key, key if own else None) for key in without(rows, whole.made)}
