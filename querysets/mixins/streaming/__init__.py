"""Streams of rows, pages of them, and tails that follow a table as it grows; a table as a queue."""

from __future__ import annotations

from querysets._types import M, Row

from .claims import Claims
from .pages import Pages
from .queues import Queues
from .standing import Standing
from .streams import Streams
from .tails import Tails


class StreamingMixin(Streams[M, Row], Pages[M, Row], Tails[M, Row], Queues[M, Row], Claims[M, Row], Standing[M, Row]):
    """Streams, pages, tails and queues."""


__all__ = ["StreamingMixin"]
