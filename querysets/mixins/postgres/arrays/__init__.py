"""Arrays: conditions, sizes, lists of related values, writes."""

from __future__ import annotations

from querysets._types import M, Row

from .elements import ArrayElements
from .lists import Lists
from .writes import ArrayWrites


class Arrays(ArrayElements[M, Row], Lists[M, Row], ArrayWrites[M, Row]):
    """Arrays: conditions, sizes, lists of related values, writes."""
