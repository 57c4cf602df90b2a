"""The live page: what is written comes as Server-Sent Events, and goes on where a visitor was."""

from __future__ import annotations

import json
from typing import Any, Final

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from example_project.ops.models import Message, ResponseChunk
from querysets.errors import InvalidCursor

from . import highlighting, surface, writer

# One script, a file of our own, which writes text and never HTML; it talks to this site alone.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'"
)
CHAIN: Final = 'ResponseChunk.objects.select_related("response").asse(last_event_id, event="token", channel="chunks")'
BEFORE: Final = 12
"""So many messages were there before a visitor came."""


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The page, with the places in the two tables from which it follows them."""
    context = {
        "chain": highlighting.python(CHAIN, surface.address),
        "messages": _before(Message.objects.settled().order_by("-tx", "-pk")[BEFORE : BEFORE + 1].first()),
        "tokens": _before(_last_first(), itself=True),
        "is_followed": isinstance(request, ASGIRequest),
    }
    page = render(request, "explorer/live.html", context)
    page["Content-Security-Policy"] = POLICY
    return page


@require_POST
def ask(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (a view)
    """Have a question asked and answered, word by word, unless too many are."""
    return redirect("explorer:live") if writer.start() else HttpResponse("too many at once", status=429)


@require_safe
async def messages(request: HttpRequest) -> HttpResponseBase:
    """Messages as they come."""
    return _events(request, Message.objects.select_related("session"), "message", "messages", _message)


@require_safe
async def tokens(request: HttpRequest) -> HttpResponseBase:
    """The pieces of answers as they come."""
    return _events(request, ResponseChunk.objects.select_related("response"), "token", "chunks", _token)


def _events(request: HttpRequest, rows: Any, event: str, channel: str, text: Any) -> HttpResponseBase:
    if not isinstance(request, ASGIRequest):
        return HttpResponse("events need an ASGI server, as make demo has", status=501)
    seen = request.headers.get("Last-Event-ID") or request.GET.get("after")
    try:
        frames = rows.asse(seen, event=event, render=text, channel=channel)
    except InvalidCursor as error:
        return HttpResponse(str(error), status=400)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(frames, content_type="text/event-stream", headers=headers)


def _message(row: Message) -> str:
    said = {"session": row.session.key, "role": row.role, "text": row.content, "at": row.created_at.isoformat()}
    return json.dumps(said)


def _token(row: ResponseChunk) -> str:
    piece = {"response": row.response_id, "model": row.response.model_name, "seq": row.seq, "text": row.text}
    return json.dumps(piece)


def _last_first() -> ResponseChunk | None:
    """The first piece of the last answer."""
    last = ResponseChunk.objects.settled().order_by("-tx", "-pk").first()
    return last and ResponseChunk.objects.settled().filter(response=last.response_id).order_by("tx", "pk").first()


def _before(row: Message | ResponseChunk | None, *, itself: bool = False) -> str:
    """The place behind a row, or the one before it; that of the beginning where there is none."""
    return "" if row is None else f"{row.tx}-{row.pk - itself}"
