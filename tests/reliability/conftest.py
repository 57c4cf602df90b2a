"""What the tests of the execution hook work on."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def execution_tables(django_db_setup, django_db_blocker):
    from tests.fixtures import execution  # models can be imported only now that the settings are there

    with django_db_blocker.unblock(), execution.tables():
        yield


@pytest.fixture
def items(execution_tables, transactional_db):
    """The rows of a table of their own, whose test is in no transaction."""
    from tests.fixtures import execution

    return execution.fresh()
