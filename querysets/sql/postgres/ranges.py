"""Spans of many rows taken together, and rows whose spans keep clear of each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeField
from django.db import IntegrityError
from django.db.models import Aggregate, Deferrable, ForeignKey, Func, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from psycopg.types.range import Range

from querysets._types import meta
from querysets.errors import UnknownField, WrongShape
from querysets.roles import did_you_mean
from querysets.scope import Scope
from querysets.sql.expressions import Operator
from querysets.sql.filters.spans import Window
from querysets.sql.subqueries.columns import value_of

_EXCLUDED: Final = "23P01"
_DAY: Final = timedelta(days=1)


class RangeAgg(Aggregate):
    """``range_agg(range)``: the moments that are in one of the ranges, as a multirange; NULL of no ranges."""

    function = "RANGE_AGG"


class Pieces(Func):
    """The ranges of a multirange, ascending, as an array."""

    template = "ARRAY(SELECT piece FROM UNNEST(%(expressions)s) piece)"


class LongPieces(Func):
    """Those that last at least so long, or without an end."""

    template = "ARRAY(SELECT piece FROM UNNEST(%(expressions)s, TRUE))"
    arg_joiner = ") piece WHERE COALESCE(UPPER(piece) - LOWER(piece) >= "


def taken(window: Window) -> Any:
    """The moments that are in the span of a row: an aggregate."""
    return RangeAgg(window.span, output_field=window.itself.output_field)


def merged(window: Window) -> Any:
    """What is taken of the window, as an array of ranges."""
    return Pieces(
        Operator(taken(window), "*", _whole(window), output_field=window.itself.output_field),
        output_field=_array(window),
    )


def free(window: Window, taken: Any, least: timedelta | None) -> Any:
    """What a multirange leaves of the window, as an array of ranges; NULL leaves all of it."""
    field = window.itself.output_field
    nothing = Func(function=_multirange(field), output_field=field)
    left = Operator(_whole(window), "-", Coalesce(taken, nothing), output_field=field)
    if least is None:
        return Pieces(left, output_field=_array(window))
    length = -(-least // _DAY) if isinstance(field, DateRangeField) else least
    return LongPieces(left, Value(length), output_field=_array(window))


def free_of_each(
    rows: QuerySet[Any, Any], key: Any, window: Window, least: timedelta | None
) -> QuerySet[Any, tuple[Any, Any]]:
    """The keys of the rows that a foreign key points to, each with what those that point to it leave free."""
    own = rows.filter(**{key.name: OuterRef(key.target_field.attname)}).order_by().values(key.name)
    each = Subquery(own.annotate(_taken=taken(window)).values("_taken"))
    parents = key.related_model._default_manager.using(rows.db).order_by(key.target_field.name)
    found: QuerySet[Any, tuple[Any, Any]] = parents.values_list(key.target_field.name, free(window, each, least))
    return found


def foreign_key(scope: Scope, name: str) -> Any:
    """A foreign key of the model by its name."""
    scope.path(name)
    found: Any = next((each for each in meta(scope.model).fields if name in {each.name, each.attname}), None)
    if not isinstance(found, ForeignKey):
        raise TypeError(f"{scope.label}: per must be a foreign key of {meta(scope.model).label}, got {name!r}")
    return cast("Any", found)


def least(scope: Scope, minimum: Any) -> timedelta | None:
    """The shortest time that will do."""
    if minimum is not None and not isinstance(minimum, timedelta):
        raise TypeError(f"{scope.label}: minimum must be a timedelta, got {minimum!r}")
    if minimum is not None and minimum <= timedelta(0):
        raise ValueError(f"{scope.label}: minimum must be more than 0, got {minimum!r}")
    return minimum


def _whole(window: Window) -> Any:
    return Func(window.itself, function=_multirange(window.itself.output_field))


def _array(window: Window) -> Any:
    return cast("Any", ArrayField(window.itself.output_field))


def _multirange(field: Any) -> str:
    return "DATEMULTIRANGE" if isinstance(field, DateRangeField) else "TSTZMULTIRANGE"


def check_excluding(scope: Scope) -> None:
    """Nothing, if a constraint of the model keeps rows clear of each other, and says so at once."""
    options = meta(scope.model)
    kept = [each for each in options.constraints if isinstance(each, ExclusionConstraint)]
    if not kept:
        raise WrongShape(
            f"{scope.label}: {options.label} has no ExclusionConstraint that says what is free; add one to "
            "Meta.constraints"
        )
    late = [each.name for each in kept if getattr(each, "deferrable", None) is Deferrable.DEFERRED]
    if late:
        raise WrongShape(f"{scope.label}: {late[0]!r} is deferred to the end of the transaction, so it cannot answer")


def new_row(scope: Scope, known: Mapping[Any, Mapping[Any, Model]], values: Mapping[str, Any]) -> Model:
    """An instance with these values, and the row that the chain begins with, where that is a related manager."""
    options = meta(scope.model)
    fields = {name: field for field in options.concrete_fields for name in (field.attname, field.name)}
    fields["pk"] = options.pk
    for name in values:
        if name not in fields:
            raise UnknownField(f"{scope.label}: {options.label} has no field {name!r}{did_you_mean(name, fields)}")
    given = {name: _value(scope, fields[name], value) for name, value in values.items()}
    for field, rows in known.items():
        if len(rows) == 1 and not {field.name, field.attname} & given.keys():
            (given[field.name],) = rows.values()
    return scope.model(**given)


def _value(scope: Scope, field: Any, value: Any) -> Any:
    """A value that a column can hold; for a range a range, with something in it."""
    if not isinstance(field, RangeField) or value is None or hasattr(value, "resolve_expression"):
        value_of(scope, field, value)
        return value
    pair = cast("Any", value if isinstance(value, list | tuple) else ())
    span = cast("Any", cast("Any", field).get_prep_value(pair) if len(pair) == 2 else value)  # noqa: PLR2004
    if not issubclass(type(span), Range):
        raise TypeError(f"{scope.label}: {field.name} must be a pair (start, end) or a range, got {value!r}")
    bounds = [bound for bound in (span.lower, span.upper) if bound is not None]
    for bound in bounds:
        if isinstance(field, DateTimeRangeField) and not isinstance(bound, datetime):
            raise TypeError(f"{scope.label}: {field.name} is between datetimes, got {bound!r}")
        scope.value(field.name, bound)
    low, high = bounds if len(bounds) == 2 else (0, 1)  # noqa: PLR2004 (an end is open)
    if span.isempty or low > high or (low == high and span.bounds != "[]"):
        raise ValueError(f"{scope.label}: {field.name} has nothing in it, got {value!r}")
    return span


def is_taken(error: IntegrityError) -> bool:
    """Whether an exclusion constraint stood against a row."""
    return getattr(error.__cause__, "sqlstate", None) == _EXCLUDED
