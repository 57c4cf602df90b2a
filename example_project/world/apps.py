"""The world: the data that examples, tests and oracles share."""

from __future__ import annotations

from django.apps import AppConfig


class WorldConfig(AppConfig):
    """The rows that all examples are about."""

    name = "example_project.world"
    label = "world"
    default_auto_field = "django.db.models.BigAutoField"
