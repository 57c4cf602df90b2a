"""The explorer as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class ExplorerConfig(AppConfig):
    """Its pages read the catalogue and have no models of their own."""

    name = "example_project.explorer"
    label = "explorer"
