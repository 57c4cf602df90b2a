"""Rows of a tree: conditions and plans of walks along the ``parent`` role, exact on any data, cycles included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum
from django.db.models.fields import AutoFieldMixin
from django.db.models.functions import Coalesce
from django.db.models.manager import BaseManager

from querysets._types import SqlQuery, meta
from querysets.errors import CycleError
from querysets.scope import Scope, names_in, path_of
from querysets.sql.apart import column_type
from querysets.sql.measures import is_measure
from querysets.sql.relations import Rows, mark_of
from querysets.sql.rollups import rollup
from querysets.sql.tables import Sql, Writer, sql
from querysets.sql.values import counted, names

from .walks import Walked, key, met, passable, starts

WHOLE: Any = cast("Any", IntegerField())
DEEPEST = 500


def parent(scope: Scope) -> str:
    """The column of the role ``parent``, which points at rows of the same model."""
    name = scope.role("parent", argument="PatternManager(parent=...)")
    field = meta(scope.model).get_field(name)
    to = meta(field.related_model)
    if to.concrete_model is not meta(scope.model).concrete_model or not field.target_field.primary_key:
        raise TypeError(f"{scope.label}: {name!r} does not lead to the primary key of the same model")
    return str(field.attname)


@dataclass(frozen=True, eq=False)
class Down:
    """From each start to its children and theirs. A walk ends at the next start, from which another goes on.

    So a row that is no start is met once: all that it can be under is one start. Only a start is met again, by itself
    where it is on a cycle, which is left out, or by another.
    """

    nodes: SqlQuery
    deepest: int | None
    include: bool

    def written(self, starts: Sql, write: Writer) -> Sql:
        capped = "" if self.deepest is None else f' AND "walk"."depth" < {self.deepest}'
        first = "" if self.deepest != 0 else " AND FALSE"
        own = 'SELECT "id", 0 FROM "starts" UNION ALL ' if self.include else ""
        kept = (
            'NOT EXISTS (SELECT FROM "starts" WHERE "starts"."id" = "walk"."id")' if self.include else '"root" <> "id"'
        )
        return sql(
            'WITH RECURSIVE "starts" ("id") AS MATERIALIZED ({starts}), "walk" ("root", "id", "depth") AS ('
            'SELECT "starts"."id", "node"."id", 1 FROM "starts" JOIN {nodes} ON "node"."parent" = "starts"."id"'
            "{first} UNION ALL "
            'SELECT "walk"."root", "node"."id", "walk"."depth" + 1 FROM "walk" '
            'JOIN {nodes} ON "node"."parent" = "walk"."id" '
            'WHERE NOT EXISTS (SELECT FROM "starts" WHERE "starts"."id" = "walk"."id"){capped}) '
            '{own}SELECT "id", "depth" FROM "walk" WHERE {kept}',
            starts=starts, nodes=_nodes(self.nodes, write), first=Sql(first), capped=Sql(capped), own=Sql(own),
            kept=Sql(kept),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Up:
    """From each start to its parent and theirs; ``starts`` have the parent beside the key.

    Parents may go round in a circle that the start is not on. Brent's way to notice takes a mark that stays behind
    and is moved up whenever twice as many steps are done as before: the walk ends where it meets its mark.
    """

    nodes: SqlQuery
    farthest: int | None
    include: bool

    def written(self, starts: Sql, write: Writer) -> Sql:
        return sql(
            'WITH RECURSIVE "starts" ("id", "parent") AS MATERIALIZED ({starts}), {walk} '
            'SELECT "id", MIN("distance") FROM "walk" WHERE {kept} GROUP BY "id"',
            starts=starts,
            walk=climb(_nodes(self.nodes, write), self.farthest),
            kept=Sql("TRUE" if self.include else '"id" <> "start"'),
        )


def climb(nodes: Sql, farthest: int | None = None) -> Sql:
    """The CTE ``walk``: each start, at distance 0, and all above it; some of a circle more than once."""
    capped = "" if farthest is None else f' AND "walk"."distance" < {farthest}'
    return sql(
        '"walk" ("start", "id", "parent", "distance", "mark", "since", "span") AS ('
        'SELECT "id", "id", "parent", 0, "id", 0, 1 FROM "starts" UNION ALL '
        'SELECT "walk"."start", "node"."id", "node"."parent", "walk"."distance" + 1, '
        'CASE WHEN "walk"."since" + 1 = "walk"."span" THEN "node"."id" ELSE "walk"."mark" END, '
        'CASE WHEN "walk"."since" + 1 = "walk"."span" THEN 0 ELSE "walk"."since" + 1 END, '
        'CASE WHEN "walk"."since" + 1 = "walk"."span" THEN 2 * "walk"."span" ELSE "walk"."span" END '
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
            starts=starts, nodes=_nodes(self.nodes, write),
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
            starts=starts, count=Sql(str(self.count)), walk=climb(_nodes(self.nodes, write)),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rooted:
    """From each root to all below it; no row below a root is on a cycle or under one.

    ``path`` is the field of a path, to which each row adds the last column of ``nodes``; None for no path.
    """

    nodes: SqlQuery
    path: Any = None

    def written(self, starts: Sql, write: Writer) -> Sql:
        nodes = _nodes(self.nodes, write, *(("step",) if self.path else ()))
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
            starts=starts, nodes=nodes, depth=_bounded(), array=Sql(column_type(self.path, write.connection)),
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
        depth = _bounded() if self.deepest is None or self.deepest > DEEPEST else Sql('"walk"."depth" + 1')
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
            nexts=Sql(terms.format(table='"node"')), nodes=_nodes(self.nodes, write, *keys), capped=Sql(capped),
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
            starts=starts, nodes=_nodes(self.nodes, write),
        )  # fmt: skip


def _nodes(nodes: SqlQuery, write: Writer, *more: str) -> Sql:
    named = ", ".join(f'"{name}"' for name in ("id", "parent", *more))
    return sql(f'({{nodes}}) "node" ({named})', nodes=write.query(nodes))


def _bounded() -> Sql:
    """The depth of a row below that of the walk; an error where that is too deep for paths, whose cost is quadratic."""
    told = "a path of more than {} levels, at "
    deep = told.format(DEEPEST)
    return Sql(
        f'CASE WHEN "walk"."depth" < {DEEPEST} THEN "walk"."depth" + 1 '
        f'ELSE (\'{deep}\' || "walk"."id"::text)::integer END'
    )


def below(
    scope: Scope, of: Any, max_depth: int | None = None, through: Rows | None = None, *, include_self: bool = False
) -> Walked:
    """The walk down from some rows."""
    name = parent(scope)
    deepest = None if max_depth is None else counted(scope, "max_depth", max_depth)
    return Walked(starts(scope, of), Down(passable(scope, through, name), deepest, include_self), {"depth": WHOLE})


def above(scope: Scope, of: Any, through: Rows | None = None, *, include_self: bool = False) -> Walked:
    """The walk up from some rows."""
    name = parent(scope)
    return Walked(starts(scope, of, name), Up(passable(scope, through, name), None, include_self), {"distance": WHOLE})


def descendants_of(scope: Scope, of: Any, **options: Any) -> Q:
    return met(below(scope, of, **options))


def ancestors_of(scope: Scope, of: Any, **options: Any) -> Q:
    return met(above(scope, of, **options))


def cyclic(scope: Scope) -> Q:
    return met(cycles(scope))


def children_of(scope: Scope, of: Any) -> Q:
    name = parent(scope)
    return Q(**{f"{name}__in": starts(scope, of)}) & ~Q(**{name: F("pk")})


def siblings_of(scope: Scope, of: Any) -> Q:
    name = parent(scope)
    return met(Walked(starts(scope, of, name), Beside(passable(scope, None, name)), {}))


def roots(scope: Scope) -> Q:
    return Q(**{scope.path(parent(scope)): None})


def leaves(scope: Scope, under: Any = None) -> Q:
    name = parent(scope)
    own = OuterRef(scope.path("pk"))
    childless = Q(~Exists(scope.model._base_manager.filter(**{name: own}).exclude(pk=own)))
    return childless if under is None else childless & met(below(scope, under))


def common_ancestor_of(scope: Scope, *of: Any) -> Q:
    name = parent(scope)
    if not of:
        raise TypeError(f"{scope.label} needs at least one row to look above")
    keys = {key(scope, each) for each in of}
    return met(Walked(starts(scope, keys, name), Meeting(passable(scope, None, name), len(keys)), {}))


def rooted(scope: Scope, through: Rows | None = None) -> Walked:
    """The walk down from all roots."""
    name = parent(scope)
    pk: Any = meta(scope.model).pk
    first = starts(scope, _roots(scope, name, through))
    return Walked(first, Rooted(passable(scope, through, name)), {"depth": WHOLE, "root": pk})


def pathed(scope: Scope, field: str, through: Rows | None = None) -> Walked:
    """The walk down from all roots, with the values of a field on the way."""
    name, step = parent(scope), scope.path(field)
    output = cast("Any", ArrayField(_bare(scope.field(step))))
    first = starts(scope, _roots(scope, name, through), step)
    return Walked(first, Rooted(passable(scope, through, name, step), output), {"path": output})


def _bare(field: Any) -> Any:
    """A field of the same values without a place in a model."""
    return BigIntegerField() if isinstance(field, AutoFieldMixin) else field.clone()


def preorder(scope: Scope, root: Any, by: str | Sequence[str], max_depth: int | None, through: Rows | None) -> Walked:
    """The walk in preorder, from all roots or from some rows."""
    name = parent(scope)
    table = Scope(scope.model, None, scope.method)  # what the chain has computed is not known of all rows
    keys = tuple(table.path(each.removeprefix("-")) for each in names(scope, "by", by))
    deepest = None if max_depth is None else counted(scope, "max_depth", max_depth)
    first = starts(scope, _roots(scope, name, through) if root is None else [root], *keys)
    descending = tuple(each.startswith("-") for each in names(scope, "by", by))
    plan = Preorder(passable(scope, through, name, *keys), descending, deepest)
    path, places = (cast("Any", ArrayField(each)) for each in (_bare(meta(scope.model).pk), BigIntegerField()))
    return Walked(first, plan, {"depth": WHOLE, "path": path, "places": places})


def _roots(scope: Scope, name: str, through: Rows | None) -> Any:
    return (scope.model._base_manager if through is None else through).filter(**{name: None})


def cycles(scope: Scope) -> Walked:
    """The walk around all cycles."""
    name = parent(scope)
    pk: Any = meta(scope.model).pk
    first = starts(scope, _roots(scope, name, None))
    return Walked(first, Cycles(passable(scope, None, name)), {"cycle_id": pk, "cycle_length": WHOLE})


def tree(_scope: Scope, walk: Walked) -> Q:
    return met(walk)


def with_subtree(scope: Scope, aggregates: dict[str, Any]) -> dict[str, Any]:
    """Each aggregate over the row and what is below it, by its alias."""
    if not aggregates:
        raise TypeError(f"{scope.label} needs at least one aggregate: alias=Count('posts')")
    rows = scope.model._base_manager.all()
    below_it = descendants_of(Scope(scope.model, None, scope.method), OuterRef("pk"), include_self=True)
    there = Scope(scope.model, None, scope.method)
    return {alias: rollup(rows.filter(below_it), _total(there, alias, each)) for alias, each in aggregates.items()}


def _total(there: Scope, alias: str, aggregate: Any) -> Any:
    """The aggregate itself, 0 of nothing where it is a sum."""
    if not is_measure(aggregate):
        raise TypeError(f"{there.label}: {alias} must be an aggregate such as Sum('views'), got {aggregate!r}")
    for source in aggregate.get_source_expressions():
        for name in names_in(source):
            path_of(there.model, name)
    return Coalesce(aggregate, 0) if isinstance(aggregate, Sum) else aggregate


LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
"""Held until the end of the transaction: whoever moves rows of the same table waits."""


def cycle(scope: Scope, node: Any, above: Any) -> CycleError:
    """The error of a move that would close a cycle."""
    return CycleError(f"{scope.label}: {above!r} is {node!r} itself or below it; move it out first")


def movable(scope: Scope, node: Any, above: Any, using: str) -> None:
    """Nothing, if ``node`` may stand below ``above``."""
    if above is None:
        return
    plain = Scope(scope.model, None, scope.method)
    table = scope.model._base_manager.using(using)
    trail = set(table.filter(ancestors_of(plain, above, include_self=True)).values_list("pk", flat=True))
    if above not in trail:
        raise ValueError(f"{scope.label}: there is no {meta(scope.model).label} {above!r} to stand below")
    if node in trail:
        raise cycle(scope, node, above)


def mark(of: Any) -> Any:
    """What tells rows to start from, or to pass, from others, and can be kept with a query."""
    return mark_of(of) if isinstance(of, QuerySet | BaseManager) else tuple(of) if isinstance(of, list | set) else of
