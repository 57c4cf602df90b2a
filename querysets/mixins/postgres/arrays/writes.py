"""Writes of arrays."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.postgres import array_writes as writes


class ArrayWrites(PatternBase[M, Row]):
    """Changes of arrays in one statement, whose rows are locked in the order of their keys."""

    @kinds("write", queryset_only=True)
    def array_add(self, field: str, *elements: Any) -> int:
        """How many arrays were changed by appending those of the elements that they did not have.

        Parameters
        ----------
        field
            An array column of the model; NULL counts as empty.
        *elements
            Appended in this order, each once; what is there already stays where it is.

        Raises
        ------
        TypeError
            The field is no array, none is given, or one is of another type than its elements.
        ValueError
            An element is too long or too large for the column, or the field is no column of the model.

        SQL
        ---
        ``UPDATE ... SET tags = tags || ARRAY(SELECT ...)`` where that differs.

        Examples
        --------
        >>> changed = Post.objects.by(status="draft").array_add("tags", "unfinished")
        """
        scope = self._scope("array_add")
        return self._rewritten(scope, writes.added(scope, field, elements))

    @kinds("write", queryset_only=True)
    async def aarray_add(self, field: str, *elements: Any) -> int:
        """``array_add``, asynchronously."""
        return await sync_to_async(self.array_add)(field, *elements)

    @kinds("write", queryset_only=True)
    def array_discard(self, field: str, *elements: Any) -> int:
        """How many arrays had one of the elements, and have none of them now.

        Parameters
        ----------
        field
            An array column of the model.
        *elements
            Each is taken out wherever it stands; none given, nothing is.

        Raises
        ------
        TypeError
            The field is no array, or an element is of another type than its own.

        SQL
        ---
        ``UPDATE ... SET tags = ARRAY(SELECT ...) WHERE tags && ARRAY[...]``. A GIN index on the field.

        Examples
        --------
        >>> changed = Post.objects.all().array_discard("tags", "lock", "thread")
        """
        scope = self._scope("array_discard")
        return self._rewritten(scope, *writes.discarded(scope, field, elements))

    @kinds("write", queryset_only=True)
    async def aarray_discard(self, field: str, *elements: Any) -> int:
        """``array_discard``, asynchronously."""
        return await sync_to_async(self.array_discard)(field, *elements)

    @kinds("write", queryset_only=True)
    def array_rename(self, field: str, old: Any, new: Any) -> int:
        """How many arrays had ``old``, and have ``new`` in its place.

        Parameters
        ----------
        field
            An array column of the model.
        old
            The element as it is.
        new
            What it becomes. It stands once in each array that is written, at the first place of either.

        Raises
        ------
        TypeError
            The field is no array, or an element is of another type than its own.
        ValueError
            ``new`` is too long or too large for the column.

        SQL
        ---
        ``UPDATE ... SET tags = ... ARRAY_REPLACE(tags, old, new) WHERE tags @> ARRAY[old]``. A GIN index on the field.

        Examples
        --------
        >>> changed = Post.objects.all().array_rename("tags", "lock", "mutex")
        """
        scope = self._scope("array_rename")
        return self._rewritten(scope, *writes.renamed(scope, field, old, new))

    @kinds("write", queryset_only=True)
    async def aarray_rename(self, field: str, old: Any, new: Any) -> int:
        """``array_rename``, asynchronously."""
        return await sync_to_async(self.array_rename)(field, old, new)
