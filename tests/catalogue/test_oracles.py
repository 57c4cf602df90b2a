"""Every entry gives what its oracle says, on rows that can tell the difference."""

from __future__ import annotations

import pytest

from example_project.catalogue import catalogue
from example_project.catalogue.checking import check, oracles

ENTRIES = list(catalogue.values())
# what an entry without a proper part of the table is
ORDERS = {91: "an order of all posts", 159: "a median of 0", 286: "an order of all posts"}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.number}-{entry.name}")
def test_entry_agrees_with_its_oracle(entry, world):
    failures = check(entry, world)

    assert not failures, "\n".join(map(str, failures))


def test_every_entry_is_tried_with_rows_inside_and_rows_outside():
    def proper(entry):
        return any(each.size == "some" and each.error is None for each in oracles[entry.number].cases)

    assert {entry.number for entry in ENTRIES if not proper(entry)} == set(ORDERS)
