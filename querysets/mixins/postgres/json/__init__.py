"""JSON by literal paths: conditions, values, atomic writes."""

from __future__ import annotations

from querysets._types import M, Row

from .conditions import JsonConditions
from .values import JsonValues
from .writes import JsonWrites


class Json(JsonConditions[M, Row], JsonValues[M, Row], JsonWrites[M, Row]):
    """JSON by literal paths: conditions, values, atomic writes."""
