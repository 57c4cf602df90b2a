"""Exports that can be stopped at any moment: how far they have come is kept in a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models

from querysets.errors import LostPosition
from querysets.scope import Scope
from querysets.sql.values import text

from .hops import on_thread
from .tails import Tail, tail

FIELDS = {"name", "position"}


@dataclass
class Export:
    """The settled rows behind where the export of this name has come to, batch by batch."""

    scope: Scope
    rows: Any
    store: Any
    name: str
    size: int
    tail: Tail | None = None
    done: Any = None
    """The position as it is kept."""

    def step(self) -> list[Any]:
        """Keep that the batch before was worked on, and read the next one; empty where there is none now."""
        if self.tail is None:
            self._begin()
        elif self.tail.position is not None:
            tx, key = self.tail.position
            self._advance([tx, key if isinstance(key, int) else str(key)])  # as JSON holds it
        assert self.tail is not None  # noqa: S101 (made above)
        return [row for _, row in self.tail.step()]

    def batches(self) -> Iterator[list[Any]]:
        """One batch after the other."""
        while batch := self.step():
            yield batch

    async def abatches(self) -> AsyncIterator[list[Any]]:
        """``batches``, asynchronously."""
        while batch := await on_thread(self.rows.db, self.step):
            yield batch

    @property
    def _kept(self) -> Any:
        return self.store._base_manager.using(self.rows.db).filter(name=self.name)

    def _begin(self) -> None:
        kept = self._kept.first()
        self.done = None if kept is None else kept.position
        self.tail = tail(self.scope, self.rows, self.done, self.size)

    def _advance(self, position: list[Any]) -> None:
        """Only from where this export has begun: another of its name may have gone on meanwhile."""
        values: dict[str, Any] = {"position": position}
        if self.done is None:
            everything = self.store._base_manager.using(self.rows.db)
            moved = everything.get_or_create(name=self.name, defaults=values)[1]
        else:
            moved = self._kept.filter(position=self.done).update(**values)
        if not moved:
            raise LostPosition(
                f"{self.scope.label}: the export {self.name!r} was taken on by another meanwhile; what it reads is its"
            )
        self.done = position


def export(scope: Scope, rows: Any, name: str, store: Any, size: int) -> Export:
    """An export of ``rows``, which has not read anything yet."""
    text(scope, "name", name)
    if not (isinstance(store, type) and issubclass(store, models.Model)):
        raise TypeError(f"{scope.label}: store must be a model with the fields name and position, got {store!r}")
    if lacking := FIELDS - {field.name for field in store._meta.concrete_fields}:
        raise TypeError(f"{scope.label}: {store._meta.label} has no field {', '.join(sorted(lacking))}")
    tail(scope, rows, None, size)  # which looks at the rest
    return Export(scope, rows, store, name, size)
