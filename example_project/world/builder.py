"""A world while it is being made: numbers its rows and fills in what a planted one does not care about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from .rows import (
    TABLES,
    Bookmark,
    Category,
    Comment,
    Connection,
    MemoryLink,
    Node,
    Order,
    Post,
    Reaction,
    Relationship,
    Row,
    User,
)

R = TypeVar("R", bound=Row)


class Builder:
    """Rows by table, in the order of their ids."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.tables: dict[type[Any], list[Any]] = {table: [] for table in TABLES}

    def rows(self, table: type[R]) -> list[R]:
        """The rows of a table so far."""
        return self.tables[table]

    def add(self, table: type[R], **columns: Any) -> R:
        """A row with the next id."""
        rows = self.rows(table)
        rows.append(table(id=len(rows) + 1, **columns))
        return rows[-1]

    def user(self, username: str, email: str, **columns: Any) -> User:
        """An active user of no special age."""
        defaults = {
            "is_active": True,
            "status": "active",
            "bio": "Stands for one thing only.",
            "dob": date(1990, 5, 17),
            "joined_at": self.now - timedelta(days=400),
            "last_seen_at": self.now - timedelta(days=2),
            "credits": 10,
            "memory_embedding": None,
        }
        return self.add(User, username=username, email=email, **defaults | columns)

    def category(self, name: str, slug: str, parent: int | None = None) -> Category:
        """A category behind its siblings."""
        siblings = sum(category.parent_id == parent for category in self.rows(Category))
        return self.add(Category, name=name, slug=slug, parent_id=parent, position=siblings + 1)

    def post(self, slug: str, **columns: Any) -> Post:
        """A post whose slug says what it stands for. The rest is unremarkable, and older than any recent bound."""
        number = len(self.rows(Post)) + 1
        words = slug.replace("-", " ")
        created = columns.get("created_at", self.now - timedelta(days=200, hours=number))
        defaults = {
            "title": f"Planted: {words}",
            "content": f"This post stands for one thing: {words}.",
            "author_id": 2 + number % 12,
            "category_id": 1 + number % 9,
            "status": "published",
            "is_active": True,
            "language": "en",
            "created_at": created,
            "updated_at": created,
            "published_at": created,
            "expires_at": None,
            "start_time": None,
            "end_time": None,
            "rating": 2.5,
            "score": 10.0,
            "views": 10,
            "likes": 1,
            "comment_count": 0,
            "price": None,
            "discount": None,
            "tags": ("planted",),
            "metadata": {"planted": True},
            "version": 1,
        }
        return self.add(Post, slug=slug, **defaults | columns)

    def comment(self, post: Post, user: int, **columns: Any) -> Comment:
        """An active comment, an hour after its post."""
        defaults = {
            "content": "A planted comment.",
            "score": 1,
            "is_active": True,
            "created_at": post.created_at + timedelta(hours=1),
        }
        return self.add(Comment, post_id=post.id, user_id=user, **defaults | columns)

    def reaction(self, post: Post, user: int, kind: str = "like", weight: int = 1) -> Reaction:
        """A reaction, two hours after the post."""
        moment = post.created_at + timedelta(hours=2)
        return self.add(Reaction, post_id=post.id, user_id=user, kind=kind, weight=weight, created_at=moment)

    def bookmark(self, post: Post, user: int) -> Bookmark:
        """A bookmark, three hours after the post was written."""
        return self.add(Bookmark, user_id=user, post_id=post.id, created_at=post.created_at + timedelta(hours=3))

    def order(self, user: int, amount: str, **columns: Any) -> Order:
        """An order in euro of thirty days ago, paid within the hour."""
        created = self.now - timedelta(days=30)
        defaults = {"currency": "EUR", "status": "paid", "created_at": created, "paid_at": created + timedelta(hours=1)}
        return self.add(Order, user_id=user, amount=Decimal(amount), **defaults | columns)

    def node(self, name: str, parent: int | None = None) -> Node:
        """A node below another, or a root."""
        return self.add(Node, name=name, parent_id=parent)

    def connect(self, one: Node | int, other: Node | int) -> None:
        """A connection, which is two rows, or one with itself."""
        here, there = (node.id if isinstance(node, Node) else node for node in (one, other))
        for start, end in dict.fromkeys(((here, there), (there, here))):
            self.add(Connection, from_node_id=start, to_node_id=end)

    def relationship(self, source: User, target: User, **columns: Any) -> Relationship:
        """An edge that holds always, recorded a hundred days ago."""
        defaults = {
            "kind": "follows",
            "weight": 1.0,
            "valid_from": None,
            "valid_to": None,
            "recorded_at": self.now - timedelta(days=100),
            "retracted_at": None,
        }
        return self.add(Relationship, source_id=source.id, target_id=target.id, **defaults | columns)

    def memory(self, user: User, content: str, embedding: tuple[float, ...], **columns: Any) -> MemoryLink:
        """A memory of half the strength that there is, made forty days ago and never recalled."""
        defaults = {
            "strength": 0.5,
            "frequency": 1,
            "importance": 5,
            "created_at": self.now - timedelta(days=40),
            "last_recalled_at": None,
        }
        return self.add(MemoryLink, user_id=user.id, content=content, embedding=embedding, **defaults | columns)
