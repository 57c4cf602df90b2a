"""What travels with a query and holds for its one statement: settings, a time limit, a label.

It lies in ``query.settings``, and in ``settings`` of expressions that need some. It reaches every statement that Django
makes of the query itself; what stands beside it is not reached: ``create()``, ``bulk_create()``, cascades, prefetches.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from numbers import Integral, Real
from operator import attrgetter, methodcaller
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    TypedDict,
    Unpack,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from django.db.models import F, Value
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.datastructures import BaseTable, Join
from django.utils.tree import Node

from .errors import ConflictingSettings, InvalidSetting, UnknownSetting
from .roles import did_you_mean

Setting = bool | int | float | str
Settings = Mapping[str, Setting]

LABEL: Final = "label"  # the one entry of Settings that is no setting of PostgreSQL
TIMEOUT: Final = "statement_timeout"
_MOST: Final = 2**31 - 1
_UNITS: Final = {"kB": 1, "MB": 1024, "GB": 1024**2, "TB": 1024**3}


class Rule(NamedTuple):
    """A setting by its name in PostgreSQL: the least and the greatest value, and which of two values wins."""

    name: str
    low: float = 0
    high: float = _MOST
    wins: Callable[[Any, Any], Any] | None = None


class Tuning(TypedDict, total=False):
    """The settings that ``tuned()`` takes: those that change how a statement runs and that any role may change."""

    ef_search: Annotated[int, Rule("hnsw.ef_search", 1, 1000, max)]
    iterative_scan: Annotated[Literal["off", "relaxed_order", "strict_order"], Rule("hnsw.iterative_scan")]
    max_scan_tuples: Annotated[int, Rule("hnsw.max_scan_tuples", 1, wins=max)]
    scan_mem_multiplier: Annotated[float, Rule("hnsw.scan_mem_multiplier", 1, 1000, max)]
    probes: Annotated[int, Rule("ivfflat.probes", 1, 32768, max)]
    max_probes: Annotated[int, Rule("ivfflat.max_probes", 1, 32768, max)]
    ivfflat_iterative_scan: Annotated[Literal["off", "relaxed_order"], Rule("ivfflat.iterative_scan")]
    similarity_threshold: Annotated[float, Rule("pg_trgm.similarity_threshold", 0, 1, min)]
    word_similarity_threshold: Annotated[float, Rule("pg_trgm.word_similarity_threshold", 0, 1, min)]
    strict_word_similarity_threshold: Annotated[float, Rule("pg_trgm.strict_word_similarity_threshold", 0, 1, min)]
    lock_timeout: Annotated[int, Rule("lock_timeout", 1, wins=min)]
    work_mem: Annotated[str, Rule("work_mem", 64)]
    hash_mem_multiplier: Annotated[float, Rule("hash_mem_multiplier", 1, 1000)]
    effective_cache_size: Annotated[str, Rule("effective_cache_size", 8)]
    effective_io_concurrency: Annotated[int, Rule("effective_io_concurrency", 0, 1000)]
    random_page_cost: Annotated[float, Rule("random_page_cost")]
    seq_page_cost: Annotated[float, Rule("seq_page_cost")]
    cursor_tuple_fraction: Annotated[float, Rule("cursor_tuple_fraction", 0, 1)]
    from_collapse_limit: Annotated[int, Rule("from_collapse_limit", 1)]
    join_collapse_limit: Annotated[int, Rule("join_collapse_limit", 1)]
    plan_cache_mode: Annotated[Literal["auto", "force_generic_plan", "force_custom_plan"], Rule("plan_cache_mode")]
    jit: Annotated[bool, Rule("jit")]
    geqo: Annotated[bool, Rule("geqo")]
    max_parallel_workers_per_gather: Annotated[int, Rule("max_parallel_workers_per_gather", 0, 1024)]
    parallel_setup_cost: Annotated[float, Rule("parallel_setup_cost")]
    parallel_tuple_cost: Annotated[float, Rule("parallel_tuple_cost")]
    enable_bitmapscan: Annotated[bool, Rule("enable_bitmapscan")]
    enable_gathermerge: Annotated[bool, Rule("enable_gathermerge")]
    enable_hashagg: Annotated[bool, Rule("enable_hashagg")]
    enable_hashjoin: Annotated[bool, Rule("enable_hashjoin")]
    enable_incremental_sort: Annotated[bool, Rule("enable_incremental_sort")]
    enable_indexonlyscan: Annotated[bool, Rule("enable_indexonlyscan")]
    enable_indexscan: Annotated[bool, Rule("enable_indexscan")]
    enable_material: Annotated[bool, Rule("enable_material")]
    enable_memoize: Annotated[bool, Rule("enable_memoize")]
    enable_mergejoin: Annotated[bool, Rule("enable_mergejoin")]
    enable_nestloop: Annotated[bool, Rule("enable_nestloop")]
    enable_partitionwise_aggregate: Annotated[bool, Rule("enable_partitionwise_aggregate")]
    enable_partitionwise_join: Annotated[bool, Rule("enable_partitionwise_join")]
    enable_seqscan: Annotated[bool, Rule("enable_seqscan")]
    enable_sort: Annotated[bool, Rule("enable_sort")]


# keyword -> (type, rule)
SETTINGS: Final[Mapping[str, tuple[Any, Rule]]] = {
    keyword: get_args(hint) for keyword, hint in get_type_hints(Tuning, include_extras=True).items()
}
_WINS: Final = {TIMEOUT: min, **{rule.name: rule.wins for _, rule in SETTINGS.values()}}


def checked_tuning(**settings: Unpack[Tuning]) -> Settings:
    """``settings`` under PostgreSQL's names, each in its range."""
    return {SETTINGS[keyword][1].name: _checked(keyword, value) for keyword, value in _known(settings)}


