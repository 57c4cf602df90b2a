"""Composable QuerySet patterns for Django and PostgreSQL."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conditions import Cond as Cond
    from .conditions import Condition as Condition
    from .conditions import condition as condition
    from .managers import PatternManager as PatternManager
    from .mixins.aggregates import AggregateMixin as AggregateMixin
    from .mixins.filters import FilterMixin as FilterMixin
    from .mixins.graphs import GraphMixin as GraphMixin
    from .mixins.postgres import PostgresMixin as PostgresMixin
    from .mixins.streaming import StreamingMixin as StreamingMixin
    from .mixins.subqueries import SubqueryMixin as SubqueryMixin
    from .p import P as P
    from .queryset import PatternQuerySet as PatternQuerySet
    from .roles import Edges as Edges
    from .sql.aggregates.statistics import ArgMax as ArgMax
    from .sql.aggregates.statistics import ArgMin as ArgMin
    from .sql.aggregates.statistics import Mode as Mode
    from .sql.aggregates.statistics import Percentile as Percentile
    from .sql.aggregates.statistics import WeightedAverage as WeightedAverage
    from .sql.postgres.upserts import Excluded as Excluded
    from .sql.postgres.upserts import Upserted as Upserted
    from .sql.streaming.gathering import agather as agather
    from .sql.streaming.pages import KeysetPage as KeysetPage

_HOMES = {
    "Cond": "conditions",
    "Condition": "conditions",
    "condition": "conditions",
    "PatternManager": "managers",
    "AggregateMixin": "mixins.aggregates",
    "FilterMixin": "mixins.filters",
    "GraphMixin": "mixins.graphs",
    "PostgresMixin": "mixins.postgres",
    "StreamingMixin": "mixins.streaming",
    "SubqueryMixin": "mixins.subqueries",
    "P": "p",
    "PatternQuerySet": "queryset",
    "Edges": "roles",
    "ArgMax": "sql.aggregates.statistics",
    "ArgMin": "sql.aggregates.statistics",
    "Mode": "sql.aggregates.statistics",
    "Percentile": "sql.aggregates.statistics",
    "WeightedAverage": "sql.aggregates.statistics",
    "Excluded": "sql.postgres.upserts",
    "Upserted": "sql.postgres.upserts",
    "agather": "sql.streaming.gathering",
    "KeysetPage": "sql.streaming.pages",
}

__all__ = [
    "AggregateMixin",
    "ArgMax",
    "ArgMin",
    "Cond",
    "Condition",
    "Edges",
    "Excluded",
    "FilterMixin",
    "GraphMixin",
    "KeysetPage",
    "Mode",
    "P",
    "PatternManager",
    "PatternQuerySet",
    "Percentile",
    "PostgresMixin",
    "StreamingMixin",
    "SubqueryMixin",
    "Upserted",
    "WeightedAverage",
    "agather",
    "condition",
]


def __getattr__(name: str) -> Any:
    # Late: Django imports the package for its AppConfig before models may be imported.
    if name not in _HOMES:
        raise AttributeError(f"module 'querysets' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
