"""Every mixin at once."""

from __future__ import annotations

from ._types import M, Row
from .mixins.aggregates import AggregateMixin
from .mixins.filters import FilterMixin
from .mixins.graphs import GraphMixin
from .mixins.postgres import PostgresMixin
from .mixins.streaming import StreamingMixin
from .mixins.subqueries import SubqueryMixin


class PatternQuerySet(
    FilterMixin[M, Row],
    AggregateMixin[M, Row],
    SubqueryMixin[M, Row],
    PostgresMixin[M, Row],
    StreamingMixin[M, Row],
    GraphMixin[M, Row],
):
    """A queryset with every pattern."""
