"""Rows of a tree: conditions and plans of walks along the ``parent`` role, exact on any data, cycles included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.fields import AutoFieldMixin
from django.db.models.functions import Coalesce
from django.db.models.manager import BaseManager

from querysets._types import meta
from querysets.errors import CycleError
from querysets.scope import Scope, names_in, path_of
from querysets.sql.fields import INTEGER, WHOLE
from querysets.sql.measures import is_measure
from querysets.sql.relations import Rows, mark_of
from querysets.sql.rollups import rollup
from querysets.sql.values import counted, names

from .tree_plans import Beside, Cycles, Down, Meeting, Preorder, Rooted, Up
from .walks import Walked, key, met, passable, starts


def parent(scope: Scope) -> str:
    """The column of the role ``parent``, which points at rows of the same model."""
    name = scope.role("parent", argument="PatternManager(parent=...)")
    field = meta(scope.model).get_field(name)
    to = meta(field.related_model)
    if to.concrete_model is not meta(scope.model).concrete_model or not field.target_field.primary_key:
        raise TypeError(f"{scope.label}: {name!r} does not lead to the primary key of the same model")
    return str(field.attname)


def below(
    scope: Scope, of: Any, max_depth: int | None = None, through: Rows | None = None, *, include_self: bool = False
) -> Walked:
    """The walk down from some rows."""
    name = parent(scope)
    deepest = None if max_depth is None else counted(scope, "max_depth", max_depth)
    single = not (isinstance(of, list | tuple | set | frozenset | QuerySet | BaseManager))
    plan = Down(passable(scope, through, name), deepest, include_self, single)
    return Walked(starts(scope, of), plan, {"depth": INTEGER})


def above(scope: Scope, of: Any, through: Rows | None = None, *, include_self: bool = False) -> Walked:
    """The walk up from some rows."""
    name = parent(scope)
    return Walked(
        starts(scope, of, name), Up(passable(scope, through, name), None, include_self), {"distance": INTEGER}
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
    return Walked(first, Rooted(passable(scope, through, name)), {"depth": INTEGER, "root": pk})


def pathed(scope: Scope, field: str, through: Rows | None = None) -> Walked:
    """The walk down from all roots, with the values of a field on the way."""
    name, step = parent(scope), scope.path(field)
    output = cast("Any", ArrayField(_bare(scope.field(step))))
    first = starts(scope, _roots(scope, name, through), step)
    return Walked(first, Rooted(passable(scope, through, name, step), output), {"path": output})


def _bare(field: Any) -> Any:
    """A field of the same values without a place in a model."""
    return WHOLE if isinstance(field, AutoFieldMixin) else field.clone()


def preorder(scope: Scope, root: Any, by: str | Sequence[str], max_depth: int | None, through: Rows | None) -> Walked:
    """The walk in preorder, from all roots or from some rows."""
    name = parent(scope)
    table = Scope(scope.model, None, scope.method)  # what the chain has computed is not known of all rows
    keys = tuple(table.path(each.removeprefix("-")) for each in names(scope, "by", by))
    deepest = None if max_depth is None else counted(scope, "max_depth", max_depth)
    first = starts(scope, _roots(scope, name, through) if root is None else [root], *keys)
    descending = tuple(each.startswith("-") for each in names(scope, "by", by))
    plan = Preorder(passable(scope, through, name, *keys), descending, deepest)
    path, places = (cast("Any", ArrayField(each)) for each in (_bare(meta(scope.model).pk), WHOLE))
    return Walked(first, plan, {"depth": INTEGER, "path": path, "places": places})


def _roots(scope: Scope, name: str, through: Rows | None) -> Any:
    rows: Any = scope.model._base_manager if through is None else through
    return rows.filter(**{name: None})


def cycles(scope: Scope) -> Walked:
    """The walk around all cycles."""
    name = parent(scope)
    pk: Any = meta(scope.model).pk
    first = starts(scope, _roots(scope, name, None))
    return Walked(first, Cycles(passable(scope, None, name)), {"cycle_id": pk, "cycle_length": INTEGER})


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
    if isinstance(of, QuerySet | BaseManager):
        return mark_of(cast("Any", of))
    return tuple(cast("Any", of)) if isinstance(of, list | set) else of
