"""Bodies of the conditions on flags and tags."""

from __future__ import annotations

from django.db.models import BooleanField, Q

from querysets.conditions import negated
from querysets.scope import Scope
from querysets.sql.postgres.arrays import Match, holds
from querysets.sql.values import one_of, text


def active(scope: Scope, on: bool = True, *, field: str | None = None) -> Q:  # noqa: FBT001, FBT002
    if not isinstance(on, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"{scope.label}: on must be True or False, got {on!r}")
    name = scope.role("active", field)
    scope.typed(name, BooleanField, "a boolean")
    holding = Q((name, True))
    return holding if on else negated(scope, holding)


def tagged(scope: Scope, *tags: str, match: Match = "all", field: str | None = None) -> Q:
    name = scope.role("tags", field)
    one_of(scope, "match", match, ("all", "any", "only"))
    return holds(scope, name, [text(scope, "a tag", tag) for tag in tags], match)
