"""The page of a pattern: its rows, what it says to bad arguments, and that nothing it does stays."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection
from django.db.models import Model, QuerySet

from example_project.catalogue import Entry, catalogue
from example_project.content.models import Post
from example_project.explorer import running

NASTY = ["", "-1", "1e400", "9" * 30, "\x00", "[1", "9999-12-31T23:59:59", "<b>'\";--%((("]
OVERHEAD = 2 * 5 + 1  # for the rows, and for their number: savepoint, settings, statement, rollback and release


@pytest.mark.parametrize("number", catalogue)
def test_shows_the_rows_of_a_direct_call_and_the_plan(page, number):
    shown = page(f"/patterns/{number}/", _plan=1)
    assert shown.status == 200
    assert shown.says("Execution Time")
    if not catalogue[number].is_lazy:
        return
    rows = catalogue[number].function()
    most = running.GROUPS if "dict[" in catalogue[number].returns else running.ROWS
    assert len(shown.table) == min(len(rows), most)
    assert shown.says(f"{len(rows):,} row")
    if rows and isinstance(rows[0], Model):
        keys = [str(row.pk) for row in rows]
        first = [cells[0] for cells in shown.table]
        assert first == keys[: running.ROWS] if rows.ordered else {*first} <= {*keys}


@pytest.mark.parametrize("number", [number for number, entry in catalogue.items() if entry.parameters])
def test_answers_bad_arguments_with_a_message(page, number):
    entry = catalogue[number]
    for parameter in entry.parameters:
        for text in NASTY:
            shown = page(f"/patterns/{number}/", **{parameter.name: text})
            assert shown.status in {200, 400}


@pytest.mark.parametrize("number", catalogue)
def test_takes_few_statements(client, world, number):
    sent = Counter()

    def count(execute, *args):
        sent["all"] += 1
        return execute(*args)

    with connection.execute_wrapper(count):
        run = client.get(f"/patterns/{number}/").context["outcome"].run
    assert sent["all"] <= len(run.statements) + OVERHEAD


def test_shows_an_error_at_its_field(page):
    shown = page("/patterns/10/", author_id="x")
    assert shown.status == 400
    assert shown.says("'x' is no whole number")
    assert "id_author_id_error" in shown.ids


@pytest.mark.parametrize(
    ("number", "query", "message"),
    [
        (20, {"limit": "-1"}, "ValueError"),
        (3, {"kwargs": "bio=x"}, "FieldNotAllowed"),
        (3, {"kwargs": "email__startswith=a"}, "FieldNotAllowed"),
        (3, {"kwargs": "no equals sign"}, "is not of the form name=value"),
    ],
)
def test_shows_what_a_pattern_refuses(page, number, query, message):
    shown = page(f"/patterns/{number}/", **query)
    assert shown.status == 400
    assert shown.says(message)


def test_takes_further_names(page, world):
    shown = page("/patterns/3/", kwargs="status=banned")
    assert len(shown.table) == sum(user.status == "banned" for user in world.users)


def test_converts_what_a_form_sends(page, world):
    shown = page("/patterns/98/", ids="2, 1")
    assert [cells[0] for cells in shown.table] == ["2", "1"]


@pytest.mark.parametrize("number", [0, 551, 10**30])
def test_does_not_find_an_unknown_number(page, number):
    assert page(f"/patterns/{number}/").status == 404


@pytest.mark.parametrize("script", ["<script>alert(1)</script>", "</td><img src=x onerror=alert(1)>"])
def test_escapes_what_rows_hold(page, world, script):
    post = Post.objects.create(title=script, slug="script", content=script * 200, author_id=1, tags=[script])
    shown = page("/patterns/98/", ids=post.pk)  # whose HTML has been found free of what is not ours
    assert shown.says(script)


def test_escapes_what_visitors_say(page):
    for address, name in [("/", "q"), ("/", "method"), ("/patterns/98/", "ids"), ("/patterns/3/", "kwargs")]:
        assert page(address, **{name: "\"'><script>alert(1)</script>"}).status in {200, 400}
    assert page("/methods/%3Cscript%3E/").status == 404


def test_forbids_scripts(client, world):
    assert "default-src 'none'" in client.get("/")["Content-Security-Policy"]


def test_refuses_other_verbs(client, world):
    assert client.post("/patterns/1/").status_code == 405


def test_explains_only_when_asked(page):
    assert not page("/patterns/10/").says("Execution Time")


def test_cancels_what_takes_too_long(world, monkeypatch):
    monkeypatch.setattr(running, "TIMEOUT_MS", 20)
    outcome = running.attempt(Entry(11, "Asleep", asleep), {}, explained=False)
    assert outcome.problem == ("Time limit", "The statement took longer than 0.02 seconds and was cancelled.")


def test_runs_read_only(world):
    outcome = running.attempt(Entry(11, "Written", written), {}, explained=False)
    assert outcome.problem is not None
    assert "read-only" in outcome.problem[1]


class Write(Entry):
    """An entry that writes by none of our methods."""

    writes = True


def test_takes_back_what_a_pattern_writes(world):
    outcome = running.attempt(Write(11, "Written", written), {}, explained=False)
    assert outcome.run is not None
    assert not Post.objects.filter(slug="written").exists()


def asleep() -> QuerySet[Post]:
    return Post.objects.extra(where=["pg_sleep(1) IS NULL"])


def written() -> int:
    return Post.objects.create(title="Written", slug="written", content="", author_id=1).pk
