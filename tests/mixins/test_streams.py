"""Streams: every row once and in order, a batch at a time, with nothing open in between."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import Count, F, Prefetch
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Comment, Post, User
from example_project.ops.models import Message

from .test_keyset import ORDERS

CHAINS = {
    "instances": Post.objects.newest,
    "no order": Post.objects.all,
    "deferred": lambda: Post.objects.only("title").ranked("-views"),
    "deferred, the other way": lambda: Post.objects.defer("views").ranked("-views"),
    "with a relation": lambda: Post.objects.select_related("author").ranked("author__username"),
    "by a relation that is not read": lambda: Post.objects.ranked("author__username", "-category__name"),
    "by a foreign key": lambda: Post.objects.ranked("category"),
    "annotated": lambda: Post.objects.with_count("comments").ranked("-comments_count"),
    "joined and grouped": lambda: Post.objects.annotate(n=Count("comments")).ranked("n"),
    "a window": lambda: Post.objects.with_rank("-rating").ranked("-rank"),
    "a selection": lambda: Post.objects.newest().limited(33).ranked("title"),
    "a slice": lambda: Post.objects.newest()[5:40],
    "distinct": lambda: Post.objects.filter(comments__score=1).distinct(),
    "one an author": lambda: Post.objects.order_by("author", "-views", "pk").distinct("author"),
    "reversed": lambda: Post.objects.ranked("-price", "rating").reverse(),
    "values": lambda: Post.objects.values("title", "author").ranked("-views"),
    "values with the key": lambda: Post.objects.values("pk", "views").ranked("-views"),
    "tuples": lambda: Post.objects.values_list("title", "views").newest(),
    "one value": lambda: Post.objects.values_list("title", flat=True).ranked("-price"),
    "named": lambda: Post.objects.values_list("title", "views", named=True).newest(),
    "groups": lambda: Post.objects.count_by("category", "status"),
    "groups by a measure": lambda: Post.objects.count_by("price").ranked("-count"),
    "groups with a window": lambda: Post.objects.count_by("status").with_share("count"),
    "none": Post.objects.none,
}


def whole(chain):
    return list(chain.order_by("pk")) if chain.query.default_cols and not chain.ordered else list(chain)


async def collected(rows: AsyncIterator):
    return [row async for row in rows]


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_stream_is_the_whole_chain_in_its_order(rows, name, size):
    chain = CHAINS[name]()
    expected = whole(chain)
    found = list(chain.stream(size))
    assert found == expected
    assert [vars(row).keys() for row in found if hasattr(row, "pk")] == [
        vars(row).keys() for row in expected if hasattr(row, "pk")
    ]
    assert [type(row) for row in found] == [type(row) for row in expected] or name == "named"
    assert async_to_sync(collected)(chain.astream(size)) == expected


def test_a_named_tuple_has_its_names(rows):
    assert [row.title for row in Post.objects.values_list("title", named=True).newest().stream(9)] == list(
        Post.objects.newest().values_list("title", flat=True)
    )


def test_a_window_has_the_values_of_the_whole(rows):
    expected = {row.pk: row.rank for row in Post.objects.with_rank("-rating")}
    assert {row.pk: row.rank for row in Post.objects.with_rank("-rating").stream(7)} == expected


@pytest.mark.parametrize("name", ORDERS)
def test_batches_are_as_long_as_asked_for(rows, name):
    by, key = ORDERS[name]
    expected = sorted(rows.posts, key=key)
    found = list(Post.objects.batches(7, by=by))
    assert found == [expected[start : start + 7] for start in range(0, len(expected), 7)]
    assert async_to_sync(collected)(Post.objects.abatches(7, by=by)) == found


def test_a_batch_takes_one_statement_and_one_for_each_prefetch(rows):
    chain = Post.objects.prefetch_related(Prefetch("comments", Comment.objects.order_by("pk"))).select_related("author")
    with CaptureQueriesContext(connection) as captured:
        found = [(post.pk, len(post.comments.all()), post.author.username) for post in chain.stream(25)]
    assert len(captured) == 3 * 2  # 60 posts: 25, 25, 10
    assert found == [
        (post.pk, sum(c.post_id == post.pk for c in rows.comments), post.author.username) for post in rows.posts
    ]


def test_an_empty_batch_is_asked_for_only_where_the_last_was_full(rows, django_assert_num_queries):
    with django_assert_num_queries(4):
        assert len(list(Post.objects.stream(20))) == 60
    with django_assert_num_queries(4):
        assert len(list(Post.objects.stream(19))) == 60


def test_nothing_is_read_before_the_first_row_is_asked_for(rows, django_assert_num_queries):
    with django_assert_num_queries(0):
        Post.objects.stream(5)
        Post.objects.stream(5, snapshot=True)
        Post.objects.astream(5)
        Post.objects.batches(5)


def test_who_stops_early_leaves_nothing_behind(rows):
    def cursors():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors")
            return cursor.fetchone()[0]

    with CaptureQueriesContext(connection) as captured:
        for place, _ in enumerate(Post.objects.stream(10)):
            if place == 12:
                break
    assert len(captured) == 2
    assert cursors() == 0
    read = Post.objects.stream(10, snapshot=True)
    next(read)
    assert cursors() == 1
    read.close()
    assert cursors() == 0

    async def stopping():
        stream = Post.objects.astream(10, snapshot=True)
        async for _ in stream:
            break
        await stream.aclose()

    async_to_sync(stopping)()
    assert cursors() == 0


def test_progress_is_told_after_each_batch(rows):
    for options in ({}, {"snapshot": True}):
        told = []
        for _ in Post.objects.stream(25, progress=told.append, **options):
            pass
        assert told == [25, 50, 60]
        told.clear()

        async def reading(told=told, options=options):
            return [row async for row in Post.objects.astream(25, progress=told.append, **options)]

        assert len(async_to_sync(reading)()) == 60
        assert told == [25, 50, 60]
    told = []
    assert len(list(Post.objects.batches(25, progress=told.append))) == 3
    assert told == [25, 50, 60]


@pytest.mark.parametrize("by", ["pk", "-pk", "created_at", "-price"])
def test_what_is_there_throughout_comes_once_whatever_comes_and_goes(rows, by):
    Comment.objects.all().delete()
    chain, seen, author = Post.objects.ranked(by), [], rows.users[0]
    staying = {post.pk for post in rows.posts if post.pk % 3}
    leaving = [post.pk for post in rows.posts if not post.pk % 3]
    for batch in chain.batches(6):
        seen += [post.pk for post in batch]
        Post.objects.filter(pk__in=[leaving.pop() for _ in leaving[:2]]).delete()
        for place, edge in enumerate((batch[0], batch[-1])):  # which may be one row
            name = f"new-{len(seen)}-{place}"
            if len(seen) < 120:
                Post.objects.create(title=name, slug=name, author=author, created_at=edge.created_at, price=edge.price)
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ops_message (session_id, role, content, is_streamed, created_at)"
            " SELECT 1, 'user', repeat('x', 200), false, now() FROM generate_series(1, 30000)"
        )

    def peak(rows, n):
        gc.collect()
        tracemalloc.start()
        for place, _ in enumerate(rows):
            if place == n:
                break
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(Message.objects.stream(500), 1000)  # what is imported and cached on the way
    for options in ({}, {"snapshot": True}):
        few, many = (peak(Message.objects.stream(500, **options), n) for n in (2000, 10**6))
        assert many < few * 1.5
    assert peak(Message.objects.all(), 10**6) > 10 * many


def test_without_server_side_cursors_there_is_no_snapshot(rows, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", value=True)
    from django.core.exceptions import ImproperlyConfigured

    with pytest.raises(ImproperlyConfigured, match="snapshot=True needs a server-side cursor"):
        Post.objects.stream(snapshot=True)
    assert len(list(Post.objects.stream(7))) == 60


def test_on_related_managers_and_under_settings(rows):
    user = rows.users[0]
    assert list(user.posts.stream(3)) == list(user.posts.order_by("pk"))
    with CaptureQueriesContext(connection) as captured:
        list(Post.objects.labelled("export").timeout(5000).stream(40))
    assert all(query["sql"].startswith("/* export */") for query in captured.captured_queries)
    assert list(User.objects.filter(posts__views=F("posts__likes")).frozen().stream(2)) == list(
        User.objects.filter(pk__in=Post.objects.filter(views=F("likes")).values("author")).order_by("pk")
    )
