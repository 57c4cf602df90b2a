"""Models of the ops domain."""

from __future__ import annotations

from .sessions import Message, Response, ResponseChunk, Session
from .tasks import StreamCursor, Task

__all__ = ["Message", "Response", "ResponseChunk", "Session", "StreamCursor", "Task"]
