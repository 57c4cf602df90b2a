"""A backend and a worker for Django's own Tasks framework, over a queue in a table of one's own.

    INSTALLED_APPS = [..., "querysets", "querysets.contrib.tasks"]
    TASKS = {"default": {"BACKEND": "querysets.contrib.tasks.TableBackend", "OPTIONS": {"model": "ops.Task"}}}

The model is one whose manager declares the roles of a queue. ``manage.py tasks_worker`` runs what is enqueued.
"""

from __future__ import annotations

import django
from django.core.exceptions import ImproperlyConfigured

if django.VERSION < (6, 0):
    raise ImproperlyConfigured(
        f"querysets.contrib.tasks: django.tasks is part of Django 6.0 and newer, this is {django.__version__}; "
        "take querysets.contrib.tasks out of INSTALLED_APPS, or upgrade"
    )

from .backend import TableBackend, WorkerLost

__all__ = ["TableBackend", "WorkerLost"]
