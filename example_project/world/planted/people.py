# ruff: noqa: RUF001 (letters that look alike are the point)
"""Namesakes, addresses, blank bios, birthdays, and who was last seen when."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle

from example_project.config import dims
from example_project.world.builder import Builder
from example_project.world.people import embeddings

STEP = timedelta(microseconds=1)

NAMES = (
    # Namesakes, and names that differ in case, in an accent, or where upper() of Python and PostgreSQL part ways.
    ("ada", "ada@example.com"),
    ("ada", "ADA@example.com"),
    ("Ada", "Ada@Example.COM"),
    ("ADAM", "adam@mail.example.com"),
    ("adele", "adele@evil-example.com"),
    ("Émile", "émile@exämple.com"),
    ("émile", "ÉMILE@exämple.com"),
    ("Emile", "emile@example.org"),
    ("Straße", "strasse@example.org"),
    ("STRASSE", "STRASSE@example.org"),
    ("İpek", "ipek@example.org"),
    ("ipek", "Ipek@example.org"),
    ("ırmak", "irmak@example.org"),
    ("Σίσυφος", "sisyphos@example.org"),
    ("王伟", "wang.wei@example.org"),
    ("王偉", "wang.wei2@example.org"),
    ("🦉owl", "owl@example.org"),
    # What LIKE, a regular expression or SQL would read as more than a letter.
    ("100%", "percent%sign@example.org"),
    ("100x", "percentxsign@example.org"),
    ("a_b", "under_score@example.org"),
    ("axb", "underxscore@example.org"),
    ("back\\slash", "back\\slash@example.org"),
    ("o'brien", "o'brien@example.org"),
    ('say "hi"', "quote@example.org"),
    ("(x|y)*", "regex@example.org"),
    (" ada ", "padded@example.org"),
    ("", "nameless@example.org"),
    ("n" * 100, "long.name@example.org"),
    ("Robert'); DROP TABLE content_user;--", "bobby@example.org"),
    # Addresses that are not quite.
    ("at.twice", "a@b@example.com"),
    ("at.none", "example.com"),
    ("at.first", "@example.com"),
    ("at.last", "nobody@"),
    ("at.doubled", "two@@example.com"),
    ("tail", "tail@example.com.evil.org"),
    ("dot", "dot@example.com."),
    ("undotted", "root@localhost"),
    ("spaced", "two words@example.com"),
    ("leading", " ada@example.com"),
    ("newline", "newline@example.com\n"),  # Python's $ matches before the newline, PostgreSQL's does not
    ("addressless", ""),
)

BIOS = (
    None, "Writes about parsers.", "", "   ", "\t\n\r\f\v ", "\N{NO-BREAK SPACE}", "x", " Padded bio. ", "ADA knows",
    "100% Python_\\ 'quoted'",
)  # fmt: skip

STATUSES = (
    ("active", True), ("banned", True), ("active", False), ("pending", True), ("banned", False), ("suspended", True),
    ("suspended", False),
)  # fmt: skip


def plant(world: Builder) -> None:
    """The users of those names, each with a bio, a birthday and a last visit from the lists beside."""
    bios, statuses, births, seen = cycle(BIOS), cycle(STATUSES), cycle(_births(world)), cycle(_last_seen(world))
    for number, (username, email) in enumerate(NAMES):
        status, is_active = next(statuses)
        world.user(
            username,
            email,
            bio=next(bios),
            status=status,
            is_active=is_active,
            dob=next(births),
            last_seen_at=next(seen),
            joined_at=world.now - timedelta(days=10 * (number // 2)),  # two by two at one moment, the first two now
            credits=number // 3,
            memory_embedding=_vector(number),
        )


def _births(world: Builder) -> list[date | None]:
    """Birthdays today, tomorrow and around bounds of days, completed years either side, and 29 February."""
    today = world.now.date()
    turning = [_years_before(today, years) for years in (18, 30, 40, 65)]
    return [
        None,
        *turning,
        *(birth + timedelta(days=1) for birth in turning),
        *(_years_before(today + timedelta(days=days), 33) for days in (-1, 7, 8, 30, 31)),
        date(1996, 2, 29), date(2000, 2, 29), date(2004, 2, 29), date(2000, 2, 28), date(2000, 3, 1),
        date(1984, 12, 31), date(1985, 1, 1), date(1900, 1, 1),
        today, today + timedelta(days=1),
    ]  # fmt: skip


def _years_before(day: date, years: int) -> date:
    """The same day so many years before; 1 March for a 29 February that is missing."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def _last_seen(world: Builder) -> list[object]:
    bounds = [world.now - timedelta(days=days) for days in (7, 30, 90, 365)]
    beside = [bound + step for bound in bounds for step in (-STEP, STEP)]
    return [None, world.now, *bounds, *beside, world.now + timedelta(hours=1)]


def _vector(number: int) -> tuple[float, ...] | None:
    """None, all zeros, and one vector twice."""
    return {1: (0.0,) * dims.TEXT, 2: embeddings()[0], 3: embeddings()[0]}.get(number)
