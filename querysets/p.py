"""``P``: every filter as a condition, to combine, negate, count by and reuse on other models."""

from __future__ import annotations

from typing import Any, TypeAlias

from .conditions import as_condition
from .mixins.filters import FilterMixin
from .mixins.graphs import GraphMixin
from .mixins.postgres import PostgresMixin
from .mixins.streaming import StreamingMixin
from .mixins.subqueries import SubqueryMixin

_Filters: TypeAlias = FilterMixin[Any, Any]
_Subqueries: TypeAlias = SubqueryMixin[Any, Any]
_Postgres: TypeAlias = PostgresMixin[Any, Any]
_Streaming: TypeAlias = StreamingMixin[Any, Any]
_Graphs: TypeAlias = GraphMixin[Any, Any]


class P:
    """Conditions by the names of the filters: ``P.recent(24) | ~P.tagged("asyncio")``.

    Each takes the arguments of the method of that name and means what the method keeps, on whichever model it lands.
    """

    by = staticmethod(as_condition(_Filters.by))
    excluding = staticmethod(as_condition(_Filters.excluding))
    at_least = staticmethod(as_condition(_Filters.at_least))
    at_most = staticmethod(as_condition(_Filters.at_most))
    above = staticmethod(as_condition(_Filters.above))
    below = staticmethod(as_condition(_Filters.below))
    within = staticmethod(as_condition(_Filters.within))
    any_of = staticmethod(as_condition(_Filters.any_of))
    none_of = staticmethod(as_condition(_Filters.none_of))
    allowed = staticmethod(as_condition(_Filters.allowed))
    having = staticmethod(as_condition(_Filters.having))
    lacking = staticmethod(as_condition(_Filters.lacking))
    having_only = staticmethod(as_condition(_Filters.having_only))
    having_each = staticmethod(as_condition(_Filters.having_each))
    sampled = staticmethod(as_condition(_Filters.sampled))
    sharded = staticmethod(as_condition(_Filters.sharded))
    recent = staticmethod(as_condition(_Filters.recent))
    upcoming = staticmethod(as_condition(_Filters.upcoming))
    older_than = staticmethod(as_condition(_Filters.older_than))
    between = staticmethod(as_condition(_Filters.between))
    during = staticmethod(as_condition(_Filters.during))
    this = staticmethod(as_condition(_Filters.this))
    on_weekdays = staticmethod(as_condition(_Filters.on_weekdays))
    between_hours = staticmethod(as_condition(_Filters.between_hours))
    covering = staticmethod(as_condition(_Filters.covering))
    overlapping = staticmethod(as_condition(_Filters.overlapping))
    aged = staticmethod(as_condition(_Filters.aged))
    anniversary_within = staticmethod(as_condition(_Filters.anniversary_within))
    matching = staticmethod(as_condition(_Filters.matching))
    starting = staticmethod(as_condition(_Filters.starting))
    ending = staticmethod(as_condition(_Filters.ending))
    matching_glob = staticmethod(as_condition(_Filters.matching_glob))
    matching_regex = staticmethod(as_condition(_Filters.matching_regex))
    in_domain = staticmethod(as_condition(_Filters.in_domain))
    caseless = staticmethod(as_condition(_Filters.caseless))
    of_length = staticmethod(as_condition(_Filters.of_length))
    blank = staticmethod(as_condition(_Filters.blank))
    present = staticmethod(as_condition(_Filters.present))
    active = staticmethod(as_condition(_Filters.active))
    tagged = staticmethod(as_condition(_Filters.tagged))
    whose_latest = staticmethod(as_condition(_Subqueries.whose_latest))
    whose_earliest = staticmethod(as_condition(_Subqueries.whose_earliest))
    also_in = staticmethod(as_condition(_Subqueries.also_in))
    missing_from = staticmethod(as_condition(_Subqueries.missing_from))
    differing_from = staticmethod(as_condition(_Subqueries.differing_from))
    differing = staticmethod(as_condition(_Subqueries.differing))
    about = staticmethod(as_condition(_Postgres.about))
    resembling = staticmethod(as_condition(_Postgres.resembling))
    json_at = staticmethod(as_condition(_Postgres.json_at))
    json_containing = staticmethod(as_condition(_Postgres.json_containing))
    json_keys = staticmethod(as_condition(_Postgres.json_keys))
    json_matching = staticmethod(as_condition(_Postgres.json_matching))
    in_array = staticmethod(as_condition(_Postgres.in_array))
    settled = staticmethod(as_condition(_Streaming.settled))
    ready = staticmethod(as_condition(_Streaming.ready))
    in_progress = staticmethod(as_condition(_Streaming.in_progress))
    expired = staticmethod(as_condition(_Streaming.expired))
    retryable = staticmethod(as_condition(_Streaming.retryable))
    stuck = staticmethod(as_condition(_Streaming.stuck))
    table_sampled = staticmethod(as_condition(_Postgres.table_sampled))
    linked_to = staticmethod(as_condition(_Graphs.linked_to))
    connected = staticmethod(as_condition(_Graphs.connected))
    mutual = staticmethod(as_condition(_Graphs.mutual))
    reachable_from = staticmethod(as_condition(_Graphs.reachable_from))
    component_of = staticmethod(as_condition(_Graphs.component_of))
    descendants_of = staticmethod(as_condition(_Graphs.descendants_of))
    ancestors_of = staticmethod(as_condition(_Graphs.ancestors_of))
    children_of = staticmethod(as_condition(_Graphs.children_of))
    siblings_of = staticmethod(as_condition(_Graphs.siblings_of))
    roots = staticmethod(as_condition(_Graphs.roots))
    leaves = staticmethod(as_condition(_Graphs.leaves))
    common_ancestor_of = staticmethod(as_condition(_Graphs.common_ancestor_of))
    cyclic = staticmethod(as_condition(_Graphs.cyclic))
    valid_at = staticmethod(as_condition(_Graphs.valid_at))
    known_at = staticmethod(as_condition(_Graphs.known_at))
