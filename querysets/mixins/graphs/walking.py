"""What all walks share: how a row is told what the walk knows of it."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.sql.graphs.walks import newest


class Walking(PatternBase[M, Row]):
    """Rows that a walk comes by."""

    def _walked(self, alias: str, column: str, output: Any, recipe: tuple[Any, ...]) -> Self:
        """Each row with a column of the walk that was made a condition last, a primary key unless it is said what."""
        return self._with(alias, newest(self.query, column, output or self.model._meta.pk), recipe)
