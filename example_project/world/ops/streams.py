"""Responses and the chunks that they arrive in: whole, open, with gaps, silent; and how far exports have come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from example_project.world.builder import Builder

from .rows import Message, Response, ResponseChunk, StreamCursor
from .sessions import FIRST

STEP = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
PIECES = ("The ", "file ", "is ", "read ", "line\n", "by ", "line. ", "👍", "", " ")


def fill(world: Builder) -> None:
    """Ordinary responses, then planted ones."""
    for number in range(24):
        start = timedelta(hours=40) - number * timedelta(minutes=50)
        _response(world, range(number % 7), start, expected=None if number % 3 == 0 else number % 7)
    _whole_or_not(world)
    _silent(world)
    last = world.rows(Message)[40]
    world.add(
        StreamCursor,
        name="half-way",
        position=(last.tx, last.id),
        updated_at=world.now - timedelta(hours=3),
    )


def _response(
    world: Builder,
    seqs: Sequence[int],
    before: timedelta,
    status: str = "done",
    expected: int | None = None,
    *,
    last: timedelta | None = None,
    streamed: bool = True,
) -> None:
    """A response that began ``before`` now, a chunk a second, the last of them ``last`` before now."""
    number = len(world.rows(Response))
    start = world.now - before
    first = start + timedelta(milliseconds=250 + number) if streamed and seqs else None
    response = world.add(
        Response,
        session_id=1 + number % 9,
        model_name=("small", "large")[number % 2],
        status=status,
        is_streamed=streamed,
        start_time=start,
        first_token_at=first,
        end_time=None if status == "open" else start + timedelta(seconds=number % 5, milliseconds=700),
        expected_chunks=expected,
    )
    for place, seq in enumerate(seqs):
        at = start + timedelta(seconds=place)
        if last is not None and place == len(seqs) - 1:
            at = world.now - last
        text = PIECES[(number + seq) % len(PIECES)]
        tx = FIRST + len(world.rows(ResponseChunk))
        world.add(ResponseChunk, response_id=response.id, seq=seq, text=text, created_at=at, tx=tx)


def _whole_or_not(world: Builder) -> None:
    """Chunks out of order, gaps at the start, inside and behind; as many as expected, more, and fewer."""
    long = timedelta(hours=10)
    for seqs, status, expected in (
        ((2, 0, 1), "done", 3),
        ((0, 1, 3), "done", None),
        ((1, 2), "open", None),
        ((-1, 1), "error", None),
        ((-1, 0, 1), "done", 3),
        ((0, 1), "done", 3),
        ((0, 1, 2), "done", 2),
        ((0, 1), "open", 5),
        ((0, 1), "error", 5),
        ((), "done", 0),
        ((), "done", 2),
        ((), "error", 2),
        ((), "done", None),
        ((0,), "done", 1),
    ):
        _response(world, seqs, long, status, expected)
    _response(world, (), long, streamed=False)
    _response(world, (), long, "open", streamed=False)


def _silent(world: Builder) -> None:
    """Open ones whose last chunk, or start, is five minutes back, a step more and a step less."""
    for step in (STEP, 0 * STEP, -STEP):
        _response(world, (0, 1, 2), 20 * MINUTE, "open", last=5 * MINUTE + step)
        _response(world, (), 5 * MINUTE + step, "open")
        _response(world, (0,), 20 * MINUTE, "done", last=5 * MINUTE + step)
    _response(world, (1, 0), 3 * MINUTE, "open", last=7 * MINUTE)  # whose chunks came in another order than they count
