"""The live page's streams over real connections to a real server: clients that are cut off, and very many of them."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from django.core.asgi import get_asgi_application
from django.db import connection

from example_project.catalogue.oracles.streaming.events import parsed
from example_project.content.models import Post, User
from example_project.explorer import writer
from example_project.ops.models import Message, Response, ResponseChunk, Session

from .test_tails import INSERT, asked, connect, left_alone, others

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@contextmanager
def served():
    """The port of a server of the whole site, in a thread and loop of its own."""
    import uvicorn

    from example_project.config.management.commands.demo import first_free

    listener = first_free(18_000)
    app = get_asgi_application()
    config = uvicorn.Config(
        app, lifespan="off", ws="none", access_log=False, log_level="critical", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=[[listener]])
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def pool(size):
    """Connections come from a pool of so many."""
    given = connection.settings_dict["OPTIONS"]
    connection.close()
    given["pool"] = {"min_size": 0, "max_size": size, "timeout": 20, "max_idle": 1.0}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        del given["pool"]


async def opened(port, path, last=None):
    """The two ends of a connection whose stream of events has begun."""
    reader, writing = await asyncio.open_connection("127.0.0.1", port)
    seen = f"Last-Event-ID: {last}\r\n" if last else ""
    writing.write(f"GET {path} HTTP/1.1\r\nHost: testserver\r\n{seen}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0], head
    assert b"text/event-stream" in head
    return reader, writing


async def event(reader):
    """The next event, whatever comments are before it."""
    while True:
        size = int((await reader.readuntil(b"\r\n")).strip(), 16)
        chunk = await reader.readexactly(size + 2)
        if not chunk.startswith(b":"):
            return parsed(chunk[:-2])


@pytest.fixture
def post(db):
    """The one post, and no response yet; what else is there goes after the test, too."""
    Post.objects.all().delete()
    Response.objects.all().delete()
    author = User.objects.create(username="a", email="a@example.com")
    text = " ".join(f"word{place}" for place in range(200))
    return Post.objects.create(author=author, title="A post", slug="a", content=text)


def test_a_client_that_is_cut_off_again_and_again_reads_each_word_once(post):
    """Three answers are written at the same time; the client comes back behind the last word that it has seen."""
    total = 3 * writer.WORDS

    def write():
        try:
            writer.write(pace=0.005)
        finally:
            connection.close()

    async def reading(port):
        seen, last, turn = [], None, 0
        while len(seen) < total:
            reader, writing = await opened(port, "/live/tokens/", last)
            turn += 1
            for _ in range(1 + turn * 7 % 40):
                found = await asyncio.wait_for(event(reader), 30)
                seen.append(json.loads(found["data"]))
                last = found["id"]
                if len(seen) == total:
                    break
            writing.transport.abort()
            with suppress(ConnectionError):
                await writing.wait_closed()
        return seen, turn

    connection.close()
    writers = [threading.Thread(target=write) for _ in range(3)]
    with served() as port:
        for thread in writers:
            thread.start()
        seen, turns = asyncio.run(asyncio.wait_for(reading(port), 120))
        for thread in writers:
            thread.join(30)
    assert turns > 8
    numbers = sorted(Response.objects.values_list("pk", flat=True))
    assert len(numbers) == 3
    for number in numbers:
        assert [each["seq"] for each in seen if each["response"] == number] == list(range(writer.WORDS))
    assert ResponseChunk.objects.count() == len(seen) == total


@pytest.mark.parametrize("size", [3])
def test_five_hundred_streams_hold_no_more_connections_than_the_pool_and_leave_none(size):
    """One more listens for all of them. Requests go on beside them, and who is waited for gets what he waits for."""
    session = Session.objects.create(key="tail", worker_id="w")
    number = session.pk

    async def watching(port):
        streams = await asyncio.gather(*(opened(port, "/live/messages/") for _ in range(500)))
        held = []
        for _ in range(20):
            held.append(await asyncio.to_thread(others))
            await asyncio.sleep(0.1)
        started = time.monotonic()
        await asyncio.to_thread(written, "new")
        found = await asyncio.wait_for(asyncio.gather(*(event(reader) for reader, _ in streams)), 90)
        took = time.monotonic() - started
        reader, writing = await asyncio.open_connection("127.0.0.1", port)
        writing.write(b"GET /live/ HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n\r\n")
        page = await asyncio.wait_for(reader.read(), 30)
        held.append(await asyncio.to_thread(others))
        for _, each in [*streams, (reader, writing)]:
            each.transport.abort()
        until = time.monotonic() + 60
        while (left := await asyncio.to_thread(others)) and time.monotonic() < until:  # noqa: ASYNC110 (the server is asked)
            await asyncio.sleep(0.2)
        return held, found, page, left, took

    def written(content):
        with connect(autocommit=True) as other:
            other.execute(INSERT, [number, content])

    before = threading.active_count()
    with pool(size):
        with served() as port:
            held, found, page, left, took = asyncio.run(watching(port))
        assert [json.loads(each["data"])["text"] for each in found] == ["new"] * 500
        assert page.startswith(b"HTTP/1.1 200")
        assert max(held) <= size + 1
        assert left == 0  # while the server still runs
        assert took < 60
    left_alone()
    assert threading.active_count() <= before + 5
    assert asked("SELECT count(*) FROM ops_message") == [(Message.objects.count(),)]
