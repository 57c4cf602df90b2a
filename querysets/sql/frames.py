"""The frames of windows: which rows beside its own each row looks at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import RowRange, Value
from django.db.models.expressions import WindowFrame


def up_to_here() -> RowRange:
    """From the first row to this one. Django's default frame would give rows that tie one value."""
    return RowRange(None, 0)


def last_rows(rows: int) -> RowRange:
    """The last ``rows`` rows, of which this one is the last."""
    return RowRange(1 - rows, 0)


def whole() -> RowRange:
    """Every row of the partition, for a window that has an order for another reason."""
    return RowRange(None, None)


class SpanRange(WindowFrame):
    """The rows whose moment lies at most ``span`` before that of this row; Django's ``ValueRange`` takes numbers."""

    def __init__(self, span: timedelta) -> None:
        super().__init__()
        self.start = Value(span)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "RANGE BETWEEN %s::interval PRECEDING AND CURRENT ROW", (self.start.value,)

    def __str__(self) -> str:
        return f"RANGE BETWEEN {self.start.value} PRECEDING AND CURRENT ROW"
