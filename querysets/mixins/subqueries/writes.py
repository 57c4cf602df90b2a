"""Writes: one statement or one transaction, only changed rows written and counted."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Writes(PatternBase[M, Row]):
    """What changes rows."""
