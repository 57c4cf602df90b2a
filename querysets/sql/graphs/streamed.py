"""The same as ``wholes`` in Python, over edges that are read one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import fsum
from typing import Any, cast

from django.db.models import QuerySet
from django.db.models.query import ValuesListIterable

from querysets._types import SqlQuery

from .edges import Graph

Values = dict[Any, Any]

CHUNK = 10_000


def components(graph: Graph, using: str) -> Values:
    """The least key of the component of each node: union and find."""
    above = {node: node for node in _nodes(graph, using)}

    def top(node: Any) -> Any:
        while above[node] != node:
            above[node] = node = above[above[node]]
        return node

    for source, target in _edges(graph, using):
        one, other = top(above.setdefault(source, source)), top(above.setdefault(target, target))
        above[max(one, other)] = min(one, other)
    return {node: top(node) for node in above}


def pageranks(graph: Graph, using: str, iterations: int, damping: float) -> Values:
    """The rank of each node after so many rounds."""
    place = {node: number for number, node in enumerate(_nodes(graph, using))}
    if not place:
        return {}
    pairs = {(place.get(one), place.get(other)) for one, other in _edges(graph, using) if one != other}
    many = Counter(one for one, _ in pairs)
    known = [(one, other) for one, other in pairs if one is not None and other is not None]
    shares = [damping / many[number] if number in many else 0.0 for number in range(len(place))]
    ends = [number for number in range(len(place)) if number not in many]
    ranks = [1 / len(place)] * len(place)
    for _ in range(iterations):
        lost = fsum(ranks[number] for number in ends)
        given = [rank * share for rank, share in zip(ranks, shares, strict=True)]
        ranks = [(1 - damping + damping * lost) / len(place)] * len(place)
        for one, other in known:
            ranks[other] += given[one]
    return dict(zip(place, ranks, strict=True))


def levels(graph: Graph, using: str) -> Values:
    """The level of each node, None on a circle and behind one: Kahn."""
    found: Values = dict.fromkeys(_nodes(graph, using))
    following: dict[Any, list[Any]] = {}
    for one, other in set(_edges(graph, using)):
        following.setdefault(one, []).append(other)
    missing = Counter(other for others in following.values() for other in others)
    front, level = [node for node in found if node not in missing], 0
    while front:
        found.update(dict.fromkeys(front, level))
        after: list[Any] = []
        for other in (other for node in front for other in following.get(node, ())):
            missing[other] -= 1
            if not missing[other]:
                after.append(other)
        front, level = after, level + 1
    return found


def _nodes(graph: Graph, using: str) -> Iterator[Any]:
    return (node for (node,) in _read(graph.nodes, using))


def _edges(graph: Graph, using: str) -> Iterator[tuple[Any, Any]]:
    """Each edge from its source to its target."""
    for one, other in _read(graph.edges, using):
        if graph.direction != "in":
            yield one, other
        if graph.direction != "out":
            yield other, one


def _read(query: SqlQuery, using: str) -> Iterator[Any]:
    rows: Any = cast("Any", QuerySet)(query.model, query=query.clone(), using=using)
    rows._iterable_class = ValuesListIterable  # noqa: SLF001 (which a query does not know)
    return iter(rows.iterator(chunk_size=CHUNK))
