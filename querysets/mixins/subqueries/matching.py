"""Filters by the rows of another queryset and by the difference of fields."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Matching(PatternBase[M, Row]):
    """Rows that another queryset has, has not, or has otherwise."""
