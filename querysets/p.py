"""``P``: every filter as a condition, to combine, negate, count by and reuse on other models."""

from __future__ import annotations

from .conditions import as_condition
from .mixins.filters import FilterMixin


class P:
    """Conditions by the names of the filters: ``P.recent(24) | ~P.tagged("asyncio")``.

    Each takes the arguments of the method of that name and means what the method keeps, on whichever model it lands.
    """

    by = staticmethod(as_condition(FilterMixin.by))
    excluding = staticmethod(as_condition(FilterMixin.excluding))
    at_least = staticmethod(as_condition(FilterMixin.at_least))
    at_most = staticmethod(as_condition(FilterMixin.at_most))
    above = staticmethod(as_condition(FilterMixin.above))
    below = staticmethod(as_condition(FilterMixin.below))
    within = staticmethod(as_condition(FilterMixin.within))
    any_of = staticmethod(as_condition(FilterMixin.any_of))
    none_of = staticmethod(as_condition(FilterMixin.none_of))
    allowed = staticmethod(as_condition(FilterMixin.allowed))
    having = staticmethod(as_condition(FilterMixin.having))
    lacking = staticmethod(as_condition(FilterMixin.lacking))
    having_only = staticmethod(as_condition(FilterMixin.having_only))
    having_each = staticmethod(as_condition(FilterMixin.having_each))
    sampled = staticmethod(as_condition(FilterMixin.sampled))
    sharded = staticmethod(as_condition(FilterMixin.sharded))
    recent = staticmethod(as_condition(FilterMixin.recent))
    upcoming = staticmethod(as_condition(FilterMixin.upcoming))
    older_than = staticmethod(as_condition(FilterMixin.older_than))
    between = staticmethod(as_condition(FilterMixin.between))
    during = staticmethod(as_condition(FilterMixin.during))
    this = staticmethod(as_condition(FilterMixin.this))
    on_weekdays = staticmethod(as_condition(FilterMixin.on_weekdays))
    between_hours = staticmethod(as_condition(FilterMixin.between_hours))
    covering = staticmethod(as_condition(FilterMixin.covering))
    overlapping = staticmethod(as_condition(FilterMixin.overlapping))
    aged = staticmethod(as_condition(FilterMixin.aged))
    anniversary_within = staticmethod(as_condition(FilterMixin.anniversary_within))
    matching = staticmethod(as_condition(FilterMixin.matching))
    starting = staticmethod(as_condition(FilterMixin.starting))
    ending = staticmethod(as_condition(FilterMixin.ending))
    matching_glob = staticmethod(as_condition(FilterMixin.matching_glob))
    matching_regex = staticmethod(as_condition(FilterMixin.matching_regex))
    in_domain = staticmethod(as_condition(FilterMixin.in_domain))
    caseless = staticmethod(as_condition(FilterMixin.caseless))
    of_length = staticmethod(as_condition(FilterMixin.of_length))
    blank = staticmethod(as_condition(FilterMixin.blank))
    present = staticmethod(as_condition(FilterMixin.present))
    active = staticmethod(as_condition(FilterMixin.active))
    tagged = staticmethod(as_condition(FilterMixin.tagged))
