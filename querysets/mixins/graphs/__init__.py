"""Trees, graphs and memories, as rows."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class GraphMixin(PatternBase[M, Row]):
    """Rows below, above and beside others, along a parent or along edges."""


__all__ = ["GraphMixin"]
