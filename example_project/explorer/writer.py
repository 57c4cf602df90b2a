"""Somebody who asks, and something that answers: writes for the live page, each word a transaction of its own."""

from __future__ import annotations

import random
import re
import time
from threading import BoundedSemaphore, Thread
from typing import Final

from django.db import connection
from django.utils import timezone

from example_project.content.models import Post
from example_project.ops.models import Message, Response, ResponseChunk, Session

AT_ONCE: Final = 4
"""So many answers are written at the same time."""
PACE: Final = 0.07
"""Seconds that a word takes."""
WORDS: Final = 90
LENGTH: Final = 400
"""Letters that are enough for an answer."""
WORD: Final = re.compile(r"\s*\S+")
LINE: Final = re.compile(r"(?<!\n)\n(?!\n) *")  # an end that is none of a paragraph

_free = BoundedSemaphore(AT_ONCE)


def start() -> bool:
    """Have one question answered in the background; False where there are too many."""
    if not _free.acquire(blocking=False):
        return False
    Thread(target=_work, daemon=True).start()
    return True


def write(pace: float = PACE) -> Response:
    """Ask what a post says, and answer in its words."""
    session, _ = Session.objects.get_or_create(key="live", defaults={"worker_id": "live"})
    long = Post.objects.of_length("content", min=LENGTH).values_list("title", "content")
    title, content = random.choice(long[:500])  # noqa: S311 (anything will do)
    Message.objects.create(session=session, role="user", content=f"What do we have on “{title}”?")
    response = Response.objects.create(session=session, model_name="small")
    words = WORD.findall(LINE.sub(" ", content))[:WORDS]
    for seq, word in enumerate(words):
        time.sleep(pace)
        ResponseChunk.objects.create(response=response, seq=seq, text=word)
        if seq == 0:
            Response.objects.filter(pk=response.pk).update(first_token_at=timezone.now())
    Message.objects.create(session=session, role="assistant", content="".join(words), is_streamed=True)
    Response.objects.filter(pk=response.pk).update(status="done", end_time=timezone.now())
    return response


def _work() -> None:
    try:
        write()
    finally:
        connection.close()
        _free.release()
