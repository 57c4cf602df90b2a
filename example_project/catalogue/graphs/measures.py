"""Patterns on what the whole graph says of a node."""

from __future__ import annotations

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import User
from example_project.graph.models import Node, Relationship


@pattern(540, "The components of a graph")
def graph_components() -> QuerySet[Node]:
    """Each node with its ``component``, the least id that is connected with it, and the ``component_size``."""
    return Node.objects.with_component()


@pattern(543, "Triangles and clustering")
def triangle_counts() -> QuerySet[Node]:
    """Each node with the ``triangles`` that it is in, and its ``clustering``.

    That is the share of the pairs of its neighbours that are connected as well, 0.0 if there is no pair.
    """
    return Node.objects.with_triangles()


@pattern(544, "PageRank")
def page_rank(iterations: int = 20, damping: float = 0.85) -> QuerySet[User]:
    """Each user with its ``pagerank`` after so many rounds; all of them add up to 1."""
    return User.objects.with_pagerank(iterations, damping=damping)


@pattern(545, "What comes first")
def dependency_order(kind: str = "depends_on") -> QuerySet[User]:
    """The users in an order in which each edge of the kind leads from an earlier ``level`` to a later one.

    The level is the length of the longest chain of edges that ends there. On a circle and behind one it is ``None``:
    these users come last.
    """
    return User.objects.topological(edges=Relationship.objects.filter(kind=kind))
