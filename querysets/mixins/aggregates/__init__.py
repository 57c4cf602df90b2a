"""Counts, sums, ranks and groups: what a row, a group or all rows gain by aggregation."""

from __future__ import annotations

from querysets._types import M, Row

from .groups import Groups
from .picks import Portions
from .related import Related
from .totals import Totals
from .values import Values
from .windows import Windows


class AggregateMixin(
    Related[M, Row], Windows[M, Row], Portions[M, Row], Groups[M, Row], Values[M, Row], Totals[M, Row]
):
    """What a row, a group or all rows gain by aggregation."""


__all__ = ["AggregateMixin"]
