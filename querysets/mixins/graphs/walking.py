"""What all walks share: how a row is told what the walk knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.sql.graphs.computed import Column, newest


class Walking(PatternBase[M, Row]):
    """Rows that a walk comes by."""

    def _walked(self, columns: Mapping[str, str], *recipe: Any) -> Self:
        """Each row with columns, by their aliases, of the table that was made a condition last."""
        rows, table = self, newest(self.query)
        for alias, name in columns.items():
            rows = rows._with(alias, Column(table, name), (*recipe, name))
        return rows
