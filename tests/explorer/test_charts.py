"""Pictures of groups."""

from __future__ import annotations

import pytest

from example_project.catalogue import Run, catalogue
from example_project.explorer.charts import MOST_BARS, WIDTH, chart


def run_of(rows, keys):
    return Run(
        catalogue[1],
        {},
        "queryset",
        list(rows[0]) if rows else [],
        rows,
        more=False,
        statements=[],
        milliseconds=0.0,
        keys=tuple(keys),
    )


def counts(*labels):
    return [{"key": label, "count": place + 1} for place, label in enumerate(labels)]


def test_names_make_bars_as_long_as_their_values():
    drawn = chart(run_of(counts("a", "b", None), ["key"]))

    assert (drawn.form, drawn.measure) == ("bars", "count")
    first, second, third = drawn.boxes
    assert second.width == pytest.approx(2 * first.width, abs=0.02)
    assert third.x + third.width <= WIDTH
    assert [text.text for text in drawn.texts] == ["a", "1", "b", "2", "NULL", "3"]
    assert third.title == "NULL: 3"


@pytest.mark.parametrize(
    "labels",
    [("2026-01-01", "2026-02-01", "2026-03-01"), (0, 1, 2), ("2026-01-01T10:00:00+00:00", "2026-01-01T11:00:00+00:00")],
)
def test_moments_and_numbers_make_columns_from_left_to_right(labels):
    drawn = chart(run_of(counts(*labels), ["key"]))

    assert drawn.form == "columns"
    assert [box.x for box in drawn.boxes] == sorted(box.x for box in drawn.boxes)
    assert {round(box.y + box.height, 1) for box in drawn.boxes} == {drawn.axis}
    assert drawn.boxes[-1].height == pytest.approx(len(labels) * drawn.boxes[0].height, abs=0.05)


def test_what_is_below_zero_hangs_below_the_axis():
    drawn = chart(run_of([{"key": 0, "change": 2}, {"key": 1, "change": -1}, {"key": 2, "change": None}], ["key"]))

    above, below = drawn.boxes
    assert above.y + above.height == pytest.approx(drawn.axis)
    assert below.y == pytest.approx(drawn.axis)
    assert above.height == pytest.approx(2 * below.height, abs=0.02)


def test_two_keys_make_a_heat_map():
    rows = [{"day": day, "hour": hour, "count": day * hour} for day in (1, 2) for hour in (9, 10, 11)]
    drawn = chart(run_of(rows, ["day", "hour"]))

    assert drawn.form == "heat"
    assert len({(box.x, box.y) for box in drawn.boxes}) == 6
    assert max(drawn.boxes, key=lambda box: box.share).title == "2, 11: 22"
    assert [text.text for text in drawn.texts] == ["1", "2", "9", "10", "11"]


def test_a_key_that_another_names_is_told_by_its_name():
    rows = [{"category": n, "category__name": name, "count": n} for n, name in ((1, "x"), (2, "y"))]

    assert [text.text for text in chart(run_of(rows, ["category", "category__name"])).texts] == ["x", "1", "y", "2"]


def test_money_is_a_measure_and_text_is_none():
    rows = [{"key": "a", "best": "Title", "sum": "3.50"}, {"key": "b", "best": "Other", "sum": "7.00"}]

    assert chart(run_of(rows, ["key"])).measure == "sum"


def test_long_lists_are_cut():
    assert len(chart(run_of(counts(*map("x{}".format, range(99))), ["key"])).boxes) == MOST_BARS


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        ([], ["key"]),
        (counts("a"), ["key"]),
        (counts("a", "a"), ["key"]),
        ([{"key": "a", "count": 0}, {"key": "b", "count": 0}], ["key"]),
        ([{"key": "a", "title": "x"}, {"key": "b", "title": "y"}], ["key"]),
        ([{"a": n, "b": n, "c": n, "count": 1} for n in range(3)], ["a", "b", "c"]),
        ([{"a": n, "b": 0, "count": 1} for n in range(99)], ["a", "b"]),
        ([{"id": 1, "rating": 2.5}, {"id": 2, "rating": 3.5}], []),
    ],
)
def test_what_makes_no_picture_has_none(rows, keys):
    assert chart(run_of(rows, keys)) is None
