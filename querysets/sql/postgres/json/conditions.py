"""Bodies of the conditions on JSON documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal, NamedTuple, cast, get_args

from django.db.models import F, Func, Q, Value
from django.db.models.lookups import IContains, IsNull

from querysets import conditions
from querysets.conditions import NOTHING, negated
from querysets.scope import Scope
from querysets.sql.expressions import Operator
from querysets.sql.fields import TEXTS
from querysets.sql.values import one_of, storable, text

from . import jsonpath
from .documents import Path, Steps, Unstorable, document_at, dumped, nested, steps_of
from .expressions import Document, TextOf, at, is_a

Op = Literal[
    "eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "exists", "missing", "null", "has_element", "has_item",
    "matches",
]  # fmt: skip
Mode = Literal["all", "any", "none"]


class Place(NamedTuple):
    """A path in a document."""

    scope: Scope
    name: str
    steps: Steps

    @property
    def value(self) -> Any:
        """What stands there."""
        return at(F(self.name), self.steps)

    @property
    def is_exact(self) -> bool:
        """Whether containment says where an element stands; of an index it says only that the array has it."""
        return not any(isinstance(step, int) for step in self.steps)

    def dumped(self, value: Any) -> str:
        """A value as JSON text."""
        return dumped(self.scope, value, self.scope.field(self.name))

    def equals(self, document: str) -> Q:
        """What no GIN index finds: the value there is this."""
        return Q(Operator(self.value, "=", Document(document)))

    def contains(self, document: str) -> Q:
        """What a GIN index finds: the document holds ``document`` at the path."""
        return Q(Operator(F(self.name), "@>", Document(nested(self.steps, document))))


def json_at(scope: Scope, path: Path, value: Any = None, *, op: Op = "eq", field: str | None = None) -> Q:
    name = document_at(scope, field)
    one_of(scope, "op", op, get_args(Op))
    if op in {"exists", "missing", "null"} and value is not None:
        raise TypeError(f"{scope.label}: op={op!r} takes no value, got {value!r}")
    try:
        return _HOW[op](Place(scope, name, steps_of(scope, path)), value)
    except Unstorable:
        return Q() if op in {"ne", "missing"} else NOTHING


def json_containing(scope: Scope, document: Mapping[str, Any] | Sequence[Any], *, field: str | None = None) -> Q:
    name = document_at(scope, field)
    if not isinstance(document, Mapping | list | tuple):
        raise TypeError(f"{scope.label}: document must be an object or an array, got {document!r}")
    try:
        return Place(scope, name, ()).contains(dumped(scope, document, scope.field(name)))
    except Unstorable:
        return NOTHING


def json_keys(scope: Scope, *keys: str, mode: Mode = "all", field: str | None = None) -> Q:
    name = document_at(scope, field)
    one_of(scope, "mode", mode, get_args(Mode))
    wanted = list(dict.fromkeys(text(scope, "a key", key) for key in keys))
    possible = [key for key in wanted if storable(key)]
    if mode == "none":
        return negated(scope, json_keys(scope, *wanted, mode="any", field=field))
    if mode == "all" and not wanted:
        return Q()
    if not possible or (mode == "all" and len(possible) < len(wanted)):
        return NOTHING
    if len(possible) == 1:
        found = Operator(F(name), "?", Value(possible[0]))
    else:
        found = Operator(F(name), "?&" if mode == "all" else "?|", Value(possible, TEXTS))
    # an array has its texts for keys
    return Q(found) & is_a(F(name), "object")


def json_matching(scope: Scope, path: str, /, *, field: str | None = None, **variables: Any) -> Q:
    name = document_at(scope, field)
    written = jsonpath.bound(scope, path, variables)
    operator = "@@" if written.is_predicate else "@?"
    return Q(Operator(F(name), operator, Func(Value(written.text), template="%(expressions)s::jsonpath")))


def _equals(place: Place, value: Any) -> Q:
    document = place.dumped(value)
    found = place.contains(document)
    if place.is_exact and not isinstance(value, Mapping | list | tuple):
        return found
    # of objects and arrays @> finds those that have more
    return found & place.equals(document)


def _differs(place: Place, value: Any) -> Q:
    return negated(place.scope, place.equals(place.dumped(value)))


def _among(place: Place, values: Any) -> Q:
    if not isinstance(values, list | tuple | set | frozenset):
        raise TypeError(f"{place.scope.label}: op='in' takes a list, tuple or set of values, got {values!r}")
    found: list[Q] = []
    for value in cast("Sequence[Any]", values):
        try:
            found.append(_equals(place, value))
        except Unstorable:
            continue
    return conditions.any_of(place.scope, *found)


def _ordered(operator: str) -> Callable[[Place, Any], Q]:
    """JSON compares any two values; those of another type are below or above all, hence the test of the type."""

    def compared(place: Place, value: Any) -> Q:
        kind, bound = _kind(place, value), Document(place.dumped(value))
        return is_a(place.value, kind) & Q(Operator(place.value, operator, bound))

    return compared


def _between(place: Place, bounds: Any) -> Q:
    if not isinstance(bounds, list | tuple) or len(cast("Sequence[Any]", bounds)) != 2:  # noqa: PLR2004
        raise ValueError(
            f"{place.scope.label}: op='between' takes a pair (low, high), None for an open end, got {bounds!r}"
        )
    low, high = cast("Sequence[Any]", bounds)
    given = [(operator, bound) for operator, bound in ((">=", low), ("<=", high)) if bound is not None]
    kinds = {_kind(place, bound) for _, bound in given}
    if len(kinds) != 1:
        raise ValueError(f"{place.scope.label}: op='between' takes two numbers or two texts, got {bounds!r}")
    parts = [Q(Operator(place.value, operator, Document(place.dumped(bound)))) for operator, bound in given]
    return Q(is_a(place.value, kinds.pop()), *parts)


def _kind(place: Place, value: Any) -> str:
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return "number"
    raise TypeError(f"{place.scope.label}: values are compared with a number or a text, got {value!r}")


def exists_at(place: Place) -> Q:
    """Whether there is a value, be it null."""
    there, first = Q(IsNull(place.value, False)), place.steps[0]  # noqa: FBT003 (Django's)
    return there if isinstance(first, int) else Q(Operator(F(place.name), "?", Value(first))) & there


def _has_element(place: Place, value: Any) -> Q:
    if isinstance(value, Mapping | list | tuple):
        raise TypeError(f"{place.scope.label}: op='has_element' takes a single value, got {value!r}; see 'has_item'")
    return _has(place, place.dumped([value]))


def _has_item(place: Place, values: Any) -> Q:
    members: list[Any] = list(values.values()) if isinstance(values, Mapping) else [values]  # pyright: ignore[reportUnknownArgumentType]
    if not isinstance(values, Mapping) or any(isinstance(each, Mapping | list | tuple) for each in members):
        raise TypeError(
            f"{place.scope.label}: op='has_item' takes an object of single values, key = value, got {values!r}"
        )
    return _has(place, place.dumped([values]))


def _has(place: Place, array: str) -> Q:
    found = place.contains(array)
    return found if place.is_exact else found & Q(Operator(place.value, "@>", Document(array)))


def _matches(place: Place, value: Any) -> Q:
    wanted = text(place.scope, "value", value)
    if not storable(wanted):
        return NOTHING
    return is_a(place.value, "string") & Q(IContains(TextOf(place.value), wanted))


_HOW: Final[Mapping[Op, Callable[[Place, Any], Q]]] = {
    "eq": _equals,
    "ne": _differs,
    "lt": _ordered("<"),
    "lte": _ordered("<="),
    "gt": _ordered(">"),
    "gte": _ordered(">="),
    "between": _between,
    "in": _among,
    "exists": lambda place, _: exists_at(place),
    "missing": lambda place, _: Q(IsNull(place.value, True)),  # noqa: FBT003
    "null": _equals,
    "has_element": _has_element,
    "has_item": _has_item,
    "matches": _matches,
}
