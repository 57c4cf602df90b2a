"""Oracles and world notice mistakes: an entry whose SQL is off by one comparison, NULL or order fails its check."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import connection

from example_project.catalogue import catalogue
from example_project.catalogue.checking import differs, oracles

from .harmless import HARMLESS, UNSTEADY

ENTRIES = list(catalogue.values())

BETWEEN = r'((?:\w+|"\w+")\."\w+") BETWEEN %s AND %s'

STATEMENTS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")

# What is looked for in a statement, and what stands there instead.
MISTAKES = {
    ">=": (r"(?<= )>=(?= )", ">"),
    "<=": (r"(?<= )<=(?= )", "<"),
    ">": (r"(?<= )>(?= )", ">="),
    "<": (r"(?<= )<(?= )", "<="),
    "BETWEEN, low": (BETWEEN, r"(\1 > %s AND \1 <= %s)"),
    "BETWEEN, high": (BETWEEN, r"(\1 >= %s AND \1 < %s)"),
    "AND": (r"(?<!BETWEEN %s )\bAND\b", "OR"),
    "OR": (r"\bOR\b", "AND"),
    "NOT": (r"\bNOT (?=[(E])", ""),
    "IS NOT TRUE": (r"\bIS NOT TRUE\b", "IS FALSE"),
    "IS NULL": (r"\bIS NULL\b", "IS NOT NULL"),
    "IS NOT NULL": (r"\bIS NOT NULL\b", "IS NULL"),
    "DESC": (r"\bDESC\b", "ASC"),
    "ASC": (r"\bASC\b", "DESC"),
    "NULLS LAST": (r"\bNULLS LAST\b", "NULLS FIRST"),
    "UPPER": (r"\bUPPER\b", ""),
    "LOWER": (r"\bLOWER\b", ""),
    "@>": (r"(?<= )@>(?= )(?! %s::jsonb)", "&&"),
    "@> of documents": (r"(?<= )@>(?= %s::jsonb)", "<@"),
    "&&": (r"(?<= )&&(?= )", "@>"),
    "<@": (r"(?<= )<@(?= )", "&&"),
    "DISTINCT": (r"\bDISTINCT (?!ON\b|FROM\b)", ""),
    "COALESCE": (r"\bCOALESCE\(", "NULLIF("),
    "ROWS": (r"\bROWS BETWEEN\b", "RANGE BETWEEN"),
    "RANGE": (r"\bRANGE BETWEEN\b", "GROUPS BETWEEN"),
    "+": (r"(?<= )\+(?= )", "-"),
    "-": (r"(?<= )-(?= )", "+"),
    "SUM": (r"\bSUM\(", "MAX("),
    "MIN": (r"\bMIN\(", "MAX("),
    "MAX": (r"\bMAX\(", "MIN("),
    "LAG": (r"\bLAG\(", "LEAD("),
    "LEAD": (r"\bLEAD\(", "LAG("),
}

# A mistake may make a recursion endless, or a stream begin again, or a write refuse: that is noticed too.
LONGEST, MOST = "5s", 1000
TELLING = re.compile("statement timeout|no end of statements|rows came again|raised CycleError")

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@contextmanager
def statements(change, change_value=lambda value: value):
    """Every statement as ``change`` makes it, its values as ``change_value`` does."""
    number = count()

    def changed(execute, sql, params, many, context):
        if not sql.startswith(STATEMENTS):
            return execute(sql, params, many, context)
        if next(number) == MOST:
            raise RuntimeError("there is no end of statements")
        return execute(change(sql), tuple(map(change_value, params or ())), many, context)

    with connection.execute_wrapper(changed):
        yield


def sites(entry, cases, world):
    """Where the statements of an entry can be wrong: a mistake and the how-manieth of its places."""
    seen = []
    with statements(lambda sql: seen.append(sql) or sql):
        for each in cases:
            differs(entry, each, world)
    return {
        (mistake, place)
        for mistake, (wanted, _) in MISTAKES.items()
        for place in range(max((len(re.findall(wanted, sql)) for sql in seen), default=0))
    }


def is_noticed(reason):
    """Whether a check sees the mistake itself: what PostgreSQL has refused would never have been shipped."""
    return bool(reason) and (not reason.startswith("raised") or TELLING.search(reason) is not None)


def wrong(mistake, place):
    wanted, instead = MISTAKES[mistake]

    def change(sql):
        found = list(re.finditer(wanted, sql))
        if place >= len(found):
            return sql
        return sql[: found[place].start()] + found[place].expand(instead) + sql[found[place].end() :]

    return change


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.number}-{entry.name}")
def test_check_notices_mistakes(entry, world):
    cases = [each.at(world) for each in oracles[entry.number].cases if each.error is None]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
    unnoticed, every = set(), sites(entry, cases, world)
    for mistake, place in every:
        with statements(wrong(mistake, place)):
            if not any(is_noticed(differs(entry, each, world)) for each in cases):
                unnoticed.add((entry.number, mistake, place))

    if entry.number in UNSTEADY:
        assert len(unnoticed) < len(every)
    else:
        assert unnoticed == {harmless for harmless in HARMLESS if harmless[0] == entry.number}


def test_check_notices_wildcards_that_are_not_escaped(world):
    escaped = set()

    def bare(value):
        if isinstance(value, str) and re.search(r"\\[%_]", value):
            escaped.add(number)
            return re.sub(r"\\([%_])", r"\1", value)
        return value

    noticed = set()
    for number, entry in catalogue.items():
        cases = [each.at(world) for each in oracles[number].cases if each.error is None]
        with statements(str, bare):
            noticed |= {number for each in cases if differs(entry, each, world)}

    assert noticed == escaped
    assert escaped
