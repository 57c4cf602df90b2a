"""JSON by literal paths: conditions, values, atomic writes."""

from __future__ import annotations

from querysets._types import M, Row
from querysets.base import PatternBase


class Json(PatternBase[M, Row]):
    """JSON by literal paths: conditions, values, atomic writes."""
