"""Conditions on the elements of an array, and numbers of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal, cast

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import CharField, F, Func, IntegerField, Q, TextField, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from querysets.conditions import NOTHING, all_of, negated
from querysets.scope import Scope
from querysets.sql.beside import Beside, beside
from querysets.sql.expressions import Operator, ratio
from querysets.sql.fields import BOOLEAN, INTEGER
from querysets.sql.subqueries.writing import Stored
from querysets.sql.values import counted, storable, text

Match = Literal["all", "any", "only"]
How = Match | Literal["none", "same_as"]

_TEXTS = (CharField, TextField)
_INTEGER: Final = cast("Any", IntegerField)
_INTEGERS: Final[Mapping[str, tuple[int, int]]] = BaseDatabaseOperations.integer_field_ranges


def array_at(scope: Scope, name: str) -> Any:
    """The field of the array ``name``, whose elements are single values."""
    field = scope.typed(scope.path(name), ArrayField, "an array")
    if isinstance(field.base_field, ArrayField):
        raise TypeError(f"{scope.label}: {name!r} must be an array of single values, its elements are arrays")
    return field


def in_array(
    scope: Scope, name: str, *, size: int | None = None, prefix: str | None = None, **given: Collection[Any] | None
) -> Q:
    array_at(scope, name)
    parts = [holds(scope, name, values, cast("How", how)) for how, values in given.items() if values is not None]
    if size is not None:
        parts.append(Q(Exact(size_of(name), counted(scope, "size", size))))
    if prefix is not None:
        parts.append(_begins(scope, name, prefix))
    if not parts:
        raise TypeError(
            f"{scope.label} needs at least one of {', '.join(f'{how}=' for how in (*given, 'size', 'prefix'))}"
        )
    return all_of(scope, *parts)


def holds(scope: Scope, name: str, values: Any, how: How) -> Q:
    """The array has all of ``values``, any, none, at least one and no others, or just these; a GIN index serves it."""
    if hasattr(values, "resolve_expression") and how in {"any", "none"}:
        # not Django's lookup, which makes an array of the rows of a subquery
        found = Q(Operator(F(name), "&&", Stored(scope.expression(values), array_at(scope, name))))
        return found if how == "any" else negated(scope, found)
    wanted = elements(scope, name, values)
    possible = [value for value in wanted if fits(array_at(scope, name).base_field, value)]
    return _HOW[how](scope, name, possible, len(possible) == len(wanted))


def elements(scope: Scope, name: str, values: Any) -> list[Any]:
    """The different values among ``values``, once each could be an element by its type."""
    if not isinstance(values, list | tuple | set | frozenset):
        raise TypeError(f"{scope.label}: the elements must be a list, tuple or set, got {values!r}")
    field = array_at(scope, name).base_field
    return list(dict.fromkeys(_element(scope, field, value) for value in cast("Collection[Any]", values)))


def _element(scope: Scope, field: Any, value: Any) -> Any:
    if isinstance(field, _TEXTS):
        return text(scope, "an element", value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    with suppress(TypeError, ValidationError):
        if value is not None and (is_whole or not isinstance(field, _INTEGER)):
            return field.to_python(value)
    raise TypeError(f"{scope.label}: an element is a {type(field).__name__}, got {value!r}")


def fits(field: Any, value: Any) -> bool:
    """Whether an element can have this value. PostgreSQL would cut a text to the column's length and find the rest."""
    if isinstance(value, str):
        return storable(value) and (field.max_length is None or len(value) <= field.max_length)
    low, high = _INTEGERS.get(field.get_internal_type(), (None, None))
    return low is None or high is None or low <= value <= high


def _all(_scope: Scope, name: str, values: Sequence[Any], every: bool) -> Q:  # noqa: FBT001
    if not every:
        return NOTHING
    return Q((f"{name}__contains", values)) if values else Q()


def _any(_scope: Scope, name: str, values: Sequence[Any], _every: bool) -> Q:  # noqa: FBT001
    return Q((f"{name}__overlap", values)) if values else NOTHING


