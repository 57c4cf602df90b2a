"""What makes a row of a table the one row of its kind, as ON CONFLICT finds it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from django.contrib.postgres.indexes import OpClass
from django.db.models import F, Q, UniqueConstraint
from django.db.models.expressions import OrderBy
from django.db.models.sql import Query

from querysets._types import meta
from querysets.scope import Scope, names_in
from querysets.sql.values import names

from .rows import columns


class Key(NamedTuple):
    """A unique constraint or index: columns, or expressions; of all rows, or of those that ``condition`` holds for."""

    fields: tuple[Any, ...]
    name: str = ""
    expressions: tuple[Any, ...] = ()
    condition: Q | None = None
    nulls_distinct: bool = True

    def __str__(self) -> str:
        shown = ", ".join(repr(field.name) for field in self.fields) or f"{self.name!r}"
        shown = f"({shown})" if len(self.fields) > 1 else shown
        return shown if self.condition is None or not self.fields else f"{shown} where {self.condition} ({self.name!r})"


def key_of(scope: Scope, given: Any) -> Key:
    """The constraint over the fields that are ``given``, or of this name."""
    wanted, known = names(scope, "key", given), list(_keys(scope.model))
    found = [key for key in known if key.name and (key.name,) == wanted]
    if not found:
        fields = set(columns(scope, _spelled_out(scope, wanted)))
        found = [key for key in known if fields and set(key.fields) == fields]
        found = [key for key in found if key.condition is None][:1] or found
    if len(found) != 1:
        label = meta(scope.model).label
        several = "is more than one; give the name of one" if found else "is no key"
        raise ValueError(
            f"{scope.label}: {given!r} {several}; {label} is unique by {'; '.join(map(str, found or known))}"
        )
    return found[0]


def _spelled_out(scope: Scope, wanted: Sequence[str]) -> list[str]:
    composite = getattr(meta(scope.model).concrete_model._meta, "pk_fields", ())
    return [each for name in wanted for each in ([field.name for field in composite] if name == "pk" else [name])]


def _keys(model: Any) -> Iterator[Key]:
    """Those that ON CONFLICT can use, which a deferrable one is not."""
    options = meta(meta(model).concrete_model)
    yield Key(tuple(options.pk_fields))
    for field in options.local_concrete_fields:
        if field.unique and not (field.primary_key or field.generated):
            yield Key((field,))
    for together in options.unique_together:
        yield Key(tuple([options.get_field(name) for name in together]))
    for constraint in options.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.deferrable is None:
            made = cast("Any", constraint)
            fields = tuple([options.get_field(name) for name in made.fields])
            if not any(field.generated for field in fields):
                yield Key(fields, made.name, tuple(made.expressions), made.condition, made.nulls_distinct is not False)


def needed(key: Key, scope: Scope) -> list[Any]:
    """The columns that a row has its key by."""
    if key.fields:
        return list(key.fields)
    return columns(scope, list(dict.fromkeys(name for each in key.expressions for name in names_in(_named(each)))))


def parts(key: Key, model: Any, connection: Any) -> list[str]:
    """The columns or expressions of the key, as SQL that names no table."""
    if key.fields:
        return [connection.ops.quote_name(field.column) for field in key.fields]
    return [f"({_bare(_undressed(each), model, connection)})" for each in key.expressions]


def condition(key: Key, model: Any, connection: Any) -> str:
    """The condition of the key, as SQL that names no table; empty where it has none."""
    return "" if key.condition is None else _bare(key.condition, model, connection)


def _undressed(expression: Any) -> Any:
    """An expression without the order or the operator class that its index has."""
    while isinstance(expression, OrderBy | OpClass):
        (expression,) = expression.get_source_expressions()
    return expression


def _named(raw: Any) -> Any:
    return F(raw) if isinstance(raw, str) else raw


def _bare(raw: Any, model: Any, connection: Any) -> str:
    """SQL with its values written into it: PostgreSQL knows an index by what its condition says, not by parameters."""
    query: Any = Query(model, alias_cols=False)
    node = query.build_where(raw) if isinstance(raw, Q) else _named(raw).resolve_expression(query, allow_joins=False)
    sql, params = query.get_compiler(connection=connection).compile(node)
    return str(connection.ops.compose_sql(sql, params)).replace("%", "%%")
