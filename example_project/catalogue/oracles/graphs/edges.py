"""What the patterns on neighbours and paths must give."""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush

from example_project.catalogue.checking import Noted, case, empty, noted, oracle, refused
from example_project.world import World
from example_project.world.rows import Node, User

from .network import backwards, both_ways, connections, hops, relationships


def _named(*names: str) -> Callable[[World], int]:
    """The id of the user or node of a name, once there is a world."""

    def found(world: World) -> int:
        rows: list[Node | User] = [*world.nodes, *world.users]
        return next(row.id for row in rows if _name(row) in names)

    return found


def _name(row: Node | User) -> str:
    return row.name if isinstance(row, Node) else row.username


UNKNOWN = 10**9


@oracle(
    523,
    case(entity_id=2),
    case(entity_id=_named("edge.b")),
    case(entity_id=_named("edge.b"), kind="depends_on"),
    case(entity_id=_named("edge.a"), kind="depends_on"),
    case(entity_id=_named("edge.k")),
    empty(entity_id=_named("edge.h"), kind="depends_on"),
    empty(kind="unheard of"),
    empty(entity_id=UNKNOWN),
    refused(ValueError, entity_id="x"),
)
def related_users(world: World, entity_id: int, kind: str | None) -> list[User]:
    linked = {row.source_id for row in world.relationships if row.target_id == entity_id and kind in (None, row.kind)}
    return [user for user in world.users if user.id in linked - {entity_id}]


@oracle(527)
def user_relationship_density(world: World) -> list[Noted]:
    known = both_ways(relationships(world))
    return [noted(user, density=len(known[user.id]) / (len(world.users) - 1)) for user in world.users]


@oracle(
    529,
    case(hops=1),
    case(hops=3),
    case(entity_id=2, hops=30),
    case(entity_id=_named("edge.f"), hops=2),
    case(entity_id=_named("edge.b"), hops=1),
    case(entity_id=_named("edge.h"), hops=9),
    empty(hops=0),
    empty(entity_id=UNKNOWN),
    refused(ValueError, hops=-1),
)
def multi_hop_users(world: World, entity_id: int, hops: int) -> list[Noted]:
    found = _hops(backwards(relationships(world)), entity_id)
    return [noted(user, hops=found[user.id]) for user in world.users if 1 <= found.get(user.id, 0) <= hops]


_hops = hops


@oracle(530)
def connected_nodes(world: World) -> list[Noted]:
    known = both_ways(connections(world))
    return [noted(node, degree=len(known[node.id])) for node in world.nodes if known[node.id]]


@oracle(
    538,
    case(from_id=_named("line 1"), to_id=_named("line 6")),
    case(from_id=_named("line 6"), to_id=_named("line 1"), max_hops=5),
    empty(from_id=_named("line 6"), to_id=_named("line 1"), max_hops=4),
    case(from_id=_named("circle 1"), to_id=_named("circle 3")),
    case(from_id=_named("circle 1"), to_id=_named("circle 4")),
    case(from_id=_named("diamond 5"), to_id=_named("diamond 1")),
    case(from_id=_named("diamond 2"), to_id=_named("diamond 4")),
    case(from_id=_named("clique 1"), to_id=_named("tail of the clique")),
    case(from_id=_named("line 3"), to_id=_named("line 3")),
    case(from_id=_named("alone"), to_id=_named("alone"), max_hops=0),
    case(from_id=3, to_id=50),
    case(from_id=50, to_id=3),
    empty(from_id=_named("line 1"), to_id=_named("circle 1")),
    empty(from_id=_named("alone"), to_id=_named("loop only")),
    empty(from_id=UNKNOWN),
    empty(to_id=UNKNOWN),
    refused(ValueError, max_hops=-1),
    ordered=True,
)
def shortest_path(world: World, from_id: int, to_id: int, max_hops: int | None) -> list[Noted]:
    known = connections(world)
    left = hops(backwards(known), to_id)
    if from_id not in left or (max_hops is not None and left[from_id] > max_hops):
        return []
    rows = {node.id: node for node in world.nodes}
    path = [from_id]
    while path[-1] != to_id:
        path.append(min(other for other in known[path[-1]] if left.get(other) == left[path[-1]] - 1))
    return [noted(rows[key], step=step) for step, key in enumerate(path)]


