"""Related rows as correlated subqueries: never a join, so rows are never multiplied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias, cast

from django.db.models import F, Model, OuterRef, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import ResolvedOuterRef
from django.db.models.lookups import Lookup
from django.db.models.manager import BaseManager
from django.db.models.sql import Query

from querysets._types import SqlQuery, meta
from querysets.conditions import Cond, all_of
from querysets.errors import UnknownField, WrongShape
from querysets.kinds import group_keys, shape_of
from querysets.scope import Scope, path_of

from . import comparisons
from .derived import picking, select

Rows: TypeAlias = "QuerySet[Any, Any] | BaseManager[Any]"
Relation: TypeAlias = "str | Rows"
"""A path of relations, or rows of the related model: tied to the outer row by their own ``OuterRef``, or, where they
have none, by the one foreign key that leads to its model."""


class Route(NamedTuple):
    """How the rows at the end of a path are tied to the row that it starts from.

    ``lookup`` is a condition on the last model, which walks the path backwards; ``key`` is the field of the first model
    that it is compared with, by the name under which groups may have it.
    """

    target: type[Model]
    lookup: str
    key: str


def related(scope: Scope, relation: Relation, *conditions: Cond, by: Mapping[str, Any] | None = None) -> QuerySet[Any]:
    """The related rows that meet the conditions, correlated with the row of ``scope``.

    Those at the end of a path come from their model's default manager.
    """
    rows = _at_the_end(scope, relation) if isinstance(relation, str) else _tied(scope, rows_of(scope, relation))
    return narrowed(scope, rows, *conditions, by=by or {})


def narrowed(scope: Scope, rows: QuerySet[Any], *conditions: Cond, by: Mapping[str, Any]) -> QuerySet[Any]:
    """``rows`` that meet the conditions, in which ``OuterRef`` is the row of ``scope``."""
    there = Scope(rows.model, rows.query, scope.method)
    wanted = all_of(there, *conditions) & comparisons.by(there, **by)
    if wanted:
        rows = (frozen(rows) if there.windows else rows).filter(wanted)
    return looked_at(scope, rows)


def looked_at(scope: Scope, rows: QuerySet[Any]) -> QuerySet[Any]:
    """``rows`` themselves, once what they name of the row outside is sure to be there."""
    for name in outer_names(rows.query):
        scope.expression(F(name))  # on groups a key or a measure
        if scope.query is None or group_keys(scope.query) is None:
            scope.path(name.partition(LOOKUP_SEP)[0])
    return rows


def rows_of(scope: Scope, rows: Rows) -> QuerySet[Any]:
    """The rows of a queryset or a manager, ready to be narrowed further."""
    if not isinstance(rows, QuerySet | BaseManager):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: rows are those of a queryset or a manager, got {rows!r}")
    found: QuerySet[Any] = rows.all()
    shape = shape_of(found.query)
    if shape in {"groups", "combined", "distinct"}:
        raise WrongShape(f"{scope.label}: the other rows must be rows of a model, not groups, a union or values")
    return frozen(found) if shape == "sliced" or found.query.distinct else found


def frozen(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows as a selection: what was computed over them is settled."""
    chosen: Any = cast("Any", rows)._chain()
    select(chosen.query, picking(rows.query))
    return cast("QuerySet[Any]", chosen)


def pieces(part: Any) -> Iterator[Any]:
    """A part of a query and all that stands in it, at any depth, in its subqueries too."""
    yield part
    inside: Any
    if isinstance(part, Query):
        query: SqlQuery = part
        inside = (query.where, *query.annotations.values(), *query.combined_queries)
    elif isinstance(part, Lookup):
        inside = part.lhs, part.rhs
    elif isinstance(part, list | tuple):
        inside = cast("Any", part)
    else:
        inside = getattr(part, "children", ()) or getattr(part, "get_source_expressions", tuple)()
    for each in inside:
        yield from pieces(each)


