"""Named time zones and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from querysets.scope import Scope

from .calendar import seen_in


def zone_of(scope: Scope, tz: str | None) -> tzinfo:
    """The zone called ``tz``; the current one for None."""
    if tz is None:
        return timezone.get_current_timezone()
    try:
        return ZoneInfo(tz)
    except (KeyError, ValueError, OSError, TypeError):
        raise ValueError(
            f"{scope.label}: tz must be the name of a time zone such as 'Europe/Paris', got {tz!r}"
        ) from None


def zone_name(scope: Scope, tz: str | None) -> str:
    """The name by which PostgreSQL knows the zone."""
    return name_of(zone_of(scope, tz))


def name_of(zone: tzinfo) -> str:
    """The name by which PostgreSQL knows ``zone``."""
    if name := getattr(zone, "key", None):
        return str(name)
    # A fixed offset, activated by the project. PostgreSQL reads the sign as POSIX does: west of Greenwich is plus.
    minutes = round((zone.utcoffset(None) or timedelta()) / timedelta(minutes=1))
    return f"UTC{'-' if minutes > 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def now(scope: Scope, at: datetime | None) -> datetime:
    """The moment taken as now."""
    return instant(scope, timezone.now() if at is None else at, "at")


def instant(scope: Scope, moment: Any, what: str) -> datetime:
    """An aware datetime in UTC, where a day has 24 hours and ``<`` orders moments; in a zone, both go by the clock."""
    if isinstance(moment, datetime) and moment.tzinfo is UTC:
        return moment
    if not isinstance(moment, datetime):
        raise TypeError(f"{scope.label}: {what} must be an aware datetime, got {moment!r}")
    if timezone.is_naive(scope.aware(moment, what)):  # a project without time zones
        moment = timezone.make_aware(moment)
    return seen_in(UTC, moment)
