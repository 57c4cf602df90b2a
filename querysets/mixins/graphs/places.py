"""Where rows stand in their tree: depth, root, path, preorder, and what their subtrees add up to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from django.db.models import F

from querysets._types import M, Row
from querysets.kinds import kinds
from querysets.sql.graphs import trees
from querysets.sql.graphs.computed import Column, newest
from querysets.sql.graphs.edges import marked
from querysets.sql.graphs.nodes import Through

from .walking import Walking


class TreePlaces(Walking[M, Row]):
    """What the tree says of a row."""

    @kinds("annotation")
    def with_depth(self, *, through: Through = None, as_: str = "depth") -> Self:
        """Each row with how many steps it stands below its root; NULL on a cycle and under one.

        Parameters
        ----------
        through
            The rows that a way up may pass, as a queryset or a condition. Default: all of the table.
        as_
            The name of the annotation.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: of up to 10,000 rows that the statement shows, a walk up to their
        roots, in which none is met twice; of more, one down from all roots. What names the depth itself narrows no
        walk, and a slice does only where its order is total, as by primary key.

        Examples
        --------
        >>> deepest = Category.objects.with_depth().ranked("-depth")
        """
        walk = trees.rooted(self._row_scope("with_depth"), through)
        return self._with(as_, Column(walk, "depth"), ("with_depth", marked(through)))

    @kinds("annotation")
    def with_root(self, *, through: Through = None, as_: str = "root") -> Self:
        """Each row with the primary key of its root, a root with its own; NULL on a cycle and under one.

        Parameters
        ----------
        through, as_
            As in ``with_depth``.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        As that of ``with_depth``.

        Examples
        --------
        >>> sizes = Category.objects.with_root().count_by("root")
        """
        walk = trees.rooted(self._row_scope("with_root"), through)
        return self._with(as_, Column(walk, "root"), ("with_root", marked(through)))

    @kinds("annotation")
    def with_path(self, field: str = "pk", *, through: Through = None, as_: str = "path") -> Self:
        """Each row with the values of a field from its root down to itself, as a list; NULL on and under a cycle.

        Parameters
        ----------
        field
            Whose values.
        through, as_
            As in ``with_depth``.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        UnknownField
            ``field`` is none of the model.

        SQL
        ---
        As that of ``with_depth``, then up from each row once more, with an array that grows on the way: below 500
        levels it is an error of the database.

        Examples
        --------
        >>> trails = Category.objects.with_path("name")
        """
        walk = trees.pathed(self._row_scope("with_path"), field, through)
        return self._with(as_, Column(walk, "path"), ("with_path", field, marked(through)))

    @kinds("filter", "ordering")
    def tree(
        self,
        root: Any = None,
        *,
        by: str | Sequence[str] = (),
        max_depth: int | None = None,
        through: Through = None,
        as_: str = "tree",
    ) -> Self:
        """Rows in preorder, each before what is below it; with ``tree_depth`` and ``tree_path``, the keys on the way.

        Rows on and under cycles are left out, unless ``root`` is on one.

        Parameters
        ----------
        root
            A row or its primary key: only this one and what is below it. Default: all roots.
        by
            Keys of the order of siblings, as in ``ranked``, fields of the model; ties by primary key.
        max_depth
            How far down; 0 is the roots alone.
        through
            As in ``descendants_of``.
        as_
            What both names begin with.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        UnknownField
            A key is no field.
        ValueError
            ``max_depth`` is negative.
        TypeError
            ``by`` is no name and no list of names.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE walk ...) ON id ORDER BY places``, the places among siblings on the way, numbered by
        a window in each step. Paths cost the square of the depth: below 500 levels, unless ``max_depth`` says less, it
        is an error of the database.

        Examples
        --------
        >>> menu = Category.objects.tree(by="name", max_depth=2)
        """
        rows = self._where(trees.tree, root, by=by, max_depth=max_depth, through=through)
        marks = marked(root), tuple(by), max_depth, marked(through)
        rows = rows._walked({f"{as_}_depth": "depth", f"{as_}_path": "path"}, "tree", *marks)
        return rows.order_by(Column(newest(rows.query), "places").asc(), F("pk").asc())

    @kinds("annotation")
    def with_subtree(self, **aggregates: Any) -> Self:
        """Each row with aggregates over itself and all that is below it; what a cycle leads back to counts once.

        Parameters
        ----------
        **aggregates
            Alias = an aggregate over fields of the rows below, or of rows related to them: ``Count("posts")``. A sum of
            nothing is 0.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        TypeError
            A value is no aggregate, or there is none.
        UnknownField
            A name is no field.

        SQL
        ---
        ``(SELECT COUNT(...) FROM category LEFT JOIN (WITH RECURSIVE walk ...) ON id)``, one subquery an aggregate,
        computed for the rows that are shown, and for those that an OFFSET passes over: take ``paged()`` for pages.

        Examples
        --------
        >>> sizes = Category.objects.with_subtree(posts_below=Count("posts"), views=Sum("posts__views"))
        """
        made = trees.with_subtree(self._row_scope("with_subtree"), aggregates)
        rows = self._chain()
        for alias, expression in made.items():
            rows = rows._with(alias, expression, ("with_subtree", aggregates[alias]))
        return rows
