"""Chance that repeats itself: seeded streams, uneven popularity, and the rhythm of days and weeks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

SEED = 550

# How busy an hour of the day (UTC) and a day of the week (from Monday) is, relative to the others.
HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 13, 16, 17, 15, 12, 14, 17, 16, 14, 11, 9, 9, 8, 7, 5, 3)
WEEKDAYS = (10, 11, 11, 10, 9, 4, 3)


def stream(name: str) -> Random:
    """The source of chance for ``name``: a change to one table leaves the others as they are."""
    return Random(f"{SEED}/{name}")  # a text is hashed by SHA-512, whatever PYTHONHASHSEED says


def popular(chance: Random, among: int) -> int:
    """An index below ``among``, the low ones far more often: a power law, and no table of weights to keep."""
    return int(among * chance.random() ** 2.5)


def rhythm(until: datetime, days: int) -> list[tuple[datetime, float]]:
    """Every hour of the ``days`` before ``until`` with its share of what happens in them: more at work, more lately."""
    hours = [until - timedelta(hours=back) for back in range(24 * days, 0, -1)]
    weights = [
        HOURS[hour.hour] * WEEKDAYS[hour.weekday()] * (1 + place / len(hours)) * (0.4 if _holidays(hour) else 1)
        for place, hour in enumerate(hours)
    ]
    total = sum(weights)
    return [(hour, weight / total) for hour, weight in zip(hours, weights, strict=True)]


def moments(chance: Random, shares: Sequence[tuple[datetime, float]], count: int) -> Iterator[datetime]:
    """``count`` moments in order, whole seconds, spread over hours as their shares say."""
    done, reached = 0, 0.0
    for hour, share in shares:
        reached += share
        due = round(count * reached)
        for second in sorted(chance.randrange(3600) for _ in range(due - done)):
            yield hour + timedelta(seconds=second)
        done = due


def _holidays(hour: datetime) -> bool:
    return (hour.month, hour.day) >= (12, 23) or (hour.month, hour.day) == (1, 1)
