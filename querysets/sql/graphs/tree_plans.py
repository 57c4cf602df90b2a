# ruff: noqa: S608 (SQL of ours)
"""Plans of the walks along a parent, around the rows that they start from and those that they may pass.

``nodes`` have the parent beside their key, and so have the ``starts`` of all that goes up. CTEs are called by names
that no table has, as those of a recursive list are seen in all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .computed import Plan

DEEPEST: Final = 500
"""The levels of a path: what it costs is the square of them."""

_NODE: Final = '({nodes}) "node" ("id", "parent")'
_QUERIES: Final = ("starts", "nodes")


def down(deepest: int | None, *, include: bool, single: bool) -> Plan:
    """From each start to its children and theirs. A walk ends at the next start, from which another goes on.

    So a row that is no start is met once: all that it can be under is one start. Only a start is met again, by itself
    where it is on a cycle, which is left out, or by another. ``single`` says that there is no other.
    """
    capped = "" if deepest is None else f' AND "#walk"."depth" < {deepest}'
    first = "" if deepest != 0 else " AND FALSE"
    others = 'NOT EXISTS (SELECT FROM "#starts" WHERE "#starts"."id" = "#walk"."id")'
    other = '"node"."id" <> "#walk"."root"' if single else others
    kept = others if include and not single else '"root" <> "id"'
    own = 'SELECT "id", 0 FROM "#starts" UNION ALL ' if include else ""
    return Plan(
        'WITH RECURSIVE "#starts" ("id") AS MATERIALIZED ({starts}), "#walk" ("root", "id", "depth") AS ('
        f'SELECT "#starts"."id", "node"."id", 1 FROM "#starts" JOIN {_NODE} ON "node"."parent" = "#starts"."id" '
        f'WHERE "node"."id" <> "#starts"."id"{first} UNION ALL '
        'SELECT "#walk"."root", "node"."id", "#walk"."depth" + 1 FROM "#walk" '
        f'JOIN {_NODE} ON "node"."parent" = "#walk"."id" WHERE {other}{capped}) '
        f'{own}SELECT "id", "depth" FROM "#walk" WHERE {kept}',
        _QUERIES,
    )


_CLIMB: Final = (
    'WITH RECURSIVE "#starts" ("id", "parent") AS MATERIALIZED ({starts}), '
    '"#walk" ("start", "id", "parent", "distance", "mark") AS ('
    'SELECT "id", "id", "parent", 0, "id" FROM "#starts" UNION ALL '
    'SELECT "#walk"."start", "node"."id", "node"."parent", "#walk"."distance" + 1, '
    'CASE WHEN "#walk"."distance" & ("#walk"."distance" + 1) = 0 THEN "node"."id" ELSE "#walk"."mark" END '
    f'FROM "#walk" JOIN {_NODE} ON "node"."id" = "#walk"."parent" WHERE "node"."id" <> "#walk"."mark")'
)
"""Each start, at distance 0, and all above it; some of a circle more than once.

