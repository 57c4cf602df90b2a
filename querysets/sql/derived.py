"""Selections: the rows of a query narrowed to those of an inner query, joined as a derived table.

The inner query is kept as a query, in the WHERE node ``Selected``, where Django resolves and relabels it like any other
subquery, and is compiled with the statement. The join beside it in ``alias_map`` only says where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from django.core.exceptions import FullResultSet
from django.db.models import CompositePrimaryKey
from django.db.models.expressions import Col, Expression
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.constants import INNER, LOUTER
from django.db.models.sql.where import WhereNode

from querysets._types import SqlQuery
from querysets.errors import WrongShape
from querysets.kinds import patterns_of

from .apart import among, column_type, looked_up
from .fields import BOOLEAN
from .quoting import quoting

TABLE = "selection"

if TYPE_CHECKING:
    _Lookup = Lookup[Any]
else:
    _Lookup = Lookup


def apart(query: SqlQuery) -> Mapping[str, DerivedJoin]:
    """The derived tables that the statement of ``query`` has in its WITH list, by alias: ``querysets.sql.apart``."""
    found: Mapping[str, DerivedJoin] = getattr(query, "apart", {})
    return found


class DerivedCol(Expression):
    """A column of a derived table."""

    contains_column_references: Any = True
    possibly_multivalued = False

    def __init__(self, alias: str, name: str, output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.alias, self.name = alias, name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        table, name = quoting(compiler)(self.alias), connection.ops.quote_name(self.name)
        if join := apart(compiler.query).get(self.alias):
            db_type = column_type(cast("Any", self).output_field, connection)
            value = "k" if self.name == join.columns[0] else name
            return looked_up(join.key(compiler, connection), table, value, db_type), ()
        return f"{table}.{name}", ()

    def relabeled_clone(self, change_map: Any) -> Any:
        return type(self)(change_map.get(self.alias, self.alias), self.name, cast("Any", self).output_field)

    def get_group_by_cols(self) -> list[Any]:
        return [self]

    @property
    def identity(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        return (type(self), self.alias, self.name)


class Selected(_Lookup):
    """True for the rows that the derived table holds; carries the query that fills it."""

    lookup_name = "selected"
    prepare_rhs = False
    contains_aggregate: Any = False
    contains_over_clause: Any = False
    output_field = BOOLEAN

    def __init__(self, lhs: DerivedCol, rhs: SqlQuery) -> None:
        super().__init__(lhs, rhs)

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def get_source_expressions(self) -> list[Any]:
        return [self.lhs]

    def set_source_expressions(self, new_exprs: Any) -> None:
        (self.lhs,) = new_exprs

    def get_group_by_cols(self) -> list[Any]:
        return [self.lhs]

    def relabeled_clone(self, change_map: Any) -> Any:
        return type(self)(self.lhs.relabeled_clone(change_map), self.rhs.relabeled_clone(change_map))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if join := apart(compiler.query).get(self.lhs.alias):
            return among(join.key(compiler, connection), quoting(compiler)(self.lhs.alias)), ()
        join = compiler.query.alias_map.get(self.lhs.alias)
        if join is not None and join.join_type != LOUTER:  # which says it already
            raise FullResultSet
        sql, params = compiler.compile(self.lhs)
        return f"{sql} IS NOT NULL", params


@dataclass(eq=False)
class DerivedJoin:
    """The place of a derived table in FROM, joined on the primary key."""

    query: SqlQuery
    columns: tuple[str, ...]
    parent_alias: Any
    on: str
    join_type: str | None = INNER
    table_alias: str = TABLE

    derived: ClassVar[bool] = True
    keyed: ClassVar[bool] = True
    """Whether it has one row for a key, or none, wherever it stands."""
    table_name: ClassVar[str] = TABLE
    nullable: ClassVar[bool] = True
    filtered_relation: ClassVar[None] = None
    join_cols: ClassVar[tuple[()]] = ()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if self.table_alias in apart(compiler.query):
            return "", ()
        table, params = self._table(self._filled(compiler), compiler, connection)
        far = f"{quoting(compiler)(self.table_alias)}.{connection.ops.quote_name(self.columns[0])}"
        return f"{self.join_type} {table} ON ({self.key(compiler, connection)} = {far})", params

    def key(self, compiler: Any, connection: Any) -> str:
        """The column that it is joined on."""
        return f"{quoting(compiler)(self.parent_alias)}.{connection.ops.quote_name(self.on)}"

    def as_cte(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The derived table as one of a WITH list, its key called ``k``."""
        sql, params = self._inner(self._filled(compiler), connection)
        columns = ", ".join(["k", *map(connection.ops.quote_name, self.columns[1:])])
        return f"{quoting(compiler)(self.table_alias)} ({columns}) AS MATERIALIZED ({sql})", params

    def _filled(self, compiler: Any) -> SqlQuery:
        """The query as the WHERE of the statement has it, where Django has resolved it."""
        nodes = selections(compiler.query.where)
        return next((node.rhs for node in nodes if node.lhs.alias == self.table_alias), self.query)

    def _table(self, query: SqlQuery, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = self._inner(query, connection)
        columns = ", ".join(map(connection.ops.quote_name, self.columns))
        return f"({sql}) {quoting(compiler)(self.table_alias)} ({columns})", params

    def _inner(self, query: SqlQuery, connection: Any) -> tuple[str, tuple[Any, ...]]:
        query = query.clone()  # compiling changes a query, and this one may be shared
        query.subquery = False
        sql, params = query.get_compiler(connection=connection, elide_empty=False).as_sql()
        return sql, tuple(params)

    def relabeled_clone(self, relabels: Mapping[str, str]) -> Self:
        parent, own = self.parent_alias, self.table_alias
        return replace(self, parent_alias=relabels.get(parent, parent), table_alias=relabels.get(own, own))

    def demote(self) -> Self:
        return replace(self, join_type=INNER)

    def promote(self) -> Self:
        return replace(self, join_type=LOUTER)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DerivedJoin) and self.query is other.query and self.parent_alias == other.parent_alias

    def __hash__(self) -> int:
        return hash((id(self.query), self.parent_alias))