def _known(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for keyword, value in settings.items():
        if keyword not in SETTINGS:
            raise UnknownSetting(f"tuned(): no setting {keyword!r}{did_you_mean(keyword, SETTINGS)}")
        yield keyword, value


def _checked(keyword: str, value: Any) -> Setting:
    kind, rule = SETTINGS[keyword]
    if get_origin(kind) is Literal:
        found, wanted = (value if value in get_args(kind) else None), f"one of {', '.join(get_args(kind))}"
    elif kind is bool:
        found, wanted = (value if isinstance(value, bool) else None), "True or False"
    elif kind is str:
        found, wanted = _memory(value, rule.low), f"an amount of memory from {rule.low:g}kB, such as '64MB'"
    else:
        found = kind(value) if _is_number(value, kind) and rule.low <= value <= rule.high else None
        wanted = f"a{' whole' if kind is int else ''} number from {rule.low:g} to {rule.high:.10g}"
    if found is None:
        raise InvalidSetting(f"tuned(): {keyword} must be {wanted}, got {value!r}")
    return cast("Setting", found)


def _is_number(value: Any, kind: Any = float) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral if kind is int else Real)


def _memory(value: Any, low: float) -> str | None:
    match = re.fullmatch(r"([0-9]{1,10}) ?(kB|MB|GB|TB)", value) if isinstance(value, str) else None
    kilobytes = int(match[1]) * _UNITS[match[2]] if match else 0
    return f"{kilobytes}kB" if low <= kilobytes <= _MOST else None


def checked_timeout(limit: Any) -> Settings:
    """At most ``limit`` milliseconds, or a ``timedelta``, for the statement."""
    milliseconds: Any = limit / timedelta(milliseconds=1) if isinstance(limit, timedelta) else limit
    if not _is_number(milliseconds) or not 0 < milliseconds <= _MOST:
        raise InvalidSetting(
            f"timeout() needs a timedelta or milliseconds, more than 0 and at most {_MOST}, got {limit!r}"
        )
    return {TIMEOUT: math.ceil(milliseconds)}


def checked_label(text: Any) -> Settings:
    """``text`` as a comment in front of the statement."""
    if not isinstance(text, str) or not re.fullmatch(r"[\w .:/-]{1,64}", text):
        raise InvalidSetting(f"labelled() needs 1 to 64 letters, digits, spaces or any of _.:/-, got {text!r}")
    return {LABEL: text}


