"""The app that holds the patterns."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Has no models; extends the command ``patterns``."""

    name = "example_project.catalogue"
    label = "catalogue"
