"""Responses that arrive in chunks, and messages that were streamed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from example_project.catalogue import pattern
from example_project.ops.models import Message, Response
from querysets import P


@pattern(463, "Responses with their number of chunks")
def streaming_chunks() -> QuerySet[Response]:
    """Responses of which a chunk has arrived, each once, with how many."""
    return Response.objects.with_rollup("chunks", chunk_count=Count("*")).having("chunks")


@pattern(465, "Messages of the last minutes")
def recent_messages(minutes: float = 60, at: datetime | None = None) -> QuerySet[Message]:
    """Messages of so many minutes up to now, the newest first, of one moment the highest id."""
    return Message.objects.recent(minutes / 60, at=at).newest()


@pattern(468, "The last message that was streamed")
def last_streamed() -> QuerySet[Message]:
    """The newest streamed message, of several at once the one of highest id: at most one row."""
    return Message.objects.by(is_streamed=True).newest().limited(1)


@pattern(470, "How long streamed responses took")
def streamed_latencies() -> QuerySet[Response]:
    """Streamed responses with the time to their end and to their first token; None while that is not there."""
    streamed = Response.objects.by(is_streamed=True)
    timed = streamed.with_duration("start_time", "end_time", as_="latency")
    return timed.with_duration("start_time", "first_token_at", as_="first_latency")


@pattern(487, "Responses put together")
def response_texts() -> QuerySet[Response]:
    """Each response with its chunks joined in the order in which they count; '' without chunks."""
    return Response.objects.with_joined("chunks", "text", sep="", by="seq", as_="text")


@pattern(488, "Responses with gaps")
def responses_with_gaps() -> QuerySet[Response]:
    """Responses whose chunks do not count 0, 1, 2, ..., or that are done with other than the expected number."""
    counted = Response.objects.with_rollup("chunks", n=Count("*"), low=Min("seq"), top=Max("seq"))
    torn = P.above(n=0) & (P.excluding(low=0) | ~Q(top=F("n") - 1))
    return counted.any_of(torn, P.by(status="done") & P.present("expected_chunks") & ~Q(n=F("expected_chunks")))


@pattern(489, "Streams that have stalled")
def stalled_streams(silence: timedelta = timedelta(minutes=5), at: datetime | None = None) -> QuerySet[Response]:
    """Open responses of which nothing was heard for so long: no chunk, and the start is as long ago."""
    open_ = Response.objects.by(status="open").with_max("chunks__created_at", as_="last_chunk")
    heard = open_.with_expr(heard_at=Coalesce("last_chunk", "start_time"))
    return heard.at_most(heard_at=(at or timezone.now()) - silence)
