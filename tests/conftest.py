"""A database server for the tests, and test databases that sort as Python does and know all letters."""

from __future__ import annotations

import atexit
import contextlib
import os

import django
import psycopg
import pytest

from example_project.config import server

pytest_plugins = ["tests.fixtures.world", "tests.laws.options"]


# Here, so that what comes later may import models: first the server, then the settings, which read its address. (Hence
# no DJANGO_SETTINGS_MODULE in pyproject.toml, which pytest-django would load before this file.) Under xdist the first
# process does so, and its workers inherit both variables.
stack = contextlib.ExitStack()
stack.enter_context(server.running())
atexit.register(stack.close)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
django.setup()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Make the template that the settings name for test databases; a server of one's own may have any locale."""
    with (
        psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as connection,
        contextlib.suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation),
    ):
        connection.execute(
            "CREATE DATABASE querysets_template TEMPLATE template0 ENCODING 'UTF8'"
            " LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
        )
