"""``manage.py patterns`` of the example project: the catalogue, beside what the library shows of any model."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.management.base import CommandError
from django.db import DatabaseError

from example_project.catalogue import Entry, Run, UnknownPattern, catalogue, plan, run
from example_project.catalogue.arguments import convert
from example_project.catalogue.checking import check
from example_project.catalogue.running import plain, statement
from example_project.world.loader import loaded
from querysets.management.commands import patterns

CELL: Final = 40  # characters of a cell on a terminal


class Command(patterns.Command):
    """The actions of the catalogue, before those of the library."""

    help = "List, show, run and check the patterns of the catalogue, and show what they find on a model."

    def add_actions(self, actions: Any) -> None:
        """Declare the actions."""
        listing = self.action(actions, self.do_list, "list the patterns")
        show = self.action(actions, self.do_show, "show what a pattern means, its source and its SQL")
        running = self.action(actions, self.do_run, "run a pattern: its rows, its SQL, how long it took")
        planning = self.action(actions, self.do_plan, "show how PostgreSQL runs a pattern: EXPLAIN (ANALYZE, BUFFERS)")
        search = self.action(actions, self.do_search, "list the patterns that mention all of some words")
        checking = self.action(actions, self.do_check, "hold patterns against their oracles, on the loaded world")
        for parser in listing, checking:
            parser.add_argument("numbers", nargs="?", metavar="RANGE", help="such as 1-20,33; default: all")
        for parser in show, running, planning:
            parser.add_argument("number", type=int, metavar="N")
        for parser in running, planning:
            parser.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
        for parser in listing, running, search:
            parser.add_argument("--json", action="store_true", dest="as_json", help="for machines")
        running.add_argument("--rows", type=_count, default=20, help="how many to show (default: %(default)s)")
        search.add_argument("words", nargs="+", metavar="WORD")
        super().add_actions(actions)

    def do_list(self, *, numbers: str | None, as_json: bool) -> None:
        """Print the entries of a range."""
        self._list(_entries(numbers), as_json=as_json)

    def do_search(self, *, words: list[str], as_json: bool) -> None:
        """Print the entries that mention all words."""
        if not (found := catalogue.search(" ".join(words))):
            raise CommandError(f"no pattern mentions {' and '.join(map(repr, words))}")
        self._list(found, as_json=as_json)

    def do_show(self, *, number: int) -> None:
        """Print all that is known of an entry without running it."""
        entry = _entry(number)
        with _told():
            sql = statement(entry)
        self._title(entry)
        self.stdout.write(f"{entry.section.title}, {entry.topic}; {entry.file}:{entry.line}")
        self.stdout.write(f"methods: {', '.join(entry.methods)}")
        for part in entry.meaning, entry.source, sql or "It gives no queryset: `patterns run` shows its statements.":
            self.stdout.write(f"\n{part}")

    def do_run(self, *, number: int, arg: list[str], rows: int, as_json: bool) -> None:
        """Execute an entry and print what it gave."""
        entry = _entry(number)
        with _told():
            done = run(entry, row_limit=rows, **_arguments(entry, arg))
        if as_json:
            self._write_json(done.as_json())
            return
        if self.stdout.isatty():
            self._title(entry)
        if done.rows:
            self.table(*_cells(done, width=_width() if self.stdout.isatty() else None))
        self.stdout.write(f"\n{done.sql}")
        self.stdout.write("")
        count = f"{'the first ' if done.more else ''}{len(done.rows)} row{'' if len(done.rows) == 1 else 's'}"
        statements = f"{len(done.statements)} statement{'' if len(done.statements) == 1 else 's'}"
        undone = "; what it wrote was undone" if entry.writes else ""
        self.stdout.write(self.style.SUCCESS(f"{count}, {statements}, {done.milliseconds:.1f} ms{undone}"))

    def do_plan(self, *, number: int, arg: list[str]) -> None:
        """Print the plan of an entry."""
        entry = _entry(number)
        with _told():
            explained = plan(entry, **_arguments(entry, arg))
        self.stdout.write(explained)

    def do_check(self, *, numbers: str | None) -> None:
        """Print for each entry whether it agrees with its oracle; exit with an error where one does not."""
        entries = _entries(numbers)
        try:
            world = loaded()
        except LookupError as error:
            raise CommandError(str(error)) from error
        failed = 0
        for entry in entries:
            with _told():
                failures = check(entry, world)
            failed += bool(failures)
            self.stdout.write(self.style.ERROR(f"FAIL {entry}") if failures else f"ok   {entry}")
            for failure in failures:
                self.stdout.write(f"       {failure}")
        self.stdout.write(f"{len(entries) - failed} passed, {failed} failed")
        if failed:
            sys.exit(1)

    def _list(self, entries: list[Entry], *, as_json: bool) -> None:
        described = [_described(entry) for entry in entries]
        if as_json:
            self._write_json(described)
        elif self.stdout.isatty():
            self._headed(entries)
        else:
            self.table(tuple(described[0]), ([_flat(value) for value in each.values()] for each in described))

    def _headed(self, entries: list[Entry]) -> None:
        """For people: by section, two lines an entry."""
        facts = [(entry.title, entry.topic, _flat(entry.methods), f"{entry.file}:{entry.line}") for entry in entries]
        heading = None
        for entry, line in zip(entries, patterns.aligned(facts), strict=True):
            if heading != (heading := entry.section.title):
                self.stdout.write(self.style.MIGRATE_HEADING(heading))
            self.stdout.write(f"{entry.number:>4}  {line}")
            self.stdout.write(f"      {self.style.HTTP_INFO(entry.signature)}")

    def _title(self, entry: Entry) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(str(entry)))

    def _write_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))


def _described(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "name": entry.name,
        "title": entry.title,
        "section": entry.section.title,
        "topic": entry.topic,
        "signature": entry.signature,
        "source": f"{entry.file}:{entry.line}",
        "methods": list(entry.methods),
    }


def _entries(numbers: str | None) -> list[Entry]:
    with _told():
        return list(catalogue.values()) if numbers is None else catalogue.range(numbers)


def _entry(number: int) -> Entry:
    with _told():
        return catalogue[number]


def _arguments(entry: Entry, given: list[str]) -> dict[str, Any]:
    texts = {}
    for each in given:
        name, sign, text = each.partition("=")
        if not sign:
            raise CommandError(f"--arg {each!r}: write NAME=VALUE")
        texts[name] = text
    return convert(entry, texts)


@contextmanager
def _told() -> Iterator[None]:
    """Errors that the arguments of the command make, said as Django's commands say them."""
    try:
        yield
    except (UnknownPattern, DatabaseError, ValueError) as error:  # an ArgumentError is a ValueError
        raise CommandError(
            f"{type(error).__name__}: {error}" if isinstance(error, DatabaseError) else str(error)
        ) from error


