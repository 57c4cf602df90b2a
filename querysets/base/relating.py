"""Filters by related rows: EXISTS, so that rows are never multiplied."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql import existence
from querysets.sql.relations import Relation

from .root import Root


class Relating(Root[M, Row]):
    """Filters by the rows at the other end of a relation."""

    @kinds("filter")
    def having(
        self, /, relation: Relation, *conditions: Cond, at_least: int = 1, at_most: int | None = None, **by: Any
    ) -> Self:
        """Rows with related rows that meet the conditions, all of them on the *same* related row.

        Parameters
        ----------
        relation
            A relation or a path of them, forward, reverse or many-to-many: ``"comments"``, ``"posts__comments"``,
            ``"category"``. Related rows come from their model's default manager. Or a queryset, tied to the row by its
            own ``OuterRef("field")``, or, if it has none, by the one foreign key from its model to that of the row.
        *conditions
            Conditions on the related row; roles are those of the related model, and ``OuterRef("field")`` is the row.
        at_least, at_most
            How many related rows, both ends included; ``at_least=0`` is no lower bound.
        **by
            Equality on the related row, as in ``by()``.

        Raises
        ------
        UnknownField
            ``relation`` is no relation of the model.
        ValueError
            A bound is negative; or a queryset has no ``OuterRef``, and no foreign key, or several, to tie it by.

        SQL
        ---
        ``EXISTS (SELECT 1 FROM related WHERE related.fk = row.pk AND ...)``; with other bounds than one,
        ``(SELECT COUNT(*) ...) >= n``. The index of the foreign key.

        Examples
        --------
        >>> discussed = Post.objects.having("comments", P.active(), at_least=2)
        """
        return self._where(existence.having, relation, *conditions, at_least=at_least, at_most=at_most, by=by)

    @kinds("filter")
    def lacking(self, /, relation: Relation, *conditions: Cond, **by: Any) -> Self:
        """Rows without any related row that meets all the conditions: those that ``having`` leaves out.

        Parameters
        ----------
        relation, *conditions, **by
            As in ``having``.

        SQL
        ---
        ``NOT EXISTS (...)``. The index of the foreign key.

        Examples
        --------
        >>> unanswered = Post.objects.lacking("comments")
        """
        return self._where(existence.lacking, relation, *conditions, by=by)
