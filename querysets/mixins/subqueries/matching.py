"""Filters by the rows of another queryset and by the difference of fields."""

from __future__ import annotations

from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.relations import Rows
from querysets.sql.subqueries import matching


class Matching(PatternBase[M, Row]):
    """Rows that another queryset has, has not, or has otherwise."""

    @kinds("filter")
    def also_in(self, rows: Rows, /, **on: str) -> Self:
        """Rows that one of ``rows`` matches: the fields that are named are equal.

        Parameters
        ----------
        rows
            A queryset or manager of any model, bound to another database alias or not: it is read by the connection of
            the statement that it becomes a part of.
        **on
            A field of the row = the field of ``rows`` that it equals. NULL equals nothing.

        Raises
        ------
        TypeError
            No field is named.
        UnknownField
            A name is no field on its side.
        ToManyPath
            A path crosses a to-many relation.
        WrongShape
            ``rows`` are groups, values or a union.

        SQL
        ---
        ``EXISTS (SELECT 1 FROM bookmark WHERE bookmark.post_id = comment.post_id AND ...)``. An index on the fields of
        ``rows``.

        Examples
        --------
        >>> kept = Comment.objects.also_in(Bookmark.objects, post="post", user="user")
        """
        return self._where(matching.also_in, rows, on=on)

    @kinds("filter")
    def missing_from(self, rows: Rows, /, **on: str) -> Self:
        """Rows that none of ``rows`` matches: exactly those that ``also_in`` leaves out.

        Parameters
        ----------
        rows, **on
            As in ``also_in``. NULL equals nothing, so a row that has one among its fields is missing from any ``rows``;
            a NULL among theirs hides nothing.

        SQL
        ---
        ``NOT EXISTS (...)``, never ``NOT IN``. An index on the fields of ``rows``.

        Examples
        --------
        >>> current = Post.objects.missing_from(ArchivedPost.objects, slug="slug")
        """
        return self._where(matching.missing_from, rows, on=on)

    @kinds("filter")
    def differing_from(self, rows: Rows, /, *fields: str, **on: str) -> Self:
        """Rows that one of ``rows`` matches and that differ from it in a field; NULL is a value as any other there.

        Parameters
        ----------
        rows, **on
            As in ``also_in``.
        *fields
            What is compared: fields of the same name on both sides.

        Raises
        ------
        TypeError
            No field is to be compared, or none to be matched by.

        SQL
        ---
        ``EXISTS (SELECT 1 FROM archive WHERE archive.slug = post.slug AND archive.title IS DISTINCT FROM post.title)``.
        An index on the fields that are matched.

        Examples
        --------
        >>> outdated = Post.objects.differing_from(ArchivedPost.objects, "title", "content", slug="slug")
        """
        return self._where(matching.differing_from, rows, *fields, on=on)

    @kinds("filter")
    def differing(self, one: str, other: str) -> Self:
        """Rows whose two fields differ; two NULLs are equal, NULL and a value differ.

        Parameters
        ----------
        one, other
            Fields, to-one paths, annotations, keys or measures.

        SQL
        ---
        ``published_at IS DISTINCT FROM start_time``. No index serves it.

        Examples
        --------
        >>> odd = Post.objects.differing("published_at", "start_time")
        """
        return self._where(matching.differing, one, other)
