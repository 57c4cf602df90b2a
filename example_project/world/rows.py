"""One frozen dataclass a table, its attributes named as the columns: what oracles read and the loader writes.

A row says nothing about where it is kept. Text arrays and vectors are tuples here, for a row must not change; the ORM
gives lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from psycopg.types.range import Range

from .ops.rows import Message, OpsRow, Response, ResponseChunk, Session, StreamCursor, Task


class JsonNull(Enum):
    """The JSON value ``null`` in a column, which the ORM reads as None, just as it reads the SQL NULL."""

    JSON_NULL = "null"


JSON_NULL = JsonNull.JSON_NULL


@dataclass(frozen=True, slots=True)
class User:
    """A person; two may have one name."""

    id: int
    username: str
    email: str
    is_active: bool
    status: str
    bio: str | None
    dob: date | None
    joined_at: datetime
    last_seen_at: datetime | None
    credits: int
    memory_embedding: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Category:
    """A place in a tree that may have cycles."""

    id: int
    name: str
    slug: str
    parent_id: int | None
    position: int


@dataclass(frozen=True, slots=True)
class Post:
    """Something that a user wrote."""

    id: int
    title: str
    slug: str
    content: str
    author_id: int
    category_id: int | None
    status: str
    is_active: bool
    language: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    expires_at: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    rating: float
    score: float
    views: int
    likes: int
    comment_count: int
    price: Decimal | None
    discount: Decimal | None
    tags: tuple[str | None, ...] | None
    metadata: Any
    version: int


@dataclass(frozen=True, slots=True)
class ArchivedPost:
    """A post that was put away."""

    id: int
    slug: str
    title: str
    content: str
    author_id: int | None
    created_at: datetime
    archived_at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of a user on a post."""

    id: int
    post_id: int
    user_id: int
    content: str
    score: int | None
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Reaction:
    """One kind of approval, once a user and post."""

    id: int
    post_id: int
    user_id: int
    kind: str
    weight: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A post that a user wants to find again."""

    id: int
    user_id: int
    post_id: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """Something that a user bought, or meant to."""

    id: int
    user_id: int
    amount: Decimal
    currency: str
    status: str
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rate:
    """What a unit of a currency is worth in euro from a moment on."""

    id: int
    currency: str
    valid_from: datetime
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Room:
    """A room that can be booked."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A room for a user, from a moment until another."""

    id: int
    room_id: int
    user_id: int
    during: Range[datetime]
    cancelled: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a tree and in a graph, both of which may have cycles."""

    id: int
    name: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Connection:
    """One of the two rows by which two nodes are connected; the only one where a node is connected with itself."""

    id: int
    from_node_id: int
    to_node_id: int


@dataclass(frozen=True, slots=True)
class Relationship:
    """What one user is to another, when that is true, and when it was recorded."""

    id: int
    source_id: int
    target_id: int
    kind: str
    weight: float | None
    valid_from: datetime | None
    valid_to: datetime | None
    recorded_at: datetime
    retracted_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemoryLink:
    """What is remembered of a user."""

    id: int
    user_id: int
    content: str
    embedding: tuple[float, ...]
    strength: float
    frequency: int
    importance: int
    created_at: datetime
    last_recalled_at: datetime | None


Row = (
    User
    | Category
    | Post
    | ArchivedPost
    | Comment
    | Reaction
    | Bookmark
    | Order
    | Rate
    | Room
    | Booking
    | Node
    | Connection
    | Relationship
    | MemoryLink
    | OpsRow
)

TABLES: tuple[type[Row], ...] = (
    User,
    Category,
    Post,
    ArchivedPost,
    Comment,
    Reaction,
    Bookmark,
    Order,
    Rate,
    Room,
    Booking,
    Session,
    Message,
    Response,
    ResponseChunk,
    Task,
    StreamCursor,
    Node,
    Connection,
    Relationship,
    MemoryLink,
)
"""In the order of loading: what others point at comes first."""
