"""Counts, ratios and ranks."""

from __future__ import annotations

from querysets._types import M, Row

from .related import Related
from .windows import Windows


class AggregateMixin(Related[M, Row], Windows[M, Row]):
    """What a row or a group gains by counting and ranking."""


__all__ = ["AggregateMixin"]
