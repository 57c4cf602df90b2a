"""Samples, capped and estimated counts, pages, distinct values by an index."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Category, Comment, Post
from querysets import P


def pks(rows):
    return [row.pk for row in rows]


def test_a_sample_is_of_the_table_whatever_the_chain_keeps(world):
    drawn = set(pks(Post.objects.table_sampled(40, 7)))
    assert drawn == set(pks(Post.objects.table_sampled(40, 7)))
    assert drawn != set(pks(Post.objects.table_sampled(40, 8)))
    drafts = {post.id for post in world.posts if post.status == "draft"}
    assert set(pks(Post.objects.by(status="draft").table_sampled(40, 7))) == drawn & drafts
    assert set(pks(Post.objects.none_of(P.table_sampled(40, 7)))) == {post.id for post in world.posts} - drawn
    assert not Post.objects.table_sampled(0, 7).exists()
    assert Post.objects.table_sampled(100, 7).count() == len(world.posts)


def test_a_sample_is_of_the_model_that_it_lands_on(world):
    comments = set(pks(Comment.objects.table_sampled(30, 3)))
    having = {comment.post_id for comment in world.comments if comment.id in comments}
    assert set(pks(Post.objects.having("comments", P.table_sampled(30, 3)))) == having


def test_counting_ends_at_the_limit(rows):
    assert [Post.objects.capped_count(limit) for limit in (0, 1, 59, 60, 61)] == [0, 1, 59, 60, 60]
    assert Post.objects.by(status="nothing").capped_count(5) == 0
    assert Post.objects.limited(10).capped_count(20) == Post.objects.all()[:10].capped_count(20) == 10
    assert Post.objects.count_by("category").capped_count(2) == 2
    assert Post.objects.filter(comments__isnull=False).capped_count(1000) == len(rows.comments)
    with CaptureQueriesContext(connection) as captured:
        Post.objects.newest().with_count("comments").capped_count(7)
    (query,) = captured.captured_queries
    assert "LIMIT 7" in query["sql"]
    assert "ORDER BY" not in query["sql"]


def test_an_estimate_asks_the_planner_alone(rows):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE content_post")
    with CaptureQueriesContext(connection) as captured:
        assert Post.objects.estimated_count() == 60
    (query,) = captured.captured_queries
    assert query["sql"].upper().startswith("EXPLAIN (FORMAT JSON)")
    assert Post.objects.none().estimated_count() == 0
    assert 0 < Post.objects.by(status="draft").estimated_count() < 60
    assert Post.objects.newest()[:7].estimated_count() == 7
    assert Post.objects.with_rank("views").at_most(rank=3).estimated_count() > 0


def test_a_page_is_a_slice_that_goes_on(rows):
    ordered = sorted(rows.posts, key=lambda post: (post.views, post.pk))
    page = Post.objects.ranked("views").with_count("comments").paged(10, 15)
    counts = {post.pk: sum(comment.post_id == post.pk for comment in rows.comments) for post in rows.posts}
    assert [(post.pk, post.comments_count) for post in page] == [(p.pk, counts[p.pk]) for p in ordered[10:15]]
    assert pks(page.ranked("-views")) == [p.pk for p in sorted(ordered[10:15], key=lambda p: (-p.views, -p.pk))]
    assert page.count() == 5
    assert pks(Post.objects.order_by("views").paged(58, 70)) == [p.pk for p in ordered[58:]]
    assert not Post.objects.ranked("views").paged(3, 3).exists()
    assert not Post.objects.ranked("views").paged(60, 61).exists()
    assert pks(page.paged(1, 3)) == [p.pk for p in ordered[11:13]]
    assert Post.objects.paged(0, 8).count_by("status").count() <= 3


def test_what_is_annotated_is_computed_for_the_page_alone(rows):
    plan = Post.objects.ranked("pk").with_count("comments").paged(20, 25).explain(analyze=True, timing=False)
    (loops,) = re.findall(r"Aggregate .*?loops=(\d+)", plan)
    assert int(loops) == 5


def scans(rows):
    """Whether values were found from one to the next."""
    return "loose" in str(rows.query)


def test_distinct_values_are_found_by_an_index_that_leads_with_them(rows):
    expected = sorted({p.category_id for p in rows.posts if p.category_id is not None})
    values = Post.objects.distinct_values("category")
    assert scans(values)
    assert list(values) == list(Post.objects.distinct_values("category_id")) == expected
    assert values.count() == len(expected)
    assert list(values.ranked("-category")) == expected[::-1]
    assert list(values.above(category=expected[0])) == expected[1:]
    assert list(values[1:2]) == expected[1:2]
    assert values.exists()
    assert set(pks(Category.objects.filter(pk__in=values))) == set(expected)
    Post.objects.update(category=None)
    assert list(values.all()) == []
    Post.objects.all().delete()
    assert list(values.all()) == []
    assert not values.all().exists()


def test_of_text_in_the_order_of_its_column(rows):
    assert scans(Post.objects.distinct_values("status"))
    assert list(Post.objects.distinct_values("status")) == sorted({p.status for p in rows.posts})
    assert list(Comment.objects.distinct_values("post")) == sorted({c.post_id for c in rows.comments})


def test_other_questions_read_the_table(rows):
    drafts = Post.objects.by(status="draft")
    expected = sorted({p.category_id for p in rows.posts if p.status == "draft"} - {None})
    for values in (drafts.distinct_values("category"), drafts.ranked().limited(99).distinct_values("category")):
        assert not scans(values)
        assert list(values) == expected
    for name in ("price", "slug", "category__name", "id"):
        assert not scans(Post.objects.distinct_values(name))
    assert not scans(Post.objects.distinct_values("status", "category"))
    assert not scans(Post.objects.having("comments").distinct_values("category"))
    measured = Post.objects.distinct_values("category").annotate(n=Count("*"))
    assert not scans(measured)
    counted = Post.objects.distinct_values("category").with_count(as_="posts").values_list("category", "posts")
    assert not scans(counted)
    posts = rows.per(lambda post: post.category_id)
    assert list(counted) == [(key, len(posts[key])) for key in sorted(set(posts) - {None})]


@pytest.mark.parametrize(("distinct", "reltuples", "by_index"), [(3, 10**6, True), (-1, 10**6, False), (-1, 60, True)])
def test_statistics_decide_where_there_are_many(rows, distinct, reltuples, by_index):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE content_post ALTER category_id SET (n_distinct = {distinct})")
        cursor.execute("ANALYZE content_post")
        cursor.execute("UPDATE pg_class SET reltuples = %s WHERE relname = 'content_post'", [reltuples])
    values = Post.objects.distinct_values("category")
    assert list(values) == sorted({p.category_id for p in rows.posts if p.category_id is not None})
    plan = values.explain(analyze=True, timing=False)
    recursive = re.search(r"WorkTable Scan.*?loops=(\d+)", plan)
    assert (recursive is not None and int(recursive[1]) > 1) == by_index
