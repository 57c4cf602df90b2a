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


def _bounded(depth: str, row: str) -> str:
    """The depth of a row, or an error where that is too deep for paths, whose cost is quadratic."""
    told = f"'a path of more than {DEEPEST} levels, at ' || {row}::text"
    return f"CASE WHEN {depth} <= {DEEPEST} THEN {depth} ELSE ({told})::integer END"


FEW: Final = 10_000
"""The rows up to which looking up from each is quicker than a walk down the whole tree."""

_PLACED: Final = (
    f'WITH RECURSIVE "#few" ("id") AS MATERIALIZED (SELECT "id" FROM ({{shown}}) "row" ("id") LIMIT {FEW + 1}), '
    f'"#are" ("few") AS MATERIALIZED (SELECT COUNT(*) <= {FEW} FROM "#few"), '
    '"#near" ("id", "parent") AS ('
    f'SELECT "node"."id", "node"."parent" FROM "#few" JOIN {_NODE} USING ("id") WHERE (SELECT "few" FROM "#are") '
    f'UNION SELECT "node"."id", "node"."parent" FROM "#near" JOIN {_NODE} ON "node"."id" = "#near"."parent"), '
    '"#rounds" ("steps", "ids", "ends", "depths", "more") AS ('
    'SELECT 1::bigint, ARRAY_AGG("id"), ARRAY_AGG(COALESCE("parent", "id")), '
    'ARRAY_AGG(("parent" IS NOT NULL)::int), TRUE FROM "#near" '
    'UNION ALL SELECT 2 * "steps", "next".* FROM "#rounds" CROSS JOIN LATERAL ('
    'SELECT ARRAY_AGG(one."id"), ARRAY_AGG(two."end"), ARRAY_AGG(one."depth" + two."depth"), BOOL_OR(two."depth" > 0) '
    'FROM UNNEST("ids", "ends", "depths") one ("id", "end", "depth") '
    'LEFT JOIN UNNEST("ids", "ends", "depths") two ("id", "end", "depth") ON two."id" = one."end") "next" '
    'WHERE "more" AND "steps" < CARDINALITY("ids")), '
    '"#last" ("id", "end", "depth") AS MATERIALIZED (SELECT "row".* FROM ('
    'SELECT * FROM "#rounds" ORDER BY "steps" DESC LIMIT 1) "last", UNNEST("ids", "ends", "depths") "row"), '
    '"#placed" ("id", "depth", "root") AS (SELECT one."id", one."depth", one."end" FROM "#last" one '
    'JOIN "#last" two ON two."id" = one."end" AND two."depth" = 0), '
    f'"#top" ("id") AS (SELECT "id" FROM {_NODE} WHERE "parent" IS NULL AND NOT (SELECT "few" FROM "#are"))'
)
"""The depth and the root of each of a few rows and of those above them, and, of many rows, where to walk down from.

All look one step up, then two, four and so on, each with the eyes of the row that it has come to see, until all see
their roots, or, after more steps than there are rows, nothing that is one: these are on a cycle or under it. No row
below a root is.
"""

_ROOTED: Final = (
    f'{_PLACED}, "#walk" ("id", "depth", "root") AS (SELECT "id", 0, "id" FROM "#top" '
    'UNION ALL SELECT "node"."id", "#walk"."depth" + 1, "#walk"."root" FROM "#walk" '
    f'JOIN {_NODE} ON "node"."parent" = "#walk"."id"), '
    '"#rooted" AS (SELECT * FROM "#placed" UNION ALL SELECT * FROM "#walk")'
)
ROOTED: Final = Plan(f'{_ROOTED} SELECT * FROM "#rooted"', ("nodes", "shown"))

_STEP: Final = '({steps}) "node" ("id", "parent", "step")'
_KNOWN: Final = _bounded('"depth"', '"id"')

PATHED: Final = Plan(
    f'{_ROOTED}, "#up" ("id", "parent", "path") AS ('
    'SELECT "id", "node"."parent", ARRAY["step"] || \'{{}}\' FROM ('
    'SELECT "id", "depth" FROM "#rooted" JOIN ({shown}) "row" ("id") USING ("id") OFFSET 0) "row" '
    f'JOIN {_STEP} USING ("id") WHERE {_KNOWN} >= 0 '
    f'UNION ALL SELECT "#up"."id", "node"."parent", "node"."step" || "#up"."path" FROM "#up" '
    f'JOIN {_STEP} ON "node"."id" = "#up"."parent") SELECT "id", "path" FROM "#up" WHERE "parent" IS NULL',
    ("nodes", "steps", "shown"),
)
"""The values of a column on the way up from each row that has a root. A column may have a length, which an array that
grows has not: this is what the empty one is for."""


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
    depth = '"#walk"."depth" + 1'
    depth = _bounded(depth, '"node"."id"') if deepest is None or deepest > DEEPEST else depth
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
