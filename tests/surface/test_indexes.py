"""Every method that narrows or orders rows says which index serves it, or why none does."""

from __future__ import annotations

import inspect

import pytest

from querysets import indexes
from querysets.advice.needs import FOREIGN_KEYS, GIVEN, NEEDS, UNSERVED, needs_of
from querysets.roles import ROLES

from .conftest import METHODS

REASONS = {name: reason for reason, names in UNSERVED.items() for name in names}
ASKED = [name for name, method in METHODS.items() if method.kinds & {"filter", "ordering", "selection"}]


@pytest.mark.parametrize("name", ASKED)
def test_a_method_names_its_index_or_says_why_there_is_none(name):
    """In ``querysets/advice/needs.py``: in ``methods`` of a ``Need``, or in ``UNSERVED``."""
    assert bool(needs_of(name)) is not (name in REASONS)


def test_what_is_named_is_there():
    assert {name for need in NEEDS for name in need.methods} | set(REASONS) <= set(METHODS)
    assert {need.role for need in NEEDS} <= {*ROLES, GIVEN, FOREIGN_KEYS}


def test_a_need_is_told_by_its_name_and_role_and_a_factory_is_needed():
    assert len({(need.name, need.role) for need in NEEDS}) == len(NEEDS)
    made = {function for name, function in vars(indexes).items() if inspect.isfunction(function) and name[0] != "_"}
    ours = {function for function in made if function.__module__ == indexes.__name__}
    assert ours - {indexes.never_overlapping} == {need.index for need in NEEDS}
