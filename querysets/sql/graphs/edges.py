"""Edges as one relation, a query of sources, targets and weights without NULLs, whatever they were declared as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from django.apps import apps
from django.db.models import F, Model, QuerySet
from django.db.models.manager import BaseManager
from django.db.models.sql import Query

from querysets._types import SqlQuery, meta
from querysets.conditions import Cond, all_of
from querysets.errors import MissingRole, UnknownField
from querysets.roles import Edges, misses, require, role_of
from querysets.scope import Scope, path_of
from querysets.sql import comparisons
from querysets.sql.operands import measurable
from querysets.sql.relations import Rows, frozen, mark_of, outer_names, rows_of
from querysets.sql.values import one_of

from .computed import Plan, table_of
from .nodes import Through, nodes_of

Direction: TypeAlias = Literal["out", "in", "both"]
Links: TypeAlias = "str | Edges | Rows | None"
"""Edges as a method takes them: the name of a many-to-many relation of the model with itself, edges that are rows of a
model, a queryset of the rows that the role names, or None for the role."""

_DIRECTIONS = ("out", "in", "both")


class Ends(NamedTuple):
    """The fields of an edge."""

    source: str
    target: str
    weight: str | None


@dataclass(frozen=True, slots=True)
class Graph:
    """What an algorithm is given: a query of edges, one of the keys of all nodes, and which way edges are followed."""

    model: type[Model]
    edges: SqlQuery
    nodes: SqlQuery
    direction: Direction


def graph_of(
    scope: Scope,
    links: Links,
    direction: Direction,
    through: Through = None,
    *conditions: Cond,
    weighted: bool = False,
    weight: str | None = None,
    by: Mapping[str, Any] | None = None,
) -> Graph:
    """The edges that meet the conditions, both ends of each among the nodes ``through``."""
    nodes = nodes_of(scope, through)
    one_of(scope, "direction", direction, _DIRECTIONS)
    rows, ends = _declared(scope, links)
    there = Scope(rows.model, rows.query, scope.method)
    names = [there.path(ends.source), there.path(ends.target)]
    if weighted:
        names.append(_weight(scope, there, weight or ends.weight))
    wanted = all_of(there, *conditions) & comparisons.by(there, **by or {})
    present = {f"{name}__isnull": False for name in names if there.nullable(name)}
    rows = (frozen(rows) if there.windows else rows).filter(wanted, **present)
    if through is not None:
        if next(outer_names(nodes.query), None) is not None:
            raise ValueError(f"{scope.label}: through takes no OuterRef; narrow the edges by it: edges=...")
        rows = rows.filter(**{f"{name}__in": nodes for name in names[:2]})
    edges = _kept(cast("Any", rows.order_by().values_list(*names)).query)
    return Graph(scope.model, edges, nodes.query, direction)


_EDGES = {
    "out": '"#edges" ("source", "target"{w}) AS NOT MATERIALIZED ({{edges}})',
    "in": '"#edges" ("target", "source"{w}) AS NOT MATERIALIZED ({{edges}})',
    "both": (
        '"#given" ("one", "other"{w}) AS NOT MATERIALIZED ({{edges}}), '
        '"#edges" ("source", "target"{w}) AS NOT MATERIALIZED ('
        'SELECT "one", "other"{w} FROM "#given" UNION ALL SELECT "other", "one"{w} FROM "#given")'
    ),
}
"""CTEs by names that no table has: those of a recursive list are seen in all of it, the edges themselves included."""


def with_edges(graph: Graph, *, weighted: bool = False) -> str:
    """The beginning of a plan: the edges, each from its source to its target, as the graph is walked."""
    return "WITH RECURSIVE " + _EDGES[graph.direction].format(w=', "weight"' if weighted else "")


_LINKS = {
    "out": "{edges}",
    "in": 'SELECT "b", "a" FROM ({edges}) AS "given" ("a", "b")',
    "both": '({edges}) UNION ALL SELECT "b", "a" FROM ({edges}) AS "given" ("a", "b")',
}
"""Without a CTE, which would keep a condition on the edges from their index where it is a join."""


def links(graph: Graph) -> QuerySet[Any, Any]:
    """The edges as rows of ``source`` and ``target``, to be narrowed, without those of a node with itself."""
    pk = meta(graph.model).pk
    plan = Plan(_LINKS[graph.direction], ("edges",))
    query = table_of(graph.model, {"source": pk, "target": pk}, plan, graph.edges)
    rows: QuerySet[Any, Any] = QuerySet(graph.model, query=query)
    return rows.exclude(source=F("target"))


def marked(value: Any) -> Any:
    """What tells an argument from another and can be kept with a query: a queryset would be evaluated with it."""
    if isinstance(value, Edges):
        return marked(value.relation), value.source, value.target, value.weight
    if isinstance(value, QuerySet | BaseManager):
        return _kept(mark_of(cast("Any", value)))
    return tuple(cast("Any", value)) if isinstance(value, list | set) else value


def _declared(scope: Scope, links: Links) -> tuple[QuerySet[Any], Ends]:
    """The rows that are edges, and their fields."""
    if isinstance(links, QuerySet | BaseManager):
        rows = rows_of(scope, links)
        role = role_of(scope.model, "edges")
        if role is not None:
            own, ends = _declared(scope, cast("Links", role.field))
            if issubclass(rows.model, own.model):
                return rows, ends
        raise MissingRole(
            f"{scope.label}: rows of {meta(rows.model).label} are not the edges of a role; say which fields are the "
            "ends of an edge: edges=Edges(queryset, 'source', 'target')"
        )
    if links is None:
        links = require(scope.model, "edges", scope.method, argument="edges=...")
    if isinstance(links, Edges):
        ends = Ends(links.source, links.target, links.weight)
        if not isinstance(links.relation, str):
            return rows_of(scope, links.relation), ends
        if problem := misses(scope.model, links):
            raise UnknownField(f"{scope.label}: {problem}")
        return meta(scope.model).get_field(links.relation).related_model._default_manager.all(), ends
    return _many_to_many(scope, cast("str", links))


def _many_to_many(scope: Scope, name: str) -> tuple[QuerySet[Any], Ends]:
    try:
        field = path_of(scope.model, name).field
    except UnknownField as error:
        raise UnknownField(f"{scope.label}: {error}") from None
    if "__" in name or not field.many_to_many or field.auto_created:
        raise UnknownField(f"{scope.label}: {name!r} is no many-to-many relation of {scope.model._meta.label}")
    if meta(field.related_model).concrete_model is not meta(scope.model).concrete_model:
        raise UnknownField(f"{scope.label}: {name!r} leads to {field.related_model._meta.label}, not to nodes")
    through = field.remote_field.through
    return through._default_manager.all(), Ends(field.m2m_field_name(), field.m2m_reverse_field_name(), None)


def _weight(scope: Scope, there: Scope, name: str | None) -> str:
    if name is None:
        raise MissingRole(f"{scope.label} needs the weight of an edge; pass weight=..., or Edges(..., weight=...)")
    return measurable(there, name)


def _kept(query: Any) -> Any:
    """A query of the table that Django makes for a many-to-many relation, as one that can be pickled."""
    if type(query) is Query and meta(query.model).auto_created:
        query.__class__ = _Kept
    return query


class _Kept(Query):
    """A query that knows its model by its label: a model that Django makes is no name that pickle finds."""

    def __getstate__(self) -> Any:
        state: Any = super().__getstate__()
        return {**state, "model": (meta(self.model).app_label, meta(self.model).model_name)}

    def __setstate__(self, state: Any) -> None:
        self.__dict__ = {**state, "model": apps.get_model(*state["model"])}
