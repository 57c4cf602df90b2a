"""Highlighting changes no text, docstrings keep their structure, cells show what a value is."""

from __future__ import annotations

import html
import inspect
import re

import pytest
from django.utils.safestring import mark_safe

from example_project.catalogue import catalogue
from example_project.explorer import highlighting, sources, statements
from example_project.explorer.docstrings import document
from example_project.explorer.tables import cell


def text(marked_up):
    return html.unescape(re.sub("<[^>]+>", "", marked_up))


@pytest.mark.parametrize(
    "source",
    [
        inspect.getsource(highlighting),
        *[
            "",
            "\n",
            "x",
            "'unfinished",
            ">>> x ==",
            "f(a: int | None = None) -> Self",
            "s = 'é' + f'{x!r:>{3}}'\n\n\ny",
        ],
        "def f():\n\tif x:\n\t\treturn '''a\n  b'''  # why\n",
    ],
)
def test_highlighting_keeps_python_as_it_is(source):
    assert text(highlighting.python(source)) == source


def test_methods_lead_to_their_pages():
    marked_up = highlighting.python("Post.objects.by(status=1)", lambda name: f"/methods/{name}/")
    assert '<a class="m" href="/methods/by/">by</a>' in marked_up
    assert "/methods/objects/" not in marked_up


def test_sql_keeps_its_words():
    columns = ", ".join(f'"t"."c{n}"' for n in range(12))
    rest = """(SELECT COUNT(*) FROM "u") AS "n" FROM "t" WHERE "t"."c1" = 'a  < ''b'"""
    statement = f"SELECT {columns}, {rest} GROUP BY {columns}"
    marked_up = statements.sql(statement)
    assert marked_up.count("8 more columns") == 2
    words = text(marked_up.replace("<summary>8 more columns</summary>", " "))
    assert re.sub(r"\s+", "", words) == re.sub(r"\s+", "", statement)


def test_sql_that_is_too_deep_is_shown_as_it_is():
    statement = "SELECT " + "(" * 3000 + "1" + ")" * 3000
    assert text(statements.sql(statement)) == statement


def test_long_literals_are_shortened():
    assert text(statements.sql(f"SELECT '{'x' * 500}'")) == f"SELECT '{'x' * 99}… 402 characters more'"


def test_plans_show_which_scans_use_an_index():
    marked_up = highlighting.plan("Seq Scan on a  (cost=1..2 rows=3)\n  ->  Index Scan using a_b on a  (cost=0..1)")
    assert '<span class="bad">Seq Scan on a</span>' in marked_up
    assert '<span class="good">Index Scan using a_b</span>' in marked_up


def test_docstrings_become_sections_definitions_and_examples():
    written = document(
        """Rows of ``x`` and *y* < z.

        Parameters
        ----------
        x, y : int
            What it is.

            - one
            - two

        Examples
        --------
        >>> Post.objects.by(x=1)
        [1]
        """,
        lambda name: f"/{name}/",
    )
    assert "<p>Rows of <code>x</code> and <em>y</em> &lt; z.</p>" in written
    assert '<h2>Parameters</h2>\n<dl><dt><code>x, y</code> <span class="type">int</span></dt><dd>' in written
    assert "<ul><li>one</li><li>two</li></ul>" in written
    assert '<a class="m" href="/by/">by</a>' in written
    assert "[1]" in written


def test_a_pattern_is_shown_without_its_docstring():
    assert text(sources.function(catalogue[26])) == (
        'def posts_with_comments() -> QuerySet[Post]:\n    return Post.objects.having("comments")'
    )
    assert text(sources.chain(catalogue[26])) == 'Post.objects.having("comments")'


@pytest.mark.parametrize("entry", catalogue.values(), ids=str)
def test_a_chain_keeps_the_code(entry):
    assert re.sub(r"[\s,]", "", f"return{text(sources.chain(entry))}") in {
        re.sub(r"[\s,]", "", entry.code),
        "return" + re.sub(r"[\s,]", "", entry.code),
    }


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (None, "null", "NULL"),
        ("NULL", "text", "NULL"),
        ("", "text", '""'),
        (" x", "text", '" x"'),
        (True, "bool", "true"),
        (3, "number", "3"),
        (0.1 + 0.2, "number", "0.3"),
        ("2026-03-01T12:00:00+00:00", "moment", "2026-03-01 12:00"),
        ("2026-03-01T12:00:05.250000+00:00", "moment", "2026-03-01 12:00:05.250000"),
        ("2026-03-01T00:00:00+01:00", "moment", "2026-03-01 00:00+01:00"),
        (["a", None, 0.123456], "list", "anull0.1235"),
        (list(range(20)), "list", "01234567891011+8"),
        ([], "list", "[]"),
        ({"a": ["é"]}, "json", '{"a": ["é"]}'),
    ],
)
def test_cells_show_what_a_value_is(value, kind, shown):
    assert (cell(value).kind, text(cell(value).html)) == (kind, shown)


def test_long_texts_are_shortened_and_can_be_opened():
    found = cell("word " * 100 + "end").html
    assert found.startswith("<details><summary>word")
    assert found.endswith("end</div></details>")


def test_only_what_is_declared_safe_is_read_as_html():
    assert cell(mark_safe("<mark>queue</mark>")) == ("text", "<mark>queue</mark>")
    assert cell("<mark>queue</mark>") == ("text", "&lt;mark&gt;queue&lt;/mark&gt;")
