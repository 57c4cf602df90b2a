"""Moments on the bounds of windows, days, weeks, months and years, in several zones, and a microsecond beside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from example_project.world.builder import Builder
from example_project.world.rows import Post

STEP = timedelta(microseconds=1)
ZONES = {
    "utc": ZoneInfo("UTC"),
    "new-york": ZoneInfo("America/New_York"),
    "paris": ZoneInfo("Europe/Paris"),
    "kolkata": ZoneInfo("Asia/Kolkata"),
    "tokyo": ZoneInfo("Asia/Tokyo"),
    "auckland": ZoneInfo("Pacific/Auckland"),
}
# Local days whose midnights matter; the nights in which clocks change are among them.
MIDNIGHTS = {
    "new-year-2026": ((2026, 1, 1), tuple(ZONES)),
    "new-year-2025": ((2025, 1, 1), ("utc", "new-york")),
    "april-2025": ((2025, 4, 1), ("utc", "paris")),
    "march-2026": ((2026, 3, 1), ("utc", "new-york", "kolkata")),
    "leap-day-2024": ((2024, 2, 29), ("utc",)),
    "after-leap-day-2024": ((2024, 3, 1), ("utc",)),
    "clocks-back": ((2025, 11, 2), ("new-york",)),
    "after-clocks-back": ((2025, 11, 3), ("new-york",)),
    "clocks-forward": ((2026, 3, 8), ("new-york",)),
    "after-clocks-forward": ((2026, 3, 9), ("new-york",)),
    "clocks-back-2025": ((2025, 10, 26), ("paris",)),
    "after-clocks-back-2025": ((2025, 10, 27), ("paris",)),
    "iso-2025-w01": ((2024, 12, 30), ("utc",)),
    "iso-2025-w02": ((2025, 1, 6), ("utc",)),
    "iso-2020-w53": ((2020, 12, 28), ("utc",)),
    "iso-2021-w01": ((2021, 1, 4), ("utc",)),
}


def plant(world: Builder) -> None:
    """Rows at those moments, each named after its own."""
    for slug, moment in (*_midnights(), *_around_now(world.now), *_nights(), *_office_hours()):
        world.post(slug, created_at=moment)
    for number in range(3):
        world.post(f"one-moment-{number}", created_at=world.now - timedelta(days=40), author_id=3)
    _updates(world)
    _lives(world)
    _runs(world)


def _beside(name: str, moment: datetime) -> Iterator[tuple[str, datetime]]:
    yield f"before-{name}", moment - STEP
    yield f"at-{name}", moment


def _midnights() -> Iterator[tuple[str, datetime]]:
    for name, (day, zones) in MIDNIGHTS.items():
        for zone in zones:
            yield from _beside(f"{name}-{zone}", datetime(*day, tzinfo=ZONES[zone]).astimezone(UTC))


def _around_now(now: datetime) -> Iterator[tuple[str, datetime]]:
    """Windows that end now, in hours and in days, and the units of the calendar that now stands in."""
    yield from _beside("now", now)
    yield "after-now", now + STEP
    yield "tomorrow", now + timedelta(days=1)
    yield "next-year", now + timedelta(days=366)
    for hours in (1, 24, 48, 168):
        yield from _beside(f"{hours}-hours-ago", now - timedelta(hours=hours))
        yield f"after-{hours}-hours-ago", now - timedelta(hours=hours) + STEP
    for days in (30, 90, 365):
        yield from _beside(f"{days}-days-ago", now - timedelta(days=days))
    for name, zone in ZONES.items():
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for label, days in (("today", 0), ("seven-days", -6), ("day-after", 1)):
            yield from _beside(f"{label}-{name}", (today + timedelta(days=days)).astimezone(UTC))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    yield from _beside("this-week", monday)
    yield from _beside("this-week-from-sunday", monday - timedelta(days=1))
    yield from _beside("this-month", first)
    yield from _beside("last-month", (first - timedelta(days=1)).replace(day=1))


def _nights() -> Iterator[tuple[str, datetime]]:
    """New York's two half past ones of an autumn night, and the hour that a spring night leaves out."""
    zone = ZONES["new-york"]
    for fold in (0, 1):
        yield f"half-past-one-{fold + 1}", datetime(2025, 11, 2, 1, 30, fold=fold, tzinfo=zone).astimezone(UTC)
    yield from _beside("spring-three", datetime(2026, 3, 8, 3, tzinfo=zone).astimezone(UTC))


