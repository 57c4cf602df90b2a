from __future__ import annotations

import pytest

from example_project.explorer import running
from tests.explorer.pages import Page


@pytest.fixture(autouse=True)
def _patience(monkeypatch):
    """A busy machine is slow, not wrong."""
    monkeypatch.setattr(running, "TIMEOUT_MS", 60_000)


@pytest.fixture
def page(client, world):
    """The page at an address, of well-formed HTML whatever its status."""

    def get(address, **query):
        found = Page(client.get(address, query))
        assert found.faults == []
        return found

    return get
