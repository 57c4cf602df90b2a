"""What a row gains by its document, and what all documents have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.db.models import Count

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.errors import WrongShape
from querysets.kinds import group_keys, kinds
from querysets.sql.postgres.json import values
from querysets.sql.postgres.json.documents import Path
from querysets.sql.postgres.json.values import KeyStats

if TYPE_CHECKING:
    from querysets.base.grouping import Groups


class JsonValues(PatternBase[M, Row]):
    """Values and keys of documents."""

    @kinds("annotation")
    def with_json_value(self, path: Path, type: type[Any], as_: str, *, field: str | None = None) -> Self:  # noqa: A002
        """Each row with the value at a path of its document, as a Python type; None where it is none of that type.

        Parameters
        ----------
        path
            As in ``json_at``.
        type
            ``str``, ``int``, ``float``, ``Decimal``, ``bool``, ``dict`` or ``list``. ``int`` takes numbers without
            places behind the point that fit 64 bits. No row is an error, whatever it holds.
        as_
            Name of the result.
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            ``type`` is none of these, or the path is no path.

        SQL
        ---
        ``CASE WHEN JSONB_TYPEOF(metadata -> 'a') = 'number' THEN (metadata -> 'a')::numeric END``. A comparison of the
        result uses no index; ``json_at`` does.

        Examples
        --------
        >>> measured = Post.objects.with_json_value("words", int, "length").ranked("-length")
        """
        found = values.value_at(self._scope("with_json_value"), path, type, field)
        return self._with(as_, found, ("with_json_value", path, type, field))

    @kinds("annotation")
    def with_json_keys(self, as_: str = "keys", *, field: str | None = None) -> Self:
        """Each row with the keys of its document as a list, by code point; empty where it is no object.

        Parameters
        ----------
        as_
            Name of the result.
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.

        SQL
        ---
        ``ARRAY(SELECT JSONB_OBJECT_KEYS(...) ORDER BY 1)``: a value of the row, so that rows are not multiplied.

        Examples
        --------
        >>> keyed = Post.objects.with_json_keys()
        """
        scope = self._scope("with_json_keys")
        return self._gained(scope, {as_: values.keys_of(scope, field)}, (field,))

    @kinds("annotation")
    def with_object(self, as_: str, /, **fields: Any) -> Self:
        """Each row or group with an object made of its values, as ``dict``.

        Parameters
        ----------
        as_
            Name of the result.
        **fields
            Key = field path, annotation, key or measure, or an expression. Numbers become JSON numbers, which Python
            reads as int or float; moments become texts.

        Raises
        ------
        TypeError
            No field is given.
        UnknownField
            A name is no path of field names.

        SQL
        ---
        ``JSON_OBJECT('title' VALUE title, ...)``, before PostgreSQL 16 ``JSONB_BUILD_OBJECT``.

        Examples
        --------
        >>> cards = Post.objects.with_object("card", title="title", by="author__username")
        """
        made = values.object_of(self._scope("with_object"), fields)
        return self._with(as_, made, ("with_object", *fields.items()))

    @kinds("grouping")
    def count_by_json(self, path: Path, *, as_: str = "value", field: str | None = None) -> Groups[M]:
        """How many rows have each value at a path of their document, as text; no value and JSON null are one group.

        Parameters
        ----------
        path
            As in ``json_at``.
        as_
            Name of the key; rows are counted as ``count``. A text is itself, anything else as JSON writes it: the
            number 1 and the text ``"1"`` are one group.
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            The path is no path.

        SQL
        ---
        ``SELECT (metadata -> 'kind') #>> '{}', COUNT(*) ... GROUP BY 1``. It reads all rows of the chain.

        Examples
        --------
        >>> editors = Post.objects.count_by_json("editor").ranked("-count")
        """
        value = values.text_at(self._row_scope("count_by_json"), path, field)
        grouped = self._grouped("count_by_json", [as_], **{as_: value})
        return grouped._with("count", Count("*"), ("count_by_json",))

    @kinds("terminal")
    def json_key_stats(self, *, field: str | None = None) -> list[KeyStats]:
        """The keys of the documents, the most frequent first: what there is in a column that holds anything.

        Parameters
        ----------
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.
        WrongShape
            The rows are grouped.

        SQL
        ---
        ``CROSS JOIN LATERAL JSONB_EACH(metadata) ... GROUP BY key, type``, once over the rows. Each key comes as a dict
        with ``key``, ``count`` (rows that have it), ``share`` (of all rows of the chain) and ``types`` (its JSON types,
        sorted). Of keys with one count the lesser is first.

        Examples
        --------
        >>> [stats["types"] for stats in Post.objects.json_key_stats() if stats["key"] == "kind"]
        [['string']]
        """
        scope = self._scope("json_key_stats")
        if group_keys(self.query) is not None:
            raise WrongShape(f"{scope.label} is about documents of rows, and these are grouped")
        key, kind = values.entries(scope, field)
        grouped = self._grouped("json_key_stats", ["_key", "_kind"], _key=key, _kind=kind)
        counted = grouped.order_by().annotate(_count=Count("*"))
        return values.described(counted.values_list("_key", "_kind", "_count"))

    @kinds("terminal")
    async def ajson_key_stats(self, *, field: str | None = None) -> list[KeyStats]:
        """``json_key_stats``, asynchronously."""
        return await sync_to_async(self.json_key_stats)(field=field)
