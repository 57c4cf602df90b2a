"""Sessions and their messages, which transactions have inserted a few at a time."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from example_project.world.builder import Builder

from .rows import Message, Session

STEP = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
FIRST = 3  # the lowest id that a transaction can have: every snapshot is above those of the world

WORDS = (
    "How do I read a file line by line?",
    "Iterate over the file object: `for line in file:`.",
    "And backwards?",
    "Not without reading it all, or seeking from its end.",
    "Thanks!",
    "What does the second argument of open() mean?",
    "The mode: `r` to read, `w` to write, `a` to append.",
)
TEXTS = (
    "",
    " ",
    "two\nlines",
    "carriage\r\nreturns\rtoo\n",
    "\n\n",
    "data: not a field\nid: 7\nevent: none",
    ": no comment",
    "👩‍👩‍👧 family, 🇫🇷, and é as e\u0301",
    "line\u2028separator and\x85next line",
    "a tab\tand a null-like \\0",
)


def fill(world: Builder, chance: Random) -> None:
    """Ordinary sessions, then those with messages on bounds, and one without any."""
    for number in range(1, 13):
        _session(world, f"session-{number:02}", worker=f"w{1 + number % 4}", status=_STATUS[number % 5])
    _talk(world, chance)
    texts = _session(world, "odd-texts", user=None)
    for place, text in enumerate(TEXTS):
        _message(world, texts, text, before=timedelta(hours=30) - place * MINUTE)
    _together(world)
    _recent(world)
    _session(world, "silent", worker="w-idle", status="idle")
    _session(world, "silent-too", worker="w-idle", status="closed", user=None)


_STATUS = ("active", "active", "idle", "active", "closed")


def _session(world: Builder, key: str, worker: str = "w1", status: str = "active", user: int | None = 1) -> int:
    rows = world.rows(Session)
    started = world.now - timedelta(hours=60 - len(rows))
    return world.add(
        Session,
        key=key,
        worker_id=worker,
        user_id=None if user is None else 1 + len(rows) % 9,
        status=status,
        started_at=started,
        last_active=started + timedelta(minutes=20),
    ).id


def _message(
    world: Builder, session: int, content: str, before: timedelta, *, streamed: bool = False, tx: int | None = None
) -> Message:
    last = max((message.tx for message in world.rows(Message)), default=FIRST - 1)
    return world.add(
        Message,
        session_id=session,
        role=("user", "assistant", "tool", "system")[len(world.rows(Message)) % 4],
        content=content,
        is_streamed=streamed,
        created_at=world.now - before,
        tx=last + 1 if tx is None else tx,
    )


def _talk(world: Builder, chance: Random) -> None:
    """Several messages a transaction, of several sessions; each third transaction had its ids before the one before it.

    So the order by id is not the order by transaction, as where one is slow to commit.
    """
    tx = FIRST
    for turn in range(40):
        number = tx + (1 if turn % 3 == 1 else -1 if turn % 3 == 2 else 0)
        for _ in range(chance.randrange(1, 4)):
            session = 1 if chance.random() < 0.3 else chance.randrange(1, 13)
            before = timedelta(hours=50) - turn * MINUTE * 30
            _message(world, session, chance.choice(WORDS), before, streamed=chance.random() < 0.4, tx=number)
        tx += 1


def _together(world: Builder) -> None:
    """A session whose messages are of one moment in fives: more than a page, across its bounds."""
    session = _session(world, "at-once")
    for place in range(20):
        before = timedelta(hours=20) - place // 5 * MINUTE
        _message(
            world,
            session,
            f"at once {place}",
            before=before,
            streamed=True,
            tx=None if place % 5 == 0 else _last(world),
        )


def _last(world: Builder) -> int:
    return world.rows(Message)[-1].tx


def _recent(world: Builder) -> None:
    """An hour ago, and a step beside it; two streamed at one moment, the newest of all not streamed; one to come."""
    session = _session(world, "recent")
    for before in (60 * MINUTE + STEP, 60 * MINUTE, 60 * MINUTE - STEP):
        _message(world, session, "an hour ago", before)
    for place in range(2):
        _message(world, session, f"the last that was streamed {place}", 5 * MINUTE, streamed=True)
    _message(world, session, "the last", 0 * MINUTE)
    _message(world, session, "to come", -STEP)
