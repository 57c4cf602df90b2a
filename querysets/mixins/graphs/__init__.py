"""Trees, graphs and memories, as rows."""

from __future__ import annotations

from querysets._types import M, Row

from .measures import Measures
from .neighbours import Neighbours
from .reach import Reach


class GraphMixin(Reach[M, Row], Neighbours[M, Row], Measures[M, Row]):
    """Rows below, above and beside others, along a parent or along edges."""


__all__ = ["GraphMixin"]
