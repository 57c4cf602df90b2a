"""Terminals against plain Python: nothing, NULLs, ties, joins, windows, groups, slices."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Q, Sum

from example_project.content.models import Comment, Order, Post, User
from querysets import P
from querysets.errors import WrongShape


def commented(rows):
    """How many comments each post has."""
    counts = Counter(comment.post_id for comment in rows.comments)
    return [counts[post.pk] for post in rows.posts]


def test_a_total_is_the_sum_in_the_type_of_the_field(rows):
    prices = [post.price for post in rows.posts if post.price is not None]
    assert 0 < len(prices) < 60
    assert Post.objects.total("views") == sum(post.views for post in rows.posts)
    assert Post.objects.total("price") == sum(prices)
    assert isinstance(Post.objects.total("price"), Decimal)
    assert Post.objects.total("rating") == sum(post.rating for post in rows.posts)
    assert Post.objects.total("author__credits") == 0


def test_a_total_of_nothing_is_zero_of_the_type(rows):
    aged = Post.objects.annotate(age=ExpressionWrapper(F("updated_at") - F("created_at"), DurationField()))
    for nothing in (Post.objects.none(), Post.objects.by(title="nobody has it")):
        for field, zero in (("views", 0), ("price", Decimal(0)), ("rating", 0.0)):
            found = nothing.total(field)
            assert (found, type(found)) == (zero, type(zero))
    assert aged.none().total("age") == timedelta(0)
    assert aged.total("age") == sum((post.updated_at - post.created_at for post in rows.posts), timedelta())
    assert Post.objects.by(price=None).total("price") == Decimal(0)


def test_a_total_of_counts_is_a_whole_number(rows):
    found = Post.objects.with_count("comments").total("comments_count")
    assert (found, type(found)) == (120, int)


def test_an_average_is_over_rows_and_their_annotations(rows):
    assert Post.objects.average("rating") == pytest.approx(statistics.fmean(post.rating for post in rows.posts))
    assert Post.objects.with_count("comments").average("comments_count") == 2.0
    prices = [post.price for post in rows.posts if post.price is not None]
    assert round(Post.objects.average("price"), 6) == round(Decimal(sum(prices)) / len(prices), 6)
    assert Post.objects.none().average("rating") is None
    assert Post.objects.by(price=None).average("price") is None


def test_a_median_is_between_the_two_in_the_middle(rows):
    assert Post.objects.median("views") == statistics.median(post.views for post in rows.posts)
    assert Post.objects.with_count("comments").median("comments_count") == statistics.median(commented(rows))
    two = Post.objects.by(pk=[rows.posts[0].pk, rows.posts[1].pk])
    two.update(views=F("pk") * 3 - rows.posts[0].pk * 3)
    assert two.median("views") == 1.5
    assert Post.objects.none().median("views") is None


def test_percentiles_are_in_the_order_given(rows):
    ratings = sorted(post.rating for post in rows.posts)
    quarters = statistics.quantiles(ratings, n=4, method="inclusive")
    assert Post.objects.percentile("rating", 0.75, 0, 0.25, 1, 0.5) == pytest.approx(
        [quarters[2], ratings[0], quarters[0], ratings[-1], quarters[1]]
    )
    assert Post.objects.percentile("rating") == []
    assert Post.objects.none().percentile("rating", 0.1, 0.9) == [None, None]
    assert Post.objects.by(price=None).percentile("price", 0.1) == [None]


def test_a_discrete_percentile_is_one_of_the_values(rows):
    dates = sorted(post.created_at for post in rows.posts)
    assert Post.objects.percentile("created_at", 0.5, 0, 1, discrete=True) == [dates[29], dates[0], dates[-1]]
    titles = sorted(post.title for post in rows.posts)
    assert Post.objects.percentile("title", 0.1, discrete=True) == [titles[5]]
    assert isinstance(Post.objects.percentile("price", 0.5, discrete=True)[0], Decimal)


def test_of_several_modes_the_smallest(rows):
    counts = Counter(post.status for post in rows.posts)
    assert Post.objects.mode("status") == min(counts, key=lambda status: (-counts[status], status))
    four = Post.objects.by(pk=[post.pk for post in rows.posts[:4]])
    for post, status in zip(rows.posts, ["z", "b", "z", "b"], strict=False):
        Post.objects.filter(pk=post.pk).update(status=status)
    assert four.mode("status") == "b"
    assert Post.objects.none().mode("status") is None
    assert Post.objects.by(published_at=None).mode("published_at") is None


def test_a_weighted_average_counts_by_weight(rows):
    weights = sum(post.views for post in rows.posts)
    expected = sum(post.rating * post.views for post in rows.posts) / weights
    assert Post.objects.weighted_average("rating", "views") == pytest.approx(expected)
    assert Post.objects.by(views=0).weighted_average("rating", "views") is None
    assert Post.objects.none().weighted_average("rating", "views") is None


def test_a_weighted_average_leaves_out_rows_without_a_value(rows):
    priced = [post for post in rows.posts if post.price is not None]
    expected = sum(post.price * post.views for post in priced) / sum(post.views for post in priced)
    assert float(Post.objects.weighted_average("price", "views")) == pytest.approx(float(expected))


def test_a_correlation_needs_two_rows_that_differ(rows):
    expected = statistics.correlation([post.likes for post in rows.posts], [post.views for post in rows.posts])
    assert Post.objects.correlation("likes", "views") == pytest.approx(expected)
    assert Post.objects.correlation("likes", "likes") == pytest.approx(1)
    assert Post.objects.limited(1).correlation("likes", "views") is None
    assert Post.objects.by(likes=3).correlation("likes", "views") is None
    assert Post.objects.none().correlation("likes", "views") is None


def test_distinct_combinations_count_null_as_a_value(rows):
    assert Post.objects.count_distinct("category") == 4
    assert Post.objects.count_distinct("category", "author") == len({(p.category_id, p.author_id) for p in rows.posts})
    assert Post.objects.count_distinct("price") == len({post.price for post in rows.posts})
    assert Post.objects.count_distinct("author__username", "author__username") == 5
    assert Post.objects.with_count("comments").count_distinct("comments_count") == len(set(commented(rows)))
    assert Post.objects.newest().count_distinct("category") == 4
    assert Post.objects.none().count_distinct("category") == 0


def test_counts_are_one_statement_by_name(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = Post.objects.counts(
            all=Q(),
            draft=P.by(status="draft"),
            discussed=P.having("comments"),
            cheap=~P.above(price=4),
            views=Q(views=3),
        )
    assert list(found) == ["all", "draft", "discussed", "cheap", "views"]
    assert found["all"] == 60
    assert found["draft"] == sum(post.status == "draft" for post in rows.posts)
    assert found["discussed"] == sum(map(bool, commented(rows)))
    assert found["cheap"] == sum(post.price is None or post.price <= 4 for post in rows.posts)
    assert found["views"] == sum(post.views == 3 for post in rows.posts)
    assert Post.objects.none().counts(all=Q(), draft=P.by(status="draft")) == {"all": 0, "draft": 0}
    with django_assert_num_queries(0):
        assert Post.objects.counts() == {}


def test_a_raw_condition_over_a_relation_does_not_multiply(rows):
    expected = len({comment.post_id for comment in rows.comments if comment.score == 3})
    assert Post.objects.counts(all=Q(), scored=Q(comments__score=3)) == {"all": 60, "scored": expected}


def test_a_share_of_nothing_is_none(rows):
    assert Post.objects.share(P.having("comments")) == sum(map(bool, commented(rows))) / 60
    assert Post.objects.share(P.by(status="draft"), P.by(status="stale")) == 0
    assert Post.objects.share() == 1
    assert Post.objects.none().share(P.having("comments")) is None


def test_a_summary_is_one_statement(rows, django_assert_num_queries):
    prices = sorted(float(post.price) for post in rows.posts if post.price is not None)
    with django_assert_num_queries(1):
        found = Post.objects.summary("price")
    assert list(found) == ["count", "nulls", "min", "max", "mean", "median", "p95", "stddev", "sum"]
    assert (found["count"], found["nulls"]) == (len(prices), 60 - len(prices))
    assert (found["min"], found["max"], found["sum"]) == (prices[0], prices[-1], sum(prices))
    assert float(found["mean"]) == pytest.approx(statistics.fmean(prices))
    assert found["median"] == statistics.median(prices)
    assert found["p95"] == pytest.approx(statistics.quantiles(prices, n=20, method="inclusive")[-1])
    assert float(found["stddev"]) == pytest.approx(statistics.pstdev(prices))
    nothing = Post.objects.none().summary("price")
    assert nothing == {name: 0 if name in {"count", "nulls"} else None for name in found}


def test_values_of_windows_are_those_of_the_rows_of_the_chain(rows):
    ranked = Post.objects.with_rank("-pk", as_="place")
    assert ranked.total("place") == 60 * 61 // 2
    assert ranked.counts(top=P.at_most(place=7), all=Q()) == {"top": 7, "all": 60}
    assert ranked.share(P.at_most(place=6)) == 0.1
    assert ranked.at_most(place=3).median("place") == 2
    assert ranked.count_distinct("place") == 60


def test_groups_are_totalled_by_their_measures(rows):
    sizes = Counter(post.author_id for post in rows.posts).values()
    groups = Post.objects.count_by("author")
    assert groups.total("count") == 60
    assert groups.average("count") == pytest.approx(60 / len(sizes))
    assert groups.median("count") == statistics.median(sizes)
    assert groups.percentile("count", 1, 0) == [max(sizes), min(sizes)]
    assert groups.counts(all=Q(), big=P.at_least(count=12)) == {
        "all": len(sizes),
        "big": sum(size >= 12 for size in sizes),
    }
    assert groups.count_distinct("count") == len(set(sizes))
    assert groups.share(P.at_least(count=12)) == sum(size >= 12 for size in sizes) / len(sizes)
    assert groups.at_least(count=12).total("count") == sum(size for size in sizes if size >= 12)
    assert groups.summary("count")["max"] == max(sizes)
    assert Post.objects.per("category").count_distinct("category") == 4
    assert Post.objects.count_by("category").mode("category") == min(p.category_id for p in rows.posts if p.category_id)
    with pytest.raises(WrongShape, match="neither a key nor a measure"):
        groups.total("views")


def test_groups_by_several_measures(rows):
    groups = Post.objects.per("author").annotate(views=Sum("views"), best=Max("rating"))
    views, best = Counter(), {}
    for post in rows.posts:
        views[post.author_id] += post.views
        best[post.author_id] = max(best.get(post.author_id, 0), post.rating)
    expected = sum(best[author] * views[author] for author in best) / sum(views.values())
    assert groups.weighted_average("best", "views") == pytest.approx(expected)
    assert groups.correlation("best", "views") == pytest.approx(
        statistics.correlation([best[author] for author in best], [views[author] for author in best])
    )


def test_slices_and_selections_are_taken_as_they_are(rows):
    newest = sorted(rows.posts, key=lambda post: (post.created_at, post.pk), reverse=True)
    for chain in (Post.objects.newest()[3:13], Post.objects.newest().limited(13).order_by("created_at", "pk")[:10]):
        assert chain.total("views") == sum(post.views for post in newest[3:13])
        assert chain.counts(all=Q()) == {"all": 10}
        assert chain.count_distinct("pk") == 10
        assert chain.median("views") == statistics.median(post.views for post in newest[3:13])
    assert Post.objects.top_per("author", 1).total("views") == sum(
        max(
            (post for post in rows.posts if post.author_id == author), key=lambda post: (post.created_at, post.pk)
        ).views
        for author in {post.author_id for post in rows.posts}
    )


def test_a_row_that_comes_twice_counts_twice(rows):
    joined = Post.objects.filter(comments__score=3)
    by_pk = {post.pk: post for post in rows.posts}
    standing = [by_pk[comment.post_id] for comment in rows.comments if comment.score == 3]
    assert joined.total("views") == sum(post.views for post in standing)
    assert joined.counts(all=Q(), draft=P.by(status="draft")) == {
        "all": len(standing),
        "draft": sum(post.status == "draft" for post in standing),
    }
    assert joined.distinct().total("views") == sum(post.views for post in {post.pk: post for post in standing}.values())
    assert joined.count_distinct("pk") == len(set(standing))
    assert joined.average("rating") == pytest.approx(statistics.fmean(post.rating for post in standing))


def test_aggregates_that_django_made_are_annotations_too(rows):
    counted = Post.objects.annotate(n=Count("comments"))
    assert counted.total("n") == 120
    assert counted.median("n") == statistics.median(commented(rows))
    assert counted.counts(busy=P.above(n=3)) == {"busy": sum(n > 3 for n in commented(rows))}
    assert counted.total("views") == sum(post.views for post in rows.posts)
    assert counted.filter(n__gt=3).total("n") == sum(n for n in commented(rows) if n > 3)


def test_distinct_values_are_totalled_as_they_are(rows):
    values = Post.objects.values("status", "views").distinct()
    assert values.total("views") == sum(views for _, views in {(post.status, post.views) for post in rows.posts})
    assert values.counts(all=Q()) == {"all": len({(post.status, post.views) for post in rows.posts})}
    with pytest.raises(WrongShape, match="have no 'likes'"):
        values.total("likes")


def test_on_a_related_manager_and_under_a_time_limit(rows, django_assert_num_queries):
    author = rows.users[1]
    expected = sum(post.views for post in rows.posts if post.author_id == author.pk)
    with django_assert_num_queries(1) as captured:
        assert author.posts.timeout(5000).labelled("totals").total("views") == expected
    assert "totals" in captured.captured_queries[0]["sql"]
    assert User.objects.total("credits") == 0
    assert Comment.objects.by(post__status="draft").total("post__views") >= 0
    assert Order.objects.by(status="nobody's").total("amount") == Decimal(0)
