"""What holds for every entry: its number, its name, its types, how lazy it is, and how few statements it takes."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import get_type_hints

import pytest
from django.db.models import QuerySet

from example_project.catalogue import catalogue, run
from example_project.catalogue.arguments import as_text, convert
from example_project.catalogue.checking import oracles
from querysets import PatternQuerySet
from querysets.kinds import methods

ENTRIES = list(catalogue.values())
NAMES = [line.split() for line in (Path(__file__).parent / "names.txt").read_text().splitlines()]
TIMED = {"recent", "upcoming", "older_than", "this", "covering", "aged", "anniversary_within", "with_age", "with_decay"}
TIMED |= {"ready", "stuck", "with_eta", "with_wait", "health_by"}

# Sections that are being written; their names come into names.txt when they are whole.
UNFINISHED: set[str] = set()

# Methods that no entry needs, each with the reason why it is there all the same.
UNUSED = {
    "array_discard": "the counterpart of array_add",
    "batches": "what stream reads, for work in bulk",
    "capped_count": "answers how many, up to a bound, without rows; no number is for it",
    "children_of": "the descendants of depth 1 alone, without a walk",
    "component_of": "one component of with_component, found from a node in it",
    "compute": "the values of an annotation, by another way",
    "consolidate": "makes one of the near copies that its number finds",
    "copy_in": "takes rows from outside, more than an example has",
    "copy_out": "writes to a file",
    "in_progress": "what claim writes, seen",
    "expired": "what claim and reclaim take",
    "with_wait": "the counterpart of with_eta; health_by has the longest",
    "ending": "the counterpart of starting",
    "estimated_count": "answers about how many, which no oracle can say",
    "frozen": "closes a set that native joins or windows made",
    "index_used": "tells of a plan, not of rows",
    "settled": "what follow, asse and checkpointed read",
    "tail_lag": "says how far a tail is behind, not what is in it",
    "labelled": "says what a statement is for, not what it finds",
    "paged": "a page by its number; pages by a cursor have the entries",
    "per": "the keys alone, for measures one by one; count_by and agg_by say both at once",
    "reachable_from": "within_hops as a condition, without the number of hops",
    "replace_fact": "writes what 550 reads",
    "roots": "said by what has no parent",
    "timeout": "bounds how long a statement takes, not what it finds",
    "tuned": "is about how a statement runs, not what it finds",
    "with_path": "the path alone, of any field; tree has it beside its order",
    "with_root": "the root alone, to group by",
}

# Writes of more than one statement, in one transaction: how many they take for their defaults.
STATEMENTS: dict[int, int] = {203: 3, 251: 6, 255: 2, 258: 2, 479: 2, 480: 3, 484: 10, 490: 3, 537: 2}

# Entries that give the first of an order, and no more.
SLICES = {282}


def label(entry):
    return f"{entry.number}-{entry.name}"


every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=label)


def test_every_section_that_is_finished_is_complete():
    for section, entries in catalogue.sections().items():
        if section.name in UNFINISHED:
            continue
        assert [entry.number for entry in entries] == list(section.numbers), section.title


def test_names_are_those_that_were_promised():
    finished = [entry for entry in ENTRIES if entry.section.name not in UNFINISHED]
    assert [[str(entry.number), entry.name] for entry in finished] == NAMES


def test_titles_differ():
    assert len({entry.title for entry in ENTRIES}) == len(ENTRIES)


def test_every_method_is_used_by_an_entry_or_excused():
    used = {method for entry in ENTRIES for method in entry.methods}
    used |= {method.removeprefix("a") for method in used}  # a method whose twin is used
    known = methods(PatternQuerySet)
    twins = {f"a{name}" for name, method in known.items() if not method.is_chainable} & set(known)

    assert set(known) - used - twins == set(UNUSED)


def test_entries_say_what_they_mean_and_with_which_methods():
    for entry in ENTRIES:
        assert entry.title[0].isupper(), entry
        assert not entry.title.endswith("."), entry
        assert 1 <= len(entry.meaning.splitlines()) <= 5, entry
        assert entry.meaning.endswith("."), entry
        assert entry.methods, entry
        assert entry.number in oracles, entry


def test_entries_are_typed():
    for entry in ENTRIES:
        hints = get_type_hints(entry.function)
        assert set(hints) == {*inspect.signature(entry.function).parameters, "return"}, entry
        ends = {"terminal", "write"} & {kind for name in entry.methods for kind in methods(PatternQuerySet)[name].kinds}
        assert entry.is_lazy or ends or entry.writes or inspect.iscoroutinefunction(entry.function), entry


def test_entries_are_short():
    assert not [entry for entry in ENTRIES if len(entry.code.splitlines()) > 6]


def test_defaults_are_plain_values_that_text_can_say():
    for entry in ENTRIES:
        read = convert(entry, {name: as_text(value) for name, value in entry.defaults.items()})
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in entry.defaults.items()}
        assert plain == read, entry


def test_what_depends_on_the_time_takes_it_as_its_last_argument():
    for entry in ENTRIES:
        given = bool({"at", "on"} & set(entry.defaults))
        assert given or not any(f".{name}(" in entry.code for name in TIMED), entry
        if given:
            last = list(entry.defaults)[-1]
            assert last in {"at", "on"}, entry
            assert entry.defaults[last] is None, entry


def test_no_parameter_is_called_as_an_option_of_run():
    assert not [entry for entry in ENTRIES if "row_limit" in entry.defaults]


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.is_lazy], ids=label)
def test_entry_is_lazy_takes_one_statement_and_can_go_on(entry, django_assert_num_queries, world):
    with django_assert_num_queries(0):
        rows = entry.function()
    with django_assert_num_queries(1):
        found = list(rows)
    with django_assert_num_queries(1):
        assert rows.all().count() == len(found)

    assert isinstance(rows, QuerySet)
    assert rows.query.is_sliced == (entry.number in SLICES)
    if rows.query.default_cols:
        assert {row.pk for row in rows.filter(pk__gt=2)} == {row.pk for row in found if row.pk > 2}


@every_entry
def test_entry_takes_one_statement_on_what_the_clock_says(entry, world):
    done = run(entry)

    assert (done.kind == "queryset") == entry.is_lazy
    assert len(done.statements) == STATEMENTS.get(entry.number, 1)
    assert all(list(row) == done.columns for row in done.rows)
