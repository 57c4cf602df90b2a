"""Filters on JSON documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.postgres.json import conditions as bodies
from querysets.sql.postgres.json.conditions import Mode, Op
from querysets.sql.postgres.json.documents import Path


class JsonConditions(PatternBase[M, Row]):
    """What a document holds."""

    @kinds("filter")
    def json_at(self, path: Path, value: Any = None, *, op: Op = "eq", field: str | None = None) -> Self:
        """Rows whose document has, at a path, a value that compares as wanted.

        Parameters
        ----------
        path
            A key, or a tuple of keys (``str``) and array indexes (``int``, negative from the end), each taken
            literally: ``("a__b",)`` is the key ``a__b``, ``("0",)`` a key and ``(0,)`` an index.
        value
            Types count, so ``1`` is neither ``"1"`` nor ``True`` but is ``1.0``; ``None`` is JSON null; an object or an
            array has to be equal as a whole.
        op : {"eq", "ne", "lt", "lte", "gt", "gte", "between", "in", "exists", "missing", "null", "has_element", \
"has_item", "matches"}
            ``ne`` and ``missing`` are the complements of ``eq`` and ``exists``: a document that is NULL is among them.
            ``lt``, ``lte``, ``gt``, ``gte`` take a number or a text, ``between`` a pair of them, both ends included and
            None for an open one; values of another type are out. ``in`` takes a list. ``exists``, ``missing`` and
            ``null`` take no value, and JSON null exists. ``has_element``: an array with this single value;
            ``has_item``: an array of which one object has all these values, given as a dict; ``matches``: a text with
            this one in it, in any case.
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        MissingRole
            Neither ``field`` nor the role is given.
        TypeError
            The field is no JSON field, the path or the value is of a type that does not go with it.
        ValueError
            The path is empty, ``op`` is unknown, or a number is NaN or infinite.

        SQL
        ---
        ``metadata @> '{"a": {"b": 1}}'`` for ``eq``, ``in``, ``null``, ``has_element`` and ``has_item``: a GIN index,
        ``jsonb_path_ops`` the smaller one. ``exists`` begins with ``metadata ? 'a'``: a GIN index of the default
        ``jsonb_ops``. Comparisons are of ``metadata -> 'a' -> 'b'``: a btree on ``KT("b", KT("a", "metadata"))``.

        Examples
        --------
        >>> deep = Post.objects.json_at(("source", "level"), 2)
        >>> long = Post.objects.json_at("words", (100, None), op="between").json_at("editor", op="missing")
        """
        return self._where(bodies.json_at, path, value, op=op, field=field)

    @kinds("filter")
    def json_containing(self, document: Mapping[str, Any] | Sequence[Any], *, field: str | None = None) -> Self:
        """Rows whose document contains another: every key with a value that contains the wanted one, and so on down.

        Parameters
        ----------
        document
            An object or an array. Of an array, each element must be contained in some element, in any order. ``{}`` is
            in every object.
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            ``document`` is a single value, or has something in it that JSON has not.

        SQL
        ---
        ``metadata @> %s``. A GIN index, ``jsonb_path_ops`` the smaller one.

        Examples
        --------
        >>> linking = Post.objects.json_containing({"kind": "class", "links": [{"to": "iterator"}]})
        """
        return self._where(bodies.json_containing, document, field=field)

    @kinds("filter")
    def json_keys(self, *keys: str, mode: Mode = "all", field: str | None = None) -> Self:
        """Rows whose document is an object with these keys, whatever their values; JSON null is a value.

        Parameters
        ----------
        *keys
            Keys of the object itself, each taken literally.
        mode : {"all", "any", "none"}
            None given: ``all`` and ``none`` are every row, ``any`` is no row. Of ``none`` are all rows that ``any``
            leaves out, those without a document too.
        field : path to a JSON field
            Default: the ``metadata`` role.

        Raises
        ------
        TypeError
            A key is no text.

        SQL
        ---
        ``metadata ?& ARRAY[...]``, ``metadata ?| ARRAY[...]``, ``metadata ? key``. A GIN index of the default
        ``jsonb_ops``.

        Examples
        --------
        >>> rated = Post.objects.json_keys("quality", "editor")
        """
        return self._where(bodies.json_keys, *keys, mode=mode, field=field)

    @kinds("filter")
    def json_matching(self, path: str, /, *, field: str | None = None, **variables: Any) -> Self:
        """Rows whose document a jsonpath finds something in, or fulfils if it is a condition.

        Parameters
        ----------
        path
            PostgreSQL's language, such as ``$.links[*] ? (@.to == $term)`` or ``$.words > $least``. It is read here, as
            the server would read it while the statement runs, less the methods for dates and times and with the regular
            expressions that ``matching_regex`` takes. A bare key is made of letters, digits and ``_``; others stand in
            double quotes.
        field : path to a JSON field
            Default: the ``metadata`` role. No variable can be called so.
        **variables
            The value of each ``$name`` in it: a text, number, boolean or None, always a value and never a part of the
            language.

        Raises
        ------
        ValueError
            The path is malformed, a variable has no value, or a value no variable.
        TypeError
            A variable is an object, an array or no JSON value.

        SQL
        ---
        ``metadata @? path``, for a condition ``metadata @@ path``, with the variables as literals, for only then a GIN
        index serves what the path compares by ``==``.

        Examples
        --------
        >>> linked = Post.objects.json_matching("$.links[*] ? (@.to == $term)", term="iterator")
        """
        return self._where(bodies.json_matching, path, field=field, **variables)
