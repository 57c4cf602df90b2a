"""Pages of an order: what is behind a place in it, or before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Q

from querysets.scope import Scope
from querysets.sql.filters.keyset import Key, beyond, same
from querysets.sql.values import counted

from . import cursors
from .cursors import Place
from .keys import reading, total_keys

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[T]):
    """Some rows in order, and the cursors of the pages beside them.

    Attributes
    ----------
    items
        The rows.
    next, previous
        Where the page behind, and the one before, begin: for ``page_after``. None where there is none.
    """

    items: list[T]
    next: str | None = field(compare=False)  # it says when it was made
    previous: str | None = field(compare=False)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class Request:
    """One page, as it was asked for: nothing was asked of the database yet."""

    scope: Scope
    rows: Any
    order: Sequence[Key]
    place: Place | None
    size: int

    def page(self) -> KeysetPage[Any]:
        """The page, by one statement of one row more, which tells whether there is another."""
        place, rows = self.place, self.rows
        backwards = place is not None and place.backwards
        order = [key.reversed() for key in self.order] if backwards else self.order
        read = reading(rows.reverse() if backwards else rows, order)
        found: list[Any] = list(read.rows.filter(_behind(order, place))[: self.size + 1])
        more, found = len(found) > self.size, found[: self.size]
        if backwards:
            found.reverse()
        ends = [read.values(row) for row in (found[:1] + found[-1:])]
        items = read.finished(found)
        if not ends:  # what was there has gone meanwhile; the way back has the row of the cursor in it
            back = None if place is None else self._cursor(place.values, not backwards, closed=True)
            return KeysetPage(items, back if backwards else None, None if backwards else back)
        first, last = ends
        has_next, has_previous = (True, more) if backwards else (more, place is not None)
        return KeysetPage(
            items,
            self._cursor(last, backwards=False) if has_next else None,
            self._cursor(first, backwards=True) if has_previous else None,
        )

    def _cursor(self, values: Sequence[Any], backwards: bool, *, closed: bool = False) -> str:  # noqa: FBT001
        return cursors.written(self.scope, self.order, Place(values, backwards, closed))


def request(scope: Scope, rows: Any, cursor: Any, size: int, max_age: timedelta | None) -> Request:
    """A page of ``rows``, whose order is total."""
    order = total_keys(Scope(rows.model, rows.query, scope.method), "order by columns that tell them apart")
    place = cursors.read(scope, order, cursor, max_age)
    if any(of.contains_over_clause for of in rows.query.annotations.values()):
        rows = rows._frozen()
    return Request(scope, rows, order, place, counted(scope, "size", size, least=1))


def _behind(order: Sequence[Key], place: Place | None) -> Q:
    if place is None:
        return Q()
    found = beyond(order, place.values)
    return found | same(order, place.values) if place.closed else found
