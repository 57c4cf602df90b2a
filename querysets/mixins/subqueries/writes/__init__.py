"""Writes: one statement or one transaction, only changed rows written and counted."""

from __future__ import annotations

from querysets._types import M, Row

from .guarded import Guarded
from .moves import Moves
from .places import Places
from .updates import Updates


class Writes(Updates[M, Row], Guarded[M, Row], Places[M, Row], Moves[M, Row]):
    """What changes rows."""


__all__ = ["Writes"]
