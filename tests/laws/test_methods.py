"""Laws of every chainable method on its own, wherever Django takes a queryset."""

from __future__ import annotations

import copy
import pickle
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from operator import attrgetter

import pytest
from asgiref.sync import async_to_sync
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, connections, transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from example_project.content.models import Comment, Post, User
from querysets import PatternQuerySet
from querysets.kinds import methods
from querysets.sql.derived import selections
from tests.fixtures.calls import SAMPLES

from .steps import is_total, on_groups, on_rows, see
from .trial import base, compiled

STEPS = [*on_rows(), *(step for step in on_groups() if step.sample.only == "groups")]
ROWS = [step for step in on_rows() if "grouping" not in step.kinds]
POSTS = [step for step in ROWS if step.sample.model is Post]
ORDERS = [step for step in ROWS if "ordering" in step.kinds]
MULTIPLIED = Post.objects.filter(comments__score__lte=3)  # a post once for each such comment


def start(step):
    """Rows that the step applies to."""
    return Post.objects.count_by("status") if step.sample.only == "groups" else base(step)


def seen(rows):
    return see(rows.all())


def same(found, rows):
    """Whether what was found is what ``rows`` are, in their order if they have one."""
    expected = seen(rows)
    in_order = found.rows == expected.rows if is_total(rows.query) else found.multiset == expected.multiset
    return in_order and found.notes == expected.notes


class OwnQuerySet(PatternQuerySet[Post]):
    """A user's own class."""


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_leaves_its_receiver_alone_and_asks_nothing(step, no_query, few):
    rows = start(step)
    before, found = compiled(rows), seen(rows)
    with no_query():
        other = step(rows)
        compiled(other)
    assert other is not rows
    assert compiled(rows) == before
    assert seen(rows) == found


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_keeps_the_class_of_the_queryset(step):
    rows = start(step)
    rows.__class__ = OwnQuerySet
    assert type(step(rows)) is OwnQuerySet


@pytest.mark.parametrize("step", ROWS, ids=str)
def test_is_on_the_manager(step, few):
    sample, (name, *_) = step.sample, str(step).split("(")
    if sample.prepared is None:
        managed = getattr(sample.model.objects, name)(*sample.args, **sample.kwargs)
        assert same(seen(managed), step(base(step)))


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_count_exists_len_and_iteration_agree(step, few):
    rows = step(start(step))
    found = seen(rows).rows
    assert same(seen(rows), rows)
    assert rows.all().count() == len(found)
    assert rows.all().exists() == bool(found)
    assert len(rows.all()) == len(found)


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_survives_pickle_and_copies(step, few):
    rows = step(start(step))
    assert same(see(copy.deepcopy(rows)), rows)
    again = base(step)
    again.query = pickle.loads(pickle.dumps(rows.query))  # noqa: S301
    again._iterable_class = rows._iterable_class
    assert same(see(again), rows)
    assert same(see(pickle.loads(pickle.dumps(rows)).all()), rows)  # noqa: S301


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_is_iterated_asynchronously_and_in_chunks(step, few):
    rows = step(start(step))

    async def collect():
        return [row async for row in rows.all()]

    by_key = repr if rows.query.values_select else attrgetter("pk")
    expected, inside, chunked = list(rows.all()), async_to_sync(collect)(), list(rows.all().iterator(chunk_size=50))
    for found in (inside, chunked):
        assert found == expected if is_total(rows.query) else sorted(found, key=by_key) == sorted(expected, key=by_key)


@pytest.mark.parametrize("step", ROWS, ids=str)
def test_takes_the_connection_that_it_ends_up_with(step, few):
    """Nothing that is made on the way, such as the inside of a selection, keeps another."""
    connections.databases["elsewhere"] = {**connections.databases["default"], "HOST": "127.0.0.1", "PORT": "1"}
    try:
        rows = step(base(step).using("elsewhere"))
        assert rows.db == "elsewhere"
        assert same(see(rows.using("default")), step(base(step)))
    finally:
        del connections.databases["elsewhere"]
        if hasattr(connections._connections, "elsewhere"):
            del connections["elsewhere"]


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_of_nothing_is_nothing(step, few):
    assert not list(step(start(step).none()))
    assert not list(step(start(step)).none())


