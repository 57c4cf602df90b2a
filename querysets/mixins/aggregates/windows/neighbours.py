"""Neighbours in an order: the values of the rows before, after and first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.aggregates import windows
from querysets.sql.aggregates.windows import Over, places_of, spelt


class Neighbours(PatternBase[M, Row]):
    """What the rows, or the groups, before and after each have."""

    @kinds("annotation")
    def with_previous(
        self,
        *fields: str,
        by: str | Sequence[str] | None = None,
        per: str | Sequence[str] = (),
        offset: int = 1,
        over: Over = "chain",
        as_: str | None = None,
    ) -> Self:
        """Each row or group with values of the one before it, all of the same one; None for the first.

        Parameters
        ----------
        *fields
            Fields or annotations, or keys and measures of groups.
        by
            Keys of the order. Default: the ``timestamp`` role; of groups, their keys. Ties by primary key or keys.
        per
            Only among the rows that share these; NULL is a group.
        offset
            How many places before.
        over : {"chain", "all"}
            Among the rows of the chain, filters behind it included, or among all rows of the table.
        as_
            The name of one value, the prefix of several: ``<as_>_<field>``. Default: ``previous_<field>``.

        Raises
        ------
        TypeError
            No field is given.
        ValueError
            ``offset`` is below 1.

        SQL
        ---
        ``LAG(views) OVER (PARTITION BY per ORDER BY created_at, id)``. Over all, a derived table of the whole table,
        joined by primary key.

        Examples
        --------
        >>> paired = Post.objects.with_previous("pk", "title", per="author")
        """
        return self._neighbours("with_previous", fields, by=by, per=per, offset=offset, over=over, as_=as_)

    @kinds("annotation")
    def with_next(
        self,
        *fields: str,
        by: str | Sequence[str] | None = None,
        per: str | Sequence[str] = (),
        offset: int = 1,
        over: Over = "chain",
        as_: str | None = None,
    ) -> Self:
        """Each row or group with values of the one after it, all of the same one; None for the last.

        Parameters
        ----------
        *fields, by, per, offset, over
            As in ``with_previous``.
        as_
            The name of one value, the prefix of several: ``<as_>_<field>``. Default: ``next_<field>``.

        Raises
        ------
        TypeError
            No field is given.
        ValueError
            ``offset`` is below 1.

        SQL
        ---
        ``LEAD(views) OVER (PARTITION BY per ORDER BY created_at, id)``.

        Examples
        --------
        >>> followed = Post.objects.with_next("created_at", per="author", as_="next_at")
        """
        return self._neighbours("with_next", fields, by=by, per=per, offset=offset, over=over, as_=as_)

    @kinds("annotation")
    def with_change(
        self,
        field: str,
        *,
        by: str | Sequence[str] | None = None,
        per: str | Sequence[str] = (),
        percent: bool = False,
        over: Over = "chain",
        as_: str | None = None,
    ) -> Self:
        """Each row or group with how much ``field`` has changed since the one before; None for the first.

        Parameters
        ----------
        field
            A number or a duration, or a date or datetime, whose change is a timedelta.
        by, per, over
            As in ``with_previous``.
        percent
            As a fraction of the value before: 0.5 where it has grown by half, -1 where nothing is left. None where the
            value before is 0.
        as_
            Default: ``<field>_change``.

        Raises
        ------
        TypeError
            ``field`` has no differences; for ``percent``, it is no number.

        SQL
        ---
        ``views - LAG(views) OVER (PARTITION BY per ORDER BY created_at, id)``.

        Examples
        --------
        >>> pauses = Post.objects.with_change("created_at", per="author", as_="pause")
        >>> growth = Post.objects.bucketed("month").with_count().with_change("count", percent=True)
        """
        return self._beside(
            over,
            ("with_change", *places_of(self._scope("with_change"), by, per), percent, over),
            {as_ or f"{spelt(field)}_change": field},
            lambda scope, name: windows.change(scope, name, by, per, relative=percent),
        )

    @kinds("annotation")
    def with_first(
        self, field: str, by: str | Sequence[str], *, per: str | Sequence[str] = (), as_: str | None = None
    ) -> Self:
        """Each row or group with the value of the first of them all.

        Parameters
        ----------
        field
            A field or annotation, or a key or measure of groups.
        by
            Keys of the order, ``-`` for descending; ties by primary key or keys.
        per
            The first of those that share these; NULL is a group.
        as_
            Default: ``first_<field>``.

        SQL
        ---
        ``FIRST_VALUE(title) OVER (PARTITION BY per ORDER BY rating DESC, id DESC)``.

        Examples
        --------
        >>> led = Post.objects.with_first("title", by="-rating", per="category", as_="leader")
        """
        scope = self._scope("with_first")
        recipe = ("with_first", field, *places_of(scope, by, per))
        return self._with(as_ or f"first_{spelt(field)}", windows.first(scope, field, by, per), recipe)

    def _neighbours(
        self,
        method: str,
        fields: tuple[str, ...],
        *,
        by: str | Sequence[str] | None,
        per: str | Sequence[str],
        offset: int,
        over: Over,
        as_: str | None,
    ) -> Self:
        if not fields:
            raise TypeError(f"{self._scope(method).label} needs at least one field")
        after, only = method == "with_next", len(fields) == 1 and as_
        prefix = as_ or ("next" if after else "previous")
        aliases = {only or f"{prefix}_{spelt(field)}": field for field in fields}
        recipe = (method, *places_of(self._scope(method), by, per), offset, over)
        return self._beside(
            over,
            recipe,
            aliases,
            lambda scope, field: windows.neighbour(scope, field, by, per, offset, after=after),
        )
