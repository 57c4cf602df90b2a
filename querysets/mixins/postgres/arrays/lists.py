"""Lists of the values of related rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql.postgres import lists


class Lists(PatternBase[M, Row]):
    """What a row gains by its related rows, all in one value."""

    @kinds("annotation")
    def with_list(
        self,
        relation: str,
        field: str = "pk",
        *,
        by: str | Sequence[str] | None = None,
        n: int | None = None,
        where: Cond | None = None,
        distinct: bool = False,
        as_: str | None = None,
    ) -> Self:
        """Each row with the values of its related rows as a list; an empty one where it has none.

        Parameters
        ----------
        relation
            A relation or a path of them.
        field
            A field, or to-one path, of the related model.
        by
            Keys of the order, as in ``ranked``. Default: the primary key.
        n
            The first so many, 0 for none. Default: all.
        where
            Which related rows count.
        distinct
            Each value once, in ascending order; with ``by="-<field>"`` in descending order. NULL is last.
        as_
            Default: ``<relation>_<field>``, a path's ``__`` as ``_``.

        Raises
        ------
        UnknownField
            ``relation`` is no relation, or ``field`` no field of the model behind it.
        ToManyPath
            ``field`` crosses a to-many relation.
        ValueError
            ``n`` is negative, or ``by`` is another order than that of the different values.

        SQL
        ---
        ``ARRAY(SELECT field FROM related WHERE related.fk = row.pk ORDER BY ... LIMIT n)``. The index of the foreign
        key, or one that goes on with the order.

        Examples
        --------
        >>> heard = Post.objects.with_list("comments", "user", where=P.active(), distinct=True, as_="commenters")
        """
        given = lists.Given(relation, (field,), by, n, where, distinct=distinct)
        alias = as_ or f"{relation}_{field}".replace("__", "_")
        return self._with(alias, lists.listed(self._scope("with_list"), given), ("with_list", *given))

    @kinds("annotation")
    def with_json_list(
        self,
        relation: str,
        *fields: str,
        by: str | Sequence[str] | None = None,
        n: int | None = None,
        where: Cond | None = None,
        as_: str | None = None,
    ) -> Self:
        """Each row with its related rows as a list of dicts; an empty one where it has none.

        Parameters
        ----------
        relation, by, n, where
            As in ``with_list``.
        *fields
            Fields, or to-one paths, of the related model: the keys of the dicts. Numbers come as JSON has them, moments
            as texts.
        as_
            Default: ``<relation>_list``, a path's ``__`` as ``_``.

        Raises
        ------
        TypeError
            No field is given.
        ValueError
            ``n`` is negative.

        SQL
        ---
        ``TO_JSONB(ARRAY(SELECT JSON_OBJECT(...) FROM related WHERE related.fk = row.pk ORDER BY ... LIMIT n))``: one
        statement, where a prefetch would be two. The index of the foreign key, or one that goes on with the order.

        Examples
        --------
        >>> with_three = Post.objects.with_json_list("comments", "content", "user__username", by="-created_at", n=3)
        """
        given = lists.Given(relation, fields, by, n, where, distinct=False)
        alias = as_ or f"{relation}_list".replace("__", "_")
        return self._with(alias, lists.json_listed(self._scope("with_json_list"), given), ("with_json_list", *given))

    @kinds("annotation")
    def with_joined(
        self,
        what: str,
        field: str | None = None,
        *,
        sep: str = ", ",
        by: str | Sequence[str] | None = None,
        n: int | None = None,
        where: Cond | None = None,
        distinct: bool = False,
        as_: str | None = None,
    ) -> Self:
        """Each row with the elements of an array, or the values of its related rows, as one text; NULLs are left out.

        Parameters
        ----------
        what
            With ``field`` a relation, as in ``with_list``; without it an array, whose elements keep their order.
        field, by, n, where, distinct
            As in ``with_list``; for related rows only.
        sep
            What stands between two of them.
        as_
            Default: ``<what>_joined`` or ``<what>_<field>_joined``, a path's ``__`` as ``_``. Where there is nothing to
            join the text is empty, not NULL.

        Raises
        ------
        TypeError
            Without ``field``, ``what`` is no array, or there is more said than ``sep``.
        ValueError
            ``n`` is negative, ``by`` is another order than that of the different values, or ``sep`` holds NUL.

        SQL
        ---
        ``ARRAY_TO_STRING(ARRAY(SELECT ...), sep)``, ``COALESCE(ARRAY_TO_STRING(tags, sep), '')``.

        Examples
        --------
        >>> tagged = Post.objects.with_joined("tags", sep=" | ")
        >>> discussed = Post.objects.with_joined("comments", "user__username", distinct=True, as_="commenters")
        """
        scope = self._scope("with_joined")
        given = lists.Given(what, () if field is None else (field,), by, n, where, distinct=distinct)
        alias = as_ or f"{'_'.join((what, *given.fields))}_joined".replace("__", "_")
        return self._with(alias, lists.joined(scope, given, sep), ("with_joined", *given, sep))
