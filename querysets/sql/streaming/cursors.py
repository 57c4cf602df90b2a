"""Where a page begins, as a text to hand out: typed, and signed, so that nobody can make one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from django.core.signing import BadSignature, SignatureExpired, dumps, loads
from django.utils.dateparse import parse_duration
from django.utils.duration import duration_iso_string

from querysets.errors import InvalidCursor
from querysets.scope import Scope
from querysets.sql.filters.keyset import Key

LONGEST: Final = 8192
"""No cursor of ours is longer; what is, is not looked at."""

_TYPES: Final[tuple[tuple[str, Any, Callable[[Any], str], Callable[[str], Any]], ...]] = (
    ("datetime", datetime, datetime.isoformat, datetime.fromisoformat),  # before date, which it is one of
    ("date", date, date.isoformat, date.fromisoformat),
    ("time", time, time.isoformat, time.fromisoformat),
    ("duration", timedelta, duration_iso_string, parse_duration),
    ("decimal", Decimal, str, Decimal),
    ("uuid", UUID, str, UUID),
)
_READ: Final = {name: read for name, _, _, read in _TYPES}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an order: behind a row or, backwards, before it; ``closed``: with the row itself."""

    values: Sequence[Any]
    backwards: bool = False
    closed: bool = False


def written(scope: Scope, order: Sequence[Key], place: Place) -> str:
    """The cursor of a place."""
    values = [_plain(scope, value) for value in place.values]
    return dumps([place.backwards, place.closed, values], salt=_salt(scope, order), serializer=_Json, compress=True)


def read(scope: Scope, order: Sequence[Key], cursor: Any, max_age: timedelta | None) -> Place | None:
    """The place of a cursor that was written for this order of this model; None for the beginning."""
    if max_age is not None and not isinstance(max_age, timedelta):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: max_age must be a timedelta, got {max_age!r}")
    if cursor is None:
        return None
    if not isinstance(cursor, str):
        raise TypeError(f"{scope.label}: cursor must be a text that an earlier page gave, got {cursor!r}")
    try:
        backwards, closed, values = loads(cursor[:LONGEST], salt=_salt(scope, order), serializer=_Json, max_age=max_age)
    except SignatureExpired as error:
        raise InvalidCursor(f"{scope.label}: the cursor has expired: {error}; begin anew with None") from None
    except (BadSignature, ValueError) as error:
        raise InvalidCursor(
            f"{scope.label}: {cursor[:60]!r} is no cursor of this model and order; pass one that an earlier page of "
            "the same order gave, as it is, or None for the first page"
        ) from error
    return Place([_typed(value) for value in values], backwards, closed)


def _salt(scope: Scope, order: Sequence[Key]) -> str:
    """What makes the signature one of this model and order."""
    keys = (f"{'-' if key.descending else ''}{key.name}{'!' if key.nulls_first else ''}" for key in order)
    return f"querysets.page {scope.model._meta.label} {','.join(keys)}"


def _plain(scope: Scope, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    found = next(((name, write) for name, kind, write, _ in _TYPES if isinstance(value, kind)), None)
    if found is not None:
        name, write = found
        return {name: write(cast("Any", value))}
    raise TypeError(f"{scope.label}: a cursor cannot hold {value!r}; order by numbers, texts, moments or keys")


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        [(name, text)] = cast("dict[str, str]", value).items()
        return _READ[name](text)
    return value


class _Json:
    """JSON that keeps letters as they are, floats to the last bit included."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")

    def loads(self, data: bytes) -> Any:
        return json.loads(data.decode("utf-8", "surrogatepass"))
