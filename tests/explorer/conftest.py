from __future__ import annotations

import pytest

from tests.explorer.pages import Page


@pytest.fixture
def page(client, world):
    """The page at an address, of well-formed HTML whatever its status."""

    def get(address, **query):
        found = Page(client.get(address, query))
        assert found.faults == []
        return found

    return get