class DerivedTable(DerivedJoin):
    """A derived table that stands first in FROM, in place of the table of the model."""

    keyed: ClassVar[bool] = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return self._table(self._filled(compiler), compiler, connection)


class LateralJoin(DerivedJoin):
    """A derived table that is filled anew for each row of the table before it, to which its query refers."""

    keyed: ClassVar[bool] = False
    nullable: ClassVar[bool] = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        table, params = self._table(self.query, compiler, connection)
        return f"CROSS JOIN LATERAL {table}", params

    def relabeled_clone(self, relabels: Mapping[str, str]) -> Self:
        return replace(super().relabeled_clone(relabels), query=self.query.relabeled_clone(dict(relabels)))


def lateral(query: SqlQuery, inner: SqlQuery, output: Any) -> SqlQuery:
    """``query`` changed in place to give, for each of its rows, the one column of ``inner``, which may refer to it."""
    resolved = inner.resolve_expression(query)
    join = LateralJoin(resolved, ("pk",), query.get_initial_alias(), "pk")
    alias = query.join(join)
    query.add_annotation(DerivedCol(alias, "pk", output), "picked")
    query.set_values(("picked",))
    return query


def selections(where: WhereNode) -> Iterator[Selected]:
    """Every ``Selected`` of a WHERE tree."""
    for child in where.children:
        if isinstance(child, Selected):
            yield child
        elif isinstance(child, WhereNode):
            yield from selections(child)


def keyed(query: SqlQuery) -> Mapping[str, DerivedJoin]:
    """The derived tables of a query that are joined by the key of its rows, by alias: those that can stand apart."""
    joins = query.alias_map.items()
    return {alias: join for alias, join in joins if getattr(join, "keyed", False) and query.alias_refcount[alias]}


def narrowing(query: SqlQuery, where: WhereNode | None = None) -> Iterator[Selected]:
    """The selections that all rows of a query are in: not those beside an OR, nor the rows that a walk starts from."""
    own: Any = query.where if where is None else where
    if own.connector == "AND" and not own.negated:
        for child in own.children:
            if isinstance(child, WhereNode):
                yield from narrowing(query, child)
            elif isinstance(child, Selected) and type(query.alias_map.get(child.lhs.alias)) is DerivedJoin:
                yield child


def carried(query: SqlQuery) -> tuple[str, ...]:
    """The annotations whose values hang on the rows that the query has: windows, aggregates, those carried before."""
    return tuple(
        name
        for name, of in query.annotations.items()
        if of.contains_over_clause or of.contains_aggregate or any(columns_in(of))
    )


def columns_in(expression: Any) -> Iterator[DerivedCol]:
    """The columns of derived tables that an expression names."""
    if isinstance(expression, DerivedCol):
        yield expression
    for source in getattr(expression, "get_source_expressions", tuple)():
        yield from columns_in(source)


def joins_to_many(query: SqlQuery) -> bool:
    """Whether a to-many join in ``query`` may give a row several times."""
    fields = [
        getattr(join, "join_field", None) for alias, join in query.alias_map.items() if query.alias_refcount[alias]
    ]
    return any(getattr(field, "one_to_many", False) or getattr(field, "many_to_many", False) for field in fields)


