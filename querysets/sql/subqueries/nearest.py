"""One related row: the latest, the best, the n-th, and whether it meets a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django.db.models import OuterRef, Q, QuerySet, Subquery

from querysets.conditions import Cond
from querysets.scope import Scope
from querysets.sql.aggregates.cases import flag
from querysets.sql.aggregates.statistics import Mode
from querysets.sql.ordering import order_terms
from querysets.sql.relations import Relation, Rows, alias_of, frozen, looked_at, related
from querysets.sql.rollups import rollup
from querysets.sql.values import counted

from .matching import matched


def one_row(
    scope: Scope,
    relation: Relation,
    fields: Sequence[str],
    by: str | Sequence[str] | None,
    *,
    sign: str = "",
    nth: int = 1,
    where: Cond | None = None,
    as_: str | None = None,
) -> dict[str, Any]:
    """``fields`` of the related row in the ``nth`` place of an order, each by its alias: subqueries of one order."""
    if not fields:
        raise TypeError(f"{scope.label} needs at least one field of the related rows")
    counted(scope, "nth", nth, least=1)
    rows = related(scope, relation, *(() if where is None else (where,)))
    there = Scope(rows.model, rows.query, scope.method)
    ordered = rows.order_by(*_order(there, by, sign))
    return {
        alias_of(relation, name, as_, alone=len(fields) == 1): Subquery(
            ordered.values(there.path(name))[nth - 1 : nth], output_field=there.field(name)
        )
        for name in fields
    }


def as_of(scope: Scope, rows: Rows, on: Mapping[str, str], at: str | datetime, valid_from: str) -> QuerySet[Any]:
    """``rows`` that match the outer one, and had begun by ``at``."""
    moment = OuterRef(scope.path(at)) if isinstance(at, str) else scope.aware(at, "at")
    others = matched(scope, rows, on)
    return others.filter(**{f"{Scope(others.model, others.query, scope.method).path(valid_from)}__lte": moment})


def mode(scope: Scope, relation: Relation, field: str, where: Cond | None) -> Any:
    """The most frequent value of ``field`` among the related rows."""
    rows = related(scope, relation, *(() if where is None else (where,)))
    return rollup(rows, Mode(Scope(rows.model, rows.query, scope.method).path(field)))


def whose_latest(scope: Scope, relation: Relation, *given: Cond, by: str | None, values: dict[str, Any]) -> Q:
    return _whose(scope, relation, given, values, by, sign="-")


def whose_earliest(scope: Scope, relation: Relation, *given: Cond, by: str | None, values: dict[str, Any]) -> Q:
    return _whose(scope, relation, given, values, by)


def _whose(
    scope: Scope,
    relation: Relation,
    given: tuple[Cond, ...],
    values: dict[str, Any],
    by: str | None,
    *,
    sign: str = "",
) -> Q:
    """What the conditions say of the picked row; NULL, which is not true, where there is no row."""
    rows = related(scope, relation)
    there = Scope(rows.model, rows.query, scope.method)
    fits, order = flag(there, given, values), _order(there, by, sign)
    judged = (frozen(rows) if there.windows else rows).annotate(_fits=fits).order_by(*order)
    return Q(Subquery(looked_at(scope, judged).values("_fits")[:1]))


def _order(there: Scope, by: str | Sequence[str] | None, sign: str) -> list[Any]:
    if by is None or isinstance(by, str):
        by = [f"{sign}{there.role('timestamp', by, argument='by=...')}"]
    return cast("list[Any]", order_terms(there, by))
