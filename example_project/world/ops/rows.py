"""One frozen dataclass a table of ``example_project.ops``, as in ``world.rows``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation that a worker holds."""

    id: int
    key: str
    worker_id: str
    user_id: int | None
    status: str
    started_at: datetime
    last_active: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What was said in a session, by a transaction."""

    id: int
    session_id: int
    role: str
    content: str
    is_streamed: bool
    created_at: datetime
    tx: int


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that arrives, or has arrived, in chunks."""

    id: int
    session_id: int
    model_name: str
    status: str
    is_streamed: bool
    start_time: datetime
    first_token_at: datetime | None
    end_time: datetime | None
    expected_chunks: int | None


@dataclass(frozen=True, slots=True)
class ResponseChunk:
    """A piece of an answer."""

    id: int
    response_id: int
    seq: int
    text: str
    created_at: datetime
    tx: int


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done."""

    id: int
    queue: str
    name: str
    payload: Any
    status: str
    priority: int
    eta: datetime | None
    attempts: int
    max_attempts: int
    retry_count: int
    locked_by: str | None
    locked_until: datetime | None
    lease_token: UUID | None
    cancel_requested: bool
    group_key: str | None
    dedup_key: str | None
    result: Any
    last_error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    last_updated: datetime


@dataclass(frozen=True, slots=True)
class StreamCursor:
    """How far an export has come."""

    id: int
    name: str
    position: Any
    updated_at: datetime


OpsRow = Session | Message | Response | ResponseChunk | Task | StreamCursor
