"""Trees as the neighbours store them, and as we do: the tables of ``benchmarks.graphs``."""

from __future__ import annotations

from typing import Any

from django.db import models
from mptt.models import MPTTModel, TreeForeignKey
from tree_queries.models import TreeNode

from querysets import PatternManager


class Node(models.Model):
    """Ours: a parent, and links both ways."""

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    links = models.ManyToManyField("self")

    objects = PatternManager(parent="parent", edges="links")

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """A directed edge with a weight."""

    source = models.ForeignKey(Node, models.CASCADE, related_name="routes")
    target = models.ForeignKey(Node, models.CASCADE, related_name="+")
    weight = models.FloatField()

    def __str__(self) -> str:
        return f"{self.source_id} to {self.target_id}"  # type: ignore[attr-defined]


class QueriedNode(TreeNode):
    """By django-tree-queries."""

    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class NestedNode(MPTTModel):
    """By django-mptt."""

    name = models.CharField(max_length=100)
    parent: Any = TreeForeignKey("self", models.CASCADE, null=True, related_name="children")

    def __str__(self) -> str:
        return self.name
