"""Updates that give the rows which they wrote, and updates of rows that are as expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Case, F, Q, Value, When

from querysets._types import meta
from querysets.errors import WrongShape
from querysets.scope import Scope
from querysets.sql.operands import NUMBERS

from .columns import amount_of, column, value_of
from .writing import Rewrite, rewrite


def update_returning(scope: Scope, fields: Sequence[str], values: Mapping[str, Any]) -> Rewrite:
    """An update that gives its rows: the primary key and ``fields``, or all columns."""
    options = meta(scope.model)
    if options.concrete_model._meta.parents:
        raise WrongShape(f"{scope.label}: the columns of {options.label} stand in several tables, and one is written")
    returned = [options.pk, *(_returnable(scope, name) for name in fields)] if fields else options.concrete_fields
    return rewrite(scope, _columns(scope, values), returned=returned)


def made(statement: Rewrite, rows: Sequence[tuple[Any, ...]], using: str, fields: Sequence[str]) -> list[Any]:
    """Instances of the rows that came back, or dicts of ``fields``."""
    if fields:
        return [dict(zip(fields, row[1:], strict=True)) for row in rows]
    model: Any = statement.model
    names = [field.attname for field in statement.returned]
    return [model.from_db(using, names, row) for row in rows]


def _returnable(scope: Scope, name: str) -> Any:
    options = meta(scope.model)
    scope.path(name)
    found = next((field for field in options.concrete_fields if name in {field.name, field.attname}), None)
    if name == "pk":
        return options.pk
    if found is None:
        raise ValueError(f"{scope.label}: {name!r} is no column of {options.label}, and only those come back")
    return found


def _columns(scope: Scope, values: Mapping[str, Any]) -> Mapping[Any, Any]:
    if not values:
        raise TypeError(f"{scope.label} needs at least one value")
    fields = {name: column(scope, name) for name in values}
    return {field: value_of(scope, field, values[name]) for name, field in fields.items()}


def check_expected(scope: Scope, expected: Mapping[str, Any]) -> None:
    """Nothing, if something is expected."""
    if not isinstance(expected, Mapping) or not expected:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label} needs a dict of what is expected, got {expected!r}")


def set_anyway(scope: Scope, new: Mapping[str, Any]) -> Rewrite:
    """An update that writes a row even if it has the new values already."""
    return rewrite(scope, _columns(scope, new), Q())


def transfer(scope: Scope, name: str, src: Any, dst: Any, amount: Any) -> tuple[Any, Any, Any]:
    """The column and the keys of the rows, once it is sure that the amount can be moved."""
    field = column(scope, name)
    if not issubclass(type(field), NUMBERS):
        raise TypeError(f"{scope.label}: {name} is no number, so nothing can be taken from it")
    if hasattr(amount, "resolve_expression"):
        raise TypeError(f"{scope.label}: amount must be a plain number, got {amount!r}")
    amount_of(scope, field, amount)
    key = meta(scope.model).pk
    one, other = (key.to_python(value) for value in (src, dst))
    if one is None or other is None or one == other:
        raise ValueError(f"{scope.label} needs two different rows, got {src!r} and {dst!r}")
    if amount <= 0:
        raise ValueError(f"{scope.label}: amount must be more than 0, got {amount!r}")
    return field, one, other


def moved(field: Any, src: Any, amount: Any) -> Mapping[Any, Any]:
    """The column less ``amount`` in the row ``src``, and more in the other."""
    some = Value(amount, output_field=field)
    return {field: Case(When(pk=src, then=F(field.attname) - some), default=F(field.attname) + some)}
