"""What a model needs held against what it has: the advice, in full and a line at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.db import models
from django.db.models import Index

from querysets._types import meta
from querysets.errors import MissingExtension

from .catalog import Existing, Statement
from .forms import Form, form_of, squeezed
from .needs import GIVEN, NEEDS, Need

FAST: Final = 5
"""Milliseconds below which a statement is not worth an index of its own."""

State = Literal["served", "wrong", "missing", "optional"]


@dataclass(frozen=True, slots=True)
class Advice:
    """One need of a model on one of its fields.

    Attributes
    ----------
    expected
        Whether any model with the role should have it.
    served_by, missed_by
        The names of the indexes that serve it, and of those that look as if they did.
    calls, ms
        How often statements had it, and their milliseconds in all; None where statements were not looked at.
    """

    need: Need
    model: type[models.Model]
    field: str
    expected: bool
    served_by: tuple[str, ...]
    missed_by: tuple[str, ...]
    calls: int | None = None
    ms: float = 0

    @property
    def state(self) -> State:
        """Whether there is something to do: an index that is neither expected nor used is optional."""
        if self.served_by:
            return "served"
        if not self.expected and (not self.calls or self.ms / self.calls < FAST):
            return "optional"
        return "wrong" if self.missed_by else "missing"

    @property
    def on(self) -> str:
        """The model and the field."""
        return f"{self.model._meta.label}.{self.field}"

    @property
    def line(self) -> str:
        """What to add to ``Meta.indexes``."""
        return self.need.line(self.model, self.field)

    @property
    def index(self) -> Index:
        """The index to add."""
        return self.need.made(self.model, self.field)


def advised(
    model: type[models.Model], have: Mapping[str, Form], sent: Sequence[Statement] | None = None
) -> Iterator[Advice]:
    """What ``model`` needs for its roles and foreign keys, and for what it was ``sent``."""
    about = None
    if sent is not None:
        about = [(squeezed(sql), each) for each in sent if (sql := each.about(model._meta.db_table)) is not None]
    made: dict[str, Form] = {}
    for need in NEEDS:
        if need.role == GIVEN and about is None:
            continue
        for field in need.fields(model, inferred=True):
            if need.role == GIVEN and need.served_by(model, field, made):
                continue  # by what has been advised already
            uses = None if about is None else [each for sql, each in about if _seen(need, model, field, sql)]
            if need.role == GIVEN and (not uses or meta(model).get_field(field).primary_key):
                continue
            served, missed = need.served_by(model, field, have), need.missed_by(model, field, have)
            calls = None if uses is None else sum(each.calls for each in uses)
            ms = sum(each.ms for each in uses or ())
            expected = need.expected and field in need.fields(model)
            advice = Advice(need, model, field, expected, tuple(served), tuple(missed), calls, ms)
            if advice.state in {"missing", "wrong"}:
                made[advice.line] = form_of(model, advice.index)
            yield advice


def _seen(need: Need, model: type[models.Model], field: str, sql: str) -> bool:
    key = form_of(model, need.made(model, field), values=False).keys[0].what
    bare = r"(?<!\( )"  # not as the argument of a function
    return re.search(need.seen.format(key=rf"{bare}\b{re.escape(key)}"), sql) is not None


def verdict(existing: Existing, model: type[models.Model], others: Iterable[Existing], advice: Sequence[Advice]) -> str:
    """What is to be said of an index: what it is for, or that it could go."""
    if not existing.valid:
        return "invalid: it serves nothing and is written all the same; REINDEX or drop it"
    if existing.constraint:
        return _CONSTRAINTS[existing.constraint]
    if (needless := _needless(existing, others)) is not None:
        return needless
    parts = [] if existing.scans else ["never used"]
    if existing.form.unique:
        parts.append("unique")
    methods = [*_served(existing, model)]
    if methods:
        parts.append(f"serves {some(dict.fromkeys(methods))}")
    if wrong := [each.need.methods[0] for each in advice if existing.name in each.missed_by and each.state == "wrong"]:
        parts.append(f"of the wrong kind for {', '.join(wrong)}")
    return "; ".join(parts or ["serves no pattern"])


def _served(existing: Existing, model: type[models.Model]) -> Iterator[str]:
    """The methods that an index serves on some field."""
    have = {existing.name: existing.form._replace(condition="")}
    for need in NEEDS:
        if any(need.served_by(model, field, have) for field in need.fields(model, inferred=True)):
            yield from need.methods


_CONSTRAINTS: Final = {"p": "primary key", "u": "unique constraint", "x": "exclusion constraint"}
_SHOWN: Final = 4


def _needless(existing: Existing, others: Iterable[Existing]) -> str | None:
    """Why an index could go without being missed, whatever it is for."""
    if existing.form.unique:
        return None
    for other in others:
        if other.name == existing.name or not other.valid:
            continue
        if existing.form == other.form._replace(unique=False):
            if existing.name > other.name or other.form.unique:  # of two alike, one
                return f"duplicate of {other.name}"
        elif not (existing.form.condition or other.form.condition) and existing.form.begins(other.form):
            return f"needless: {other.name} begins with it"
    return None


def some(names: Iterable[str]) -> str:
    """The first few names."""
    listed = list(names)
    return ", ".join((*listed[:_SHOWN], *(["..."] if len(listed) > _SHOWN else [])))


def proof(advice: Advice, alias: str, *, build: bool = False) -> str:
    """What the planner makes of a chain that the missing index is for, without it and with it."""
    from querysets.queryset import PatternQuerySet

    chain = advice.need.probe(PatternQuerySet(advice.model).using(alias), advice.field)
    try:
        before, after = chain.index_used(), chain.index_used(advice.index, build=build)
    except MissingExtension as error:
        return str(error)
    costs = f"cost {before.cost:,.0f} -> {after.cost:,.0f}"
    return costs if advice.index.name in after.indexes else f"{costs}: not used, as the table is now"
