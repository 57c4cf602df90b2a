"""The values of related rows as one array, one JSON array or one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce, JSONObject

from querysets.conditions import Cond
from querysets.scope import Scope
from querysets.sql.fields import JSON, TEXT
from querysets.sql.ordering import order_terms
from querysets.sql.relations import related
from querysets.sql.values import counted, literal, names

from .arrays import array_at


class Given(NamedTuple):
    """Which related rows, in which order, and what of them."""

    relation: Any  # Relation; of its managers mypy would make descriptors
    fields: tuple[str, ...]
    by: str | Sequence[str] | None = None
    n: int | None = None
    where: Cond | None = None
    distinct: bool = False


def listed(scope: Scope, given: Given) -> Any:
    """An array of the values."""
    rows, there = _rows(scope, given)
    (field,) = given.fields
    name, kind = there.path(field), there.field(field)
    if isinstance(kind, ArrayField):
        raise TypeError(
            f"{there.label}: arrays of any length make no array of arrays; with_json_list() lists {field!r}"
        )
    order = _of_values(there, name, given.by) if given.distinct else _of_rows(there, given.by)
    values = rows.order_by(*order).values_list(name)
    return _array(scope, values.distinct() if given.distinct else values, kind, given.n)


def json_listed(scope: Scope, given: Given) -> Any:
    """A JSON array of objects."""
    rows, there = _rows(scope, given)
    if not given.fields:
        raise TypeError(f"{scope.label} needs at least one field")
    made = JSONObject(**{name: F(there.path(name)) for name in given.fields})
    objects = rows.order_by(*_of_rows(there, given.by)).values_list(made)
    return Func(_array(scope, objects, JSON, given.n), function="TO_JSONB", output_field=JSON)


def joined(scope: Scope, given: Given, sep: str) -> Any:
    """One text, empty where there is nothing to join."""
    literal(scope, "sep", sep)
    names(scope, "by", given.by or ())
    if given.fields:
        return _joined(listed(scope, given), sep)
    if given != Given(given.relation, ()):
        raise TypeError(f"{scope.label}: of an array, all elements are joined in their order; by=, n=, where= and "
                        "distinct= are for related rows, which need a field")  # fmt: skip
    array_at(scope, cast("str", given.relation))
    return Coalesce(_joined(F(cast("str", given.relation)), sep), Value(""), output_field=TEXT)


def _joined(array: Any, sep: str) -> Any:
    return Func(array, Value(sep), function="ARRAY_TO_STRING", output_field=TEXT)


def _rows(scope: Scope, given: Given) -> tuple[Any, Scope]:
    rows = related(scope, given.relation, *(() if given.where is None else (given.where,)))
    return rows, Scope(rows.model, rows.query, scope.method)


def _of_rows(there: Scope, by: Any) -> Any:
    return order_terms(there, ["pk"] if by is None else names(there, "by", by))


def _of_values(there: Scope, name: str, by: Any) -> Any:
    (key, *more) = [name] if by is None else names(there, "by", by)
    if more or key.removeprefix("-") != name:
        raise ValueError(f"{there.label}: different values are in the order of themselves, by={name!r}, got {by!r}")
    return [F(name).desc(nulls_last=True) if key.startswith("-") else F(name).asc()]


def _array(scope: Scope, values: Any, kind: Any, n: int | None) -> Any:
    """The first of the values; the empty array where Django knows that there are none."""
    array = cast("Any", ArrayField(kind))
    if n is not None:
        values = values[: counted(scope, "n", n)]
    return Coalesce(ArraySubquery(values, output_field=array), Value([], array), output_field=array)
