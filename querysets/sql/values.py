"""Checks of plain argument values, each with the message that says what would be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import inf, isfinite
from typing import Any, cast

from querysets.scope import Scope


def whole(scope: Scope, name: str, value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{scope.label}: {name} must be a whole number, got {value!r}")
    return value


def numbered(scope: Scope, name: str, value: Any, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    if not low <= whole(scope, name, value) <= high:
        raise ValueError(f"{scope.label}: {name} must be in {low}..{high}, got {value}")
    return int(value)


def counted(scope: Scope, name: str, value: Any, *, least: int = 0) -> int:
    """A whole number of at least ``least``."""
    if whole(scope, name, value) < least:
        raise ValueError(f"{scope.label}: {name} must be {least} or more, got {value}")
    return int(value)


def one_of(scope: Scope, name: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """One of a few words."""
    if value not in allowed:
        raise ValueError(f"{scope.label}: {name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return value


def names(scope: Scope, what: str, given: Any) -> tuple[str, ...]:
    """One name, or a list of them; an expression is neither, though Python would iterate over it without an end."""
    if not isinstance(given, str | list | tuple):
        raise TypeError(f"{scope.label}: {what} must be a name or a list of names, got {given!r}")
    return (given,) if isinstance(given, str) else tuple(cast("Sequence[str]", given))


def text(scope: Scope, name: str, value: Any) -> str:
    """A plain ``str``; members of a ``TextChoices`` become their values."""
    if not isinstance(value, str):
        raise TypeError(f"{scope.label}: {name} must be a str, got {value!r}")
    return str.__str__(value)


def literal(scope: Scope, name: str, value: Any) -> str:
    """A text that PostgreSQL can hold, which stands in the statement as it is."""
    given = text(scope, name, value)
    if not storable(given):
        raise ValueError(f"{scope.label}: {name} has neither NUL nor half a surrogate pair in it, got {given!r}")
    return given


def storable(text: str) -> bool:
    """Whether PostgreSQL can hold ``text`` at all: no NUL, no half of a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def amount(scope: Scope, name: str, value: Any, low: float, high: float = inf) -> Any:
    """A finite number from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"{scope.label}: {name} must be a number, got {value!r}")
    if not (isfinite(value) and low <= value <= high):
        bounds = f"{low} or more" if high == inf else f"in {low}..{high}"
        raise ValueError(f"{scope.label}: {name} must be {bounds}, got {value}")
    return value
