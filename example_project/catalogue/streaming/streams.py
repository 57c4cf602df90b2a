"""Rows one after the other, page by page, and as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from example_project.catalogue import pattern
from example_project.content.models import User
from example_project.ops.models import Message, Response, Session, StreamCursor, Task
from querysets import KeysetPage, agather


@pattern(461, "Users as a stream")
def stream_users(chunk: int = 2000) -> AsyncIterator[User]:
    """Active users by id, of which so many at a time are in memory; nothing is open between two reads."""
    return User.objects.active().astream(chunk)


@pattern(483, "Messages page by page")
def messages_page(session_id: int = 1, cursor: str | None = None, size: int = 10) -> KeysetPage[Message]:
    """A page of a session's messages, the newest first, with the cursors of the next page and the previous one."""
    return Message.objects.by(session=session_id).page_after(cursor, size, by=("-created_at", "-id"))


@pattern(484, "An export that can be stopped")
def export_messages(name: str = "half-way", size: int = 20) -> Iterator[list[Message]]:
    """The messages behind where the export of this name has come to, in batches; that each was worked on is kept."""
    return Message.objects.checkpointed(name, StreamCursor, size)


@pattern(485, "Messages as they come")
def follow_messages(session_id: int = 1, after: tuple[int, int] | None = None) -> AsyncIterator[Message]:
    """A session's messages behind a position (transaction, id), then those that come, without an end: none is lost."""
    return Message.objects.by(session=session_id).afollow(after)


@pattern(486, "Messages as server-sent events")
def sse_messages(session_id: int = 1, last_event_id: str | None = None) -> AsyncIterator[bytes]:
    """The same as events for a browser, which goes on behind the last one that it has seen."""
    return Message.objects.by(session=session_id).asse(last_event_id)


@pattern(490, "Counts at the same time")
async def live_counts(at: datetime | None = None) -> dict[str, int]:
    """How many tasks may be worked on, responses are open, sessions active, each on a connection of its own."""
    return await agather(
        queued=Task.objects.ready(at).count,
        open=Response.objects.by(status="open").count,
        active=Session.objects.by(status="active").count,
    )
