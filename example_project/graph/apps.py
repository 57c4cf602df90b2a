"""The graph domain: a tree of modules, what they import, and what people know of each other."""

from __future__ import annotations

from django.apps import AppConfig


class GraphConfig(AppConfig):
    """Trees, graphs and memories."""

    name = "example_project.graph"
    label = "graph"
    default_auto_field = "django.db.models.BigAutoField"
