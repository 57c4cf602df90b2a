"""Patterns on the neighbours of a node and on the ways between nodes."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from example_project.catalogue import pattern
from example_project.content.models import User
from example_project.graph.models import Node
from querysets import P


@pattern(523, "Users linked to a user")
def related_users(entity_id: int = 1, kind: str | None = None) -> QuerySet[User]:
    """The users with an edge to the user, each once; with a kind, an edge of that kind.

    An edge of the user to itself says nothing.
    """
    return User.objects.linked_to(entity_id, Q() if kind is None else P.by(kind=kind))


@pattern(527, "How much of the network a user knows")
def user_relationship_density() -> QuerySet[User]:
    """Each user with ``density``, the share of all other users that an edge leads to or comes from."""
    return User.objects.with_degree_centrality(as_="density")


@pattern(529, "Users within a few hops")
def multi_hop_users(entity_id: int = 1, hops: int = 2) -> QuerySet[User]:
    """The users from whom the user can be reached along so many edges, each with the least number that it takes."""
    return User.objects.within_hops(entity_id, hops, direction="in")


@pattern(530, "Connected nodes")
def connected_nodes() -> QuerySet[Node]:
    """The nodes with a neighbour other than themselves, each with its ``degree``, how many it has."""
    return Node.objects.connected().with_degree()


@pattern(538, "The shortest path")
def shortest_path(from_id: int = 225, to_id: int = 229, max_hops: int | None = None) -> QuerySet[Node]:
    """The nodes of one shortest path, with the ``step`` of each; no row if there is none, or it is longer.

    Of several it is that whose ids, read from the start, are the least.
    """
    return Node.objects.shortest_path(from_id, to_id, max_hops=max_hops)


@pattern(539, "The cheapest path")
def cheapest_path(from_id: int = 85, to_id: int = 90) -> QuerySet[User]:
    """The users on the path whose edges weigh least, with the ``step`` of each and the ``cost`` until there.

    Of paths of one cost it is that of fewer hops, and then that of the least ids, read from the start.
    """
    return User.objects.cheapest_path(from_id, to_id)


@pattern(541, "Connections in common")
def mutual_connections(a_id: int = 225, b_id: int = 229) -> QuerySet[Node]:
    """The nodes that are neighbours of both; a node in common with itself is each of its neighbours."""
    return Node.objects.mutual(a_id, b_id)


@pattern(542, "Suggested connections")
def suggested_connections(node_id: int = 225) -> QuerySet[Node]:
    """The nodes that share neighbours with the node without being one, the likeliest first.

    The ``score`` of a node is the sum of ``1 / ln(degree)`` over the neighbours that they share (Adamic and Adar).
    """
    return Node.objects.suggested_for(node_id)
