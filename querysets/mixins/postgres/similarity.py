"""Texts that resemble each other by trigrams."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Similarity(PatternBase[M, Row]):
    """Texts that resemble each other by trigrams."""
