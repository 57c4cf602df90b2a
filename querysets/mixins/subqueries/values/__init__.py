"""Annotations by expressions: numbers, times, texts."""

from __future__ import annotations

from querysets._types import M, Row

from .moments import Moments
from .numbers import Numbers
from .texts import Texts


class Expressions(Numbers[M, Row], Moments[M, Row], Texts[M, Row]):
    """What a row gains by an expression."""


__all__ = ["Expressions"]
