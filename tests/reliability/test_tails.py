"""Tails and concurrent reads with real commits: nothing is lost or repeated, and no connection is held or left."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from contextlib import closing, contextmanager, suppress

import psycopg
import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.db import DatabaseError, connection
from django.db.models import F, FloatField, Func, IntegerField, Value
from django.db.models.functions import Cast

from example_project.ops.models import Message, Session, StreamCursor
from querysets import agather
from querysets.sql.streaming import hints

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

INSERT = (
    "INSERT INTO ops_message (session_id, role, content, is_streamed, created_at)"
    " VALUES (%s, 'user', %s, true, now()) RETURNING id"
)


def connect(**options):
    """A connection of the driver's own, to the database of the test."""
    given = connection.get_connection_params()
    return psycopg.connect(**{key: given[key] for key in ("dbname", "user", "password", "host", "port")}, **options)


def asked(sql, *params):
    """What the server says, on a connection that is no part of the test."""
    with connect(autocommit=True) as other:
        return other.execute(sql, params).fetchall()


def others():
    """How many connections there are to the database, beside the one that asks."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    [(found,)] = asked(sql)
    return found


def left_alone():
    """No connection stays behind; one whose statement was cancelled may take a moment to close."""
    until = time.monotonic() + 8
    while others():
        assert time.monotonic() < until, "a connection is left open"
        time.sleep(0.05)


@pytest.fixture
def session(db):
    return Session.objects.create(key="tail", worker_id="w")


def pks(rows):
    return [row.pk for row in rows]


def taken(rows, position=None):
    """What there is to be seen behind a position, and the position behind that."""
    found = []
    tail = rows._tail("follow", position, 50, poll=1.0, channel=None)
    while batch := tail.step():
        found += [row.pk for _, row in batch]
    return found, tail.position


def settle(rows):
    """Wait for transactions that began before, those of other tests on the same server, too."""
    for _ in range(1200):
        if not rows.tail_lag().waiting:
            return
        time.sleep(0.05)


def test_what_commits_late_is_seen_and_in_its_place(session):
    with closing(connect()) as slow, closing(connect()) as quick:
        [(first,)] = slow.execute(INSERT, [session.pk, "first, and slow"]).fetchall()
        [(second,)] = quick.execute(INSERT, [session.pk, "second, and quick"]).fetchall()
        quick.commit()
        rows = session.messages.all()
        assert pks(rows) == [second]  # who remembers the highest id is past the first by now
        assert taken(rows) == ([], None)
        assert rows.tail_lag().waiting == 1
        slow.commit()
        settle(rows)
        found, position = taken(rows)
        assert found == [first, second]
        assert rows.tail_lag().waiting == 0
        [(third,)] = quick.execute(INSERT, [session.pk, "third"]).fetchall()
        quick.rollback()
        [(fourth,)] = quick.execute(INSERT, [session.pk, "fourth"]).fetchall()
        quick.commit()
        settle(rows)
        assert taken(rows, position)[0] == [fourth] != [third]


def test_a_reader_of_eight_writers_that_die_sees_each_committed_row_once(session):
    """Writers commit out of order, roll back, and have their connections cut by the server."""
    committed, lock = [], threading.Lock()

    def write(seed):
        pick = random.Random(seed)
        for turn in range(25):
            with suppress(psycopg.Error), closing(connect()) as own:
                new = [own.execute(INSERT, [session.pk, f"{seed} {turn}"]).fetchone()[0] for _ in range(3)]
                time.sleep(pick.choice((0, 0, 0.002, 0.03)))
                if pick.random() < 0.15:
                    own.rollback()
                elif pick.random() < 0.15:
                    asked("SELECT pg_terminate_backend(%s)", own.info.backend_pid)
                    own.commit()
                    raise AssertionError("a connection that was cut has committed")
                else:
                    own.commit()
                    with lock:
                        committed.extend(new)

    seen = []

    def read():
        tail, writing = session.messages.all()._tail("follow", None, 7, poll=1.0, channel=None), True
        while True:
            found = tail.step()
            seen.extend(row.pk for _, row in found)
            if not (found or writing):
                return
            writing = any(writer.is_alive() for writer in writers) or bool(session.messages.tail_lag().waiting)

    writers = [threading.Thread(target=write, args=[seed]) for seed in range(8)]
    reader = threading.Thread(target=read)
    for thread in (*writers, reader):
        thread.start()
    for writer in writers:
        writer.join(60)
    reader.join(60)
    assert not reader.is_alive()
    assert len(committed) > 100
    assert len(seen) == len(set(seen))
    assert sorted(seen) == sorted(committed) == sorted(pks(session.messages.all()))


def test_a_follower_gets_what_comes_and_holds_no_connection_while_it_waits(session):
    async def following():
        async with ThreadSensitiveContext():
            stream, found = session.messages.all().afollow(poll=0.05), []
            task = asyncio.create_task(anext(stream))
            await asyncio.sleep(0.3)
            held = [await asyncio.to_thread(others) for _ in range(20)]
            for number in range(3):
                await asyncio.to_thread(written, f"{number}")
                found.append((await asyncio.wait_for(task, 10)).content)
                task = asyncio.create_task(anext(stream))
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await stream.aclose()
            return held, found

    def written(content):
        with connect(autocommit=True) as other:
            other.execute(INSERT, [session.pk, content])

    connection.close()
    held, found = asyncio.run(following())
    assert found == ["0", "1", "2"]
    assert sorted(held)[len(held) // 2] == 0
    left_alone()


def test_a_notification_ends_the_wait_early(session):
    async def following():
        async with ThreadSensitiveContext():
            streams = [session.messages.all().afollow(poll=60, channel="Messages: new") for _ in range(5)]
            tasks = [asyncio.create_task(anext(stream)) for stream in streams]
            await asyncio.sleep(1.5)
            listening = await asyncio.to_thread(others)
            await asyncio.to_thread(written)
            found = await asyncio.wait_for(asyncio.gather(*tasks), 45)
            for stream in streams:
                await stream.aclose()
            await asyncio.sleep(0.2)
            return listening, [row.content for row in found]

    def written():
        with connect() as other:
            other.execute(INSERT, [session.pk, "new"])
            other.execute("SELECT pg_notify('Messages: new', '')")

    connection.close()
    started = time.monotonic()
    assert asyncio.run(following()) == (1, ["new"] * 5)
    assert time.monotonic() - started < 55
    left_alone()


def test_what_the_migration_made_wakes_the_tails_of_both_kinds(session):
    """Without an error of its own: each wait would be as long as a minute."""

    def write():
        with connect(autocommit=True) as other:
            while not done.wait(0.3):
                other.execute(INSERT, [session.pk, "new"])

    def read():
        rows = session.messages.follow(poll=60, channel="messages")
        found.append([row.content for _, row in zip(range(3), rows, strict=False)])
        rows.close()
        connection.close()

    async def following():
        async with ThreadSensitiveContext():
            stream = session.messages.all().afollow(poll=60, channel="messages", limit=3)
            found.append([row.content async for row in stream])
            await asyncio.sleep(0.2)

    found, done = [], threading.Event()
    threads = [threading.Thread(target=each) for each in (write, read, lambda: asyncio.run(following()))]
    connection.close()
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join(30)
    done.set()
    threads[0].join(10)
    assert found == [["new"] * 3] * 2
    assert time.monotonic() - started < 20
    left_alone()


def test_a_listener_whose_connection_is_cut_goes_on(session):
    """It polls until it listens again."""
    with hints.waiting("default", "messages") as wait:
        wait(30)  # at once: now it listens
        asked("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%'")
        started = time.monotonic()
        wait(0.5)
        assert 0.4 < time.monotonic() - started < 5
        wait(30)  # at once
        with connect(autocommit=True) as other:
            other.execute(INSERT, [session.pk, "new"])
        wait(30)
        assert time.monotonic() - started < 20
    connection.close()
    left_alone()


def test_where_nobody_listens_polling_finds_it_all_the_same(session, monkeypatch):
    monkeypatch.setattr("querysets.sql.streaming.hints._NOT_LIBPQ", {"dbname", "host", "port", "context"})

    async def following():
        stream = session.messages.all().afollow(poll=0.1, channel="x")
        found = await asyncio.wait_for(anext(stream), 10)
        await stream.aclose()
        return found.content

    with connect() as other:
        other.execute(INSERT, [session.pk, "polled"])
    assert async_to_sync(following)() == "polled"


def test_five_hundred_event_streams_hold_a_few_connections_and_leave_none(session):
    async def one(frames):
        async with ThreadSensitiveContext():  # as each request has under ASGI
            stream = session.messages.all().asse(poll=0.5)
            try:
                async for frame in stream:
                    frames.append(frame)
                    if b"data: last" in frame:
                        return
            finally:
                await stream.aclose()

    async def watching():
        frames: list[bytes] = []
        tasks = [asyncio.create_task(one(frames)) for _ in range(500)]
        held = []
        for _ in range(10):
            held.append(await asyncio.to_thread(others))
            await asyncio.sleep(0.3)
        await asyncio.to_thread(written, "last")
        await asyncio.wait_for(asyncio.gather(*tasks[:250]), 120)
        for task in tasks[250:]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return held, len(frames)

    def written(content):
        with connect(autocommit=True) as other:
            other.execute(INSERT, [session.pk, content])

    connection.close()
    held, frames = asyncio.run(watching())
    assert frames >= 250
    assert max(held) <= 8
    left_alone()


class Sleep(Func):
    function = "pg_sleep"
    output_field = FloatField()

    def as_sql(self, compiler, connection, **context):
        sql, params = super().as_sql(compiler, connection, **context)
        return f"(SELECT 1.0 FROM {sql})", params  # noqa: S608 (a function of the server)


def sleeping():
    """How many statements sleep on the server; one that was cancelled takes a moment to end."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    [(found,)] = asked(sql)
    return found


