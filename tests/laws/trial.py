"""One step of a chain, held against the laws of its kinds."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from example_project.content.models import Post
from querysets.errors import AliasClash, WrongShape
from querysets.kinds import admits

from .steps import Row, Seen, Step, in_order, is_total, see


BY_NAME = {
    "groups": ("is neither a key nor a measure", "cannot add a key to groups that have measures"),
    "distinct": ("are ordered by their own columns",),
    "combined": ("are ordered by their own columns",),
}
"""How a refusal says that the kind of the method applies to the shape, but a name among the arguments does not."""


class Broken(AssertionError):
    """A law does not hold."""


def holds(law: str, fact: object, *shown: Any) -> None:
    if not fact:
        raise Broken(f"{law}{': ' if shown else ''}{', '.join(repr(each)[:300] for each in shown)}")


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
    count = two.all().count()
    holds("count() is not the length", count == len(got.rows), count, len(got.rows))
    if not seen.instances:
        _on_values(seen, step, got)
    elif "grouping" in step.kinds:
        again = see(step(_again(one, seen, step)))
        holds("groups are not those of the same rows alone", got.rows == again.rows, got.rows, again.rows)
    else:
        holds("rows are no longer instances", got.instances)
        _on_rows(one, seen, step, two, got, alone)
    return got


def _again(one: Any, seen: Seen, step: Step) -> Any:
    """The same rows in the same order, by a chain of nothing else."""
    model, pks = base(step).model, list(dict.fromkeys(seen.rows))
    return in_order(model, pks) if is_total(one.query) else model.objects.filter(pk__in=pks)


def _on_rows(one: Any, seen: Seen, step: Step, two: Any, got: Seen, alone: Alone) -> None:
    kinds, members = step.kinds, set(got.rows)
    narrowed = kinds & {"filter", "selection"}
    if narrowed:
        holds("more rows than before", not got.multiset - seen.multiset, got.multiset - seen.multiset)
    else:
        holds(
            "other rows than before",
            got.multiset == seen.multiset,
            got.multiset - seen.multiset,
            seen.multiset - got.multiset,
        )
    if "ordering" in kinds:
        holds("the order is not total", is_total(two.query) or two.query.distinct, two.query.order_by)
    elif is_total(one.query):
        kept = [row for row in seen.rows if row in members]
        holds(
            "the order has changed",
            got.rows == (list(dict.fromkeys(kept)) if "selection" in kinds else kept),
            got.rows,
            kept,
        )
    _old_notes(one, seen, step, got)
    if "selection" in kinds:
        holds("a row is chosen twice", got.unique or not seen.unique, got.multiset.most_common(1))
    if step.relative or step.sample is None and not kinds & {"filter", "ordering"}:
        return
    if "selection" not in kinds:
        _as_alone(seen, step, got, alone(step))
    if made_new := set().union(*map(set, got.notes.values())) - set().union(*map(set, seen.notes.values())):
        _new_notes(one, seen, step, got, made_new, alone)
    if "selection" in kinds and seen.unique and (is_total(one.query) or not one.query.order_by):
        again = see(step(_again(one, seen, step)))
        holds(
            "it chooses otherwise among the same rows alone",
            set(got.rows) == set(again.rows),
            members ^ set(again.rows),
        )


def _as_alone(seen: Seen, step: Step, got: Seen, alone: Seen) -> None:
    """What hangs on the row only is the same whatever the chain was."""
    there = set(alone.rows)
    expected = Counter({row: times for row, times in seen.multiset.items() if row in there})
    holds(
        "rows are not those that it keeps of all rows",
        got.multiset == expected,
        got.multiset - expected,
        expected - got.multiset,
    )
    if "ordering" in step.kinds and got.unique:
        expected_order = [row for row in alone.rows if row in set(got.rows)]
        holds(
            "the order is not the one that it gives to all rows", got.rows == expected_order, got.rows, expected_order
        )


def _old_notes(one: Any, seen: Seen, step: Step, got: Seen) -> None:
    """Annotations stay; those over a window only where their rows do."""
    rerun = (
        {name for name, of in one.query.annotations.items() if of.contains_over_clause}
        if "filter" in step.kinds
        else ()
    )
    for row, notes in got.notes.items():
        for name, value in seen.notes.get(row, {}).items():
            holds(f"annotation {name} has changed", name in rerun or notes[name] == value, row, value, notes[name])


def _new_notes(one: Any, seen: Seen, step: Step, got: Seen, names: set[str], alone: Alone) -> None:
    """An annotation hangs on the row, or on the rows of the chain if it is a window."""
    over = "selection" in step.kinds or any(
        each.contains_over_clause for each in step(base(step)).query.annotations.values()
    )
    if over and not seen.unique:
        return
    other = see(step(_again(one, seen, step))) if over else alone(step)
    for row, notes in got.notes.items():
        for name in names & set(other.notes.get(row, ())):
            expected = other.notes[row][name]
            holds(
                f"annotation {name} is not the one of the same rows alone",
                notes[name] == expected,
                row,
                notes[name],
                expected,
            )


def _on_values(seen: Seen, step: Step, got: Seen) -> None:
    """Rows that are dicts, tuples or values: what was there is there still."""
    kinds = step.kinds
    if "grouping" in kinds:
        return
    first = seen.rows[0] if seen.rows else None
    rows = got.rows
    if isinstance(first, Row):
        rows = [row.only(first.keys()) for row in rows]
    elif isinstance(first, tuple):
        rows = [row[: len(first)] for row in rows]
    then, before = Counter(rows), seen.multiset
    if kinds & {"filter", "selection"}:
        holds("more rows than before", not then - before, then - before)
    else:
        holds("other rows than before", then == before, then - before, before - then)
