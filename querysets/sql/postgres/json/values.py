"""Values and keys of documents, and documents made of columns, as expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, TypedDict

from django.db.models import (
    Case,
    F,
    Func,
    Q,
    Value,
    When,
)
from django.db.models.functions import JSONObject
from django.db.models.lookups import Exact, LessThan, Range

from querysets.scope import Scope
from querysets.sql.beside import Beside, beside
from querysets.sql.fields import BOOLEAN, DECIMAL, FLOAT, JSON, TEXT, TEXTS, WHOLE
from querysets.sql.values import literal

from .documents import Path, Unstorable, document_at, steps_of
from .expressions import TextOf, at, object_at, only_if


class KeyStats(TypedDict):
    """What a collection of documents says of one key."""

    key: str
    count: int
    share: float
    types: list[str]


class Number(Func):
    """A value that is a number, as one."""

    template = "(%(expressions)s)::numeric"
    output_field = DECIMAL


class Whole(Func):
    """The same as a whole number."""

    template = "(%(expressions)s)::bigint"
    output_field = WHOLE


class Float(Func):
    """The same in floating point."""

    template = "(%(expressions)s)::float8"
    output_field = FLOAT


class Boolean(Func):
    """A value that is true or false, as such."""

    template = "(%(expressions)s)::boolean"
    output_field = BOOLEAN


class Keys(Func):
    """The keys of an object, by code point; none of NULL."""

    template = 'ARRAY(SELECT key FROM JSONB_OBJECT_KEYS(%(expressions)s) key ORDER BY key COLLATE "C")'
    output_field = TEXTS


_WHOLES: Final = (Decimal(-(2**63)), Decimal(2**63 - 1))
_FLOATS: Final = (Decimal("4.9e-324"), Decimal("1.7976931348623157e308"))  # beside 0, the least and the most


def value_at(scope: Scope, path: Path, kind: Any, field: str | None) -> Any:
    """The value at a path where it has a type of Python's; else NULL."""
    document = document_at(scope, field)
    if kind not in _KINDS:
        raise TypeError(
            f"{scope.label}: type must be one of {', '.join(each.__name__ for each in _KINDS)}, got {kind!r}"
        )
    wanted, made, output = _KINDS[kind]
    try:
        found = at(F(document), steps_of(scope, path))
    except Unstorable:
        return Value(None, output_field=output)
    return only_if(wanted, found, made(found), output_field=output)


def _whole(found: Any) -> Any:
    value = Number(found)
    whole = Exact(Func(value, Value(1), function="MOD", output_field=DECIMAL), 0)
    return Case(When(Q(Range(value, _WHOLES)) & Q(whole), then=Whole(found)), output_field=WHOLE)


def _float(found: Any) -> Any:
    size, (least, most) = Func(Number(found), function="ABS", output_field=DECIMAL), _FLOATS
    fits, tiny = When(Q(Range(size, (least, most))), then=Float(found)), When(Q(LessThan(size, least)), then=Value(0.0))
    return Case(fits, tiny, output_field=FLOAT)


def _itself(found: Any) -> Any:
    return found


_KINDS: Final[Mapping[Any, tuple[str, Any, Any]]] = {
    str: ("string", TextOf, TEXT),
    int: ("number", _whole, WHOLE),
    float: ("number", _float, FLOAT),
    Decimal: ("number", Number, DECIMAL),
    bool: ("boolean", Boolean, BOOLEAN),
    dict: ("object", _itself, JSON),
    list: ("array", _itself, JSON),
}
"""Python's types: the JSON type that each is of, the value as one, and its field."""


def keys_of(scope: Scope, field: str | None) -> Any:
    """The sorted keys of the document; none where it is no object."""
    return Keys(object_at(document_at(scope, field)))


def object_of(scope: Scope, fields: Mapping[str, Any]) -> Any:
    """A document made of fields and expressions."""
    made: dict[str, Any] = {}
    for key, value in fields.items():
        made[literal(scope, "a key", key)] = F(scope.path(value)) if isinstance(value, str) else scope.expression(value)
    if not made:
        raise TypeError(f"{scope.label} needs at least one key with the field that it holds")
    return JSONObject(**made)


def text_at(scope: Scope, path: Path, field: str | None) -> Any:
    """The value at a path as text."""
    document = document_at(scope, field)
    try:
        return TextOf(at(F(document), steps_of(scope, path)))
    except Unstorable:
        return Value(None, output_field=TEXT)


ENTRIES: Final = Beside(
    "entries",
    "SELECT key, JSONB_TYPEOF(value) FROM JSONB_EACH({source}) UNION ALL SELECT NULL, NULL",
    {"key": TEXT, "kind": TEXT},
)
"""The keys of an object with the type of each, and one more row, without a key, for the document itself."""


def entries(scope: Scope, field: str | None) -> tuple[Any, Any]:
    """Key and type of each entry of the document."""
    source = object_at(document_at(scope, field))
    return beside(ENTRIES, source, "key"), beside(ENTRIES, source, "kind")


def described(rows: Iterable[tuple[str | None, str | None, int]]) -> list[KeyStats]:
    """The statistics of each key, the most frequent first, from how often it comes with each type."""
    counts: dict[str | None, dict[str, int]] = {}
    for key, kind, count in rows:
        counts.setdefault(key, {})[kind or ""] = count
    every = sum(counts.pop(None, {}).values())
    found = [
        KeyStats(key=key, count=sum(kinds.values()), share=sum(kinds.values()) / every, types=sorted(kinds))
        for key, kinds in counts.items()
        if key is not None
    ]
    return sorted(found, key=lambda stats: (-stats["count"], stats["key"]))
