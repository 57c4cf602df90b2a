"""Terminals: a number, or a few, of all rows of the chain."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Totals(PatternBase[M, Row]):
    """Numbers of all rows."""
