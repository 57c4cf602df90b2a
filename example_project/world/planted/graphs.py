"""Trees with cycles, graphs with loops, edges on the bounds of time, and memories that are nearly the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import combinations, pairwise

from example_project.config import dims
from example_project.world.builder import Builder
from example_project.world.rows import Node, User

STEP = timedelta(microseconds=1)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def plant(world: Builder) -> None:
    """All of them."""
    _trees(world)
    _graphs(world)
    people = [world.user(f"edge.{letter}", f"edge.{letter}@example.org") for letter in "abcdefghijkl"]
    _edges(world, people)
    _facts(world, people)
    _memories(world)


def _trees(world: Builder) -> None:
    """A deep branch, namesakes among siblings, and parents in circles of one, two and three, each with a branch."""
    root = deep = world.node("deep")
    for level in range(1, 7):
        deep = world.node(f"level {level}", deep.id)
        world.node(f"beside level {level}", root.id if level == 1 else deep.id)
    for _ in range(2):
        world.node("same name", root.id)
    world.node("", root.id)
    for size in (1, 2, 3):
        ring = [world.node(f"ring of {size}, {place}") for place in range(1, size + 1)]
        for node, parent in zip(ring, ring[1:] + ring[:1], strict=True):
            world.rows(Node)[node.id - 1] = replace(node, parent_id=parent.id)
        under = world.node(f"under ring of {size}", ring[-1].id)
        world.node(f"further under ring of {size}", under.id)


def _graphs(world: Builder) -> None:
    """Components apart: a lone node, a loop, a line, a ring, two ways of one length, a clique with a tail."""
    world.node("alone")
    loop = world.node("loop only")
    world.connect(loop, loop)
    line = [world.node(f"line {place}") for place in range(1, 7)]
    for one, other in pairwise(line):
        world.connect(one, other)
    world.connect(line[2], line[2])
    ring = [world.node(f"circle {place}") for place in range(1, 6)]
    for one, other in pairwise([*ring, ring[0]]):
        world.connect(one, other)
    start, *sides, end = (world.node(f"diamond {place}") for place in range(1, 6))
    for side in sides:
        world.connect(start, side)
        world.connect(side, end)
    clique = [world.node(f"clique {place}") for place in range(1, 5)]
    for one, other in combinations(clique, 2):
        world.connect(one, other)
    world.connect(clique[3], world.node("tail of the clique"))


def _edges(world: Builder, people: list[User]) -> None:
    """Parallel edges, one with oneself, none that weighs, ties in cost and in hops, circles of what depends on what."""
    a, b, c, d, e, f, g, h, i, j, *_ = people
    link = world.relationship
    for source, target, weight in (
        (a, b, 3.0), (a, b, 1.0), (a, b, None),  # parallel
        (b, c, 1.0), (a, c, 2.0),  # two ways of one cost, one of fewer hops
        (c, d, 0.5), (c, e, 0.5), (d, f, 0.5), (e, f, 0.5),  # two ways of one cost and as many hops
        (f, a, 4.0),  # back
        (f, g, None),  # no way by weight
        (g, h, 0.0), (h, g, 0.0),  # a circle that costs nothing
        (b, b, 1.0),  # oneself
    ):  # fmt: skip
        link(source, target, weight=weight)
    for source, target in ((a, b), (b, c), (a, c), (c, d), (e, f), (f, e), (f, g), (h, h), (h, i), (j, a), (j, a)):
        link(source, target, kind="depends_on", weight=None)


def _facts(world: Builder, people: list[User]) -> None:
    """What was true and what was known on a day, and the least before and after it; one fact superseded by another."""
    *_, one, other = people
    day = world.now - 30 * DAY
    fact = world.relationship
    for start, end in ((None, None), (None, day), (day, None), (day, day), (day - DAY, day + DAY), (day - DAY, day)):
        fact(one, other, kind="mentors", valid_from=start, valid_to=end)
    fact(one, other, kind="mentors", valid_from=day - STEP, valid_to=day + STEP)
    fact(one, other, kind="mentors", valid_from=day + STEP)
    for recorded, retracted in ((day, None), (day + STEP, None), (day - DAY, day), (day - DAY, day + STEP)):
        fact(other, one, kind="mentors", recorded_at=recorded, retracted_at=retracted)


def _memories(world: Builder) -> None:
    """Vectors whose cosines are fractions; what fades, what was just recalled, and chains of near copies."""
    now = world.now
    holder = world.user("remembered", "remembered@example.org", memory_embedding=_pair(1, 0))
    near = world.user("remembered.near", "remembered.near@example.org", memory_embedding=_pair(12, 5))
    far = world.user("remembered.far", "remembered.far@example.org", memory_embedding=_pair(15, 8))
    blank = world.user("remembered.blank", "remembered.blank@example.org", memory_embedding=_pair(0, 0))
    none = world.user("remembered.nowhere", "remembered.nowhere@example.org")
    keep = world.memory
    # 24/25 to the next and 527/625 to the one after it: near, but not transitively.
    for place, (x, y) in enumerate(((1, 0), (24, 7), (527, 336))):
        keep(holder, f"Copy {place}.", _pair(x, y), strength=0.5, frequency=1 + place % 2, importance=3 + place)
    keep(holder, "No copy: 15/17.", _pair(15, -8), strength=0.5)
    for words in ("Empty.", "Empty too."):
        keep(holder, words, _pair(0, 0))
    keep(near, "A copy, but of another's.", _pair(1, 0), strength=1.0, frequency=0)
    keep(far, "Opposite.", _pair(-1, 0), strength=0.0, importance=1)
    for words in ("Exactly.", "Exactly."):
        keep(blank, words, _pair(3, 4), strength=0.75, frequency=2, importance=10)
    keep(none, "Recalled now.", _pair(4, 3), last_recalled_at=now, strength=0.75)
    keep(none, "Recalled in the future.", _pair(3, -4), last_recalled_at=now + HOUR, strength=0.75)
    keep(none, "Made in the future.", _pair(-3, 4), created_at=now + DAY)
    for days in (29, 30, 31, 60, 120, 360):
        keep(none, f"{days} days old.", _pair(days, 30), created_at=now - days * DAY, strength=0.5)
    for strength in (0.7, 0.75, 0.8, 0.05):
        keep(none, f"As strong as {strength}.", _pair(-4, 3), strength=strength)


def _pair(x: float, y: float) -> tuple[float, ...]:
    """A vector of which only the first two numbers are not zero: cosines can be worked out by hand."""
    return (float(x), float(y), *(0.0,) * (dims.TEXT - 2))
