"""Tails in one transaction: positions, frames and exports; what commits late is in tests/reliability/test_tails.py."""

from __future__ import annotations

import asyncio
from itertools import islice

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import F

from example_project.catalogue.oracles.streaming.events import parsed
from example_project.ops.models import Message, Session, StreamCursor
from querysets.errors import LostPosition
from querysets.mixins.streaming.tails import Lag


def in_order(messages):
    return sorted(messages, key=lambda row: (row.tx, row.id))


def ids(rows):
    return [row.pk if hasattr(row, "pk") else row.id for row in rows]


def test_a_tail_is_in_the_order_of_transactions(world):
    expected = ids(in_order(world.messages))
    assert expected != sorted(expected)
    for size in (1, 7, 500):
        found = Message.objects.newest().follow(size=size, limit=len(expected))
        assert ids(found) == expected


@pytest.mark.parametrize("place", [0, 1, 40, 41, 42])
def test_it_goes_on_strictly_behind_a_position(world, place):
    expected = in_order(world.messages)
    row = expected[place]
    assert ids(Message.objects.follow((row.tx, row.id), limit=5)) == ids(expected[place + 1 : place + 6])
    assert ids(Message.objects.follow([row.tx, row.id], limit=1)) == ids(expected[place + 1 : place + 2])
    between = (row.tx, row.id - 1)
    assert ids(Message.objects.follow(between, limit=1)) == [row.id]


def test_a_filter_of_the_chain_stays(world):
    session = Session.objects.get(key="at-once")
    expected = in_order(world.messages_of[session.pk])
    assert ids(islice(session.messages.filter(is_streamed=True).follow(), 20)) == ids(expected)


def test_what_this_transaction_inserts_is_not_settled_and_shows_as_lag(world):
    assert Message.objects.tail_lag() == Lag(0, None)
    new = [Message.objects.create(session_id=1, content="x") for _ in range(3)]
    assert set(ids(Message.objects.settled())) == set(ids(world.messages))
    assert Message.objects.tail_lag() == Lag(3, new[0].created_at)
    assert Message.objects.by(pk=new[1].pk).tail_lag() == (1, new[1].created_at)
    assert async_to_sync(Message.objects.all().atail_lag)() == Lag(3, new[0].created_at)


def test_the_condition_is_one_range_of_the_index(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ops_message (session_id, role, content, is_streamed, created_at, tx)"
            " SELECT 1, 'user', 'x', false, now(), (100 + g)::text::xid8 FROM generate_series(1, 20000) g"
        )
        cursor.execute("ANALYZE ops_message")
    plan = Message.objects.settled().filter(tx__gt=15000).order_by("tx", "pk")[:20].explain()
    assert "Index Scan using message_settled" in plan
    assert "Sort" not in plan


async def first(stream, n):
    found = []
    async for each in stream:
        found.append(each)
        if len(found) == n:
            break
    await stream.aclose()
    return found


def test_frames_have_the_position_the_event_and_every_line(world):
    rows = world.messages_of[Session.objects.get(key="odd-texts").pk]
    chain = Message.objects.filter(session__key="odd-texts")
    found = async_to_sync(first)(chain.asse(event="said"), len(rows))
    expected = in_order(rows)
    client = [parsed(each) for each in found]
    assert [(each["id"], each["event"]) for each in client] == [(f"{row.tx}-{row.id}", "said") for row in expected]
    texts = [row.content.replace("\r\n", "\n").replace("\r", "\n") for row in expected]
    assert [each["data"] for each in client] == texts
    assert all(each.endswith(b"\n\n") and b"\n\n" not in each[:-2] for each in found)


def test_a_client_goes_on_where_it_was(world):
    everything = async_to_sync(first)(Message.objects.asse(), 30)
    seen = parsed(everything[11])["id"]
    assert async_to_sync(first)(Message.objects.asse(seen), 18) == everything[12:]
    assert async_to_sync(first)(Message.objects.asse(""), 30) == everything


def test_what_is_said_can_be_chosen(world):
    chain = Message.objects.annotate(worker=F("session__worker_id"))
    [frame] = async_to_sync(first)(chain.asse(render=lambda row: f"{row.worker}: {row.pk}"), 1)
    row = in_order(world.messages)[0]
    assert parsed(frame)["data"] == f"{Session.objects.get(pk=row.session_id).worker_id}: {row.id}"


def test_silence_is_broken_by_comments(world):
    last = in_order(world.messages)[-1]
    stream = Message.objects.asse(f"{last.tx}-{last.id}", keepalive=0.05, poll=5)
    assert async_to_sync(first)(stream, 3) == [b": keepalive\n\n"] * 3


def test_a_cancelled_task_ends_the_stream(world):
    async def watching():
        async def read():
            return [row async for row in Message.objects.afollow(poll=0.01)]

        task = asyncio.create_task(read())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async_to_sync(watching)()


def test_an_export_goes_on_where_it_was_stopped(world):
    expected = in_order(world.messages)
    seen = []
    for batch in Message.objects.checkpointed("mine", StreamCursor, 20):
        seen.append(ids(batch))
        if len(seen) == 3:
            break  # in the middle of the third: its position is not kept
    assert StreamCursor.objects.get(name="mine").position == [expected[39].tx, expected[39].id]
    rest = [ids(batch) for batch in Message.objects.checkpointed("mine", StreamCursor, 20)]
    assert rest[0] == seen[2]
    assert [*seen[0], *seen[1], *(each for batch in rest for each in batch)] == ids(expected)
    assert list(Message.objects.checkpointed("mine", StreamCursor, 20)) == []
    assert StreamCursor.objects.get(name="mine").position == [expected[-1].tx, expected[-1].id]


def test_an_export_that_is_there_begins_behind_its_position(world):
    [tx, number] = StreamCursor.objects.get(name="half-way").position
    expected = [row.id for row in in_order(world.messages) if (row.tx, row.id) > (tx, number)]

    async def exported():
        return [row.pk async for batch in Message.objects.acheckpointed("half-way", StreamCursor, 9) for row in batch]

    assert async_to_sync(exported)() == expected


def test_two_exports_of_one_name_do_not_both_go_on(world):
    one, other = (Message.objects.checkpointed("mine", StreamCursor, 20) for _ in range(2))
    assert next(one) == next(other)
    next(one)
    with pytest.raises(LostPosition, match="the export 'mine' was taken on by another meanwhile"):
        next(other)
    assert len(next(one)) == 20


def test_an_export_in_a_transaction_keeps_both_or_neither(world):
    from django.db import transaction

    with transaction.atomic():
        for place, batch in enumerate(Message.objects.checkpointed("mine", StreamCursor, 20)):
            Message.objects.filter(pk=batch[0].pk).update(content="exported")
            if place == 2:
                break
        assert StreamCursor.objects.filter(name="mine").exists()
        transaction.set_rollback(True)
    assert not Message.objects.filter(content="exported").exists()
    assert not StreamCursor.objects.filter(name="mine").exists()
