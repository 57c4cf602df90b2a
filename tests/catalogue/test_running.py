"""Runs, plans and SQL of entries."""

from __future__ import annotations

import json

import pytest
from django.db.models import Count

from example_project.catalogue import Entry, catalogue, plan, run
from example_project.catalogue.running import statement
from example_project.content.models import Comment, Post, User

pytestmark = pytest.mark.django_db


class Trial(Entry):
    """An entry without source: a lambda has none that could be read alone."""

    is_lazy = True
    writes = False


def entry(function):
    return Trial(1, "One", function)


def test_rows_of_a_model_are_dicts_of_its_columns(world):
    done = run(catalogue[98], ids=[2, 1])

    assert [row["id"] for row in done.rows] == [2, 1]
    first = world.post(2)
    assert done.rows[0]["title"] == first.title
    assert done.rows[0]["created_at"] == first.created_at.isoformat()
    assert done.rows[0]["author_id"] == first.author_id
    assert done.rows[0]["tags"] == (None if first.tags is None else list(first.tags))
    assert list(done.rows[0]) == done.columns
    assert "search" not in done.columns
    assert (done.kind, done.more) == ("queryset", False)


def test_annotations_are_columns_too(world):
    done = run(catalogue[53], minimum=0.5)

    assert done.columns[-1] == "engagement"
    assert all(row["engagement"] >= 0.5 for row in done.rows)


def test_money_is_text_and_vectors_are_lists_and_all_of_it_is_json(world):
    users = run(entry(lambda: User.objects.exclude(memory_embedding=None)))
    posts = run(entry(lambda: Post.objects.exclude(price=None)), row_limit=3)

    assert isinstance(users.rows[0]["memory_embedding"][0], float)
    assert isinstance(posts.rows[0]["price"], str)
    assert json.loads(json.dumps(users.as_json()))["number"] == 1
    assert json.loads(json.dumps(posts.as_json()))["more"] is True


@pytest.mark.parametrize(
    ("function", "columns"),
    [
        (lambda: Post.objects.values_list("title", flat=True).order_by("pk"), ["value"]),
        (lambda: Post.objects.values_list("pk", "title").order_by("pk"), ["pk", "title"]),
        (lambda: Post.objects.values("title", "pk").order_by("pk"), ["title", "pk"]),
        (lambda: Post.objects.values("status").annotate(n=Count("pk")).order_by("status"), ["status", "n"]),
    ],
)
def test_values_are_named(function, columns, world):
    done = run(entry(function), row_limit=2)
    none = run(entry(lambda: function().filter(pk=0)))

    assert done.columns == none.columns == columns
    assert all(list(row) == columns for row in done.rows)
    assert none.rows == []


def test_lists_and_values_are_told_from_querysets(world):
    listed = run(entry(lambda: list(Comment.objects.order_by("pk")[:2])))
    value = run(entry(Post.objects.count))
    pair = run(entry(lambda: {"posts": Post.objects.count()}))

    assert (listed.kind, [row["id"] for row in listed.rows]) == ("list", [1, 2])
    assert (value.kind, value.rows) == ("value", [{"value": world.size}])
    assert (pair.kind, pair.rows) == ("value", [{"posts": world.size}])
    assert [len(done.statements) for done in (listed, value, pair)] == [1, 1, 1]


def test_the_row_limit_does_not_change_the_statement(world):
    short, whole = run(catalogue[26], row_limit=2), run(catalogue[26], row_limit=None)

    assert len(short.rows) == 2
    assert short.more
    assert not whole.more
    assert len(whole.rows) == len(catalogue[26].function())
    assert short.sql == whole.sql == statement(catalogue[26])
    assert "LIMIT 2" not in short.sql


def test_settings_are_part_of_what_was_executed(world):
    tuned = entry(lambda: Post.objects.tuned(work_mem="64MB").labelled("shown here").ranked())
    done = run(tuned, row_limit=1)

    assert (len(done.rows), done.more) == (1, True)
    assert "work_mem" in done.sql
    assert "/* shown here */" in done.sql
    assert "DECLARE" not in done.sql
    assert "Sort Key: " in plan(tuned)


def test_a_row_limit_that_is_just_enough_leaves_no_more(world):
    assert not run(catalogue[98], ids=[1, 2, 3], row_limit=3).more
    assert run(catalogue[98], ids=[1, 2, 3], row_limit=2).more
    assert run(catalogue[98], ids=[1], row_limit=0).rows == []


def test_arguments_are_told_with_the_defaults(world):
    done = run(catalogue[97], size=1)

    assert done.arguments == {"after": None, "size": 1}
    assert done.as_json()["arguments"] == {"after": None, "size": 1}


def test_statements_have_their_values_and_lines(world):
    (found,) = run(catalogue[10], author_id=4).statements

    assert found.sql.startswith("SELECT ")
    assert '"author_id" = 4' in found.sql
    assert "\nFROM " in found.sql
    assert found.milliseconds >= 0


def test_a_percent_sign_in_an_argument_is_shown_as_it_is(world):
    assert "'100%'" in (statement(catalogue[21], username="100%", email="x%sy") or "")
    assert "x%sy" in run(catalogue[21], username="x", email="x%sy").sql


def test_sql_is_told_without_asking_the_database(world, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert "content_post" in (statement(catalogue[10]) or "")
        assert statement(catalogue[106]) is None


def test_an_entry_that_finds_nothing_for_sure_has_a_statement_all_the_same(world):
    assert "FROM" in (statement(catalogue[6], statuses=[]) or "")


def test_plan_tells_what_was_done(world):
    explained = plan(catalogue[10], author_id=4)

    assert "content_post" in explained
    assert "actual time" in explained
    assert "Buffers" in explained


def test_plan_of_what_is_no_queryset_has_each_statement(world):
    explained = plan(entry(lambda: [Post.objects.count(), User.objects.count()]))

    assert explained.count("Aggregate") == 2
    assert explained.count("SELECT COUNT(*)") == 2


def test_a_plan_writes_nothing(world):
    explained = plan(entry(lambda: Post.objects.filter(pk=1).update(title="changed")))

    assert "Update on content_post" in explained
    assert Post.objects.get(pk=1).title == world.post(1).title


@pytest.mark.parametrize("limit", [None, 5])
def test_settings_that_travel_with_a_statement_are_shown_before_it(world, limit):
    done = run(entry(lambda: Post.objects.timeout(1234).tuned(work_mem="8MB").labelled("mine")), row_limit=limit)

    (only,) = done.statements
    assert only.sql.startswith("/* mine */ SET LOCAL statement_timeout = '1234';\nSET LOCAL work_mem = '8192kB';\n")
    assert only.sql.count("set_config") == 0
    assert "SELECT" in only.sql