def _office_hours() -> Iterator[tuple[str, datetime]]:
    """A Friday and a Saturday, nine to five, in two zones."""
    for name in ("utc", "new-york"):
        for day, label in ((16, "friday"), (17, "saturday")):
            for hour in (9, 17):
                moment = datetime(2026, 1, day, hour, tzinfo=ZONES[name]).astimezone(UTC)
                yield from _beside(f"{label}-{hour:02}-{name}", moment)
        sunday = datetime(2026, 1, 18, 23, 59, 59, 999_999, tzinfo=ZONES[name])
        yield f"sunday-last-{name}", sunday.astimezone(UTC)


def _updates(world: Builder) -> None:
    """Edited so long after publication; untouched for so long; edited long ago but switched off."""
    published = world.now - timedelta(days=120)
    for minutes in (0, 5, 10, 15, 30, 60):
        for name, step in (("before", -STEP), ("on", timedelta()), ("after", STEP)):
            edited = published + timedelta(minutes=minutes) + step
            world.post(f"edited-{name}-{minutes}", published_at=published, updated_at=edited)
    world.post("edited-months-later", published_at=published, updated_at=world.now - timedelta(days=1))
    world.post("edited-unpublished", published_at=None, status="draft", updated_at=world.now - timedelta(days=3))
    for days in (30, 90, 180):
        bound = world.now - timedelta(days=days)
        for name, moment in (("before", bound - STEP), ("on", bound), ("after", bound + STEP)):
            world.post(f"untouched-{name}-{days}", updated_at=moment)
    world.post("untouched-inactive", updated_at=world.now - timedelta(days=300), is_active=False)
    for number in range(2):
        world.post(f"updated-together-{number}", updated_at=world.now)


def _lives(world: Builder) -> None:
    """Published and expired around now; None published is never alive, None expired is alive for ever."""
    now, hour, day = world.now, timedelta(hours=1), timedelta(days=1)
    lives: dict[str, tuple[datetime | None, datetime | None]] = {
        "live-from-now": (now, now + 60 * day),
        "live-from-next": (now + STEP, now + 60 * day),
        "live-until-now": (now - day, now),
        "live-until-next": (now - day, now + STEP),
        "live-for-ever": (now - day, None),
        "live-never": (None, now + 60 * day),
        "live-never-at-all": (None, None),
        "live-backwards": (now + day, now - day),
        "live-in-future": (now + day, None),
        "expires-in-hour": (now - day, now + hour),
        "expires-after-hour": (now - day, now + hour + STEP),
        "expires-in-day": (now - day, now + day),
        "expires-after-day": (now - day, now + day + STEP),
        "expires-in-week": (now - day, now + 7 * day),
        "expires-after-week": (now - day, now + 7 * day + STEP),
    }
    for slug, (published, expires) in lives.items():
        world.post(slug, published_at=published, expires_at=expires)


def _runs(world: Builder) -> None:
    """Start and end around the day before now: inside, touching, missing, empty, reversed; two of one author clash."""
    end = world.now
    start = end - timedelta(days=1)
    hour = timedelta(hours=1)
    runs: dict[str, tuple[datetime | None, datetime | None]] = {
        "run-inside": (start + hour, end - hour),
        "run-same": (start, end),
        "run-around": (start - hour, end + hour),
        "run-touching-start": (start - hour, start),
        "run-over-start": (start - hour, start + STEP),
        "run-touching-end": (end, end + hour),
        "run-over-end": (end - STEP, end + hour),
        "run-open-start": (None, start + hour),
        "run-open-end": (start + hour, None),
        "run-open-end-later": (end, None),
        "run-open": (None, None),
        "run-empty": (start + hour, start + hour),
        "run-reversed": (end - hour, start + hour),
    }
    made: list[Post] = [world.post(slug, start_time=s, end_time=e) for slug, (s, e) in runs.items()]
    clash = made[0]
    world.post("run-clashing", author_id=clash.author_id, start_time=clash.end_time, end_time=end + 2 * hour)
    world.post("run-clashing-late", author_id=clash.author_id, start_time=end + hour, end_time=end + 3 * hour)
    world.post("run-from-publication", published_at=start, start_time=start, end_time=end)
