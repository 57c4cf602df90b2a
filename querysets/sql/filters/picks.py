"""Inner queries of the selections that choose rows by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, cast

from django.db.models import CharField, Count, F, ForeignKey, OuterRef, Q, QuerySet, TextField, Window
from django.db.models.expressions import Col, OrderBy, ResolvedOuterRef
from django.db.models.functions import Rank, RowNumber, Upper
from django.db.models.lookups import Lookup
from django.db.models.sql.where import WhereNode
from django.utils.tree import Node

from querysets._types import SqlQuery, meta
from querysets.scope import Scope
from querysets.sql.derived import fixed, lateral
from querysets.sql.ordering import is_descending, name_of, order_terms
from querysets.sql.values import counted, names, one_of

Via = Literal["auto", "distinct", "window", "groups"]

_MOST: Final = 2**31 - 1
"""A place that no row of a group has: more would be true of all, which Django cannot say of a window."""


def groups_of(scope: Scope, group: str | Sequence[str]) -> tuple[str, ...]:
    """The fields that make a group, of which there is at least one."""
    if not (groups := tuple(scope.path(name) for name in names(scope, "group", group))):
        raise TypeError(f"{scope.label} needs at least one field to group by")
    return groups


def order_within(scope: Scope, by: str | Sequence[str] | None) -> tuple[str, ...]:
    """The keys of the order within a group: by default the latest comes first."""
    return (f"-{scope.role('timestamp', argument='by=...')}",) if by is None else names(scope, "by", by)


def top_per(
    scope: Scope, query: SqlQuery, groups: Sequence[str], n: int, keys: Sequence[str], *, ties: bool, via: Via
) -> SqlQuery:
    """``query`` narrowed to the first ``n`` rows of each group."""
    counted(scope, "n", n)
    one_of(scope, "via", via, ("auto", "distinct", "window", "groups"))
    order = order_terms(scope, keys)
    by_field = not any(name in query.annotations for name in groups)
    plain = by_field and not ties and query.group_by is None and not query.distinct
    if via == "auto":
        indexed = plain and not query.annotation_select and _indexed(scope, query, groups, order)
        via = "groups" if indexed else "distinct" if n == 1 and plain else "window"
    if via == "groups":
        key = _foreign_key(scope, groups)
        if key is None or not plain or query.annotation_select or refers_outside(query.where):
            raise ValueError(
                f"{scope.label}: via='groups' takes one foreign key of the model, and no ties, windows or OuterRef; "
                f"got {groups}"
            )
        return _by_groups(scope, query, key, n, order)
    if via == "distinct":
        if n != 1 or not plain:
            raise ValueError(f"{scope.label}: via='distinct' takes n=1, fields of the model and no ties")
        query.clear_ordering(force=True)
        query.add_ordering(*(F(name).asc() for name in groups), *order)
        query.add_distinct_fields(*groups)
        query.distinct = True
        return query
    rank: Any = Rank() if ties else RowNumber()
    ranking = order[: len(keys)] if ties else order
    return _windowed(query, Window(rank, partition_by=[F(name) for name in groups], order_by=ranking), "_place", n)


def _windowed(query: SqlQuery, window: Window, alias: str, n: int) -> SqlQuery:
    query.add_annotation(window, alias, select=False)
    query.add_q(Q((f"{alias}__lte", min(n, _MOST))))
    return query


def superseded(scope: Scope, query: SqlQuery, groups: Sequence[str], keys: Sequence[str]) -> SqlQuery:
    """``query`` narrowed to all but the first row of each group."""
    partition: Any = [F(name) for name in groups]
    place = Window(RowNumber(), partition_by=partition, order_by=order_terms(scope, keys))
    query.add_annotation(place, "_place", select=False)
    query.add_q(Q(_place__gt=1))
    return query


def duplicated(scope: Scope, query: SqlQuery, fields: Sequence[str], *, case: bool) -> SqlQuery:
    """``query`` narrowed to the rows that share ``fields`` with another of its rows."""
    if not fields:
        raise TypeError(f"{scope.label} needs at least one field")
    text = (CharField, TextField)
    keys: list[Any] = [
        Upper(F(name)) if not case and isinstance(scope.field(name), text) else F(name) for name in fields
    ]
    query = fixed(query)  # or the next condition would change the windows of the chain
    query.add_q(Q(*((f"{name}__isnull", False) for name in fields)))
    query.add_annotation(Window(Count("*"), partition_by=keys), "_copies", select=False)
    query.add_q(Q(_copies__gt=1))
    return query


def refers_outside(node: Any) -> bool:
    """Whether an ``OuterRef`` of an enclosing query waits in a condition, which the groups would take for theirs."""
    if isinstance(node, Lookup):
        return refers_outside(node.lhs) or refers_outside(node.rhs)
    below: list[Any] = node.children if isinstance(node, Node) else getattr(node, "get_source_expressions", list)()
    return isinstance(node, ResolvedOuterRef) or any(refers_outside(each) for each in below)


def _foreign_key(scope: Scope, groups: Sequence[str]) -> Any:
    field = meta(scope.model).get_field(groups[0]) if len(groups) == 1 and "__" not in groups[0] else None
    return cast("Any", field) if isinstance(field, ForeignKey) else None


def _indexed(scope: Scope, query: SqlQuery, groups: Sequence[str], order: Sequence[str | OrderBy]) -> bool:
    """Whether a declared index begins with the foreign key and the order, and answers the conditions as well.

    With others, rows that they do not hold for would be read from the table until one is found in each group.
    """
    key = _foreign_key(scope, groups)
    if key is None:
        return False
    wanted = [(key.name, False), *((_column(scope, term), is_descending(term)) for term in order)]
    if not _only_about(query, query.where, {name for name, _ in wanted}):
        return False
    return any(
        not index.condition and [(name, sign == "DESC") for name, sign in index.fields_orders][: len(wanted)] == wanted
        for index in meta(scope.model).indexes
    )


def _only_about(query: SqlQuery, node: Any, columns: set[str]) -> bool:
    """Whether the conditions compare nothing but these columns of the table with plain values."""
    if isinstance(node, WhereNode):
        return all(_only_about(query, child, columns) for child in node.children)
    if not isinstance(node, Lookup) or hasattr(node.rhs, "resolve_expression"):
        return False
    column: Any = node.lhs
    return isinstance(column, Col) and column.alias == query.base_table and column.target.name in columns


def _column(scope: Scope, term: str | OrderBy) -> str:
    name = name_of(term)
    pk = meta(scope.model).pk
    return pk.name if name == "pk" and pk is not None else name


def _by_groups(scope: Scope, query: SqlQuery, key: Any, n: int, order: Sequence[str | OrderBy]) -> SqlQuery:
    """One index lookup for each row of the table that the foreign key points to, and one for those without."""
    query.clear_ordering(force=True)
    query.add_ordering(*order)
    rows: QuerySet[Any] = QuerySet(scope.model, query=query)
    each = rows.filter(**{key.name: OuterRef(key.target_field.attname)}).values("pk")[:n]
    parents = key.related_model._base_manager.order_by()
    found: QuerySet[Any, Any] = QuerySet(
        key.related_model, query=lateral(parents.query.clone(), each.query, meta(scope.model).pk)
    )
    if key.null:
        found = found.union(rows.filter(**{f"{key.name}__isnull": True}).values("pk")[:n], all=True)
    return found.query
