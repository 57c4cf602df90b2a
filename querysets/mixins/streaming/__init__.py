"""Streams of rows, pages of them, and tails that follow a table as it grows; a table as a queue."""

from __future__ import annotations

from querysets._types import M, Row

from .standing import Standing


class StreamingMixin(Standing[M, Row]):
    """Streams, pages, tails and queues."""


__all__ = ["StreamingMixin"]
