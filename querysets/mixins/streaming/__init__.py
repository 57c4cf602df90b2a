"""Streams of rows, pages of them, and tails that follow a table as it grows."""

from __future__ import annotations

from querysets._types import M, Row

from .streams import Streams


class StreamingMixin(Streams[M, Row]):
    """Streams, pages and tails."""


__all__ = ["StreamingMixin"]
