"""Named time zones and the clock."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone

from querysets.scope import Scope


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
    zone = zone_of(scope, tz)
    return str(getattr(zone, "key", None) or timezone._get_timezone_name(zone))  # type: ignore[attr-defined]


def now(scope: Scope, at: datetime | None) -> datetime:
    """The moment taken as now."""
    moment: datetime = timezone.now() if at is None else scope.aware(at, "at")
    return moment
