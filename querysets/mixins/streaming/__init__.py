"""Streams of rows, pages of them, and tails that follow a table as it grows."""

from __future__ import annotations

from querysets._types import M, Row

from .tails import Tails


class StreamingMixin(Tails[M, Row]):
    """Streams, pages and tails."""


__all__ = ["StreamingMixin"]
