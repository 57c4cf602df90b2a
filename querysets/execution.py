"""What travels with a query and holds for its one statement: settings, a time limit, a label."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Annotated, Any, Final, Literal, NamedTuple, TypedDict, Unpack, get_args, get_origin, get_type_hints

from django.db import Error
from django.db.models import F, Value
from django.db.models.expressions import Col
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.db.models.sql.datastructures import BaseTable, Join
from django.utils.tree import Node
from psycopg import Cursor
from psycopg.pq import TransactionStatus

from .errors import ConflictingSettings, InvalidSetting, UnknownSetting

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
            near = get_close_matches(keyword, SETTINGS, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(SETTINGS)}"
            raise UnknownSetting(f"tuned(): no setting {keyword!r}; {hint}")
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
        number = isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
        found = kind(value) if number and rule.low <= value <= rule.high else None
        wanted = f"a{' whole' if kind is int else ''} number from {rule.low:g} to {rule.high:.10g}"
    if found is None:
        raise InvalidSetting(f"tuned(): {keyword} must be {wanted}, got {value!r}")
    return found


def _memory(value: Any, low: float) -> str | None:
    match = re.fullmatch(r"([0-9]{1,10}) ?(kB|MB|GB|TB)", value) if isinstance(value, str) else None
    kilobytes = int(match[1]) * _UNITS[match[2]] if match else 0
    return f"{kilobytes}kB" if low <= kilobytes <= _MOST else None


def checked_timeout(limit: float | timedelta) -> Settings:
    """At most ``limit`` milliseconds, or a ``timedelta``, for the statement."""
    number = isinstance(limit, Real) and not isinstance(limit, bool)
    milliseconds = limit / timedelta(milliseconds=1) if isinstance(limit, timedelta) else float(limit) if number else 0
    if not 0 < milliseconds <= _MOST:
        raise InvalidSetting(f"timeout() needs milliseconds from 0 (excluded) to {_MOST}, or a timedelta, got {limit!r}")
    return {TIMEOUT: math.ceil(milliseconds)}


def checked_label(text: str) -> Settings:
    """``text`` as a comment in front of the statement."""
    if not isinstance(text, str) or not re.fullmatch(r"[\w .:/-]{1,64}", text):  # pyright: ignore[reportUnnecessaryIsInstance]
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
        f"two parts of one statement want {name} = {_text(one)!r} and {_text(other)!r}; give both the same value"
    )


def _text(value: Setting) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


_LEAVES: Final = frozenset({type(None), str, Col, Value, F, BaseTable})


def collected(query: Query) -> Settings:
    """The settings of a whole statement: the query's own, and those of all that stands inside."""
    carriers: list[Any] = []
    nodes: list[Any] = [query]
    for node in nodes:  # grows while it is read
        kind = type(node)
        if kind in _LEAVES:
            continue
        if getattr(node, "settings", None):
            carriers.append(node)
        if isinstance(node, Query):
            nodes += _parts(node)
        elif isinstance(node, Node):
            nodes += node.children
        elif kind is list or kind is tuple:
            nodes += [value for value in node if hasattr(value, "resolve_expression")]
        elif (sources := getattr(node, "get_source_expressions", None)) is not None:
            inner = sources()
            nodes += inner
            if isinstance(node, Lookup) and len(inner) == 1:
                rhs: Any = node.rhs
                if isinstance(rhs, list | tuple | Query):
                    nodes.append(rhs)
        else:  # joins, CTEs, querysets inside an ordering that is not resolved yet
            filtered = getattr(node, "filtered_relation", None)
            nodes += (getattr(node, "query", None), getattr(filtered, "resolved_condition", None))
    return merged(carriers)


def _parts(query: Any) -> list[Any]:
    parts = [*query.annotations.values(), *query.where.children, *query.select, *query.order_by, *query.combined_queries]
    for join in query.alias_map.values():
        if type(join) is not Join or join.filtered_relation is not None:
            parts.append(join)
    attributes = query.__dict__
    if "inner_query" in attributes:
        parts.append(query.inner_query)
    if "_with_ctes" in attributes:
        parts += attributes["_with_ctes"]
    if "related_updates" in attributes:
        updates = [*query.values, *(update for updates in query.related_updates.values() for update in updates)]
        parts += [value for _, _, value in updates if hasattr(value, "resolve_expression")]
    return parts


preparers: Final[list[Callable[[Query, Any], None]]] = []


def prepare(query: Query, connection: Any) -> None:
    """Let each preparer look at a query that is about to be compiled and run as a statement of its own."""
    for preparer in preparers:
        preparer(query, connection)


@contextmanager
def cursor(connection: Any) -> Iterator[Any]:
    """A cursor for the library's own SQL."""
    with connection.cursor() as opened:
        yield opened


