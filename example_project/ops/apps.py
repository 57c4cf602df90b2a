"""The ops domain: sessions with assistants, what is streamed in them, and work that waits in a queue."""

from __future__ import annotations

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Sessions, messages, streamed responses, and tasks."""

    name = "example_project.ops"
    label = "ops"
    default_auto_field = "django.db.models.BigAutoField"
