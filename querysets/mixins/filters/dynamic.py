"""Filters and orders that come from outside, through an allow-list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self, cast

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.errors import FieldNotAllowed
from querysets.kinds import kinds
from querysets.roles import did_you_mean
from querysets.sql.filters import dynamic
from querysets.sql.values import names


class Dynamic(PatternBase[M, Row]):
    """What a request may ask for, and steps that are taken on a condition."""

    @kinds("filter")
    def allowed(
        self, params: Mapping[str, Any], fields: Mapping[str, str] | Sequence[str] | None = None, *, strict: bool = True
    ) -> Self:
        """Rows that equal outside input in the names that may be filtered by, and in no other.

        Parameters
        ----------
        params
            Name = value, a list of values for any of them, ``None`` for NULL; such as the query of a request.
        fields
            The names that are allowed, or a mapping from outside names to field paths. Default: the ``filterable``
            role.
        strict
            Unknown names raise; otherwise they are ignored.

        Raises
        ------
        FieldNotAllowed
            A name is not on the list.
        MissingRole
            There is neither ``fields`` nor the role.

        SQL
        ---
        As ``by``.

        Examples
        --------
        >>> found = User.objects.allowed({"status": "active"})
        """
        return self._where(dynamic.allowed, params, fields, strict=strict)

    @kinds("ordering")
    def sorted_by(self, keys: str | Sequence[str], allowed: Mapping[str, str] | Collection[str]) -> Self:
        """The rows in an order that was chosen outside, by the keys that may be used, and by no other.

        Parameters
        ----------
        keys
            One key or several, ``-`` in front reverses.
        allowed
            The keys, or a mapping from outside keys to field names, which may begin with ``-`` themselves.

        Raises
        ------
        FieldNotAllowed
            A key is not in ``allowed``.

        SQL
        ---
        ``ORDER BY ..., id``, NULLs last.

        Examples
        --------
        >>> listed = Post.objects.sorted_by(["-newest"], {"newest": "-created_at"})
        """
        scope, table = self._scope("sorted_by"), dynamic.table_of(allowed)
        terms: list[str] = []
        for key in names(scope, "keys", keys):
            name = key.removeprefix("-")
            if name not in table:
                raise FieldNotAllowed(f"{scope.label}: {key!r} is no key to sort by{did_you_mean(name, table)}")
            path, turned = table[name].removeprefix("-"), table[name].startswith("-") != key.startswith("-")
            terms.append(f"-{path}" if turned else path)
        return self._ordered("sorted_by", terms)

    @kinds("neutral")
    def when(self, test: object, then: Callable[[Self], Self], otherwise: Callable[[Self], Self] | None = None) -> Self:
        """``then(rows)`` if there is something in ``test``, else ``otherwise(rows)``, else the rows as they are.

        Parameters
        ----------
        test
            ``None``, ``False`` and what is empty (a text, a list) count as nothing; the number 0 does not.
        then, otherwise
            Functions from a queryset to a queryset.

        Examples
        --------
        >>> status = None
        >>> same = Post.objects.when(status, lambda posts: posts.by(status=status))
        """
        nothing = test is None or test is False or (hasattr(test, "__len__") and len(cast("Any", test)) == 0)
        chosen = otherwise if nothing else then
        return self._chain() if chosen is None else chosen(self)
