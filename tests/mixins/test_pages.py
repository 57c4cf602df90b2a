"""Keyset pages: both directions, signed cursors, and rows that come and go meanwhile."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core import signing
from django.db import connection
from django.db.models import Avg
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Comment, Post
from example_project.ops.models import Message, Session
from querysets.errors import InvalidCursor

from .test_keyset import ORDERS
from .test_streams import CHAINS, whole

LIMITS = {"a slice", "a selection"}


def forwards(chain, size, **options):
    page = chain.page_after(None, size, **options)
    yield page
    while page.next is not None:
        page = chain.page_after(page.next, size, **options)
        yield page


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("size", [1, 7, 60, 100])
def test_pages_there_and_back_are_the_whole_in_order(rows, name, size):
    by, key = ORDERS[name]
    expected = [post.pk for post in sorted(rows.posts, key=key)]
    there = list(forwards(Post.objects.all(), size, by=by))
    assert [post.pk for page in there for post in page] == expected
    assert all(len(page) == size for page in there[:-1])
    assert there[0].previous is None
    page, back = there[-1], [there[-1]]
    while page.previous is not None:
        page = Post.objects.page_after(page.previous, size, by=by)
        back.insert(0, page)
    assert [post.pk for page in back for post in page] == expected
    assert back[0].previous is None
    assert len(back[0]) == min(size, 60) or len(back) > 1
    again = Post.objects.page_after(back[0].next, size, by=by) if back[0].next else back[-1]
    assert [post.pk for post in again] == expected[len(back[0]) :][:size] or len(back) == 1


@pytest.mark.parametrize("name", CHAINS)
def test_any_chain_has_pages(rows, name):
    chain = CHAINS[name]()
    expected = whole(chain)
    assert [row for page in forwards(chain, 9) for row in page] == expected
    assert async_to_sync(chain.apage_after)(None, 9).items == expected[:9]


def test_a_page_is_one_statement_of_one_row_more(rows):
    first = Post.objects.page_after(None, 10, by="-created_at")
    with CaptureQueriesContext(connection) as captured:
        Post.objects.page_after(first.next, 10, by="-created_at")
    [query] = captured.captured_queries
    assert query["sql"].endswith("LIMIT 11")
    assert " OR " not in query["sql"]
    assert "OFFSET" not in query["sql"]


def test_equal_moments_are_neither_lost_nor_repeated(world):
    session = Session.objects.get(key="at-once")
    expected = sorted(world.messages_of[session.pk], key=lambda row: (row.created_at, row.id), reverse=True)
    for size in (2, 3, 5):
        pages = list(forwards(session.messages.all(), size, by=("-created_at", "-id")))
        assert [row.pk for page in pages for row in page] == [row.id for row in expected]


def cursors(by):
    return Post.objects.page_after(None, 5, by=by).next


@pytest.mark.parametrize("by", ["-created_at", ["-price", "title"], "rating"])
def test_a_cursor_that_was_changed_is_refused_before_any_sql(rows, by, django_assert_num_queries):
    cursor = cursors(by)
    with django_assert_num_queries(0):
        for wrong in (cursor[:-1], cursor[1:], cursor + "x", cursor.replace(":", "", 1), cursor.swapcase(), cursor * 2):
            with pytest.raises(InvalidCursor, match="is no cursor of this model and order"):
                Post.objects.page_after(wrong, 5, by=by)
        for place in range(len(cursor)):
            wrong = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
            with pytest.raises(ValueError, match=r"content\.Post: page_after"):
                Post.objects.page_after(wrong, 5, by=by)


def test_a_cursor_of_another_order_or_model_is_refused(rows):
    cursor = cursors("-created_at")
    for by in ("created_at", ["-created_at", "pk"], "-updated_at", "pk"):
        with pytest.raises(InvalidCursor):
            Post.objects.page_after(cursor, 5, by=by)
    with pytest.raises(InvalidCursor):
        Comment.objects.page_after(cursor, 5, by="-created_at")
    with pytest.raises(InvalidCursor):
        Post.objects.page_after(signing.dumps([False, False, [1, 2]]), 5, by="-created_at")


def test_a_cursor_expires_where_that_is_asked_for(rows, monkeypatch):
    cursor = cursors("-created_at")
    assert Post.objects.page_after(cursor, 5, by="-created_at", max_age=timedelta(minutes=5))
    now = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: now() + 301)
    assert Post.objects.page_after(cursor, 5, by="-created_at")
    with pytest.raises(InvalidCursor, match="has expired"):
        Post.objects.page_after(cursor, 5, by="-created_at", max_age=timedelta(minutes=5))


def test_values_keep_their_types_and_digits(world):
    """Floats to the last bit, Decimals, texts of any letters, days, moments to the microsecond, and NULLs."""
    for number, post in enumerate(Post.objects.order_by("pk")[:50]):
        post.score, post.title = number / 3, f"é{number % 7} 日本 👍 \x01 {number}"
        post.save()
    for by in (["score"], ["-title"], ["price", "-discount"], ["author__dob"], ["-expires_at"], ["slug", "views"]):
        expected = list(Post.objects.ranked(*by))
        found = [row for page in forwards(Post.objects.all(), 23, by=by) for row in page]
        assert found == expected
    chain = Post.objects.agg_by("author", mean=Avg("price")).ranked("mean")
    assert [row for page in forwards(chain, 4) for row in page] == list(chain)


def test_a_key_that_no_cursor_can_hold_says_so(rows):
    with pytest.raises(TypeError, match="a cursor cannot hold"):
        Post.objects.present("tags").page_after(None, 5, by="tags")


def test_the_last_page_gone_has_a_way_back(rows):
    page = Post.objects.page_after(None, 55, by="pk")
    last = page.items[-1].pk
    Post.objects.filter(pk__gt=last).delete()
    empty = Post.objects.page_after(page.next, 55, by="pk")
    assert (empty.items, empty.next) == ([], None)
    back = Post.objects.page_after(empty.previous, 10, by="pk")
    assert [post.pk for post in back] == [post.pk for post in page.items[-10:]]
    assert Post.objects.page_after(back.next, 10, by="pk").items == []
    first = Post.objects.page_after(page.next and back.previous, 100, by="pk")
    Post.objects.filter(pk__in=[post.pk for post in first]).delete()
    gone = Post.objects.page_after(back.previous, 10, by="pk")
    assert (gone.items, gone.previous) == ([], None)
    assert Post.objects.page_after(gone.next, 100, by="pk").items == back.items


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("by", ["-created_at", ["-price", "title"], ["rating", "-views"]])
def test_what_is_there_throughout_is_on_one_page(rows, by, seed):
    pick, author = random.Random(seed), rows.users[0]
    Comment.objects.all().delete()
    staying = {post.pk for post in pick.sample(rows.posts, 30)}
    seen, cursor, turn = [], None, 0
    while True:
        page = Post.objects.page_after(cursor, 5, by=by)
        seen += [post.pk for post in page]
        gone = pick.sample(sorted(post.pk for post in rows.posts if post.pk not in staying), 4)
        Post.objects.filter(pk__in=gone).delete()
        for like in pick.choices(rows.posts, k=3 if turn < 12 else 0):
            turn += 1
            Post.objects.create(
                title=like.title, slug=f"new-{turn}", author=author, created_at=like.created_at, price=like.price,
                rating=like.rating, views=like.views,
            )  # fmt: skip
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


@pytest.mark.plan
def test_a_page_far_back_reads_no_more_than_the_first(world):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ops_message (session_id, role, content, is_streamed, created_at)"
            " SELECT 1, 'user', 'x', false, now() - make_interval(mins => g / 3) FROM generate_series(1, 30000) g"
        )
        cursor.execute("ANALYZE ops_message")
        chain = Message.objects.filter(session=1)
        far = chain.order_by("-created_at", "-pk")[20_000:20_001].get()
        with CaptureQueriesContext(connection) as captured:
            list(chain.newest().after(far)[:21])
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF) " + captured.captured_queries[-1]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan" in plan
    assert "Index Cond" in plan
    assert "Rows Removed" not in plan
    assert "Sort" not in plan
