"""The one parent of all mixins, with the methods that the others build on."""

from __future__ import annotations

from querysets._types import M, Row

from .comparing import Comparing
from .ordering import Ordering
from .relating import Relating
from .root import Root
from .running import Running
from .series import Bucketing
from .tuning import Tuning


class PatternBase(
    Comparing[M, Row], Relating[M, Row], Ordering[M, Row], Bucketing[M, Row], Running[M, Row], Tuning[M, Row]
):
    """What every mixin can rely on, one file a topic."""


__all__ = ["PatternBase", "Root"]
