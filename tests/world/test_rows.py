"""The rows of a world: always the same, and such as the database takes them."""

from __future__ import annotations

import hashlib
import inspect
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from example_project.world import EPOCH, stdlib, world
from example_project.world.build import SMALL, build
from example_project.world.large import LargeWorld
from example_project.world.loader import model_of
from example_project.world.rows import TABLES

ROOT = Path(__file__).parents[2]
WORLD = world()
ROWS = dict(WORLD.tables())
LATER = datetime(2027, 2, 28, 23, tzinfo=UTC)


def fingerprint(made):
    rows = "\n".join(repr(row) for _, rows in made.tables() for row in rows)
    return hashlib.sha256(rows.encode()).hexdigest()


def test_two_builds_are_equal():
    assert dict(build(SMALL, EPOCH).tables()) == ROWS


def test_another_hash_seed_makes_the_same_world():
    script = (
        "import hashlib; from example_project.world import world;"
        f"exec({inspect.getsource(fingerprint)!r}); print(fingerprint(world()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == fingerprint(WORLD)


def test_a_scale_is_made_once():
    assert world("small") is WORLD
    with pytest.raises(ValueError, match="'tiny'"):
        world("tiny")


@pytest.mark.parametrize("now", [EPOCH, LATER, datetime(2028, 2, 29, 12, tzinfo=UTC)])
class TestHoldsAtAnyMoment:
    def test_ids_count_from_one(self, now):
        for table, rows in world("small", now).tables():
            assert [row.id for row in rows] == list(range(1, len(rows) + 1)), table

    def test_unique_columns_are_unique(self, now):
        made = world("small", now)
        for rows, columns in (
            (made.users, ("email",)),
            (made.categories, ("slug",)),
            (made.posts, ("slug",)),
            (made.archived_posts, ("slug",)),
            (made.reactions, ("post_id", "user_id", "kind")),
            (made.bookmarks, ("user_id", "post_id")),
            (made.rates, ("currency", "valid_from")),
            (made.rooms, ("name",)),
            (made.sessions, ("key",)),
            (made.chunks, ("response_id", "seq")),
            (made.cursors, ("name",)),
            (made.connections, ("from_node_id", "to_node_id")),
        ):
            keys = [tuple(getattr(row, column) for column in columns) for row in rows]
            assert len(set(keys)) == len(keys), columns
        places = [(row.parent_id, row.position) for row in made.categories if row.parent_id]
        assert len(set(places)) == len(places)

    def test_what_rows_point_at_exists(self, now):
        made = world("small", now)
        ids = {model_of(table): {row.id for row in rows} for table, rows in made.tables()}
        for table, rows in made.tables():
            for column in (name for name in table.__slots__ if name.endswith("_id") and name != "worker_id"):
                known = ids[model_of(table)._meta.get_field(column.removesuffix("_id")).related_model]
                assert {getattr(row, column) for row in rows} - {None} <= known, (table, column)

    def test_numbers_stay_in_their_ranges(self, now):
        made = world("small", now)
        assert all(0 <= post.rating <= 5 for post in made.posts)
        assert all(post.price is None or post.price >= 0 for post in made.posts)
        assert all(post.likes >= 0 and post.views >= 0 for post in made.posts)
        assert all(order.amount >= 0 for order in made.orders)
        assert all(rate.rate > 0 for rate in made.rates)
        assert all(edge.weight is None or edge.weight >= 0 for edge in made.relationships)
        assert all(0 <= memory.strength <= 1 and 1 <= memory.importance <= 10 for memory in made.memory_links)
        assert all(user.credits >= 0 for user in made.users)

    def test_ratings_and_scores_go_in_quarter_steps(self, now):
        for post in world("small", now).posts:
            assert post.rating * 4 % 1 == 0
            assert post.score * 4 % 1 == 0

    def test_bookings_of_a_room_overlap_only_if_cancelled(self, now):
        kept = [booking for booking in world("small", now).bookings if not booking.cancelled]
        far = now + timedelta(days=10_000)
        spans = sorted((booking.room_id, booking.during.lower, booking.during.upper or far) for booking in kept)
        for (room, _, end), (next_room, start, _) in pairwise(spans):
            assert room != next_room or end <= start

    def test_text_fits_its_column(self, now):
        for table, rows in world("small", now).tables():
            for field in model_of(table)._meta.concrete_fields:
                if field.attname in table.__slots__ and field.get_internal_type() in {"CharField", "SlugField"}:
                    texts = [getattr(row, field.attname) or "" for row in rows]
                    assert all(len(text) <= field.max_length for text in texts), field


@pytest.mark.parametrize("table", TABLES)
def test_the_columns_are_those_of_the_model(table):
    model = model_of(table)
    written = {field.attname for field in model._meta.concrete_fields if not field.generated}
    assert set(table.__slots__) == written


@pytest.mark.parametrize("table", TABLES)
def test_every_nullable_column_has_a_null_and_a_value(table):
    for field in model_of(table)._meta.concrete_fields:
        if field.null:
            assert {getattr(row, field.attname) is None for row in ROWS[table]} == {True, False}, field


@pytest.mark.parametrize("table", TABLES)
def test_every_choice_is_taken(table):
    for field in model_of(table)._meta.concrete_fields:
        if field.choices:
            assert {getattr(row, field.attname) for row in ROWS[table]} == {value for value, _ in field.choices}, field


def test_ordinary_activity_is_of_the_past_and_after_its_cause():
    made = world("small", LATER)
    for post in made.posts[: SMALL.posts]:
        assert made.user(post.author_id).joined_at <= post.created_at <= post.updated_at <= made.now


def test_the_ways_to_related_rows_find_all_of_them():
    post = max(WORLD.posts, key=lambda post: post.comment_count)
    assert WORLD.comments_of[post.id] == [comment for comment in WORLD.comments if comment.post_id == post.id]
    assert WORLD.posts_in[None] == [post for post in WORLD.posts if post.category_id is None]
    assert WORLD.comments_of[-1] == []
    assert WORLD.planted("rating-2-5").rating == 2.5
    assert WORLD.user(7).id == WORLD.category(7).id == WORLD.post(7).id == 7


def test_the_first_of_a_kind_is_rich():
    by_author = {user: len(posts) for user, posts in WORLD.posts_by.items()}
    assert max(by_author, key=by_author.__getitem__) == 1
    assert len(WORLD.posts_in[1]) > 10
    assert WORLD.comments_of[1]


class TestLibrary:
    library = WORLD.library

    def test_chunks_are_their_document_cut_at_blank_lines(self):
        for document in self.library.documents:
            chunks = [chunk for chunk in self.library.chunks if chunk.document_id == document.id]
            assert [chunk.position for chunk in chunks] == list(range(len(chunks)))
            assert "\n\n".join(chunk.content for chunk in chunks).split() == document.content.split()

    def test_references_and_imports_stay_inside(self):
        documents = {document.id for document in self.library.documents}
        nodes = {node.id for node in self.library.nodes}
        assert {edge.source_id for edge in self.library.references} <= documents
        assert {edge.target_id for edge in self.library.references} <= documents
        assert {edge.source_id for edge in self.library.imports} <= nodes
        assert {edge.target_id for edge in self.library.imports} <= nodes

    def test_modules_stand_below_their_package(self):
        names = {node.id: node.name for node in self.library.nodes}
        below = [node for node in self.library.nodes if node.parent_id]
        assert below
        assert all(node.name.startswith(names[node.parent_id] + ".") for node in below)

    def test_a_package_imports_its_modules(self):
        numbers = {node.name: node.id for node in self.library.nodes}
        pairs = {(edge.source_id, edge.target_id) for edge in self.library.imports}
        assert (numbers["asyncio"], numbers["asyncio.locks"]) in pairs
        assert (numbers["asyncio.locks"], numbers["asyncio.mixins"]) in pairs

    def test_imports_form_a_cycle(self):
        pairs = {(edge.source_id, edge.target_id) for edge in self.library.imports}
        assert any((target, source) in pairs for source, target in pairs)


class TestWithoutSources:
    """A Python that comes without its sources: docstrings are imported, topics made of the longest."""

    @pytest.fixture(autouse=True)
    def _no_sources(self, monkeypatch):
        monkeypatch.setattr(stdlib, "_sources", lambda _: iter(()))
        monkeypatch.setattr(stdlib, "modules", stdlib.modules.__wrapped__)

    def test_a_world_can_be_made(self):
        made = build(SMALL, EPOCH)
        assert len(made.posts) == len(WORLD.posts)
        assert {category.slug for category in made.categories} >= {"json", "queue", "archive"}

    def test_there_are_long_texts(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
        texts = stdlib.topics.__wrapped__()
        assert len(texts) == 79
        assert min(map(len, texts.values())) > 500


class TestLarge:
    large = LargeWorld(LATER, 2000)

    def test_has_as_many_posts_as_asked_and_three_times_as_many_comments(self):
        sizes = {table.__name__: sum(1 for _ in rows) for table, rows in self.large.tables()}
        assert sizes["Post"] == 2000
        added = sizes["Comment"] - len(self.large.core.comments)
        assert 2 * self.large.posts < added < 4 * self.large.posts

    def test_streams_the_same_rows_again(self):
        assert fingerprint(self.large) == fingerprint(LargeWorld(LATER, 2000))

    def test_begins_with_the_rows_of_the_small_world(self):
        small = world("small", LATER)
        for (table, rows), (_, same) in zip(small.tables(), self.large.tables(), strict=True):
            assert list(rows) == [row for row, _ in zip(same, rows, strict=False)], table

    def test_counts_its_comments_right(self):
        tables = dict(self.large.tables())
        counts: dict[int, int] = {}
        for comment in tables[TABLES[4]]:
            counts[comment.post_id] = counts.get(comment.post_id, 0) + 1
        added = [post for post in tables[TABLES[2]] if post.id > len(self.large.core.posts)]
        assert all(post.comment_count == counts.get(post.id, 0) for post in added)
        assert max(post.comment_count for post in added) > 10 * 3

    def test_refuses_less_than_the_small_world(self):
        with pytest.raises(ValueError, match="at least"):
            LargeWorld(LATER, 10)


@pytest.mark.slow
def test_demo_has_every_docstring_and_a_year_of_activity():
    demo = world("demo", LATER)
    assert 4_500 < len(demo.posts) < 8_000
    assert 800 < len(demo.library.chunks) < 1_600
    assert 20_000 < len(demo.comments) < 30_000
    assert (
        len({comment.created_at.date() for comment in demo.comments if comment.created_at > LATER - timedelta(365)})
        > 350
    )
    weekend = sum(comment.created_at.weekday() > 4 for comment in demo.comments)
    assert 0.05 < weekend / len(demo.comments) < 2 / 7
    night = sum(comment.created_at.hour < 6 for comment in demo.comments)
    assert night / len(demo.comments) < 0.1
    busiest = sorted((post.comment_count for post in demo.posts), reverse=True)
    assert sum(busiest[: len(busiest) // 10]) > sum(busiest) / 4
