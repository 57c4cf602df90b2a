"""Filters on a row's flag and tags."""

from __future__ import annotations

from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters import tags as bodies
from querysets.sql.postgres.arrays import Match


class Tags(PatternBase[M, Row]):
    """How a row is marked."""

    @kinds("filter")
    def active(self, on: bool = True, *, field: str | None = None) -> Self:  # noqa: FBT001, FBT002
        """Rows that are in use; ``active(False)``, all others.

        Parameters
        ----------
        on
            NULL is not active: ``active(True)`` leaves such a row out and ``active(False)`` keeps it.
        field : path to a boolean
            Default: the ``active`` role.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.
        TypeError
            The field is no boolean, or ``on`` is neither True nor False.

        SQL
        ---
        ``is_active``; for the others ``NOT is_active``, ``(...) IS NOT TRUE`` where it may be NULL. A partial index
        with ``condition=Q(is_active=True)``.

        Examples
        --------
        >>> users = User.objects.active()
        >>> posts = Post.objects.active(field="author__is_active")
        """
        return self._where(bodies.active, on, field=field)

    @kinds("filter")
    def tagged(self, *tags: str, match: Match = "all", field: str | None = None) -> Self:
        """Rows that have all of the tags; or any of them, or only tags among them.

        Parameters
        ----------
        *tags
            Compared exactly: case and spaces count, repeats and the order do not. None given: ``"all"`` is every row,
            ``"any"`` and ``"only"`` no row.
        match : {"all", "any", "only"}
            ``"only"``: at least one tag, and none but these. Where the tags are NULL or empty there is none, and an
            element that is NULL is not among these.
        field : path to an array
            Default: the ``tags`` role.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.
        TypeError
            A tag is no ``str``, or the field no array.

        SQL
        ---
        ``tags @> ARRAY[...]``, ``tags && ARRAY[...]``, or both ``&&`` and ``<@``. A GIN index on the field.

        Examples
        --------
        >>> posts = Post.objects.tagged("queue", "lock")
        >>> posts = Post.objects.tagged("queue", "lock", match="any").none_of(P.tagged("thread"))
        """
        return self._where(bodies.tagged, *tags, match=match, field=field)