def with_settings(settings: Settings | None, **new: Setting) -> Settings:
    """``settings`` of a chain followed by ``new``: the last call decides, but labels add up."""
    settings = settings or {}
    if LABEL in settings and LABEL in new:
        new[LABEL] = _settled(LABEL, settings[LABEL], new[LABEL])
    return {**settings, **new}


def settings_of(node: Any) -> Settings:
    """What a query or an expression carries."""
    return getattr(node, "settings", None) or {}


def merged(nodes: Iterable[Any]) -> Settings:
    """The settings of queries and expressions that are to be one statement."""
    found: dict[str, Setting] = {}
    for node in nodes:
        for name, value in settings_of(node).items():
            found[name] = _settled(name, found[name], value) if name in found else value
    return found


def _settled(name: str, one: Any, other: Any) -> Any:
    if one == other:
        return one
    if name == LABEL:
        return ", ".join(dict.fromkeys(f"{one}, {other}".split(", ")))
    if wins := _WINS.get(name):
        return wins(one, other)
    raise ConflictingSettings(
        f"two parts of one statement want {name} = {as_text(one)!r} and {as_text(other)!r}; give both the same value"
    )


def as_text(value: Setting) -> str:
    """``value`` as PostgreSQL reads it."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def collected(query: Query) -> Settings:
    """The settings of a whole statement: the query's own, and those of all that stands inside."""
    carriers: list[Any] = []
    nodes: list[Any] = [query]
    for node in nodes:  # grows while it is read
        if (parts := _PARTS[type(node)]) is not None:
            if getattr(node, "settings", None):
                carriers.append(node)
            nodes += parts(node)
    return merged(carriers) if carriers else {}


class _Parts(dict[type, Callable[[Any], Iterable[Any]] | None]):
    """What gives the parts of a node, by its class; None where it can carry nothing.

    Every statement is searched, so this is decided once for each class.
    """

    def __missing__(self, kind: Any) -> Callable[[Any], Iterable[Any]] | None:
        found: Callable[[Any], Iterable[Any]] | None = None
        if kind in {Col, Value, F, BaseTable, Join}:
            found = None
        elif issubclass(kind, Query):
            found = _query_parts
        elif issubclass(kind, Node):
            found = attrgetter("children")
        elif issubclass(kind, list | tuple):
            found = _expressions
        elif getattr(kind, "get_source_expressions", None) is vars(Lookup)["get_source_expressions"]:
            found = attrgetter("lhs", "rhs")  # a list on the right may hold expressions, though it counts as a value
        elif hasattr(kind, "get_source_expressions"):
            found = methodcaller("get_source_expressions")
        elif hasattr(kind, "as_sql") or hasattr(kind, "resolve_expression"):
            found = _inner_query
        self[kind] = found
        return found


def _expressions(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if hasattr(value, "resolve_expression")]


def _inner_query(node: Any) -> list[Any]:
    """Of a derived table, or of a queryset that Django has not yet resolved."""
    return [getattr(node, "query", None)]


_PARTS: Final = _Parts()


def _query_parts(query: Any) -> list[Any]:
    own = query.__dict__
    parts = [
        *query.where.children,
        *query.annotations.values(),
        *query.order_by,
        *query.select,
        *query.combined_queries,
    ]
    for alias, join in query.alias_map.items():
        if type(join) is not BaseTable and type(join) is not Join and query.alias_refcount[alias]:
            parts.append(join)
    if own["_filtered_relations"]:
        parts += [relation.condition for relation in own["_filtered_relations"].values()]
    if "inner_query" in own:
        parts.append(query.inner_query)
    elif "related_updates" in own:
        updates = [*query.values, *chain.from_iterable(query.related_updates.values())]
        parts += _expressions(value for _, _, value in updates)
    if "_with_ctes" in own:
        parts += [cte.query for cte in own["_with_ctes"]]
    return parts


preparers: Final[list[Callable[[Query, Any], None]]] = []


def prepare(query: Query, connection: Any) -> None:
    """Let each preparer look at a query that is about to be compiled and run as a statement of its own."""
    for preparer in preparers:
        preparer(query, connection)


@contextmanager
def cursor(connection: Any) -> Generator[Any]:
    """A cursor for the library's own SQL."""
    with connection.cursor() as opened:
        yield opened
