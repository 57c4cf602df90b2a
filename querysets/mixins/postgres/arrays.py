"""Arrays: conditions, sizes, lists of related values, writes."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Arrays(PatternBase[M, Row]):
    """Arrays: conditions, sizes, lists of related values, writes."""
