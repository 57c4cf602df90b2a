"""Conditions on the elements of an array."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, cast

from django.contrib.postgres.fields import ArrayField
from django.db.models import Q

from querysets.conditions import NOTHING
from querysets.scope import Scope

from .values import storable

Match = Literal["all", "any", "only"]


def holds(scope: Scope, name: str, values: Collection[Any], match: Match) -> Q:
    """The array has all of ``values``, any of them, or is not empty and has no others; each served by a GIN index."""
    field = scope.field(name)
    if not isinstance(field, ArrayField):
        raise TypeError(f"{scope.label}: {name!r} must be an array, it is {type(field).__name__}")
    wanted = list(dict.fromkeys(values))
    possible = [value for value in wanted if _fits(cast(Any, field).base_field, value)]
    if match == "all":
        if len(possible) < len(wanted):
            return NOTHING
        return Q((f"{name}__contains", possible)) if possible else Q()
    if not possible:
        return NOTHING
    shared = Q((f"{name}__overlap", possible))
    # <@ holds for the empty array, too, and alone it would make a GIN index read all of these
    return shared if match == "any" else shared & Q((f"{name}__contained_by", possible))


def _fits(element: Any, value: Any) -> bool:
    """Whether an element can have this value. PostgreSQL would cut a text to the column's length and find the rest."""
    if not isinstance(value, str):
        return True
    return storable(value) and (element.max_length is None or len(value) <= element.max_length)
