"""Trees with cycles, people without posts, and comments by whom one would not expect."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from example_project.world.builder import Builder
from example_project.world.rows import ArchivedPost, Category

STEP = timedelta(microseconds=1)
DAY = timedelta(days=1)


def plant(world: Builder) -> None:
    """Rows that belong together in those ways."""
    _trees(world)
    _conversations(world)
    _engagement(world)
    _times(world)
    _archive(world)


def _trees(world: Builder) -> None:
    """Special names, namesakes, empty ones, a parent of itself, cycles of two and three, a gap in the places."""
    now = world.now
    shelves = {}
    for name, slug in (
        ("archive", "archive"),
        ("Archive", "archive-upper"),
        ("featured", "featured"),
        ("Empty", "empty"),
    ):
        shelves[slug] = world.category(name, slug)
    world.category("featured", "featured-too", parent=shelves["featured"].id)
    child = world.category("Child", "child", parent=shelves["archive"].id)
    world.category("Grandchild", "grandchild", parent=child.id)
    for slugs in (("self",), ("two-a", "two-b"), ("three-a", "three-b", "three-c")):
        ring = [world.category("Ring", f"ring-{slug}") for slug in slugs]
        for category, parent in zip(ring, ring[1:] + ring[:1], strict=True):
            turned = replace(category, parent_id=parent.id, position=1)
            world.rows(Category)[category.id - 1] = turned
    for place in (1, 2, 4):
        child = world.category(f"Place {place}", f"place-{place}", parent=shelves["empty"].id)
        world.rows(Category)[child.id - 1] = replace(child, position=place)
    for slug in ("archive", "archive-upper", "featured", "child", "grandchild", "ring-self", "ring-two-a"):
        category = next(category for category in world.rows(Category) if category.slug == slug)
        for rating in (3.0, 3.25):
            world.post(f"in-{slug}-{rating}".replace(".", "-"), category_id=category.id, rating=rating)
    for rating in (3.0, 3.25):
        world.post(f"in-none-{rating}".replace(".", "-"), category_id=None, rating=rating)
    world.post("in-none-draft", category_id=None, rating=4.0, status="draft", created_at=now - 3 * DAY)


def _conversations(world: Builder) -> None:
    """Who commented on what, and how: own comments, inactive ones, the one condition here and the other there."""
    author = world.user("talks.to.herself", "talks@example.org")
    silent = world.user("posts.only", "posts.only@example.org")
    reader = world.user("comments.only", "comments.only@example.org")
    world.user("neither", "neither@example.org")
    gone = world.user("gone", "gone@example.org", is_active=False, status="banned")

    own = world.post("own-comment", author_id=author.id)
    world.comment(own, author.id)
    world.comment(own, author.id, created_at=own.created_at + 2 * DAY)
    world.post("no-comment", author_id=silent.id)
    inactive = world.post("inactive-comments-only", author_id=silent.id)
    world.comment(inactive, reader.id, is_active=False)
    mixed = world.post("mixed-comments", author_id=gone.id)
    world.comment(mixed, reader.id, is_active=False)
    world.comment(mixed, author.id)  # active, but by another: not "an active comment by the reader"
    active = world.post("active-comments-only", author_id=gone.id)
    world.comment(active, reader.id)
    world.comment(active, author.id)

    for count in (1, 2, 3, 4, 5, 6):
        post = world.post(f"comments-{count}", author_id=1)
        for user in range(1, count + 1):
            world.comment(post, user, score=count if user % 2 else None)
    everyone = world.post("comments-by-all", author_id=4)
    for user in (1, 2, 3, 4, author.id, reader.id):
        world.comment(everyone, user)
    scores = world.post("comments-of-one-score", author_id=4)
    for user in (1, 2):
        world.comment(scores, user, score=7, created_at=scores.created_at + DAY)  # a tie but for the id
    unscored = world.post("comments-unscored", author_id=4)
    world.comment(unscored, 1, score=None)
    back_and_forth = world.post("dialogue", author_id=reader.id)
    world.comment(back_and_forth, silent.id)
    stale = world.post("comment-count-stale", author_id=4, comment_count=9)
    world.comment(stale, 2)


def _engagement(world: Builder) -> None:
    """Posts that one reader met in exactly one way, in all of them, or not at all; and one like of every kind."""
    reader = world.user("engaged", "engaged@example.org")
    other = world.user("engaged.elsewhere", "engaged.elsewhere@example.org")
    commented = world.post("engaged-by-comment")
    world.comment(commented, reader.id, is_active=False)
    world.reaction(world.post("engaged-by-reaction"), reader.id, "love")
    world.bookmark(world.post("engaged-by-bookmark"), reader.id)
    thrice = world.post("engaged-thrice")
    world.comment(thrice, reader.id)
    world.bookmark(thrice, reader.id)
    for kind, weight in (("like", 1), ("love", 2), ("insightful", 0)):
        world.reaction(thrice, reader.id, kind, weight)
    elsewhere = world.post("engaged-by-another")
    world.comment(elsewhere, other.id)
    world.reaction(elsewhere, other.id)
    world.bookmark(elsewhere, other.id)


def _times(world: Builder) -> None:
    """Comments on bounds: how long after their post, how long before now, and at the ends of a day."""
    now = world.now
    post = world.post("late-comments", created_at=now - 60 * DAY, author_id=5)
    for days in (1, 7, 30):
        for step in (-STEP, 0 * STEP, STEP):
            world.comment(post, 6, content=f"About {days} days later.", created_at=post.created_at + days * DAY + step)
    world.comment(post, 7, content="Before the post.", created_at=post.created_at - STEP)
    recent = world.post("recently-commented", author_id=5)
    for hours in (1, 24, 168):
        edge = world.post(f"commented-{hours}-hours-ago", author_id=5)
        world.comment(edge, 8, created_at=now - timedelta(hours=hours))
        beyond = world.post(f"commented-before-{hours}-hours", author_id=5)
        world.comment(beyond, 8, created_at=now - timedelta(hours=hours) - STEP)
    world.comment(recent, 8, created_at=now)
    world.comment(world.post("commented-in-future", author_id=5), 8, created_at=now + STEP)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - 5 * DAY
    around = world.post("commented-around-midnight", created_at=midnight - 9 * DAY, author_id=5)
    fixed = (datetime(2026, 3, 10, tzinfo=UTC), datetime(2025, 11, 2, 4, tzinfo=UTC))  # the second is New York's
    for start in (midnight, *fixed):
        for moment in (start - STEP, start, start + DAY - STEP, start + DAY):
            world.comment(around, 9, created_at=moment)
    sessions = world.post("sessions", created_at=now - 20 * DAY, author_id=5)
    for minutes in (0, 30, 60, 61, 91.5, 122):  # on the gap of half an hour, and beyond it
        moment = sessions.created_at + timedelta(minutes=minutes)
        world.comment(sessions, 10, created_at=moment)


def _archive(world: Builder) -> None:
    """Posts put away: one without an author, two at one moment."""
    for number in range(8):
        moment = world.now - timedelta(days=700 - 7 * (number // 2))
        world.add(
            ArchivedPost,
            slug=f"put-away-{number}",
            title=f"Put away {number}",
            content="Nobody reads this any more.",
            author_id=number or None,
            created_at=moment,
            archived_at=world.now - timedelta(days=10 * (number // 2)),
        )
