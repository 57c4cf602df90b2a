"""Python values as the JSON that PostgreSQL holds, and literal paths into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any, Final, TypeAlias, cast

from django.db.models import JSONField

from querysets.scope import Scope
from querysets.sql.values import storable

Path: TypeAlias = str | Sequence[str | int]
"""One key, or the keys and array indexes on the way to a value; each as it stands, whatever characters it has."""
Steps: TypeAlias = tuple[str | int, ...]

STEPS: Final = 100
DEPTH: Final = 100
_INDEXES: Final = range(-(2**31), 2**31)
_DIGITS: Final = (131_072, 16_383)  # before and behind the point: what PostgreSQL's numeric holds


class Unstorable(ValueError):
    """A text holds NUL or half a surrogate pair, so no document has it."""


def document_at(scope: Scope, field: str | None) -> str:
    """The path of the document: that of ``field``, or of the ``metadata`` role."""
    name = scope.role("metadata", field)
    scope.typed(name, JSONField, "a JSON document")
    return name


def steps_of(scope: Scope, path: Any) -> Steps:
    """The keys and indexes of a path."""
    given: Any = (path,) if isinstance(path, str) else path
    if not isinstance(given, list | tuple):
        raise TypeError(f"{scope.label}: a path is a key, or a tuple of keys and array indexes, got {path!r}")
    steps = cast("Sequence[Any]", given)
    if not 1 <= len(steps) <= STEPS:
        raise ValueError(f"{scope.label}: a path has 1 to {STEPS} keys and indexes, got {len(steps)}")
    return tuple(_step(scope, step) for step in steps)


def _step(scope: Scope, step: Any) -> str | int:
    if isinstance(step, str):
        if not storable(step):
            raise Unstorable(f"{scope.label}: {step!r} is no key, for a document holds neither NUL nor half a pair")
        return str.__str__(step)
    if isinstance(step, bool) or not isinstance(step, int):
        raise TypeError(f"{scope.label}: a path is made of keys (str) and array indexes (int), got {step!r}")
    if step not in _INDEXES:
        raise ValueError(f"{scope.label}: an array has no index {step}")
    return int(step)


def dumped(scope: Scope, value: Any, field: Any = None) -> str:
    """``value`` as JSON text; a Decimal is a number, and other types are what the field's encoder makes of them."""
    encoder = getattr(field, "encoder", None)
    return _dumped(scope, value, None if encoder is None else encoder().default, DEPTH)


def _dumped(scope: Scope, value: Any, default: Callable[[Any], Any] | None, depth: int) -> str:
    if depth == 0:
        raise ValueError(f"{scope.label}: a value is nested at most {DEPTH} deep")
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return quoted(scope, value)
    if isinstance(value, int | float | Decimal):
        return number(scope, value)
    if isinstance(value, Mapping):
        pairs: Any = value.items()  # pyright: ignore[reportUnknownVariableType]
        members = (f"{_key(scope, key)}: {_dumped(scope, each, default, depth - 1)}" for key, each in pairs)
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list | tuple):
        elements = cast("Sequence[Any]", value)
        return f"[{', '.join(_dumped(scope, each, default, depth - 1) for each in elements)}]"
    if default is not None:
        return _dumped(scope, default(value), default, depth - 1)
    raise TypeError(f"{scope.label}: {value!r} is no JSON value")


def _key(scope: Scope, key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{scope.label}: the keys of an object are texts, got {key!r}")
    return quoted(scope, key)


def quoted(scope: Scope, text: str) -> str:
    """A text as JSON, and jsonpath, write it."""
    if not storable(text):
        raise Unstorable(f"{scope.label}: a document holds neither NUL nor half a surrogate pair, got {text!r}")
    return json.dumps(str.__str__(text), ensure_ascii=False)


def number(scope: Scope, value: float | Decimal) -> str:
    """A number as JSON writes it; Python's infinities and NaN are none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: a number is needed, got {value!r}")
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{scope.label}: {value!r} is no number that JSON has")
        return float.__repr__(value)
    whole, places = _DIGITS
    exact = Decimal(value)  # Python writes an int of 4300 digits at most
    if not exact.is_finite() or exact.adjusted() >= whole or int(exact.as_tuple().exponent) < -places:
        raise ValueError(f"{scope.label}: {exact} is no number that PostgreSQL holds")
    return str(exact)


def nested(steps: Steps, text: str) -> str:
    """The smallest document with ``text`` at the path; an index becomes an element anywhere in the array."""
    for step in reversed(steps):
        text = f"[{text}]" if isinstance(step, int) else f"{{{json.dumps(step, ensure_ascii=False)}: {text}}}"
    return text


def as_jsonpath(steps: Steps) -> str:
    """The path in PostgreSQL's language; strict, for a key is no key of an array's elements, nor a value an array."""
    parts = (_index(step) if isinstance(step, int) else f".{json.dumps(step, ensure_ascii=False)}" for step in steps)
    return f"strict ${''.join(parts)}"


def _index(step: int) -> str:
    return f"[{step}]" if step >= 0 else f"[last - {-step - 1}]"
