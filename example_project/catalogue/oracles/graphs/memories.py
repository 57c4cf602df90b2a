"""What the patterns on memories and facts must give."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from example_project.catalogue.checking import Noted, Written, case, empty, everything, noted, oracle, refused
from example_project.config import dims
from example_project.world import World
from example_project.world.rows import MemoryLink, Relationship

STEP = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
UNKNOWN = 10**9


def _pair(x: float, y: float) -> tuple[float, ...]:
    return (x, y, *(0.0,) * (dims.TEXT - 2))


def _cosine(one: Sequence[float] | None, other: Sequence[float]) -> float | None:
    """None where there is no vector, or one that points nowhere."""
    if one is None or not any(one) or not any(other):
        return None
    dot, here, there = (
        math.fsum(x * y for x, y in zip(*pair, strict=True)) for pair in ((one, other), (one, one), (other, other))
    )
    return dot / math.sqrt(here * there)


def _user(name: str) -> Callable[[World], int]:
    return lambda world: next(user.id for user in world.users if user.username == name)


@oracle(522, case(at_least=3), case(at_least=0), empty(at_least=1000))
def user_memory_links(world: World, at_least: int) -> list[Noted]:
    owned = Counter(link.user_id for link in world.memory_links)
    return [noted(user, memory_count=owned[user.id]) for user in world.users if owned[user.id] >= at_least]


@oracle(
    525,
    case(threshold=12 / 13),  # on the bound
    case(threshold=12 / 13 + 1e-9),
    case(threshold=0.0),
    case(threshold=-1.0),
    case(threshold=1.0),
    refused(ValueError, threshold=1.5),
    refused(ValueError, threshold=float("nan")),
)
def shared_memory_users(world: World, threshold: float) -> list[Noted]:
    found = []
    for user in world.users:
        near = [
            _cosine(user.memory_embedding, link.embedding) for link in world.memory_links if link.user_id != user.id
        ]
        best = max((cosine for cosine in near if cosine is not None), default=None)
        if best is not None and 1 - best <= 1 - threshold:
            found.append(noted(user, shared_similarity=best))
    return found


@oracle(528, case(threshold=0.8), everything(threshold=0.0), empty(threshold=1.01), ordered=True)
def strong_memory_links(world: World, threshold: float) -> list[MemoryLink]:
    strong = [link for link in world.memory_links if link.strength >= threshold]
    return sorted(strong, key=lambda link: (-link.strength, -link.id))


def _age(link: MemoryLink, at: datetime) -> timedelta:
    """Since it was made or last recalled; what lies ahead has none."""
    seen = max(link.created_at, link.last_recalled_at or link.created_at)
    return max(at - seen, timedelta())


@oracle(
    546,
    case(k=3),
    case(user_id=_user("remembered.nowhere")),
    case(user_id=_user("remembered.nowhere"), k=100),
    case(user_id=_user("remembered"), k=4),
    case(user_id=_user("remembered"), k=9, query_vec=_pair(0, 0)),
    case(user_id=_user("remembered.blank"), k=1),
    case(at=lambda world: world.now - 40 * DAY),
    empty(k=0),
    empty(user_id=UNKNOWN),
    refused(ValueError, k=-1),
    refused(ValueError, query_vec=(1.0, 2.0)),
    refused(TypeError, query_vec=(float("nan"),) * dims.TEXT),
    ordered=True,
)
def recall_memories(world: World, user_id: int, query_vec: Sequence[float], k: int, at: datetime) -> list[Noted]:
    found = []
    for link in world.memory_links:
        if link.user_id == user_id:
            parts = (
                0.5 ** (_age(link, at) / HOUR / 138.3),
                link.importance / 10,
                _cosine(query_vec, link.embedding) or 0.0,
            )
            found.append((-sum(parts), link.id, link, parts))
    return [
        noted(link, recall_recency=recency, recall_importance=importance, recall_relevance=relevance, recall=-score)
        for score, _, link, (recency, importance, relevance) in sorted(found, key=lambda row: row[:2])[:k]
    ]


@oracle(
    547,
    case(below=0.25, half_life_days=30.0),
    case(below=0.5, half_life_days=1000.0),
    case(below=0.75, half_life_days=0.5),
    case(at=lambda world: world.now - 40 * DAY),
    empty(below=0.0),
    case(below=2.0),
    refused(ValueError, half_life_days=0.0),
    refused(ValueError, half_life_days=-1.0),
    ordered=True,
)
def fading_memories(world: World, below: float, half_life_days: float, at: datetime) -> list[Noted]:
    found = []
    for link in world.memory_links:
        lasting = half_life_days * (1 + math.log(max(link.frequency, 1)))
        left = link.strength * 0.5 ** min(_age(link, at) / DAY / lasting, 500)
        if left < below:
            found.append((left, link.id, link))
    return [noted(link, retention=left) for left, _, link in sorted(found, key=lambda row: row[:2])]


def _weak_and_strong(world: World) -> list[int]:
    """The weakest and the strongest, one of them twice, and none at all."""
    ordered = sorted(world.memory_links, key=lambda link: link.strength)
    return [ordered[0].id, ordered[-1].id, ordered[0].id, UNKNOWN]


@oracle(
    548,
    case(ids=_weak_and_strong),
    case(ids=_weak_and_strong, gain=0.9),
    case(ids=_weak_and_strong, gain=1.0),
    case(ids=_weak_and_strong, gain=0.0),
    case(ids=(3,), at=lambda world: world.now - 400 * DAY),
    empty(ids=()),
    empty(ids=(UNKNOWN,)),
    refused(ValueError, gain=1.1),
    refused(ValueError, gain=-0.1),
)
def reinforce_memories(world: World, ids: Collection[int], gain: float, at: datetime) -> Written:
    used = [
        replace(
            link,
            frequency=link.frequency + 1,
            last_recalled_at=at,
            strength=1 - (1 - link.strength) * (1 - gain),
        )
        for link in world.memory_links
        if link.id in ids
    ]
    return Written(len(used), rows=used)


@oracle(
    549,
    case(threshold=24 / 25),
    case(threshold=24 / 25 + 1e-9),
    case(threshold=0.5),
    case(threshold=1.0),
    case(threshold=-1.0),
    refused(ValueError, threshold=1.5),
)
def duplicate_memories(world: World, threshold: float) -> list[Noted]:
    """Clusters grow as long as a memory is near to one of them."""
    owned: dict[int, list[MemoryLink]] = {}
    for link in world.memory_links:
        owned.setdefault(link.user_id, []).append(link)
    found = []
    for links in owned.values():
        rest = list(links)
        while rest:
            cluster = [rest.pop()]
            for link in cluster:
                near = [other for other in rest if _near(link, other, threshold)]
                cluster += near
                rest = [other for other in rest if other not in near]
            if len(cluster) > 1:
                first = min(cluster, key=lambda link: (-link.strength, -link.frequency, link.id))
                found += [noted(link, canonical=first.id) for link in cluster]
    return found


def _near(one: MemoryLink, other: MemoryLink, threshold: float) -> bool:
    cosine = _cosine(one.embedding, other.embedding)
    return cosine is not None and 1 - cosine <= 1 - threshold


def _days_ago(days: int, step: timedelta = timedelta()) -> Callable[[World], datetime]:
    return lambda world: world.now - days * DAY + step


@oracle(
    550,
    *(case(valid_at=_days_ago(30, step)) for step in (-STEP, timedelta(), STEP)),
    *(case(known_at=_days_ago(30, step)) for step in (-STEP, timedelta(), STEP)),
    case(valid_at=_days_ago(30), known_at=_days_ago(30)),
    empty(known_at=_days_ago(100000)),
)
def facts_as_of(world: World, valid_at: datetime, known_at: datetime | None, at: datetime) -> list[Relationship]:
    return [
        fact
        for fact in world.relationships
        if _holds(fact.valid_from, fact.valid_to, valid_at)
        and _holds(fact.recorded_at, fact.retracted_at, known_at or at)
    ]


def _holds(start: datetime | None, end: datetime | None, moment: datetime) -> bool:
    return (start is None or start <= moment) and (end is None or moment < end)
