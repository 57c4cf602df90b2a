"""Upserts of overlapping rows from several connections at a time: every one counts, and none deadlocks."""

from __future__ import annotations

import random

import pytest
from django.db import connection, transaction
from django.db.models import F, Q

from example_project.content.models import Post, User
from querysets import Excluded
from querysets.sql.postgres import upserts
from tests.reliability.test_json_concurrency import THREADS, at_once

KEYS = 60


@pytest.fixture(params=["arrays", "table"])
def author(request, transactional_db, monkeypatch):
    """Whoever wrote the posts; the rows take each of their two ways."""
    if request.param == "table":
        monkeypatch.setattr(upserts, "FEW", 0)
    return User.objects.create(username="u", email="u@example.org")


def rows(author, keys, **values):
    return [{"slug": f"s{key}", "title": "t", "content": "c", "author": author, **values} for key in keys]


def in_some_order(seed):
    """All keys: forwards, backwards or shuffled."""
    keys = list(range(KEYS))
    return keys if seed % 3 == 0 else keys[::-1] if seed % 3 == 1 else random.Random(seed).sample(keys, KEYS)


def test_counters_add_up_in_whatever_order_the_keys_come(author):
    def work(thread, turn):
        given = rows(author, in_some_order(thread + turn), views=1)
        found = Post.objects.upsert(given, "slug", {"views": F("views") + Excluded("views")})
        assert (found.created + found.updated, found.unchanged) == (KEYS, 0)
        return found.created

    assert at_once(work) == KEYS  # each was created once, whoever was first
    assert dict(author.posts.values_list("slug", "views")) == {f"s{key}": THREADS * 50 for key in range(KEYS)}


def test_several_in_one_transaction_do_not_deadlock_if_each_is_of_the_keys_of_the_one_before(author):
    def work(thread, turn):
        if turn % 5:
            return 0
        with transaction.atomic():
            given = rows(author, in_some_order(thread + turn), likes=1)
            one = Post.objects.upsert(given, "slug", {"likes": F("likes") + Excluded("likes")})
            two = Post.objects.upsert(given[::-1], "slug", {"likes": F("likes") + Excluded("likes")})
        return one.updated + two.updated + one.created

    assert at_once(work) == THREADS * 10 * KEYS * 2
    assert set(author.posts.values_list("likes", flat=True)) == {THREADS * 10 * 2}


def test_the_newest_wins_whoever_comes_last(author):
    def work(thread, turn):
        version = turn * THREADS + thread
        newer = Q(version__lt=Excluded("version"))
        given = rows(author, in_some_order(version), version=version, views=version)
        return sum(Post.objects.upsert(given, "slug", where=newer)) == KEYS

    assert at_once(work) == THREADS * 50
    assert set(author.posts.values_list("version", "views")) == {(THREADS * 50 - 1, THREADS * 50 - 1)}


def test_a_row_that_is_there_by_now_is_updated_and_none_of_ours(author):
    """It was not when the statement began: what is there is not looked up first."""

    def work(thread, turn):
        found = Post.objects.upsert(
            rows(author, [f"{turn}-{key}" for key in in_some_order(thread)[:5]]), "slug", ["title"]
        )
        return found.created

    created = at_once(work)
    assert created == author.posts.count()


def test_a_table_of_their_own_is_gone_afterwards(author):
    Post.objects.upsert(rows(author, range(KEYS)), "slug")
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_class WHERE relname LIKE 'querysets\\_%'")
        assert cursor.fetchone() == (0,)
