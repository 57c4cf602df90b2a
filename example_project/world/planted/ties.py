"""Rows that differ in one thing and tie in all else, so that only the primary key decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from example_project.world.builder import Builder
from example_project.world.rows import ArchivedPost, Post

HOUR = timedelta(hours=1)


def plant(world: Builder) -> None:
    """Comments, posts and orders of one moment, runs without length, and posts that the archive knows."""
    _comments(world)
    _posts(world)
    _archived(world)
    world.order(3, "12.50", paid_at=world.now.replace(day=15, hour=0, minute=0, second=0, microsecond=0))


def _comments(world: Builder) -> None:
    """The last two of one moment; the best two of one score, on the best post of somebody."""
    author = world.user("tied", "tied@example.org")
    post = world.post("last-comments-tie", author_id=author.id, rating=4.5)
    for words in ("First of the last two.", "Second of the last two."):
        world.comment(post, 11, content=words, score=9, created_at=post.created_at + 5 * HOUR)


def _posts(world: Builder) -> None:
    """Two of one author at one moment, at two prices; two of one category at one moment, by two authors; two titles."""
    author, other = world.user("two.at.once", "two.at.once@example.org"), world.user("beside", "beside@example.org")
    moment = world.now - timedelta(days=40)
    for place, price in enumerate(("3.30", "4.40")):
        world.post(f"at-once-{place}", author_id=author.id, created_at=moment, price=Decimal(price), views=500)
    world.post("at-once-elsewhere", author_id=other.id, created_at=moment, category_id=world.rows(Post)[-1].category_id)
    start = world.now + timedelta(days=20)
    world.post("span-long", author_id=author.id, start_time=start, end_time=start + 3 * HOUR)
    world.post("span-empty", author_id=author.id, start_time=start + HOUR, end_time=start + HOUR)
    for name in ("one", "other"):
        world.post(f"title-told-{name}", title="Told twice", category_id=1)


def _archived(world: Builder) -> None:
    """Archived posts of which there is a post still: the same, under another title, with other words."""
    for name, title, content in (("same", "", ""), ("retitled", "Another title", ""), ("rewritten", "", "Other.")):
        post = world.post(f"archived-{name}")
        put_away = replace(post, title=title or post.title, content=content or post.content)
        world.add(
            ArchivedPost,
            slug=post.slug,
            title=put_away.title,
            content=put_away.content,
            author_id=post.author_id,
            created_at=post.created_at,
            archived_at=world.now - timedelta(days=1),
        )
