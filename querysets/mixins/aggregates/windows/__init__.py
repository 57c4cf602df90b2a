"""Annotations by windows: what a row, or a group, has among the others."""

from __future__ import annotations

from querysets._types import M, Row

from .neighbours import Neighbours
from .ranks import Ranks
from .running import Running
from .sessions import Sessions


class Windows(Ranks[M, Row], Running[M, Row], Neighbours[M, Row], Sessions[M, Row]):
    """Numbers and values that a row, or a group, has by its place among the others."""


__all__ = ["Windows"]
