"""What the patterns on whole graphs must give."""

from __future__ import annotations

import math
from itertools import combinations

from example_project.catalogue.checking import Noted, case, everything, noted, oracle, refused
from example_project.world import World

from .network import backwards, both_ways, components, connections, relationships


@oracle(540)
def graph_components(world: World) -> list[Noted]:
    of = components(connections(world))
    return [noted(node, component=min(of[node.id]), component_size=len(of[node.id])) for node in world.nodes]


@oracle(543)
def triangle_counts(world: World) -> list[Noted]:
    known = both_ways(connections(world))
    found = []
    for node in world.nodes:
        pairs = list(combinations(known[node.id], 2))
        closed = sum(other in known[one] for one, other in pairs)
        found.append(noted(node, triangles=closed, clustering=closed / len(pairs) if pairs else 0.0))
    return found


@oracle(
    544,
    everything(iterations=0),
    case(iterations=1),
    case(iterations=3, damping=0.5),
    everything(damping=0.0),
    case(iterations=2, damping=1.0),
    refused(ValueError, iterations=-1),
    refused(ValueError, damping=1.5),
)
def page_rank(world: World, iterations: int, damping: float) -> list[Noted]:
    """A surfer on each user at first; in each round it follows one of the edges or jumps."""
    known = {key: others - {key} for key, others in relationships(world).items()}
    here = dict.fromkeys(known, 1 / len(known))
    for _ in range(iterations):
        follow = {
            key: math.fsum(here[one] / len(known[one]) for one in others - {key})
            for key, others in backwards(known).items()
        }
        stuck = math.fsum(here[key] for key, others in known.items() if not others)
        jump = (1 - damping + damping * stuck) / len(known)
        here = {key: jump + damping * follow[key] for key in known}
    return [noted(user, pagerank=here[user.id]) for user in world.users]


@oracle(545, case(kind="mentors"), case(kind="follows"), everything(kind="unheard of"), ordered=True)
def dependency_order(world: World, kind: str) -> list[Noted]:
    """The longest chain that ends at a user, by those that end before it; none is known where one waits for itself."""
    before = backwards(relationships(world, kind))
    level: dict[int, int] = {}
    while ready := [key for key in before if key not in level and before[key] <= level.keys()]:
        level |= {key: 1 + max((level[one] for one in before[key]), default=-1) for key in ready}
    ranked = sorted(world.users, key=lambda user: (level.get(user.id, math.inf), user.id))
    return [noted(user, level=level.get(user.id)) for user in ranked]
