"""Aggregates of related rows against Python: exact over any relations, on rows and on groups."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from statistics import fmean

import pytest
from django.db.models import Avg, Count, DurationField, F, Max, Min, OuterRef, Prefetch, Q, Sum, Window
from django.db.models.functions import RowNumber

from example_project.content.models import Category, Comment, Order, Post, Reaction, User
from querysets import P, Percentile
from querysets.errors import WrongShape


def values(queryset, *names):
    return {row.pk: tuple(getattr(row, name) for name in names) for row in queryset}


def comments_of(rows, post):
    return [comment for comment in rows.comments if comment.post_id == post.pk]


def posts_by(rows, user):
    return [post for post in rows.posts if post.author_id == user.pk]


def test_two_relations_do_not_multiply_each_other(rows):
    reactions = list(Reaction.objects.all())
    found = Post.objects.with_count("comments").with_count("reactions").with_sum("comments__score")
    assert values(found, "comments_count", "reactions_count", "comments_score_sum") == {
        post.pk: (
            len(comments_of(rows, post)),
            sum(reaction.post_id == post.pk for reaction in reactions),
            sum(comment.score or 0 for comment in comments_of(rows, post)),
        )
        for post in rows.posts
    }


def test_all_five_shorthands_over_one_relation(rows):
    found = User.objects.with_count("posts")
    for name in ("sum", "avg", "min", "max"):
        found = getattr(found, f"with_{name}")("posts__views")
    names = ("posts_count", *(f"posts_views_{name}" for name in ("sum", "avg", "min", "max")))
    expected = {}
    for user in rows.users:
        views = [post.views for post in posts_by(rows, user)]
        low, high = min(views, default=None), max(views, default=None)
        expected[user.pk] = (len(views), sum(views), fmean(views) if views else None, low, high)
    assert values(found, *names) == expected
    assert expected[rows.users[5].pk] == (0, 0, None, None, None)
    assert {type(row.posts_views_avg) for row in found} == {float, type(None)}


def test_a_related_row_counts_as_often_as_the_path_leads_to_it(rows):
    expected = {post.pk: (len(comments_of(rows, post)),) for post in rows.posts}
    assert values(Post.objects.with_count("comments__user", as_="n"), "n") == expected
    people = {post.pk: (len({c.user_id for c in comments_of(rows, post)}),) for post in rows.posts}
    assert values(Post.objects.with_count("comments__user", distinct="pk", as_="n"), "n") == people
    assert people != expected


def test_paths_of_several_hops_go_forward_and_back(rows):
    in_category = {None: []}
    for post in rows.posts:
        in_category.setdefault(post.category_id, []).append(post)
    in_category[None] = []
    found = Post.objects.with_sum("category__posts__views").with_count("author__posts__comments", as_="answers")
    assert values(found, "category_posts_views_sum", "answers") == {
        post.pk: (
            sum(other.views for other in in_category[post.category_id]),
            sum(len(comments_of(rows, other)) for other in rows.posts if other.author_id == post.author_id),
        )
        for post in rows.posts
    }


def test_where_and_conditions_may_speak_of_the_row(rows):
    found = Post.objects.with_rollup(
        "comments", P.active() & ~P.by(user=OuterRef("author")), n=Count("*"), best=Max("score")
    ).with_count("comments", Q(user=OuterRef("author")), as_="own")
    expected = {}
    for post in rows.posts:
        others = [c for c in comments_of(rows, post) if c.is_active and c.user_id != post.author_id]
        own = sum(c.user_id == post.author_id for c in comments_of(rows, post))
        best = max((c.score for c in others if c.score is not None), default=None)
        expected[post.pk] = (len(others), best, own)
    assert values(found, "n", "best", "own") == expected


def test_nothing_is_zero_null_or_what_was_asked_for(rows):
    nobody = rows.users[5].pk
    found = User.objects.with_rollup("posts", empty=-1, n=Count("*"), total=Sum("views"), mean=Avg("rating"))
    assert values(found.by(pk=nobody), "n", "total", "mean") == {nobody: (0, -1, -1.0)}
    found = User.objects.with_rollup("posts", P.any_of(), n=Count("*"), total=Sum("views"))
    assert set(values(found, "n", "total").values()) == {(0, None)}
    found = User.objects.with_sum("posts__views", default=None).with_max("posts__views", default=7)
    assert values(found.by(pk=nobody), "posts_views_sum", "posts_views_max") == {nobody: (None, 7)}


def test_an_expression_of_aggregates_is_one(rows):
    found = User.objects.with_rollup(
        "posts", spread=Max("views") - Min("views"), median=Percentile("views", 0.5), liked=Count("pk", Q(likes__gt=2))
    )
    for user in found:
        views = sorted(post.views for post in posts_by(rows, user))
        assert user.spread == (max(views) - min(views) if views else None)
        middle = len(views) // 2
        assert user.median == ((views[middle] + views[~middle]) / 2 if views else None)
        assert user.liked == sum(post.likes > 2 for post in posts_by(rows, user))


def test_money_stays_decimal_and_durations_add_up(rows):
    users = rows.users
    Order.objects.bulk_create(
        Order(user=users[place % 2], amount=Decimal("0.10") * place, currency="EUR") for place in range(5)
    )
    found = User.objects.with_sum("orders__amount").with_avg("orders__amount")
    got = values(found, "orders_amount_sum", "orders_amount_avg")
    assert got[users[0].pk] == (Decimal("0.60"), Decimal("0.20"))
    assert got[users[1].pk] == (Decimal("0.40"), Decimal("0.20"))
    assert got[users[2].pk] == (0, None)
    assert {type(total) for total, _ in got.values()} == {Decimal}
    assert User.objects.with_sum("orders__amount").above(orders_amount_sum=Decimal("0.5")).count() == 1
    waits = Post.objects.annotate(age=F("created_at") - F("updated_at"))
    total = User.objects.with_rollup(waits, empty=timedelta(), total=Sum("age", output_field=DurationField()))
    assert {row.pk: row.total for row in total} == {
        user.pk: sum((post.created_at - post.updated_at for post in posts_by(rows, user)), timedelta())
        for user in users
    }


def test_a_queryset_is_tied_by_its_outer_reference_or_by_its_foreign_key(rows):
    by_key = Post.objects.with_count(Comment.objects.active(), as_="n")
    by_reference = Post.objects.with_count(Comment.objects.active().filter(post=OuterRef("pk")), as_="n")
    expected = {post.pk: (sum(c.is_active for c in comments_of(rows, post)),) for post in rows.posts}
    assert values(by_key, "n") == values(by_reference, "n") == expected
    siblings = Post.objects.filter(author=OuterRef("author")).exclude(pk=OuterRef("pk"))
    assert values(Post.objects.with_count(siblings, as_="n"), "n") == {
        post.pk: (sum(other.author_id == post.author_id for other in rows.posts) - 1,) for post in rows.posts
    }


def test_a_queryset_without_one_way_to_the_row_is_refused(rows):
    with pytest.raises(ValueError, match=r"no foreign key leads from content\.User to content\.Post"):
        Post.objects.with_count(User.objects.all())
    with pytest.raises(TypeError, match="rows are those of a queryset or a manager, got 3"):
        Post.objects.with_count(3)
    with pytest.raises(WrongShape, match="not groups, a union or values"):
        Post.objects.with_count(Comment.objects.per("post"))


def test_what_a_queryset_computes_over_its_rows_can_be_aggregated(rows):
    numbered = Post.objects.annotate(place=Window(RowNumber(), order_by="pk"))
    assert values(User.objects.with_rollup(numbered, last=Max("place")), "last") == {
        user.pk: (len(posts_by(rows, user)) or None,) for user in rows.users
    }
    counted = Post.objects.annotate(n=Count("comments"))  # a join and GROUP BY, as Django makes them
    assert values(User.objects.with_rollup(counted, most=Max("n"), number=Count("*")), "most", "number") == {
        user.pk: (
            max((len(comments_of(rows, post)) for post in posts_by(rows, user)), default=None),
            len(posts_by(rows, user)),
        )
        for user in rows.users
    }


def test_a_slice_or_a_selection_of_related_rows_stays_one(rows):
    best = sorted(rows.posts, key=lambda post: (-post.rating, -post.pk))[:20]
    expected = {user.pk: (sum(post.author_id == user.pk for post in best),) for user in rows.users}
    assert values(User.objects.with_count(Post.objects.ranked()[:20], as_="n"), "n") == expected
    assert values(User.objects.with_count(Post.objects.ranked().limited(20), as_="n"), "n") == expected
    own = Post.objects.filter(author=OuterRef("pk")).ranked()[:3]
    assert values(User.objects.with_rollup(own, views=Sum("views"), empty=0), "views") == {
        user.pk: (sum(p.views for p in sorted(posts_by(rows, user), key=lambda p: (-p.rating, -p.pk))[:3]),)
        for user in rows.users
    }


def test_the_order_of_the_model_and_of_the_related_one_stay(rows):
    ordered = User.objects.order_by("-username").with_count(Post.objects.order_by("created_at"), as_="n")
    assert ordered.query.order_by == ("-username",)
    assert [row.pk for row in ordered] == [user.pk for user in reversed(rows.users)]
    assert sum(row.n for row in ordered) == len(rows.posts)


def test_an_outer_reference_may_name_an_earlier_annotation(rows):
    ranked = Post.objects.with_rank("-rating", method="row", as_="place")
    numbered = {row.pk: row.place for row in ranked}
    later = Comment.objects.filter(post=OuterRef("pk"), score__gte=OuterRef("place"))
    found = ranked.with_count(later, as_="n").by(status="draft")
    assert values(found, "place", "n") == {
        post.pk: (
            numbered[post.pk],
            sum(c.score is not None and c.score >= numbered[post.pk] for c in comments_of(rows, post)),
        )
        for post in rows.posts
        if post.status == "draft"
    }


def test_counts_are_there_behind_selections_and_in_prefetches(rows):
    top = Post.objects.ranked().limited(9).with_count("comments").with_sum("comments__score")
    for post in top:
        assert post.comments_count == len(comments_of(rows, post))
    users = User.objects.prefetch_related(Prefetch("posts", Post.objects.with_count("comments")))
    counted = [post for user in users for post in user.posts.all()]
    assert len(counted) == len(rows.posts)
    assert all(post.comments_count == len(comments_of(rows, post)) for post in counted)
    assert rows.users[0].posts.with_count("comments").count() == len(posts_by(rows, rows.users[0]))


def test_a_filter_on_a_count_is_by_the_count(rows):
    busy = {post.pk for post in rows.posts if len(comments_of(rows, post)) >= 4}
    found = Post.objects.with_count("comments").at_least(comments_count=4)
    assert {row.pk for row in found} == busy
    assert found.count() == len(busy)
    sizes = Post.objects.with_count("comments").count_by("comments_count", as_="posts")
    numbers = [len(comments_of(rows, post)) for post in rows.posts]
    assert {row["comments_count"]: row["posts"] for row in sizes} == {
        number: numbers.count(number) for number in numbers
    }


def test_on_groups_they_are_measures_of_the_rows(rows):
    groups = (
        Post.objects.per("category")
        .with_count()
        .with_sum("views")
        .with_avg("rating")
        .with_min("price")
        .with_max("views", P.by(status="draft"), as_="best_draft")
        .with_sum("price", P.by(status="stale"), as_="stale_price")
    )
    grouped = rows.per(lambda post: post.category_id)
    assert len(groups) == len(grouped)
    for group in groups:
        posts = grouped[group["category"]]
        prices = [Decimal(post.price) for post in posts if post.price is not None]
        stale = [Decimal(post.price) for post in posts if post.price is not None and post.status == "stale"]
        assert group == {
            "category": group["category"],
            "count": len(posts),
            "views_sum": sum(post.views for post in posts),
            "rating_avg": fmean(post.rating for post in posts),
            "price_min": min(prices, default=None),
            "best_draft": max((post.views for post in posts if post.status == "draft"), default=None),
            "stale_price": sum(stale, Decimal()),
        }
    assert groups.above(views_sum=10).count() == sum(sum(p.views for p in posts) > 10 for posts in grouped.values())


def test_on_groups_a_relation_of_a_key_is_followed(rows):
    groups = Post.objects.per("author").with_rollup("author__comments", n=Count("*"))
    assert {row["author"]: row["n"] for row in groups} == {
        user: sum(comment.user_id == user for comment in rows.comments) for user in {p.author_id for p in rows.posts}
    }
    with pytest.raises(WrongShape, match="'pk' is neither a key nor a measure"):
        Post.objects.per("author").with_rollup("comments", n=Count("*"))


def test_on_groups_a_count_over_a_relation_is_that_of_all_rows(rows):
    groups = Post.objects.per("status").with_count("comments").with_count(Comment.objects.active(), as_="active")
    for group in groups:
        posts = {post.pk for post in rows.posts if post.status == group["status"]}
        assert group["comments_count"] == sum(comment.post_id in posts for comment in rows.comments)
        assert group["active"] == sum(comment.post_id in posts and comment.is_active for comment in rows.comments)


def test_empty_tables_give_what_nothing_gives(rows):
    Comment.objects.all().delete()
    found = Post.objects.with_count("comments").with_sum("comments__score").with_avg("comments__score")
    assert set(values(found, "comments_count", "comments_score_sum", "comments_score_avg").values()) == {(0, 0, None)}
    Post.objects.all().delete()
    assert list(Post.objects.per("status").with_sum("views")) == []
    assert list(Category.objects.with_count("posts").above(posts_count=0)) == []


def test_a_number_on_rows_needs_a_relation(rows):
    for method in ("with_sum", "with_avg", "with_min", "with_max"):
        with pytest.raises(WrongShape, match="a row has one 'views'"):
            getattr(Post.objects, method)("views")
        with pytest.raises(WrongShape, match="a row has one 'author__credits'"):
            getattr(Post.objects, method)("author__credits")
    with pytest.raises(TypeError, match="'content' must be a number or a duration, it is TextField"):
        Post.objects.with_sum("comments__content")


def test_the_connection_of_the_related_queryset_does_not_matter(rows):
    elsewhere = Comment.objects.using("elsewhere")
    assert values(Post.objects.with_count(elsewhere, as_="n"), "n") == {
        post.pk: (len(comments_of(rows, post)),) for post in rows.posts
    }
