"""The values of related rows as one array, one JSON array or one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, JSONField, TextField, Value
from django.db.models.functions import Coalesce, JSONObject

from querysets.conditions import Cond, all_of
from querysets.scope import Scope
from querysets.sql.ordering import order_terms
from querysets.sql.relations import related
from querysets.sql.values import counted, storable, text

from .arrays import array_at

JSON: Final = cast("Any", JSONField())
TEXT: Final = cast("Any", TextField())


class Given(NamedTuple):
    """Which related rows, in which order, and what of them."""

    relation: str
    fields: tuple[str, ...]
    by: str | Sequence[str] | None
    n: int | None
    where: Cond | None
    distinct: bool


def listed(scope: Scope, given: Given) -> Any:
    """An array of the values."""
    rows, there = _rows(scope, given)
    (field,) = given.fields
    name, kind = there.path(field), there.field(field)
    if given.distinct:
        rows = _distinct(there, rows, name, given.by)
    else:
        rows = rows.order_by(*order_terms(there, _keys(given)))
    return _array(scope, given, rows.values_list(name), kind)


def json_listed(scope: Scope, given: Given) -> Any:
    """A JSON array of objects."""
    rows, there = _rows(scope, given)
    if not given.fields:
        raise TypeError(f"{scope.label} needs at least one field")
    made = JSONObject(**{name: F(there.path(name)) for name in given.fields})
    rows = rows.order_by(*order_terms(there, _keys(given))).values_list(made)
    return Func(_array(scope, given, rows, JSONField()), function="TO_JSONB", output_field=JSON)


def joined(scope: Scope, given: Given, sep: str) -> Any:
    """One text, empty where there is nothing to join."""
    if not storable(text(scope, "sep", sep)):
        raise ValueError(f"{scope.label}: sep is a text without NUL, got {sep!r}")
    if given.fields:
        return _joined(listed(scope, given), sep)
    if given != Given(given.relation, (), None, None, None, distinct=False):
        raise TypeError(f"{scope.label}: of an array, all elements are joined in their order; by=, n=, where= and "
                        "distinct= are for related rows, which need a field")  # fmt: skip
    array_at(scope, given.relation)
    return Coalesce(_joined(F(given.relation), sep), Value(""), output_field=TEXT)


def _joined(array: Any, sep: str) -> Any:
    return Func(array, Value(sep), function="ARRAY_TO_STRING", output_field=TEXT)


def _rows(scope: Scope, given: Given) -> tuple[Any, Scope]:
    rows = related(scope, given.relation)
    if given.where is not None:
        rows = rows.filter(all_of(Scope(rows.model, None, scope.method), given.where))
    return rows, Scope(rows.model, rows.query, scope.method)


def _keys(given: Given) -> Sequence[str]:
    return ["pk"] if given.by is None else [given.by] if isinstance(given.by, str) else given.by


def _distinct(there: Scope, rows: Any, name: str, by: Any) -> Any:
    keys = [name] if by is None else [by] if isinstance(by, str) else list(by)
    if keys not in ([name], [f"-{name}"]):
        raise ValueError(f"{there.label}: different values are in the order of themselves, by={name!r}, got {by!r}")
    order = F(name).desc(nulls_last=True) if keys[0].startswith("-") else F(name).asc()
    return rows.order_by(order).distinct()


def _array(scope: Scope, given: Given, rows: Any, kind: Any) -> Any:
    """The first of the values; the empty array where Django knows that there are none."""
    array = cast("Any", ArrayField(kind))
    if given.n is not None:
        rows = rows[: counted(scope, "n", given.n)]
    return Coalesce(ArraySubquery(rows, output_field=array), Value([], array), output_field=array)