def _two(one: str, other: str) -> dict[str, object]:
    return {"from_id": _named(f"edge.{one}"), "to_id": _named(f"edge.{other}")}


@oracle(
    539,
    case(**_two("a", "b")),
    case(**_two("a", "c")),
    case(**_two("f", "e")),
    case(**_two("g", "h")),
    case(**_two("c", "c")),
    case(from_id=10, to_id=2),
    case(from_id=3, to_id=8),
    empty(**_two("a", "g")),
    empty(**_two("a", "j")),
    empty(from_id=UNKNOWN),
    refused(ValueError, to_id="x"),
    ordered=True,
)
def cheapest_path(world: World, from_id: int, to_id: int) -> list[Noted]:
    """A heap of paths: the first that arrives is that of least cost, fewest hops and least ids."""
    rows = {user.id: user for user in world.users}
    edges: dict[int, dict[int, float]] = {key: {} for key in rows}
    for row in world.relationships:
        if row.weight is not None:
            there = edges[row.source_id]
            there[row.target_id] = min(row.weight, there.get(row.target_id, math.inf))
    start: tuple[float, int, tuple[int, ...], tuple[float, ...]] = (0.0, 0, (from_id,), (0.0,))
    heap = [start] if from_id in rows else []
    done: set[int] = set()
    while heap:
        cost, steps, path, costs = heappop(heap)
        if path[-1] == to_id:
            return [noted(rows[key], step=step, cost=costs[step]) for step, key in enumerate(path)]
        if path[-1] not in done:
            done.add(path[-1])
            for other, weight in edges[path[-1]].items():
                heappush(heap, (cost + weight, steps + 1, (*path, other), (*costs, cost + weight)))
    return []


@oracle(
    541,
    case(a_id=_named("line 3"), b_id=_named("line 5")),
    case(a_id=_named("clique 1"), b_id=_named("clique 2")),
    case(a_id=_named("clique 4"), b_id=_named("clique 4")),
    case(a_id=_named("line 3"), b_id=_named("line 3")),
    case(a_id=3, b_id=5),
    empty(a_id=_named("line 1"), b_id=_named("line 2")),
    empty(a_id=_named("alone"), b_id=_named("line 2")),
    empty(a_id=UNKNOWN),
    empty(b_id=UNKNOWN),
)
def mutual_connections(world: World, a_id: int, b_id: int) -> list[Node]:
    known = both_ways(connections(world))
    common = (known.get(a_id, set()) & known.get(b_id, set())) - {a_id, b_id}
    return [node for node in world.nodes if node.id in common]


@oracle(
    542,
    case(node_id=_named("clique 1")),
    case(node_id=_named("line 3")),
    case(node_id=_named("diamond 2")),
    case(node_id=3),
    case(node_id=50),
    empty(node_id=_named("alone")),
    empty(node_id=_named("loop only")),
    empty(node_id=UNKNOWN),
    ordered=True,
)
def suggested_connections(world: World, node_id: int) -> list[Noted]:
    known = both_ways(connections(world))
    own: set[int] = known.get(node_id, set())
    scores: dict[int, list[float]] = {}
    for shared in own:
        for other in known[shared] - own - {node_id}:
            scores.setdefault(other, []).append(1 / math.log(len(known[shared])))
    rows = {node.id: node for node in world.nodes}
    ranked = sorted((-math.fsum(parts), key) for key, parts in scores.items())
    return [noted(rows[key], score=-score) for score, key in ranked]
