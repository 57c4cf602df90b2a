"""Full-text search on a stored vector: matches, relevance, headlines."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Search(PatternBase[M, Row]):
    """Full-text search on a stored vector: matches, relevance, headlines."""
