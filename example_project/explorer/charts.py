"""Groups as a picture: columns over time or over numbers, bars by name, a heat map of two keys; drawn as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from example_project.catalogue import Run

WIDTH: Final = 960
HEIGHT: Final = 220  # of columns
BAR: Final = 24  # height of a bar with its gap
NAMES: Final = 240  # room for the names of bars
LONGEST: Final = 34  # characters of a name
MOST_BARS: Final = 30
MOST_CELLS: Final = 62  # a side of a heat map
TICKS: Final = 8


class Box(NamedTuple):
    """A column, a bar or a cell; ``share`` of the greatest value, 0..1."""

    x: float
    y: float
    width: float
    height: float
    share: float
    title: str


class Text(NamedTuple):
    """A label; ``anchor`` says which end of it is at ``x``."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Chart:
    """A picture of what ``measure`` is for each group."""

    form: str
    measure: str
    height: int
    boxes: list[Box]
    texts: list[Text]
    axis: float | None = None  # where zero is

    @property
    def width(self) -> int:
        """Of the drawing; the page scales it."""
        return WIDTH


def chart(run: Run) -> Chart | None:
    """The picture of the groups that a run gave, or None where they make none: of few groups, or of too many keys."""
    measures, keys = [name for name in run.columns if name not in run.keys and _is_measure(run, name)], _telling(run)
    measure = next(
        iter(measures if len(keys) == 1 else reversed(measures)), None
    )  # of a matrix what comes of the others
    rows = [row for row in run.rows if measure is not None and row[measure] is not None]
    if measure is None or len(rows) < 2 or not 1 <= len(keys) <= 2:  # noqa: PLR2004 (two sides of a picture)
        return None
    values = [float(row[measure]) for row in rows]
    if not all(map(math.isfinite, values)) or not any(values):
        return None
    if len(keys) == 2:  # noqa: PLR2004
        return _heat_map(measure, [(row[keys[0]], row[keys[1]]) for row in rows], values)
    labels = [row[keys[0]] for row in rows]
    if len(set(map(str, labels))) < len(labels):
        return None
    return _columns(measure, labels, values) if _is_scale(labels) else _bars(measure, labels, values)


def _telling(run: Run) -> list[str]:
    """The keys without those that another one names: of a category and its name the name."""
    return [key for key in run.keys if not any(other.startswith(f"{key}__") for other in run.keys)]


def _is_measure(run: Run, name: str) -> bool:
    found = [row[name] for row in run.rows if row[name] is not None]
    return bool(found) and all(_is_number(value) for value in found)


def _is_number(value: Any) -> bool:
    """Numbers, and money, which is text by now."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True


def _is_scale(labels: Sequence[Any]) -> bool:
    """Whether the labels have places of their own beside each other: moments, dates, numbers."""
    known = [label for label in labels if label is not None]
    rising = known == sorted(known, key=str)
    return (rising and all(map(_moment, known))) or all(isinstance(each, int) for each in known)


def _moment(label: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(label) if isinstance(label, str) else None
    except ValueError:
        return None


def _columns(measure: str, labels: Sequence[Any], values: Sequence[float]) -> Chart:
    top, bottom = max(0.0, *values), min(0.0, *values)
    step, zero = WIDTH / len(values), HEIGHT * top / (top - bottom)
    boxes = [
        Box(
            round(place * step + min(1, step / 8), 2), round(zero - max(value, 0) / (top - bottom) * HEIGHT, 2),
            round(step - min(2, step / 4), 2), round(abs(value) / (top - bottom) * HEIGHT, 2),
            _share(value, values), f"{_label(labels[place])}: {value:g}",
        )
        for place, value in enumerate(values)
    ]  # fmt: skip
    every = max(1, math.ceil(len(labels) / TICKS))
    texts = [
        Text(round((place + 0.5) * step, 2), HEIGHT + 18, _label(label))
        if place or step > NAMES / 2
        else Text(0, HEIGHT + 18, _label(label), "start")
        for place, label in enumerate(labels)
        if place % every == 0
    ]
    return Chart("columns", measure, HEIGHT + 26, boxes, texts, round(zero, 2))


def _bars(measure: str, labels: Sequence[Any], values: Sequence[float]) -> Chart:
    shown = list(zip(labels, values, strict=True))[:MOST_BARS]
    top = max(abs(value) for _, value in shown) or 1
    room = WIDTH - NAMES - 90  # and for the number behind the bar
    boxes, texts = [], []
    for place, (label, value) in enumerate(shown):
        y, width = place * BAR, round(abs(value) / top * room, 2)
        boxes.append(Box(NAMES, y + 3, width, BAR - 6, _share(value, values), f"{_label(label)}: {value:g}"))
        texts.append(Text(NAMES - 8, y + BAR - 8, _label(label), "end"))
        texts.append(Text(NAMES + width + 6, y + BAR - 8, f"{value:,.6g}", "start"))
    return Chart("bars", measure, len(shown) * BAR, boxes, texts)


def _heat_map(measure: str, places: Sequence[tuple[Any, Any]], values: Sequence[float]) -> Chart | None:
    down, across = (sorted({_order(place[side]) for place in places}) for side in (0, 1))
    if max(len(down), len(across)) > MOST_CELLS or len(set(places)) < len(places):
        return None
    left = NAMES / 2
    width, height = (WIDTH - left) / len(across), 20
    boxes = []
    for (row, column), value in zip(places, values, strict=True):
        x, y = left + across.index(_order(column)) * width, down.index(_order(row)) * height
        title = f"{_label(row)}, {_label(column)}: {value:g}"
        boxes.append(Box(round(x, 2), y, round(width - 1, 2), height - 1, _share(value, values), title))
    texts = [Text(left - 8, place * height + 14, _label(each[2]), "end") for place, each in enumerate(down)]
    every = max(1, math.ceil(len(across) / (TICKS * 3)))
    bottom = len(down) * height
    texts += [
        Text(round(left + (place + 0.5) * width, 2), bottom + 14, _label(each[2]))
        for place, each in enumerate(across)
        if place % every == 0
    ]
    return Chart("heat", measure, bottom + 22, boxes, texts)


def _order(key: Any) -> tuple[int, Any, Any]:
    """Numbers in their order, then texts, then NULL; the key itself comes last."""
    if key is None:
        return 2, "", None
    return (0, key, key) if isinstance(key, int) else (1, str(key), key)


def _share(value: float, values: Sequence[float]) -> float:
    return round(abs(value) / max(map(abs, values)), 3)


def _label(key: Any) -> str:
    """A key as people read it: days without midnight, texts cut."""
    if key is None:
        return "NULL"
    if (moment := _moment(key)) is not None:
        return f"{moment:%Y-%m-%d}" if not (moment.hour or moment.minute) else f"{moment:%m-%d %H:%M}"
    text = str(key)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
