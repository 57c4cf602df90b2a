"""Random chains of three to five methods: each step obeys the laws of its kinds, and the end those of a queryset."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from example_project.content.models import Post
from querysets import PatternQuerySet

from .steps import NATIVE, on_groups, on_rows, see
from .trial import applied, check

STEPS = [*(step for step in on_rows(Post) if "grouping" not in step.kinds), *NATIVE]
ENDS = [*STEPS, *(step for step in on_rows(Post) if "grouping" in step.kinds)]


class OwnQuerySet(PatternQuerySet[Post]):
    """A user's own class."""


@pytest.mark.parametrize("part", range(4))
def test_a_chain_obeys_the_laws_at_every_step(part, alone, request):
    number = request.config.getoption("--laws-seed")

    @seed(f"{number} {part}")
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=4), st.sampled_from([*ENDS, *on_groups(Post)]))
    def chained(steps, last):
        note(f"--laws-seed={number}: " + " → ".join(map(str, [*steps, last])))
        with transaction.atomic():
            hold(steps, last, alone)

    chained()


def hold(steps, last, alone):
    """Take the steps one by one; then look at where they have led."""
    rows, shape = OwnQuerySet(Post), "rows"
    seen = see(rows)
    for step in [*steps, last]:
        if shape == "rows" and step.sample is not None and step.sample.only == "groups":
            break
        following = applied(rows, shape, step)
        if following is None:
            continue
        seen = check(rows, seen, step, following, alone)
        rows, shape = following.all(), step.shape if step.shape != "rows" else shape
    assert type(rows) is OwnQuerySet
    assert len(rows.all()) == len(seen.rows)
    assert rows.all().exists() == bool(seen.rows)
    if shape == "rows":
        assert {row.pk for row in rows.order_by().union(rows.order_by())} == set(seen.rows)
        assert set(see(rows & rows.all()).rows) == set(seen.rows)
        assert set(see(rows | rows.all()).rows) == set(seen.rows)
        assert set(Post.objects.filter(pk__in=rows.values("pk")).values_list("pk", flat=True)) == set(seen.rows)
