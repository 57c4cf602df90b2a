"""The advice on a model as tables, as JSON, as a migration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management.base import CommandError
from django.db import models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.writer import MigrationWriter
from django.template.defaultfilters import filesizeformat

from . import catalog
from .catalog import Existing, Statement, Table
from .forms import declared
from .review import Advice, advised, some, verdict

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A model: its table, what it needs and the indexes that the table has; no table, if it is not migrated yet."""

    model: type[models.Model]
    table: Table | None
    advice: Sequence[Advice]
    existing: Sequence[Existing]

    @classmethod
    def of(cls, model: type[models.Model], connection: Any, sent: Sequence[Statement] | None) -> Report:
        """What there is to say of ``model`` in one database."""
        existing = catalog.indexes_of(model, connection)
        table = catalog.table_of(model, connection)
        have = {each.name: each.form for each in existing if each.valid} if table else declared(model)
        return cls(model, table, list(advised(model, have, sent)), existing)

    @property
    def todo(self) -> list[Advice]:
        """What is missing."""
        return [each for each in self.advice if each.state in {"missing", "wrong"}]

    @property
    def title(self) -> str:
        """The model and its size."""
        if self.table is None:
            return f"{self.model._meta.label}: not in the database yet; what the model declares is looked at"
        since = f"; scans since {self.table.since:%Y-%m-%d %H:%M}" if self.table.since else ""
        return f"{self.model._meta.label}: {self.table.rows:,} rows, {_bytes(self.table.size)}{since}"

    def tables(self) -> Iterator[tuple[Cells, list[Cells]]]:
        """What is needed, and what there is: headers and rows."""
        counted = any(each.calls is not None for each in self.advice)
        header = ("role", "field", "index", *(("calls", "ms a call") if counted else ()), "serves")
        yield header, [self._need(each, counted=counted) for each in self.advice]
        if self.table is not None:
            yield ("index", "on", "size", "scans", "verdict"), [self._index(each) for each in self.existing]

    def _need(self, advice: Advice, *, counted: bool) -> Cells:
        calls = advice.calls or 0
        how = {
            "served": ", ".join(advice.served_by),
            "wrong": f"WRONG KIND: {', '.join(advice.missed_by)}",
            "missing": f"MISSING: {advice.line}",
            "optional": "none, and fast enough" if calls else f"none; {advice.line} if it is asked for",
        }
        numbers = (f"{calls:,}", f"{advice.ms / calls:,.1f}" if calls else "-") if counted else ()
        return (advice.need.role, advice.field, how[advice.state], *numbers, some(advice.need.methods))

    def _index(self, existing: Existing) -> Cells:
        return (
            existing.name,
            existing.on,
            _bytes(existing.size),
            f"{existing.scans:,}",
            verdict(existing, self.model, self.existing, self.advice),
        )

    def as_dict(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "model": self.model._meta.label,
            "rows": self.table and self.table.rows,
            "needs": [
                {
                    "role": each.need.role, "field": each.field, "state": each.state, "line": each.line,
                    "served_by": each.served_by, "missed_by": each.missed_by, "calls": each.calls, "ms": each.ms,
                    "methods": each.need.methods,
                }
                for each in self.advice
            ],
            "indexes": [
                {
                    "name": each.name, "on": each.on, "bytes": each.size, "scans": each.scans, "valid": each.valid,
                    "verdict": verdict(each, self.model, self.existing, self.advice),
                }
                for each in self.existing
            ],
        }  # fmt: skip


def _bytes(size: int) -> str:
    return filesizeformat(size).replace("\xa0", " ")


def migration(todo: Iterable[Advice]) -> str:
    """The text of a migration that adds what is missing while its tables are in use."""
    listed = list(todo)
    labels = {each.model._meta.app_label for each in listed}
    if len(labels) != 1:
        raise CommandError(f"a migration is about one app, and there is something to add in {_words(labels)}")
    (label,) = labels
    made: Any = Migration("indexes", label)
    made.operations = [AddIndexConcurrently(each.model.__name__.lower(), each.index) for each in listed]
    made.dependencies = MigrationLoader(None).graph.leaf_nodes(label)
    text: str = MigrationWriter(made).as_string()
    first = "class Migration(migrations.Migration):\n"
    return text.replace(first, f"{first}    atomic = False  # CONCURRENTLY runs outside of transactions\n")


def _words(labels: Iterable[str]) -> str:
    return ", ".join(sorted(labels)) or "none"
