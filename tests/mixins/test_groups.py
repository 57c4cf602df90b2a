"""Groups in their first form: keys, measures, conditions on both, and what refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Avg, Count, Max
from django.db.models.functions import Lower

from example_project.content.models import Comment, Post, User
from querysets import P
from querysets.errors import AliasClash, ToManyPath, UnknownField, WrongShape


def last(value):
    return (value is None, value)


def test_count_by_counts_each_group_null_included(rows):
    groups = rows.per(lambda p: p.category_id)
    expected = [{"category": key, "count": len(groups[key])} for key in sorted(groups, key=last)]
    assert list(Post.objects.count_by("category")) == expected
    assert any(row["category"] is None for row in expected)


def test_an_order_before_does_not_split_the_groups(rows):
    assert Post.objects.newest().count_by("status").count() == 3


def test_conditions_on_measures_are_having_and_on_keys_where(rows):
    counts = {key: len(posts) for key, posts in rows.per(lambda p: p.status).items()}
    bound = sorted(counts.values())[1]
    grouped = Post.objects.count_by("status")
    assert {row["status"] for row in grouped.above(count=bound)} == {k for k, n in counts.items() if n > bound}
    assert list(grouped.by(status="draft")) == [{"status": "draft", "count": counts["draft"]}]
    assert {r["status"] for r in grouped.any_of(P.by(status="draft"), P.above(count=bound))} == {
        k for k, n in counts.items() if k == "draft" or n > bound
    }


def test_what_is_no_key_or_measure_is_refused(rows):
    with pytest.raises(WrongShape, match="'author' is neither a key nor a measure; there is status, count"):
        Post.objects.count_by("status").by(author=1)
    with pytest.raises(WrongShape, match="limited"):
        Post.objects.count_by("status").limited(1)
    with pytest.raises(WrongShape, match="cannot add a key to groups that have measures"):
        Post.objects.count_by("status").per("author")
    with pytest.raises(ToManyPath):
        Post.objects.per("comments__user")
    with pytest.raises(UnknownField, match="did you mean 'status'"):
        Post.objects.count_by("statuss")
    with pytest.raises(AliasClash):
        Post.objects.count_by("status", as_="views")


def test_the_order_ends_in_the_keys(rows):
    counts = {key: len(posts) for key, posts in rows.per(lambda p: (p.status, p.views)).items()}
    expected = sorted(counts, key=lambda key: (-counts[key], *key))
    found = Post.objects.count_by("status", "views").ranked("-count")
    assert [(row["status"], row["views"]) for row in found] == expected


def test_keys_can_be_expressions_and_annotations(rows):
    groups = rows.per(lambda p: p.title.lower())
    found = {row["name"]: row["count"] for row in Post.objects.count_by(name=Lower("title"))}
    assert found == {key: len(posts) for key, posts in groups.items()}
    ranks = {}
    for post in rows.posts:
        rank = 1 + sum(other.rating > post.rating for other in rows.posts)
        ranks[rank] = ranks.get(rank, 0) + 1
    assert {row["rank"]: row["count"] for row in Post.objects.with_rank("-rating").count_by("rank")} == ranks


def test_different_values_are_counted_once(rows):
    groups = rows.per(lambda p: p.status)
    expected = {key: len({p.category_id for p in posts} - {None}) for key, posts in groups.items()}
    assert {r["status"]: r["count"] for r in Post.objects.count_by("status", distinct="category")} == expected


def test_a_join_that_multiplies_is_settled_before_counting(rows):
    matching = {c.post_id for c in rows.comments if c.score == 1}
    groups = rows.per(lambda p: p.status)
    expected = {k: n for k, posts in groups.items() if (n := sum(p.pk in matching for p in posts))}
    found = Post.objects.filter(comments__score=1).count_by("status")
    assert {row["status"]: row["count"] for row in found} == expected


def test_a_slice_is_taken_as_it_stands(rows):
    top = sorted(rows.posts, key=lambda p: (-p.rating, -p.pk))[:20]
    expected = {key: sum(p.status == key for p in top) for key in {p.status for p in top}}
    assert {row["status"]: row["count"] for row in Post.objects.ranked()[:20].count_by("status")} == expected


def test_an_aggregate_of_djangos_own_before_is_settled(rows):
    found = Post.objects.annotate(n=Count("comments")).count_by("status")
    assert {r["status"]: r["count"] for r in found} == {k: len(v) for k, v in rows.per(lambda p: p.status).items()}


def test_measures_are_with_and_django_annotations(rows):
    groups = rows.per(lambda p: p.status)
    found = (
        Post.objects.per("status")
        .with_count()
        .with_count(None, P.by(price=5), as_="fives")
        .annotate(best=Max("rating"), mean=Avg("views"))
    )
    for row in found:
        posts = groups[row["status"]]
        assert row["count"] == len(posts)
        assert row["fives"] == sum(p.price == 5 for p in posts)
        assert row["best"] == max(p.rating for p in posts)
        assert row["mean"] == pytest.approx(sum(p.views for p in posts) / len(posts))


def test_related_rows_of_a_group_are_counted_exactly(rows):
    groups = rows.per(lambda p: p.status)
    expected = {k: sum(sum(c.post_id == p.pk for c in rows.comments) for p in posts) for k, posts in groups.items()}
    found = Post.objects.per("status").with_count("comments")
    assert {row["status"]: row["comments_count"] for row in found} == expected


def test_a_ratio_of_measures(rows):
    groups = rows.per(lambda p: p.status)
    found = Post.objects.per("status").with_count().with_count(None, P.by(price=None), as_="free")
    for row in found.with_ratio("free", "count", as_="share"):
        posts = groups[row["status"]]
        assert row["share"] == pytest.approx(sum(p.price is None for p in posts) / len(posts))


def test_distinct_values_are_lazy_sorted_and_without_null(rows):
    assert list(Post.objects.distinct_values("category")) == sorted({p.category_id for p in rows.posts} - {None})
    assert list(Post.objects.distinct_values(Lower("title"))) == sorted({p.title.lower() for p in rows.posts})
    pairs = sorted({(p.status, p.price) for p in rows.posts if p.price is not None})
    assert list(Post.objects.distinct_values("status", "price")) == pairs
    assert Post.objects.distinct_values("category").count() == 3


@pytest.mark.parametrize("tz", ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"])
@pytest.mark.parametrize(
    ("unit", "start"),
    [
        ("hour", lambda t: t.astimezone(UTC).replace(minute=t.minute % 60 and 0, second=0, microsecond=0)),
        ("day", lambda t: t.replace(hour=0, minute=0)),
        ("month", lambda t: t.replace(day=1, hour=0, minute=0)),
        ("quarter", lambda t: t.replace(month=(t.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0)),
        ("year", lambda t: t.replace(month=1, day=1, hour=0, minute=0)),
    ],
)
def test_periods_begin_where_the_unit_begins_in_the_zone(rows, unit, start, tz):
    zone = ZoneInfo(tz)
    expected = {}
    for post in rows.posts:
        local = post.created_at.astimezone(zone)
        if unit == "hour":  # whole hours of the zone, counted as instants
            begin = post.created_at - timedelta(minutes=local.minute, seconds=local.second)
        else:
            begin = start(local).astimezone(UTC)
        expected[begin] = expected.get(begin, 0) + 1
    found = {row["period"]: row["count"] for row in Post.objects.bucketed(unit, tz).with_count()}
    assert found == expected


@pytest.mark.parametrize("week_start", range(1, 8))
@pytest.mark.parametrize("tz", ["UTC", "America/New_York"])
def test_weeks_begin_on_the_day_that_is_asked_for(rows, week_start, tz):
    zone = ZoneInfo(tz)
    dst = datetime(2026, 3, 8, 0, 30, tzinfo=zone)  # the Sunday on which clocks go forward
    Comment.objects.all().delete()
    moments = [dst + timedelta(hours=6 * step) for step in range(-30, 40)]
    Comment.objects.bulk_create(
        Comment(post=rows.posts[0], user=rows.users[0], content="", created_at=moment) for moment in moments
    )
    expected = {}
    for moment in moments:
        local = moment.astimezone(zone)
        first = local.date() - timedelta(days=(local.isoweekday() - week_start) % 7)
        begin = datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
        expected[begin] = expected.get(begin, 0) + 1
    found = Comment.objects.bucketed("week", tz, week_start=week_start).with_count()
    assert {row["period"]: row["count"] for row in found} == expected


def test_both_hours_of_the_night_when_clocks_go_back_are_periods(rows):
    Comment.objects.all().delete()
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 in New York, twice
    for moment in (first, first + timedelta(hours=1)):
        Comment.objects.create(post=rows.posts[0], user=rows.users[0], content="", created_at=moment)
    found = Comment.objects.bucketed("hour", "America/New_York").with_count()
    assert [row["count"] for row in found] == [1, 1]


def test_a_date_has_periods_that_are_dates(rows):
    User.objects.filter(pk=rows.users[0].pk).update(dob="2000-02-29")
    found = list(User.objects.bucketed("month", field="dob").with_count())
    assert [str(row["period"]) for row in found] == ["2000-02-01", "None"]
    assert [row["count"] for row in found] == [1, 5]


def test_a_key_and_a_period(rows):
    found = Post.objects.per("status").bucketed("day").with_count()
    groups = rows.per(lambda p: (p.status, p.created_at.date()))
    assert {(r["status"], r["period"].date()): r["count"] for r in found} == {k: len(v) for k, v in groups.items()}


def test_bad_units_and_zones_are_refused(rows):
    with pytest.raises(ValueError, match=r"bucketed\(\): unit must be one of 'minute', .* got 'fortnight'"):
        Post.objects.bucketed("fortnight")
    with pytest.raises(ValueError, match="tz must be the name of a time zone such as 'Europe/Paris', got 'Mars'"):
        Post.objects.bucketed("day", "Mars")
    with pytest.raises(ValueError, match="week_start must be one of 1"):
        Post.objects.bucketed("week", week_start=0)
    with pytest.raises(UnknownField, match="'title' is no date or datetime"):
        Post.objects.bucketed("day", field="title")
