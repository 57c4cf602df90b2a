"""Counts, sums, ranks and groups: what a row, a group or all rows gain by aggregation."""

from __future__ import annotations

from querysets._types import M, Row

from .picks import Portions
from .related import Related
from .series import Series
from .totals import Totals
from .values import Values
from .windows import Windows


class AggregateMixin(
    Related[M, Row], Windows[M, Row], Portions[M, Row], Series[M, Row], Values[M, Row], Totals[M, Row]
):
    """What a row, a group or all rows gain by aggregation."""


__all__ = ["AggregateMixin"]