def _count(text: str) -> int:
    if (number := int(text)) < 0:
        raise ValueError
    return number


def _width() -> int:
    return shutil.get_terminal_size().columns


def _cells(done: Run, *, width: int | None) -> tuple[list[str], list[list[str]]]:
    """Header and rows as text; on a terminal as many of the columns as there is room for."""
    rows = [[_flat(row[name]) for name in done.columns] for row in done.rows]
    if width is None:
        return done.columns, rows
    short = [[cell if len(cell) <= CELL else f"{cell[: CELL - 1]}…" for cell in row] for row in (done.columns, *rows)]
    shown = _fitting([max(map(len, column)) for column in zip(*short, strict=True)], width)
    header, *others = ([row[place] for place in shown] for row in short)
    return header, others


def _fitting(widths: list[int], width: int) -> list[int]:
    """As many columns from the left as there is room for, at least one."""
    used = 0
    for place, each in enumerate(widths):
        used += each + 2
        if used > width + 2 and place:
            return list(range(place))
    return list(range(len(widths)))


def _flat(value: Any) -> str:
    """A value on one line, without tabs."""
    if isinstance(value, list | tuple) and all(isinstance(member, str) for member in value):
        return ", ".join(value)
    text = value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False)
    return " ".join(text.split()) if value is not None else ""
