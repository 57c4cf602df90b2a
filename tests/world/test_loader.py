"""What the loader writes is what the world says, all of it or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pgvector import Vector

from example_project.content import models as content
from example_project.content.models import Category, Comment, Post, User
from example_project.world import EPOCH
from example_project.world import loader as loading
from example_project.world import world as make_world
from example_project.world.large import LargeWorld
from example_project.world.loader import load, loaded, model_of
from example_project.world.models import Loaded
from example_project.world.rows import JSON_NULL, TABLES

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 2, 28, 23, tzinfo=UTC)


def as_read(row):
    """A row as the ORM gives it: lists for arrays and vectors, None for both kinds of JSON null."""
    values = {name: getattr(row, name) for name in row.__slots__}
    for name, value in values.items():
        if isinstance(value, tuple):
            values[name] = list(value)
        elif value is JSON_NULL:
            values[name] = None
    return values


def as_stored(instance, names):
    values = {name: getattr(instance, name) for name in names}
    return {name: value.to_list() if isinstance(value, Vector) else value for name, value in values.items()}


def stored(table):
    rows = model_of(table)._base_manager.order_by("pk")
    return [as_stored(row, table.__slots__) for row in rows]


@pytest.mark.parametrize("table", TABLES)
def test_every_column_reads_back_equal(world, table):
    assert stored(table) == [as_read(row) for row in dict(world.tables())[table]]


def test_json_null_is_not_the_sql_null(world):
    expected = {post.id for post in world.posts if post.metadata is JSON_NULL}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM content_post WHERE metadata = 'null'::jsonb")
        assert {number for (number,) in cursor.fetchall()} == expected != set()


def test_the_next_row_gets_the_next_id(world):
    # A sequence keeps what tests before took, so the world is loaded anew; this transaction takes the rows back.
    load(world)
    user = User.objects.create(username="next", email="next@example.org")
    assert user.pk == len(world.users) + 1
    assert Category.objects.create(name="next", slug="next").pk == len(world.categories) + 1


def test_generated_columns_stem_by_language(world):
    for slug, stem in (
        ("french-plural", "'cheval':2A"),
        ("german-plural", "'haus':2A"),
        ("english-plural", "'hous':2A"),
    ):
        assert stem in Post.objects.get(pk=world.planted(slug).id).search


def test_loading_replaces_what_is_there(world):
    Comment.objects.all().delete()
    extra = User.objects.create(username="extra", email="extra@example.org")
    load(make_world("small", LATER))
    assert Comment.objects.count() == len(make_world("small", LATER).comments)
    assert not User.objects.filter(email=extra.email).exists()
    assert Loaded.objects.get().now == LATER
    assert loaded() is make_world("small", LATER)


class Broken:
    """A world whose rows end in an error."""

    scale, now, size = "small", EPOCH, 1

    def tables(self):
        for table, rows in make_world().tables():
            yield table, rows if table.__name__ != "Order" else self.failing()

    def failing(self):
        raise RuntimeError("no more rows")
        yield


@pytest.mark.parametrize("bulk", [1, 100_000])
def test_a_world_that_breaks_off_changes_nothing(world, monkeypatch, bulk):
    monkeypatch.setattr(loading, "BULK", bulk)
    User.objects.create(username="still here", email="still.here@example.org")
    before, shape = Post.objects.count(), structure()
    with pytest.raises(RuntimeError, match="no more rows"):
        load(Broken())
    assert User.objects.filter(username="still here").exists()
    assert Post.objects.count() == before
    assert structure() == shape


class Contradictory(Broken):
    """A world with an order of a user that does not exist."""

    def failing(self):
        yield replace(make_world().orders[0], user_id=99_999)


@pytest.mark.parametrize("bulk", [1, 100_000])
def test_a_world_that_contradicts_itself_is_refused(world, monkeypatch, bulk):
    monkeypatch.setattr(loading, "BULK", bulk)
    with pytest.raises(IntegrityError), transaction.atomic():
        load(Contradictory())
    assert len(world.orders) == content.Order.objects.count()


def structure():
    """Every index and constraint of the content tables, as the database tells it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text LIKE 'content_%'"
            " UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid::regclass::text LIKE 'content_%' ORDER BY 1"
        )
        return cursor.fetchall()


def test_loading_in_bulk_writes_the_same_and_leaves_every_index_and_constraint(world, monkeypatch):
    monkeypatch.setattr(loading, "BULK", 1)
    before = structure()
    load(make_world())
    assert structure() == before
    assert stored(TABLES[2]) == [as_read(row) for row in world.posts]
    assert len(before) > 60


@pytest.mark.slow
def test_a_large_world_has_the_asked_number_of_posts(world):
    load(LargeWorld(LATER, 2000))
    assert Post.objects.count() == 2000
    assert Loaded.objects.get().posts == 2000
    with pytest.raises(LookupError, match="large"):
        loaded()


def test_a_database_without_a_world_says_how_to_load_one(world):
    Loaded.objects.all().delete()
    with pytest.raises(LookupError, match=r"manage\.py world"):
        loaded()


def test_texts_of_another_python_are_not_taken_for_ones_own(world):
    Loaded.objects.update(python="2.7")
    with pytest.raises(LookupError, match=r"Python 2\.7"):
        loaded()


def run(**options):
    out = StringIO()
    call_command("world", stdout=out, **options)
    return out.getvalue()


def test_the_command_reports_each_table(world):
    lines = run(scale="small").splitlines()
    line = next(line for line in lines if line.startswith("content_post "))
    assert str(len(world.posts)) in line
    assert line.endswith(" s")


def test_the_command_can_be_silent(world):
    assert run(scale="small", verbosity=0) == ""


def test_if_empty_keeps_the_world_that_is_there(world):
    Comment.objects.all().delete()
    run(scale="small", if_empty=True)
    assert not Comment.objects.exists()
    Loaded.objects.all().delete()
    run(scale="small", if_empty=True)
    assert Comment.objects.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"scale": "demo", "rows": 5000}, "--rows"), ({"scale": "large", "rows": 5}, "at least")],
)
def test_a_size_that_cannot_be_is_refused(world, options, message):
    with pytest.raises(CommandError, match=message):
        run(**options)


@pytest.mark.slow
def test_the_demo_loads_and_is_known_again(world):
    run(scale="demo", verbosity=0)
    demo = loaded()
    assert demo.scale == "demo"
    assert Post.objects.count() == len(demo.posts)
    assert Comment.objects.count() == len(demo.comments)


@pytest.mark.django_db(transaction=True)
def test_a_test_that_empties_the_database_finds_the_world(world):
    assert Post.objects.count() == len(world.posts)
