"""Lists of the values of related rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.scope import Scope
from querysets.sql.postgres import lists
from querysets.sql.relations import Relation, alias_of, mark_of


class Lists(PatternBase[M, Row]):
    """What a row gains by its related rows, all in one value."""

    @kinds("annotation")
    def with_list(
        self,
        relation: Relation,
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
            A relation, a path of them, or a queryset, as in ``with_rollup``.
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
            Default: ``<relation>_<field>``, or the model of a queryset, with ``_`` for ``__``.

        Raises
        ------
        UnknownField
            ``relation`` is no relation, or ``field`` no field of the model behind it.
        ToManyPath
            ``field`` crosses a to-many relation.
        TypeError
            ``field`` is an array, whose lengths may differ.
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
        scope, given = self._scope("with_list"), lists.Given(relation, (field,), by, n, where, distinct)
        return self._listed(scope, alias_of(relation, field, as_), lists.listed(scope, given), given)

    @kinds("annotation")
    def with_json_list(
        self,
        relation: Relation,
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
            Default: ``<relation>_list``, as in ``with_list``.

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
        scope, given = self._scope("with_json_list"), lists.Given(relation, fields, by, n, where)
        return self._listed(scope, alias_of(relation, "list", as_), lists.json_listed(scope, given), given)

    @kinds("annotation")
    def with_joined(
        self,
        what: Relation,
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
            Default: ``<what>_joined`` or ``<what>_<field>_joined``, as in ``with_list``. Where there is nothing to join
            the text is empty, not NULL.

        Raises
        ------
        TypeError
            Without ``field``, ``what`` is no array, or there is more said than ``sep``; ``field`` is an array itself.
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
        scope, fields = self._scope("with_joined"), () if field is None else (field,)
        given = lists.Given(what, fields, by, n, where, distinct)
        alias = alias_of(what, "_".join((*fields, "joined")), as_)
        return self._listed(scope, alias, lists.joined(scope, given, sep), given, sep)

    def _listed(self, scope: Scope, alias: str, value: Any, given: lists.Given, *also: Any) -> Self:
        return self._gained(scope, {alias: value}, (*given._replace(relation=mark_of(given.relation)), *also))
