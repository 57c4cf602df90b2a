"""The rows after a cursor in a total order, of any directions and with NULLs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, cast

from django.db.models import F, Model, Q

from querysets._types import meta
from querysets.conditions import NOTHING
from querysets.scope import Scope
from querysets.sql.ordering import current_order, is_descending

_TUPLES: Any = import_module("django.db.models.fields.tuple_lookups")  # which the stubs leave out


class Key(NamedTuple):
    """One key of an order."""

    name: str
    descending: bool
    nulls_first: bool
    nullable: bool

    def reversed(self) -> Key:
        """The same key, from the other end."""
        return self._replace(descending=not self.descending, nulls_first=not self.nulls_first)


def after(scope: Scope, cursor: Model | Mapping[str, Any]) -> Q:
    if scope.query is None:
        raise TypeError(f"{scope.label} follows the order of a queryset, so it cannot be a condition of another model")
    order = keys(scope)
    return beyond(order, [_value(scope, key.name, cursor) for key in order])


def keys(scope: Scope) -> list[Key]:
    """The keys of the order that the query of ``scope`` has."""
    query: Any = scope.query
    order = [_key(scope, term) for term in current_order(query)]
    return order if query.standard_ordering else [key.reversed() for key in order]


def beyond(order: Sequence[Key], values: Sequence[Any]) -> Q:
    """The rows that stand strictly behind the one with these values of the keys."""
    if len({key.descending for key in order}) == 1 and not any(key.nullable for key in order):
        return _row_comparison(order, values)
    found = NOTHING
    equal = Q()
    for key, value in zip(order, values, strict=True):
        found |= equal & _beyond(key, value)
        equal &= _same(key, value)
    return _bound(order[0], values[0]) & found


def same(order: Sequence[Key], values: Sequence[Any]) -> Q:
    """The row with these values of the keys."""
    return Q(*(_same(key, value) for key, value in zip(order, values, strict=True)))


def _row_comparison(order: Sequence[Key], values: Sequence[Any]) -> Q:
    """``(a, b) < (x, y)``: one range of a btree, where an OR of the cases would be a filter over all of it."""
    if len(order) == 1:
        return _beyond(order[0], values[0])
    lookup = _TUPLES.TupleLessThan if order[0].descending else _TUPLES.TupleGreaterThan
    return Q(lookup(tuple(F(key.name) for key in order), tuple(values)))


def _beyond(key: Key, value: Any) -> Q:
    """The rows whose key stands strictly behind this value."""
    if value is None:
        return Q((f"{key.name}__isnull", False)) if key.nulls_first else NOTHING
    found = Q((f"{key.name}__{'lt' if key.descending else 'gt'}", value))
    return found | Q((f"{key.name}__isnull", True)) if key.nullable and not key.nulls_first else found


def _same(key: Key, value: Any) -> Q:
    return Q((f"{key.name}__isnull", True)) if value is None else Q((key.name, value))


def _bound(key: Key, value: Any) -> Q:
    """A redundant range of the first key, which the index serves."""
    if key.nullable or value is None:
        return Q()
    return Q((f"{key.name}__{'lte' if key.descending else 'gte'}", value))


def _key(scope: Scope, term: Any) -> Key:
    if isinstance(term, str):
        name, descending, nulls_first, nulls_last = term.lstrip("-+"), is_descending(term), False, False
    else:
        source = getattr(term, "expression", term)
        if not isinstance(source, F):
            raise ValueError(  # noqa: TRY004 (it is the order that does not do)
                f"{scope.label} needs an order by fields or annotations, and {term!r} has no name; annotate it first"
            )
        name, descending = cast("Any", source).name, is_descending(term)
        nulls_first, nulls_last = bool(getattr(term, "nulls_first", None)), bool(getattr(term, "nulls_last", None))
    if name == "?":
        raise ValueError(f"{scope.label} needs an order that is the same again, and this one is by chance")
    name = scope.path(name)
    nulls_first = nulls_first or (descending and not nulls_last)  # PostgreSQL's own default
    return Key(name, descending, nulls_first, scope.nullable(name))


def _value(scope: Scope, name: str, cursor: Model | Mapping[str, Any]) -> Any:
    if isinstance(cursor, Mapping):
        if name in cursor:
            return cursor[name]
        pk = meta(scope.model).pk
        if name == "pk" and pk is not None and pk.name in cursor:
            return cursor[pk.name]
        raise ValueError(
            f"{scope.label}: the cursor lacks {name!r}, a key of the order; it has {', '.join(map(str, cursor))}"
        )
    value: Any = cursor
    for part in name.split("__"):
        value = getattr(value, part, None) if value is not None else None
    return value.pk if isinstance(value, Model) else value
