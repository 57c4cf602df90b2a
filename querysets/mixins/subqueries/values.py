"""Annotations by expressions: times, texts, numbers."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Expressions(PatternBase[M, Row]):
    """What a row gains by an expression."""