@pytest.mark.skipif(not hasattr(QuerySet, "_avoid_cloning"), reason="Django 5.2 always clones")
@pytest.mark.parametrize("step", STEPS, ids=str)
def test_changes_its_receiver_where_django_avoids_cloning(step, few):
    rows = start(step).all()
    with rows._avoid_cloning():
        changed = step(rows)
    assert changed is rows
    assert same(see(changed), step(start(step)))


@pytest.mark.parametrize("step", ROWS, ids=str)
def test_gives_rows_that_can_be_read_as_values(step, few):
    rows = step(base(step))
    expected = sorted(seen(rows).rows)
    assert sorted(rows.values_list("pk", flat=True)) == expected
    assert sorted(row["pk"] for row in rows.values("pk")) == expected
    assert sorted(row["pk"] for row in step(base(step).values("pk"))) == expected


@pytest.mark.parametrize("step", ROWS, ids=str)
def test_keeps_what_django_loads_beside_the_rows(step, few, django_assert_max_num_queries):
    related = {Post: "author", Comment: "user"}.get(step.sample.model)
    if related is None:
        return
    with django_assert_max_num_queries(1):
        rows = list(step(base(step).select_related(related)))
        assert all(getattr(row, related).username for row in rows)
    with django_assert_max_num_queries(2):
        assert all(getattr(row, related).username for row in step(base(step).prefetch_related(related)))


@pytest.mark.parametrize("step", POSTS, ids=str)
def test_works_on_a_related_manager(step, few):
    author = User.objects.get(pk=1)
    assert same(seen(step(author.posts)), step(Post.objects.filter(author_id=1)))


@pytest.mark.parametrize("step", POSTS, ids=str)
def test_works_in_prefetch(step, few):
    """A selection is made before Django adds the parents; so is everything else, and it makes no difference."""
    rows = step(Post.objects.all())
    expected = {}
    for post in rows:
        expected.setdefault(post.author_id, []).append(post.pk)
    for user in User.objects.prefetch_related(Prefetch("posts", step(Post.objects.all()))):
        found = [post.pk for post in user.posts.all()]
        assert Counter(found) == Counter(expected.get(user.pk, []))
        assert found == expected.get(user.pk, []) or not is_total(rows.query)


@pytest.mark.parametrize("step", POSTS, ids=str)
def test_works_in_a_subquery(step, few):
    members = set(seen(step(Post.objects.all())).rows)
    for inner in (step(Post.objects.all()), step(Post.objects.all()).values("pk")):
        assert set(Post.objects.filter(pk__in=inner).values_list("pk", flat=True)) == members
    authors = set(Post.objects.filter(pk__in=members).values_list("author", flat=True))
    writing = User.objects.filter(Exists(step(Post.objects.all()).filter(author=OuterRef("pk"))))
    assert set(writing.values_list("pk", flat=True)) == authors


@pytest.mark.parametrize("step", POSTS, ids=str)
def test_works_in_a_correlated_subquery(step, few):
    """What is about the rows of the chain is about those of one outer row there."""
    own = step(Post.objects.filter(author=OuterRef("pk")))
    outer = User.objects.filter(pk__in=(1, 2, 3)).annotate(found=ArraySubquery(own.values("pk")), any=Exists(own))
    for user in outer:
        expected = seen(step(Post.objects.filter(author=user.pk)))
        assert Counter(user.found) == expected.multiset
        assert user.any == bool(expected.rows)
        if "ordering" in step.kinds:
            assert user.found == expected.rows


