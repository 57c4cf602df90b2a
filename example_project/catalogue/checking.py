"""Oracles: what each entry must give, in plain Python over the rows of the world, compared with what it gives.

An oracle takes the world and the arguments of its entry, and returns the rows that the entry means. Its cases are the
arguments to try; the defaults of the entry are one of them, always. A result that is empty or the whole table proves
little, so a case that has one must say so::

    @oracle(11, case(hours=0.5), case(hours=24 * 365), empty(hours=-1))
    def recent_posts(world: World, hours: float, at: datetime) -> list[Post]:
        return [post for post in world.posts if at - timedelta(hours=hours) <= post.created_at <= at]

What an entry adds to its rows is told with them, ``noted(post, comments_count=3)``; groups are dicts, a value is
itself, and a write is what it answers and what it leaves, ``Written(1, rows=[replace(post, score=5.0)])``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Final, Literal, TypeAlias

from django.db import DatabaseError, connection, models, transaction
from django.db.models import QuerySet
from django.db.models.query import EmptyQuerySet

from example_project.world.loader import model_of
from example_project.world.rows import JSON_NULL, TABLES, Row
from example_project.world.whole import World

from .registry import Entry, UnknownPattern

Function: TypeAlias = Callable[..., Any]
Size = Literal["some", "none", "all"]
SHOWN: Final = 5  # of the rows that differ


@dataclass(frozen=True, slots=True)
class Case:
    """Arguments to try, and how much of the table they should find, or the error that they should meet."""

    arguments: Mapping[str, Any]
    size: Size = "some"
    error: type[Exception] | None = None

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.arguments.items()) or "defaults"

    def at(self, world: World) -> Case:
        """The case in a world: arguments that are functions are called with it."""
        known = {name: value(world) if callable(value) else value for name, value in self.arguments.items()}
        return Case(known, self.size, self.error)


def case(**arguments: Any) -> Case:
    """Some rows, not all: there is one just inside and one just outside of each bound."""
    return Case(arguments)


def empty(**arguments: Any) -> Case:
    """No row, and that is meant."""
    return Case(arguments, "none")


def everything(**arguments: Any) -> Case:
    """The whole table, and that is meant."""
    return Case(arguments, "all")


def refused(error: type[Exception], **arguments: Any) -> Case:
    """No result but an error of this class."""
    return Case(arguments, error=error)


@dataclass(frozen=True, slots=True)
class Noted:
    """A row with what its entry says about it."""

    row: Row
    notes: Mapping[str, Any]


def noted(row: Row, **notes: Any) -> Noted:
    """A row with the annotations that it must have, no others."""
    return Noted(row, notes)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write must do: what it answers, the rows that it writes, as they are then, and those that it deletes.

    A row that is written as it was is one too many. The id of a new row is not compared.
    """

    result: Any
    rows: Sequence[Row] = ()
    gone: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Among:
    """Some of these rows, each at most once, and how many of them; the same ones when asked again."""

    rows: Sequence[Row]
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Oracle:
    """What an entry must give: its rows, in order if ``ordered``, or its value, or what it has written."""

    number: int
    function: Function
    cases: Sequence[Case]
    ordered: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A case in which an entry did not give what its oracle says."""

    case: Case
    reason: str

    def __str__(self) -> str:
        return f"{self.case}: {self.reason}"


@dataclass
class Oracles:
    """Number = oracle; read from the modules of ``oracles`` when it is first asked."""

    known: dict[int, Oracle] = field(default_factory=dict)

    def __getitem__(self, number: int) -> Oracle:
        _load()
        try:
            return self.known[number]
        except KeyError:
            raise UnknownPattern(f"pattern {number} has no oracle") from None

    def __contains__(self, number: int) -> bool:
        _load()
        return number in self.known


oracles: Final = Oracles()


@cache
def _load() -> None:
    package = import_module(f"{__package__}.oracles")
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        import_module(found.name)


def oracle(number: int, *cases: Case, ordered: bool = False) -> Callable[[Function], Function]:
    """Make the function below the oracle of pattern ``number``."""

    def register(function: Function) -> Function:
        if number in oracles.known and oracles.known[number].function.__name__ != function.__name__:
            raise ValueError(f"pattern {number} has an oracle already: {oracles.known[number].function.__name__}()")
        has_defaults = any(not each.arguments for each in cases)
        oracles.known[number] = Oracle(number, function, cases if has_defaults else (case(), *cases), ordered)
        return function

    return register


def check(entry: Entry, world: World) -> list[Failure]:
    """The cases of ``entry`` in which it differs from its oracle, on the database that holds ``world``."""
    tried = [each.at(world) for each in oracles[entry.number].cases]
    return [Failure(each, reason) for each in tried if (reason := differs(entry, each, world))]


def expected(entry: Entry, tried: Case, world: World) -> Any:
    """What the oracle says for a case."""
    return oracles[entry.number].function(world, **_arguments(entry, tried, world))


def found(entry: Entry, tried: Case, world: World) -> Any:
    """What the entry gives for a case."""
    return entry.function(**_arguments(entry, tried, world))


def _arguments(entry: Entry, tried: Case, world: World) -> dict[str, Any]:
    """Those of the case over the defaults; what the time is, is what it is in the world."""
    now = {"at": world.now, "on": world.now.date()}
    known = {name: value for name, value in now.items() if name in entry.defaults}
    return {**entry.defaults, **known, **tried.arguments}


def differs(entry: Entry, tried: Case, world: World) -> str:
    """How what an entry gives for a case differs from what its oracle says; empty if it does not."""
    ordered, right = oracles[entry.number].ordered, None if tried.error else expected(entry, tried, world)
    try:
        with transaction.atomic():  # so that an error of the database ends with the case
            if isinstance(right, Written):
                return _writes_differ(entry, tried, world, right)
            result = found(entry, tried, world)
            rows = _listed(result)
            notes = _notes(result)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what the entry gives)
        wanted = tried.error is not None and isinstance(error, tried.error) and not isinstance(error, DatabaseError)
        return "" if wanted else f"raised {type(error).__name__}: {error}"
    if tried.error is not None:
        return f"gave {len(rows)} rows instead of {tried.error.__name__}"
    has_order = isinstance(result, QuerySet) and not isinstance(result, EmptyQuerySet)
    if has_order and ordered != result.ordered:
        return "is in an order that its oracle does not know" if result.ordered else "is in no order"
    if isinstance(right, Among):
        return _is_not_among(right, rows, _listed(found(entry, tried, world))) or size_differs(
            tried.size, _size(result, [_key(row) for row in rows], world)
        )
    known, got = [_key(row) for row in _listed(right)], [_key(row, notes) for row in rows]
    return rows_differ(known, got, ordered=ordered) or size_differs(tried.size, _size(result, got, world))


def _is_not_among(right: Among, rows: Sequence[Any], again: Sequence[Any]) -> str:
    """What is wrong with rows that are left to chance; empty if they could be what is ``right``."""
    known, got = [_key(row) for row in right.rows], [_key(row) for row in rows]
    excess = list((Counter(got) - Counter(known)).elements())
    if excess:
        return rows_differ([], excess)
    if not right.least <= len(got) <= right.most:
        return f"gave {len(got)} rows, not {right.least:.0f} to {right.most:.0f}"
    return rows_differ(got, [_key(row) for row in again])


def _writes_differ(entry: Entry, tried: Case, world: World, right: Written) -> str:
    """The same for a write, of which nothing stays."""
    before = _versions()
    result = found(entry, tried, world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    after = _versions()
    written = list(_rows(place for place, _ in after.items() - before.items()))
    gone = [(table.__name__, number) for table, number in before.keys() - after.keys()]
    known = {(table, number) for table, number in before}
    transaction.set_rollback(True)
    answers = [[_answer(row, known) for row in _listed(each)] for each in (right.result, result)]
    return (
        rows_differ(*answers, ordered=True)
        or rows_differ([_whole(row, known) for row in right.rows], [_whole(row, known) for row in written])
        or rows_differ([_key(row)[:2] for row in right.gone], gone)
        or size_differs(tried.size, "some" if right.rows or right.gone else "none")
    )


def _versions() -> dict[tuple[type[Row], int], str]:
    """Where each row of the database lies: elsewhere once it is written, be it as it was."""
    found: dict[tuple[type[Row], int], str] = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT id, ctid::text FROM {model_of(table)._meta.db_table}")  # noqa: S608 (tables of ours)
            found |= {(table, number): place for number, place in cursor.fetchall()}
    return found


def _rows(places: Iterable[tuple[type[Row], int]]) -> Iterator[Row]:
    """Rows of the database as the dataclasses of their tables."""
    numbers: dict[type[Row], list[int]] = {}
    for table, number in places:
        numbers.setdefault(table, []).append(number)
    for table, chosen in numbers.items():
        rows = model_of(table)._base_manager.filter(pk__in=chosen)
        yield from (table(**row) for row in rows.values(*(each.name for each in fields(table))))


def _answer(row: Any, known: set[tuple[type[Row], int]]) -> Any:
    """What an answer is known by; a new row by its table alone."""
    key = _key(row)
    is_row = isinstance(row, (models.Model, *TABLES))
    return key if not is_row or key[:2] in {(table.__name__, number) for table, number in known} else key[:1]


def _whole(row: Row, known: set[tuple[type[Row], int]]) -> tuple[Any, ...]:
    """All that a row says; of a new one but its id."""
    old = (type(row), row.id) in known
    return f"{type(row).__name__}:", *(
        _plain(getattr(row, each.name)) for each in fields(row) if old or each.name != "id"
    )


def rows_differ(right: Sequence[Any], got: Sequence[Any], *, ordered: bool = False) -> str:
    """How ``got`` differs from what is ``right``; empty if it does not. Repeats count."""
    missing = list((Counter(right) - Counter(got)).elements())
    excess = list((Counter(got) - Counter(right)).elements())
    parts = [
        f"{len(keys)} {what}: {', '.join(map(_shown, keys[:SHOWN]))}{', ...' if len(keys) > SHOWN else ''}"
        for what, keys in (("missing", missing), ("too many", excess))
        if keys
    ]
    if not parts and ordered and list(right) != list(got):
        place = next(place for place, (one, other) in enumerate(zip(right, got, strict=True)) if one != other)
        parts = [f"at place {place + 1} stands {_shown(got[place])} instead of {_shown(right[place])}"]
    return "; ".join(parts)


def size_differs(size: Size, actual: Size) -> str:
    """What is wrong with the size of a result; empty if it is as declared."""
    words = {"none": "nothing", "all": "the whole table", "some": "some rows"}
    return "" if actual == size else f"gave {words[actual]}, declared as {words[size]}"


def _size(result: Any, keys: Sequence[Any], world: World) -> Size:
    """How much a result is: the whole if it is all rows and their notes are the same; nothing if it is a zero."""
    if not any(keys):
        return "none"
    return "all" if len(keys) == _table_size(result, world) and len({key[2:] for key in keys}) == 1 else "some"


def _table_size(result: Any, world: World) -> int | None:
    """How many rows the table of a result has; None where it has no rows of a table."""
    if not isinstance(result, QuerySet) or not result.query.default_cols:
        return None
    return next(len(list(rows)) for table, rows in world.tables() if table.__name__ == result.model.__name__)


def _listed(result: Any) -> list[Any]:
    """The rows of a result; of a value itself."""
    is_value = isinstance(result, str | Mapping) or not isinstance(result, Iterable)
    return [result] if is_value else list(result)


def _notes(result: Any) -> tuple[str, ...]:
    """What a queryset says of its rows beside their columns."""
    return tuple(result.query.annotation_select) if isinstance(result, QuerySet) and result.query.default_cols else ()


def _key(row: Any, notes: Sequence[str] = ()) -> Any:
    """What a row is known by: its table, its primary key and its notes; a plain value is known by itself."""
    if isinstance(row, models.Model):
        return type(row).__name__, row.pk, *((name, _plain(getattr(row, name))) for name in sorted(notes))
    if isinstance(row, TABLES):
        return type(row).__name__, row.id
    if isinstance(row, Noted):
        return *_key(row.row), *((name, _plain(value)) for name, value in sorted(row.notes.items()))
    return _plain(row)


def _plain(value: Any) -> Any:
    """A value as it is compared: floats to nine digits, moments in UTC (Python takes both 01:00 of a night for one)."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, Mapping):
        return tuple((name, _plain(value[name])) for name in sorted(value))
    if isinstance(value, Iterable):
        members: Any = getattr(value, "tolist", lambda: value)()  # of a vector
        return tuple(map(_plain, members))
    return None if value is JSON_NULL else value


def _shown(key: Any) -> str:
    if isinstance(key, tuple) and key and key[0] in _NAMES:
        return " ".join([f"{key[0]} {key[1]}", *(f"{name}={value!r}" for name, value in key[2:])])
    return repr(key)


_NAMES: Final = {table.__name__ for table in TABLES}