def outer_names(part: Any) -> Iterator[str]:
    """What an ``OuterRef`` in ``part``, at any depth, names of the row outside."""
    return (cast("Any", piece).name for piece in pieces(part) if isinstance(piece, ResolvedOuterRef))


def label_of(relation: Relation) -> str:
    """What names made of a relation begin with: its path, or the name of the model."""
    return relation.replace(LOOKUP_SEP, "_") if isinstance(relation, str) else meta(relation.model).model_name


def alias_of(relation: Relation, name: str, as_: str | None, *, alone: bool = True) -> str:
    """``<relation>_<field>``; ``as_`` stands for the relation, or, where there is one field, for the whole."""
    prefix = label_of(relation) if as_ is None else as_
    return prefix if as_ is not None and alone else f"{prefix}_{name}".replace(LOOKUP_SEP, "_")


def mark_of(relation: Relation) -> Any:
    """What tells a relation from another, and can be kept with a query."""
    if isinstance(relation, BaseManager):
        return relation.model, relation.name
    return relation.query if isinstance(relation, QuerySet) else relation


def _at_the_end(scope: Scope, path: str) -> QuerySet[Any]:
    try:
        route = route_of(scope.model, path)
    except UnknownField as error:
        raise UnknownField(f"{scope.label}: {error}") from None
    return route.target._default_manager.filter(**{route.lookup: OuterRef(scope.path(route.key))})


def _tied(scope: Scope, rows: QuerySet[Any]) -> QuerySet[Any]:
    if next(outer_names(rows.query), None) is not None:
        return rows
    keys = [
        field
        for field in meta(rows.model).concrete_fields
        if field.is_relation and issubclass(scope.model, meta(field.related_model).concrete_model)
    ]
    if len(keys) != 1:
        several = f"{len(keys)} foreign keys lead" if keys else "no foreign key leads"
        raise ValueError(
            f"{scope.label}: {several} from {meta(rows.model).label} to {meta(scope.model).label}; "
            "tie the rows to the outer one by OuterRef('...')"
        )
    target = keys[0].target_field
    key = scope.path("pk" if target.primary_key else target.name)
    return rows.filter(**{keys[0].name: OuterRef(key)})


@cache
def route_of(model: type[Model], path: str) -> Route:
    """The first hop is compared with the outer row; the hops behind it are walked backwards from the last model."""
    first, *rest = hops = _hops(model, path)
    backwards = [_reverse_name(path, hop) for hop in reversed(rest)]
    if first.one_to_many or (first.one_to_one and first.auto_created):
        target = first.field.target_field
        name, key = first.field.name, "pk" if target.primary_key else target.name
    elif first.many_to_many:
        name, key = _reverse_name(path, first), "pk"
    else:
        name, key = first.target_field.attname, first.name
    return Route(hops[-1].related_model, LOOKUP_SEP.join([*backwards, name]), key)


def _hops(model: type[Model], path: str) -> list[Any]:
    hops: list[Any] = []
    here: Any = model
    parts = path.split(LOOKUP_SEP)
    for end, part in enumerate(parts, start=1):
        field = path_of(model, LOOKUP_SEP.join(parts[:end])).field
        if not field.is_relation or field.related_model is None:
            raise UnknownField(f"{part!r} in {path!r} is not a relation of {here._meta.label}")
        hops.append(field)
        here = field.related_model
    return hops


def _reverse_name(path: str, hop: Any) -> str:
    """The name by which the far end of ``hop`` reaches its near end in a filter."""
    if hop.auto_created:
        return str(hop.field.name)
    if hop.many_to_many and hop.remote_field.symmetrical:
        return str(hop.name)
    if hop.remote_field.hidden:
        raise UnknownField(
            f"{path!r} cannot be walked backwards, {hop.model._meta.label}.{hop.name} hides its reverse name "
            "(related_name='+'); give it one, or nest having() in having()"
        )
    return str(hop.related_query_name())
