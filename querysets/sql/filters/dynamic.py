"""Bodies of the conditions that come from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from querysets.errors import FieldNotAllowed
from querysets.roles import did_you_mean, require
from querysets.scope import Scope
from querysets.sql import comparisons


def table_of(allowed: Any) -> dict[str, str]:
    """Names from outside = paths, from a mapping or from the names alone."""
    return dict(allowed) if hasattr(allowed, "keys") else {name: name for name in allowed}


def allowed(
    scope: Scope, params: Mapping[str, Any], fields: Mapping[str, str] | Sequence[str] | None = None, *, strict: bool
) -> Q:
    given = fields if fields is not None else require(scope.model, "filterable", scope.method, argument="fields=...")
    table = table_of(given)
    if strict:
        for name in params:
            if name not in table:
                raise FieldNotAllowed(
                    f"{scope.label}: {name!r} may not be filtered by{did_you_mean(str(name), list(table))}"
                )
    return comparisons.by(scope, **{table[name]: value for name, value in params.items() if name in table})
