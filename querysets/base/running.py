"""How a write runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.sql.constants import ROW_COUNT

from querysets._types import M, Row
from querysets.scope import Scope
from querysets.sql.subqueries.writing import Writing, held, rewrite

from .root import Root


class Running(Root[M, Row]):
    """What all writes share: the connection is one for writing, and what was read before is read again."""

    def _run(self, statement: Writing) -> int:
        """How many rows ``statement`` writes."""
        with transaction.mark_for_rollback_on_error(using=self._target()):
            written: int | None = statement.get_compiler(self.db).execute_sql(ROW_COUNT)
        return written or 0

    def _rewritten(self, scope: Scope, values: Mapping[Any, Any], where: Q | None = None) -> int:
        """How many rows have other values now: those that ``where`` is true of, by default those that had others."""
        return self._run(rewrite(scope, values, where))

    def _held(self, scope: Scope, *names: str) -> Sequence[tuple[Any, ...]]:
        """The keys of the rows, and ``names``, as they are once the rows are locked: inside of a transaction."""
        return held(scope.query, *names).fetched(self._target())
