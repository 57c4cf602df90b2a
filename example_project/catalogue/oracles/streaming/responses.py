"""What the patterns of streamed responses must give."""

from __future__ import annotations

from datetime import datetime, timedelta

from example_project.catalogue.checking import Noted, case, empty, noted, oracle
from example_project.world import World
from example_project.world.ops.rows import Message, Response, ResponseChunk


def _chunks(world: World, response: Response) -> list[ResponseChunk]:
    return sorted(world.chunks_of[response.id], key=lambda chunk: chunk.seq)


@oracle(463)
def streaming_chunks(world: World) -> list[Noted]:
    return [
        noted(response, chunk_count=len(chunks))
        for response in world.responses
        if (chunks := world.chunks_of[response.id])
    ]


def _newest(messages: list[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: (message.created_at, message.id), reverse=True)


@oracle(
    465,
    case(minutes=10),
    case(minutes=3000.5),
    case(minutes=0),
    empty(at=datetime.fromisoformat("2020-01-01T00Z")),
    ordered=True,
)
def recent_messages(world: World, minutes: float, at: datetime) -> list[Message]:
    start = at - timedelta(minutes=minutes)
    return _newest([message for message in world.messages if start <= message.created_at <= at])


@oracle(468, ordered=True)
def last_streamed(world: World) -> list[Message]:
    return _newest([message for message in world.messages if message.is_streamed])[:1]


@oracle(470)
def streamed_latencies(world: World) -> list[Noted]:
    return [
        noted(
            response,
            latency=None if response.end_time is None else response.end_time - response.start_time,
            first_latency=None if response.first_token_at is None else response.first_token_at - response.start_time,
        )
        for response in world.responses
        if response.is_streamed
    ]


@oracle(487)
def response_texts(world: World) -> list[Noted]:
    return [
        noted(response, text="".join(chunk.text for chunk in _chunks(world, response))) for response in world.responses
    ]


@oracle(488)
def responses_with_gaps(world: World) -> list[Noted]:
    found: list[Noted] = []
    for response in world.responses:
        seqs = [chunk.seq for chunk in _chunks(world, response)]
        expected = response.expected_chunks if response.status == "done" else None
        if seqs != list(range(len(seqs))) or (expected is not None and expected != len(seqs)):
            low, top = (seqs[0], seqs[-1]) if seqs else (None, None)
            found.append(noted(response, n=len(seqs), low=low, top=top))
    return found


@oracle(
    489,
    case(silence=timedelta(minutes=6)),
    case(silence=timedelta(minutes=5, microseconds=1)),
    case(silence=timedelta(0)),
    empty(silence=timedelta(days=300)),
)
def stalled_streams(world: World, silence: timedelta, at: datetime) -> list[Noted]:
    found: list[Noted] = []
    for response in world.responses:
        moments = [chunk.created_at for chunk in world.chunks_of[response.id]]
        last = max(moments, default=None)
        heard = response.start_time if last is None else last
        if response.status == "open" and at - heard >= silence:
            found.append(noted(response, last_chunk=last, heard_at=heard))
    return found
