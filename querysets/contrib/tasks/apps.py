"""The app: ``"querysets.contrib.tasks"`` in ``INSTALLED_APPS``, for its command."""

from __future__ import annotations

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Brings ``manage.py tasks_worker``; it has no models."""

    name = "querysets.contrib.tasks"
    label = "querysets_tasks"
    verbose_name = "Tasks in a table"
