"""Aggregates that Django has no word for: percentiles, modes, weighted means, values at an extreme."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Aggregate,
    DecimalField,
    DurationField,
    F,
    FloatField,
    IntegerField,
    Q,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, NullIf
from django.db.models.lookups import IsNull

Source: TypeAlias = str | Combinable
"""A field path, or an expression."""


class OrderedSet(Aggregate):
    """An aggregate of values in their order: ``function(arguments) WITHIN GROUP (ORDER BY values)``."""

    window_compatible = False  # PostgreSQL takes no OVER here

    def _resolve_output_field(self) -> Any:
        return cast("Any", self).source_expressions[-1].output_field


class Percentile(OrderedSet):
    """The value below which a fraction of the values lies; NULLs are left out, NULL for none.

    Parameters
    ----------
    expression
        Field path or expression.
    fraction
        In 0..1; 0.5 is the median.
    discrete
        Give one of the values, in their own type, instead of interpolating between two, which gives a float (of
        durations a duration). Moments, dates and texts can only be discrete.

    Raises
    ------
    ValueError
        ``fraction`` is outside of 0..1.
    TypeError
        ``fraction`` is no number; once the field is known, it cannot be interpolated.

    SQL
    ---
    ``PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY views)``; one sort of each group.

    Examples
    --------
    >>> medians = Post.objects.agg_by("category", median=Percentile("views", 0.5))
    """

    name = "Percentile"
    arg_joiner = ") WITHIN GROUP (ORDER BY "

    def __init__(self, expression: Source, fraction: float, *, discrete: bool = False, **extra: Any) -> None:
        if isinstance(fraction, bool) or not isinstance(fraction, int | float):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"Percentile(): fraction must be a number, got {fraction!r}")
        if not 0 <= fraction <= 1:
            raise ValueError(f"Percentile(): fraction must be in 0..1, got {fraction}")
        self.function = "PERCENTILE_DISC" if discrete else "PERCENTILE_CONT"
        super().__init__(Value(float(fraction)), expression, **extra)

    def _resolve_output_field(self) -> Any:
        field: Any = super()._resolve_output_field()
        if self.function == "PERCENTILE_DISC" or isinstance(field, DurationField):
            return cast("Any", field)
        if not isinstance(field, IntegerField | FloatField | DecimalField):
            raise TypeError(f"Percentile(): a {type(field).__name__} cannot be interpolated; pass discrete=True")
        return cast("Any", FloatField())


class Mode(OrderedSet):
    """The most frequent value, of several the smallest; NULLs are left out, NULL for none.

    Parameters
    ----------
    expression
        Field path or expression.

    SQL
    ---
    ``MODE() WITHIN GROUP (ORDER BY status)``, which takes the first of the most frequent as it runs through the sorted
    values.

    Examples
    --------
    >>> usual = Post.objects.agg_by("author", usual=Mode("status"))
    """

    function = "MODE"
    name = "Mode"
    template = Aggregate.template.replace("%(distinct)s", ") WITHIN GROUP (ORDER BY ")
    arity = 1


class WeightedAverage(Aggregate):
    """The mean of ``value``, each row counting by its ``weight``: sum of value * weight / sum of weight.

    A float, of a Decimal a Decimal. Rows where either is NULL do not count; NULL where the weights sum up to zero.

    Parameters
    ----------
    value, weight
        Field paths or expressions.
    filter
        Which rows count.

    SQL
    ---
    ``SUM(value * weight) / NULLIF(SUM(weight) FILTER (WHERE value IS NOT NULL), 0)``.

    Examples
    --------
    >>> fair = Post.objects.agg_by("category", fair=WeightedAverage("rating", "views"))
    """

    name = "WeightedAverage"
    arity = 2

    def __init__(self, value: Source, weight: Source, *, filter: Any = None) -> None:  # noqa: A002 (as Django's)
        super().__init__(value, weight, filter=filter)
        self.given = filter

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        value, weight = cast("Any", self).source_expressions
        field = value.resolve_expression(query, *args, **kwargs).output_field
        exact = isinstance(field, DecimalField)
        output = cast("Any", DecimalField() if exact else FloatField())
        given = () if self.given is None else (self.given,)
        present = Q(*given, IsNull(value, rhs=False))
        value, weight = (each if exact else Cast(each, output) for each in (value, weight))
        top = Sum(cast("Any", value) * weight, filter=Q(*given) or None, output_field=output)
        bottom = Sum(weight, filter=present, output_field=output)
        return (top / NullIf(bottom, Value(0, output))).resolve_expression(query, *args, **kwargs)


class ArgMax(ArrayAgg):
    """``expression`` of the row where ``by`` is greatest; of several such rows, of the one with the highest key.

    Parameters
    ----------
    expression
        Field path or expression; no array.
    by
        Field path or expression. Rows where it is NULL come last, so that they decide only where there are no others.

    Raises
    ------
    TypeError
        Once the field is known: it is an array.

    SQL
    ---
    ``(ARRAY_AGG(title ORDER BY rating DESC NULLS LAST, id DESC))[1]``; one sort of each group.

    Examples
    --------
    >>> best = Post.objects.agg_by("category", best=ArgMax("title", by="rating"))
    """

    name = "ArgMax"
    window_compatible = False
    descending = True

    def __init__(self, expression: Source, by: Source, **extra: Any) -> None:
        key: Any = F(by) if isinstance(by, str) else by
        terms = (key.desc(nulls_last=True), F("pk").desc()) if self.descending else (key.asc(), F("pk").asc())
        super().__init__(expression, order_by=terms, **extra)

    @property
    def output_field(self) -> Any:
        field = cast("Any", self).source_expressions[0].output_field
        if isinstance(field, ArrayField):
            raise TypeError(f"{self.name}(): arrays cannot be gathered; take the pk, and look the array up")
        return field

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        sql, params = super().as_sql(compiler, connection, *args, **context)
        return f"({sql})[1]", params


class ArgMin(ArgMax):
    """``expression`` of the row where ``by`` is least; of several such rows, of the one with the lowest key.

    Parameters
    ----------
    expression, by
        As in ``ArgMax``.

    SQL
    ---
    ``(ARRAY_AGG(title ORDER BY rating, id))[1]``; one sort of each group.

    Examples
    --------
    >>> first = Post.objects.agg_by("author", first=ArgMin("title", by="created_at"))
    """

    name = "ArgMin"
    descending = False
