"""Writes of documents: what others write to the same document at the same time is not lost."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.postgres.json import writes
from querysets.sql.postgres.json.documents import Path


class JsonWrites(PatternBase[M, Row]):
    """Changes of documents in one statement, whose rows are locked in the order of their keys.

    Documents that are no objects are left alone; NULL is an empty one.
    """

    @kinds("write", queryset_only=True)
    def json_merge(self, patch: Mapping[str, Any], *, field: str | None = None) -> int:
        """How many documents were changed by giving their keys the values of ``patch``.

        Parameters
        ----------
        patch
            Key = value, in place of the whole value that the document has; None is JSON null.
        field
            A JSON column of the model. Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            ``patch`` is no object, or has something in it that JSON has not.
        ValueError
            A text in it holds NUL or half a surrogate pair, or the field is no column of the model.

        SQL
        ---
        ``UPDATE ... SET metadata = COALESCE(metadata, '{}') || patch`` where that differs.

        Examples
        --------
        >>> changed = Post.objects.by(status="draft").json_merge({"reviewed": False, "editor": None})
        """
        scope = self._scope("json_merge")
        return self._rewritten(scope, writes.merged(scope, patch, field))

    @kinds("write", queryset_only=True)
    async def ajson_merge(self, patch: Mapping[str, Any], *, field: str | None = None) -> int:
        """``json_merge``, asynchronously."""
        return await sync_to_async(self.json_merge)(patch, field=field)

    @kinds("write", queryset_only=True)
    def json_set(self, path: Path, value: Any, *, field: str | None = None) -> int:
        """How many documents were changed by putting ``value`` at a path.

        Parameters
        ----------
        path
            As in ``json_at``, a key first. Objects, and arrays before an index, are made where they are missing, and
            in place of single values on the way; an object in place of an array, or an array in place of an object, is
            left alone with its document. An index behind the last element appends.
        value
            Any JSON value.
        field
            A JSON column of the model. Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            The path is no path, or the value is none that JSON has.
        ValueError
            The path begins with an index, or a text holds NUL or half a surrogate pair.

        SQL
        ---
        ``UPDATE ... SET metadata = JSONB_SET(...)`` where that differs.

        Examples
        --------
        >>> changed = Post.objects.by(status="draft").json_set(("review", "state"), "open")
        """
        scope = self._scope("json_set")
        return self._rewritten(scope, writes.placed(scope, path, value, field))

    @kinds("write", queryset_only=True)
    async def ajson_set(self, path: Path, value: Any, *, field: str | None = None) -> int:
        """``json_set``, asynchronously."""
        return await sync_to_async(self.json_set)(path, value, field=field)

    @kinds("write", queryset_only=True)
    def json_remove(self, *paths: Path, field: str | None = None) -> int:
        """How many documents had something at one of the paths, which is gone.

        Parameters
        ----------
        *paths
            As in ``json_at``, but indexes count from the start. All are about the document as it was.
        field
            A JSON column of the model. Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            No path is given, or one is no path.
        ValueError
            An index is negative.

        SQL
        ---
        ``UPDATE ... SET metadata = metadata #- path`` where there is something at it. A GIN index of the default
        ``jsonb_ops`` finds the documents by the first key.

        Examples
        --------
        >>> changed = Post.objects.all().json_remove("editor", ("source", "level"))
        """
        scope = self._scope("json_remove")
        return self._rewritten(scope, *writes.removed(scope, paths, field))

    @kinds("write", queryset_only=True)
    async def ajson_remove(self, *paths: Path, field: str | None = None) -> int:
        """``json_remove``, asynchronously."""
        return await sync_to_async(self.json_remove)(*paths, field=field)

    @kinds("write", queryset_only=True)
    def json_increment(self, path: Path, by: float | Decimal = 1, *, field: str | None = None) -> int:
        """How many documents were changed by adding to the number at a path; of many calls at a time none is lost.

        Parameters
        ----------
        path
            As in ``json_set``.
        by
            What is added, exactly; what is missing or no number counts as 0.
        field
            A JSON column of the model. Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            ``by`` is no number.
        ValueError
            ``by`` is NaN or infinite, or the path begins with an index.

        SQL
        ---
        ``UPDATE ... SET metadata = JSONB_SET(..., TO_JSONB((metadata -> 'hits')::numeric + by))``.

        Examples
        --------
        >>> changed = Post.objects.by(pk=1).json_increment(("reads", "today"))
        """
        scope = self._scope("json_increment")
        return self._rewritten(scope, writes.raised(scope, path, by, field))

    @kinds("write", queryset_only=True)
    async def ajson_increment(self, path: Path, by: float | Decimal = 1, *, field: str | None = None) -> int:
        """``json_increment``, asynchronously."""
        return await sync_to_async(self.json_increment)(path, by, field=field)

    @kinds("write", queryset_only=True)
    def json_append(self, path: Path, value: Any, *, keep: int | None = None, field: str | None = None) -> int:
        """How many documents were changed by appending ``value`` to the array at a path.

        Parameters
        ----------
        path
            As in ``json_set``; where there is no array there will be one, unless an object stands there.
        value
            Any JSON value: one element.
        keep
            Only the last so many elements stay.
        field
            A JSON column of the model. Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            The path is no path, or the value is none that JSON has.
        ValueError
            ``keep`` is less than 1.

        SQL
        ---
        ``UPDATE ... SET metadata = JSONB_SET(..., (metadata -> 'log') || '[value]')``.

        Examples
        --------
        >>> changed = Post.objects.by(pk=1).json_append("log", {"at": "2026-03-01", "by": "ada"}, keep=100)
        """
        scope = self._scope("json_append")
        return self._rewritten(scope, writes.appended(scope, path, value, keep, field))

    @kinds("write", queryset_only=True)
    async def ajson_append(self, path: Path, value: Any, *, keep: int | None = None, field: str | None = None) -> int:
        """``json_append``, asynchronously."""
        return await sync_to_async(self.json_append)(path, value, keep=keep, field=field)
