"""One related row against Python: the latest, the best, the n-th, the one that held at a moment."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F, OuterRef, Q

from example_project.content.models import Comment, Order, Post, Rate, User
from querysets import P
from querysets.errors import AliasClash, MissingRole, WrongShape

from .conftest import NOON


@pytest.fixture
def comments(rows):
    """The comments at a few moments, so that most posts have ties."""
    for place, comment in enumerate(rows.comments):
        comment.created_at = NOON - timedelta(hours=place % 3)
    Comment.objects.bulk_update(rows.comments, ["created_at"])
    return rows.comments


def of(comments, post):
    return [comment for comment in comments if comment.post_id == post.pk]


def latest(comments):
    return max(comments, key=lambda comment: (comment.created_at, comment.pk), default=None)


def earliest(comments):
    return min(comments, key=lambda comment: (comment.created_at, comment.pk), default=None)


def best_posts(rows, user):
    posts = [post for post in rows.posts if post.author_id == user.pk]
    return sorted(posts, key=lambda post: (-post.rating, -post.pk))


@pytest.mark.parametrize(("method", "pick"), [("with_latest", latest), ("with_earliest", earliest)])
def test_all_fields_are_of_the_one_row_ties_by_primary_key(rows, comments, method, pick):
    names = {user.pk: user.username for user in rows.users}
    found = getattr(Post.objects, method)("comments", "pk", "user", "user__username", "score", "created_at")
    ties = 0
    for post in found:
        chosen = pick(of(comments, post))
        seen = (
            post.comments_pk,
            post.comments_user,
            post.comments_user_username,
            post.comments_score,
            post.comments_created_at,
        )
        if chosen is None:
            assert seen == (None,) * 5
        else:
            assert seen == (chosen.pk, chosen.user_id, names[chosen.user_id], chosen.score, chosen.created_at)
            ties += sum(each.created_at == chosen.created_at for each in of(comments, post)) > 1
    assert ties > 5


def test_which_rows_count_and_names(rows, comments):
    found = Post.objects.with_latest("comments", "pk", where=P.active() & ~Q(user=OuterRef("author")), as_="last")
    for post in found:
        chosen = latest(c for c in of(comments, post) if c.is_active and c.user_id != post.author_id)
        assert post.last == (chosen.pk if chosen else None)
    two = Post.objects.with_latest(Comment.objects.active(), "pk", "score").first()
    assert (hasattr(two, "comment_pk"), hasattr(two, "comment_score")) == (True, True)
    two = Post.objects.with_latest("comments", "pk", "user__username", as_="last").first()
    assert (hasattr(two, "last_pk"), hasattr(two, "last_user_username")) == (True, True)


def test_a_moment_that_is_null_comes_last(rows):
    for method, newest in (("with_latest", True), ("with_earliest", False)):
        for user in getattr(User.objects, method)("posts", "pk", "published_at", by="published_at", as_="p"):
            own = [post for post in rows.posts if post.author_id == user.pk]
            dated = [post for post in own if post.published_at]
            key = lambda post: (post.published_at, post.pk)  # noqa: E731
            pick = (max if newest else min)(dated, key=key, default=None)
            if pick is not None:
                assert (user.p_pk, user.p_published_at) == (pick.pk, pick.published_at)
            elif not own:
                assert user.p_pk is None


def test_types_are_kept(rows):
    Post.objects.filter(pk=rows.posts[0].pk).update(
        author=rows.users[5], metadata={"a": [1, None]}, price=Decimal("1.50"), tags=["x", None]
    )
    (user,) = User.objects.by(pk=rows.users[5].pk).with_latest("posts", "metadata", "price", "tags", "created_at")
    assert user.posts_metadata == {"a": [1, None]}
    assert (user.posts_price, type(user.posts_price)) == (Decimal("1.50"), Decimal)
    assert user.posts_tags == ["x", None]
    assert user.posts_created_at == rows.posts[0].created_at
    found = User.objects.with_latest("posts", "metadata", "tags", "category", as_="p")
    assert found.filter(p_metadata__a__0=1).get() == user
    assert found.filter(p_tags__contains=["x"]).get() == user
    assert found.at_least(p_category=0).count() == found.exclude(p_category=None).count() > 0


@pytest.mark.parametrize("nth", [1, 2, 5])
def test_the_nth_of_an_order(rows, nth):
    for user in User.objects.with_top("posts", "pk", by="-rating", nth=nth, as_="chosen"):
        posts = best_posts(rows, user)
        assert user.chosen == (posts[nth - 1].pk if len(posts) >= nth else None)


def test_an_order_of_several_keys_with_nulls_last(rows):
    for user in User.objects.with_top("posts", "pk", by=["-price", "views"], as_="chosen"):
        posts = [post for post in rows.posts if post.author_id == user.pk]
        order = sorted(posts, key=lambda p: (p.price is None, -(p.price or 0), p.views, p.pk))
        assert user.chosen == (order[0].pk if order else None)


def test_a_pick_within_a_pick(rows, comments):
    on_best = Comment.objects.by(post=OuterRef("best"))
    found = User.objects.with_top("posts", "pk", by="-rating", as_="best").with_latest(on_best, "pk", as_="last")
    for user in found:
        posts = best_posts(rows, user)
        last = latest(of(comments, posts[0])) if posts else None
        assert (user.best, user.last) == (posts[0].pk if posts else None, last.pk if last else None)
    again = found.by(last=None)
    assert {user.pk for user in again} == {user.pk for user in found if user.last is None}


def test_the_mode_is_the_smallest_of_the_most_frequent_and_never_null(rows):
    ties = 0
    for post in Post.objects.with_mode("comments", "user").with_mode("comments", "score", P.active(), as_="usual"):
        users = Counter(c.user_id for c in of(rows.comments, post))
        scores = Counter(c.score for c in of(rows.comments, post) if c.is_active and c.score is not None)
        assert post.comments_user == min(users, key=lambda user: (-users[user], user), default=None)
        assert post.usual == min(scores, key=lambda score: (-scores[score], score), default=None)
        ties += list(users.values()).count(max(users.values(), default=0)) > 1
    assert ties > 5
    names = {category.pk: category.name for category in rows.categories}
    for user in User.objects.with_mode("posts", "category__name", as_="favourite"):
        found = Counter(names[p.category_id] for p in rows.posts if p.author_id == user.pk and p.category_id)
        assert user.favourite == min(found, key=lambda name: (-found[name], name), default=None)


def test_whether_there_is_one_is_true_or_false(rows):
    found = Post.objects.with_exists("comments").with_exists("comments", P.active(), score=None, as_="unscored")
    for post in found.with_exists("comments", P.any_of(), as_="never"):
        own = of(rows.comments, post)
        assert post.has_comments is bool(own)
        assert post.unscored is any(c.is_active and c.score is None for c in own)
        assert post.never is False
    assert found.by(has_comments=False).count() == sum(not of(rows.comments, post) for post in rows.posts)
    by_own = Post.objects.with_exists("comments", user=OuterRef("author"), as_="own")
    assert sum(post.own for post in by_own) == len(
        {c.post_id for c in rows.comments if c.user_id == next(p.author_id for p in rows.posts if p.pk == c.post_id)}
    )


@pytest.mark.parametrize(("method", "pick"), [("whose_latest", latest), ("whose_earliest", earliest)])
def test_the_one_row_is_judged_and_no_other(rows, comments, method, pick):
    chosen = {post.pk: pick(of(comments, post)) for post in rows.posts}
    condition = getattr(P, method)
    for given, by, holds in (
        ((P.active(),), {}, lambda c, _: c.is_active),
        ((), {"score": None}, lambda c, _: c.score is None),
        ((~P.at_least(score=2),), {}, lambda c, _: c.score is None or c.score < 2),
        ((), {"user": OuterRef("author")}, lambda c, p: c.user_id == p.author_id),
    ):
        expected = {p.pk for p in rows.posts if chosen[p.pk] is not None and holds(chosen[p.pk], p)}
        assert 0 < len(expected) < sum(map(bool, chosen.values()))
        assert {post.pk for post in getattr(Post.objects, method)("comments", *given, **by)} == expected
        rest = {post.pk for post in Post.objects.none_of(condition("comments", *given, **by))}
        assert rest == {post.pk for post in rows.posts} - expected
    other = User.objects.whose_latest("posts", by="published_at", status="draft")
    assert {user.pk for user in other} <= {post.author_id for post in rows.posts if post.status == "draft"}


def test_on_groups_a_relation_of_a_key_is_followed(rows, comments):
    groups = Post.objects.per("author").with_count().with_latest("author__comments", "pk", as_="last")
    for group in groups:
        chosen = latest(c for c in comments if c.user_id == group["author"])
        assert group["last"] == (chosen.pk if chosen else None)
        assert group["count"] == sum(post.author_id == group["author"] for post in rows.posts)
    kept = Post.objects.per("author").with_count().whose_latest("author__comments", P.active())
    assert {group["author"]: group["count"] for group in kept} == {
        user: sum(post.author_id == user for post in rows.posts)
        for user in {post.author_id for post in rows.posts}
        if (last := latest(c for c in comments if c.user_id == user)) and last.is_active
    }
    with pytest.raises(WrongShape, match="neither a key nor a measure"):
        Post.objects.per("author").with_latest("comments", "pk")


def test_a_selection_before_and_after(rows, comments):
    top = sorted(rows.posts, key=lambda post: (-post.rating, -post.pk))[:12]
    found = Post.objects.ranked().limited(12).with_latest("comments", "pk", as_="last").ranked("last").limited(5)
    picked = {post.pk: latest(of(comments, post)) for post in top}
    known = sorted((each.pk, key) for key, each in picked.items() if each)
    assert [(post.last, post.pk) for post in found] == known[:5]


@pytest.fixture
def rates(rows):
    user = rows.users[0]
    Rate.objects.all().delete()
    for currency, hours, rate in (("USD", 30, "0.9"), ("USD", 10, "0.8"), ("GBP", 20, "1.2"), ("USD", 5, "0.7")):
        Rate.objects.create(currency=currency, valid_from=NOON - timedelta(hours=hours), rate=Decimal(rate))
    step = timedelta(microseconds=1)
    for currency, moment in (
        ("USD", NOON - timedelta(hours=30) - step),
        ("USD", NOON - timedelta(hours=30)),
        ("USD", NOON - timedelta(hours=10) - step),
        ("USD", NOON - timedelta(hours=10)),
        ("USD", NOON),
        ("GBP", NOON),
        ("CHF", NOON),
    ):
        Order.objects.create(user=user, amount=10, currency=currency, created_at=moment)
    return [None, Decimal("0.9"), Decimal("0.9"), Decimal("0.8"), Decimal("0.7"), Decimal("1.2"), None]


def test_what_held_at_the_moment_of_the_row(rates):
    held = Order.objects.with_as_of(
        Rate.objects, "rate", "valid_from", on={"currency": "currency"}, at="created_at", valid_from="valid_from"
    )
    assert [order.rate_rate for order in held.ranked("pk")] == rates
    assert held.with_expr(euro=F("amount") * F("rate_rate")).by(currency="GBP").get().euro == 12
    now = Order.objects.with_as_of(
        Rate.objects.above(rate=Decimal("0.75")),
        "rate",
        on={"currency": "currency"},
        at=NOON - timedelta(hours=10),
        valid_from="valid_from",
        as_="then",
    )
    assert [order.then for order in now.ranked("pk")] == [Decimal("0.8")] * 5 + [Decimal("1.2"), None]


def test_what_cannot_be_meant_is_said(rows):
    with pytest.raises(MissingRole, match="with_latest"):
        User.objects.with_latest("posts__category", "name")
    with pytest.raises(ValueError, match="nth must be 1 or more, got 0"):
        User.objects.with_top("posts", "title", by="-rating", nth=0)
    with pytest.raises(AliasClash, match=r"'title' is a field of content\.Post"):
        Post.objects.with_latest("comments", "content", as_="title")
    with pytest.raises(TypeError, match="needs at least one field of the related rows"):
        Post.objects.with_latest("comments")
