"""Arguments as text: from the command line and from forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest

from example_project.catalogue import Entry, catalogue
from example_project.catalogue.arguments import ArgumentError, as_text, choices, convert
from example_project.content.models import Post


def _every_type(
    *,
    whole: int = 1,
    number: float = 1.0,
    flag: bool = True,
    word: str = "x",
    optional: str | None = None,
    money: Decimal = Decimal("1.10"),
    day: date | None = None,
    moment: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    span: timedelta | None = None,
    words: Sequence[str] = ("a", "b"),
    ids: Collection[int] = (1, 2),
    holes: Sequence[int | None] = (),
    mode: Literal["fast", "slow"] = "fast",
    spec: Mapping[str, Any] | None = None,
    post: Post | None = None,
    anything: object = None,
) -> None:
    return None


ENTRY = Entry(1, "Every type", _every_type)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("whole", " 12 ", 12),
        ("number", "0.5", 0.5),
        ("number", "24", 24.0),
        ("flag", "false", False),
        ("flag", "On", True),
        ("word", "", ""),
        ("word", " padded ", " padded "),
        ("word", "none", "none"),
        ("optional", "", None),
        ("optional", "draft", "draft"),
        ("money", "9.90", Decimal("9.90")),
        ("day", "2026-03-31", date(2026, 3, 31)),
        ("day", "", None),
        ("moment", "2026-03-31T12:00+02:00", datetime(2026, 3, 31, 10, tzinfo=UTC)),
        ("moment", "2026-03-31 12:00", datetime(2026, 3, 31, 12, tzinfo=UTC)),
        ("moment", "2026-03-31", datetime(2026, 3, 31, tzinfo=UTC)),
        ("span", "01:30:00", timedelta(minutes=90)),
        ("words", "queue, lock", ["queue", "lock"]),
        ("words", '["a,b", "c"]', ["a,b", "c"]),
        ("words", "", []),
        ("ids", "3,1", [3, 1]),
        ("ids", "[3, 1]", [3, 1]),
        ("ids", '["3"]', [3]),
        ("holes", "1,,2", [1, None, 2]),
        ("holes", "[1, null]", [1, None]),
        ("mode", "slow", "slow"),
        ("spec", '{"status": "draft"}', {"status": "draft"}),
        ("post", "", None),
        ("anything", "true", True),
        ("anything", "draft", "draft"),
    ],
)
def test_text_becomes_what_the_hint_says(name, text, value):
    assert convert(ENTRY, {name: text}) == {name: value}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("whole", "1.5", "'1.5' is no whole number"),
        ("whole", "", "'' is no whole number"),
        ("number", "much", "'much' is no number"),
        ("flag", "maybe", "'maybe' is neither true nor false"),
        ("money", "1,5", "'1,5' is no number"),
        ("day", "31.3.2026", "'31.3.2026' is no date such as 2026-03-31"),
        ("day", "2026-02-30", "'2026-02-30' is no date"),
        ("moment", "noon", "'noon' is no date and time such as 2026-03-31T12:00+00:00"),
        ("span", "long", "'long' is no duration such as 1 12:30:00 (days hours:minutes:seconds)"),
        ("ids", "1,x", "'x' is no whole number"),
        ("ids", "[1", "'[1' is no Collection"),
        ("mode", "medium", "'medium' is none of fast, slow"),
        ("spec", "[]", "'[]' is no JSON object"),
    ],
)
def test_text_that_is_no_value_says_why(name, text, reason):
    with pytest.raises(ArgumentError) as caught:
        convert(ENTRY, {name: text})

    assert str(caught.value) == f"pattern 1: {name}: {reason}"


def test_a_name_that_is_no_parameter_says_which_there_are():
    with pytest.raises(ArgumentError, match=r"recent_posts\(\) has no parameter 'days'; there is hours, at"):
        convert(catalogue[11], {"days": "1"})


def test_open_parameters_take_any_name():
    assert convert(catalogue[3], {"status": "banned", "is_active": "true"}) == {"status": "banned", "is_active": True}


@pytest.mark.django_db
def test_a_row_is_written_as_its_primary_key(world):
    assert convert(ENTRY, {"post": "3"}) == {"post": Post.objects.get(pk=3)}
    for text in ("0", "x"):
        with pytest.raises(ArgumentError, match=f"post: there is no post with the primary key '{text}'"):
            convert(ENTRY, {"post": text})


@pytest.mark.parametrize("value", [["a,b"], [" x"], ["a", ""], ["["], ['"'], ["ü", "x"], []])
def test_a_list_is_written_so_that_it_can_be_read_again(value):
    assert convert(ENTRY, {"words": as_text(value)}) == {"words": value}


def test_every_default_is_written_so_that_it_can_be_read_again():
    read = convert(ENTRY, {name: as_text(value) for name, value in ENTRY.defaults.items()})

    assert read == {**ENTRY.defaults, "words": ["a", "b"], "ids": [1, 2], "holes": [], "anything": ""}


def test_choices_are_those_of_the_type():
    found = {each.name: choices(each) for each in ENTRY.parameters}

    assert found["mode"] == ("fast", "slow")
    assert found["flag"] == ("true", "false")
    assert found["whole"] == found["words"] == ()
