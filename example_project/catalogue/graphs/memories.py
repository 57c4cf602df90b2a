"""Patterns on what is remembered, and on facts that change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.config import dims
from example_project.content.models import User
from example_project.graph.models import MemoryLink, Relationship


@pattern(522, "Users with memories")
def user_memory_links(at_least: int = 1) -> QuerySet[User]:
    """The users who own at least so many memories, each with the ``memory_count``."""
    return User.objects.with_count("memory_links", as_="memory_count").at_least(memory_count=at_least)


@pattern(525, "Users who share a memory")
def shared_memory_users(threshold: float = 0.9) -> QuerySet[User]:
    """The users whose vector is near to that of a memory of another user, with the cosine of the nearest of these."""
    return User.objects.sharing_memory(threshold)


@pattern(528, "Strong memories")
def strong_memory_links(threshold: float = 0.75) -> QuerySet[MemoryLink]:
    """The memories of at least a strength, the strongest first."""
    return MemoryLink.objects.at_least(strength=threshold).ranked("-strength")


@pattern(546, "What comes to mind")
def recall_memories(
    user_id: int = 2,
    query_vec: Sequence[float] = (4.0, 3.0, *(0.0,) * (dims.TEXT - 2)),
    k: int = 10,
    at: datetime | None = None,
) -> QuerySet[MemoryLink]:
    """The memories of a user by how recent, how important and how near to a vector they are, the best first."""
    return MemoryLink.objects.by(user=user_id).recalled(query_vec, k, at=at)


@pattern(547, "Fading memories")
def fading_memories(
    below: float = 0.05, half_life_days: float = 30, at: datetime | None = None
) -> QuerySet[MemoryLink]:
    """The memories of whose strength less than so much is left, the weakest first.

    It is halved in every half-life, which is longer the more often a memory was used.
    """
    return (
        MemoryLink.objects.with_retention(timedelta(days=half_life_days), at=at)
        .below(retention=below)
        .ranked("retention")
    )


@pattern(548, "Reinforce memories")
def reinforce_memories(ids: Collection[int] = (1, 2), gain: float = 0.2, at: datetime | None = None) -> int:
    """Count one use more of each memory, and add a share of what its strength lacks; how many there are."""
    return MemoryLink.objects.by(pk=ids).reinforce(gain, at=at)


@pattern(549, "Near copies of memories")
def duplicate_memories(threshold: float = 0.95) -> QuerySet[MemoryLink]:
    """Memories that are nearly the same as others of their user, with the ``canonical`` one that stands for all.

    That is the strongest, of those the most used, of those the first.
    """
    return MemoryLink.objects.near_duplicates(threshold)


@pattern(550, "Facts as of a moment")
def facts_as_of(
    valid_at: datetime = datetime(2026, 2, 1, tzinfo=UTC), known_at: datetime | None = None, at: datetime | None = None
) -> QuerySet[Relationship]:
    """What was true at a moment, as far as it was known at another, or is now."""
    return Relationship.objects.valid_at(valid_at).known_at(known_at or at)
