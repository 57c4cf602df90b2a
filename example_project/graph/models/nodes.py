"""Nodes: a tree by their parents, a graph by their connections."""

from __future__ import annotations

from django.db import models

from querysets import PatternManager


class Node(models.Model):
    """A module or a topic below another, connected with those that it imports or says to see also.

    The database allows cycles of parents and connections with oneself, and the world has some.
    """

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="children")
    # The migration adds an index on (to, from) of its table; Django's own begins with the other end.
    connections = models.ManyToManyField("self")

    objects = PatternManager(parent="parent", edges="connections", title="name")

    def __str__(self) -> str:
        return self.name
