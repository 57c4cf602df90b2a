"""Rows of a tree: conditions and plans of walks along the ``parent`` role, exact on any data, cycles included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.fields import AutoFieldMixin
from django.db.models.functions import Coalesce
from django.db.models.manager import BaseManager

from querysets._types import SqlQuery, meta
from querysets.errors import CycleError
from querysets.scope import Scope, names_in, path_of
from querysets.sql.fields import INTEGER, WHOLE
from querysets.sql.measures import is_measure
from querysets.sql.rollups import rollup
from querysets.sql.values import counted, names

from . import tree_plans
from .computed import computed, met
from .nodes import Through, key, nodes_of, starts


def parent(scope: Scope) -> str:
    """The column of the role ``parent``, which points at rows of the same model."""
    name = scope.role("parent", argument="PatternManager(parent=...)")
    field = meta(scope.model).get_field(name)
    to = meta(field.related_model)
    if to.concrete_model is not meta(scope.model).concrete_model or not field.target_field.primary_key:
        raise TypeError(f"{scope.label}: {name!r} does not lead to the primary key of the same model")
    return str(field.attname)


def below(
    scope: Scope, of: Any, max_depth: int | None = None, through: Through = None, *, include_self: bool = False
) -> SqlQuery:
    """The walk down from some rows."""
    name = parent(scope)
    deepest = None if max_depth is None else counted(scope, "max_depth", max_depth)
    single = not isinstance(of, list | tuple | set | frozenset | QuerySet | BaseManager)
    plan = tree_plans.down(deepest, include=include_self, single=single)
    return computed(scope.model, {"depth": INTEGER}, plan, starts(scope, of), nodes_of(scope, through, name).query)


def above(scope: Scope, of: Any, through: Through = None, *, include_self: bool = False) -> SqlQuery:
    """The walk up from some rows."""
    name = parent(scope)
    plan = tree_plans.up(include=include_self)
    return computed(
        scope.model, {"distance": INTEGER}, plan, starts(scope, of, name), nodes_of(scope, through, name).query
    )


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
    return met(computed(scope.model, {}, tree_plans.BESIDE, starts(scope, of, name), nodes_of(scope, None, name).query))


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
    plan = tree_plans.meeting(len(keys))
    return met(computed(scope.model, {}, plan, starts(scope, keys, name), nodes_of(scope, None, name).query))


def rooted(scope: Scope, through: Through = None) -> SqlQuery:
    """The depth of each row, and its root."""
    columns, nodes = {"depth": INTEGER, "root": meta(scope.model).pk}, nodes_of(scope, through, parent(scope))
    return computed(scope.model, columns, tree_plans.ROOTED, nodes.query, nodes_of(scope).query)


def pathed(scope: Scope, field: str, through: Through = None) -> SqlQuery:
    """The values of a field on the way from its root to each row."""
    name, step = parent(scope), scope.path(field)
    columns = {"path": cast("Any", ArrayField(_bare(scope.field(step))))}
    nodes, steps = nodes_of(scope, through, name), nodes_of(scope, through, name, step)
    return computed(scope.model, columns, tree_plans.PATHED, nodes.query, steps.query, nodes_of(scope).query)


def _bare(field: Any) -> Any:
    """A field of the same values without a place in a model."""
    return WHOLE if isinstance(field, AutoFieldMixin) else field.clone()


def tree(scope: Scope, root: Any, *, by: str | Sequence[str], max_depth: int | None, through: Through) -> Q:
    """The walk in preorder, from all roots or from one row."""
    name = parent(scope)
    table = Scope(scope.model, None, scope.method)  # what the chain has computed is not known of all rows
    given = names(scope, "by", by)
    keys = tuple(table.path(each.removeprefix("-")) for each in given)
    deepest = None if max_depth is None else counted(scope, "max_depth", max_depth)
    first = _roots(scope, through, *keys) if root is None else starts(scope, key(scope, root), *keys)
    path, places = (cast("Any", ArrayField(each)) for each in (_bare(meta(scope.model).pk), WHOLE))
    plan = tree_plans.preorder([each.startswith("-") for each in given], deepest)
    columns = {"depth": INTEGER, "path": path, "places": places}
    return met(computed(scope.model, columns, plan, first, nodes_of(scope, through, name, *keys).query))


def _roots(scope: Scope, through: Through = None, *fields: str) -> SqlQuery:
    return cast("Any", nodes_of(scope, through, *fields).filter(**{parent(scope): None})).query


def cycles(scope: Scope) -> SqlQuery:
    """The walk around all cycles."""
    columns = {"cycle_id": meta(scope.model).pk, "cycle_length": INTEGER}
    return computed(scope.model, columns, tree_plans.CYCLES, _roots(scope), nodes_of(scope, None, parent(scope)).query)


def with_subtree(scope: Scope, aggregates: Mapping[str, Any]) -> dict[str, Any]:
    """Each aggregate over the row and what is below it, by its alias."""
    if not aggregates:
        raise TypeError(f"{scope.label} needs at least one aggregate: alias=Count('posts')")
    there = Scope(scope.model, None, scope.method)
    rows = scope.model._base_manager.filter(descendants_of(there, OuterRef("pk"), include_self=True))
    return {alias: rollup(rows, _total(there, alias, each)) for alias, each in aggregates.items()}


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
