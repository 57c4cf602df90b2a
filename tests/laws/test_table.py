"""The table of samples itself: whole, and worth trying."""

from __future__ import annotations

import builtins
import inspect
import re

import pytest
from django.db.models import F

from example_project.content.models import Post
from querysets import PatternQuerySet, errors
from querysets.kinds import KINDS, SHAPES, admits, methods, shape_of
from tests.fixtures.calls import LATER, REFUSALS, SAMPLES
from tests.fixtures.calls.around import FIELDS

from .steps import ODD, on_rows
from .trial import base

METHODS = methods(PatternQuerySet)
CHAINABLE = [name for name, method in METHODS.items() if method.is_chainable]


ELSEWHERE = ("querysets.mixins.graphs.", "querysets.mixins.streaming.queues")
"""Where methods are about roles that no post has."""


@pytest.mark.parametrize("name", CHAINABLE)
def test_every_chainable_method_has_samples_where_it_meets_others_of_each_kind(name):
    models = {sample.model for sample in SAMPLES.get(name, ())}
    assert models & {*FIELDS} if METHODS[name].function.__module__.startswith(ELSEWHERE) else Post in models


def test_the_table_names_no_method_that_is_gone():
    assert not (set(SAMPLES) | set(REFUSALS)) - set(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_every_documented_error_has_a_call_that_raises_it(name):
    documented = re.findall(r"^    (\w+)$", _section(METHODS[name].function, "Raises"), re.MULTILINE)
    for error in {error for error in documented if (name, error) not in LATER}:
        known = getattr(builtins, error, None) or getattr(errors, error)
        assert any(issubclass(refusal.error, known) for refusal in REFUSALS.get(name, ())), error


CALLS = [(name, refusal) for name in sorted(REFUSALS) for refusal in REFUSALS[name]]


@pytest.mark.parametrize(("name", "refusal"), CALLS, ids=lambda part: getattr(part, "error", type(part)).__name__)
def test_a_call_that_cannot_be_meant_raises_before_any_sql(name, refusal, no_query, world):
    with no_query(), pytest.raises(refusal.error) as raised:
        refusal.call(name)
    assert type(raised.value) is refusal.error or refusal.error in (TypeError, ValueError)


def lists_of_names():
    """The parameters that take one name or several, each with a sample of its method."""
    for name, method in METHODS.items():
        for each in inspect.signature(method.function).parameters.values():
            if "str | Sequence[str]" in str(each.annotation) and name in SAMPLES:
                yield pytest.param(name, each.name, next(iter(SAMPLES[name])), id=f"{name}-{each.name}")


@pytest.mark.parametrize(("name", "parameter", "sample"), list(lists_of_names()))
def test_where_names_are_listed_an_expression_is_refused(name, parameter, sample, no_query, world):
    """Python would iterate over one without an end."""
    rows = sample.model.objects.all() if sample.only != "groups" else Post.objects.count_by("status")
    rows = rows if sample.prepared is None else sample.prepared(rows)
    method = getattr(rows, name)
    bound = inspect.signature(method).bind(*sample.args, **sample.kwargs)
    several = inspect.signature(method).parameters[parameter].kind is inspect.Parameter.VAR_POSITIONAL
    bound.arguments[parameter] = (F("pk"),) if several else F("pk")
    with no_query(), pytest.raises(TypeError, match="must be a name or a list of names"):
        method(*bound.args, **bound.kwargs)


def _section(function, title):
    text = "    " + inspect.cleandoc(function.__doc__).replace("\n", "\n    ")
    found = re.search(rf"^    {title}\n    -+\n(.*?)(?=^    \S[^\n]*\n    -+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


TRIVIAL = ("any_of()", "none_of()", "matching('  ', 'title')")  # no condition, no row; nothing to look for, every row
FILTERS = [step for step in on_rows() if "filter" in step.kinds and str(step) not in TRIVIAL and not step.relative]


@pytest.mark.parametrize("step", FILTERS, ids=str)
def test_a_filter_keeps_some_rows_and_not_others(step, world):
    kept = step(base(step)).count()
    assert kept > 0
    assert kept < base(step).count() or "last" in str(step)


def test_the_table_of_shapes_is_this():
    """By hand, as the laws of pairs read the table itself. What is not named is possible."""
    everything = set(KINDS) - {"neutral"}
    refused = {
        "rows": set(),
        "groups": {"selection", "write"},
        "series": everything - {"annotation", "ordering"},
        "values": set(),
        "distinct": {"selection", "annotation", "write"},
        "combined": everything - {"ordering"},
        "sliced": {"filter", "annotation", "ordering", "write"},
    }
    assert set(refused) == set(SHAPES)
    for shape in SHAPES:
        assert {kind for kind in KINDS if admits(shape, {kind}) == "no"} == refused[shape]
    frozen = {kind for kind in KINDS if admits("sliced", {kind}) == "freeze"}
    assert frozen == {"selection", "grouping", "terminal"}


@pytest.mark.parametrize("first", [*on_rows(), *ODD], ids=str)
def test_a_step_gives_the_shape_that_the_laws_take_it_to_give(first):
    assert shape_of(first(base(first)).query) == first.shape
