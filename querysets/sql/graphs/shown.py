"""The rows that a statement asks of a table beside them, so that it is computed for these alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import FullResultSet
from django.db.models.expressions import Col
from django.db.models.functions import Random
from django.db.models.sql.constants import INNER, LOUTER

from querysets._types import SqlQuery
from querysets.sql.derived import DerivedCol, DerivedJoin, Selected, apart, parents
from querysets.sql.ordering import current_order, name_of
from querysets.sql.relations import pieces


class Filling(Selected):
    """Says nothing of the rows; keeps, where Django resolves it, the query of a table that is joined beside them."""

    lookup_name = "filling"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        raise FullResultSet


ANY: Final = ""
"""What names no table, and is another each time that it is asked."""


def shown(query: SqlQuery, alias: str) -> SqlQuery | None:
    """A query of the keys of the rows that ``query`` has, or of more; None where nothing narrows them.

    What names ``alias``, the table itself, is left out. A slice counts where all else does and its order is total: ties
    might be cut otherwise here than there.
    """
    where = query.where
    if query.combinator or apart(query) or where.connector != "AND" or where.negated:
        return None
    conditions = [each for each in where.children if not isinstance(each, Filling)]
    kept = [each for each in conditions if _is_of_rows(each, alias)]
    sliced = query.is_sliced and len(kept) == len(conditions) and _is_cut_alike(query, alias)
    rows = query.clone()
    rows.where.children = [*kept, *(each for each in where.children if isinstance(each, Filling))]
    rows.group_by, rows.distinct, rows.distinct_fields = None, False, ()
    rows.select_for_update, rows.explain_info, rows.settings = False, None, {}  # the statement has them
    if not sliced:
        rows.clear_limits()
        rows.clear_ordering(force=True)
    used = {name for each in (*kept, *_ordered_by(rows)) for name in _tables(each)}
    _leave_out(rows, alias, used, only_derived=sliced)
    rows.set_values(("pk",))
    inner = any(join.join_type == INNER for name, join in rows.alias_map.items() if rows.alias_refcount[name])
    return rows if sliced or kept or inner else None


def _leave_out(rows: SqlQuery, alias: str, used: set[str], *, only_derived: bool) -> None:
    """Take the table out of FROM, and all that is joined for what is not asked; of a slice nothing that multiplies."""
    for name in list(used):
        used |= set(parents(rows, name))
    for name, join in rows.alias_map.items():
        unasked = join.join_type == LOUTER and name not in used
        if name == alias or (unasked and (isinstance(join, DerivedJoin) or not only_derived)):
            rows.alias_refcount[name] = 0


def _is_of_rows(part: Any, alias: str) -> bool:
    """Whether a part of a query is the same for a row, whatever rows are beside it, and does not ask the table."""
    over = part.contains_aggregate or getattr(part, "contains_over_clause", False)
    return not (over or {alias, ANY} & _tables(part))


def _is_cut_alike(query: SqlQuery, alias: str) -> bool:
    pk, names = query.get_meta().pk, {name_of(term) for term in current_order(query)}
    if query.distinct or query.group_by is not None or names & {"", "?"}:
        return False
    if not {"pk", pk.name, pk.attname} & names:
        return False
    return all(_is_of_rows(each, alias) for each in _ordered_by(query))


def _ordered_by(query: SqlQuery) -> Iterator[Any]:
    """The annotations that a query is ordered by."""
    names = map(name_of, current_order(query))
    return (query.annotations[name] for name in names if name in query.annotations)


def _tables(part: Any) -> set[str]:
    """The tables that a part of a query names, in its subqueries too."""
    named: Any = (piece for piece in pieces(part) if isinstance(piece, Col | DerivedCol | Random))
    return {ANY if isinstance(piece, Random) else piece.alias for piece in named}
