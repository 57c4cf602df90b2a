"""How oracles read text and time: short words for what several patterns mean."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone

from example_project.world import World

WHITE = " \t\n\r\f\v"


def ago(**span: float) -> Callable[[World], datetime]:
    """An argument: so long before the world's now."""
    return lambda world: world.now - timedelta(**span)


def zone(tz: str | None) -> tzinfo:
    """The zone of a name; the current one for None."""
    return timezone.get_current_timezone() if tz is None else ZoneInfo(tz)


def day(moment: datetime, tz: str | None = None) -> date:
    """The date that calendars in a zone show at a moment."""
    return moment.astimezone(zone(tz)).date()


def birthday(born: date, year: int) -> date:
    """When somebody turns a year older in ``year``: who was born on 29 February, on 1 March where there is none."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age(born: date, today: date) -> int:
    """Completed years."""
    return today.year - born.year - (today < birthday(born, today.year))


def caseless(text: str) -> str:
    """Each letter in upper case, if it has one of one letter: ``ß`` stays as it is."""
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in text)


def lowered(text: str) -> str:
    """Each letter in lower case, if it has one of one letter; the capital I with a dot has the common i."""
    return "".join("i" if letter == "İ" else low if len(low := letter.lower()) == 1 else letter for letter in text)


def contains(text: str | None, term: str) -> bool:
    """Whether the text has the term in it, in any case, spaces around the term aside."""
    return text is not None and caseless(term.strip()) in caseless(text)


def is_blank(text: str | None) -> bool:
    """Whether there is nothing to read: NULL, or white space of ASCII only."""
    return text is None or not text.strip(WHITE)


def has_word(text: str, word: str) -> bool:
    """Whether the word occurs as a whole, in any case: no letter, digit or underscore beside it."""
    return re.search(rf"(?<!\w){re.escape(caseless(word))}(?!\w)", caseless(text)) is not None
