"""Type variables shared by every mixin."""

from __future__ import annotations

from django.db.models import Model
from typing_extensions import TypeVar

M = TypeVar("M", bound=Model, covariant=True)
Row = TypeVar("Row", covariant=True, default=M)