Parents may go round in a circle that the start is not on. Brent's way to notice takes a mark that stays behind and is
moved up after 1, 2, 4, 8 steps and so on: the walk ends where it meets its mark.
"""


def up(*, include: bool) -> Plan:
    """From each start to its parent and theirs."""
    kept = "TRUE" if include else '"id" <> "start"'
    return Plan(f'{_CLIMB} SELECT "id", MIN("distance") FROM "#walk" WHERE {kept} GROUP BY "id"', _QUERIES)


BESIDE: Final = Plan(
    'WITH "#starts" ("id", "parent") AS MATERIALIZED ({starts}) '
    f'SELECT "node"."id" FROM "#starts" JOIN {_NODE} ON "node"."parent" = "#starts"."parent" '
    f'WHERE "node"."id" <> "#starts"."id" UNION SELECT "node"."id" FROM "#starts" JOIN {_NODE} '
    'ON "node"."parent" IS NULL WHERE "#starts"."parent" IS NULL AND "node"."id" <> "#starts"."id"',
    _QUERIES,
)
"""The rows of the same parent as a start, or, beside a root, the other roots."""


def meeting(count: int) -> Plan:
    """The row above or among ``count`` starts that is nearest to all of them together."""
    return Plan(
        f'{_CLIMB} SELECT "id" FROM ('
        'SELECT "start", "id", MIN("distance") AS "distance" FROM "#walk" GROUP BY "start", "id") "each" '
        f'GROUP BY "id" HAVING COUNT(*) = {count} ORDER BY SUM("distance"), "id" LIMIT 1',
        _QUERIES,
    )


ROOTED: Final = Plan(
    'WITH RECURSIVE "#walk" ("id", "depth", "root") AS (SELECT "id", 0, "id" FROM ({starts}) "first" ("id")'
    ' UNION ALL SELECT "node"."id", "#walk"."depth" + 1, "#walk"."root" FROM "#walk" '
    f'JOIN {_NODE} ON "node"."parent" = "#walk"."id") SELECT "id", "depth", "root" FROM "#walk"',
    _QUERIES,
)
"""From each root to all below it; no row below a root is on a cycle or under one."""


def _bounded() -> str:
    """The depth of a row below that of the walk; an error where that is too deep for paths, whose cost is quadratic."""
    return (
        f'CASE WHEN "#walk"."depth" < {DEEPEST} THEN "#walk"."depth" + 1 '
        f'ELSE (\'a path of more than {DEEPEST} levels, at \' || "#walk"."id"::text)::integer END'
    )


PATHED: Final = Plan(
    'WITH RECURSIVE "#walk" ("id", "depth", "path") AS ('
    'SELECT "id", 0, ARRAY["step"] || \'{{}}\' FROM ({starts}) "first" ("id", "step") UNION ALL '
    f'SELECT "node"."id", {_bounded()}, "#walk"."path" || "node"."step" FROM "#walk" '
    'JOIN ({nodes}) "node" ("id", "parent", "step") ON "node"."parent" = "#walk"."id") '
    'SELECT "id", "path" FROM "#walk"',
    _QUERIES,
)
"""The same, with the values of a column on the way. A column may have a length, which an array that grows has not:
this is what the empty one is for."""


def preorder(descending: Sequence[bool], deepest: int | None) -> Plan:
    """From the starts down, each row before its children, and these in the order of their keys.

    The keys stand behind the parent of ``nodes`` and behind the key of the starts; ``descending`` says which way each
    goes. Siblings are met together, in one step of the walk, so that a window numbers them.
    """
    keys = [f'"key{place}"' for place, _ in enumerate(descending)]
    ends = [" DESC NULLS LAST" if down else " ASC NULLS LAST" for down in descending]
    named = "".join(f", {key}" for key in keys)

    def by(table: str) -> str:
        return ", ".join([*(f'"{table}".{key}{end}' for key, end in zip(keys, ends, strict=True)), f'"{table}"."id"'])

    capped = "" if deepest is None else f' AND "#walk"."depth" < {deepest}'
    depth = _bounded() if deepest is None or deepest > DEEPEST else '"#walk"."depth" + 1'
    return Plan(
        'WITH RECURSIVE "#walk" ("root", "id", "depth", "path", "places") AS ('
        f'SELECT "id", "id", 0, ARRAY["id"], ARRAY[ROW_NUMBER() OVER (ORDER BY {by("first")})] '
        f'FROM ({{starts}}) "first" ("id"{named}) UNION ALL '
        f'SELECT "#walk"."root", "node"."id", {depth}, "#walk"."path" || "node"."id", "#walk"."places" || '
        f'ROW_NUMBER() OVER (PARTITION BY "node"."parent" ORDER BY {by("node")}) FROM "#walk" '
        f'JOIN ({{nodes}}) "node" ("id", "parent"{named}) ON "node"."parent" = "#walk"."id" '
        f'WHERE "node"."id" <> "#walk"."root"{capped}) SELECT "id", "depth", "path", "places" FROM "#walk"',
        _QUERIES,
    )


CYCLES: Final = Plan(
    'WITH RECURSIVE "#rooted" ("id") AS ({starts} UNION ALL SELECT "node"."id" FROM "#rooted" '
    f'JOIN {_NODE} ON "node"."parent" = "#rooted"."id"), '
    '"#jump" ("steps", "ids", "ends", "least") AS ('
    f'SELECT 1::bigint, ARRAY_AGG("id"), ARRAY_AGG("parent"), ARRAY_AGG("id") FROM {_NODE} '
    'WHERE NOT EXISTS (SELECT FROM "#rooted" WHERE "#rooted"."id" = "node"."id") '
    'UNION ALL SELECT 2 * "#jump"."steps", "next".* FROM "#jump" CROSS JOIN LATERAL ('
    'SELECT ARRAY_AGG("one"."id"), ARRAY_AGG("two"."end"), ARRAY_AGG(LEAST("one"."least", "two"."least")) '
    'FROM UNNEST("#jump"."ids", "#jump"."ends", "#jump"."least") "one" ("id", "end", "least") '
    'JOIN UNNEST("#jump"."ids", "#jump"."ends", "#jump"."least") "two" ("id", "end", "least") '
    'ON "two"."id" = "one"."end") "next" WHERE "#jump"."steps" < CARDINALITY("#jump"."ids")) '
    'SELECT "id", "least", COUNT(*) OVER (PARTITION BY "least") FROM ('
    'SELECT "ids", "ends", "least" FROM "#jump" ORDER BY "steps" DESC LIMIT 1) "last" ("ids", "ends", "lasts"), '
    'UNNEST("ids", "lasts") "node" ("id", "least") '
    'WHERE "id" IN (SELECT UNNEST("ends") FROM "#jump" WHERE "steps" = (SELECT MAX("steps") FROM "#jump"))',
    _QUERIES,
)
"""The rows on cycles; the starts are the roots.

Rows that no root leads to are on a cycle or under one. Each of them is sent two steps up, then four, and so on: as soon
as these are more than there are rows, all of them stand on a cycle, and on each of its places one does. On the way each
has seen the least of the rows that it came by, which on a cycle are all of them.
"""
