"""What an index is over, in one form for those that are declared, those of the database and those that are needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.indexes import OpClass
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import F, Index, Q, UniqueConstraint
from django.db.models.expressions import OrderBy
from django.db.models.sql import Query

from querysets._types import meta

_ACCESS: Final = {"idx": "btree"}  # what Django calls an index that has no class of its own
_OWN_CLASSES: Final = {"", "jsonb_ops", "array_ops", "tsvector_ops", "range_ops", "text_ops"}
"""Operator classes that are those of their types, which PostgreSQL leaves unsaid."""
EQUALITY: Final = {"", "text_pattern_ops", "varchar_pattern_ops"}
"""Operator classes of texts whose btree finds what is equal."""


DESCENDING: Final = 3  # PostgreSQL's bits: 1 the greatest first, 2 NULLs first; read backwards, an order is 3 minus it


class Key(NamedTuple):
    """A column of an index: what it holds, by which operators, and in which order."""

    what: str
    opclass: str = ""
    order: int = 0


class Form(NamedTuple):
    """An index without its name. ``condition`` is empty unless it is partial."""

    access: str
    keys: tuple[Key, ...]
    condition: str = ""
    unique: bool = False

    def resembles(self, need: Form, column: str) -> bool:
        """Whether one of the keys is the bare column, or made of it by the operators of ``need``."""
        said = {key.opclass for key in need.keys} - {""}
        return any(
            key.what == column or (key.opclass in said and re.search(rf"\b{re.escape(column)}\b", key.what))
            for key in self.keys
        )

    def serves(self, need: Form, *, enough: int | None = None) -> bool:
        """Whether what ``need`` is for can use this index; ``enough`` of the first keys of a btree will do."""
        if self.access != need.access or (self.condition and self.condition != need.condition):
            return False
        if need.access != "btree":  # each column of a GIN or GiST index is found by itself
            return all(any(_same(have, key) for have in self.keys) for key in need.keys)
        wanted = need.keys[:enough]
        pairs = list(zip(self.keys, wanted, strict=False))
        turned = {have.order ^ key.order for have, key in pairs}
        one_way = len(pairs) == 1 or turned in ({0}, {DESCENDING})
        return len(pairs) == len(wanted) and one_way and all(_equal(have, key) for have, key in pairs)

    def begins(self, other: Form) -> bool:
        """Whether a btree that goes on like ``other`` makes this one needless."""
        return self.access == other.access == "btree" and self.keys == other.keys[: len(self.keys)]


def _same(have: Key, need: Key) -> bool:
    return (have.what, have.opclass) == (need.what, need.opclass)


def _equal(have: Key, need: Key) -> bool:
    """As for a btree, whose pattern classes find what is equal, and whose own class finds no patterns."""
    return have.what == need.what and (have.opclass in EQUALITY if need.opclass == "" else have.opclass in PATTERNS)


PATTERNS: Final = EQUALITY - {""}


def form_of(model: type[models.Model], index: Index, *, values: bool = True) -> Form:
    """The form of an index of ``model``; without ``values`` as in statements that are kept without theirs."""
    suffix: str = index.suffix
    each: Sequence[Any] = index.expressions
    if not each:
        opclasses = [*index.opclasses] or [""] * len(index.fields_orders)
        keys = [
            Key(_column(model, name), _opclass(opclass), DESCENDING if order else 0)
            for (name, order), opclass in zip(index.fields_orders, opclasses, strict=True)
        ]
    else:
        keys = [_key(model, expression, values=values) for expression in each]
    return Form(_ACCESS.get(suffix, suffix), tuple(keys), _condition(model, index.condition))


def declared(model: type[models.Model]) -> dict[str, Form]:
    """The indexes that the table of ``model`` gets from what the model says: by name, of a field by its own."""
    found = {index.name: form_of(model, index) for index in model._meta.indexes}
    for field in meta(model).local_concrete_fields:
        if field.primary_key or field.unique or field.db_index:
            keys = (Key(cast("str", field.column)),)
            found[field.name] = Form("btree", keys, unique=field.primary_key or field.unique)
    for number, names in enumerate(cast("Any", model._meta.unique_together)):
        found[f"unique_together[{number}]"] = Form(
            "btree", tuple(Key(_column(model, name)) for name in names), unique=True
        )
    for constraint in model._meta.constraints:
        if (form := _of_constraint(model, constraint)) is not None:
            found[constraint.name] = form
    return found


def _of_constraint(model: type[models.Model], constraint: Any) -> Form | None:
    if isinstance(constraint, UniqueConstraint):
        made = cast("Any", constraint)
        opclasses = [*made.opclasses] or [""] * len(made.fields)
        plain = (Key(_column(model, name), _opclass(each)) for name, each in zip(made.fields, opclasses, strict=True))
        keys = tuple(plain) or tuple(_key(model, expression) for expression in made.expressions)
        return Form("btree", keys, _condition(model, made.condition), unique=True)
    if isinstance(constraint, ExclusionConstraint):
        made = cast("Any", constraint)
        # its condition is that of the rows that count, and so of the chains that ask
        return Form(made.index_type.lower(), tuple(_key(model, expression) for expression, _ in made.expressions))
    return None


def _column(model: type[models.Model], name: str) -> str:
    return cast("str", meta(model).get_field(name).column)


def _opclass(name: str) -> str:
    return "" if name in _OWN_CLASSES else name


def _key(model: type[models.Model], expression: Any, *, values: bool = True) -> Key:
    opclass, order, inner = "", 0, expression
    while isinstance(inner, OrderBy | OpClass):
        if isinstance(inner, OrderBy):
            order = _order(inner)
        else:
            opclass = cast("Any", inner).extra["name"]
        inner = inner.get_source_expressions()[0]
    written = _written(model, F(inner) if isinstance(inner, str) else inner, values=values)
    return Key(written, _opclass(opclass), order)


def _order(term: Any) -> int:
    first: bool = term.nulls_first or (term.descending and not term.nulls_last)
    return bool(term.descending) + 2 * first


def _condition(model: type[models.Model], condition: Q | None) -> str:
    if condition is None:
        return ""
    query = Query(model, alias_cols=False)
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    return squeezed(_filled(*query.build_where(condition).as_sql(compiler, compiler.connection)))


def _written(model: type[models.Model], expression: Any, *, values: bool) -> str:
    """An expression as PostgreSQL would show it, but for its casts."""
    query: Any = Query(model, alias_cols=False)
    compiler = query.get_compiler(connection=connections[DEFAULT_DB_ALIAS])
    sql, params = compiler.compile(expression.resolve_expression(query, allow_joins=False))
    return squeezed(_filled(sql, params if values else ["$1"] * len(params)))


def _filled(sql: str, params: Sequence[Any]) -> str:
    return sql % tuple(f"'{param}'" for param in params)


_CAST: Final = re.compile(
    r"::(character varying|double precision|timestamp with(out)? time zone|time with(out)? time zone|\"?\w+\"?)"
    r"(\(\d+\))?(\[\])*"
)


_TABLE: Final = re.compile(r'"?\b[a-z_]\w*"?\.(?="?[a-z_])')


def squeezed(sql: str) -> str:
    """SQL without what is written in several ways: casts, quotes, names of tables, space, case, needless parentheses.

    Of parentheses those that open the arguments of a function stay, so that what stands inside is told from a column.
    """
    text = re.sub(r"[\"']|(?<=\$)\d+", "", _TABLE.sub("", _CAST.sub("", sql.lower())))
    text = re.sub(r"[()]", " ", re.sub(r"(?<=\w)\(", "\0", text)).replace("\0", "( ")
    return re.sub(r"\s+", " ", re.sub(r"([,+*|<>=@?&~%-]+)", r" \1 ", text)).strip()
