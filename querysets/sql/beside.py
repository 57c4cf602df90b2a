"""Rows made of a value of each row, beside it in FROM: the elements of an array, the entries of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func
from django.db.models.sql.constants import INNER

from querysets._types import SqlQuery

from .derived import DerivedCol
from .quoting import quoting


@dataclass(frozen=True, eq=False)
class Beside:
    """What stands beside a row: a SELECT over ``{source}``, and the columns that it has, with the field of each.

    A field that is None is that of an element of the source.
    """

    name: str
    select: str
    columns: Mapping[str, Any]


@dataclass(eq=False)
class BesideJoin:
    """Its place in FROM. Not in SELECT, where a function that gives several rows would have to be counted around."""

    what: Beside
    source: Any
    parent_alias: str
    table_alias: str
    join_type: str = INNER

    nullable: ClassVar[bool] = False
    filtered_relation: ClassVar[None] = None
    join_cols: ClassVar[tuple[()]] = ()

    @property
    def table_name(self) -> str:
        """What its alias begins with."""
        return self.what.name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        source, params = compiler.compile(self.source)
        columns = ", ".join(map(connection.ops.quote_name, self.what.columns))
        select, times = self.what.select.replace("{source}", source), self.what.select.count("{source}")
        return f"CROSS JOIN LATERAL ({select}) {quoting(compiler)(self.table_alias)} ({columns})", tuple(params) * times

    def relabeled_clone(self, relabels: Mapping[str, str]) -> Self:
        own, parent = self.table_alias, self.parent_alias
        return replace(
            self,
            source=self.source.relabeled_clone(dict(relabels)),
            table_alias=relabels.get(own, own),
            parent_alias=relabels.get(parent, parent),
        )

    def demote(self) -> Self:
        return replace(self)

    def promote(self) -> Self:
        return replace(self)

    def __eq__(self, other: object) -> bool:
        """The columns of one source share one place."""
        return isinstance(other, BesideJoin) and (self.what, self.source) == (other.what, other.source)

    def __hash__(self) -> int:
        return hash((self.what.name, self.parent_alias))


class BesideCol(Func):
    """A column of what stands beside the row, once a query has resolved the source and joined it."""

    def __init__(self, source: Any, what: Beside, column: str) -> None:
        super().__init__(source)
        self.what, self.column = what, column

    def resolve_expression(self, query: SqlQuery = None, *args: Any, **kwargs: Any) -> Any:
        (source,) = self.get_source_expressions()
        resolved: Any = source.resolve_expression(query, *args, **kwargs)
        field = self.what.columns[self.column] or _element(resolved.output_field)
        join = BesideJoin(self.what, resolved, query.get_initial_alias(), self.what.name)
        return DerivedCol(query.join(join), self.column, field)


def beside(what: Beside, source: Any, column: str) -> Any:
    """A column of the rows that stand beside each row."""
    return BesideCol(source, what, column)


def _element(field: Any) -> Any:
    """The field of the elements of an array, however deep it is: UNNEST flattens."""
    while isinstance(field, ArrayField):
        field = field.base_field
    return field
