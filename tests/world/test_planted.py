"""What patterns stumble over is there, and beside every bound stands a row that misses it by the least there is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from example_project.world import EPOCH
from example_project.world import world as make_world
from example_project.world.rows import JSON_NULL

STEP = timedelta(microseconds=1)
DAY = timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    NEW_YORK,
    *map(ZoneInfo, ("UTC", "Europe/Paris", "Asia/Kolkata", "Asia/Tokyo", "Pacific/Auckland")),
]
WORLD = make_world()
NOW = WORLD.now


def of(rows, column):
    return {getattr(row, column) for row in rows}


USERNAMES, EMAILS, BIOS, BIRTHS = (of(WORLD.users, column) for column in ("username", "email", "bio", "dob"))
TITLES, CONTENTS, CREATED = (of(WORLD.posts, column) for column in ("title", "content", "created_at"))
ODDITIES = {
    "namesakes": max(Counter(user.username for user in WORLD.users).values()) > 1,
    "addresses that differ in case": {"ada@example.com", "ADA@example.com"} <= EMAILS,
    "a domain, one that ends like it, one below it": all(
        any(email.endswith(end) for email in EMAILS)
        for end in ("@example.com", "@evil-example.com", "@mail.example.com")
    ),
    "a domain in capitals": any(email.endswith("@Example.COM") for email in EMAILS),
    "malformed addresses": {"", "example.com", "@example.com", "two@@example.com", "root@localhost"} <= EMAILS,
    "an address that Python's $ takes for whole": "newline@example.com\n" in EMAILS,
    "blank bios, and one that is not": {None, "", "   ", "\t\n\r\f\v ", "\N{NO-BREAK SPACE}"} <= BIOS,
    "usernames with wildcards": {"100%", "a_b", "back\\slash", "(x|y)*"} <= USERNAMES,
    "usernames beside the wildcards": {"100x", "axb"} <= USERNAMES,
    "letters whose case is no matter of course": {"Straße", "İpek", "ırmak", "Σίσυφος"} <= USERNAMES,
    "usernames beyond letters": {"王伟", "🦉owl"} <= USERNAMES,
    "a birth on 29 February, and the days beside": {date(2000, 2, 28), date(2000, 2, 29), date(2000, 3, 1)} <= BIRTHS,
    "births today and tomorrow": {NOW.date(), NOW.date() + DAY} <= BIRTHS,
    "titles with spaces at either end": {"  Queue up", "Queue up  ", "\tQueue up", "Queue up"} <= TITLES,
    "titles that differ in case": {"QUEUE UP", "queue up"} <= TITLES,
    "blank titles": {"", "   "} <= TITLES,
    "titles with wildcards": {"100% of the queue", "queue_size", "C:\\queue\\new", "Is it full?"} <= TITLES,
    "titles beyond ASCII": {"École d'été", "ÉCOLE D'ÉTÉ", "Große Straße", "队列的大小"} <= TITLES,
    "blank contents, and one that is not": {"", "  \t\n ", "\N{NO-BREAK SPACE}"} <= CONTENTS,
    "contents of 99, 100 and 101 characters": {99, 100, 101} <= {len(content) for content in CONTENTS},
    "posts of the future": max(CREATED) > NOW + DAY,
    "both half past ones of an autumn night": {
        datetime(2025, 11, 2, 1, 30, fold=fold, tzinfo=NEW_YORK).astimezone(UTC) for fold in (0, 1)
    }
    <= CREATED,
    "tags with odd characters": any("a,b" in (post.tags or ()) for post in WORLD.posts),
    "a tag twice in a post": any(len(set(post.tags or ())) < len(post.tags or ()) for post in WORLD.posts),
    "no tags, in both ways": {None, ()} <= {post.tags for post in WORLD.posts if not post.tags},
    "no metadata, in all ways": all(any(post.metadata is none for post in WORLD.posts) for none in (None, JSON_NULL))
    and any(post.metadata == {} for post in WORLD.posts),
    "prices 0 and none": {Decimal(0), None} <= of(WORLD.posts, "price"),
    "runs that are empty, reversed and open": all(
        any(post.start_time and post.end_time and holds(post) for post in WORLD.posts)
        for holds in (lambda post: post.start_time == post.end_time, lambda post: post.start_time > post.end_time)
    ),
    "posts without category": any(post.category_id is None for post in WORLD.posts),
    "categories without posts": of(WORLD.categories, "id") > of(WORLD.posts, "category_id") - {None},
    "users without posts": of(WORLD.users, "id") > of(WORLD.posts, "author_id"),
    "categories of one name": max(Counter(category.name for category in WORLD.categories).values()) > 1,
    "a category in itself": any(category.parent_id == category.id for category in WORLD.categories),
    "a comment of the post's own author": any(
        comment.user_id == WORLD.post(comment.post_id).author_id for comment in WORLD.comments
    ),
    "inactive comments only": any(
        not any(comment.is_active for comment in comments) for comments in WORLD.comments_of.values() if comments
    ),
    "a comment before its post": any(
        comment.created_at < WORLD.post(comment.post_id).created_at for comment in WORLD.comments
    ),
    "a wrong number of comments": any(
        post.comment_count != len(WORLD.comments_of.get(post.id, [])) for post in WORLD.posts
    ),
    "an order without a rate": bool(of(WORLD.orders, "currency") - of(WORLD.rates, "currency")),
    "a room that nobody booked": of(WORLD.rooms, "id") > of(WORLD.bookings, "room_id"),
    "all languages": of(WORLD.posts, "language") == {"en", "fr", "de"},
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_holds(oddity):
    assert ODDITIES[oddity]


BOUNDS = {
    "posts of the last hours": (CREATED, [NOW - timedelta(hours=hours) for hours in (1, 24, 168)], STEP),
    "posts up to now": (CREATED, [NOW], STEP),
    "comments of the last hours": (
        of(WORLD.comments, "created_at"),
        [NOW - timedelta(hours=hours) for hours in (1, 24, 168)],
        STEP,
    ),
    "midnights of New Year": (CREATED, [datetime(2026, 1, 1, tzinfo=zone) for zone in ZONES], STEP),
    "midnights of today": (CREATED, [NOW.astimezone(zone).replace(hour=0, minute=0) for zone in ZONES], STEP),
    "days on which clocks change": (
        CREATED,
        [datetime(*day, tzinfo=NEW_YORK) for day in ((2025, 11, 2), (2025, 11, 3), (2026, 3, 8), (2026, 3, 9))],
        STEP,
    ),
    "months": (CREATED, [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3)], STEP),
    "ISO weeks": (CREATED, [datetime(2024, 12, 30, tzinfo=UTC), datetime(2020, 12, 28, tzinfo=UTC)], STEP),
    "updates": (of(WORLD.posts, "updated_at"), [NOW - days * DAY for days in (30, 90, 180)], STEP),
    "expiry": (of(WORLD.posts, "expires_at"), [NOW + span + STEP for span in (0 * DAY, DAY / 24, DAY, 7 * DAY)], STEP),
    "last seen": (of(WORLD.users, "last_seen_at"), [NOW - days * DAY for days in (7, 30, 90, 365)], STEP),
    "ratings": (of(WORLD.posts, "rating"), [1.0, 2.0, 3.0, 4.0], 0.25),
    "views": (of(WORLD.posts, "views"), [100], 1),
    "prices": (of(WORLD.posts, "price"), [Decimal(price) for price in ("90", "40", "19")], Decimal("0.01")),
    "prices above": (
        of(WORLD.posts, "price"),
        [Decimal("110.01"), Decimal("60.01"), Decimal("21.01")],
        Decimal("0.01"),
    ),
    "18, 30, 40 and 65 years": (BIRTHS, [NOW.date().replace(year=NOW.year - n) + DAY for n in (18, 30, 40, 65)], DAY),
    "late comments": (
        {comment.created_at - WORLD.post(comment.post_id).created_at for comment in WORLD.comments},
        [1 * DAY, 7 * DAY, 30 * DAY],
        STEP,
    ),
    "numbers of comments": ({len(comments) for comments in WORLD.comments_of.values()}, [2, 3, 4, 5], 1),
    "edits after publication": (
        {post.updated_at - post.published_at for post in WORLD.posts if post.published_at},
        [timedelta(minutes=minutes) for minutes in (5, 10, 15, 30, 60)],
        STEP,
    ),
}


@pytest.mark.parametrize("bound", BOUNDS)
def test_has_a_row_on_each_bound_and_one_just_before(bound):
    values, bounds, step = BOUNDS[bound]
    assert {edge for edge in bounds if edge not in values} == set()
    assert {edge for edge in bounds if edge - step not in values} == set()


def test_two_posts_of_one_author_share_their_moment():
    assert max(Counter((post.author_id, post.created_at) for post in WORLD.posts).values()) > 1


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ("posts", "created_at"), ("posts", "updated_at"), ("posts", "rating"), ("posts", "score"), ("posts", "views"),
        ("posts", "price"), ("comments", "created_at"), ("comments", "score"), ("orders", "created_at"),
        ("users", "joined_at"), ("users", "memory_embedding"), ("categories", "position"),
    ],
)  # fmt: skip
def test_has_a_tie_that_only_the_id_breaks(rows, column):
    found = Counter(getattr(row, column) for row in getattr(WORLD, rows) if getattr(row, column) is not None)
    assert max(found.values()) > 1


def test_categories_form_cycles_of_one_two_and_three():
    def steps_home(category):
        place, steps = WORLD.category(category.parent_id), 1
        while place.id != category.id and place.parent_id and steps < 9:
            place, steps = WORLD.category(place.parent_id), steps + 1
        return steps if place.id == category.id else None

    assert {steps_home(category) for category in WORLD.categories if category.parent_id} == {None, 1, 2, 3}


def test_the_epoch_has_edges_of_the_calendar():
    assert (EPOCH + DAY).day == 1
    assert EPOCH.month % 3 == 0
