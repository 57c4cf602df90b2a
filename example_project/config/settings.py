"""The settings of the example project; importing them needs no server."""

from __future__ import annotations

import os
from typing import Any

import django

from example_project.config.database import database

SECRET_KEY = "an example that keeps no secrets"  # noqa: S105 (nobody signs in, and it is served on this machine only)
DEBUG = True

INSTALLED_APPS = [
    "example_project.catalogue",  # the first app that has a command wins: its `patterns` extends that of querysets
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "querysets",
    "example_project.config",
    "example_project.content",
    "example_project.ops",
    "example_project.graph",
    "example_project.world",
    "example_project.explorer",
]
if django.VERSION >= (6, 0):  # Django's own Tasks: `manage.py tasks_worker` runs what is enqueued, in a table of ops
    INSTALLED_APPS.append("querysets.contrib.tasks")
    TASKS = {
        "default": {
            "BACKEND": "querysets.contrib.tasks.TableBackend",
            "QUEUES": ["background"],
            "OPTIONS": {"model": "ops.Task"},
        }
    }
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "example_project.config.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
STATIC_URL = "static/"

# manage.py and the tests start the embedded server and set the variable (config.server); until then nothing connects.
DATABASES = {"default": database(os.environ.get("DATABASE_URL") or "postgresql:///querysets")}
# Test databases get the locale that the tests count on from this one, which tests/conftest.py makes on any server.
DATABASES["default"]["TEST"] = {"TEMPLATE": "querysets_template"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
