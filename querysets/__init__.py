"""Composable QuerySet patterns for Django and PostgreSQL."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .conditions import Cond as Cond
    from .conditions import Condition as Condition
    from .conditions import condition as condition
    from .managers import PatternManager as PatternManager
    from .mixins.aggregates import AggregateMixin as AggregateMixin
    from .mixins.filters import FilterMixin as FilterMixin
    from .mixins.subqueries import SubqueryMixin as SubqueryMixin
    from .p import P as P
    from .queryset import PatternQuerySet as PatternQuerySet

_HOMES = {
    "Cond": "conditions",
    "Condition": "conditions",
    "condition": "conditions",
    "PatternManager": "managers",
    "AggregateMixin": "mixins.aggregates",
    "FilterMixin": "mixins.filters",
    "SubqueryMixin": "mixins.subqueries",
    "P": "p",
    "PatternQuerySet": "queryset",
}

__all__ = [
    "AggregateMixin",
    "Cond",
    "Condition",
    "FilterMixin",
    "P",
    "PatternManager",
    "PatternQuerySet",
    "SubqueryMixin",
    "condition",
]


def __getattr__(name: str) -> Any:
    # Late: Django imports the package for its AppConfig before models may be imported.
    if name not in _HOMES:
        raise AttributeError(f"module 'querysets' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
