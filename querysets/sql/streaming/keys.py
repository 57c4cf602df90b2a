"""What the keys of an order are in a row that was read, be it an instance, a dict or a tuple."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from django.db.models import F, Model
from django.db.models.query import FlatValuesListIterable, NamedValuesListIterable, ValuesListIterable
from django.db.models.utils import create_namedtuple_class

from querysets._types import SqlQuery, meta
from querysets.errors import WrongShape
from querysets.kinds import shape_of
from querysets.scope import Scope
from querysets.sql.derived import joins_to_many
from querysets.sql.filters.keyset import Key, keys

PRIVATE: Final = "querysets_key_"
"""How columns begin that are read for their keys, and taken off the rows again."""


def moved(position: Any, to: Any) -> Any:
    """The position ``to`` that a batch has come to: were it that of the batch before, all would come for ever."""
    if position is not None and list(position) == list(to):
        raise RuntimeError(f"a batch has ended where the one before it did, at {list(to)!r}: its rows came again")
    return to


def total_keys(scope: Scope, remedy: str) -> list[Key]:
    """The keys of the order of a query, once it is sure that they tell its rows apart."""
    query: SqlQuery = scope.query
    if shape_of(query) == "distinct":
        raise WrongShape(f"{scope.label}: distinct values without their primary key have no total order; {remedy}")
    if query.group_by is None and not query.distinct and joins_to_many(query):
        raise WrongShape(
            f"{scope.label}: a join gives some rows several times, which no key tells apart; frozen() has each once"
        )
    return keys(scope)


@dataclass(frozen=True, slots=True)
class Reading:
    """How rows are read together with the keys of their order.

    Attributes
    ----------
    rows
        The queryset, which selects every key.
    places
        Where each key is: an attribute, the name of a column, or a place in a tuple.
    private
        Names of columns that were added, and are none of the rows'.
    made
        What makes a row of the tuple that is read; None where rows are no tuples.
    """

    rows: Any
    places: Sequence[Any]
    private: Sequence[str]
    made: Any

    def values(self, row: Any) -> list[Any]:
        """The values of the keys in a row, as it was read."""
        return [getattr(row, place) if isinstance(row, Model) else row[place] for place in self.places]

    def finished(self, found: list[Any]) -> list[Any]:
        """The rows as the queryset gives them."""
        if self.made is not None:
            return list(map(self.made, found))
        for name in self.private:
            for row in found:
                if isinstance(row, Model):
                    delattr(row, name)
                else:
                    del row[name]
        return found


def reading(rows: Any, order: Sequence[Key]) -> Reading:
    """How ``rows`` are read, in their order."""
    query, kind = rows.query, rows._iterable_class  # noqa: SLF001 (nothing else tells what the rows are)
    known = _attributes(query) if query.default_cols and query.selected is None else _columns(query)
    missing = [key.name for key in order if key.name not in known]
    private = {name: f"{PRIVATE}{place}" for place, name in enumerate(missing)}
    read = rows.annotate(**{alias: F(name) for name, alias in private.items()}) if private else rows._chain()
    places: list[Any] = [private.get(key.name) or known[key.name] for key in order]
    if kind not in {ValuesListIterable, FlatValuesListIterable, NamedValuesListIterable}:
        return Reading(read, places, list(private.values()), None)
    read._iterable_class = ValuesListIterable  # noqa: SLF001
    columns = list(_names(read.query))
    own = len(columns) - len(private)
    return Reading(read, [columns.index(place) for place in places], (), _maker(kind, columns[:own], own, len(columns)))


def _maker(kind: Any, names: Sequence[str], own: int, width: int) -> Any:
    """What makes a row of a tuple whose last columns may be none of its own."""
    if kind is FlatValuesListIterable:
        return itemgetter(0)
    if kind is NamedValuesListIterable:
        make: Any = create_namedtuple_class(*names)._make

        def named(row: Any) -> Any:
            return make(row[:own])

        return named
    return None if own == width else itemgetter(slice(own))


def _names(query: SqlQuery) -> list[str]:
    return list(query.selected or (*query.extra_select, *query.values_select, *query.annotation_select))


def _columns(query: SqlQuery) -> dict[str, str]:
    """The columns of ``values()``, and the primary key if it is one of them."""
    found = {name: name for name in _names(query)}
    pk = query.get_meta().pk
    if pk is not None and pk.name in found:
        found.setdefault("pk", pk.name)
    return found


def _attributes(query: SqlQuery) -> dict[str, str]:
    """The attributes of instances that are there without asking again."""
    found: dict[str, str] = {name: name for name in query.annotation_select}
    options, (deferred, defers) = meta(query.model), query.deferred_loading
    for field in options.concrete_fields:
        if field.primary_key or (field.name not in deferred) is bool(defers):
            found |= {field.name: field.attname, field.attname: field.attname}
    return {**found, "pk": "pk"}