def is_locked(query: SqlQuery) -> bool:
    """Whether ``locked()`` was called on the rows of ``query``, and they are not locked beneath it."""
    return bool(query.select_for_update) and "locked" in patterns_of(query)


def beneath(query: SqlQuery) -> SqlQuery:
    """A clone of ``query`` whose rows are locked in a derived table, so that values can be computed over them."""
    over = query.clone()
    if is_locked(query):
        over.select_for_update = False
        select(over, picking(query, locks=True))
    return over


def picking(query: SqlQuery, *, locks: bool = False) -> SqlQuery:
    """A clone of ``query`` that selects its primary keys, each once, and the values that hang on its rows.

    If they are locked, it is ``locks`` that says whether this is done by the clone, or beneath it.
    """
    if not locks:
        query = beneath(query)
    inner, names = query.clone(), carried(query)
    inner.settings = {}  # the outer query keeps them, and may be given others
    if not names and (query.distinct or joins_to_many(query)):
        inner.set_values(("pk",))
        single = Query(query.model)
        select(single, inner)
        single.set_values(("pk",))
        single.distinct = True
        select(inner := query.clone(), single)
        inner.settings = {}
    if inner.annotations:
        inner.append_annotation_mask(list(names))
    inner.set_values(("pk", *names))
    return inner


def select(query: SqlQuery, inner: SqlQuery, *made: str) -> None:
    """Narrow ``query`` in place to the rows of ``inner``, which was made by ``picking`` and then narrowed.

    Conditions, limits and DISTINCT of ``query`` are dropped (``inner`` has them), and so are the joins that only they
    used; the values that ``inner`` carries, and those annotations that were ``made`` in it, are read from the derived
    table from now on.
    """
    if not inner.is_sliced and not inner.distinct_fields and not inner.combinator:
        inner.clear_ordering(force=True)
    names = (*carried(query), *made)
    outputs = {name: query.annotations[name].output_field for name in names}
    query.where = WhereNode()
    query.clear_limits()
    query.distinct, query.distinct_fields = False, ()
    if query.group_by is True:
        query.group_by = None
    inner.bump_prefix(query)  # as any subquery: aliases of its own, which Django can relabel apart from the outer ones
    pk, base = single_key(query), query.get_initial_alias()
    join = DerivedJoin(inner, (pk.column, *names), base, pk.column)
    alias = query.join(join)
    query.alias_map[alias] = query.alias_map[alias].demote()
    for name, output in outputs.items():
        query.annotations[name] = DerivedCol(alias, name, output)
    query.where.add(Selected(DerivedCol(alias, pk.column, pk), inner), "AND")
    _drop_unused_joins(query, keep={base, alias})


def fixed(query: SqlQuery, **windows: Any) -> SqlQuery:
    """A clone of ``query``, which picks rows, in which the windows that it has and ``windows`` are plain columns."""
    rows = query.clone()
    for alias, window in windows.items():
        rows.add_annotation(window, alias)
    if any(rows.annotations[name].contains_over_clause for name in carried(rows)):
        select(rows, picking(rows))
        rows = picking(rows)
    return rows


def single_key(query: SqlQuery) -> Any:
    """The primary key of the rows of ``query``, of one column."""
    pk = query.get_meta().pk
    if pk is None or isinstance(pk, CompositePrimaryKey):
        raise WrongShape(f"{query.get_meta().label}: rows with a composite primary key cannot be picked")
    return pk


def _drop_unused_joins(query: SqlQuery, keep: set[str]) -> None:
    """Take joins out of FROM that nothing names any more: a to-many one would multiply the rows."""
    used = set(keep)
    for expression in (*query.annotations.values(), *query.select):
        used |= set(aliases_in(expression))
    for alias in list(used):
        used |= set(parents(query, alias))
    for alias, join in query.alias_map.items():
        if alias not in used and getattr(join, "filtered_relation", None) is None:
            query.alias_refcount[alias] = 0


def parents(query: SqlQuery, alias: str) -> Iterator[str]:
    """The tables through which ``alias`` is joined."""
    while (parent := getattr(query.alias_map.get(alias), "parent_alias", None)) is not None:
        yield parent
        alias = parent


def aliases_in(expression: Any) -> Iterator[str]:
    """The tables whose columns ``expression`` names."""
    if isinstance(expression, Col | DerivedCol):
        yield expression.alias
    elif isinstance(expression, Query):
        yield from (col.alias for col in expression.get_external_cols())
    else:
        for source in expression.get_source_expressions():
            if source is not None:
                yield from aliases_in(source)
