"""Filters, orders and picks: sections 1 to 100 of the catalogue."""

from __future__ import annotations

from querysets._types import M, Row

from .dynamic import Dynamic
from .identity import Identity
from .picks import Picks
from .relations import Relations
from .spans import Spans
from .tags import Tags
from .text import Text
from .time import Time


class FilterMixin(
    Dynamic[M, Row],
    Identity[M, Row],
    Picks[M, Row],
    Relations[M, Row],
    Spans[M, Row],
    Tags[M, Row],
    Text[M, Row],
    Time[M, Row],
):
    """Rows by what they are, when they were, what they say and what they belong to."""


__all__ = ["FilterMixin"]
