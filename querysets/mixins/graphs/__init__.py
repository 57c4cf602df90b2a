"""Trees, graphs and memories, as rows."""

from __future__ import annotations

from querysets._types import M, Row

from .facts import Facts
from .measures import Measures
from .memories import Memories
from .moves import TreeMoves
from .neighbours import Neighbours
from .places import TreePlaces
from .reach import Reach
from .trees import Trees


class GraphMixin(
    Trees[M, Row],
    TreePlaces[M, Row],
    TreeMoves[M, Row],
    Reach[M, Row],
    Neighbours[M, Row],
    Measures[M, Row],
    Memories[M, Row],
    Facts[M, Row],
):
    """Rows below, above and beside others, along a parent or along edges."""


__all__ = ["GraphMixin"]
