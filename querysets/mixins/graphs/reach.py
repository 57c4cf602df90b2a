"""What is reached along edges, and the paths on the way."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.kinds import kinds
from querysets.sql.graphs import paths, reach
from querysets.sql.graphs.edges import Direction, Links, marked
from querysets.sql.graphs.nodes import Through
from querysets.sql.ordering import order_terms

from .walking import Walking


class Reach(Walking[M, Row]):
    """Walks along edges: what the chain filters by narrows the answer, ``edges`` and ``through`` narrow the walk."""

    @kinds("filter")
    def reachable_from(
        self,
        start: Any,
        hops: int | None = None,
        *,
        direction: Direction = "out",
        edges: Links = None,
        through: Through = None,
        include_self: bool = False,
    ) -> Self:
        """Rows that can be reached from a node along edges, however long the way is.

        It ends on any graph, circles and edges of a node with itself included. An unknown node reaches nothing.

        Parameters
        ----------
        start
            A primary key, an instance, a list of them, a queryset, or ``OuterRef("field")``.
        hops
            At most so many; 0 is none. ``None``: any number.
        direction : {"out", "in", "both"}
            Whether edges are followed from source to target, against that, or both ways. The edges of a symmetrical
            many-to-many relation are stored both ways.
        edges
            Default: the ``edges`` role. Or the name of a many-to-many relation of the model with itself; a queryset of
            the rows that are the edges of the role; or ``Edges(queryset, "source", "target")`` for any other rows. Rows
            whose source or target is NULL are no edges. An ``OuterRef`` of theirs is what it is for the rows of the
            chain; where neighbours are counted or found for each row (``linked_to``, ``connected``, ``mutual``,
            ``with_degree``), it is that row.
        through
            The nodes that there are, as a queryset or a condition, without an ``OuterRef``: an edge counts if both its
            ends are among them.
        include_self
            Whether the start is part of the answer.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        UnknownField
            ``edges`` is no relation of the model with itself.
        ValueError
            ``start`` is no key, ``hops`` is negative, ``through`` has an ``OuterRef``, or ``direction`` is unknown.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ... SELECT id UNION SELECT target ...) ON id``. An index on the source, one on the
        target for the other direction; for a many-to-many relation, one on each column of its table.

        Examples
        --------
        >>> audience = User.objects.reachable_from(7, direction="in")
        >>> near = User.objects.any_of(P.reachable_from(7, hops=2), P.linked_to(9))
        """
        return self._where(
            reach.reachable_from,
            start,
            hops,
            direction=direction,
            edges=edges,
            through=through,
            include_self=include_self,
        )

    @kinds("filter")
    def component_of(self, node: Any, *, edges: Links = None, through: Through = None) -> Self:
        """Rows that are connected with a node in any number of hops, whichever way edges go, the node itself included.

        Parameters
        ----------
        node
            As ``start`` in ``reachable_from``; an unknown one has no component.
        edges, through
            As in ``reachable_from``.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``node`` is no key.

        SQL
        ---
        As ``reachable_from``, both ways.

        Examples
        --------
        >>> circle = User.objects.component_of(7)
        """
        return self._where(reach.component_of, node, edges=edges, through=through)

    @kinds("filter", "annotation")
    def within_hops(
        self,
        start: Any,
        hops: int | None,
        *,
        direction: Direction = "out",
        edges: Links = None,
        through: Through = None,
        include_self: bool = False,
        as_: str = "hops",
    ) -> Self:
        """The rows that can be reached from a node in so many hops, each with the least number that it takes.

        Parameters
        ----------
        start
            As in ``reachable_from``; of several the nearest counts.
        hops
            At most so many; 0 is none, ``None`` any number.
        direction, edges, through, include_self
            As in ``reachable_from``. The start is 0 hops away.
        as_
            Name of the result.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``start`` is no key, ``hops`` is negative, or ``direction`` is unknown.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id WHERE hops IS NOT NULL``: one row of the recursion for each hop, with the
        keys that are new in an array. The indexes of ``reachable_from``.

        Examples
        --------
        >>> second = User.objects.within_hops(7, 2, direction="in").by(hops=2)
        """
        rows = self._where(
            reach.within_hops,
            start,
            hops,
            direction=direction,
            edges=edges,
            through=through,
            include_self=include_self,
        )
        marks = marked(start), hops, direction, marked(edges), marked(through), include_self
        return rows._walked({as_: "hops"}, "within_hops", *marks)

    @kinds("filter", "annotation", "ordering")
    def shortest_path(
        self,
        start: Any,
        goal: Any,
        *,
        max_hops: int | None = None,
        direction: Direction = "out",
        edges: Links = None,
        through: Through = None,
        as_: str = "step",
    ) -> Self:
        """The nodes of one shortest path, from the start to the goal, each with its step.

        Of several paths it is that whose primary keys, read from the start, are the least. None: no row.

        Parameters
        ----------
        start, goal
            A primary key or an instance. Both the same: one row, step 0.
        max_hops
            No path that is longer.
        direction, edges, through
            As in ``reachable_from``.
        as_
            Name of the step.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``start`` or ``goal`` is no key, ``max_hops`` is negative, or ``direction`` is unknown.

        SQL
        ---
        As ``within_hops``, from both ends by turns, on the side that has fewer nodes at its front, until they meet;
        then along the nodes between. An index on the source and one on the target.

        Examples
        --------
        >>> chain = User.objects.shortest_path(7, 9, max_hops=6).values_list("username", "step")
        """
        rows = self._where(
            paths.shortest_path, start, goal, max_hops, direction=direction, edges=edges, through=through
        )
        marks = marked(start), marked(goal), max_hops, direction, marked(edges), marked(through)
        rows = rows._walked({as_: "step"}, "shortest_path", *marks)
        return rows.order_by(*order_terms(rows._scope("shortest_path"), [as_]))

    @kinds("filter", "annotation", "ordering")
    def cheapest_path(
        self,
        start: Any,
        goal: Any,
        *,
        weight: str | None = None,
        direction: Direction = "out",
        edges: Links = None,
        through: Through = None,
        as_: str | None = None,
    ) -> Self:
        """The nodes of the path whose edges weigh least in all, each with its ``step`` and what it takes until there.

        Of paths that cost the same it is that of fewer hops, and of those that whose primary keys, read from the start,
        are the least. Of parallel edges the lightest counts; one whose weight is NULL is none. None: no row.

        Parameters
        ----------
        start, goal
            A primary key or an instance. Both the same: one row, step 0, cost 0.
        weight
            The number of an edge, not negative. Default: that of the ``edges`` role.
        direction, edges, through
            As in ``reachable_from``.
        as_
            Prefix of the results: ``<as_>_step`` and ``<as_>_cost``. Default: ``step`` and ``cost``, a float.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role, or the edges have no weight.
        TypeError
            ``weight`` is no number.
        ValueError
            ``start`` or ``goal`` is no key, or ``direction`` is unknown.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: rounds over the nodes that have become cheaper, in one row of arrays,
        which pass over what costs more than the goal does already. All edges near the start may be read. It ends even
        where weights are negative, with no defined answer.

        Examples
        --------
        >>> route = User.objects.cheapest_path(7, 9).values_list("username", "cost")
        """
        prefix = "" if as_ is None else f"{as_}_"
        rows = self._where(paths.cheapest_path, start, goal, weight, direction=direction, edges=edges, through=through)
        marks = marked(start), marked(goal), weight, direction, marked(edges), marked(through)
        rows = rows._walked({f"{prefix}{name}": name for name in ("step", "cost")}, "cheapest_path", *marks)
        return rows.order_by(*order_terms(rows._scope("cheapest_path"), [f"{prefix}step"]))
