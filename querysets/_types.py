"""Type variables shared by every mixin, and names for what the stubs of Django leave untyped."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.db.models import Model
from typing_extensions import TypeVar

M = TypeVar("M", bound=Model, covariant=True)
Row = TypeVar("Row", covariant=True, default=M)

SqlQuery: TypeAlias = Any
"""A ``django.db.models.sql.Query``; most of its attributes have no types, or wrong ones."""


def meta(model: Any) -> Any:
    """``Model._meta``, whose fields and managers are generic over types that nobody knows."""
    return model._meta
