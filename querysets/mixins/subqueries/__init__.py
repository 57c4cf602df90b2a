"""Related rows, peers, expressions and writes."""

from __future__ import annotations

from querysets._types import M, Row

from .matching import Matching
from .peers import Peers
from .related import Nearest
from .values import Expressions
from .writes import Writes


class SubqueryMixin(Nearest[M, Row], Matching[M, Row], Peers[M, Row], Expressions[M, Row], Writes[M, Row]):
    """What a row gains by other rows and by expressions, and how rows are written in one statement."""


__all__ = ["SubqueryMixin"]
