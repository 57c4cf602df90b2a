"""Every ordered pair of chainable methods: each obeys the laws of its kinds on what the other made, or is refused."""

from __future__ import annotations

import random
from functools import cache

import pytest
from django.db import transaction

from example_project.content.models import Post

from .steps import NATIVE, ODD, on_groups, on_rows, see
from .trial import applied, base, check, compiled

BUILT, EXECUTED = 80_000, 6_000  # how many pairs a run takes: more methods do not make it longer
FIRSTS = [*on_rows(), *NATIVE, *ODD]


def seconds(first):
    """The steps that can follow ``first``."""
    model = base(first).model
    if first.shape in {"groups", "series"}:
        return on_groups(model)
    return (*on_rows(model), *NATIVE) if model is Post and first not in ODD else on_rows(model)


@cache
def all_pairs():
    """How many there are."""
    return sum(len(seconds(first)) for first in FIRSTS)


def chosen(first, budget, request):
    """The steps after ``first`` among so many pairs, chosen by the seed; or all of them."""
    if request.config.getoption("--all-pairs"):
        return seconds(first)
    share, seed = budget / all_pairs(), request.config.getoption("--laws-seed")
    return [each for each in seconds(first) if random.Random(f"{seed} {first} {each}").random() < share]


def tell(failures, request):
    """Fail with all that went wrong in a loop."""
    seed = request.config.getoption("--laws-seed")
    if failures:
        told = "\n".join(failures[:40])
        pytest.fail(f"{len(failures)} pairs (--laws-seed={seed}):\n{told}", pytrace=False)


@pytest.mark.parametrize("first", FIRSTS, ids=str)
def test_every_pair_is_built_and_compiled_or_refused(first, no_query, request, few):
    one = first(base(first))
    failures = []
    before = compiled(one), repr(vars(one.query).get("patterns"))
    with no_query():
        for second in chosen(first, BUILT, request):
            try:
                two = applied(one, first.shape, second)
                if two is not None:
                    compiled(two)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is told, and the next pair is tried)
                failures.append(f"{first} → {second}: {type(error).__name__}: {error}")
    tell(failures, request)
    assert (compiled(one), repr(vars(one.query).get("patterns"))) == before, "a method has changed its receiver"


@pytest.mark.parametrize("first", FIRSTS, ids=str)
def test_pairs_obey_the_laws(first, request, alone, few):
    one = first(base(first))
    failures, seen = [], None
    for second in chosen(first, EXECUTED, request):
        try:
            with transaction.atomic():
                two = applied(one, first.shape, second)
                if two is not None:
                    seen = seen or see(one.all())
                    check(one, seen, second, two, alone)
        except Exception as error:  # noqa: BLE001
            failures.append(f"{first} → {second}: {type(error).__name__}: {error}")
    tell(failures, request)
