"""jsonpath from outside: what is read here, the server reads as well, and its evaluation is no error."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from example_project.content.models import Post
from querysets.scope import Scope
from querysets.sql.postgres.json.jsonpath import bound

pytestmark = pytest.mark.django_db

DOCUMENTS = ("null", "7", '"x"', "{}", '[1, {"b": 2}, "t"]', '{"a": [1, {"b": 2}, "1e400x"], "b c": 1e300, "to": null}')


def read(path, **variables):
    return bound(Scope(Post, None, "json_matching"), path, variables)


def run(written):
    """Whether the server takes the path, and evaluates it on every document."""
    operator = "@@" if written.is_predicate else "@?"
    with transaction.atomic(), connection.cursor() as cursor:
        for document in DOCUMENTS:
            cursor.execute(f"SELECT %s::jsonb {operator} %s::jsonpath", [document, written.text])


class Grammar:
    """Random expressions, most of them right."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def either(self, *choices):
        return self.chance.choice(choices)

    def value(self, depth, inside, index):
        kind = self.chance.random() if depth > 0 else 0
        if kind < 0.5:
            return self.accessed(depth, inside, index)
        if kind < 0.6:
            return f"({self.value(depth - 1, inside, index)})"
        if kind < 0.7:
            return f"{self.either('+', '-')} {self.value(depth - 1, inside, index)}"
        sides = self.value(depth - 1, inside, index), self.value(depth - 1, inside, index)
        return self.either(" + ", " - ", " * ", " / ", "%").join(sides)

    def accessed(self, depth, inside, index):
        names = [
            "$",
            "$",
            "$",
            '"x"',
            "1",
            "(1.5)",
            "true",
            "null",
            *(["@"] * 4 if inside else []),
            *(["last"] * index),
        ]
        found = self.chance.choice(names)
        if depth > 0 and self.chance.random() < 0.2:
            found = f"({self.either(self.value, self.condition)(depth - 1, inside, index)})"
        for _ in range(self.chance.choice([0, 1, 1, 2])):
            kind = self.chance.random()
            if kind < 0.4:
                found += self.either(
                    ".a",
                    '."b c"',
                    ".*",
                    ".**",
                    ".**{2}",
                    ".**{1 to last}",
                    ".type()",
                    ".size()",
                    ".keyvalue()",
                    ".double()",
                    ".abs()",
                    ".ceiling()",
                    ".to",
                    ".null",
                    ".exists",
                    ".last",
                    ".is",
                )
            elif kind < 0.6:
                inner = self.value(depth - 1, inside, index=True)
                found += f"[{self.either('*', '0', 'last', '0 to last', '1,2', inner)}]"
            elif kind < 0.8:
                found += f" ? ({self.condition(depth - 1, index=index, inside=True)})"
        return found

    def condition(self, depth, inside, index):
        kind = self.chance.random() if depth > 0 else 0
        left = self.value(depth - 1, inside, index)
        if kind < 0.4:
            return left + self.either(" == ", "!=", "<>", " < ", ">=") + self.value(depth - 1, inside, index)
        if kind < 0.6:
            sides = self.condition(depth - 1, inside, index), self.condition(depth - 1, inside, index)
            return self.either(" && ", "||").join(sides)
        inner = self.condition(depth - 1, inside, index)
        return self.either(
            f"! ({inner})",
            f"exists ({left})",
            f"({inner}) is unknown",
            f'{left} starts with "x"',
            f'{left} like_regex "^x.*" flag "i"',
            f"({inner})",
        )

    def whole(self):
        made = self.either(self.value, self.condition)(3, inside=False, index=False)
        text = self.either("", "strict ", "lax ") + made
        if self.chance.random() < 0.4:  # a slip
            place = self.chance.randrange(len(text))
            text = text[:place] + self.either("", self.either(*"()[]{}.$@*?!&|<=\"'x0 ")) + text[place + 1 :]
        return text


@pytest.mark.parametrize("seed", range(20))
def test_what_is_read_here_the_server_reads_and_runs(seed):
    grammar, right = Grammar(seed), 0
    for _ in range(60):
        text = grammar.whole()
        try:
            written = read(text)
        except ValueError:
            continue
        try:
            run(written)
        except DatabaseError as error:
            pytest.fail(f"{text!r} as {written.text!r}: {error}")
        right += 1
    assert right > 10


@pytest.mark.parametrize(
    ("path", "variables", "is_predicate"),
    [
        ("$", {}, False),
        ("$.a.b[0 to last, 3].**{2 to last}.c", {}, False),
        ("$.ключ", {}, False),
        ('$."it\'s \\"here\\" \\u00e9"', {}, False),
        ("strict $.a ? (@.b == 1 && !(@.c > 2) || exists (@.d)) .size()", {}, False),
        ("$.a == $x", {"x": -5}, True),
        ("$.a - $x == $y", {"x": Decimal("-1e-20"), "y": 10**30}, True),
        ("$.a == $x", {"x": 1e-300}, True),
        ("$.a starts with $x", {"x": '"\\\n\x01\x7f🦉'}, True),
        ('$.a like_regex $x flag "is"', {"x": r"^a\\d{2}$"}, True),
        ("(($.a == true) is unknown)", {}, True),
        ("$ ? (@.a == null).b", {}, False),
        ("(($.a)).b", {}, False),
        ("($.a > 1).type()", {}, False),
        (" ".join(["$.a == 1 ||"] * 100) + " $.a == 2", {}, True),
    ],
)
def test_is_read(path, variables, is_predicate):
    written = read(path, **variables)
    run(written)
    assert written.is_predicate == is_predicate


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        "a",
        "$.",
        "$a",
        "$.a.",
        "$.a[",
        "$.a[]",
        "$[a]",
        "$.a ?",
        "$.a ? ()",
        "$.a ? (@)",
        "$.a ? (@ = 1)",
        "@.a",
        "last",
        "$.a(1)",
        "$.a.b()",
        "$.a.datetime()",
        "$.a.size(1)",
        "$.a == 1 == 2",
        "$.a && $.b",
        "! $.a",
        "($.a",
        "$.a)",
        '$.a like_regex "("',
        '$.a like_regex "(a)\\\\1"',
        '$.a like_regex "a" flag "x"',
        "$.a like_regex $.b",
        '$.a like_regex "a" flag "ii"',
        "$.a starts with 1",
        "$.a starts with $.b",
        "$.**{-1}",
        "$.**{9999}",
        "$.**{a}",
        "$.a == 'x'",
        "$.a == 1a",
        "$.a == 01",
        "$.a == 1e999999",
        "$.a == .5",
        '$."\\u0000"',
        '$."\\ud800"',
        '$."\\x41"',
        '$."a',
        "$.a; DROP TABLE x",
        "$.a /* b */",
        "exists ($.a).b",
        "$.a is unknown",
        "$.1",
        "$.a.2",
        "TRUE == true",
        "$" + "[0" * 40 + "]" * 40,
        "$.a == " + "(" * 40 + "1" + ")" * 40,
        "$" + ".a" * 1001,
        "-" * 40 + "1",
        "lax",
        "$\0",
    ],
)
def test_is_refused(path):
    with pytest.raises(ValueError, match=r"no jsonpath|has the variable"):
        read(path)
