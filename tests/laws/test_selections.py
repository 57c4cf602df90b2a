"""Selections against plain Python: what was chosen stays chosen, whatever the chain does next."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db.models import Avg, Count, Exists, OuterRef, Prefetch, Subquery, Sum

from example_project.content.models import Comment, Post, User
from querysets import P


def pks(rows):
    return [row.pk for row in rows]


@pytest.fixture
def best(world):
    """All posts in the order of ``ranked()``."""
    return sorted(world.posts, key=lambda post: (-post.rating, -post.id))


@pytest.fixture
def rank(world):
    ratings = sorted((post.rating for post in world.posts), reverse=True)
    return {post.id: ratings.index(post.rating) + 1 for post in world.posts}


def ids(posts):
    return [post.id for post in posts]


def test_a_comparison_of_a_rank_fixes_it(world, rank):
    chosen = Post.objects.with_rank("-rating").at_most(rank=40)
    published = [post for post in world.posts if rank[post.id] <= 40 and post.status == "published"]
    assert 0 < len(published) < sum(place <= 40 for place in rank.values())
    found = chosen.by(status="published").ranked("pk")
    assert [(row.pk, row.rank) for row in found] == [(post.id, rank[post.id]) for post in published]


def test_a_filter_before_it_ranks_fewer(world):
    drafts = [post for post in world.posts if post.status == "draft"]
    ratings = sorted((post.rating for post in drafts), reverse=True)
    expected = [post.id for post in drafts if ratings.index(post.rating) + 1 <= 3]
    assert pks(Post.objects.by(status="draft").with_rank().at_most(rank=3).ranked("pk")) == expected


def test_an_order_after_limited_orders_the_chosen(best):
    chosen = Post.objects.ranked().limited(30)
    assert pks(chosen) == ids(best[:30])
    assert pks(chosen.ranked("title")) == ids(sorted(best[:30], key=lambda post: (post.title, post.id)))
    assert pks(chosen.by(status="published")) == ids(post for post in best[:30] if post.status == "published")
    again = sorted(best[:30], key=lambda post: (-post.views, -post.id))[:5]
    assert pks(chosen.ranked("-views").limited(5)) == ids(again)


def test_top_per_keeps_its_members_under_filters_and_orders(world):
    groups = {}
    for post in sorted(world.posts, key=lambda post: (-post.rating, -post.id)):
        groups.setdefault(post.category_id, []).append(post)
    tops = [post for posts in groups.values() for post in posts[:3]]
    rows = Post.objects.top_per("category", 3, by="-rating")
    assert sorted(pks(rows)) == sorted(ids(tops))
    kept = sorted((post for post in tops if post.status == "published"), key=lambda post: (post.created_at, post.id))
    assert pks(rows.by(status="published").ranked("created_at")) == ids(kept)


def test_related_rows_and_annotations_come_along(world, best, django_assert_num_queries):
    authors = {user.id: user.username for user in world.users}
    counts = {}
    for comment in world.comments:
        counts[comment.post_id] = counts.get(comment.post_id, 0) + 1
    with django_assert_num_queries(1):
        rows = list(Post.objects.select_related("author").with_count("comments").ranked().limited(20))
        found = [(row.pk, row.author.username, row.comments_count) for row in rows]
    assert found == [(post.id, authors[post.author_id], counts.get(post.id, 0)) for post in best[:20]]


def test_a_window_keeps_the_values_that_it_was_chosen_by(rank, best):
    rows = Post.objects.with_rank("-rating").ranked("pk").limited(25).by(is_active=True).ranked()
    chosen = sorted(best, key=lambda post: post.id)[:25]
    kept = [post for post in best if post in chosen and post.is_active]
    assert [(row.pk, row.rank) for row in rows] == [(post.id, rank[post.id]) for post in kept]


def test_writes_reach_the_chosen_and_no_others(best):
    assert Post.objects.ranked().limited(7).update(version=7) == 7
    assert set(Post.objects.filter(version=7).values_list("pk", flat=True)) >= set(ids(best[:7]))
    assert Post.objects.exclude(pk__in=ids(best[:7])).filter(version=7).count() == 0
    comments = Comment.objects.filter(post__in=ids(best[:7])).count()
    deleted = Post.objects.ranked().limited(7).delete()[1]
    assert deleted["content.Post"] == 7
    assert deleted.get("content.Comment", 0) == comments
    assert pks(Post.objects.ranked()) == ids(best[7:])


def test_counts_and_aggregates_see_the_chosen_only(best):
    rows = Post.objects.ranked().limited(40)
    assert rows.count() == 40
    assert rows.by(status="published").count() == sum(post.status == "published" for post in best[:40])
    assert rows.aggregate(Sum("views"), Avg("rating")) == {
        "views__sum": sum(post.views for post in best[:40]),
        "rating__avg": pytest.approx(sum(post.rating for post in best[:40]) / 40),
    }
    assert not rows.by(pk=best[40].id).exists()
    prices = [post.price for post in best[:40] if post.price is not None]
    assert rows.aggregate(n=Sum("price"))["n"] == (sum(prices, Decimal(0)) if prices else None)


def test_groups_of_the_chosen(best):
    expected = {}
    for post in best[:50]:
        expected[post.status] = expected.get(post.status, 0) + 1
    for rows in (Post.objects.ranked().limited(50), Post.objects.ranked()[:50]):
        assert list(rows.count_by("status")) == [{"status": key, "count": expected[key]} for key in sorted(expected)]


def test_is_made_before_prefetch_adds_the_parents(world, best):
    three = User.objects.prefetch_related(Prefetch("posts", Post.objects.ranked().limited(3)))
    assert sorted(post.pk for user in three for post in user.posts.all()) == sorted(ids(best[:3]))
    each = User.objects.prefetch_related(Prefetch("posts", Post.objects.top_per("author", 2, by="-rating")))
    for user in each:
        assert sorted(pks(user.posts.all())) == sorted(ids([post for post in best if post.author_id == user.pk][:2]))


def test_inside_exists_and_subqueries(world, best):
    top = Post.objects.ranked().limited(10)
    authors = {post.author_id for post in best[:10]}
    assert set(pks(User.objects.filter(Exists(top.filter(author=OuterRef("pk")))))) == authors
    assert set(pks(User.objects.having("posts", P.by(pk=top)))) == authors
    assert set(pks(User.objects.by(pk=top.values("author")))) == authors
    own = Post.objects.filter(author=OuterRef("pk")).ranked().limited(2).ranked("rating").values("pk")[:1]
    for user in User.objects.annotate(second=Subquery(own)):
        two = [post for post in best if post.author_id == user.pk][:2]
        assert user.second == (min(two, key=lambda post: (post.rating, post.id)).id if two else None)


def test_combined_with_other_rows_by_condition(world, best):
    top, low = Post.objects.ranked().limited(60), Post.objects.ranked("rating").limited(700)
    lowest = sorted(world.posts, key=lambda post: (post.rating, post.id))[:700]
    drafts = {post.id for post in world.posts if post.status == "draft"}
    assert set(pks(top & low)) == set(ids(best[:60])) & set(ids(lowest))
    assert set(pks(top | low)) == set(ids(best[:60])) | set(ids(lowest))
    assert set(pks(top | Post.objects.by(status="draft"))) == set(ids(best[:60])) | drafts
    assert set(pks(Post.objects.by(status="draft") | top)) == set(ids(best[:60])) | drafts
    assert set(pks(top & Post.objects.by(status="draft"))) == set(ids(best[:60])) & drafts
    assert len(list((top | Post.objects.filter(comments__score=1)).frozen())) == len(
        set(ids(best[:60])) | {comment.post_id for comment in world.comments if comment.score == 1}
    )


def test_a_slice_on_either_side_becomes_a_selection(world, best):
    by_id = sorted(world.posts, key=lambda post: post.id)
    top, first = Post.objects.ranked()[:200], Post.objects.ranked("pk")[10:300]
    assert set(pks(top & first)) == set(ids(best[:200])) & set(ids(by_id[10:300]))
    assert set(pks(top | first)) == set(ids(best[:200])) | set(ids(by_id[10:300]))
    assert set(pks(top & Post.objects.by(status="draft"))) == {post.id for post in best[:200] if post.status == "draft"}
    assert set(pks(Post.objects.by(status="draft") | first)) == {
        post.id for post in world.posts if post.status == "draft" or post in by_id[10:300]
    }


def test_what_multiplied_the_rows_is_settled(world):
    scored = {comment.post_id for comment in world.comments if comment.score == 1}
    rows = Post.objects.filter(comments__score=1)
    assert rows.count() > len(scored)
    assert sorted(pks(rows.frozen())) == sorted(scored)
    assert len(list(rows.ranked().limited(10))) == 10
    assert sum(row["count"] for row in rows.count_by("status")) == len(scored)
    assert rows.annotate(n=Count("comments")).limited(5).count() == 5


def test_a_distinct_of_django_is_settled_too(world):
    newest = {}
    for post in sorted(world.posts, key=lambda post: (post.created_at, post.id)):
        newest[post.author_id] = post
    one = Post.objects.order_by("author", "-created_at", "-pk").distinct("author")
    assert sorted(pks(one)) == sorted(ids(newest.values()))
    assert sorted(pks(one.by(status="draft"))) == sorted(post.id for post in newest.values() if post.status == "draft")
    assert pks(one.ranked()) == ids(sorted(newest.values(), key=lambda post: (-post.rating, -post.id)))
    assert one.count_by("status").count() == len({post.status for post in newest.values()})


def test_an_empty_choice_is_no_row(world):
    nothing = Post.objects.limited(0)
    assert not nothing.exists()
    assert pks(nothing.ranked().by(status="draft")) == []
    assert list(nothing.count_by("status")) == []
    assert nothing.aggregate(n=Count("pk")) == {"n": 0}
    assert nothing.update(version=3) == 0
