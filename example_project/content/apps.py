"""The content domain: people, what they write, and what they book and buy."""

from __future__ import annotations

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """People, what they write, and what they buy and book."""

    name = "example_project.content"
    label = "content"
    default_auto_field = "django.db.models.BigAutoField"
