"""Annotations and filters by one related row: the latest, the best, the n-th."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Nearest(PatternBase[M, Row]):
    """What a row gains by one row that is related to it."""