def _none(scope: Scope, name: str, values: Sequence[Any], every: bool) -> Q:  # noqa: FBT001
    return negated(scope, _any(scope, name, values, every))


def _only(scope: Scope, name: str, values: Sequence[Any], every: bool) -> Q:  # noqa: FBT001
    # <@ holds for the empty array, too, and alone it would make a GIN index read all of these
    return _any(scope, name, values, every) & Q((f"{name}__contained_by", values)) if values else NOTHING


def _same(_scope: Scope, name: str, values: Sequence[Any], every: bool) -> Q:  # noqa: FBT001
    if not every:
        return NOTHING
    if not values:
        return Q((name, []))
    return Q((f"{name}__contains", values), (f"{name}__contained_by", values))


_HOW: Final[Mapping[How, Callable[[Scope, str, Sequence[Any], bool], Q]]] = {
    "all": _all, "any": _any, "none": _none, "only": _only, "same_as": _same,
}  # fmt: skip


class BeginsWith(Func):
    """Whether some element of an array begins with a text."""

    template = "EXISTS (SELECT 1 FROM UNNEST(%(expressions)s))"
    arg_joiner = ") element WHERE STARTS_WITH(element, "
    output_field = BOOLEAN


def _begins(scope: Scope, name: str, prefix: Any) -> Q:
    if not isinstance(array_at(scope, name).base_field, _TEXTS):
        raise TypeError(f"{scope.label}: prefix= is for arrays of texts, and {name!r} is none")
    given = text(scope, "prefix", prefix)
    return Q(BeginsWith(F(name), Value(given))) if storable(given) else NOTHING


def size_of(name: str) -> Any:
    """How many elements an array has; 0 where it is NULL."""
    return Coalesce(Func(F(name), function="CARDINALITY", output_field=INTEGER), 0)


class Distinct(Func):
    """How many different elements an array has; NULL is none."""

    template = "(SELECT COUNT(DISTINCT element) FROM UNNEST(%(expressions)s) element)"
    output_field = INTEGER


class Shared(Func):
    """How many elements of the first array are in the second; ``what`` of them is counted, ``*`` or the different."""

    template = "(SELECT COUNT(%(what)s) FROM UNNEST(%(expressions)s))"
    arg_joiner = ") element WHERE element = ANY("
    output_field = INTEGER


def shared_with(scope: Scope, name: str, values: Any) -> tuple[Any, Any]:
    """How many different elements an array shares with ``values``, and their share of all different elements of both.

    What no element can be still counts among all.
    """
    field, own = array_at(scope, name), F(name)
    if hasattr(values, "resolve_expression"):
        others: Any = Stored(scope.expression(values), field)
        return _alike(Shared(others, own, what="DISTINCT element"), _every(own, others, field))
    wanted = elements(scope, name, values)
    possible = [value for value in wanted if fits(field.base_field, value)]
    others, beyond = Value(possible, field), len(wanted) - len(possible)
    every = _every(own, others, field)
    return _alike(Shared(others, own, what="*"), every + beyond if beyond else every)


def _every(own: Any, others: Any, field: Any) -> Any:
    return Distinct(Operator(own, "||", others, output_field=field))


def _alike(shared: Any, every: Any) -> tuple[Any, Any]:
    return shared, Coalesce(ratio(shared, every), 0.0)


PAIRS: Final = Beside(
    "pairs",
    "WITH each AS (SELECT DISTINCT element FROM UNNEST({source}) element)"
    " SELECT x.element, y.element FROM each x JOIN each y ON x.element < y.element",
    {"a": None, "b": None},
)
"""Any two different elements of an array, the lesser first."""


def pairs(scope: Scope, name: str) -> tuple[Any, Any]:
    """The lesser and the greater of two elements."""
    array_at(scope, name)
    return beside(PAIRS, F(name), "a"), beside(PAIRS, F(name), "b")
