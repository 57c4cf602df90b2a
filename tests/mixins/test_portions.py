"""Portions of the chain against Python: bounds, ties, NULLs, groups, what follows."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from math import ceil, log
from statistics import fmean, pstdev, quantiles

import pytest

from example_project.content.models import Order, Post, User


def pks(queryset):
    return sorted(row.pk for row in queryset)


def category(post):
    return post.category_id


def best(posts):
    return sorted(posts, key=lambda post: (-post.rating, -post.pk))


@pytest.mark.parametrize("percent", [0, Decimal("0.1"), 5, 10, 12.5, 99, 100])
@pytest.mark.parametrize("ties", [True, False])
def test_the_best_per_cent_are_rounded_up(rows, percent, ties):
    def part(posts):
        n = ceil(len(posts) * Decimal(str(percent)) / 100)
        ordered = best(posts)
        if not n or not ties:
            return ordered[:n]
        return [post for post in ordered if post.rating >= ordered[n - 1].rating]

    assert pks(Post.objects.top_percent(percent, "-rating", ties=ties)) == sorted(p.pk for p in part(rows.posts))
    expected = sorted(p.pk for posts in rows.per(category).values() for p in part(posts))
    assert pks(Post.objects.top_percent(percent, "-rating", per="category", ties=ties)) == expected


def test_a_tie_at_the_bound_makes_a_difference(rows):
    assert len(Post.objects.top_percent(10, "-rating")) > len(Post.objects.top_percent(10, "-rating", ties=False)) == 6


@pytest.mark.parametrize("share", [0, 0.07, 0.3, 1])
@pytest.mark.parametrize("ties", [True, False])
def test_a_share_of_each_group(rows, share, ties):
    expected = []
    for posts in rows.per(category).values():
        ordered = best(posts)
        n = ceil(len(posts) * Decimal(str(share)))
        bound = ordered[n - 1].rating if n else None
        expected += [p.pk for p in posts if n and p.rating >= bound] if ties else [p.pk for p in ordered[:n]]
    assert pks(Post.objects.top_per("category", by="-rating", share=share, ties=ties)) == sorted(expected)


def test_a_portion_stays_what_it_is(rows):
    top = best(rows.posts)[:12]
    chosen = Post.objects.top_percent(20, "-rating", ties=False)
    assert pks(chosen.by(status="draft")) == sorted(post.pk for post in top if post.status == "draft")
    assert [row.pk for row in chosen.ranked("views")] == [
        post.pk for post in sorted(top, key=lambda post: (post.views, post.pk))
    ]


@pytest.mark.parametrize("limit", [-1, 0, 5, 15, 16, 10_000])
def test_the_budget_is_spent_in_order(rows, limit):
    ordered = sorted(rows.posts, key=lambda post: (post.created_at, post.pk))
    sums = accumulate(post.price or 0 for post in ordered)
    expected = [post.pk for post, spent in zip(ordered, sums, strict=True) if spent <= limit]
    assert pks(Post.objects.within_budget("price", limit, "created_at")) == sorted(expected)
    assert pks(Post.objects.ranked("created_at").within_budget("price", limit)) == sorted(expected)


def test_the_budget_stops_at_the_first_that_is_too_much(db):
    """What would fit again behind it, because an amount is negative, does not."""
    Post.objects.all().delete()
    user = User.objects.create(username="frugal", email="frugal@example.org")
    Post.objects.bulk_create(
        Post(title=f"t{n}", slug=f"t{n}", content="c", author=user, likes=likes)
        for n, likes in enumerate([3, 9, -8, 1])
    )
    assert [row.title for row in Post.objects.ranked("pk").within_budget("likes", 5)] == ["t0"]
    assert [row.title for row in Post.objects.ranked("pk").within_budget("likes", 12)] == ["t0", "t1", "t2", "t3"]


def test_the_budget_of_a_decimal_may_be_any_number(rows):
    user = rows.users[0]
    Order.objects.all().delete()
    Order.objects.bulk_create(Order(user=user, amount=Decimal("0.10")) for _ in range(5))
    for limit, n in ((Decimal("0.30"), 3), (0.35, 3), (1, 5)):
        assert Order.objects.within_budget("amount", limit, "pk").count() == n


def fences(values, method, k):
    if method == "sigma":
        mean, spread = fmean(values), pstdev(values)
        return mean - k * spread, mean + k * spread
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return low - k * (high - low), high + k * (high - low)


@pytest.mark.parametrize("method", ["iqr", "sigma"])
@pytest.mark.parametrize("k", [0, 0.4, 1, 3])
@pytest.mark.parametrize("field", ["views", "price", "rating"])
def test_outliers_of_each_group(rows, field, method, k):
    expected = []
    for posts in rows.per(lambda post: (post.category_id, post.status)).values():
        valued = [post for post in posts if getattr(post, field) is not None]
        if valued:
            low, high = fences([float(getattr(post, field)) for post in valued], method, k)
            expected += [post.pk for post in valued if not low <= getattr(post, field) <= high]
    assert pks(Post.objects.outliers(field, method, k, per=["category", "status"])) == sorted(expected)


def test_outliers_by_logarithm_look_at_values_above_zero(rows):
    valued = [post for post in rows.posts if post.views > 0]
    low, high = fences([log(post.views) for post in valued], "sigma", 1.2)
    expected = sorted(post.pk for post in valued if not low <= log(post.views) <= high)
    assert pks(Post.objects.outliers("views", "sigma", 1.2, log=True)) == expected
    assert expected
    assert expected != pks(Post.objects.outliers("views", "sigma", 1.2))


def test_small_groups_have_no_outliers(rows):
    groups = rows.per(lambda post: (post.category_id, post.status))
    sizes = sorted(map(len, groups.values()))
    least = sizes[len(sizes) // 2]
    found = Post.objects.outliers("views", k=0, per=["category", "status"])
    many = found.model.objects.outliers("views", k=0, per=["category", "status"], min_n=least)
    size = {post.pk: len(posts) for posts in groups.values() for post in posts}
    assert pks(many) == [pk for pk in pks(found) if size[pk] >= least]
    assert 0 < len(many) < len(found)


def test_portions_of_nothing_are_nothing(db):
    Post.objects.all().delete()
    for chain in (
        Post.objects.top_percent(100, "-rating"),
        Post.objects.top_per("author", share=1),
        Post.objects.within_budget("views", 9),
        Post.objects.outliers("views"),
    ):
        assert list(chain) == []