_SAVE: Final = (
    "SAVEPOINT querysets; SELECT set_config('querysets.outer', (SELECT json_object_agg(name, current_setting(name, true))"
    " FROM unnest(%s) AS name)::text, true); "
)
_RESTORE: Final = (
    "SELECT set_config(key, value, true) FROM json_each_text(current_setting('querysets.outer')::json);"
    " RELEASE SAVEPOINT querysets"
)
_UNDO: Final = "ROLLBACK TO SAVEPOINT querysets; RELEASE SAVEPOINT querysets"


class Envelope:
    """Settings around each statement of one compiler.

    An execute wrapper: Django has compiled by the time it is called, so its guards have had their say. The settings go
    in the same message as the statement, before it and, inside a transaction of the caller, restored after it. A
    message of several statements is a transaction, and needs no other: no round trip is added. Server-side cursors and
    server-side binding allow one statement a message; there they go in messages of their own.
    """

    def __init__(self, connection: Any, settings: Settings, *, streamed: bool) -> None:
        self.connection, self.streamed = connection, streamed
        self.comment = f"/* {settings[LABEL]} */ " if LABEL in settings else ""
        self.values = {name: _text(value) for name, value in settings.items() if name != LABEL}
        self.apart = streamed or connection.features.uses_server_side_binding
        self.sending = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        if self.sending or not self.values or self._status is TransactionStatus.INERROR:
            return execute(sql if self.sending else self.comment + sql, params, many, context)
        if self.apart:
            return self._apart(execute, self.comment + sql, params, many, context)
        inside = self.in_transaction
        before, values = self._before(inside)
        after = "; " + _RESTORE if inside else ""
        try:
            done = execute(f"{self.comment}{before}; {sql}{after}", (*values, *params), many, context)
        except BaseException:
            if inside and self._status is TransactionStatus.INERROR:
                self._undo(_UNDO)
            raise
        for _ in range(3 if inside else 1):  # past the results of what came before
            context["cursor"].nextset()
        return done

    def _apart(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        try:
            with self.around():
                return execute(sql, params, many, context)
        except BaseException:
            if self.streamed:  # the server's cursor went with the rollback: only the client's half is left to close
                Cursor.close(context["cursor"].cursor)
            raise

    @contextmanager
    def around(self) -> Generator[None]:
        """The settings, in messages of their own, while the block runs."""
        inside = self.in_transaction
        before, values = self._before(inside)
        try:
            self._send(before if inside else "BEGIN; " + before, values)
            yield
            self._send(_RESTORE if inside else "COMMIT")
        except BaseException:
            self._undo(_UNDO if inside else "ROLLBACK")
            raise

    def stream(self, chunks: Any) -> Iterator[Any]:
        """The chunks of a cursor that runs while it is read: each read has the settings, the caller between has not."""
        try:
            while True:
                running = self.in_transaction and self._status is not TransactionStatus.INERROR
                with self.around() if running else nullcontext():
                    chunk = next(chunks, None)
                if chunk is None:
                    return
                yield chunk
        finally:
            chunks.close()

    @property
    def in_transaction(self) -> bool:
        """Whether the statement is part of a transaction that the caller opened."""
        raw = self.connection.connection
        return raw is not None and (not raw.autocommit or self._status is not TransactionStatus.IDLE)

    @property
    def _status(self) -> TransactionStatus:
        raw = self.connection.connection
        return TransactionStatus.UNKNOWN if raw is None else raw.info.transaction_status

    def _before(self, inside: bool) -> tuple[str, list[Any]]:  # noqa: FBT001
        pairs = [each for pair in self.values.items() for each in pair]
        apply = "SELECT " + ", ".join(["set_config(%s, %s, true)"] * len(self.values))
        return (_SAVE + apply, [list(self.values), *pairs]) if inside else (apply, pairs)

    def _send(self, sql: str, params: Any = None) -> None:
        self.sending = True
        try:
            with self.connection.cursor() as own:
                own.execute(self.connection.ops.compose_sql(sql, params) if params else sql)
        finally:
            self.sending = False

    def _undo(self, sql: str) -> None:
        if self._status is not TransactionStatus.IDLE:
            with suppress(Error):  # what went wrong first is what the caller is told
                self._send(sql)


def envelope(query: Query, connection: Any, *, streamed: bool = False) -> Envelope | None:
    """What goes around the statement of ``query``; ``None`` for nothing, or within a statement that has one."""
    settings = collected(query)
    if not settings or any(isinstance(wrapper, Envelope) for wrapper in connection.execute_wrappers):
        return None
    return Envelope(connection, settings, streamed=streamed)
