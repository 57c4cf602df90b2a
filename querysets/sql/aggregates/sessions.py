"""Sessions: runs of rows that follow each other without a long pause."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, DateTimeField, F, When

from querysets._types import SqlQuery
from querysets.scope import Scope
from querysets.sql.derived import carried, fixed
from querysets.sql.fields import INTEGER
from querysets.sql.values import names

from .frames import Preceding
from .windows import Names, SumOver, keys_of, neighbour, over, positive


def numbered(scope: Scope, query: SqlQuery, gap: timedelta, *, per: Names, by: str | None, alias: str) -> SqlQuery:
    """``query``, which picks rows, with the number of the session of each as ``alias``.

    A window over a window: what the inner one gives is a column before the outer one counts by it.
    """
    positive(scope, "gap", gap)
    (name,) = keys_of(scope, by)
    if not isinstance(scope.field(scope.path(name)), DateTimeField):
        raise TypeError(f"{scope.label}: by must be a datetime, got {name!r}")
    groups, kept = names(scope, "per", per), carried(query)
    query = fixed(query, _pause=F(name) - neighbour(scope, name, name, groups, 1))
    begins = SumOver(Case(When(_pause__gt=gap, then=1), default=0))
    number: Any = over(scope, begins, groups, name, frame=Preceding()) + 1
    if scope.nullable(name):
        number = Case(When(**{f"{name}__isnull": False}, then=number), output_field=INTEGER)
    query.add_annotation(number, alias)
    query.set_values(("pk", *kept, alias))
    return query
