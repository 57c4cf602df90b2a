"""Aggregates of our own against Python's ``statistics``: on groups, on all rows, on related rows."""

from __future__ import annotations

import statistics
from collections import Counter
from decimal import Decimal

import pytest
from django.db.models import F, OuterRef, Q, Subquery

from example_project.content.models import Comment, Post, User
from querysets import ArgMax, ArgMin, Mode, P, Percentile, WeightedAverage


def cont(values, fraction):
    """The value at ``fraction`` of the way through the sorted values, between two of them if need be."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = fraction * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def disc(values, fraction):
    """The first of the sorted values that at least ``fraction`` of them do not exceed."""
    ordered = sorted(values)
    return next((x for n, x in enumerate(ordered, 1) if n / len(ordered) >= fraction), None)


def by_status(found, name):
    return {row["status"]: row[name] for row in found}


@pytest.mark.parametrize("fraction", [0, 0.1, 0.25, 0.5, 0.9, 1])
def test_percentiles_of_each_group(rows, fraction):
    groups = rows.per(lambda p: p.status)
    found = Post.objects.agg_by(
        "status",
        cont=Percentile("rating", fraction),
        disc=Percentile("rating", fraction, discrete=True),
        when=Percentile("created_at", fraction, discrete=True),
        cost=Percentile("price", fraction, discrete=True),
        some=Percentile("views", fraction, filter=Q(likes__gte=2)),
    )
    assert len(found) == len(groups)
    for row in found:
        posts = groups[row["status"]]
        assert row["cont"] == pytest.approx(cont([p.rating for p in posts], fraction))
        assert row["disc"] == disc([p.rating for p in posts], fraction)
        assert row["when"] == disc([p.created_at for p in posts], fraction)
        price = disc([p.price for p in posts if p.price is not None], fraction)
        assert row["cost"] == price
        assert type(row["cost"]) is Decimal
        assert row["some"] == pytest.approx(cont([p.views for p in posts if p.likes >= 2], fraction))


def test_a_median_is_that_of_python(rows):
    found = Post.objects.aggregate(x=Percentile("rating", 0.5))["x"]
    assert found == pytest.approx(statistics.median(p.rating for p in rows.posts))
    assert isinstance(Post.objects.aggregate(x=Percentile("views", 0.5))["x"], float)
    assert isinstance(Post.objects.aggregate(x=Percentile("price", 0.5))["x"], float)


def test_of_no_values_there_is_none_or_the_default(rows):
    nothing = Post.objects.filter(price=-1)
    found = nothing.aggregate(
        a=Percentile("views", 0.5),
        b=Mode("status"),
        c=WeightedAverage("rating", "views"),
        d=ArgMax("title", by="rating"),
        e=ArgMin("title", by="rating"),
    )
    assert set(found.values()) == {None}
    assert nothing.aggregate(x=Percentile("views", 0.5, default=7))["x"] == 7
    assert nothing.aggregate(x=Mode("status", default="none"))["x"] == "none"
    assert nothing.aggregate(x=ArgMax("title", by="rating", default="-"))["x"] == "-"


@pytest.mark.parametrize("fraction", [-0.1, 1.1, 95, float("nan"), float("inf")])
def test_a_fraction_is_in_0_to_1(fraction):
    with pytest.raises(ValueError, match=r"fraction must be in 0\.\.1"):
        Percentile("views", fraction)


@pytest.mark.parametrize("fraction", ["0.5", None, True, Decimal("0.5")])
def test_a_fraction_is_a_number(fraction):
    with pytest.raises(TypeError, match="fraction must be a number"):
        Percentile("views", fraction)


@pytest.mark.parametrize("field", ["title", "created_at", "is_active"])
def test_only_numbers_and_durations_are_interpolated(field):
    with pytest.raises(TypeError, match="pass discrete=True"):
        Post.objects.aggregate(x=Percentile(field, 0.5))


def test_a_duration_is_interpolated(rows):
    ages = [rows.posts[0].created_at - p.created_at for p in rows.posts]
    age = rows.posts[0].created_at - F("created_at")
    found = Post.objects.aggregate(x=Percentile(age, 0.5))["x"]
    assert found.total_seconds() == pytest.approx(statistics.median(age.total_seconds() for age in ages))


def test_the_mode_is_the_smallest_of_the_most_frequent(rows):
    for key in ("status", "price", "views"):
        for status, posts in rows.per(lambda p: p.status).items():
            counts = Counter(getattr(p, key) for p in posts if getattr(p, key) is not None)
            expected = min(value for value, n in counts.items() if n == max(counts.values()))
            assert by_status(Post.objects.agg_by("status", x=Mode(key)), "x")[status] == expected
    Post.objects.all().delete()
    for title in ("b", "c", "a", "c", "b", "d"):
        Post.objects.create(title=title, slug=f"{title}{Post.objects.count()}", author=rows.users[0])
    assert Post.objects.aggregate(x=Mode("title"))["x"] == "b"


def test_a_weighted_average_counts_rows_with_both(rows):
    for status, posts in rows.per(lambda p: p.status).items():
        weight = sum(p.views for p in posts)
        found = Post.objects.agg_by("status", x=WeightedAverage("rating", "views"))
        assert by_status(found, "x")[status] == pytest.approx(sum(p.rating * p.views for p in posts) / weight)
    priced = [p for p in rows.posts if p.price is not None]
    found = Post.objects.aggregate(x=WeightedAverage("price", "likes"))["x"]
    assert type(found) is Decimal
    assert float(found) == pytest.approx(sum(p.price * p.likes for p in priced) / sum(p.likes for p in priced))
    found = Post.objects.aggregate(x=WeightedAverage("likes", "price", filter=P.at_least(rating=1)))["x"]
    some = [p for p in priced if p.rating >= 1]
    assert found == pytest.approx(sum(p.likes * p.price for p in some) / sum(p.price for p in some))
    assert found != Post.objects.aggregate(x=WeightedAverage("likes", "price"))["x"]


def test_weights_that_sum_up_to_zero_have_no_average(rows):
    Post.objects.update(views=0)
    assert Post.objects.aggregate(x=WeightedAverage("rating", "views"))["x"] is None


def test_whole_numbers_are_not_divided_as_such(rows):
    Post.objects.update(views=1)
    found = Post.objects.aggregate(x=WeightedAverage("likes", "views"))["x"]
    assert found == pytest.approx(statistics.mean(p.likes for p in rows.posts))
    assert found != int(found)


@pytest.mark.parametrize("by", ["rating", "price", "created_at"])
def test_the_value_at_an_extreme_is_that_of_the_first_when_ranked(rows, by):
    for status in rows.per(lambda p: p.status):
        posts = Post.objects.by(status=status)
        found = Post.objects.agg_by("status", top=ArgMax("pk", by=by), bottom=ArgMin("pk", by=by))
        assert by_status(found, "top")[status] == posts.ranked(f"-{by}").first().pk
        assert by_status(found, "bottom")[status] == posts.ranked(by).first().pk


def test_the_value_at_an_extreme_may_be_null_and_need_not_be_a_column(rows):
    Post.objects.filter(pk=rows.posts[0].pk).update(rating=5, category=None)
    found = Post.objects.aggregate(
        category=ArgMax("category", by="rating"), name=ArgMin(F("author__username"), by=F("rating") * -1)
    )
    assert found == {"category": None, "name": rows.posts[0].author.username}
    few = Post.objects.aggregate(x=ArgMax("title", by="rating", filter=P.by(pk=rows.posts[1].pk)))
    assert few == {"x": rows.posts[1].title}


def test_measures_can_be_compared_and_ranked(rows):
    medians = {
        key: statistics.median(p.views for p in posts) for key, posts in rows.per(lambda p: p.category_id).items()
    }
    grouped = Post.objects.agg_by("category", middle=Percentile("views", 0.5), usual=Mode("status"))
    bound = sorted(medians.values())[1]
    assert {row["category"] for row in grouped.above(middle=bound)} == {k for k, m in medians.items() if m > bound}
    ranked = [row["middle"] for row in grouped.ranked("-middle")]
    assert ranked == sorted(medians.values(), reverse=True)
    assert {row["usual"] for row in grouped.by(usual="draft")} <= {"draft"}


def test_inside_a_subquery_of_related_rows(rows):
    scores = {}
    for comment in rows.comments:
        if comment.score is not None:
            scores.setdefault(comment.post_id, []).append(comment.score)
    own = Comment.objects.filter(post=OuterRef("pk")).order_by().values("post")
    posts = Post.objects.annotate(middle=Subquery(own.annotate(x=Percentile("score", 0.5)).values("x")))
    assert {p.pk: p.middle for p in posts} == {
        p.pk: statistics.median(scores[p.pk]) if p.pk in scores else None for p in rows.posts
    }


def test_over_a_count_of_related_rows(rows):
    counts = Counter(p.author_id for p in rows.posts)
    numbers = [counts[user.pk] for user in rows.users]
    found = User.objects.with_count("posts").aggregate(x=Percentile("posts_count", 0.5))["x"]
    assert found == statistics.median(numbers)
    assert 0 in numbers
