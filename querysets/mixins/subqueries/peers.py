"""Annotations and selections by the other rows of a group."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Peers(PatternBase[M, Row]):
    """A row among the rows of its group."""
