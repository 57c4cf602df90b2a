"""What the planner would do with a statement, and with indexes that are not there yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, cast

from django.db import connections, transaction
from django.db.models import Index, Model
from django.db.utils import DatabaseError

from querysets import execution
from querysets.errors import MissingExtension
from querysets.scope import Scope
from querysets.sql.values import counted

LARGE: Final = 10_000
"""How many rows make a table large: PostgreSQL reads such a one in some milliseconds."""


class TableRead(NamedTuple):
    """A table that a plan reads from end to end, and how many rows it has by PostgreSQL's count."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class IndexUse:
    """How a statement would be read. It is true where no large table is read from end to end.

    Attributes
    ----------
    indexes
        The names of the indexes that the plan uses, in its order.
    sequential
        The tables that it reads from end to end.
    cost
        The planner's cost of the whole.
    large
        From how many rows a table is large.
    """

    indexes: tuple[str, ...]
    sequential: tuple[TableRead, ...]
    cost: float
    large: int = LARGE

    def __bool__(self) -> bool:
        return all(read.rows < self.large for read in self.sequential)

    def __str__(self) -> str:
        read = (f"{each.table} ({each.rows:,} rows)" for each in self.sequential)
        used, whole = ", ".join(self.indexes) or "no index", ", ".join(read)
        return f"{used}{f'; reads all of {whole}' if whole else ''}; cost {self.cost:,.0f}"


def planned(
    rows: Any, supposed: Sequence[Index], *, even_if_small: bool = False, large: int = LARGE, build: bool = False
) -> IndexUse:
    """The plan of the statement of ``rows``, a queryset, with what is supposed."""
    scope = Scope(rows.model, None, "index_used")
    if others := [each for each in supposed if not isinstance(each, Index)]:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: what is supposed must be an index, got {others[0]!r}")
    least = 0 if even_if_small else counted(scope, "large", large)
    with supposing(scope, supposed, rows.db, build=build) as names:
        if even_if_small:
            use = _use(rows, _plan_without_seqscan(rows), least, _is_whole)
        else:  # an index may then be read as a whole for its order, where that is the best
            use = _use(rows, _plan(rows), least, _is_sequential)
        return replace(use, indexes=tuple(names.get(each, each) for each in use.indexes))


def _plan_without_seqscan(rows: Any) -> Mapping[str, Any]:
    rows = rows.tuned(enable_seqscan=False)
    plan = _plan(rows)
    if any(map(_is_whole, _nodes(plan))):
        other = _plan(rows.tuned(enable_indexscan=False, enable_indexonlyscan=False))
        plan = plan if any(map(_is_whole, _nodes(other))) else other
    return plan


def _plan(rows: Any) -> Mapping[str, Any]:
    text: str = rows.explain(format="json", verbose=True)
    return json.loads(text)[0]["Plan"] if text else {}  # a queryset that is surely empty has no statement


def _nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if plan:
        yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _is_whole(node: Mapping[str, Any]) -> bool:
    """Whether a table is read from end to end: by itself, or by an index that has no part in the conditions."""
    if node["Node Type"] in {"Index Scan", "Index Only Scan"}:
        return "Filter" in node and "Index Cond" not in node and "Order By" not in node
    return _is_sequential(node)


def _is_sequential(node: Mapping[str, Any]) -> bool:
    return cast("str", node["Node Type"]) == "Seq Scan"


def _use(rows: Any, plan: Mapping[str, Any], large: int, whole: Callable[[Mapping[str, Any]], bool]) -> IndexUse:
    nodes = list(_nodes(plan))
    used = dict.fromkeys(node["Index Name"] for node in nodes if "Index Name" in node)
    read = dict.fromkeys((node["Schema"], node["Relation Name"]) for node in nodes if whole(node))
    tables = _counted(connections[rows.db], list(read)) if read else []
    return IndexUse(tuple(used), tuple(tables), plan.get("Total Cost", 0.0), large)


_ROWS = """
    SELECT relname, CASE WHEN reltuples < 0 THEN pg_relation_size(c.oid) / 100 ELSE reltuples END
    FROM UNNEST(%s::text[], %s::text[]) WITH ORDINALITY AS t (schema, name, place)
    JOIN pg_namespace n ON nspname = schema JOIN pg_class c ON relnamespace = n.oid AND relname = name
    ORDER BY place
"""  # a table that nobody has counted yet has about as many rows as fit into its size


def _counted(connection: Any, tables: Sequence[tuple[str, str]]) -> list[TableRead]:
    with execution.cursor(connection) as cursor:
        cursor.execute(_ROWS, [[schema for schema, _ in tables], [name for _, name in tables]])
        return [TableRead(name, int(rows)) for name, rows in cursor.fetchall()]


@contextmanager
def supposing(
    scope: Scope, indexes: Sequence[Index], alias: str, *, build: bool = False
) -> Generator[Mapping[str, str]]:
    """A server that plans as if the indexes were there; it calls them by names that stand for theirs.

    By HypoPG; or, if they are to be built, in a transaction that is rolled back.
    """
    connection: Any = connections[alias]
    with ExitStack() as stack:
        if not indexes:
            yield {}
        elif build:
            stack.enter_context(transaction.atomic(using=alias))
            stack.callback(transaction.set_rollback, True, using=alias)  # noqa: FBT003 (Django's)
            yield {f"supposed_{place}": _built(scope, index, connection, place) for place, index in enumerate(indexes)}
        else:
            yield dict(_imagined(scope, index, connection, stack) for index in indexes)


def _statement(model: type[Model], index: Index, connection: Any, name: str = "") -> tuple[str, str]:
    """The statement that makes an index, under another name if there is one, and the name of its own."""
    made: Any = index.clone()
    if not made.name:
        made.set_name_with_model(model)
    own = made.name = made.name % {"class": model._meta.model_name, "app_label": model._meta.app_label}
    made.name = name or own
    return str(made.create_sql(model, connection.schema_editor())), own


def _built(scope: Scope, index: Index, connection: Any, place: int) -> str:
    with execution.cursor(connection) as cursor:
        sql, own = _statement(scope.model, index, connection, f"supposed_{place}")
        cursor.execute(sql)
    return own


def _imagined(scope: Scope, index: Index, connection: Any, stack: ExitStack) -> tuple[str, str]:
    remedy = "build=True makes the index in a transaction that is rolled back, and keeps writers waiting meanwhile"
    with execution.cursor(connection) as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'hypopg'")
        if cursor.fetchone() is None:
            raise MissingExtension(
                f"{scope.label} supposes an index by the extension 'hypopg', which the database does not have; {remedy}"
            )
        sql, own = _statement(scope.model, index, connection)
        try:
            with transaction.atomic(using=connection.alias):
                cursor.execute("SELECT indexrelid, indexname FROM hypopg_create_index(%s)", [sql])
                found = cursor.fetchone()
        except DatabaseError as error:
            raise MissingExtension(f"{scope.label}: hypopg cannot suppose {own}: {error}; {remedy}") from error
    oid, name = cast("tuple[int, str]", found)
    stack.callback(_forgotten, connection, oid)  # it is the session's, not the transaction's
    return name, own


def _forgotten(connection: Any, oid: int) -> None:
    with execution.cursor(connection) as cursor:
        cursor.execute("SELECT hypopg_drop_index(%s)", [oid])