@pytest.mark.parametrize("step", POSTS, ids=str)
def test_combines_by_condition(step, few):
    """``&`` and ``|`` with rows of another kind, on either side; a selection stays what it was."""
    every, other = Post.objects.all(), Post.objects.filter(rating__gte=2.5)
    members, rated = set(seen(step(every)).rows), set(other.values_list("pk", flat=True))
    for combined, expected in (
        (step(every) & other, members & rated),
        (other & step(every), members & rated),
        (step(every) | other, members | rated),
        (other | step(every), members | rated),
        (step(every) & step(every), members),
        (step(every) | step(every), members),
        (step(every) & other.limited(50), members & set(seen(other.limited(50)).rows)),
        (step(every) | other.limited(50), members | set(seen(other.limited(50)).rows)),
        (step(every) | Post.objects.none(), members),
        (Post.objects.none() | step(every), members),
        (step(every) & Post.objects.none(), set()),
    ):
        assert type(combined) is PatternQuerySet
        assert set(seen(combined).rows) == expected
    own = OwnQuerySet(Post)  # Django answers with the other side where one is empty, its class included
    for combined, expected in (
        (own.none() | step(every), members),
        (own.none() & step(every), set()),
        (step(own) | own.none(), members),
        (step(own) & other, members & rated),
    ):
        assert type(combined) is OwnQuerySet
        assert set(seen(combined).rows) == expected


def test_combining_with_nothing_leaves_both_sides_alone(few):
    quick, rows = Post.objects.none().timeout(5000), Post.objects.by(status="draft")
    before = vars(rows.query).copy()
    assert seen(quick | rows).multiset == seen(rows).multiset
    assert vars(rows.query) == before


@pytest.mark.parametrize("step", POSTS, ids=str)
def test_is_a_branch_of_a_union(step, few):
    rows = step(Post.objects.all())
    narrower = rows.filter(rating__gte=2.5)
    assert {row.pk for row in rows.order_by().union(narrower.order_by())} == set(seen(rows).rows)


@pytest.mark.parametrize("step", [step for step in POSTS if not step.kinds & {"filter", "selection"}], ids=str)
def test_keeps_rows_and_how_often_they_come(step, few):
    multiset = seen(MULTIPLIED).multiset
    assert max(multiset.values()) > 1
    assert seen(step(MULTIPLIED)).multiset == multiset


@pytest.mark.parametrize("step", ORDERS, ids=str)
def test_an_order_does_not_hang_on_where_rows_lie(step, few):
    """No two rows tie, so that the order is the same after every second row has moved on the disk."""
    before = seen(step(base(step)))
    table = step.sample.model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id WHERE id % 2 = 0")  # noqa: S608 (a table of ours)
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert seen(step(base(step))).rows == before.rows


@pytest.mark.parametrize("step", [step for step in ROWS if "selection" in step.kinds], ids=str)
def test_what_follows_a_selection_cannot_change_its_members(step, few):
    chosen = step(base(step))
    members = set(seen(chosen).rows)
    assert set(seen(chosen.order_by("-pk")).rows) == members
    assert set(seen(chosen.filter(pk__gt=20)).rows) == {pk for pk in members if pk > 20}
    assert set(seen(chosen.exclude(Q(pk__gt=20))).rows) == {pk for pk in members if not pk > 20}
    assert seen(chosen.with_rank("pk", as_="n")).notes.keys() == members


@pytest.mark.parametrize("step", [step for step in POSTS if "selection" in step.kinds], ids=str)
def test_a_selection_is_written_and_deleted_by_its_members(step, few):
    members = set(seen(step(Post.objects.all())).rows)
    assert step(Post.objects.all()).update(version=77) == len(members)
    assert set(Post.objects.filter(version=77).values_list("pk", flat=True)) == members
    counted = step(Post.objects.all()).delete()[1].get("content.Post", 0)
    assert counted == len(members)
    assert not Post.objects.filter(pk__in=members).exists()


def test_a_selection_says_so_in_its_query():
    assert list(selections(Post.objects.limited(3).query.where))


def terminals():
    """The synchronous terminals and writes that have samples."""
    found = methods(PatternQuerySet)
    return [
        (name, sample)
        for name, method in found.items()
        if not method.is_chainable and f"a{name}" in found
        for sample in SAMPLES.get(name, ())
    ]


@pytest.mark.parametrize(("name", "sample"), terminals(), ids=str)
def test_a_twin_gives_what_its_method_gives(name, sample, world):
    rows = sample.model.objects.all()
    with transaction.atomic():
        expected = sample(rows, name)
        expected = list(expected) if isinstance(expected, Iterator) else expected
        transaction.set_rollback(True)

    async def twin():
        given = sample(rows, f"a{name}")
        return [each async for each in given] if isinstance(given, AsyncIterator) else await given

    assert async_to_sync(twin)() == expected
