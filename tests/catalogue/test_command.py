"""``manage.py patterns``, of the library and of the example project."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import connection

from example_project.catalogue import catalogue
from example_project.catalogue.checking import Oracle, case, oracles
from example_project.catalogue.registry import ROOT
from querysets.management.commands.patterns import Command as LibraryCommand
from querysets.management.commands.patterns import aligned
from querysets.roles import ROLES


class Terminal(io.StringIO):
    def isatty(self):
        return True


def patterns(*arguments, terminal=False, command="patterns"):
    out = Terminal() if terminal else io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, no_color=True)
    return out.getvalue()


def table(text):
    header, *rows = (line.split("\t") for line in text.splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_example_projects_command_wins_and_extends_that_of_the_library():
    home = get_commands()["patterns"]

    assert home == "example_project.catalogue"
    assert isinstance(load_command_class(home, "patterns"), LibraryCommand)


def test_roles_tells_declared_inferred_unclear_and_missing_ones():
    found = {row["role"]: row for row in table(patterns("roles", "content.Order"))}

    assert list(found) == list(ROLES)
    assert (found["timestamp"]["field"], found["timestamp"]["how"]) == ("created_at", "declared")
    assert (found["title"]["field"], found["title"]["how"]) == ("-", "nothing fits")
    assert (found["tenant"]["field"], found["tenant"]["how"]) == ("-", "never inferred")
    posts = {row["role"]: row for row in table(patterns("roles", "content.Post"))}
    assert posts["search_fields"]["field"] == "title, content"


def test_roles_names_the_candidates_where_several_fit(monkeypatch):
    from querysets.management.commands import patterns as module

    monkeypatch.setattr(module, "role_of", lambda *_: None)
    monkeypatch.setattr(module, "candidates", lambda _, role: ["made", "changed"] if role == "timestamp" else [])

    assert table(patterns("roles", "content.Room"))[0]["how"] == "unclear: made or changed"


@pytest.mark.parametrize("label", ["content.Pots", "content.post.x", "Post", ""])
def test_roles_of_no_model(label):
    with pytest.raises(CommandError, match=f"there is no model '{label}'; (did you mean|there is)"):
        patterns("roles", label)


def test_roles_needs_no_catalogue_and_no_database(tmp_path):
    """In a project of its own, which has the library and one model."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "models.py").write_text(
        "from django.db import models\n"
        "from querysets import PatternManager\n"
        "class Item(models.Model):\n"
        "    name = models.CharField(max_length=9)\n"
        "    created = models.DateTimeField()\n"
        "    made_at = models.DateTimeField(auto_now_add=True)\n"
        "    objects = PatternManager(rank='price')\n"  # no such field: what the command is for shows all the same
        "    class Meta:\n"
        "        app_label = 'shop'\n"
    )
    (tmp_path / "settings.py").write_text(
        "SECRET_KEY = 'x'\nINSTALLED_APPS = ['querysets', 'shop']\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'HOST': '127.0.0.1', 'PORT': '1'}}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "django", "patterns", "roles", "shop.Item", "--settings=settings", "--pythonpath", ROOT],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {row["role"]: row for row in table(done.stdout)}

    assert (found["rank"]["field"], found["rank"]["how"]) == ("price", "declared")
    assert found["timestamp"]["how"] == "unclear: created or made_at"
    assert found["title"]["how"] == "inferred"
    assert done.returncode == 0


def test_djangos_own_options_may_stand_behind_the_action():
    out = io.StringIO()
    call_command("patterns", "roles", "content.Post", "-v", "2", "--traceback", "--force-color", stdout=out)

    assert len(table(out.getvalue())) == len(ROLES)


def test_columns_are_aligned_on_a_terminal():
    lines = patterns("roles", "content.Post", terminal=True).splitlines()

    assert lines[0].split() == ["role", "field", "how", "what", "it", "is"]
    assert {line.index(line.split()[2]) for line in lines[1:3]} == {lines[0].index("how")}
    assert list(aligned([("a", "b"), ("long", "c")])) == ["a     b", "long  c"]


def test_list_has_a_line_for_each_entry():
    rows = table(patterns("list"))

    assert [int(row["number"]) for row in rows] == list(catalogue)
    recent = rows[10]
    assert recent == {
        "number": "11",
        "name": "recent_posts",
        "title": "Recent posts",
        "section": "Basic & filtering",
        "topic": "moments",
        "signature": catalogue[11].signature,
        "source": f"example_project/catalogue/filtering/moments.py:{catalogue[11].line}",
        "methods": "recent",
    }


def test_list_of_a_range_as_json():
    found = json.loads(patterns("list", "3,1-2", "--json"))

    assert [each["number"] for each in found] == [3, 1, 2]
    assert found[2]["methods"] == list(catalogue[2].methods)


def test_list_on_a_terminal_has_two_lines_an_entry():
    lines = patterns("list", "10-11", terminal=True).splitlines()

    assert lines[0] == "Basic & filtering"
    assert lines[1].split()[0] == "10"
    assert lines[2].strip() == catalogue[10].signature
    assert len(lines) == 5


@pytest.mark.parametrize("arguments", [("list", "1-9999"), ("check", "0"), ("show", 0), ("run", 9999), ("plan", 9999)])
def test_an_unknown_number_is_an_error_with_a_hint(arguments):
    with pytest.raises(CommandError, match=r"there is no pattern \d+; there are 1-"):
        patterns(*arguments)


def test_search_lists_what_mentions_all_words():
    assert [int(row["number"]) for row in table(patterns("search", "hot", "new"))] == [93]
    assert [each["number"] for each in json.loads(patterns("search", "hot or new", "--json"))] == [93]
    with pytest.raises(CommandError, match="no pattern mentions 'recent' and 'nonsense'"):
        patterns("search", "recent", "nonsense")


@pytest.mark.django_db
def test_show_tells_the_meaning_the_source_and_the_sql(world):
    shown = patterns("show", 11)

    for part in (catalogue[11].meaning, catalogue[11].source, "moments.py:", "methods: recent", 'FROM "content_post"'):
        assert part in shown


@pytest.mark.django_db
def test_run_prints_rows_statement_and_time(world):
    printed = patterns("run", 98, "--arg", "ids=2,1")
    rows, sql = printed.split("\n\n", 1)

    assert [row["id"] for row in table(rows)] == ["2", "1"]
    assert sql.startswith("SELECT ")
    assert printed.splitlines()[-1].startswith("2 rows, 1 statement, ")


@pytest.mark.django_db
def test_run_stops_after_some_rows(world):
    printed = patterns("run", 26, "--rows", 1)

    assert printed.splitlines()[-1].startswith("the first 1 row, 1 statement, ")
    assert len(table(printed.split("\n\n")[0])) == 1


@pytest.mark.django_db
def test_run_as_json(world):
    found = json.loads(patterns("run", 98, "--arg", "ids=2", "--json"))

    assert found["arguments"] == {"ids": [2]}
    assert [row["id"] for row in found["rows"]] == [2]
    assert found["statements"] == len(found["sql"]) == 1
    assert found["milliseconds"] > 0


@pytest.mark.django_db
def test_run_on_a_terminal_keeps_within_its_width(world, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    printed = patterns("run", 26, terminal=True)
    rows = printed.split("\n\n")[0].splitlines()

    assert rows[0] == "26 Posts with comments"
    assert all(len(line) <= 60 for line in rows)
    assert rows[1].split()[0] == "id"


@pytest.mark.django_db
def test_run_without_rows(world):
    assert patterns("run", 10, "--arg", "author_id=0").splitlines()[-1].startswith("0 rows, 1 statement, ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((11, "--arg", "hours=many"), "pattern 11: hours: 'many' is no number"),
        ((11, "--arg", "hours"), "--arg 'hours': write NAME=VALUE"),
        ((11, "--arg", "days=1"), "has no parameter 'days'"),
        ((20, "--arg", "limit=-1"), "n must be 0 or more"),
        ((3, "--arg", "bio=x"), "'bio' may not be filtered by"),
        ((11, "--rows", "-1"), "argument --rows: invalid _count value: '-1'"),
    ],
)
def test_run_with_arguments_that_are_wrong(arguments, message, world):
    with pytest.raises(CommandError) as caught:
        patterns("run", *arguments)

    assert message in str(caught.value)


@pytest.mark.django_db
def test_plan_explains(world):
    assert "actual time" in patterns("plan", 10, "--arg", "author_id=4")


@pytest.mark.django_db
def test_check_ends_with_a_line_of_counts(world):
    assert patterns("check", "10,14").splitlines() == ["ok   10 Posts of an author", *_ok(14), "2 passed, 0 failed"]


def _ok(number):
    return [f"ok   {catalogue[number]}"]


@pytest.mark.django_db
def test_check_that_fails_says_where_and_exits_with_an_error(world, monkeypatch, capsys):
    def told(world, author_id):
        return world.posts[:author_id]

    monkeypatch.setitem(oracles.known, 10, Oracle(10, told, (case(), case(author_id=2)), ordered=False))
    out = io.StringIO()

    with pytest.raises(SystemExit) as caught:
        call_command("patterns", "check", "10,14", stdout=out, no_color=True)

    lines = out.getvalue().splitlines()
    assert caught.value.code == 1
    assert lines[0] == "FAIL 10 Posts of an author"
    assert "author_id=2: " in lines[2]
    assert lines[-1] == "1 passed, 1 failed"


@pytest.mark.django_db
def test_check_without_a_world_says_how_to_load_one(world):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM world_loaded")

    with pytest.raises(CommandError, match=r"holds no world; load one by: manage\.py world"):
        patterns("check", "10")


def test_no_action_is_an_error_that_names_them():
    with pytest.raises(CommandError, match="ACTION"):
        patterns()
