"""Running patterns for a page: read-only, within a time limit, and with what goes wrong as a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import FieldError, ImproperlyConfigured, ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, connection, transaction
from psycopg.errors import QueryCanceled

from example_project.catalogue import Entry, Run, plan, run
from querysets.errors import PatternError

from .drawings import DRAWN, form_of

TIMEOUT_MS: Final = 5000
ROWS: Final = 50
GROUPS: Final = 1000  # some years of days
REFUSALS: Final = (
    PatternError,
    ValueError,
    TypeError,
    ArithmeticError,
    LookupError,
    FieldError,
    ImproperlyConfigured,
    ObjectDoesNotExist,
    ValidationError,
    DatabaseError,
)


@dataclass(frozen=True)
class Outcome:
    """What a page shows of a pattern: what it gave, its plan if that was asked for, or why there is neither."""

    run: Run | None = None
    drawn: Run | None = None  # the same with more rows, where they are drawn
    count: int | None = None  # of all rows; None where that takes too long
    plan: str | None = None
    problem: tuple[str, str] | None = None  # what kind, and the message


def attempt(entry: Entry, arguments: Mapping[str, Any], *, explained: bool) -> Outcome:
    """Run ``entry``, and explain it if wanted; nothing that it writes stays."""
    try:
        with _guarded(writing=entry.writes):
            found = run(entry, GROUPS if "dict[" in entry.returns else ROWS, **arguments)
            form = form_of(found) if found.more else None
            drawn = None if form is None else run(entry, DRAWN[form], **arguments)
        count = _count(found) if found.more else len(found.rows)
        if not explained:
            return Outcome(found, drawn, count)
        with _guarded(writing=entry.writes):
            return Outcome(found, drawn, count, plan(entry, **arguments))
    except REFUSALS as error:
        return Outcome(problem=_explanation(error))


def _count(run: Run) -> int | None:
    """How many rows a pattern has beyond those that were read; a list is known to be longer, no more."""
    if run.kind != "queryset":
        return None
    try:
        with _guarded():
            return int(run.entry.function(**run.arguments).count())
    except DatabaseError:
        return None


@contextmanager
def _guarded(*, writing: bool = False) -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            settings = "SELECT set_config('statement_timeout', %s, true), set_config('transaction_read_only', %s, true)"
            cursor.execute(settings, [f"{TIMEOUT_MS}", "off" if writing else "on"])
        yield
        transaction.set_rollback(True)


def _explanation(error: Exception) -> tuple[str, str]:
    if isinstance(error.__cause__, QueryCanceled):
        return "Time limit", f"The statement took longer than {TIMEOUT_MS / 1000:g} seconds and was cancelled."
    text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error).strip()
    return type(error).__name__, text
