"""The elements of an array as a key of groups: a row is in the group of each of its elements, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db.models import Func
from django.db.models.sql.constants import INNER

from querysets._types import SqlQuery
from querysets.scope import Scope

from .derived import DerivedCol
from .quoting import quoting

TABLE = "elements"


@dataclass(eq=False)
class ElementsJoin:
    """The different elements of an array of each row, beside it in FROM; a row without any is left out.

    Not in SELECT, where a function that gives several rows would have to be counted around.
    """

    array: Any
    parent_alias: str
    table_alias: str = TABLE
    join_type: str = INNER

    table_name: ClassVar[str] = TABLE
    nullable: ClassVar[bool] = False
    filtered_relation: ClassVar[None] = None
    join_cols: ClassVar[tuple[()]] = ()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        array, params = compiler.compile(self.array)
        alias, element = quoting(compiler)(self.table_alias), connection.ops.quote_name("element")
        table = f"(SELECT DISTINCT {element} FROM UNNEST({array}) {element})"  # noqa: S608 (a name of ours)
        return f"CROSS JOIN LATERAL {table} {alias} ({element})", tuple(params)

    def relabeled_clone(self, relabels: Mapping[str, str]) -> Self:
        own, parent = self.table_alias, self.parent_alias
        return replace(
            self,
            array=self.array.relabeled_clone(dict(relabels)),
            table_alias=relabels.get(own, own),
            parent_alias=relabels.get(parent, parent),
        )

    def demote(self) -> Self:
        return replace(self)

    def promote(self) -> Self:
        return replace(self)


class Element(Func):
    """An element of an array, once a query has resolved it and joined the elements."""

    arity = 1

    def resolve_expression(self, query: SqlQuery = None, *args: Any, **kwargs: Any) -> Any:
        (array,) = self.get_source_expressions()
        resolved: Any = array.resolve_expression(query, *args, **kwargs)
        kind = resolved.output_field
        while isinstance(kind, ArrayField):  # UNNEST flattens
            kind = kind.base_field
        return DerivedCol(query.join(ElementsJoin(resolved, query.get_initial_alias())), "element", kind)


def element(scope: Scope, name: str) -> Element:
    """An element of the array ``name``."""
    field = scope.field(name)
    if not isinstance(field, ArrayField):
        raise TypeError(f"{scope.label}: {name!r} must be an array, it is {type(field).__name__}")
    return Element(name)
