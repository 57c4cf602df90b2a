"""One step of a chain, held against the laws of its kinds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from example_project.content.models import Post
from querysets.errors import AliasClash, WrongShape
from querysets.kinds import admits

from .steps import Row, Seen, Step, in_order, is_total, see

BY_NAME = {
    "groups": (
        "is neither a key nor a measure",
        "cannot add a key to groups that have measures",
        "but no further measures",
        "makes groups of its own",
    ),
    "series": ("is neither a key nor a measure", "but no further measures"),
    "distinct": ("are ordered by their own columns",),
    "combined": ("are ordered by their own columns",),
}
"""How a refusal says that the kind of the method applies to the shape, but a name among the arguments does not."""


class Broken(AssertionError):
    """A law does not hold."""


def holds(law: str, fact: object, *shown: Any) -> None:
    """Nothing, if the fact is one."""
    if not fact:
        raise Broken(f"{law}{': ' if shown else ''}{', '.join(repr(each)[:300] for each in shown)}")


def same(law: str, got: Any, expected: Any) -> None:
    """Nothing, if both are; else what one has and the other has not."""
    if isinstance(got, Counter):
        holds(law, got == expected, got - expected, expected - got)
    holds(law, got == expected, got, expected)


def base(step: Step) -> Any:
    """All rows of the model that the step is for."""
    return (step.sample.model if step.sample else Post).objects.all()


def applied(one: Any, shape: str, step: Step) -> Any:
    """The queryset after ``step``, or None where the table of shapes or of names says that it refuses."""
    verdict = admits(shape, step.declared)
    try:
        two = step(one)
    except WrongShape as error:
        prepared = step.sample is not None and step.sample.prepared is not None
        by_name = any(reason in str(error) for reason in BY_NAME.get(shape, ()))
        holds("refused, though its kinds apply to this shape", verdict == "no" or by_name or prepared, error)
        return None
    except AliasClash as error:
        holds("clashes without a common alias", made(step) & set(one.query.annotations), error)
        return None
    except ValueError as error:
        holds(f"{type(error).__name__}", shape == "groups" and "the cursor lacks" in str(error), error)
        return None
    holds(f"not refused on {shape}", verdict != "no")
    return two


def compiled(rows: Any) -> Any:
    """The SQL of ``rows``, without a connection; None where Django knows that there are none."""
    try:
        return rows.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None


@cache
def made(step: Step) -> frozenset[str]:
    """The annotations that the step makes on rows."""
    return frozenset(step(base(step)).query.annotations)


class Alone:
    """What each step makes of all rows; asked for often, so remembered for one test."""

    def __init__(self) -> None:
        self._seen: dict[Step, Seen] = {}

    def __call__(self, step: Step) -> Seen:
        if step not in self._seen:
            self._seen[step] = see(step(base(step)))
        return self._seen[step]


def check(one: Any, seen: Seen, step: Step, two: Any, alone: Alone) -> Seen:
    """Evaluate ``two``, which is ``step(one)``, and hold it against what was seen of ``one``."""
    got = see(two)
    same("count() is not the length", two.all().count(), len(got.rows))
    trial = Trial(one, seen, step, two, got)
    if not seen.instances:
        trial.of_values()
    elif "grouping" in step.kinds:
        same("groups are not those of the same rows by another way", got.rows, trial.again().rows)
    else:
        trial.of_rows(alone)
    return got


@dataclass
class Trial:
    """What a step started from and what it gave."""

    one: Any
    seen: Seen
    step: Step
    two: Any
    got: Seen

    def again(self) -> Seen:
        """The step on the same rows in the same order, by a chain that has done nothing else."""
        model, pks = base(self.step).model, list(dict.fromkeys(self.seen.rows))
        rows = in_order(model, pks) if is_total(self.one.query) else model.objects.filter(pk__in=pks)
        return see(self.step(rows))

    def of_rows(self, alone: Alone) -> None:
        """Rows of the model stay such rows, each kind keeping what it promises to keep."""
        kinds, seen, got = self.step.kinds, self.seen, self.got
        holds("rows are no longer instances", got.instances)
        if kinds & {"filter", "selection"}:
            holds("more rows than before", got.multiset <= seen.multiset, got.multiset - seen.multiset)
        else:
            same("other rows than before", got.multiset, seen.multiset)
        self._order()
        self._earlier_annotations()
        if "selection" in kinds:
            holds("a row is chosen twice", got.unique or not seen.unique, got.multiset.most_common(1))
            self._chosen()
        elif not self.step.relative and (self.step.sample is not None or kinds & {"filter", "ordering"}):
            self._as_alone(alone(self.step))
        if not self.step.relative:
            self._new_annotations(alone)

    def _order(self) -> None:
        if "ordering" in self.step.kinds:
            query = self.two.query
            holds("the order is not total", is_total(query) or query.distinct, query.order_by)
        elif is_total(self.one.query):
            members = set(self.got.rows)
            kept = [row for row in self.seen.rows if row in members]
            same("the order has changed", self.got.rows, list(dict.fromkeys(kept)) if self.got.unique else kept)

    def _earlier_annotations(self) -> None:
        """They stay; those over a window only where their rows do."""
        rerun = set()
        if "filter" in self.step.kinds:
            rerun = {name for name, of in self.one.query.annotations.items() if of.contains_over_clause}
        for row, notes in self.got.notes.items():
            for name, value in self.seen.notes.get(row, {}).items():
                if name not in rerun:
                    same(f"annotation {name} of row {row} has changed", notes[name], value)

    def _as_alone(self, alone: Seen) -> None:
        """What hangs on the row only is the same whatever the chain was."""
        there = set(alone.rows)
        kept = Counter({row: times for row, times in self.seen.multiset.items() if row in there})
        same("rows are not those that it keeps of all rows", self.got.multiset, kept)
        if "ordering" in self.step.kinds and self.got.unique:
            members = set(self.got.rows)
            order = [row for row in alone.rows if row in members]
            same("the order is not the one that it gives to all rows", self.got.rows, order)

    def _new_annotations(self, alone: Alone) -> None:
        """They hang on the row, or on the rows of the chain if they are over a window."""
        then = {name for notes in self.got.notes.values() for name in notes}
        new = then - {name for notes in self.seen.notes.values() for name in notes}
        if not new or self.step.sample is None:
            return
        annotations = self.step(base(self.step)).query.annotations.values()
        if "selection" not in self.step.kinds and not any(of.contains_over_clause for of in annotations):
            other = alone(self.step)
        elif self.seen.unique:
            other = self.again()
        else:
            return
        for row, notes in self.got.notes.items():
            for name in new & set(other.notes.get(row, ())):
                same(f"annotation {name} of row {row} is another by another way", notes[name], other.notes[row][name])

    def _chosen(self) -> None:
        """A choice hangs on the rows of the chain and on their order, as far as they have one."""
        if (
            self.step.sample is not None
            and self.seen.unique
            and (is_total(self.one.query) or not self.one.query.order_by)
        ):
            same("it chooses otherwise among the same rows by another way", set(self.got.rows), set(self.again().rows))

    def of_values(self) -> None:
        """Rows that are dicts, tuples or values: what was there is there still."""
        kinds, first = self.step.kinds, self.seen.rows[0] if self.seen.rows else None
        if "grouping" in kinds:
            return
        rows = self.got.rows
        if isinstance(first, Row):
            rows = [row.only(first.keys()) for row in rows]
        elif isinstance(first, tuple):
            rows = [row[: len(first)] for row in rows]
        if kinds & {"filter", "selection"}:
            holds("more rows than before", Counter(rows) <= self.seen.multiset, Counter(rows) - self.seen.multiset)
        else:
            same("other rows than before", Counter(rows), self.seen.multiset)
