"""The docstrings: their form, and that their examples run."""

from __future__ import annotations

import doctest
import inspect
import re
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pkgutil import walk_packages

import django
import pytest
from asgiref.sync import async_to_sync
from django.db import models
from django.db.models import QuerySet, functions
from django.utils import timezone

import example_project.content.models as content
import example_project.graph.models as graph
import example_project.ops.models as ops
import querysets

from .conftest import METHODS

SECTIONS = ("Parameters", "Raises", "SQL", "Notes", "See Also", "Examples")
NO_SQL = {"when"}  # of all that are no terminals: what makes no SQL of its own


def parts(docstring):
    """The docstring as ``{section: text}``, in order; what stands before the first is ``""``."""
    found = {}
    title, lines = "", []
    for line in inspect.cleandoc(docstring).split("\n"):
        if set(line) == {"-"} and lines and len(lines[-1]) == len(line):
            heading = lines.pop()
            found[title] = "\n".join(lines).strip("\n")
            title, lines = heading, []
        else:
            lines.append(line)
    return {**found, title: "\n".join(lines).strip("\n")}


def documented(text):
    """The names in a section of parameters."""
    entries = [line for line in text.split("\n") if line and not line.startswith(" ")]
    return [name.strip() for entry in entries for name in entry.split(" : ")[0].split(",")]


@pytest.mark.parametrize("name", METHODS)
def test_a_docstring_has_the_house_form(name):
    method = METHODS[name]
    if name.startswith("a") and METHODS.get(name[1:], method).kinds & {"terminal", "write"} and name[1:] in METHODS:
        assert method.function.__doc__  # a twin may refer to its method
        return
    found = parts(method.function.__doc__)
    first = found[""].split("\n")[0]
    assert first.endswith((".", ":"))
    assert not re.match(r"(This|Returns?|Filters?|Gets?) ", first)
    titles = [title for title in found if title]
    assert titles == [title for title in SECTIONS if title in titles]
    assert "Examples" in titles
    assert ">>> " in found["Examples"]
    assert "SQL" in titles or name in NO_SQL or method.kinds & {"neutral"}
    signature = inspect.signature(method.function).parameters.values()
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    taken = [stars.get(each.kind, "") + each.name for each in signature if each.name != "self"]
    assert sorted(documented(found.get("Parameters", ""))) == sorted(taken)


def examples():
    """Every docstring of the package with an example in it."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    for info in walk_packages(querysets.__path__, "querysets.", onerror=lambda _: None):
        if ".management." in info.name or (django.VERSION < (6, 0) and info.name.startswith("querysets.contrib.tasks")):
            continue
        module = import_module(info.name)
        for test in finder.find(module, info.name, module):
            if test.examples:
                yield pytest.param(test, id=test.name.removeprefix("querysets."))


def namespace():
    """What an example may take for granted."""
    return {
        **{name: getattr(each, name) for each in (content, graph, ops) for name in each.__all__},
        **{name: getattr(models, name) for name in ("Avg", "Count", "F", "Max", "Min", "Q", "Sum", "Value")},
        **{name: getattr(functions, name) for name in ("Lower", "Trim", "Upper", "Length")},
        **{name: getattr(querysets, name) for name in querysets.__all__},
        "date": date, "datetime": datetime, "timedelta": timedelta, "timezone": timezone, "UTC": UTC,
        "async_to_sync": async_to_sync,
    }  # fmt: skip


@pytest.mark.parametrize("example", list(examples()))
def test_an_example_runs_and_what_it_makes_can_be_read(example, world):
    example.globs = given = {**example.globs, **namespace()}
    known = set(given)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS, verbose=False)
    told = []
    result = runner.run(example, out=told.append, clear_globs=False)
    assert not result.failed, "".join(told)
    for name in set(given) - known:
        if isinstance(given[name], QuerySet):
            list(given[name])


def test_every_method_has_an_example_that_is_run():
    run = {param.values[0].name.rsplit(".", 1)[-1] for param in examples()}
    assert not {name for name, method in METHODS.items() if not (name.startswith("a") and name[1:] in METHODS)} - run
