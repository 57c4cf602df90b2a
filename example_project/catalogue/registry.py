"""Where the numbered patterns are kept, described and found: all but number and title is read off the function."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, Final, ParamSpec, TypeVar, get_type_hints

A = ParamSpec("A")
R = TypeVar("R")

ROOT: Final = Path(__file__).resolve().parents[2]


class UnknownPattern(KeyError):
    """A number that no pattern has, or a range of numbers that cannot be read."""

    __str__ = Exception.__str__  # KeyError would quote the message


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter of the catalogue: a package of this name, whose modules are its topics."""

    name: str
    title: str
    numbers: range


SECTIONS: Final[Mapping[str, Section]] = {
    section.name: section
    for section in (
        Section("filtering", "Basic & filtering", range(1, 101)),
        Section("aggregation", "Aggregation & annotation", range(101, 181)),
        Section("subqueries", "Subqueries & expressions", range(181, 261)),
        Section("postgres", "PostgreSQL", range(261, 321)),
        Section("vectors", "AI & vector search", range(321, 401)),
        Section("llmops", "LLMOps & dashboards", range(401, 461)),
        Section("streaming", "Async & streaming", range(461, 491)),
        Section("tenancy", "Multi-schema & tenancy", range(491, 521)),
        Section("graphs", "Graphs & memory", range(521, 551)),
    )
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an entry: ``hint`` is its type, ``type`` the same as it is written.

    An open one stands for any further names: ``**kwargs``.
    """

    name: str
    hint: Any
    type: str
    default: Any
    is_open: bool


@dataclass(frozen=True)
class Entry:
    """One numbered pattern."""

    number: int
    title: str
    function: Callable[..., Any]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @property
    def section(self) -> Section:
        """The section whose package the function is in."""
        return SECTIONS[self.function.__module__.split(".")[-2]]

    @property
    def topic(self) -> str:
        """The module's name, in words."""
        return self.function.__module__.rpartition(".")[2].replace("_", " ")

    @cached_property
    def meaning(self) -> str:
        """The docstring."""
        return inspect.getdoc(self.function) or ""

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What the function takes."""
        hints = get_type_hints(self.function)
        return tuple(
            Parameter(
                each.name, hints[each.name], str(each.annotation), each.default, is_open=each.kind is each.VAR_KEYWORD
            )
            for each in inspect.signature(self.function).parameters.values()
        )

    @property
    def defaults(self) -> dict[str, Any]:
        """What the parameters are where nothing is said."""
        return {each.name: each.default for each in self.parameters if not each.is_open}

    @property
    def returns(self) -> str:
        """The type of the result, as it is written."""
        return str(self.function.__annotations__["return"])

    @property
    def signature(self) -> str:
        """Name, parameters and result, as they are written, on one line."""
        head = " ".join("".join(self.source.splitlines()[: self._tree.body[0].lineno - 1]).split())
        return head.removeprefix("async ").removeprefix("def ").removesuffix(":").replace("( ", "(").replace(" )", ")")

    @cached_property
    def _lines(self) -> tuple[str, int]:
        lines, first = inspect.getsourcelines(self.function)
        skipped = next(place for place, line in enumerate(lines) if line.startswith(("def ", "async def ")))
        return textwrap.dedent("".join(lines[skipped:])).rstrip(), first + skipped

    @property
    def _tree(self) -> Any:
        return ast.parse(self.source).body[0]

    @property
    def source(self) -> str:
        """The function as it stands in its file, docstring included."""
        return self._lines[0]

    @cached_property
    def code(self) -> str:
        """What the function does, without signature and docstring."""
        first = self._tree.body[1 if self.meaning else 0]
        return textwrap.dedent("\n".join(self.source.splitlines()[first.lineno - 1 :]))

    @property
    def file(self) -> str:
        """Where the source stands, from the root of the project."""
        return Path(inspect.getfile(self.function)).resolve().relative_to(ROOT).as_posix()

    @property
    def line(self) -> int:
        """The line of ``def``."""
        return self._lines[1]

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The methods of the library that the source calls, on querysets or as conditions, in the order of reading."""
        from querysets import PatternQuerySet
        from querysets.kinds import methods

        called = [
            (node.func.end_lineno, node.func.end_col_offset, node.func.attr)
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        ]
        known = methods(PatternQuerySet)
        return tuple(dict.fromkeys(name for _, _, name in sorted(called) if name in known))

    @property
    def is_lazy(self) -> bool:
        """Whether the result is a queryset, which asks nothing until it is read."""
        return self.returns.startswith("QuerySet[")

    @cached_property
    def writes(self) -> bool:
        """Whether the database is another afterwards: rows are, or there are locks on them."""
        from querysets import PatternQuerySet
        from querysets.kinds import methods

        known = methods(PatternQuerySet)
        if ".delete(" in self.code or "locked" in self.methods:
            return True
        return any("write" in known[name].kinds for name in self.methods)

    @cached_property
    def _words(self) -> str:
        parts = (self.number, self.title, self.name, self.meaning, self.section.title, self.topic, *self.methods)
        return " ".join(map(str, parts)).casefold()

    def mentions(self, words: str) -> bool:
        """Whether every one of ``words`` occurs in what is said about the entry."""
        return all(word in self._words for word in words.casefold().split())


class Catalogue(Mapping[int, Entry]):
    """Number = entry, in order; read from the packages of the sections when it is first asked."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}

    @cached_property
    def _loaded(self) -> dict[int, Entry]:
        for section in SECTIONS:
            _import_all(section)
        return dict(sorted(self._entries.items()))

    def __getitem__(self, number: int) -> Entry:
        try:
            return self._loaded[number]
        except KeyError:
            raise UnknownPattern(f"there is no pattern {number!r}; there are {self._numbers()}") from None

    def __iter__(self) -> Iterator[int]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)

    def _numbers(self) -> str:
        """The numbers that there are, as a range: ``1-100, 181-190``."""
        numbers = list(self._loaded)
        starts = [n for n in numbers if n - 1 not in self._loaded]
        ends = [n for n in numbers if n + 1 not in self._loaded]
        return ", ".join(f"{a}-{b}" if a < b else str(a) for a, b in zip(starts, ends, strict=True)) or "none yet"

    def search(self, words: str) -> list[Entry]:
        """The entries that mention every word, in any case: in number, title, name, meaning, topic or methods."""
        return [entry for entry in self.values() if entry.mentions(words)]

    def range(self, numbers: str) -> list[Entry]:
        """The entries of a range such as ``"1-20,33"``, in its order, each once; every number must exist."""
        chosen: dict[int, Entry] = {}
        for part in numbers.split(","):
            if not (match := re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", part, re.ASCII)):
                raise UnknownPattern(f"{part.strip()!r} is no range of numbers; write one like 1-20,33")
            first, last = int(match[1]), int(match[2] or match[1])
            if first > last:
                raise UnknownPattern(f"{part.strip()!r} ends before it begins; write {last}-{first}")
            chosen |= {number: self[number] for number in self._span(first, last)}
        return list(chosen.values())

    def _span(self, first: int, last: int) -> Iterator[int]:
        """The numbers from ``first`` to ``last``; both ends are named, so that a typing error is not a short range."""
        yield first
        yield from (number for number in self._loaded if first < number < last)
        yield last

    def sections(self) -> dict[Section, list[Entry]]:
        """The entries by section, of those that have any."""
        found: dict[Section, list[Entry]] = {}
        for entry in self.values():
            found.setdefault(entry.section, []).append(entry)
        return found

    def add(self, entry: Entry) -> None:
        """Take in an entry, unless its number is taken or belongs to another section."""
        taken = self._entries.get(entry.number, entry)
        if (taken.name, taken.topic) != (entry.name, entry.topic):  # a module may be read again after an error in it
            raise ValueError(f"pattern {entry.number} is {taken.name}() already, not {entry.name}()")
        if entry.number not in entry.section.numbers:
            raise ValueError(f"pattern {entry.number} does not belong to section {entry.section.name!r}")
        self._entries[entry.number] = entry


def _import_all(section: str) -> list[ModuleType]:
    """The modules of a section; none where its package is not there yet."""
    name = f"{__package__}.{section}"
    if find_spec(name) is None:
        return []
    return [import_module(f"{name}.{found.name}") for found in iter_modules(import_module(name).__path__)]


catalogue: Final = Catalogue()


def pattern(number: int, title: str) -> Callable[[Callable[A, R]], Callable[A, R]]:
    """Register the function below as pattern ``number``; the function itself stays as it is."""

    def register(function: Callable[A, R]) -> Callable[A, R]:
        catalogue.add(Entry(number, title, function))
        return function

    return register
