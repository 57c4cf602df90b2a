"""The live page, its two streams of events, and who writes for it; over real connections in tests/reliability."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from example_project.catalogue.oracles.streaming.events import parsed
from example_project.explorer import writer
from example_project.ops.models import Message, Response, ResponseChunk

STREAMS = {"messages": "/live/messages/", "tokens": "/live/tokens/"}


def rows(world, stream):
    found = world.messages if stream == "messages" else world.chunks
    return sorted(found, key=lambda row: (row.tx, row.id))


def events(address, n, last=None, **query):
    """The first ``n`` events of a stream, for a client that says which it has seen."""

    async def read():
        headers = {} if last is None else {"Last-Event-ID": last}
        response = await AsyncClient().get(address, query, headers=headers)
        assert response.status_code == 200
        assert response["Content-Type"] == "text/event-stream"
        found, stream = [], aiter(response.streaming_content)
        async for frame in stream:
            found.append(frame)
            if len(found) == n:
                break
        await stream.aclose()
        response.close()
        return [parsed(frame) for frame in found]

    return async_to_sync(read)()


def test_the_page_allows_one_script_of_ours_and_no_other_page_any(page, client):
    found = client.get("/live/")
    assert page("/live/").status == 200
    assert re.findall(r"<script[^>]*>", found.content.decode()) == ['<script src="/static/explorer/live.js" defer>']
    policy = found["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    for other in ("/", "/methods/", "/patterns/10/"):
        assert "script-src" not in client.get(other)["Content-Security-Policy"]
        assert "<script" not in client.get(other).content.decode()


def test_the_script_makes_no_html():
    from django.contrib.staticfiles import finders

    script = Path(finders.find("explorer/live.js")).read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|https?:", script)


def test_the_page_follows_from_a_dozen_messages_and_from_the_last_answer(client, world):
    found = client.get("/live/").content.decode()
    places = dict(re.findall(r'data-stream="(\w+)"[^>]* data-after="([^"]*)"', found))
    messages, chunks = rows(world, "messages"), rows(world, "tokens")
    assert places["messages"] == f"{messages[-13].tx}-{messages[-13].id}"
    assert [event["id"] for event in events(STREAMS["messages"], 12, after=places["messages"])] == [
        f"{row.tx}-{row.id}" for row in messages[-12:]
    ]
    last = [row for row in chunks if row.response_id == chunks[-1].response_id]
    found = events(STREAMS["tokens"], len(last), after=places["tokens"])
    assert [event["id"] for event in found] == [f"{row.tx}-{row.id}" for row in last]


@pytest.mark.parametrize("stream", STREAMS)
def test_a_client_that_connects_again_and_again_loses_and_repeats_nothing(world, stream):
    expected = [f"{row.tx}-{row.id}" for row in rows(world, stream)]
    seen, last = [], None
    for n in (1, 5, 2, 17, 1, len(expected) - 26):
        seen += events(STREAMS[stream], n, last, after="3-0" if last else "")  # the header is later than the address
        last = seen[-1]["id"]
    assert [event["id"] for event in seen] == expected


def test_events_say_what_the_page_shows(world):
    [event] = events(STREAMS["messages"], 1)
    row = rows(world, "messages")[0]
    session = next(session for session in world.sessions if session.id == row.session_id)
    assert event["event"] == "message"
    assert json.loads(event["data"]) == {
        "session": session.key, "role": row.role, "text": row.content, "at": row.created_at.isoformat()
    }  # fmt: skip
    [event] = events(STREAMS["tokens"], 1)
    row = rows(world, "tokens")[0]
    response = next(response for response in world.responses if response.id == row.response_id)
    assert event["event"] == "token"
    assert json.loads(event["data"]) == {
        "response": row.response_id, "model": response.model_name, "seq": row.seq, "text": row.text
    }  # fmt: skip


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize(
    "last", ["x", "5", "5-", "-5", "5-x", f"{2**64}-1", "5-1; DROP", f"5-{2**63}", "5-" + "9" * 50]
)
def test_a_place_that_is_none_is_refused(world, stream, last, django_assert_num_queries):
    async def asked(**given):
        return await AsyncClient().get(STREAMS[stream], **given)

    with django_assert_num_queries(0):
        assert async_to_sync(asked)(headers={"Last-Event-ID": last}).status_code == 400
        assert async_to_sync(asked)(query_params={"after": last}).status_code == 400


@pytest.mark.parametrize("stream", STREAMS)
def test_a_server_that_is_not_asynchronous_says_so_and_waits_for_nothing(client, world, stream):
    assert client.get(STREAMS[stream]).status_code == 501
    assert "Events need an ASGI server" in client.get("/live/").content.decode()


def test_a_question_is_answered_word_by_word(world):
    response = writer.write(pace=0)
    question, answer = Message.objects.filter(session__key="live").order_by("pk")
    assert (question.role, answer.role, answer.is_streamed) == ("user", "assistant", True)
    pieces = list(ResponseChunk.objects.filter(response=response).order_by("seq"))
    assert [piece.seq for piece in pieces] == list(range(len(pieces)))
    assert 10 < len(pieces) <= writer.WORDS
    assert "".join(piece.text for piece in pieces) == answer.content
    response = Response.objects.get(pk=response.pk)
    assert response.status == "done"
    assert response.start_time <= response.first_token_at <= response.end_time


def test_who_asks_comes_back_to_the_page_or_is_told_to_wait(client, monkeypatch):
    done = []
    monkeypatch.setattr(writer, "start", lambda: not done.append(1) and len(done) == 1)
    assert client.post("/live/ask/").headers["Location"] == "/live/"
    assert client.post("/live/ask/").status_code == 429
    assert client.get("/live/ask/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/live/ask/").status_code == 403
    assert len(done) == 2


def test_so_many_are_answered_at_the_same_time(monkeypatch):
    import threading

    go, left = threading.Event(), threading.Semaphore(0)
    monkeypatch.setattr(writer, "write", lambda: go.wait(10))
    monkeypatch.setattr(writer, "connection", SimpleNamespace(close=left.release))  # one a thread
    assert [writer.start() for _ in range(writer.AT_ONCE + 1)] == [True] * writer.AT_ONCE + [False]
    go.set()
    for _ in range(writer.AT_ONCE):
        assert left.acquire(timeout=10)
