"""Graphs in plain Python: sets of neighbours, and walks along them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from example_project.world import World
from example_project.world.rows import Node, User

Neighbours = Mapping[int, set[int]]


def connections(world: World) -> Neighbours:
    """Whom each node is connected with, itself included if it is connected with itself."""
    found: dict[int, set[int]] = {node.id: set() for node in world.nodes}
    for row in world.connections:
        found[row.from_node_id].add(row.to_node_id)
    return found


def relationships(world: World, kind: str | None = None) -> Neighbours:
    """Whom the edges from each user lead to."""
    found: dict[int, set[int]] = {user.id: set() for user in world.users}
    for row in world.relationships:
        if kind in (None, row.kind):
            found[row.source_id].add(row.target_id)
    return found


def backwards(neighbours: Neighbours) -> Neighbours:
    """The same edges against their direction."""
    found: dict[int, set[int]] = {key: set() for key in neighbours}
    for one, others in neighbours.items():
        for other in others:
            found[other].add(one)
    return found


def both_ways(neighbours: Neighbours) -> Neighbours:
    """The neighbours of each, whichever way edges go, without itself."""
    back = backwards(neighbours)
    return {key: (others | back[key]) - {key} for key, others in neighbours.items()}


def hops(neighbours: Neighbours, start: int) -> dict[int, int]:
    """How many hops it takes from the start to each that can be reached, itself included: breadth first."""
    if start not in neighbours:
        return {}
    found = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for other in neighbours[here]:
            if other not in found:
                found[other] = found[here] + 1
                queue.append(other)
    return found


def components(neighbours: Neighbours) -> dict[int, set[int]]:
    """All that are connected with each, itself included: union and find."""
    of = {key: {key} for key in neighbours}
    for one, others in neighbours.items():
        for other in others:
            if of[one] is not of[other]:
                merged = of[one] | of[other]
                for key in merged:
                    of[key] = merged
    return of


def by_id(rows: Iterable[Node] | Iterable[User]) -> dict[int, Node | User]:
    """Rows by their ids."""
    return {row.id: row for row in rows}
