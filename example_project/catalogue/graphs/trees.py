"""Trees: what is below, above and beside a node, and what it adds up to."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, QuerySet, Sum

from example_project.catalogue import pattern
from example_project.content.models import Category
from example_project.graph.models import Node


@pattern(521, "Category tree")
def category_tree(root_id: int | None = None, max_depth: int | None = None) -> QuerySet[Category]:
    """Categories from all roots or from one, each before what is below it, siblings by name, with depth and path.

    What is on or under a cycle is left out, unless ``root_id`` itself is; then each member comes once.
    """
    return Category.objects.tree(root_id, by="name", max_depth=max_depth)


@pattern(524, "Depth of nodes")
def graph_depth() -> QuerySet[Node]:
    """All nodes with their depth in the tree: 0 for a root, NULL on a cycle and under one."""
    return Node.objects.with_depth()


@pattern(526, "Descendants of a node")
def node_children(node_id: int = 1, max_depth: int | None = None) -> QuerySet[Node]:
    """All descendants of a node with their depth below it: 1 for its children.

    On a cycle these are all its other members and what is below them, once each.
    """
    return Node.objects.descendants_of(node_id, max_depth=max_depth)


@pattern(531, "Ancestors of a node")
def node_ancestors(node_id: int = 2) -> QuerySet[Node]:
    """The ancestors of a node, the root first, with their distance: 1 for the parent."""
    return Node.objects.ancestors_of(node_id).ranked("-distance")


@pattern(532, "Siblings of a node")
def sibling_nodes(node_id: int = 2) -> QuerySet[Node]:
    """Nodes with the same parent, without the node itself; beside a root, the other roots."""
    return Node.objects.siblings_of(node_id)


@pattern(533, "Leaves")
def leaf_nodes(under: int | None = None) -> QuerySet[Node]:
    """Nodes that no other node has for a parent, of all or only of what is below one."""
    return Node.objects.leaves(under)


@pattern(534, "Posts and views of a category with all below it")
def category_rollup() -> QuerySet[Category]:
    """Categories with the posts, and their views, of themselves and of all that is below them, each post once."""
    return Category.objects.with_subtree(posts_below=Count("posts"), views_below=Sum("posts__views"))


@pattern(535, "Nodes on cycles")
def cyclic_nodes() -> QuerySet[Node]:
    """Nodes that are above themselves, with the least id on their cycle and its length; not what is under a cycle."""
    return Node.objects.cyclic()


@pattern(536, "Lowest common ancestor")
def lowest_common_ancestor(node_ids: Collection[int] = (2, 3)) -> QuerySet[Node]:
    """The node above all of some nodes, or one of them, that is nearest to them together, if there is one."""
    return Node.objects.common_ancestor_of(*node_ids)


@pattern(537, "Move a subtree")
def move_subtree(node_id: int = 2, parent_id: int | None = None) -> int:
    """Put a node, with all that is below it, under another one, or make it a root; 1 if that changed anything.

    A node cannot be put below itself: that is a ``CycleError``.
    """
    return Node.objects.move(node_id, parent_id)
