"""A few dozen rows with ties, NULLs and empty groups, for oracles in plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from example_project.content.models import Category, Comment, Post, User

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Rows:
    users: list[User]
    categories: list[Category]
    posts: list[Post]
    comments: list[Comment]

    def per(self, key):
        """Posts by a key, as ``{key: [posts]}``."""
        groups = {}
        for post in self.posts:
            groups.setdefault(key(post), []).append(post)
        return groups


@pytest.fixture
def rows(db):
    """60 posts of 6 users in 4 categories or none; quarter ratings, so that there are ties and sums are exact."""
    # Here: this file is read before Django is set up where its folder is tested alone.
    from example_project.content.models import Category, Comment, Post, Reaction, User

    pick = random.Random(550)
    Post.objects.all().delete()
    Category.objects.all().delete()
    User.objects.all().delete()
    users = User.objects.bulk_create(User(username=f"u{i}", email=f"u{i}@example.org") for i in range(6))
    categories = Category.objects.bulk_create(Category(name=f"c{i}", slug=f"c{i}", position=i) for i in range(4))
    posts = Post.objects.bulk_create(
        Post(
            title=pick.choice(["Same", "same", f"Title {i}"]),
            slug=f"s{i}",
            content="text",
            author=pick.choice(users[:5]),
            category=pick.choice([*categories[:3], None]),
            status=pick.choice(["draft", "published", "stale"]),
            rating=pick.randrange(12) / 4,
            views=pick.randrange(5),
            likes=pick.randrange(5),
            price=pick.choice([None, 0, 5, 10]),
            created_at=NOON - timedelta(hours=pick.randrange(40)),
            published_at=pick.choice([None, NOON - timedelta(hours=pick.randrange(9))]),
            tags=pick.choice([None, [], ["a"], ["a", "b"]]),
        )
        for i in range(60)
    )
    comments = Comment.objects.bulk_create(
        Comment(
            post=pick.choice(posts[:40]),
            user=pick.choice(users),
            content="c",
            score=pick.choice([None, 1, 2, 3]),
            is_active=pick.random() < 0.6,
        )
        for _ in range(120)
    )
    pairs = {(pick.choice(posts), pick.choice(users)) for _ in range(50)}
    Reaction.objects.bulk_create(
        Reaction(post=post, user=user, kind="like") for post, user in sorted(pairs, key=lambda p: (p[0].pk, p[1].pk))
    )
    return Rows(users, categories, posts, comments)
