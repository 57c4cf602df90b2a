"""Inner queries of the selections that take a part of an order: a share of it, or as much as fits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django.db.models import Count, F, Q, Value, Window
from django.db.models.functions import Ceil, Coalesce, Rank, RowNumber

from querysets._types import SqlQuery
from querysets.scope import Scope
from querysets.sql.derived import fixed
from querysets.sql.ordering import current_order, order_terms, tie_break
from querysets.sql.values import amount, names

from .frames import Preceding
from .windows import MaxOver, Names, SumOver, number


def best(
    scope: Scope, query: SqlQuery, share: Any, by: Names, per: Names, *, ties: bool, percent: bool = False
) -> SqlQuery:
    """``query``, which picks rows, narrowed to the first part of each group, its size rounded up."""
    amount(scope, "percent" if percent else "share", share, 0, 100 if percent else 1)
    keys, groups = names(scope, "by", by), [F(scope.path(name)) for name in names(scope, "per", per)] or None
    terms, part = order_terms(scope, keys), Decimal(str(share)).scaleb(-2 if percent else 0)
    place: Any = Window(Rank(), groups, terms[: len(keys)]) if ties else Window(RowNumber(), groups, terms)
    size: Any = Window(Count("*"), groups)
    query.add_annotation(place, "_place", select=False)
    query.add_annotation(Ceil(size * Value(part)), "_last", select=False)
    query.add_q(Q(_place__lte=F("_last")))
    return query


def within_budget(scope: Scope, query: SqlQuery, field: str, limit: Any, by: Names | None) -> SqlQuery:
    """``query``, which picks rows, narrowed to the first rows whose ``field`` adds up to ``limit`` at most."""
    amount(scope, "limit", limit, float("-inf"))
    value, output = number(scope, field), scope.field(field)
    order = _order(scope, by)
    so_far = SumOver(Coalesce(value, Value(0, output_field=output)) if scope.nullable(field) else value)
    query = fixed(query, _so_far=Window(so_far, order_by=order, frame=Preceding()))
    most = Window(MaxOver(F("_so_far")), order_by=order, frame=Preceding())
    query.add_annotation(most, "_most", select=False)
    query.add_q(Q(_most__lte=limit))
    return query


def _order(scope: Scope, by: Names | None) -> Sequence[Any]:
    """The order that is asked for, or the one that the chain has."""
    if by is not None:
        return order_terms(scope, names(scope, "by", by))
    order = current_order(cast("Any", scope.query))
    if "?" in order:
        raise ValueError(f"{scope.label} needs an order that is not random; pass by=...")
    return [*order, *tie_break(scope.query, order)]
