"""The frames of windows: which rows beside its own each row looks at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models.expressions import WindowFrame


class Preceding(WindowFrame):
    """The rows up to this one: all of them, the last few, or those of a span of time.

    Django's default, which has no frame, gives rows that tie one value; its ``ValueRange`` takes numbers only.
    """

    def __init__(self, reach: int | timedelta | None = None) -> None:
        super().__init__()
        self.reach = reach

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        reach = self.reach
        if isinstance(reach, timedelta):
            return "RANGE %s::interval PRECEDING", (reach,)
        return f"ROWS {'UNBOUNDED' if reach is None else int(reach)} PRECEDING", ()

    def __str__(self) -> str:
        return f"{self.reach} PRECEDING"
