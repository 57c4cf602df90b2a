"""Subtotals: groups together with the groups of fewer keys, by one pass over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

from django.db.models import Count, F, Func, Q
from django.db.models.lookups import GreaterThan

from querysets._types import SqlQuery
from querysets.errors import UnknownField, WrongShape
from querysets.kinds import group_keys, patterns_of
from querysets.scope import Scope
from querysets.sql.fields import INTEGER
from querysets.sql.settled import settled
from querysets.sql.values import names

Unit: TypeAlias = tuple[str, ...]
"""Keys that are summed up together, such as a foreign key and the name of its row."""


class _Rollup(Func):
    """``1, ROLLUP (2, (3, 4))``: places of keys in SELECT, those that every group has and those that are rolled up."""

    output_field = INTEGER

    def __init__(self, kept: Sequence[int], units: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.kept, self.units = kept, units

    def as_sql(self, *args: Any, **context: Any) -> Any:
        rolled = ", ".join(f"({', '.join(map(str, unit))})" for unit in self.units)
        return ", ".join([*map(str, self.kept), f"ROLLUP ({rolled})"]), ()


class _Key(Func):
    """A key that Django does not group by of itself: that would leave nothing to be summed up."""

    template = "%(expressions)s"
    arity = 1

    def get_group_by_cols(self) -> list[Any]:
        return []


class _Level(Func):
    """``GROUPING(a) + GROUPING(b)``: how many of the keys a row sums up."""

    template = "(GROUPING(%(expressions)s))"
    arg_joiner = ") + GROUPING("
    contains_aggregate: Any = True  # its place is beside the measures
    output_field = INTEGER

    def get_group_by_cols(self) -> list[Any]:
        return []


_SOME_ROWS: Final = Q(GreaterThan(Count("*"), 0))


def subtotalled(scope: Scope, groups: SqlQuery, given: Sequence[str | Sequence[str]], level: str) -> SqlQuery:
    """The groups of ``groups``, and those without the last, the last two, ... of the units ``given``."""
    keys = _checked(scope, groups)
    units = _units(scope, keys, given)
    scope.alias(level)
    inner = groups.clone()
    expressions = dict(zip(inner.values_select, inner.select, strict=True)) | {
        name: inner.annotations[name] for name in keys if name in inner.annotations
    }
    inner.select = tuple(map(_Key, inner.select))
    inner.annotations |= {name: _Key(each) for name, each in expressions.items() if name in inner.annotations}
    inner.add_annotation(_Level(*(expressions[unit[0]] for unit in units)), level)
    places = {name: place for place, name in enumerate(inner.selected, start=1)}
    kept = [key for key in keys if key not in chain(*units)]
    inner.group_by = (_Rollup([places[key] for key in kept], [[places[key] for key in unit] for unit in units]),)
    inner.add_q(_SOME_ROWS)  # of no rows at all there would be a total
    outer = settled(inner)
    outer.set_values((*keys, level, *(name for name in groups.selected if name not in keys)))
    # a NULL stands last, be it a key or what is left of one, and among these a sum behind what it sums up
    outer.order_by = tuple(F(name).asc() for name in (*kept, *chain(*units), level))
    outer.patterns = {**patterns_of(outer), "series": True, "groups": (*keys, level)}
    return outer


def _checked(scope: Scope, groups: SqlQuery) -> tuple[str, ...]:
    """The keys of ``groups``, once it is sure that they can be summed up."""
    keys, patterns = group_keys(groups), patterns_of(groups)
    if keys is None:
        raise WrongShape(f"{scope.label} needs groups; call count_by(), agg_by() or per() first")
    measures = [groups.annotations[name] for name in groups.annotation_select if name not in keys]
    if not measures:
        raise WrongShape(f"{scope.label} needs measures to sum up; call with_count() or another with_...() first")
    if patterns.get("settled") or groups.where.contains_aggregate or any(of.contains_over_clause for of in measures):
        raise WrongShape(
            f"{scope.label} takes all groups of its keys; conditions on measures and windows would be about totals, "
            "too, so there may be none before it"
        )
    return keys


def _units(scope: Scope, keys: Sequence[str], given: Sequence[str | Sequence[str]]) -> list[Unit]:
    units = [names(scope, "a key", each) for each in given or keys]
    named = list(chain(*units))
    for name in named:
        if name not in keys:
            raise UnknownField(f"{scope.label}: {name!r} is no key; the keys are {', '.join(map(repr, keys))}")
    if not all(units) or len(set(named)) < len(named):
        raise ValueError(f"{scope.label}: each key is named once, got {given}")
    return units
