"""Oracles: what each entry must give, in plain Python over the rows of the world, compared with what it gives.

An oracle takes the world and the arguments of its entry, and returns the rows that the entry means. Its cases are the
arguments to try; the defaults of the entry are one of them, always. A result that is empty or the whole table proves
little, so a case that has one must say so::

    @oracle(11, case(hours=0.5), case(hours=24 * 365), empty(hours=-1))
    def recent_posts(world: World, hours: float, at: datetime) -> list[Post]:
        return [post for post in world.posts if at - timedelta(hours=hours) <= post.created_at <= at]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Final, Literal, TypeAlias

from django.db import DatabaseError, models, transaction
from django.db.models import QuerySet
from django.db.models.query import EmptyQuerySet

from example_project.world.rows import TABLES
from example_project.world.whole import World

from .registry import Entry, UnknownPattern

Function: TypeAlias = Callable[..., Iterable[Any]]
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
class Oracle:
    """What an entry must give: its rows, in order if ``ordered``."""

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


def expected(entry: Entry, tried: Case, world: World) -> list[Any]:
    """What the oracle says for a case."""
    return list(oracles[entry.number].function(world, **_arguments(entry, tried, world)))


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
    told = oracles[entry.number]
    try:
        with transaction.atomic():  # so that an error of the database ends with the case
            result = found(entry, tried, world)
            rows = list(result)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what the entry gives)
        wanted = tried.error is not None and isinstance(error, tried.error) and not isinstance(error, DatabaseError)
        return "" if wanted else f"raised {type(error).__name__}: {error}"
    if tried.error is not None:
        return f"gave {len(rows)} rows instead of {tried.error.__name__}"
    right = expected(entry, tried, world)
    if not isinstance(result, EmptyQuerySet) and told.ordered != (isinstance(result, QuerySet) and result.ordered):
        return "is in an order that its oracle does not know" if not told.ordered else "is in no order"
    difference = rows_differ([_key(row) for row in right], [_key(row) for row in rows], ordered=told.ordered)
    return difference or size_differs(tried.size, len(right), _table_size(result, world))


def rows_differ(right: Sequence[Any], got: Sequence[Any], *, ordered: bool) -> str:
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


def size_differs(size: Size, count: int, total: int | None) -> str:
    """What is wrong with the size of a result; empty if it is as declared."""
    actual: Size = "none" if count == 0 else "all" if count == total else "some"
    words = {"none": "no row", "all": "the whole table", "some": "some rows"}
    return "" if actual == size else f"gave {words[actual]}, declared as {words[size]}"


def _key(row: Any) -> Any:
    """What a row is known by: its table and primary key; a plain value is known by itself."""
    if isinstance(row, models.Model):
        return type(row).__name__, row.pk
    if isinstance(row, TABLES):
        return type(row).__name__, row.id
    return tuple(row.items()) if isinstance(row, Mapping) else row


def _shown(key: Any) -> str:
    return f"{key[0]} {key[1]}" if isinstance(key, tuple) and len(key) == 2 else repr(key)  # noqa: PLR2004


def _table_size(result: Any, world: World) -> int | None:
    """How many rows the table of a result has; None where it has no rows of a table."""
    if not isinstance(result, QuerySet) or not result.query.default_cols:
        return None
    return next(len(list(rows)) for table, rows in world.tables() if table.__name__ == result.model.__name__)
