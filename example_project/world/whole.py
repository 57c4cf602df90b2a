"""The world as oracles read it: lists of rows, and short ways to the rows that belong to a row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from .library import Library
from .ops.rows import Message, Response, ResponseChunk, Session, StreamCursor, Task
from .rows import (
    TABLES,
    ArchivedPost,
    Booking,
    Bookmark,
    Category,
    Comment,
    Connection,
    MemoryLink,
    Node,
    Order,
    Post,
    Rate,
    Reaction,
    Relationship,
    Room,
    Row,
    User,
)

R = TypeVar("R", bound=Row)
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, eq=False)
class World:
    """All rows of a world, each list in the order of its ids, which are 1, 2, 3, ..."""

    scale: str
    now: datetime
    users: list[User]
    categories: list[Category]
    posts: list[Post]
    archived_posts: list[ArchivedPost]
    comments: list[Comment]
    reactions: list[Reaction]
    bookmarks: list[Bookmark]
    orders: list[Order]
    rates: list[Rate]
    rooms: list[Room]
    bookings: list[Booking]
    sessions: list[Session]
    messages: list[Message]
    responses: list[Response]
    chunks: list[ResponseChunk]
    tasks: list[Task]
    cursors: list[StreamCursor]
    nodes: list[Node]
    connections: list[Connection]
    relationships: list[Relationship]
    memory_links: list[MemoryLink]
    library: Library

    def tables(self) -> Iterator[tuple[type[Row], Iterable[Row]]]:
        """The rows of every table, those first that others point at."""
        rows: tuple[Iterable[Row], ...] = (
            self.users,
            self.categories,
            self.posts,
            self.archived_posts,
            self.comments,
            self.reactions,
            self.bookmarks,
            self.orders,
            self.rates,
            self.rooms,
            self.bookings,
            self.sessions,
            self.messages,
            self.responses,
            self.chunks,
            self.tasks,
            self.cursors,
            self.nodes,
            self.connections,
            self.relationships,
            self.memory_links,
        )
        return zip(TABLES, rows, strict=True)

    @property
    def size(self) -> int:
        """How many posts there are."""
        return len(self.posts)

    def user(self, number: int) -> User:
        """The user with this id."""
        return self.users[number - 1]

    def category(self, number: int) -> Category:
        """The category with this id."""
        return self.categories[number - 1]

    def post(self, number: int) -> Post:
        """The post with this id."""
        return self.posts[number - 1]

    def node(self, number: int) -> Node:
        """The node with this id."""
        return self.nodes[number - 1]

    def planted(self, slug: str) -> Post:
        """The post of this slug: the slug of a planted one says what it stands for."""
        return self._slugs[slug]

    @cached_property
    def _slugs(self) -> dict[str, Post]:
        return {post.slug: post for post in self.posts}

    # The rows that point at a row, by its id: world.comments_of[post.id] is a list, empty where there is none.

    @cached_property
    def comments_of(self) -> Mapping[int, list[Comment]]:
        """Comments by the id of their post."""
        return _grouped(self.comments, lambda comment: comment.post_id)

    @cached_property
    def comments_by(self) -> Mapping[int, list[Comment]]:
        """Comments by the id of their user."""
        return _grouped(self.comments, lambda comment: comment.user_id)

    @cached_property
    def posts_by(self) -> Mapping[int, list[Post]]:
        """Posts by the id of their author."""
        return _grouped(self.posts, lambda post: post.author_id)

    @cached_property
    def posts_in(self) -> Mapping[int | None, list[Post]]:
        """Posts by the id of their category, None for those without one."""
        return _grouped(self.posts, lambda post: post.category_id)

    @cached_property
    def reactions_to(self) -> Mapping[int, list[Reaction]]:
        """Reactions by the id of their post."""
        return _grouped(self.reactions, lambda reaction: reaction.post_id)

    @cached_property
    def bookmarks_of(self) -> Mapping[int, list[Bookmark]]:
        """Bookmarks by the id of their post."""
        return _grouped(self.bookmarks, lambda bookmark: bookmark.post_id)

    @cached_property
    def orders_of(self) -> Mapping[int, list[Order]]:
        """Orders by the id of their user."""
        return _grouped(self.orders, lambda order: order.user_id)

    @cached_property
    def messages_of(self) -> Mapping[int, list[Message]]:
        """Messages by the id of their session."""
        return _grouped(self.messages, lambda message: message.session_id)

    @cached_property
    def chunks_of(self) -> Mapping[int, list[ResponseChunk]]:
        """Chunks by the id of their response."""
        return _grouped(self.chunks, lambda chunk: chunk.response_id)

    def nodes_below(self) -> Mapping[int | None, list[Node]]:
        """Nodes by the id of their parent, None for the roots; a node may be its own parent."""
        return _grouped(self.nodes, lambda node: node.parent_id)

    @cached_property
    def categories_below(self) -> Mapping[int | None, list[Category]]:
        """Categories by the id of their parent, None for the roots; a category may be its own parent."""
        return _grouped(self.categories, lambda category: category.parent_id)

    @cached_property
    def memories_of(self) -> Mapping[int, list[MemoryLink]]:
        """Memories by the id of their user."""
        return _grouped(self.memory_links, lambda memory: memory.user_id)


class _Groups(dict[K, list[R]]):
    """Rows by key. A key without rows is looked up, not added: the groups are the same for whoever asks next."""

    def __missing__(self, key: K) -> list[R]:
        return []


def _grouped(rows: Iterable[R], key: Callable[[R], K]) -> Mapping[K, list[R]]:
    groups: _Groups[K, R] = _Groups()
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups
