"""Groupings: aggregates by keys, by time, by bands, as a matrix, as cohorts."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Groups(PatternBase[M, Row]):
    """Rows by what they have in common."""
