"""The comparison of an entry with its oracle."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from example_project.catalogue import Entry
from example_project.catalogue.checking import (
    Case,
    Oracle,
    case,
    check,
    empty,
    everything,
    oracles,
    refused,
    rows_differ,
)
from example_project.catalogue.registry import UnknownPattern
from example_project.content.models import Post

NUMBER = -1


def nothing(world):
    return []


@pytest.fixture
def verdict(world, monkeypatch):
    """The failures of a function against an oracle."""

    def judge(function, told, *cases, ordered=False):
        monkeypatch.setitem(oracles.known, NUMBER, Oracle(NUMBER, told, cases or (case(),), ordered))
        return [failure.reason for failure in check(Entry(NUMBER, "One", function), world)]

    return judge


def test_equal_rows_in_any_order_are_right():
    assert rows_differ([1, 2, 3], [3, 1, 2], ordered=False) == ""


def test_missing_rows_and_rows_too_many_are_named():
    assert rows_differ([1, 2], [2, 3], ordered=False) == "1 missing: 1; 1 too many: 3"


def test_a_row_that_comes_twice_is_one_too_many():
    assert rows_differ([1, 2], [1, 2, 2], ordered=False) == "1 too many: 2"


def test_order_counts_where_it_is_promised():
    assert rows_differ([1, 2, 3], [1, 3, 2], ordered=True) == "at place 2 stands 3 instead of 2"


def test_long_differences_are_cut():
    assert rows_differ(range(9), [], ordered=False) == "9 missing: 0, 1, 2, 3, 4, ..."


def test_agreement_is_silence(verdict):
    assert verdict(lambda: Post.objects.filter(pk=1), lambda world: [world.post(1)]) == []


def test_a_row_of_another_table_is_another_row(verdict):
    assert verdict(lambda: Post.objects.filter(pk=1), lambda world: [world.user(1)]) == [
        "1 missing: User 1; 1 too many: Post 1"
    ]


def test_a_result_that_is_empty_or_everything_must_be_declared(verdict):
    def none():
        return Post.objects.none()

    def every():
        return Post.objects.all()

    assert verdict(none, nothing) == ["gave no row, declared as some rows"]
    assert verdict(every, lambda world: world.posts) == ["gave the whole table, declared as some rows"]
    assert verdict(none, nothing, empty()) == []
    assert verdict(every, lambda world: world.posts, everything()) == []
    assert verdict(every, lambda world: world.posts, empty()) == ["gave the whole table, declared as no row"]


def test_an_order_must_be_declared_and_kept(verdict):
    def ordered():
        return Post.objects.filter(pk__lte=3).order_by("-pk")

    def told(world):
        return [world.post(number) for number in (3, 2, 1)]

    assert verdict(ordered, told, ordered=True) == []
    assert verdict(ordered, told) == ["is in an order that its oracle does not know"]
    assert verdict(lambda: Post.objects.filter(pk__lte=3), told, ordered=True) == ["is in no order"]
    assert verdict(lambda: ordered().reverse(), told, ordered=True) == ["at place 1 stands Post 1 instead of Post 3"]


def test_errors_are_told_and_may_be_meant(verdict):
    def failing():
        raise ValueError("no")

    def broken():
        return Post.objects.extra(where=["nonsense"])

    assert verdict(failing, nothing) == ["raised ValueError: no"]
    assert verdict(failing, nothing, refused(ValueError)) == []
    assert verdict(failing, nothing, refused(KeyError)) == ["raised ValueError: no"]
    assert verdict(Post.objects.none, nothing, refused(ValueError)) == ["gave 0 rows instead of ValueError"]
    (reason,) = verdict(broken, nothing, refused(Exception))
    assert reason.startswith("raised ProgrammingError")  # an error of the database is never meant


def test_a_check_goes_on_after_an_error_of_the_database(verdict):
    def some(condition: str = "nonsense"):
        return Post.objects.extra(where=[condition])  # noqa: S610 (the only error that the database alone sees)

    def told(world, condition):
        return [world.post(1)]

    (reason,) = verdict(some, told, case(), case(condition="id = 1"))
    assert "nonsense" in reason


def test_cases_are_made_for_the_world(world):
    assert case(size=lambda world: world.size).at(world) == Case({"size": world.size})


def test_a_pattern_without_an_oracle_is_told(world):
    with pytest.raises(UnknownPattern, match="pattern -2 has no oracle"):
        check(Entry(-2, "None", lambda: None), world)


def test_the_worlds_now_is_passed_where_time_is_asked_for(verdict, world):
    passed = []

    def timed(at: datetime | None = None, on: date | None = None):
        passed.append((at, on))
        return Post.objects.filter(pk=1)

    def told(world, at, on):
        return [world.post(1)]

    assert verdict(timed, told) == []
    assert passed == [(world.now, world.now.date())]
