"""The words of the surface: what each name says, where it stands, and that it stands in one place only."""

from __future__ import annotations

import inspect
import re

import pytest
from django.db.models import Manager, QuerySet

from querysets import P, PatternManager, PatternQuerySet

from .conftest import LAYERS, METHODS

VERBS = (
    "get",
    "set",
    "filter",
    "exclude",
    "annotate",
    "order",
    "sort",
    "group",
    "select",
    "find",
    "fetch",
    "do",
    "calculate",
    "compute",
    "add",
    "make",
)
ASYNCHRONOUS = {"asse": "a thread would wait for each client"}
"""Terminals that have no synchronous form, and why."""
OTHERWISE = {"compute", "acompute"}  # a verb for a value: not the annotation, but the same computed in Python
OURS_BESIDE = {"as_manager"}  # public, and no step of a chain


def public(cls):
    return {name: value for name, value in vars(cls).items() if not name.startswith("_")}


@pytest.mark.parametrize("name", METHODS)
def test_a_name_says_its_kind(name):
    kinds = METHODS[name].kinds
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
    assert name.split("_")[0] not in VERBS or "write" in kinds or name in OTHERWISE
    assert not name.startswith("with_") or "annotation" in kinds
    assert name.startswith("with_") or kinds != {"annotation"}
    assert not name.endswith(("_filter", "_annotation", "_queryset", "_q"))


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)
def test_every_public_method_has_kinds(cls):
    without = {name for name, value in public(cls).items() if inspect.isroutine(value) and not hasattr(value, "kinds")}
    assert without <= OURS_BESIDE


def test_no_two_classes_share_a_public_name():
    homes = {}
    for cls in LAYERS:
        for name in public(cls):
            homes.setdefault(name, []).append(cls.__name__)
    assert not {name: where for name, where in homes.items() if len(where) > 1}


def test_no_method_of_django_is_replaced():
    assert not {name for cls in LAYERS for name in public(cls) if hasattr(QuerySet, name)} - OURS_BESIDE


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_on_the_manager(name):
    """``from_queryset`` silently passes over a name that ``Manager`` has already."""
    method = METHODS[name].function
    if getattr(method, "queryset_only", False):
        assert "write" in METHODS[name].kinds
        assert not hasattr(PatternManager, name)
    else:
        assert not hasattr(Manager, name)
        assert inspect.signature(getattr(PatternManager, name)) == inspect.signature(method)


@pytest.mark.parametrize("name", METHODS)
def test_terminals_and_writes_have_async_twins(name):
    method = METHODS[name]
    twin_of = METHODS.get(name.removeprefix("a")) if name.startswith("a") else None
    if method.is_chainable:
        assert not inspect.iscoroutinefunction(method.function)
    elif twin_of is not None and not twin_of.is_chainable:
        is_stream = twin_of.function.__annotations__["return"].startswith("Iterator[")
        assert inspect.iscoroutinefunction(method.function) or is_stream
        assert inspect.signature(method.function).parameters == inspect.signature(twin_of.function).parameters
        assert method.kinds == twin_of.kinds
    else:
        assert f"a{name}" in METHODS or name in ASYNCHRONOUS
    if "write" in method.kinds:
        assert method.function.alters_data


def test_p_has_every_filter_and_nothing_else():
    filters = {name for name, method in METHODS.items() if method.kinds == {"filter"}}
    assert set(public(P)) == filters


@pytest.mark.parametrize("name", sorted(public(P)))
def test_p_takes_what_the_method_takes(name):
    condition, method = getattr(P, name), METHODS[name].function
    assert (condition.__name__, condition.__doc__) == (name, method.__doc__)


def test_what_the_package_exports_is_there():
    import querysets

    assert set(querysets.__all__) == set(querysets._HOMES)
    assert all(getattr(querysets, name) is not None for name in querysets.__all__)
    assert PatternQuerySet in PatternManager._queryset_class.__mro__
