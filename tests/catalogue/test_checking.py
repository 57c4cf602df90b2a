"""The comparison of an entry with its oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F, Value

from example_project.catalogue import Entry
from example_project.catalogue.checking import (
    Case,
    Oracle,
    Written,
    case,
    check,
    empty,
    everything,
    noted,
    oracles,
    refused,
    rows_differ,
)
from example_project.catalogue.registry import UnknownPattern
from example_project.content.models import Comment, Post, User

NUMBER = -1


def nothing(world):
    return []


def always(value):
    """An oracle that looks at nothing."""
    return lambda *_, **__: value


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

    assert verdict(none, nothing) == ["gave nothing, declared as some rows"]
    assert verdict(every, lambda world: world.posts) == ["gave the whole table, declared as some rows"]
    assert verdict(none, nothing, empty()) == []
    assert verdict(every, lambda world: world.posts, everything()) == []
    assert verdict(every, lambda world: world.posts, empty()) == ["gave the whole table, declared as nothing"]


def test_an_order_must_be_declared_and_kept(verdict):
    def ordered():
        return Post.objects.filter(pk__lte=3).order_by("-pk")

    def told(world):
        return [world.post(number) for number in (3, 2, 1)]

    assert verdict(ordered, told, ordered=True) == []
    assert verdict(ordered, told) == ["is in an order that its oracle does not know"]
    assert verdict(lambda: Post.objects.filter(pk__lte=3), told, ordered=True) == ["is in no order"]
    assert verdict(lambda: ordered().reverse(), told, ordered=True) == ["at place 1 stands Post 1 instead of Post 3"]


def test_what_an_entry_says_of_its_rows_is_compared(verdict):
    def rows():
        return Post.objects.filter(pk__lte=2).annotate(double=F("pk") * 2)

    assert verdict(rows, lambda world: [noted(post, double=post.id * 2) for post in world.posts[:2]]) == []
    (reason,) = verdict(rows, lambda world: [noted(post, double=-1) for post in world.posts[:2]])
    assert reason.startswith("2 missing: Post 1 double=-1, Post 2 double=-1; 2 too many: Post 1 double=")
    assert verdict(rows, lambda world: world.posts[:2])


def test_the_whole_table_proves_something_where_its_rows_are_told_apart(verdict):
    def rows():
        return Post.objects.annotate(double=F("pk") * 2)

    def same():
        return Post.objects.annotate(double=Value(1))

    assert verdict(rows, lambda world: [noted(post, double=post.id * 2) for post in world.posts]) == []
    assert verdict(same, lambda world: [noted(post, double=1) for post in world.posts]) == [
        "gave the whole table, declared as some rows"
    ]


def test_values_are_compared_to_nine_digits_and_moments_in_utc(verdict):
    night = datetime(2025, 11, 2, 1, 30, tzinfo=ZoneInfo("America/New_York"))

    assert verdict(lambda: 0.1 + 0.2, always(0.3)) == []
    assert verdict(lambda: 0.3001, always(0.3)) == ["1 missing: 0.3; 1 too many: 0.3001"]
    assert verdict(lambda: night, always(night.astimezone(UTC))) == []
    assert verdict(lambda: night, always(night.replace(fold=1))) != []
    assert verdict(lambda: {"a": 1}, always({"a": 1})) == []
    assert verdict(lambda: {"a": 1}, always({"a": 2})) == ["1 missing: (('a', 2),); 1 too many: (('a', 1),)"]


def test_a_value_that_is_nothing_must_be_declared(verdict):
    assert verdict(lambda: None, always(None)) == ["gave nothing, declared as some rows"]
    assert verdict(lambda: None, always(None), empty()) == []
    assert verdict(lambda: 0, always(0), empty()) == []


def test_a_write_is_compared_by_what_it_leaves_and_leaves_nothing(verdict, world):
    def write():
        return Post.objects.filter(pk=1).update(views=77)

    def vote():
        return User.objects.filter(pk=1).update(credits=F("credits") + 1)

    assert verdict(write, lambda world: Written(1, [replace(world.post(1), views=77)])) == []
    assert verdict(vote, lambda world: Written(1, [replace(world.user(1), credits=world.user(1).credits + 1)])) == []
    assert Post.objects.get(pk=1).views == world.post(1).views
    (reason,) = verdict(write, lambda world: Written(1, [replace(world.post(1), views=78)]))
    assert reason.startswith("1 missing: ('Post:', 1,")
    assert verdict(write, lambda world: Written(2, [replace(world.post(1), views=77)])) == [
        "1 missing: 2; 1 too many: 1"
    ]


def test_a_row_that_is_written_as_it_was_is_one_too_many(verdict):
    def write():
        return Post.objects.filter(pk__lte=2).update(version=F("version"))

    (reason,) = verdict(write, always(Written(2)))
    assert reason.startswith("2 too many: ('Post:', ")


def test_new_rows_have_any_id_and_those_gone_are_told(verdict):
    def write(pk: int = 1):
        Comment.objects.filter(pk=pk).delete()
        User.objects.create(username="new", email="new@example.org", joined_at=datetime(2026, 1, 1, tzinfo=UTC))
        return 1

    def told(world, pk):
        new = replace(
            world.user(1), id=0, username="new", email="new@example.org", joined_at=datetime(2026, 1, 1, tzinfo=UTC),
            bio=None, dob=None, last_seen_at=None, credits=0, memory_embedding=None, is_active=True, status="active",
        )  # fmt: skip
        return Written(1, [new], gone=[world.comments[pk - 1]])

    assert verdict(write, told) == []
    assert verdict(write, lambda world, pk: Written(1, told(world, pk).rows)) == ["1 too many: Comment 1"]


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
