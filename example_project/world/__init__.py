"""The world: one set of example data for tests, oracles, documentation and demonstrations.

It comes in three scales. *small* serves tests: real text, and planted rows on every bound that a pattern uses, at a
fixed moment. *demo* serves people: all of the standard library's documentation and a year of activity that ends in the
hour of loading. *large* serves plans and timings: as many posts as wanted, streamed. The planted rows are in all three,
so what a pattern takes by default finds something everywhere:

- ids count from 1; user 1 writes and comments most, category 1 has the most posts, post 1 has comments;
- moments of windows are relative to ``world.now``, days with a name are fixed: both New Years 2025 and 2026, the first
  weeks of 2025, week 53 of 2020, New York's nights of 2 November 2025 and 8 March 2026;
- ratings and scores go in quarter steps, whose sums floats hold exactly; money is Decimal, or NULL, or 0;
- every nullable column has a NULL, every order a tie, every bound a row on it and one just beside it.

``world()`` makes the rows, without a database; ``loader.load`` puts them into one; ``loader.loaded`` says which world a
database holds, so that oracles can be made for the same moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from .build import DEMO, EPOCH, SMALL, build
from .whole import World

__all__ = ["EPOCH", "World", "this_hour", "world"]

_SCALES = {scale.name: scale for scale in (SMALL, DEMO)}


def world(scale: str = "small", now: datetime | None = None) -> World:
    """The world of a scale, made once a moment; by default the small one stands at ``EPOCH``, the demo in this hour."""
    if scale not in _SCALES:
        raise ValueError(f"scale must be one of {', '.join(map(repr, _SCALES))}, got {scale!r}")
    return _built(scale, now or (EPOCH if scale == "small" else this_hour()))


def this_hour() -> datetime:
    """Now, down to the hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


@lru_cache(maxsize=4)
def _built(scale: str, now: datetime) -> World:
    return build(_SCALES[scale], now)
