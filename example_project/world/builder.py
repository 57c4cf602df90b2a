"""A world while it is being made: numbers its rows and fills in what a planted one does not care about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from .rows import TABLES, Bookmark, Category, Comment, Order, Post, Reaction, Row, User

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
