"""What the whole graph says of each row, in SQL or, of large graphs, in Python."""

from __future__ import annotations

from typing import Any, Self

from asgiref.sync import sync_to_async
from django.db.models import F
from django.db.models.functions import Coalesce

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.graphs import wholes
from querysets.sql.graphs.computed import Column, or_else
from querysets.sql.graphs.edges import Direction, Links, graph_of, marked
from querysets.sql.graphs.nodes import Through
from querysets.sql.ordering import order_terms
from querysets.sql.values import amount, counted


class Measures(PatternBase[M, Row]):
    """Measures of the whole graph, whatever rows the chain has; above some 200,000 edges ``compute()`` is quicker."""

    @kinds("annotation")
    def with_component(self, *, edges: Links = None, through: Through = None, as_: str = "component") -> Self:
        """Each row with its component, the nodes that are connected with it in any number of hops.

        Parameters
        ----------
        edges, through
            As in ``reachable_from``; edges are followed both ways.
        as_
            Name of the component, which is the least primary key in it; ``<as_>_size`` is how many nodes it has. A row
            without edges is a component of its own.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: labels in one array, in as many rounds as it takes until they stand,
        about the logarithm of the nodes. All edges are read.

        Examples
        --------
        >>> groups = User.objects.with_component().above(component_size=1).count_by("component")
        """
        graph = graph_of(self._scope("with_component"), edges, "both", through)
        table, recipe = wholes.components(graph), ("with_component", marked(edges), marked(through))
        rows = self._with(as_, Coalesce(Column(table, "component"), F("pk")), recipe)
        rows = rows._with(f"{as_}_size", or_else(table, "size", 1), (*recipe, "size"))
        return rows._noted(whole=wholes.Whole("components", (as_, f"{as_}_size"), graph))

    @kinds("annotation")
    def with_pagerank(
        self,
        iterations: int = 20,
        *,
        damping: float = 0.85,
        direction: Direction = "out",
        edges: Links = None,
        through: Through = None,
        as_: str = "pagerank",
    ) -> Self:
        """Each row with its PageRank: the chance of meeting it on a random walk along edges; all add up to 1.

        Parameters
        ----------
        iterations
            Rounds of power iteration, from the same rank for all; 0 is that.
        damping
            The chance, 0 to 1, that the walk follows an edge and does not jump anywhere; at a node without edges that
            lead on it always jumps.
        direction, edges, through
            As in ``reachable_from``. Parallel edges count once, one of a node with itself not at all.
        as_
            Name of the result.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        TypeError
            ``iterations`` or ``damping`` is no number.
        ValueError
            ``iterations`` is negative, ``damping`` is not in 0..1, or ``direction`` is unknown.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: ranks in one array, all edges once a round.

        Examples
        --------
        >>> heard = User.objects.with_pagerank().ranked("-pagerank")
        """
        scope = self._scope("with_pagerank")
        rounds, chance = counted(scope, "iterations", iterations), float(amount(scope, "damping", damping, 0, 1))
        graph = graph_of(scope, edges, direction, through)
        recipe = ("with_pagerank", rounds, chance, direction, marked(edges), marked(through))
        rows = self._with(as_, Column(wholes.pageranks(graph, rounds, chance), "pagerank"), recipe)
        return rows._noted(whole=wholes.Whole("pageranks", (as_,), graph, (rounds, chance)))

    @kinds("annotation", "ordering")
    def topological(
        self,
        *,
        direction: Direction = "out",
        edges: Links = None,
        through: Through = None,
        as_: str = "level",
    ) -> Self:
        """The rows in an order in which every edge leads from an earlier level to a later one, each with its level.

        Parameters
        ----------
        direction : {"out", "in"}
            ``"in"``: from a later level to an earlier one.
        edges, through
            As in ``reachable_from``.
        as_
            Name of the level: the length of the longest chain of edges that ends here, 0 where none does. On a circle,
            and behind one, it is NULL; these rows come last. An edge of a node with itself is a circle.

        Raises
        ------
        MissingRole
            There are neither ``edges`` nor the role.
        ValueError
            ``direction`` is unknown.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: one row of the recursion for each level, with the nodes whose edges
        have all come from earlier ones in an array. An index on the source and one on the target.

        Examples
        --------
        >>> steps = User.objects.topological()
        """
        graph = graph_of(self._scope("topological"), edges, direction, through)
        recipe = ("topological", direction, marked(edges), marked(through))
        rows = self._with(as_, Column(wholes.levels(graph), "level"), recipe)
        rows = rows._noted(whole=wholes.Whole("levels", (as_,), graph))
        return rows.order_by(*order_terms(rows._scope("topological"), [as_]))

    @kinds("terminal")
    def compute(self) -> dict[Any, Any]:
        """What the last of ``with_component``, ``with_pagerank`` and ``topological`` gives each row, found in Python.

        Primary key = component, rank or level, for the rows of the chain. The values are those of the annotation, which
        this does not need: edges are streamed and the rest is done in Python, which spares the server.

        Raises
        ------
        WrongShape
            There is none of these methods before it.

        SQL
        ---
        One query of the edges, one of the nodes, one of the keys of the chain.

        Examples
        --------
        >>> components = User.objects.with_component().compute()
        """
        scope = self._scope("compute")
        return wholes.solved(scope, self, self.db)

    @kinds("terminal")
    async def acompute(self) -> dict[Any, Any]:
        """``compute``, asynchronously."""
        return await sync_to_async(self.compute)()
