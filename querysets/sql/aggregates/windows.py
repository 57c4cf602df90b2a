"""Windows: what a row, or a group, has among the others of its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, cast

from django.db.models import DateField, F, Func, Window
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Star
from django.db.models.functions import (
    CumeDist,
    DenseRank,
    FirstValue,
    Lag,
    Lead,
    Ntile,
    PercentRank,
    Rank,
    RowNumber,
)
from django.db.models.functions.mixins import NumericOutputFieldMixin

from querysets.kinds import group_keys
from querysets.scope import Scope
from querysets.sql.expressions import ratio
from querysets.sql.fields import INTEGER
from querysets.sql.operands import Kinds, measurable
from querysets.sql.ordering import order_terms
from querysets.sql.values import counted, names, one_of

from .frames import Preceding

Names: TypeAlias = str | Sequence[str]
Over: TypeAlias = Literal["chain", "all"]
Measure: TypeAlias = Literal["sum", "count", "avg", "max", "min"]
Method: TypeAlias = Literal["rank", "dense", "row", "percent", "cume", "ntile"]


class _Aggregated(Func):
    """An aggregate function as a plain one, which Django lets stand over the measures of groups."""

    window_compatible = True
    arity = 1


class CountOver(_Aggregated):
    """``COUNT``, to put over a window."""

    function = "COUNT"
    output_field = INTEGER


class SumOver(_Aggregated):
    """``SUM``, to put over a window."""

    function = "SUM"


class AvgOver(NumericOutputFieldMixin, _Aggregated):
    """``AVG``, to put over a window."""

    function = "AVG"


class MaxOver(_Aggregated):
    """``MAX``, to put over a window."""

    function = "MAX"


class MinOver(_Aggregated):
    """``MIN``, to put over a window."""

    function = "MIN"


class DeviationOver(NumericOutputFieldMixin, _Aggregated):
    """``STDDEV_POP``, to put over a window."""

    function = "STDDEV_POP"


class Placed(Func):
    """An expression with windows in it; Django would take it, or parts of it, for a key to group by."""

    template = "%(expressions)s"
    arity = 1

    def __init__(self, expression: Any, *, grouped: bool = False) -> None:
        super().__init__(expression)
        self.grouped = grouped

    def get_group_by_cols(self) -> list[Any]:
        return [] if self.grouped else list(_columns(cast("Any", self).source_expressions[0]))


def _columns(expression: Any) -> Iterator[Any]:
    if isinstance(expression, Window) or not expression.contains_over_clause:
        yield from expression.get_group_by_cols()
    else:
        for source in expression.get_source_expressions():
            yield from _columns(source)


_MEASURES: Final[Mapping[str, type[_Aggregated]]] = {
    "sum": SumOver, "count": CountOver, "avg": AvgOver, "max": MaxOver, "min": MinOver,
}  # fmt: skip

_RANKS: Final[Mapping[str, Any]] = {
    "rank": Rank, "dense": DenseRank, "row": RowNumber, "percent": PercentRank, "cume": CumeDist,
}  # fmt: skip


def places_of(scope: Scope, by: Names | None, per: Names) -> tuple[Any, ...]:
    """An order and its partitions, as what tells one window from another."""
    return None if by is None else names(scope, "by", by), names(scope, "per", per)


def spelt(name: str) -> str:
    """A path as a part of an alias."""
    return name.replace(LOOKUP_SEP, "_")


def keys_of(scope: Scope, by: Names | None) -> tuple[str, ...]:
    """The keys of an order; by default those of the groups, or the ``timestamp`` role."""
    if by is not None:
        return names(scope, "by", by)
    keys = None if scope.query is None else group_keys(scope.query)
    return keys if keys is not None else (scope.role("timestamp", argument="by=..."),)


def over(
    scope: Scope, function: Any, per: Names, by: Names | None = None, *, frame: Any = None, ties: bool = False
) -> Window:
    """``function`` over the rows that share ``per``; by the order ``by``, which is total unless ``ties`` may be."""
    keys = () if by is None else names(scope, "by", by)
    terms = order_terms(scope, keys) if keys else []
    return Window(
        function,
        partition_by=[F(scope.path(name)) for name in names(scope, "per", per)] or None,
        order_by=(terms[: len(keys)] if ties else terms) or None,
        frame=frame,
    )


def placed(scope: Scope, expression: Any) -> Any:
    """``expression``, which has windows in it, as an annotation of rows or of groups."""
    grouped = scope.query is not None and group_keys(scope.query) is not None
    return Placed(expression, grouped=grouped) if grouped or not isinstance(expression, Window) else expression


def rank(scope: Scope, by: Names, per: Names, method: Method, n: int | None) -> Any:
    """The rank of each row."""
    one_of(scope, "method", method, (*_RANKS, "ntile"))
    if (method == "ntile") is (n is None):
        raise TypeError(f"{scope.label}: n is how many bands method='ntile' makes; it goes with that method only")
    if n is not None:
        return placed(scope, over(scope, Ntile(counted(scope, "n", n, least=1)), per, by))
    return placed(scope, over(scope, _RANKS[method](), per, by, ties=method != "row"))


def running(
    scope: Scope, field: str | None, func: Measure, by: Names | None, per: Names, *, share: bool = False
) -> Any:
    """An aggregate of the rows up to each."""
    so_far = over(scope, _measure(scope, func, field), per, keys_of(scope, by), frame=Preceding())
    if not share:
        return placed(scope, so_far)
    if func not in {"sum", "count"}:
        raise ValueError(f"{scope.label}: share=True takes func='sum' or 'count', got {func!r}")
    return placed(scope, ratio(so_far, over(scope, _measure(scope, func, field), per)))


def moving(
    scope: Scope,
    field: str | None,
    rows: int | None,
    *,
    span: timedelta | None,
    func: Measure,
    by: Names | None,
    per: Names,
) -> Any:
    """An aggregate of the last rows up to each, by their number or by their age."""
    if (rows is None) is (span is None):
        raise TypeError(f"{scope.label} takes either rows, a number of them, or span, a timedelta")
    measure, keys = _measure(scope, func, field), keys_of(scope, by)
    if rows is not None:
        frame = Preceding(counted(scope, "rows", rows, least=1) - 1)
        return placed(scope, over(scope, measure, per, keys, frame=frame))
    positive(scope, "span", span)
    if len(keys) != 1 or not isinstance(scope.field(scope.path(keys[0].removeprefix("-"))), DateField):
        raise ValueError(f"{scope.label}: span looks back along one date or datetime; pass it as by, got {keys}")
    return placed(scope, over(scope, measure, per, keys, frame=Preceding(span), ties=True))


def neighbour(scope: Scope, field: str, by: Names | None, per: Names, offset: int, *, after: bool = False) -> Any:
    """The value of the row ``offset`` places before, or after."""
    counted(scope, "offset", offset, least=1)
    function = Lead if after else Lag
    return placed(scope, over(scope, function(F(scope.path(field)), offset), per, keys_of(scope, by)))


def change(scope: Scope, field: str, by: Names | None, per: Names, *, relative: bool) -> Any:
    """The value less that of the row before; or how much that is of it."""
    value = number(scope, field, "a number" if relative else "a number, a duration or a moment")
    before = neighbour(scope, field, by, per, 1)
    return placed(scope, ratio(value, before) - 1.0 if relative else value - before)


def first(scope: Scope, field: str, by: Names, per: Names) -> Any:
    """The value of the first row."""
    return placed(scope, over(scope, FirstValue(F(scope.path(field))), per, by))


def share(scope: Scope, field: str, per: Names) -> Any:
    """The value as a part of the sum."""
    return placed(scope, ratio(number(scope, field), over(scope, SumOver(number(scope, field)), per)))


def zscore(scope: Scope, field: str, per: Names) -> Any:
    """How many standard deviations the value lies above the mean."""
    value = number(scope, field)
    return placed(scope, ratio(value - over(scope, AvgOver(value), per), over(scope, DeviationOver(value), per)))


def number(scope: Scope, name: str, kinds: Kinds = "a number") -> F:
    """A field of one of the kinds that can be divided, added up or subtracted."""
    return F(measurable(scope, name, kinds))


def positive(scope: Scope, name: str, value: Any) -> timedelta:
    """A length of time above zero."""
    if not isinstance(value, timedelta):
        raise TypeError(f"{scope.label}: {name} must be a timedelta, got {value!r}")
    if value <= timedelta(0):
        raise ValueError(f"{scope.label}: {name} must be > 0, got {value}")
    return value


def _measure(scope: Scope, func: Measure, field: str | None) -> Any:
    one_of(scope, "func", func, tuple(_MEASURES))
    if field is None:
        if func != "count":
            raise TypeError(f"{scope.label} needs a field, unless func='count'")
        return CountOver(Star())
    added = func in {"sum", "avg"}
    return _MEASURES[func](number(scope, field, "a number or a duration") if added else F(scope.path(field)))
