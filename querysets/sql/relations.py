"""Related rows as correlated subqueries: never a join, so rows are never multiplied."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Coalesce

from querysets.errors import UnknownField
from querysets.scope import Scope, path_of


class Route(NamedTuple):
    """How the rows at the end of a path are tied to the row that it starts from.

    ``lookup`` is a condition on the last model, which walks the path backwards; ``near`` is the field of the first
    model that it is compared with, and ``key`` the name under which groups may have it.
    """

    target: type[Model]
    lookup: str
    near: str
    key: str


def related(scope: Scope, path: str) -> QuerySet[Any]:
    """The rows at the end of ``path``, from their model's default manager, correlated with the row of ``scope``."""
    try:
        route = route_of(scope.model, path)
    except UnknownField as error:
        raise UnknownField(f"{scope.label}: {error}") from None
    scope.path(route.key)
    return route.target._default_manager.filter(**{route.lookup: OuterRef(route.near)})


@cache
def route_of(model: type[Model], path: str) -> Route:
    """The first hop is compared with the outer row; the hops behind it are walked backwards from the last model."""
    first, *rest = hops = _hops(model, path)
    backwards = [_reverse_name(path, hop) for hop in reversed(rest)]
    if first.one_to_many or (first.one_to_one and first.auto_created):
        target = first.field.target_field
        name, near, key = first.field.name, target.attname, "pk" if target.primary_key else target.name
    elif first.many_to_many:
        name, near, key = _reverse_name(path, first), "pk", "pk"
    else:
        name, near, key = first.target_field.attname, first.attname, first.name
    return Route(hops[-1].related_model, LOOKUP_SEP.join([*backwards, name]), near, key)


def related_count(rows: QuerySet[Any], *, distinct: str | None = None) -> Any:
    """How many of the correlated ``rows`` there are, 0 for none; or how many different values of ``distinct``."""
    counted: Any = Count("*") if distinct is None else Count(distinct, distinct=True)
    one = rows.order_by().annotate(_all=Value(1)).values("_all").annotate(_n=counted).values("_n")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)  # pyright: ignore[reportUnknownArgumentType]


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
