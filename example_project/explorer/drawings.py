"""Rows of a graph as a picture: trees by their parents, paths by their steps, neighbourhoods by their hops; as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from example_project.catalogue import Run
from example_project.graph.models import Node, Relationship

WIDTH: Final = 960
LINE: Final = 24  # from a row of a tree to the next
INDENT: Final = 26
SIDE: Final = 180  # room for names beside the first column of hops, and the last
STEPS: Final = 6  # of a path on one line
LONGEST: Final = 22  # characters of a name
COLOURS: Final = 6  # of hops, after which the last one stays
NAMES: Final = ("name", "username", "title")
DEPTHS: Final = ("tree_depth", "depth", "distance")

EDGES: Final[Mapping[str, tuple[Any, str, str]]] = {
    "Node": (Node.connections.through, "from_node_id", "to_node_id"),
    "User": (Relationship, "source_id", "target_id"),
}
"""Where the edges between rows are, by what an entry returns."""

Row = dict[str, Any]


class Dot(NamedTuple):
    """A node; ``level`` chooses its colour, ``anchor`` says on which side of the label it is."""

    x: float
    y: float
    level: int
    label: str
    title: str
    anchor: str = "start"


@dataclass(frozen=True)
class Drawing:
    """Dots, and lines between them as the ``d`` of a path."""

    form: str
    caption: str
    height: int
    dots: Sequence[Dot]
    lines: Sequence[str]

    @property
    def width(self) -> int:
        """Of the drawing; the page scales it."""
        return WIDTH


def drawing(run: Run) -> Drawing | None:
    """The picture of the nodes that a run gave, or None where they make none."""
    columns = set(run.columns)
    if run.kind != "queryset" or len(run.rows) < 2 or "id" not in columns:  # noqa: PLR2004 (one node is no graph)
        return None
    depth = next((name for name in DEPTHS if name in columns), None)
    if "step" in columns:
        return _path(run.rows)
    if "hops" in columns:
        return _hops(run)
    if depth and "parent_id" in columns:
        return _tree(run.rows, depth)
    return None


def _tree(rows: Sequence[Row], depth: str) -> Drawing:
    """Each row in preorder, as far in as it is below the first of its way; without a parent among them it is a root."""
    known = {row["id"]: row for row in rows}
    below: dict[Any, list[Row]] = {}
    for row in rows:
        parent = row["parent_id"]
        below.setdefault(parent if parent != row["id"] and parent in known else None, []).append(row)
    placed: dict[Any, tuple[int, int]] = {}  # row and column; rows on a cycle have no root, and begin where they come
    for start in (*below.get(None, ()), *rows):
        rest = [(start, 0)]
        while rest:
            row, column = rest.pop()
            if row["id"] not in placed:
                placed[row["id"]] = len(placed), column
                rest += [(child, column + 1) for child in reversed(below.get(row["id"], ()))]
    dots, lines = [], []
    for key, (place, column) in placed.items():
        row, y = known[key], place * LINE + LINE // 2
        dots.append(
            Dot(10 + column * INDENT, y, min(column, COLOURS), _name(row), f"{_name(row)}: {depth} {row[depth]}")
        )
        if column and (above := placed.get(row["parent_id"])):
            x, top = 10 + above[1] * INDENT, above[0] * LINE + LINE // 2 + 6
            lines.append(f"M{x} {top}V{y}H{10 + column * INDENT - 6}")
    return Drawing("tree", "each below its parent", len(placed) * LINE, dots, lines)


def _path(rows: Sequence[Row]) -> Drawing:
    """From left to right, and on in the line below; with what it costs until there."""
    gap, tall = WIDTH / STEPS, 64
    dots, lines = [], []
    for place, row in enumerate(sorted(rows, key=lambda row: row["step"])):
        x, y = round((place % STEPS + 0.5) * gap, 1), place // STEPS * tall + 20
        cost = f", cost {row['cost']:g}" if row.get("cost") is not None else ""
        dots.append(Dot(x, y, min(place, COLOURS), _name(row), f"{_name(row)}: step {row['step']}{cost}", "middle"))
        if place:
            before = dots[-2]
            down = f"M{before.x + 8} {before.y}H{WIDTH - 4}V{y - tall / 2}H4V{y}H{x - 8}"
            lines.append(f"M{before.x + 8} {y}H{x - 8}" if y == before.y else down)
    return Drawing("path", "from the first step to the last", (len(rows) - 1) // STEPS * tall + 56, dots, lines)


def _hops(run: Run) -> Drawing:
    """A column for each number of hops, and the edges between the rows that are shown."""
    levels: dict[int, list[Row]] = {}
    for row in run.rows:
        levels.setdefault(row["hops"], []).append(row)
    first, last = SIDE, WIDTH - SIDE  # the names of both ends stand outside
    gap = (last - first) / max(len(levels) - 1, 1)
    most = max(map(len, levels.values()))
    at: dict[Any, Dot] = {}
    for column, (hops, rows) in enumerate(sorted(levels.items())):
        for place, row in enumerate(rows):
            y = round((place + 0.5) * most * LINE / len(rows), 1)
            title = f"{_name(row)}: {hops} hop{'s' * (hops != 1)}"
            side = "start" if column else "end"
            at[row["id"]] = Dot(round(first + column * gap, 1), y, min(hops, COLOURS), _name(row), title, side)
    lines = [_curve(at[one], at[other]) for one, other in _edges(run, at)]
    return Drawing("hops", "by the number of hops", most * LINE, list(at.values()), lines)


def _edges(run: Run, keys: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Pairs of the rows that are shown, each once and in one direction."""
    model = next((each for name, each in EDGES.items() if f"[{name}]" in run.entry.returns), None)
    if model is None:
        return []
    rows, source, target = model
    pairs = rows.objects.filter(**{f"{source}__in": list(keys), f"{target}__in": list(keys)}).values_list(
        source, target
    )
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


def _curve(one: Dot, other: Dot) -> str:
    left, right = sorted((one, other))
    if left.x == right.x:  # bows out beside the column, where no names are
        out = left.x + (60 if left.anchor == "end" else -60)
        return f"M{left.x} {left.y}Q{out:g} {(left.y + right.y) / 2:g} {right.x} {right.y}"
    middle = f"{(left.x + right.x) / 2:g}"
    return f"M{left.x} {left.y}C{middle} {left.y} {middle} {right.y} {right.x} {right.y}"


def _name(row: Row) -> str:
    found = str(next((row[name] for name in NAMES if row.get(name)), row["id"]))
    return found if len(found) <= LONGEST else f"{found[: LONGEST - 1]}…"
