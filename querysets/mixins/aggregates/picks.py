"""Selections by a share of the rows, by spread, or by a running sum."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Portions(PatternBase[M, Row]):
    """Rows chosen by where their value stands among the others."""
