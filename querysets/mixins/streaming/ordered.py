"""What streams and pages share: rows of which each has one place."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.sql.ordering import make_total
from querysets.sql.values import names


class Ordered(PatternBase[M, Row]):
    """Rows in a total order."""

    def _in_total_order(self, method: str, by: Any) -> Self:
        """The rows by ``by``, or in the order that they have, with the tie-break."""
        rows = self._chain() if by is None else self._ordered(method, names(self._scope(method), "by", by))
        make_total(rows.query)
        return rows
