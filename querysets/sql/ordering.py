"""Orders that are total: NULLS LAST, with the primary key or the keys of the group as tie-break."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import F, Model
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import OrderBy
from django.db.models.sql import Query

from querysets._types import SqlQuery
from querysets.errors import WrongShape
from querysets.kinds import group_keys, shape_of
from querysets.scope import Scope, path_of


def order_terms(scope: Scope, keys: Sequence[str]) -> list[str | OrderBy]:
    """``keys`` (``-`` for descending) as ORDER BY terms, with NULLs last and the tie-break appended."""
    query = scope.query
    if query is None or query.annotations or shape_of(query) != "rows":
        return _terms(scope, keys)
    return list(_terms_of_rows(scope.model, scope.method, tuple(keys)))


@cache
def _terms_of_rows(model: type[Model], method: str, keys: tuple[str, ...]) -> list[str | OrderBy]:
    """The terms where they hang on the model alone, as for most chains."""
    return _terms(Scope(model, Query(model), method), keys)


def _terms(scope: Scope, keys: Sequence[str]) -> list[str | OrderBy]:
    terms: list[str | OrderBy] = []
    for key in keys:
        if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"{scope.label}: an order key is the name of a field or annotation, got {key!r}")
        name = orderable(scope, scope.path(key.removeprefix("-")))
        terms.append(_term(scope, name, descending=key.startswith("-")))
    return [*terms, *tie_break(scope.query, terms)]


def orderable(scope: Scope, name: str) -> str:
    """``name`` itself, unless the rows are made before they are ordered and do not have it."""
    query: SqlQuery | None = scope.query
    shape = "rows" if query is None else shape_of(query)
    if query is None or name in scope.annotations or shape not in {"combined", "distinct"}:
        return name
    if name in query.values_select or (query.default_cols and LOOKUP_SEP not in name):
        return name
    what = "the rows of a union" if shape == "combined" else "distinct values"
    raise WrongShape(f"{scope.label}: {what} are ordered by their own columns, and {name!r} is none of them")


def _term(scope: Scope, name: str, *, descending: bool) -> str | OrderBy:
    """One term. NULLS LAST is said only where it changes something: an index serves the rest as it is.

    A relation is ordered by its column: as a string it would be ordered by its model's ``Meta.ordering``.
    """
    if descending and scope.nullable(name):
        return F(name).desc(nulls_last=True)
    if name not in scope.annotations and path_of(scope.model, name).field.is_relation:
        return F(name).desc() if descending else F(name).asc()
    return f"-{name}" if descending else name


def tie_break(query: SqlQuery | None, terms: Sequence[Any]) -> list[str | OrderBy]:
    """What makes ``terms`` total, in the direction of the last of them; nothing where DISTINCT forbids it."""
    if query is None:
        return []
    named = {name_of(term) for term in terms}
    keys = group_keys(query)
    if keys is not None:
        return [F(key).asc() for key in keys if key not in named]
    pk = query.get_meta().pk
    if pk is None or {"pk", pk.name, pk.attname} & named or shape_of(query) == "distinct":
        return []
    return ["-pk" if terms and is_descending(terms[-1]) else "pk"]


def is_descending(term: Any) -> bool:
    return term.startswith("-") if isinstance(term, str) else bool(getattr(term, "descending", False))


def name_of(term: Any) -> str:
    """The name that a term orders by; empty for an expression without one."""
    if isinstance(term, str):
        return term.lstrip("-+")
    source = getattr(term, "expression", term)
    return str(getattr(source, "name", ""))


def current_order(query: SqlQuery) -> tuple[Any, ...]:
    """The order that ``query`` has now, by ``order_by`` or by ``Meta.ordering``."""
    if query.order_by:
        return tuple(query.order_by)
    options = query.get_meta()
    return tuple(options.ordering) if query.default_ordering and options.ordering else ()


def make_total(query: SqlQuery) -> None:
    """Append the tie-break to the order of ``query``, in place."""
    order = current_order(query)
    if "?" in order:
        return
    query.clear_ordering(force=True)
    query.add_ordering(*order, *tie_break(query, order))
