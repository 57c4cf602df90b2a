"""The example project with one more app, so that the plugin of django-stubs knows its models."""

from __future__ import annotations

from example_project.config.settings import *  # noqa: F403
from example_project.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.typing.notes"]
