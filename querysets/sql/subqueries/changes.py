"""What a write makes of a column."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q

from querysets._types import meta
from querysets.scope import Scope


class Change(NamedTuple):
    """A column, what becomes of it, and in which rows it can; ``surely``, whether it differs in each of them."""

    name: str
    value: Any
    where: Q
    surely: bool = False


def column(scope: Scope, name: str) -> Any:
    """The field ``name`` of the model itself, which can be written."""
    field = next((field for field in meta(scope.model).local_concrete_fields if field.name == name), None)
    if field is None:
        raise ValueError(
            f"{scope.label}: {name!r} is no column of {meta(scope.model).label}, and only those are written"
        )
    return field
