"""Regular expressions from outside: those that pass are valid for PostgreSQL, mean what they say, and are cheap."""

from __future__ import annotations

import re

import pytest
from django.db import connection, transaction
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from querysets.sql.filters.regex import checked

pytestmark = pytest.mark.django_db

TEXTS = [
    "",
    "a",
    "ab",
    "A b",
    "abab",
    "a1_b2",
    "aab-ba",
    "b.a*",
    "a\nb",
    "[a]",
    "(b)",
    "\\",
    "-",
    "b]a",
    "a b\tab",
    "_1",
    "^$",
]


def matched(pattern, texts, operator="~"):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT x FROM unnest(%s::text[]) x WHERE x {operator} %s", [texts, pattern])  # noqa: S608
        return {text for (text,) in cursor.fetchall()}


# Pairs: the pattern for PostgreSQL, and what says the same in Python.
SAME = [*"abAB1_- ]}", r"\.", r"\*", r"\\", r"\-", r"\[", ".", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\n", r"\t"]
SAME += [
    "[ab]",
    "[^ab]",
    "[a-b]",
    "[^a-]",
    "[-a]",
    r"[\d_]",
    r"[^\s]",
    r"[\]a]",
    r"[\\]",
    r"[.-\]]",
    r"[a^]",
    r"[\-\^]",
]
single = st.one_of(
    st.sampled_from(SAME).map(lambda both: (both, both)),
    st.sampled_from([("[[:alpha:]]", "[A-Za-z]"), ("[^[:digit:]_]", "[^0-9_]"), ("[[:space:]-]", r"[\s-]")]),
)
anchor = st.sampled_from([
    ("^", "^"), ("$", r"\Z"), (r"\A", r"\A"), (r"\Z", r"\Z"), (r"\y", r"\b"), (r"\Y", r"(?!\b)"),
    (r"\m", r"\b(?=\w)"), (r"\M", r"\b(?<=\w)"),
])  # fmt: skip
repeats = st.sampled_from(["", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,3}?", "{1,}", "{0}"])


def sequences(inner, others=anchor):
    repeated = st.tuples(inner, repeats).map(lambda part: (part[0][0] + part[1], part[0][1] + part[1]))
    return st.lists(repeated | others, min_size=1, max_size=4).map(joined)


def joined(parts, by=""):
    return by.join(pg for pg, _ in parts), by.join(py for _, py in parts)


def grouped(parts, opening="("):
    pg, py = joined(parts, "|")
    return f"{opening}{pg})", f"{opening}{py})"


def extended(inner):
    branches = st.lists(sequences(inner, single), min_size=1, max_size=3)
    return single | st.tuples(branches, st.sampled_from(["(", "(?:"])).map(lambda both: grouped(*both))


inner = st.recursive(single, extended, max_leaves=6)
# No group with an anchor in it is repeated, but for "?".
anchored = st.tuples(
    st.lists(sequences(inner), min_size=1, max_size=3).map(grouped), st.sampled_from(["", "?", "??"])
).map(lambda part: (part[0][0] + part[1], part[0][1] + part[1]))
patterns = st.lists(sequences(inner, anchor | anchored), min_size=1, max_size=2).map(lambda parts: joined(parts, "|"))


@given(patterns)
@settings(max_examples=300, deadline=None)
def test_a_pattern_of_the_subset_passes_and_matches_what_it_does_in_python(pattern):
    ours, python = pattern
    try:
        assert checked(ours, 5000) == ours
    except ValueError as error:
        assume("anchors and word boundaries, at most" not in str(error))
        raise
    expected = {text for text in TEXTS if re.search(python, text, re.ASCII | re.DOTALL)}
    assert matched(ours, TEXTS) == expected


PIECES = ["a", "b", ".", "[", "[^", "]", "-", "^", "$", "(", "(?:", ")", "|", "*", "+", "?", "{2}", "{0,2}", "{1,}?"]
PIECES += [r"\d", r"\W", r"\m", r"\y", r"\]", r"\-", r"\^", "[:alpha:]", "[.", "a-b", "--", "\n", "{", "}", "\\"]


@given(
    st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
    | st.text(r"ab01,-^$.|?*+()[]{}\:=!<dwsmMyYAZnbBDQx1é" + "\n ", max_size=12)
)
@example("[]")
@example("[^]")
@example("[^]a]")
@example("[--]")
@example("[---]")
@example("[a-b-c]")
@example("[[.a.]]")
@example("[[=a=]]")
@example("[[:<:]]a")
@example(r"[\D]")
@example(r"[a-\d]")
@example(r"(\m)*")
@example("(^)*")
@example("()*")
@example("a||b")
@example("***=a")
@example("a{,3}")
@example("a{0}{2}")
@example("(?i)a")
@example("a{1}+")
@example("a*+")
@example(r"\é\_")
@settings(max_examples=600, deadline=None)
def test_whatever_passes_is_valid_for_the_server(pattern):
    try:
        checked(pattern, 200)
    except ValueError:
        return
    for operator in ("~", "~*"):
        matched(pattern, TEXTS, operator)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a)\1", "from character 4 on"),
        (r"(?=a)b", "from character 1 on"),
        (r"(?<!a)b", "from character 1 on"),
        (r"(?i)a", "from character 1 on"),
        (r"(?#note)a", "from character 1 on"),
        (r"\bword", "from character 1 on"),
        (r"\x41", "from character 1 on"),
        ("***=a", "from character 1 on"),
        ("*a", "from character 1 on"),
        ("^*", "from character 2 on"),
        ("(|+)", "from character 3 on"),
        ("a**", "from character 3 on"),
        ("a{2}{3}", "from character 5 on"),
        ("a{x}", "from character 2 on"),
        ("a{,3}", "from character 2 on"),
        ("a)", "from character 2 on"),
        ("[a", "from character 1 on"),
        ("[]", "from character 1 on"),
        ("[[=a=]]", "from character 1 on"),
        ("a\\", "from character 2 on"),
        ("(a", "leaves a '(' open"),
        ("((a)", "leaves a '(' open"),
        ("[z-a]", "the range z-a"),
        (r"[\]-\[]", "ends before it begins"),
        ("a{51}", "at most 50"),
        ("a{0,51}", "at most 50"),
        ("a{51,}", "at most 50"),
        ("a{3,2}", "from the first number to the second"),
        (r"(\m)*", "repeats a group with an anchor"),
        ("((^a)?b)+", "repeats a group with an anchor"),
        (r"(\ya?)" * 9, "has 9 anchors and word boundaries, at most 8"),
        ("(" * 8 + "a" + ")+" * 8, "once its repeats are written out"),
        ("a" * 201, "at most 200 characters, got 201"),
        ("(a{50}){5}", "once its repeats are written out"),
        ("((a{10}){10}){3}", "once its repeats are written out"),
        ("(?:a?){50}(?:b?){50}(?:c?){50}(?:d?){50}e{50}", "once its repeats are written out"),
        ("a{50}b{50}c{50}d{50}e", "once its repeats are written out"),
    ],
)
def test_what_is_refused_and_why(pattern, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        checked(pattern, 200)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        r"^(\d{1,3}\.){3}\d{1,3}$",
        r"\mart\M",
        "(a+)+$",
        "a{50}b{50}c{50}d{50}",
        "a" * 200,
        "(?:a{10}){20}",
        "a{2,}",
        "(^|,)?a($|,)",
        "a+" * 100,
        "é+|[à-ÿ]{2}",
        "50%",
        "a}b]",
    ],
)
def test_what_passes(pattern):
    assert checked(pattern, 200) == pattern


