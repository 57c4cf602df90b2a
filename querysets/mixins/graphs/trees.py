"""Trees along the ``parent`` role: what is below, above and beside a row."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.kinds import kinds
from querysets.sql.graphs import trees
from querysets.sql.graphs.edges import marked
from querysets.sql.graphs.nodes import Through

from .walking import Walking


class Trees(Walking[M, Row]):
    """Rows by where they stand in a tree; parents may go round in circles, and every answer is exact."""

    @kinds("filter")
    def descendants_of(
        self,
        of: Any,
        *,
        max_depth: int | None = None,
        include_self: bool = False,
        through: Through = None,
        as_: str = "depth",
    ) -> Self:
        """Rows below others, each with its ``depth``: 1 for a child, counted from the nearest of them above it.

        Parameters
        ----------
        of
            A primary key or a row, a list of them, or a queryset; ``OuterRef`` in a subquery. Rows that are not there
            have nothing below them.
        max_depth
            How far down; 1 is the children, 0 nothing.
        include_self
            Whether the rows themselves are meant, too, at depth 0. One of them that is below another is, anyway.
        through
            The rows that the walk may pass, as a queryset or a condition. Default: all of the table, whatever its
            default manager hides and the chain leaves out: these narrow the answer, not the walk.
        as_
            The name of the depth.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        ValueError
            ``max_depth`` is negative, or a key cannot be one.
        TypeError
            ``of`` or ``through`` are rows of another model.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE walk ...) ON id``, from the rows down, of what is below them only. The index of the
        foreign key.

        Examples
        --------
        >>> below = Category.objects.descendants_of(1)
        >>> posts = Post.objects.having("category", P.descendants_of(1, include_self=True))
        """
        rows = self._where(trees.descendants_of, of, max_depth=max_depth, include_self=include_self, through=through)
        marks = marked(of), max_depth, include_self, marked(through)
        return rows._walked({as_: "depth"}, "descendants_of", *marks)

    @kinds("filter")
    def ancestors_of(
        self, of: Any, *, include_self: bool = False, through: Through = None, as_: str = "distance"
    ) -> Self:
        """Rows above others, each with its ``distance``: 1 for a parent, counted from the nearest of them below it.

        ``ranked("-distance")`` puts the root first.

        Parameters
        ----------
        of, include_self, through, as_
            As in ``descendants_of``.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        ValueError
            A key cannot be one.
        TypeError
            ``of`` or ``through`` are rows of another model.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE walk ...) ON id``, from the rows up, one look-up of the primary key a level.

        Examples
        --------
        >>> trail = Category.objects.ancestors_of(5, include_self=True).ranked("-distance")
        """
        rows = self._where(trees.ancestors_of, of, include_self=include_self, through=through)
        return rows._walked({as_: "distance"}, "ancestors_of", marked(of), include_self, marked(through))

    @kinds("filter")
    def children_of(self, of: Any) -> Self:
        """Rows whose parent is one of others; a row that is its own parent is no child of itself.

        Parameters
        ----------
        of
            As in ``descendants_of``.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        ``parent_id IN (...) AND parent_id <> id``. The index of the foreign key.

        Examples
        --------
        >>> children = Category.objects.children_of(1)
        """
        return self._where(trees.children_of, of)

    @kinds("filter")
    def siblings_of(self, of: Any) -> Self:
        """Rows that have their parent in common with another, which is none of them; of a root, the other roots.

        Parameters
        ----------
        of
            As in ``descendants_of``; of several, the siblings of each.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        ``LEFT JOIN (SELECT ... UNION SELECT ... WHERE parent_id IS NULL) ON id``. The index of the foreign key.

        Examples
        --------
        >>> siblings = Category.objects.siblings_of(1)
        """
        return self._where(trees.siblings_of, of)

    @kinds("filter")
    def roots(self) -> Self:
        """Rows without a parent.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        ``parent_id IS NULL``. The index of the foreign key.

        Examples
        --------
        >>> roots = Category.objects.roots()
        """
        return self._where(trees.roots)

    @kinds("filter")
    def leaves(self, under: Any = None) -> Self:
        """Rows that no other row has for a parent.

        Parameters
        ----------
        under
            Only those below these rows, which are none themselves, as in ``descendants_of``.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        ``NOT EXISTS (SELECT 1 ... WHERE parent_id = row.id AND id <> row.id)``. The index of the foreign key.

        Examples
        --------
        >>> ends = Category.objects.leaves(under=1)
        """
        return self._where(trees.leaves, under)

    @kinds("filter")
    def common_ancestor_of(self, *of: Any) -> Self:
        """The row above or among others that is nearest to all of them together, if there is one.

        Parameters
        ----------
        *of
            Primary keys or rows. Of one, itself; of two of which one is below the other, the upper. What is not there
            has nothing in common with anything.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.
        TypeError
            None is given.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE walk ... ORDER BY SUM(distance), id LIMIT 1) ON id``, from the rows up.

        Examples
        --------
        >>> meeting = Category.objects.common_ancestor_of(4, 5)
        """
        return self._where(trees.common_ancestor_of, *of)

    @kinds("filter")
    def cyclic(self, *, as_: str = "cycle") -> Self:
        """Rows that are above themselves: each with ``cycle_id``, the least key on its cycle, and ``cycle_length``.

        Rows under a cycle are not on it. A row that is its own parent is on a cycle of one.

        Parameters
        ----------
        as_
            What both names begin with.

        Raises
        ------
        MissingRole
            The model declares no ``parent``.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: a walk down from all roots, then steps of 1, 2, 4, ... from the rows
        that it did not come by.

        Examples
        --------
        >>> rings = Category.objects.cyclic()
        """
        rows = self._where(trees.cyclic)
        return rows._walked({f"{as_}_id": "cycle_id", f"{as_}_length": "cycle_length"}, "cyclic")
