"""How a write of this mixin runs: one UPDATE of the rows that it changes."""

from __future__ import annotations

from django.db.models import F

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.sql.expressions import IsDistinctFrom
from querysets.sql.subqueries.changes import Change


class Rewriting(PatternBase[M, Row]):
    """What all writes of a column share."""

    def _changed(self, change: Change) -> int:
        """How many rows were written. PostgreSQL computes the value of the row as others have left it, and locked."""
        rows = self.filter(change.where)
        if not change.surely:
            rows = rows.filter(IsDistinctFrom(F(change.name), change.value))
        return rows.update(**{change.name: change.value})