async def asleep(number):
    async with asyncio.timeout(8):
        while await asyncio.to_thread(sleeping) != number:  # noqa: ASYNC110 (the server is asked)
            await asyncio.sleep(0.05)


@contextmanager
def soon():
    """What is asked for comes true within seconds, long before the statement would end by itself."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 8


def slow(seconds=20):
    return Session.objects.annotate(nap=Sleep(Value(seconds)))


@pytest.mark.parametrize("options", [{}, {"snapshot": True}])
def test_cancelling_a_stream_cancels_its_statement_and_the_connection_is_good(session, options):
    async def reading():
        async def read():
            return [row async for row in slow().astream(**options)]

        async with ThreadSensitiveContext():
            task = asyncio.create_task(read())
            await asleep(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asleep(0)
            count = await Session.objects.acount()
            await sync_to_async(lambda: connection.close())()  # noqa: PLW0108 (that of the thread)
            return count

    with soon():
        assert asyncio.run(reading()) == 1


def test_reads_are_made_at_the_same_time_on_so_many_connections(session):
    async def reading(limit):
        started = time.monotonic()
        found = await agather(limit=limit, **{f"r{place}": slow(0.5) for place in range(4)})
        return time.monotonic() - started, {name: pks(rows) for name, rows in found.items()}

    expected = {f"r{place}": [session.pk] for place in range(4)}
    together, found = asyncio.run(reading(4))
    assert found == expected
    two, found = asyncio.run(reading(2))
    assert found == expected
    assert together < 0.5 * 4
    assert together < two
    connection.close()
    left_alone()


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_reads_run_on_the_server_than_connections_were_allowed(session, limit):
    async def reading():
        task = asyncio.create_task(agather(limit=limit, **{f"r{place}": slow(0.3) for place in range(7)}))
        seen = []
        while not task.done():
            seen.append((await asyncio.to_thread(sleeping), await asyncio.to_thread(others)))
            await asyncio.sleep(0.02)
        return seen, await task

    connection.close()
    seen, found = asyncio.run(reading())
    assert len(found) == 7
    assert max(asleep for asleep, _ in seen) == limit
    assert max(there for _, there in seen) <= limit + 1  # and the one on which it was asked whether it may
    connection.close()
    left_alone()


def test_results_have_their_names_and_functions_are_called(session):
    found = async_to_sync(agather)(many=Session.objects.count, none=Message.objects.all(), text=lambda: "x")
    assert found == {"many": 1, "none": [], "text": "x"}
    assert async_to_sync(agather)() == {}


def test_the_first_error_ends_the_others_on_the_server(session):
    async def reading():
        await agather(
            limit=3, slow=slow(), other=slow(), wrong=Session.objects.annotate(n=Cast(F("key"), IntegerField()))
        )

    with soon(), pytest.raises(DatabaseError, match="invalid input syntax"):
        asyncio.run(reading())
    connection.close()
    assert sleeping() == 0
    left_alone()


def test_a_cancelled_gathering_leaves_nothing_behind(session):
    async def reading():
        task = asyncio.create_task(agather(one=slow(), other=slow()))
        await asleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with soon():
        asyncio.run(reading())
    connection.close()
    assert sleeping() == 0
    left_alone()


def test_inside_a_transaction_reads_take_turns_and_see_it(session):
    from django.db import transaction

    with transaction.atomic():
        Session.objects.create(key="mine", worker_id="w")
        assert async_to_sync(agather)(count=Session.objects.count) == {"count": 2}


@pytest.mark.parametrize(
    ("error", "options"), [(TypeError, {"x": 5}), (ValueError, {"limit": 0}), (TypeError, {"limit": 1.5})]
)
def test_what_cannot_be_read_is_refused(error, options):
    with pytest.raises(error, match=r"agather\(\)"):
        async_to_sync(agather)(**options)


def test_an_export_beside_writers_has_each_row_once(session):
    with connect() as other:
        for number in range(95):
            other.execute(INSERT, [session.pk, str(number)])
    settle(session.messages)
    first = [row.pk for batch in session.messages.checkpointed("x", StreamCursor, 10) for row in batch]
    with connect() as other:
        other.execute(INSERT, [session.pk, "more"])
    settle(session.messages)
    rest = [row.pk for batch in session.messages.checkpointed("x", StreamCursor, 10) for row in batch]
    assert [*first, *rest] == pks(session.messages.order_by("pk"))
    assert len(rest) == 1
