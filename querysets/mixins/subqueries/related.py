"""Annotations and filters by one related row: the latest, the best, the n-th."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from django.db.models import Exists

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql.relations import Relation, Rows, alias_of, label_of, mark_of, related
from querysets.sql.subqueries import nearest
from querysets.sql.values import names


class Nearest(PatternBase[M, Row]):
    """What a row gains by one row that is related to it."""

    @kinds("annotation")
    def with_latest(
        self,
        relation: Relation,
        *fields: str,
        by: str | None = None,
        where: Cond | None = None,
        as_: str | None = None,
    ) -> Self:
        """Each row with fields of its newest related row, all of the same one; NULL where there is none.

        Parameters
        ----------
        relation
            A relation, a path of them, or a queryset, as in ``with_rollup``.
        *fields
            Fields, to-one paths such as ``"user__username"``, or annotations of the queryset; they keep their types.
        by
            The moment of a related row. Default: the ``timestamp`` role of its model. Of rows of one moment the one
            with the highest primary key is the latest; rows where it is NULL come last.
        where
            Which related rows count; ``OuterRef("field")`` in it is the row.
        as_
            Names begin with it: ``<as_>_<field>``; of a single field it is the name. Default: the relation, or the
            model of a queryset, with ``_`` for ``__``.

        Raises
        ------
        MissingRole
            ``by`` is not given, and the related model has no ``timestamp`` role.
        UnknownField
            A name is no field of the related model.
        TypeError
            No field is named.

        SQL
        ---
        ``(SELECT content FROM comment WHERE post_id = post.id ORDER BY created_at DESC, id DESC LIMIT 1)``, one
        subquery a field. A btree on ``(post, -created_at, -id)``.

        Examples
        --------
        >>> told = Post.objects.with_latest("comments", "content", "user__username", where=P.active())
        """
        scope = self._scope("with_latest")
        values = nearest.one_row(scope, relation, fields, by, sign="-", where=where, as_=as_)
        return self._gained(scope, values, (mark_of(relation), by, where))

    @kinds("annotation")
    def with_earliest(
        self,
        relation: Relation,
        *fields: str,
        by: str | None = None,
        where: Cond | None = None,
        as_: str | None = None,
    ) -> Self:
        """Each row with fields of its oldest related row, all of the same one; NULL where there is none.

        Parameters
        ----------
        relation, *fields, where, as_
            As in ``with_latest``.
        by
            As in ``with_latest``, but that of rows of one moment the one with the lowest primary key is the earliest.

        SQL
        ---
        ``(SELECT content FROM comment WHERE post_id = post.id ORDER BY created_at, id LIMIT 1)``, one subquery a field.
        A btree on ``(post, -created_at, -id)``, read backwards.

        Examples
        --------
        >>> opened = Post.objects.with_earliest("comments", "user", as_="opener")
        """
        scope = self._scope("with_earliest")
        values = nearest.one_row(scope, relation, fields, by, where=where, as_=as_)
        return self._gained(scope, values, (mark_of(relation), by, where))

    @kinds("annotation")
    def with_top(
        self,
        relation: Relation,
        *fields: str,
        by: str | Sequence[str],
        nth: int = 1,
        where: Cond | None = None,
        as_: str | None = None,
    ) -> Self:
        """Each row with fields of its first related row in an order, or of the ``nth``; NULL where there are fewer.

        Parameters
        ----------
        relation, *fields, where, as_
            As in ``with_latest``.
        by
            Keys of the order, ``-`` for descending, NULLs last. Ties are broken by primary key, the highest first where
            the last key is descending.
        nth
            Which place; 1 is the first.

        Raises
        ------
        ValueError
            ``nth`` is below 1.

        SQL
        ---
        ``(SELECT title FROM post WHERE author_id = user.id ORDER BY rating DESC, id DESC LIMIT 1 OFFSET nth - 1)``.

        Examples
        --------
        >>> best = User.objects.with_top("posts", "title", by="-rating")
        """
        scope = self._scope("with_top")
        keys = names(scope, "by", by)
        values = nearest.one_row(scope, relation, fields, keys, nth=nth, where=where, as_=as_)
        return self._gained(scope, values, (mark_of(relation), keys, nth, where))

    @kinds("annotation")
    def with_mode(self, relation: Relation, field: str, where: Cond | None = None, *, as_: str | None = None) -> Self:
        """Each row with the most frequent value of a field of its related rows, of several the smallest.

        Parameters
        ----------
        relation, where
            As in ``with_latest``.
        field
            A field or to-one path of the related rows; NULLs do not count. Where there is no other value, it is NULL.
        as_
            Default: ``<relation>_<field>``.

        SQL
        ---
        ``(SELECT MODE() WITHIN GROUP (ORDER BY user_id) FROM comment WHERE post_id = post.id)``.

        Examples
        --------
        >>> busiest = Post.objects.with_mode("comments", "user", as_="top_commenter")
        """
        scope = self._scope("with_mode")
        value = nearest.mode(scope, relation, field, where)
        return self._gained(scope, {alias_of(relation, field, as_): value}, (mark_of(relation), where))

    @kinds("annotation")
    def with_exists(self, relation: Relation, /, *conditions: Cond, as_: str | None = None, **values: Any) -> Self:
        """Each row with whether it has a related row that meets the conditions: true or false, never NULL.

        Parameters
        ----------
        relation
            A relation, a path of them, or a queryset, as in ``with_rollup``.
        *conditions, **values
            Conditions, and equality, on one and the same related row, as in ``having``.
        as_
            Default: ``has_<relation>``.

        SQL
        ---
        ``EXISTS (SELECT 1 FROM comment WHERE post_id = post.id AND ...)``. The index of the foreign key.

        Examples
        --------
        >>> answered = Post.objects.with_exists("comments", P.active(), as_="answered").ranked("-answered")
        """
        scope = self._scope("with_exists")
        found = Exists(related(scope, relation, *conditions, by=values))
        alias = as_ or f"has_{label_of(relation)}"
        return self._gained(scope, {alias: found}, (mark_of(relation), conditions, values))

    @kinds("filter")
    def whose_latest(self, relation: Relation, /, *conditions: Cond, by: str | None = None, **values: Any) -> Self:
        """Rows whose newest related row meets the conditions; those without related rows are out.

        Parameters
        ----------
        relation
            A relation, a path of them, or a queryset, as in ``with_rollup``.
        *conditions, **values
            Conditions, and equality, that the newest row is held against; an older one does not count.
        by
            As in ``with_latest``.

        Raises
        ------
        MissingRole
            ``by`` is not given, and the related model has no ``timestamp`` role.
        TypeError
            There is no condition.

        SQL
        ---
        ``(SELECT CASE WHEN status = %s THEN true ELSE false END FROM orders WHERE user_id = user.id ORDER BY created_at
        DESC, id DESC LIMIT 1)``. A btree on ``(user, -created_at, -id)``.

        Examples
        --------
        >>> served = User.objects.whose_latest("orders", status="shipped")
        """
        return self._where(nearest.whose_latest, relation, *conditions, by=by, values=values)

    @kinds("filter")
    def whose_earliest(self, relation: Relation, /, *conditions: Cond, by: str | None = None, **values: Any) -> Self:
        """Rows whose oldest related row meets the conditions; those without related rows are out.

        Parameters
        ----------
        relation, *conditions, by, **values
            As in ``whose_latest``.

        SQL
        ---
        As ``whose_latest``, by ``created_at, id``.

        Examples
        --------
        >>> opened = Post.objects.whose_earliest("comments", P.active())
        """
        return self._where(nearest.whose_earliest, relation, *conditions, by=by, values=values)

    @kinds("annotation")
    def with_as_of(
        self,
        rows: Rows,
        *fields: str,
        on: Mapping[str, str],
        at: str | datetime,
        valid_from: str,
        as_: str | None = None,
    ) -> Self:
        """Each row with fields of the one of ``rows`` that held at its moment; NULL where none had begun.

        Parameters
        ----------
        rows
            Rows of another model, each valid from a moment until that of the next.
        *fields
            Fields of ``rows``.
        on
            Which of ``rows``: a field of the row = the field of theirs that it equals; NULL equals nothing.
        at
            The moment: a field of the row, or an aware datetime for all of them.
        valid_from
            The moment from which one of ``rows`` holds, itself included.
        as_
            As in ``with_latest``; the default begins with the name of the other model.

        Raises
        ------
        TypeError
            ``on`` is empty, or no field is named.
        ValueError
            ``at`` is naive.

        SQL
        ---
        ``(SELECT rate FROM rate WHERE currency = orders.currency AND valid_from <= orders.created_at ORDER BY
        valid_from DESC, id DESC LIMIT 1)``. A btree on ``(currency, valid_from)``.

        Examples
        --------
        >>> rated = Order.objects.with_as_of(
        ...     Rate.objects, "rate", on={"currency": "currency"}, at="created_at", valid_from="valid_from"
        ... )
        """
        scope = self._scope("with_as_of")
        held = nearest.as_of(scope, rows, on, at, valid_from)
        values = nearest.one_row(scope, held, fields, valid_from, sign="-", as_=as_)
        return self._gained(scope, values, (mark_of(rows), tuple(on.items()), at, valid_from))