def test_the_length_that_is_allowed_is_the_callers():
    assert checked("(a{50}){50}", 2500)
    with pytest.raises(ValueError, match="longer than 2499 characters"):
        checked("(a{50}){50}", 2499)
    assert checked("(" * 1000 + ")" * 1000, 3000), "no recursion"


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(((a*)*)*)*b",
        "(a|b|ab)*c",
        "(.*a){50}z",
        "(a|b)*a(?:a|b){50}c",
        ".*a.{50}.{50}.{50}z",
        "(?:a*b*c*d*e*){30}z",
        "(?:a?){50}a{50}",
        "(?:.?){50}.{50}z",
        "([ab]{0,50}x?){3}y",
        "(" * 60 + "a" + ")*" * 60,
        "(" * 7 + "a" + ")+" * 7,
        r"(\ya?)?" * 8,
        r"(^|$|\m|\M|\y|\Y|a)" * 1 + r"(\y|b)?(\m|b)?",
    ],
)
def test_what_passes_is_cheap(pattern):
    """Half a second for 100 texts of 10,000 characters: the pattern is compiled once, and no text takes long."""
    assert checked(pattern, 200)
    texts = ["a" * 10_000, "ab" * 5_000, "abcde " * 1_666] * 33
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '5s'")
    matched(pattern, texts)
