"""Filters by all related rows at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql import existence


class Relations(PatternBase[M, Row]):
    """What every related row, or one for each of several values, must be."""

    @kinds("filter")
    def having_only(self, /, relation: str, *conditions: Cond, allow_none: bool = False, **by: Any) -> Self:
        """Rows that have related rows, all of which meet the conditions.

        Parameters
        ----------
        relation, *conditions, **by
            As in ``having``. A related row for which a condition is NULL does not meet it.
        allow_none
            Rows without any related row are in, too.

        SQL
        ---
        ``NOT EXISTS (a related row that violates) AND EXISTS (a related row)``. The index of the foreign key.

        Examples
        --------
        >>> undisputed = Post.objects.having_only("comments", P.active())
        """
        return self._where(existence.having_only, relation, *conditions, allow_none=allow_none, by=by)

    @kinds("filter")
    def having_each(self, path: str, values: Collection[Any]) -> Self:
        """Rows that have, for every one of ``values``, a related row with it; no values, every row.

        Parameters
        ----------
        path
            A relation and a field of the related model, ``"comments__user"``; a relation alone means its primary key.
        values
            Repeats count once; ``None`` asks for a related row where the field is NULL.

        SQL
        ---
        One ``EXISTS`` a value. The index of the foreign key.

        Examples
        --------
        >>> both = Post.objects.having_each("comments__user", [1, 2])
        """
        return self._where(existence.having_each, path, values)
