"""Groups: what is possible on rows is possible on keys and measures, and nothing reaches beneath them."""

from __future__ import annotations

import pytest
from django.db.models import Count, F, Q
from django.db.models.lookups import GreaterThan

from example_project.content.models import Post
from querysets import P
from querysets.errors import AliasClash, WrongShape

from .steps import on_groups, on_rows, see
from .trial import applied, base

COLUMNS = [field.name for field in Post._meta.concrete_fields if field.name not in {"id", "search"}]
PATHS = [f"author__{name}" for name in ("status", "username", "email", "bio", "dob")] + ["category__name"]
SINGLE = ("pk", *COLUMNS, *PATHS)
ON_BOTH = set(on_rows(Post)) & set(on_groups(Post))
LIKE_ROWS = [
    step
    for step in on_rows(Post)
    if step in ON_BOTH and step.kinds <= {"filter", "ordering"} and not step.sample.prepared
]


@pytest.mark.parametrize("step", LIKE_ROWS, ids=str)
def test_where_every_column_is_a_key_a_group_is_a_row(step, few):
    """So that each filter and each order keeps of groups what it keeps of rows."""
    groups = applied(Post.objects.per(*SINGLE), "groups", step)
    if groups is None:  # a way to related rows begins at a column that is no key
        assert "author__comments" in str(step) or "GreaterThan" in str(step)
        return
    assert sorted(row["pk"] for row in groups) == sorted(see(step(base(step))).rows)


@pytest.mark.parametrize("step", [step for step in on_groups(Post) if "filter" in step.kinds], ids=str)
def test_a_filter_never_changes_a_measure(step, few):
    """It keeps groups or drops them; where it would count fewer rows, it says that it cannot."""
    groups = Post.objects.count_by("status", "category").with_count("comments")
    before = {(row["status"], row["category"]): (row["count"], row["comments_count"]) for row in groups}
    try:
        kept = list(step(groups))
    except (WrongShape, ValueError):
        return
    for row in kept:
        assert (row["count"], row["comments_count"]) == before[row["status"], row["category"]]


@pytest.mark.parametrize(
    "beneath",
    [
        lambda groups: groups.any_of(Q(rating__gt=3)),
        lambda groups: groups.any_of(Q(comments__score=1)),
        lambda groups: groups.none_of(GreaterThan(F("rating"), 3)),
        lambda groups: groups.above(count=F("likes")),
        lambda groups: groups.by(status=F("language")),
        lambda groups: groups.any_of(P.by(status="draft") | P.having("comments")),
        lambda groups: groups.any_of(P.by(status="draft"), Q(rating=1), union=True),
        lambda groups: groups.with_ratio(F("likes") + 1, "count", as_="odd"),
        lambda groups: groups.ranked("rating"),
        lambda groups: groups.with_rank("-rating"),
    ],
)
def test_what_is_no_key_and_no_measure_is_refused(beneath, no_query):
    with no_query(), pytest.raises(WrongShape, match="neither a key nor a measure"):
        beneath(Post.objects.count_by("status"))


def test_conditions_on_keys_and_measures_mix(world):
    counts = {row["status"]: row["count"] for row in Post.objects.count_by("status")}
    groups = Post.objects.count_by("status")
    either = {status for status, count in counts.items() if count > 20 or status == "stale"}
    assert 0 < len(either) < len(counts)
    for conditions in (
        (P.above(count=20), P.by(status="stale")),
        (P.above(count=20) | P.by(status="stale"), P.by(status=[])),
        (Q(count__gt=20) | Q(status="stale"),),
        (GreaterThan(F("count"), 20), Q(status="stale")),
    ):
        assert {row["status"] for row in groups.any_of(*conditions)} == either
        assert {row["status"] for row in groups.none_of(*conditions)} == set(counts) - either
        assert all(counts[row["status"]] == row["count"] for row in groups.any_of(*conditions))


def test_a_key_that_is_computed_is_kept_once_and_never_twice_under_one_name():
    monthly = Post.objects.bucketed("month")
    assert str(monthly.bucketed("month").query) == str(monthly.query)
    with pytest.raises(AliasClash, match="period"):
        monthly.bucketed("week")
    assert Post.objects.per("status").bucketed("month").query.patterns["groups"] == ("status", "period")


def test_groups_are_taken_of_rows_once_each(world):
    scored = {comment.post_id for comment in world.comments if comment.score == 1}
    multiplied = Post.objects.filter(comments__score=1)
    for rows in (
        multiplied,
        multiplied.distinct(),
        multiplied.annotate(n=Count("comments")),
        multiplied.order_by("-rating"),
    ):
        assert sum(row["count"] for row in rows.count_by("status")) == len(scored)
