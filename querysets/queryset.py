"""Every mixin at once."""

from __future__ import annotations

from ._types import M, Row
from .mixins.aggregates import AggregateMixin
from .mixins.filters import FilterMixin


class PatternQuerySet(FilterMixin[M, Row], AggregateMixin[M, Row]):
    """A queryset with every pattern."""
