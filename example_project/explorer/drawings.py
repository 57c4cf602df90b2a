"""Rows of a graph as a picture: trees, paths, neighbourhoods by their hops, maps of components; as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi, sin
from typing import Any, Final, NamedTuple

from example_project.catalogue import Run
from example_project.content.models import User
from example_project.graph.models import Node, Relationship

WIDTH: Final = 960
LINE: Final = 24  # from a row of a tree to the next
INDENT: Final = 26
NAMED: Final = 40  # rows of a neighbourhood that have room for their names
SIDE: Final = 180  # room for names beside the first column of hops, and the last
RING: Final = 34  # from the dots of one number of hops to those of the next
ARC: Final = 13  # from a dot to the next
REACH: Final = 400  # of all rings
STEPS: Final = 6  # of a path on one line
LONGEST: Final = 22  # characters of a name
COLOURS: Final = 6  # of hops, after which the last one stays
NAMES: Final = ("name", "username", "title")
DEPTHS: Final = ("tree_depth", "depth", "distance")
DRAWN: Final[Mapping[str, int]] = {"step": 150, "hops": 600, "component": 600, **dict.fromkeys(DEPTHS, 150)}
"""How many rows are drawn, of which a page lists fewer, by the column that tells what they are."""

EDGES: Final[Mapping[str, tuple[Any, Any, str, str]]] = {
    "Node": (Node, Node.connections.through, "from_node_id", "to_node_id"),
    "User": (User, Relationship, "source_id", "target_id"),
}
"""The model of the rows, and where the edges between them are, by what an entry returns."""

Row = dict[str, Any]
Pairs = list[tuple[Any, Any]]


class Dot(NamedTuple):
    """A node; ``level`` chooses its colour, ``anchor`` says on which side of the label it is, if it has one."""

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
    radius: int = 6

    @property
    def width(self) -> int:
        """Of the drawing; the page scales it."""
        return WIDTH


def form_of(run: Run) -> str | None:
    """What is drawn of the rows that a run gave, by the column that tells; None for nothing."""
    columns = set(run.columns)
    if run.kind != "queryset" or not run.rows or "id" not in columns:
        return None
    found = next((name for name in DRAWN if name in columns), None)
    if len(run.rows) == 1 and found != "distance":  # one node is no graph
        return None
    return None if found in DEPTHS and "parent_id" not in columns else found


def drawing(run: Run) -> Drawing | None:
    """The picture of the nodes that a run gave, or None where they make none."""
    match form_of(run):
        case "step":
            return _path(sorted(run.rows, key=lambda row: row["step"]), "step", "from the first step to the last")
        case "distance":
            trail = (*run.rows, *_start(run, "distance"))
            rows = sorted(trail, key=lambda row: -row["distance"])
            return _path(rows, "distance", "from the farthest to the node itself")
        case "hops":
            return _hops(run)
        case "component":
            return _map(run)
        case None:
            return None
        case depth:
            return _tree(run.rows, depth)


def _tree(rows: Sequence[Row], depth: str) -> Drawing:
    """Each row in preorder, as far in as it is below the first of its way; without a parent among them it is a root.

    Trees stand in columns, as many as have room beside each other, each tree in one of them.
    """
    known = {row["id"]: row for row in rows}
    below: dict[Any, list[Row]] = {}
    for row in rows:
        parent = row["parent_id"]
        below.setdefault(parent if parent != row["id"] and parent in known else None, []).append(row)
    trees: list[list[tuple[Any, int]]] = []  # of keys, and how far in they are
    seen: set[Any] = set()
    for start in (*below.get(None, ()), *rows):  # rows on a cycle have no root, and begin where they come
        tree, rest = [], [(start, 0)]
        while rest:
            row, inward = rest.pop()
            if row["id"] not in seen:
                seen.add(row["id"])
                tree.append((row["id"], inward))
                rest += [(child, inward + 1) for child in reversed(below.get(row["id"], ()))]
        trees += [tree] if tree else []
    deepest = max(inward for tree in trees for _, inward in tree)
    many = max(1, min(4, len(trees), WIDTH // (deepest * INDENT + 230)))
    tall = max(-(-len(rows) // many), *(len(tree) for tree in trees))
    placed: dict[Any, tuple[int, int]] = {}
    column = place = highest = 0
    for tree in trees:
        if place and place + len(tree) > tall and column + 1 < many:
            column, place = column + 1, 0
        for key, inward in tree:
            placed[key] = 10 + column * (WIDTH // many) + inward * INDENT, place * LINE + LINE // 2
            place += 1
        highest = max(highest, place)
    levels = {key: inward for tree in trees for key, inward in tree}
    dots, lines = [], []
    for key, (x, y) in placed.items():
        row = known[key]
        dots.append(Dot(x, y, min(levels[key], COLOURS), _name(row), f"{_name(row)}: {depth} {row[depth]}"))
        if levels[key]:
            above = placed[row["parent_id"]]
            lines.append(f"M{above[0]} {above[1] + 6}V{y}H{x - 6}")
    return Drawing("tree", "each below its parent", highest * LINE, dots, lines)


def _path(rows: Sequence[Row], told: str, caption: str) -> Drawing:
    """From left to right, and on in the line below; with what it costs until there."""
    gap, tall = WIDTH / STEPS, 64
    dots, lines = [], []
    for place, row in enumerate(rows):
        x, y = round((place % STEPS + 0.5) * gap, 1), place // STEPS * tall + 20
        cost = f", cost {row['cost']:g}" if row.get("cost") is not None else ""
        dots.append(Dot(x, y, min(place, COLOURS), _name(row), f"{_name(row)}: {told} {row[told]}{cost}", "middle"))
        if place:
            before = dots[-2]
            down = f"M{before.x + 8} {before.y}H{WIDTH - 4}V{y - tall / 2}H4V{y}H{x - 8}"
            lines.append(f"M{before.x + 8} {y}H{x - 8}" if y == before.y else down)
    return Drawing("path", caption, (len(rows) - 1) // STEPS * tall + 56, dots, lines)


def _hops(run: Run) -> Drawing:
    """The start, and what is near to it: a column for each number of hops, or a ring where they are too many."""
    levels: dict[int, list[Row]] = {}
    for row in (*_start(run, "hops"), *run.rows):
        levels.setdefault(row["hops"], []).append(row)
    if len(run.rows) > NAMED:
        return _rings(run)
    first, last = SIDE, WIDTH - SIDE  # the names of both ends stand outside
    gap = (last - first) / max(len(levels) - 1, 1)
    most = max(map(len, levels.values()))
    at: dict[Any, Dot] = {}
    for column, (hops, rows) in enumerate(sorted(levels.items())):
        for place, row in enumerate(rows):
            y = round((place + 0.5) * most * LINE / len(rows), 1)
            side = "start" if column else "end"
            at[row["id"]] = Dot(
                round(first + column * gap, 1), y, min(hops, COLOURS), _name(row), f"{_name(row)}: {_far(hops)}", side
            )
    lines = [_curve(at[one], at[other]) for one, other in _edges(run, at)]
    return Drawing("hops", "by the number of hops", most * LINE, list(at.values()), lines)


def _rings(run: Run) -> Drawing:
    """The start in the middle, rings around it, and of the edges one by which each row is reached."""
    rows = {row["id"]: row for row in (*_start(run, "hops"), *run.rows)}
    levels: dict[int, list[Any]] = {}
    for row in rows.values():
        levels.setdefault(row["hops"], []).append(row["id"])
    points, ways, (wide, tall) = _around([levels[hops] for hops in sorted(levels)], _near(rows, _edges(run, rows)))
    at = {
        key: Dot(
            round((WIDTH - wide) / 2 + x, 1),
            round(y, 1),
            min(rows[key]["hops"], COLOURS),
            "" if rows[key]["hops"] else _name(rows[key]),
            f"{_name(rows[key])}: {_far(rows[key]['hops'])}",
        )
        for key, (x, y) in points.items()
    }
    lines = [_line(at[one], at[other]) for one, other in ways]
    dots = [*at.values()][::-1]  # the name of the start over all others
    return Drawing("rings", "by the number of hops, with a shortest way to each", round(tall), dots, lines, 4)


def _near(keys: Iterable[Any], pairs: Pairs) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {key: [] for key in keys}
    for one, other in pairs:
        found[one].append(other)
        found[other].append(one)
    return found


def _around(
    levels: Sequence[Sequence[Any]], near: Mapping[Any, Sequence[Any]]
) -> tuple[dict[Any, tuple[float, float]], Pairs, tuple[float, float]]:
    """The first nodes in the middle, the others around them; the edges from one level to the next; how large all is.

    Each node has the part of the circle that the ends below it need, so that no edges cross. Where those of a level
    stand close, they do so on several rings by turns.
    """
    order: dict[Any, None] = {}
    below: dict[Any, list[Any]] = {}
    for level in levels:
        by = {key: next((one for one in near[key] if one in order), None) for key in level}
        for key, one in by.items():
            below.setdefault(one, []).append(key)
        order |= dict.fromkeys(level)
    ends: dict[Any, int] = {}
    for key in reversed(order):
        ends[key] = sum(ends[child] for child in below.get(key, ())) or 1
    every = sum(ends[key] for key in below[None])
    angles: dict[Any, float] = {}
    rest: list[tuple[Any, int]] = [(None, 0)]
    while rest:
        key, first = rest.pop()
        for child in below.get(key, ()):
            angles[child] = 2 * pi * (first + ends[child] / 2) / every
            rest.append((child, first))
            first += ends[child]
    places: dict[Any, tuple[float, float]] = {}
    radius, gap = 0.0, min(RING, REACH / len(levels))
    for number, level in enumerate(levels):
        if number == 0 and len(level) == 1:
            places[level[0]] = 0.0, 0.0
            continue
        turned = sorted(level, key=angles.__getitem__)
        closest = min((angles[b] - angles[a] for a, b in pairwise(turned)), default=2 * pi)
        rings = 1 if closest * (radius + gap) >= ARC else max(1, round((1 / closest) ** 0.5))
        radius = max(radius + gap, ARC / (closest * rings))
        for place, key in enumerate(turned):
            far = radius + place % rings * ARC
            places[key] = far * sin(angles[key]), -far * cos(angles[key])
        radius += (min(rings, len(level)) - 1) * ARC
    ways = [(one, key) for one, keys in below.items() if one is not None for key in keys]
    xs, ys = zip(*places.values(), strict=True)
    moved = {key: (x - min(xs) + ARC, y - min(ys) + ARC) for key, (x, y) in places.items()}
    return moved, ways, (max(xs) - min(xs) + 2 * ARC, max(ys) - min(ys) + 2 * ARC)


def _map(run: Run) -> Drawing:
    """The components beside each other, the largest first: each around the node that is connected with the most."""
    rows = {row["id"]: row for row in run.rows}
    near = _near(rows, _edges(run, rows))
    parts: dict[Any, list[Any]] = {}
    for row in run.rows:
        parts.setdefault(row["component"], []).append(row["id"])
    dots: list[Dot] = []
    lines: list[str] = []
    left = top = tall = 0.0
    for number, (least, keys) in enumerate(sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))):
        places, ways, (broad, high) = _around(list(_levels(keys, near)), near)
        size = rows[keys[0]]["component_size"]
        wide, named = (broad, 0) if size == 1 else (max(broad, 150), LINE)
        if left and left + wide > WIDTH:
            left, top, tall = 0.0, top + tall, 0.0
        colour = COLOURS if size == 1 else number % (COLOURS - 1)
        at = {
            key: Dot(
                round(left + (wide - broad) / 2 + x, 1),
                round(top + y, 1),
                colour,
                "",
                f"{_name(rows[key])}: component {least}, of {size}",
            )
            for key, (x, y) in places.items()
        }
        dots += at.values()
        lines += [_line(at[one], at[other]) for one, other in ways]
        if named:
            shown = f"{size}" if len(keys) == size else f"{len(keys)} of {size}"
            middle, below = round(left + wide / 2, 1), round(top + high + LINE / 2, 1)
            dots.append(Dot(middle, below, COLOURS, f"{_name(rows[next(iter(at))])} · {shown}", "", "name"))
        left, tall = left + wide, max(tall, high + named)
    caption = "each component around its best connected node, with a shortest way to each"
    return Drawing("map", caption, round(top + tall), dots, lines, 4)


def _levels(keys: Sequence[Any], near: Mapping[Any, Sequence[Any]]) -> Iterator[list[Any]]:
    """Nodes by how far they are from the best connected of them; at last those that the rows shown do not lead to."""
    front, left = [max(keys, key=lambda key: len(near[key]))], set(keys)
    while front:
        yield front
        left -= set(front)
        front = [key for key in dict.fromkeys(other for one in front for other in near[one]) if key in left]
    if left:
        yield sorted(left)


def _start(run: Run, measure: str) -> list[Row]:
    """The row that a measure is counted from, where it is no part of the answer."""
    key = next((value for name, value in run.arguments.items() if name.endswith("_id")), None)
    found = next((model for name, (model, *_) in EDGES.items() if f"[{name}]" in run.entry.returns), None)
    if found is None or any(row[measure] == 0 for row in run.rows):
        return []
    return [{**row, measure: 0} for row in found.objects.filter(pk=key).values()]


def _far(hops: int) -> str:
    return f"{hops} hop{'s' * (hops != 1)}" if hops else "the start"


def _edges(run: Run, keys: Iterable[Any]) -> Pairs:
    """Pairs of the rows that are shown, each once and in one direction."""
    found = next((each for name, each in EDGES.items() if f"[{name}]" in run.entry.returns), None)
    if found is None:
        return []
    _, rows, source, target = found
    pairs = rows.objects.filter(**{f"{source}__in": list(keys), f"{target}__in": list(keys)}).values_list(
        source, target
    )
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


def _line(one: Dot, other: Dot) -> str:
    return f"M{one.x} {one.y}L{other.x} {other.y}"


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
