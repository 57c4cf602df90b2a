"""What the laws are tried on: calls of our methods, Django's own methods between them, and the rows that are seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Count, F, Func, Q, Value, Window
from django.db.models.functions import Rank

from querysets import PatternQuerySet
from querysets.kinds import methods
from tests.fixtures.calls import SAMPLES, Sample


@dataclass(frozen=True, eq=False)
class Step:
    """One call in a chain, with the kinds whose laws it must obey, and the shape that rows have after it."""

    label: str
    call: Callable[[Any], Any]
    kinds: frozenset[str]
    declared: frozenset[str]
    sample: Sample | None = None
    shape: str = "rows"

    def __call__(self, rows: Any) -> Any:
        return self.call(rows)

    def __str__(self) -> str:
        return self.label

    @property
    def relative(self) -> bool:
        return self.sample is not None and self.sample.relative


FINISHING = {"filled", "subtotals"}
"""Groupings that make a series of groups."""


def _registered(name: str, sample: Sample) -> Step:
    kinds = methods(PatternQuerySet)[name].kinds
    shape = "series" if name in FINISHING else "groups" if "grouping" in kinds else "rows"
    return Step(f"{name}({sample})", lambda rows: sample(rows, name), sample.kinds or kinds, kinds, sample, shape)


@cache
def registered(model: type[Any] | None = None) -> tuple[Step, ...]:
    """Every sample of every chainable method, those on ``model`` if one is given."""
    if model is not None:
        return tuple(step for step in registered() if step.sample is not None and step.sample.model is model)
    chainable = (name for name, method in methods(PatternQuerySet).items() if method.is_chainable)
    return tuple(_registered(name, sample) for name in chainable for sample in SAMPLES.get(name, ()))


@cache
def on_rows(model: type[Any] | None = None) -> tuple[Step, ...]:
    """The samples that apply to the rows of a model as they are."""
    return tuple(step for step in registered(model) if step.sample is not None and step.sample.only in (None, "rows"))


@cache
def on_groups(model: type[Any] | None = None) -> tuple[Step, ...]:
    """The samples that apply to groups."""
    return tuple(step for step in registered(model) if step.sample is not None and step.sample.only in (None, "groups"))


def _native(label: str, call: Callable[[Any], Any], *kinds: str, shape: str = "rows") -> Step:
    return Step(label, call, frozenset(kinds), frozenset(kinds), None, shape)


NATIVE = (
    _native("filter(rating)", lambda rows: rows.filter(rating__gte=2.5), "filter"),
    _native("exclude(price)", lambda rows: rows.exclude(price__lt=5), "filter"),
    _native("annotate(F)", lambda rows: rows.annotate(address=F("author__email")), "annotation"),
    _native("order_by(title)", lambda rows: rows.order_by("title", "pk"), "ordering"),
    _native("select_related()", lambda rows: rows.select_related("author", "category"), "neutral"),
    _native("prefetch_related()", lambda rows: rows.prefetch_related("comments"), "neutral"),
    _native("only(title)", lambda rows: rows.only("title", "author", "category"), "neutral"),
    _native("none()", lambda rows: rows.none(), "filter"),
)
"""Django's own methods, as steps between ours: rows of posts in, rows of posts out."""

ODD = (
    _native("order_by(rating)", lambda rows: rows.order_by("-rating"), "ordering"),
    _native("annotate(Count)", lambda rows: rows.annotate(n=Count("comments")), "annotation"),
    _native("annotate(Window)", lambda rows: rows.annotate(w=Window(Rank(), order_by="-rating")), "annotation"),
    _native("filter(comments)", lambda rows: rows.filter(comments__score__lte=3), "filter"),
    _native("filter(Q | Q)", lambda rows: rows.filter(Q(comments__score=1) | Q(rating__gt=4)), "filter"),
    _native("filter(comments).distinct()", lambda rows: rows.filter(comments__score=1).distinct(), "filter"),
    _native("distinct(author)", lambda rows: rows.order_by("author", "pk").distinct("author"), "selection"),
    _native("values(pk, status)", lambda rows: rows.values("pk", "status", "price"), shape="values"),
    _native("values(status)", lambda rows: rows.values("status", "price"), shape="values"),
    _native("values().distinct()", lambda rows: rows.values("status", "price").distinct(), shape="distinct"),
    _native("values().annotate()", lambda rows: rows.values("status").annotate(n=Count("pk")), shape="groups"),
    _native("union()", lambda rows: rows.filter(rating__gte=4).union(rows.filter(price=None)), shape="combined"),
    _native("[5:60]", lambda rows: rows.order_by("-created_at", "pk")[5:60], shape="sliced"),
)
"""Django's own methods as the first of a pair: each of the shapes, and rows that come in an odd way."""


@dataclass(frozen=True)
class Seen:
    """What came out: rows, in order, as primary keys or as hashable values; and the annotations of each."""

    rows: list[Any]
    notes: dict[Any, dict[str, Any]]
    instances: bool

    @property
    def multiset(self) -> Counter[Any]:
        return Counter(self.rows)

    @property
    def unique(self) -> bool:
        return len(set(self.rows)) == len(self.rows)


def see(rows: Any) -> Seen:
    """Evaluate ``rows``."""
    query = rows.query
    if query.default_cols:
        names = tuple(query.annotation_select)
        found = list(rows)
        notes = {row.pk: {name: _frozen(getattr(row, name)) for name in names} for row in found} if names else {}
        return Seen([row.pk for row in found], notes, instances=True)
    return Seen([_frozen(row) for row in rows], {}, instances=False)


class Row(frozenset[Any]):
    """A row of ``values()``, hashable."""

    def keys(self) -> frozenset[str]:
        return frozenset(name for name, _ in self)

    def only(self, names: Any) -> Row:
        return Row(pair for pair in self if pair[0] in names)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return Row((name, _frozen(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    return round(value, 9) if isinstance(value, float) else value


def is_total(query: Any) -> bool:
    """Whether the order of ``query`` leaves no two rows open: it names the pk, or every key of the groups."""
    terms = query.order_by or ()
    names = {term.lstrip("-") if isinstance(term, str) else getattr(term.expression, "name", None) for term in terms}
    if query.default_cols:
        return bool(names & {"pk", query.get_meta().pk.name})
    keys = getattr(query, "patterns", {}).get("groups", query.values_select)
    return bool(names) and names >= set(keys)


def in_order(model: type[Any], pks: list[Any]) -> Any:
    """The rows with these primary keys, in this order, by none of our methods."""
    place = Func(
        Value(pks, ArrayField(BigIntegerField())), F("pk"), function="ARRAY_POSITION", output_field=BigIntegerField()
    )
    return model.objects.filter(pk__in=pks).order_by(place, "pk")
