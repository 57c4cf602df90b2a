"""How a write of this mixin runs: one UPDATE of the rows that it changes."""

from __future__ import annotations

from django.db.models import F

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.sql.changes import Change
from querysets.sql.expressions import IsDistinctFrom


class Rewriting(PatternBase[M, Row]):
    """What all writes of a column share."""

    def _changed(self, change: Change) -> int:
        """How many rows were written. PostgreSQL computes the value of the row as others have left it, and locked."""
        name, value, where = change
        return self.filter(where, IsDistinctFrom(F(name), value)).update(**{name: value})
