"""Neighbours: whom a row is linked with, how many, whom else it might be."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.conditions import Cond
from querysets.kinds import kinds
from querysets.sql.graphs import neighbours
from querysets.sql.graphs.computed import or_else
from querysets.sql.graphs.edges import Direction, Links, marked
from querysets.sql.graphs.nodes import Through
from querysets.sql.ordering import order_terms

from .walking import Walking


class Neighbours(Walking[M, Row]):
    """Sets of neighbours: parallel edges count once, an edge of a row with itself not at all."""

    @kinds("filter")
    def linked_to(
        self, node: Any, /, *conditions: Cond, direction: Direction = "out", edges: Links = None, **by: Any
    ) -> Self:
        """Rows with an edge to a node, other than the node itself.

        Parameters
        ----------
        node
            A primary key, an instance, a list of them (any of these), or a queryset.
        *conditions, **by
            Conditions on the edge, as in ``having``.
        direction : {"out", "in", "both"}
            ``"out"``: edges from the row to the node; ``"in"``: from the node to the row.
        edges
            As in ``reachable_from``.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        UnknownField
            ``edges`` is no relation of the model with itself, or a name is no field of the edges.
        ValueError
            ``node`` is no key, or ``direction`` is unknown.

        SQL
        ---
        ``EXISTS (SELECT 1 FROM edges WHERE source = id AND target = %s)``. An index on the target.

        Examples
        --------
        >>> followers = User.objects.linked_to(7, kind="follows")
        >>> teachers = User.objects.linked_to(7, P.at_least(weight=2), kind="mentors")
        """
        return self._where(neighbours.linked_to, node, *conditions, direction=direction, edges=edges, by=by)

    @kinds("filter")
    def connected(self, *, direction: Direction = "both", edges: Links = None, through: Through = None) -> Self:
        """Rows that have a neighbour other than themselves.

        Parameters
        ----------
        direction : {"out", "in", "both"}
            Whether neighbours are those at the end of edges from the row, of edges to it, or of either.
        edges, through
            As in ``reachable_from``.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``direction`` is unknown.

        SQL
        ---
        ``EXISTS (SELECT 1 FROM edges WHERE source = id AND source <> target)``.

        Examples
        --------
        >>> lonely = User.objects.none_of(P.connected())
        """
        return self._where(neighbours.connected, direction=direction, edges=edges, through=through)

    @kinds("filter")
    def mutual(self, *nodes: Any, direction: Direction = "both", edges: Links = None, through: Through = None) -> Self:
        """Rows that are neighbours of each of the nodes, the nodes themselves left out.

        Parameters
        ----------
        *nodes
            Primary keys or instances. The same twice: all its neighbours.
        direction : {"out", "in", "both"}
            ``"out"``: there are edges from each node to the row.
        edges, through
            As in ``reachable_from``.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        TypeError
            No node is given.
        ValueError
            A node is no key, or ``direction`` is unknown.

        SQL
        ---
        ``EXISTS (...)`` for each node. An index on the source and one on the target.

        Examples
        --------
        >>> common = User.objects.mutual(7, 9)
        """
        return self._where(neighbours.mutual, *nodes, direction=direction, edges=edges, through=through)

    @kinds("annotation")
    def with_degree(
        self, *, direction: Direction = "both", edges: Links = None, through: Through = None, as_: str = "degree"
    ) -> Self:
        """Each row with how many neighbours it has other than itself.

        Parameters
        ----------
        direction, edges, through
            As in ``connected``.
        as_
            Name of the result; 0 where there is none.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``direction`` is unknown.

        SQL
        ---
        ``(SELECT COUNT(DISTINCT target) FROM edges WHERE source = id AND source <> target)``.

        Examples
        --------
        >>> hubs = User.objects.with_degree().ranked("-degree")
        """
        value = neighbours.degree(self._scope("with_degree"), direction, edges, through)
        return self._with(as_, value, ("with_degree", direction, marked(edges), marked(through)))

    @kinds("annotation")
    def with_degree_centrality(
        self, *, direction: Direction = "both", edges: Links = None, through: Through = None, as_: str = "centrality"
    ) -> Self:
        """Each row with the share of all other nodes that are neighbours of it, 0 to 1.

        Parameters
        ----------
        direction, edges, through
            As in ``connected``. All nodes are all rows of the model, or those of ``through``.
        as_
            Name of the result; 0.0 where there is no other node.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``direction`` is unknown.

        SQL
        ---
        The count of ``with_degree``, divided by ``(SELECT COUNT(*) FROM nodes) - 1``.

        Examples
        --------
        >>> central = User.objects.with_degree_centrality(as_="density").at_least(density=0.1)
        """
        value = neighbours.centrality(self._scope("with_degree_centrality"), direction, edges, through)
        return self._with(as_, value, ("with_degree_centrality", direction, marked(edges), marked(through)))

    @kinds("annotation")
    def with_triangles(self, *, edges: Links = None, through: Through = None, as_: str | None = None) -> Self:
        """Each row with how many ``triangles`` of neighbours it is in, and its ``clustering``, 0 to 1.

        Clustering is the share of the pairs of its neighbours that are neighbours of each other, whichever way edges
        go; 0.0 where there are fewer than two.

        Parameters
        ----------
        edges, through
            As in ``reachable_from``.
        as_
            Prefix of the results: ``<as_>_triangles`` and ``<as_>_clustering``.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.

        SQL
        ---
        ``LEFT JOIN (...) ON id``: the edges three times, joined along rising keys, for the whole graph.

        Examples
        --------
        >>> cliques = User.objects.with_triangles().ranked("-triangles")
        """
        prefix, marks = "" if as_ is None else f"{as_}_", (marked(edges), marked(through))
        table = neighbours.triangles(self._scope("with_triangles"), edges, through)
        rows = self._with(f"{prefix}triangles", or_else(table, "triangles", 0), ("with_triangles", 1, *marks))
        value = or_else(table, "clustering", 0.0)
        return rows._with(f"{prefix}clustering", value, ("with_triangles", 2, *marks))

    @kinds("filter", "annotation", "ordering")
    def suggested_for(self, node: Any, *, edges: Links = None, through: Through = None, as_: str = "score") -> Self:
        """The rows that share neighbours with a node and are none of them, the likeliest first.

        The score is the index of Adamic and Adar: the sum of ``1 / ln(degree)`` of the neighbours that they share, so
        that those who know everybody say little.

        Parameters
        ----------
        node
            A primary key or an instance.
        edges, through
            As in ``reachable_from``; edges are followed both ways.
        as_
            Name of the score.

        Raises
        ------
        AliasClash
            The model has a field of that name.
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``node`` is no key.

        SQL
        ---
        ``LEFT JOIN (...) ON id WHERE score IS NOT NULL``: the neighbours of the neighbours of one node. An index on the
        source and one on the target.

        Examples
        --------
        >>> ten = User.objects.suggested_for(7)[:10]
        """
        marks = marked(node), marked(edges), marked(through)
        rows = self._where(neighbours.suggested_for, node, edges, through)
        rows = rows._walked({as_: "score"}, "suggested_for", *marks)._noted(score=f"-{as_}")
        return rows.order_by(*order_terms(rows._scope("suggested_for"), [f"-{as_}", "pk"]))
