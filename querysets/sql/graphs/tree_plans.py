"""Plans of the walks along a parent: the SQL of each, around the rows that it starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from querysets._types import SqlQuery
from querysets.sql.apart import column_type
from querysets.sql.tables import Sql, Writer, sql

DEEPEST = 500
"""The levels of a path: what it costs is the square of them."""


@dataclass(frozen=True, eq=False)
class Down:
    """From each start to its children and theirs. A walk ends at the next start, from which another goes on.

    So a row that is no start is met once: all that it can be under is one start. Only a start is met again, by itself
    where it is on a cycle, which is left out, or by another. ``single`` says that there is no other.
    """

    nodes: SqlQuery
    deepest: int | None
    include: bool
    single: bool

    def written(self, starts: Sql, write: Writer) -> Sql:
        capped = "" if self.deepest is None else f' AND "walk"."depth" < {self.deepest}'
        first = "" if self.deepest != 0 else " AND FALSE"
        others = 'NOT EXISTS (SELECT FROM "starts" WHERE "starts"."id" = "walk"."id")'
        other = '"node"."id" <> "walk"."root"' if self.single else others
        kept = others if self.include and not self.single else '"root" <> "id"'
        own = 'SELECT "id", 0 FROM "starts" UNION ALL ' if self.include else ""
        return sql(
            'WITH RECURSIVE "starts" ("id") AS MATERIALIZED ({starts}), "walk" ("root", "id", "depth") AS ('
            'SELECT "starts"."id", "node"."id", 1 FROM "starts" JOIN {nodes} ON "node"."parent" = "starts"."id" '
            'WHERE "node"."id" <> "starts"."id"{first} UNION ALL '
            'SELECT "walk"."root", "node"."id", "walk"."depth" + 1 FROM "walk" '
            'JOIN {nodes} ON "node"."parent" = "walk"."id" WHERE {other}{capped}) '
            '{own}SELECT "id", "depth" FROM "walk" WHERE {kept}',
            starts=starts, nodes=node_table(self.nodes, write), first=Sql(first), capped=Sql(capped), own=Sql(own),
            other=Sql(other), kept=Sql(kept),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Up:
    """From each start to its parent and theirs; ``starts`` have the parent beside the key.

    Parents may go round in a circle that the start is not on. Brent's way to notice takes a mark that stays behind
    and is moved up after 1, 2, 4, 8 steps and so on: the walk ends where it meets its mark.
    """

    nodes: SqlQuery
    farthest: int | None
    include: bool

    def written(self, starts: Sql, write: Writer) -> Sql:
        return sql(
            'WITH RECURSIVE "starts" ("id", "parent") AS MATERIALIZED ({starts}), {walk} '
            'SELECT "id", MIN("distance") FROM "walk" WHERE {kept} GROUP BY "id"',
            starts=starts,
            walk=climb(node_table(self.nodes, write), self.farthest),
            kept=Sql("TRUE" if self.include else '"id" <> "start"'),
        )


def climb(nodes: Sql, farthest: int | None = None) -> Sql:
    """The CTE ``walk``: each start, at distance 0, and all above it; some of a circle more than once."""
    capped = "" if farthest is None else f' AND "walk"."distance" < {farthest}'
    return sql(
        '"walk" ("start", "id", "parent", "distance", "mark") AS ('
        'SELECT "id", "id", "parent", 0, "id" FROM "starts" UNION ALL '
        'SELECT "walk"."start", "node"."id", "node"."parent", "walk"."distance" + 1, '
        'CASE WHEN "walk"."distance" & ("walk"."distance" + 1) = 0 THEN "node"."id" ELSE "walk"."mark" END '
        'FROM "walk" JOIN {nodes} ON "node"."id" = "walk"."parent" WHERE "node"."id" <> "walk"."mark"{capped})',
        nodes=nodes, capped=Sql(capped),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Beside:
    """The rows of the same parent as a start, or, beside a root, the other roots; ``starts`` have the parent."""

    nodes: SqlQuery

    def written(self, starts: Sql, write: Writer) -> Sql:
        return sql(
            'WITH "starts" ("id", "parent") AS MATERIALIZED ({starts}) '
            'SELECT "node"."id" FROM "starts" JOIN {nodes} ON "node"."parent" = "starts"."parent" '
            'WHERE "node"."id" <> "starts"."id" UNION SELECT "node"."id" FROM "starts" JOIN {nodes} '
            'ON "node"."parent" IS NULL WHERE "starts"."parent" IS NULL AND "node"."id" <> "starts"."id"',
            starts=starts, nodes=node_table(self.nodes, write),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Meeting:
    """The row above or among ``count`` starts that is nearest to all of them together."""

    nodes: SqlQuery
    count: int

    def written(self, starts: Sql, write: Writer) -> Sql:
        return sql(
            'WITH RECURSIVE "starts" ("id", "parent") AS MATERIALIZED ({starts}), {walk} SELECT "id" FROM ('
            'SELECT "start", "id", MIN("distance") AS "distance" FROM "walk" GROUP BY "start", "id") "walk" '
            'GROUP BY "id" HAVING COUNT(*) = {count} ORDER BY SUM("distance"), "id" LIMIT 1',
            starts=starts, count=Sql(str(self.count)), walk=climb(node_table(self.nodes, write)),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rooted:
    """From each root to all below it; no row below a root is on a cycle or under one.

    ``path`` is the field of a path, to which each row adds the last column of ``nodes``; None for no path.
    """

    nodes: SqlQuery
    path: Any = None

    def written(self, starts: Sql, write: Writer) -> Sql:
        nodes = node_table(self.nodes, write, *(("step",) if self.path else ()))
        if not self.path:
            return sql(
                'WITH RECURSIVE "walk" ("id", "depth", "root") AS (SELECT "id", 0, "id" FROM ({starts}) "starts" ("id")'
                ' UNION ALL SELECT "node"."id", "walk"."depth" + 1, "walk"."root" FROM "walk" '
                'JOIN {nodes} ON "node"."parent" = "walk"."id") SELECT "id", "depth", "root" FROM "walk"',
                starts=starts, nodes=nodes,
            )  # fmt: skip
        return sql(
            'WITH RECURSIVE "walk" ("id", "depth", "path") AS (SELECT "id", 0, ARRAY["step"]::{array} '
            'FROM ({starts}) "starts" ("id", "step") UNION ALL '
            'SELECT "node"."id", {depth}, "walk"."path" || "node"."step" FROM "walk" '
            'JOIN {nodes} ON "node"."parent" = "walk"."id") SELECT "id", "path" FROM "walk"',
            starts=starts, nodes=nodes, depth=bounded(), array=Sql(column_type(self.path, write.connection)),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Preorder:
    """From the starts down, each row before its children, and these in the order of their keys.

    The keys are the columns behind the first two of ``nodes`` and behind the first of the starts, each with whether it
    descends. Siblings are met together, in one step of the walk, so that a window numbers them.
    """

    nodes: SqlQuery
    descending: tuple[bool, ...]
    deepest: int | None

    def written(self, starts: Sql, write: Writer) -> Sql:
        keys = tuple(f"key{place}" for place in range(len(self.descending)))
        ends = [" DESC NULLS LAST" if down else " ASC NULLS LAST" for down in self.descending]
        terms = ", ".join(f'{{table}}."{name}"{end}' for name, end in zip((*keys, "id"), (*ends, ""), strict=True))
        capped = "" if self.deepest is None else f' AND "walk"."depth" < {self.deepest}'
        depth = bounded() if self.deepest is None or self.deepest > DEEPEST else Sql('"walk"."depth" + 1')
        return sql(
            'WITH RECURSIVE "walk" ("root", "id", "depth", "path", "places") AS ('
            'SELECT "id", "id", 0, ARRAY["id"], ARRAY[ROW_NUMBER() OVER (ORDER BY {firsts})] '
            'FROM ({starts}) "starts" ("id"{named}) UNION ALL '
            'SELECT "walk"."root", "node"."id", {depth}, "walk"."path" || "node"."id", "walk"."places" || '
            'ROW_NUMBER() OVER (PARTITION BY "node"."parent" ORDER BY {nexts}) FROM "walk" '
            'JOIN {nodes} ON "node"."parent" = "walk"."id" WHERE "node"."id" <> "walk"."root"{capped}) '
            'SELECT "id", "depth", "path", "places" FROM "walk"',
            firsts=Sql(terms.format(table='"starts"')), starts=starts,
            named=Sql("".join(f', "{name}"' for name in keys)), depth=depth,
            nexts=Sql(terms.format(table='"node"')), nodes=node_table(self.nodes, write, *keys), capped=Sql(capped),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Cycles:
    """The rows on cycles; ``starts`` are the roots.

    Rows that no root leads to are on a cycle or under one. Each of them is sent two steps up, then four, and so on: as
    soon as these are more than there are rows, all of them stand on a cycle, and on each of its places one does. On the
    way each has seen the least of the rows that it came by, which on a cycle are all of them.
    """

    nodes: SqlQuery

    def written(self, starts: Sql, write: Writer) -> Sql:
        return sql(
            'WITH RECURSIVE "rooted" ("id") AS ({starts} UNION ALL SELECT "node"."id" FROM "rooted" '
            'JOIN {nodes} ON "node"."parent" = "rooted"."id"), '
            '"jump" ("steps", "ids", "ends", "least") AS ('
            'SELECT 1::bigint, ARRAY_AGG("id"), ARRAY_AGG("parent"), ARRAY_AGG("id") FROM {nodes} '
            'WHERE NOT EXISTS (SELECT FROM "rooted" WHERE "rooted"."id" = "node"."id") '
            'UNION ALL SELECT 2 * "jump"."steps", "next".* FROM "jump" CROSS JOIN LATERAL ('
            'SELECT ARRAY_AGG("one"."id"), ARRAY_AGG("two"."end"), ARRAY_AGG(LEAST("one"."least", "two"."least")) '
            'FROM UNNEST("jump"."ids", "jump"."ends", "jump"."least") "one" ("id", "end", "least") '
            'JOIN UNNEST("jump"."ids", "jump"."ends", "jump"."least") "two" ("id", "end", "least") '
            'ON "two"."id" = "one"."end") "next" WHERE "jump"."steps" < CARDINALITY("jump"."ids")) '
            'SELECT "id", "least", COUNT(*) OVER (PARTITION BY "least") FROM ('
            'SELECT "ids", "ends", "least" FROM "jump" ORDER BY "steps" DESC LIMIT 1) "last" ("ids", "ends", "lasts"), '
            'UNNEST("ids", "lasts") "node" ("id", "least") '
            'WHERE "id" IN (SELECT UNNEST("ends") FROM "jump" WHERE "steps" = (SELECT MAX("steps") FROM "jump"))',
            starts=starts, nodes=node_table(self.nodes, write),
        )  # fmt: skip


def node_table(nodes: SqlQuery, write: Writer, *more: str) -> Sql:
    named = ", ".join(f'"{name}"' for name in ("id", "parent", *more))
    return sql(f'({{nodes}}) "node" ({named})', nodes=write.query(nodes))


def bounded() -> Sql:
    """The depth of a row below that of the walk; an error where that is too deep for paths, whose cost is quadratic."""
    told = "a path of more than {} levels, at "
    deep = told.format(DEEPEST)
    return Sql(
        f'CASE WHEN "walk"."depth" < {DEEPEST} THEN "walk"."depth" + 1 '
        f'ELSE (\'{deep}\' || "walk"."id"::text)::integer END'
    )
