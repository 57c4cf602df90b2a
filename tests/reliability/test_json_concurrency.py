"""Writes of one document from several connections at a time: none of them is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from example_project.content.models import Post, User

THREADS, TIMES = 4, 50


@pytest.fixture
def post(transactional_db):
    author = User.objects.create(username="u", email="u@example.org")
    return Post.objects.create(title="t", slug="t", content="c", author=author, metadata=None, tags=None)


def at_once(work):
    """``work(thread, turn)`` by all threads, each on a connection of its own; the sum of what it gives."""
    start = Barrier(THREADS)

    def one(thread):
        try:
            start.wait()
            return sum(work(thread, turn) for turn in range(TIMES))
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(one, range(THREADS)))


def test_increments_add_up(post):
    rows = Post.objects.filter(pk=post.pk)
    assert at_once(lambda _thread, _turn: rows.json_increment(("reads", "total"), 2)) == THREADS * TIMES
    assert rows.get().metadata == {"reads": {"total": 2 * THREADS * TIMES}}


def test_increments_of_different_keys_keep_each_other(post):
    rows = Post.objects.filter(pk=post.pk)
    assert at_once(lambda thread, _turn: rows.json_increment(("reads", str(thread)))) == THREADS * TIMES
    assert rows.get().metadata == {"reads": {str(thread): TIMES for thread in range(THREADS)}}


def test_entries_of_a_log_are_all_there_in_the_order_of_each_writer(post):
    rows = Post.objects.filter(pk=post.pk)
    assert at_once(lambda thread, turn: rows.json_append("log", [thread, turn])) == THREADS * TIMES
    log = rows.get().metadata["log"]
    assert sorted(log) == [[thread, turn] for thread in range(THREADS) for turn in range(TIMES)]
    assert all([turn for who, turn in log if who == thread] == list(range(TIMES)) for thread in range(THREADS))


def test_merges_and_sets_of_different_keys_are_all_there(post):
    rows = Post.objects.filter(pk=post.pk)

    def write(thread, turn):
        if thread % 2:
            return rows.json_merge({f"{thread}-{turn}": True})
        return rows.json_set(("set", f"{thread}-{turn}"), turn)

    assert at_once(write) == THREADS * TIMES
    document = rows.get().metadata
    assert len(document.pop("set")) == len(document) == 2 * TIMES


def test_one_of_many_removes_it(post):
    rows = Post.objects.filter(pk=post.pk)
    for turn in range(TIMES):
        rows.json_set("once", turn)
    assert at_once(lambda _thread, _turn: rows.json_remove("once")) == 1
    assert rows.get().metadata == {}


def test_elements_are_added_once(post):
    rows = Post.objects.filter(pk=post.pk)
    assert at_once(lambda thread, turn: rows.array_add("tags", f"{turn}", f"{thread}-{turn}")) == THREADS * TIMES
    tags = rows.get().tags
    assert len(tags) == len(set(tags)) == TIMES + THREADS * TIMES


def test_writes_that_meet_in_many_rows_wait_for_each_other(post):
    """Whatever the order of the chain, rows are locked in that of their keys: none waits for one that waits for it."""
    copies = [{"title": "t", "slug": f"t{number}", "content": "c", "author_id": post.author_id} for number in range(20)]
    Post.objects.bulk_create(Post(**each) for each in copies)
    orders = (Post.objects.order_by("pk"), Post.objects.order_by("-pk"))

    def write(thread, turn):
        rows = orders[thread % 2]
        if turn % 2:
            return rows.array_add("tags", f"{thread}-{turn}") + rows.array_rename("tags", f"{thread}-{turn}", "known")
        return rows.json_increment("reads") + rows.json_append("log", [thread, turn], keep=3)

    assert at_once(write) == THREADS * TIMES * 2 * 21
    assert {(row.metadata["reads"], *row.tags) for row in orders[0]} == {(THREADS * TIMES // 2, "known")}
