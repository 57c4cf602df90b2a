"""Related rows as correlated subqueries: never a join, so rows are never multiplied."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Coalesce

from querysets.errors import UnknownField
from querysets.scope import Scope, path_of


def related(scope: Scope, path: str) -> QuerySet[Any]:
    """The rows at the end of ``path``, from their model's default manager, correlated with the row of ``scope``.

    The first hop is compared with the outer row, on groups with a key; the hops behind it are walked backwards from the
    last model.
    """
    hops = _hops(scope, path)
    first, *rest = hops
    backwards = [_reverse_name(scope, path, hop) for hop in reversed(rest)]
    target: type[Model] = hops[-1].related_model
    name, value = _correlation(scope, path, first)
    return target._default_manager.filter(**{LOOKUP_SEP.join([*backwards, name]): value})


def related_count(rows: QuerySet[Any], *, distinct: str | None = None) -> Any:
    """How many of the correlated ``rows`` there are, 0 for none; or how many different values of ``distinct``."""
    counted: Any = Count("*") if distinct is None else Count(distinct, distinct=True)
    one = rows.order_by().annotate(_all=Value(1)).values("_all").annotate(_n=counted).values("_n")
    return Coalesce(Subquery(one, output_field=IntegerField()), 0)


def _hops(scope: Scope, path: str) -> list[Any]:
    hops: list[Any] = []
    parts = path.split(LOOKUP_SEP)
    model = scope.model
    for end in range(1, len(parts) + 1):
        field = path_of(scope.model, LOOKUP_SEP.join(parts[:end])).field
        if not field.is_relation or field.related_model is None:
            raise UnknownField(
                f"{scope.label}: {parts[end - 1]!r} in {path!r} is not a relation of {model._meta.label}"
            )
        hops.append(field)
        model = field.related_model
    return hops


def _correlation(scope: Scope, path: str, hop: Any) -> tuple[str, OuterRef]:
    """The condition that ties the first related model to the outer row."""
    if hop.one_to_many or (hop.one_to_one and hop.auto_created):
        target = hop.field.target_field
        return hop.field.name, OuterRef(scope.path("pk" if target.primary_key else target.name))
    if hop.many_to_many:
        return _reverse_name(scope, path, hop), OuterRef(scope.path("pk"))
    scope.path(hop.name)
    return hop.target_field.attname, OuterRef(hop.attname)


def _reverse_name(scope: Scope, path: str, hop: Any) -> str:
    """The name by which the far end of ``hop`` reaches its near end in a filter."""
    if hop.auto_created:
        return str(hop.field.name)
    if hop.many_to_many and hop.remote_field.symmetrical:
        return str(hop.name)
    if hop.remote_field.hidden:
        raise UnknownField(
            f"{scope.label}: {path!r} cannot be walked backwards, {hop.model._meta.label}.{hop.name} hides its reverse "
            f"name (related_name='+'); give it one, or nest having() in having()"
        )
    return str(hop.related_query_name())
