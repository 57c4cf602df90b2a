"""Rows that others hold, and slots that many want, each by a connection of its own."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, models, transaction
from django.db.models import Count, F, Window
from django.db.models.functions import Rank
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils import timezone

from example_project.content.models import Booking, Comment, Post, Room, User
from querysets import P, PatternManager
from querysets.errors import NoTransaction, WrongShape

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds


@pytest.fixture
def author(transactional_db):
    for model in (Booking, Room, Post, User):
        model.objects.all().delete()
    return User.objects.create(username="u", email="locking@example.org")


@pytest.fixture
def posts(author):
    return Post.objects.bulk_create(
        Post(title=f"t{place}", slug=f"s{place}", content="c", author=author, views=place) for place in range(8)
    )


@contextmanager
def elsewhere(work):
    """A transaction of another connection, in which ``work`` has been done, open while the block lasts."""
    done, leave, errors = threading.Event(), threading.Event(), []

    def body():
        try:
            with transaction.atomic():
                work()
                done.set()
                leave.wait(PATIENCE)
        except Exception as error:  # noqa: BLE001 (told below)
            errors.append(error)
        finally:
            done.set()
            connection.close()

    thread = threading.Thread(target=body)
    thread.start()
    done.wait(PATIENCE)
    try:
        yield leave
    finally:
        leave.set()
        thread.join(PATIENCE)
    assert not errors


def hold(posts):
    """Lock these rows as an update does."""
    return lambda: Post.objects.filter(pk__in=[post.pk for post in posts]).update(score=1)


def pks(rows):
    return [row.pk for row in rows]


def ids(posts):
    return [post.pk for post in posts]


CHAINS = {
    "rows": lambda rows: rows.locked(skip=True, no_key=True),
    "ordered": lambda rows: rows.ranked("-views").locked(skip=True),
    "annotated": lambda rows: rows.with_count("comments").select_related("author", "category").locked(skip=True),
    "ranked by a window": lambda rows: rows.with_rank("-views").at_most(rank=100).locked(skip=True),
    "with a window": lambda rows: rows.annotate(place=Window(Rank(), order_by="-views")).locked(skip=True),
    "with a window after it": lambda rows: rows.locked(skip=True).with_rank("-views"),
    "chosen": lambda rows: rows.limited(100).locked(skip=True),
    "chosen per group": lambda rows: rows.top_per("author", 100).locked(skip=True),
    "chosen after it": lambda rows: rows.locked(skip=True).top_per("author", 100, by="views"),
    "grouped by Django": lambda rows: rows.annotate(n=Count("comments")).locked(skip=True),
    "distinct": lambda rows: rows.distinct().locked(skip=True),
    "multiplied": lambda rows: rows.filter(author__posts__views__gte=0).locked(skip=True),
    "a slice": lambda rows: rows.order_by("pk")[:100].locked(skip=True),
    "combined": lambda rows: rows.by(author__is_active=True) & rows.locked(skip=True),
    "a union": lambda rows: rows.locked(skip=True).union(rows.filter(pk=None)),
}


@pytest.mark.parametrize("name", CHAINS)
def test_rows_that_another_has_are_passed_over(posts, name):
    with elsewhere(hold(posts[2:4])), transaction.atomic():
        assert sorted(pks(CHAINS[name](Post.objects.all()))) == ids([*posts[:2], *posts[4:]])


@pytest.mark.parametrize("name", CHAINS)
def test_rows_are_locked_once_they_are_read(posts, name):
    with elsewhere(lambda: list(CHAINS[name](Post.objects.filter(views__lt=5)))), transaction.atomic():
        assert pks(Post.objects.ranked("pk").locked(skip=True)) == ids(posts[5:])


def test_groups_are_of_locked_rows(posts):
    with elsewhere(hold(posts[2:4])), transaction.atomic():
        assert list(Post.objects.locked(skip=True).count_by("status")) == [{"status": "draft", "count": 6}]
        assert Post.objects.locked(skip=True).limited(5).count_by("status").get() == {"status": "draft", "count": 5}
        assert list(Post.objects.locked(skip=True).distinct_values("views")) == [0, 1, 4, 5, 6, 7]


def test_of_a_slice_and_a_limit_no_more_rows_are_locked(posts):
    ordered = Post.objects.ranked("pk").locked(skip=True)
    with elsewhere(hold(posts[1:2])), transaction.atomic():
        assert pks(ordered[:2]) == [posts[0].pk, posts[2].pk]
        with elsewhere(lambda: list(ordered.limited(2))):
            assert pks(ordered.paged(0, 2)) == [posts[0].pk, posts[2].pk]  # its own
            assert pks(Post.objects.ranked("-pk").locked(skip=True)[:9]) == [posts[i].pk for i in (7, 6, 5, 2, 0)]


def test_workers_share_a_queue_without_meeting(posts):
    taken, start = [], threading.Barrier(4)

    def work():
        try:
            with transaction.atomic():
                mine = pks(Post.objects.ranked("-views").locked(skip=True).limited(2))
                taken.append(mine)
                start.wait(PATIENCE)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(work) for _ in range(4)]:
            done.result(PATIENCE)
    assert sorted(pk for mine in taken for pk in mine) == ids(posts)


def test_nowait_refuses_and_the_database_says_so(posts):
    with elsewhere(hold(posts[2:3])):
        with pytest.raises(OperationalError, match="could not obtain lock"), transaction.atomic():
            list(Post.objects.locked(nowait=True))
        with transaction.atomic():
            assert len(Post.objects.above(views=4).locked(nowait=True)) == 3


def test_writes_pass_over_what_another_has_as_well(posts):
    with elsewhere(hold(posts[2:4])):
        assert Post.objects.locked(skip=True).adjust(likes=1) == 6
        with pytest.raises(OperationalError, match="could not obtain lock"):
            Post.objects.locked(nowait=True).adjust(likes=1)
    assert set(pks(Post.objects.by(likes=0))) == set(ids(posts[2:4]))


def test_a_weak_lock_lets_others_refer_to_the_row(posts, author):
    def comment():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        Comment.objects.create(post=posts[0], user=author, content="c")

    with elsewhere(lambda: list(Post.objects.locked(no_key=True))):
        comment()
    with elsewhere(lambda: list(Post.objects.locked())), pytest.raises(OperationalError):
        comment()
    connection.close()


LATER = {
    "rows": lambda rows: rows.locked(),
    "with a selection": lambda rows: rows.limited(100).locked(),
    "ranked": lambda rows: rows.with_rank("-pk").at_most(rank=100).locked(),
    "limited after it": lambda rows: rows.locked().limited(100),
}


@pytest.mark.parametrize("name", LATER)
def test_what_was_waited_for_is_read_as_it_was_left(posts, name):
    """As many rounds as it takes for lost rows or values to show."""
    seen = []

    def read():
        try:
            with transaction.atomic():
                seen.append({row.pk: row.score for row in LATER[name](Post.objects.at_most(score=50))})
        finally:
            connection.close()

    thread = threading.Thread(target=read)
    with elsewhere(lambda: Post.objects.filter(pk__in=ids(posts[:3])).update(score=F("views") * 10 + 40)) as leave:
        thread.start()
        until_blocked()
        leave.set()
        thread.join(PATIENCE)
    assert seen == [{post.pk: {0: 40, 1: 50}.get(post.views, 0) for post in posts if post.views != 2}]


def until_blocked():
    with connection.cursor() as cursor:
        for _ in range(PATIENCE * 20):
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    pytest.fail("nobody waits")


def test_increments_of_what_was_read_are_not_lost(posts):
    start = threading.Barrier(4)

    def work():
        try:
            start.wait(PATIENCE)
            for _ in range(10):
                with transaction.atomic():
                    for post in Post.objects.with_rank("-pk").at_most(rank=3).locked():
                        Post.objects.filter(pk=post.pk).update(likes=post.likes + 1)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(work) for _ in range(4)]:
            done.result(PATIENCE)
    assert pks(Post.objects.by(likes=40)) == ids(posts[-3:])


def test_outside_of_a_transaction_it_is_an_error_once_it_is_read(posts):
    rows = Post.objects.locked()
    assert "FOR UPDATE" in str(rows.query)
    for read in (list, len, lambda rows: rows.first(), lambda rows: list(rows.count_by("status"))):
        with pytest.raises(NoTransaction, match=r"content\.Post: locked\(\) needs a transaction"):
            read(rows.all())


def test_what_locks_nothing_asks_for_no_lock(posts):
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        assert Post.objects.locked().exists()
        assert Post.objects.locked().count() == 8
        assert Post.objects.locked().total("views") == 28
        assert User.objects.having(Post.objects.locked()).exists()
    assert not [query for query in captured.captured_queries if "FOR UPDATE" in query["sql"]]


def test_what_django_makes_of_locked_rows_is_refused(posts):
    with transaction.atomic():
        for rows in (
            Post.objects.locked().distinct(),
            Post.objects.locked().annotate(n=Count("comments")),
            Post.objects.locked().annotate(place=Window(Rank(), order_by="pk")),
        ):
            with pytest.raises(WrongShape, match=r"call locked\(\) after it"):
                list(rows)


@isolate_apps("tests")
def test_rows_in_several_tables_are_refused():
    class Base(models.Model):
        objects = PatternManager()

        class Meta:
            app_label = "locking"

    class Child(Base):
        objects = PatternManager()

        class Meta:
            app_label = "locking"

    with pytest.raises(WrongShape, match="several tables"):
        Child.objects.locked()
    assert Base.objects.locked() is not None


def test_of_twenty_that_want_a_slot_one_has_it(author):
    room = Room.objects.create(name="r")
    opening = timezone.now()
    start = threading.Barrier(20)

    def book(number):
        try:
            start.wait(PATIENCE)
            shift = timedelta(minutes=number)
            return Booking.objects.create_if_free(
                room=room, user=author, during=(opening + shift, opening + shift + timedelta(hours=1))
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        made = [found for found in threads.map(book, range(20)) if found is not None]
    assert len(made) == 1
    assert list(Booking.objects.all()) == made
    assert Booking.objects.any_of(P.overlapping(opening, opening + timedelta(hours=2))).count() == 1
