"""Writes at the same time, each by a connection of its own: nothing is lost or written twice, none deadlocks."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.db.models import Case, Count, F, Value, When
from django.utils import timezone

from example_project.config import dims
from example_project.content.models import ArchivedPost, Category, Comment, Post, User
from example_project.graph.models import MemoryLink, Node, Relationship
from querysets import P
from querysets.errors import CycleError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

THREADS, ROUNDS = 4, 50
PATIENCE = 30  # seconds


def run(*works):
    """Each of ``works`` in a thread of its own; what they return, or the first error."""
    results, errors, ready = [None] * len(works), [], threading.Barrier(len(works))

    def body(place, work):
        try:
            ready.wait()
            results[place] = work()
        except Exception as error:  # noqa: BLE001 (told below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=body, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 4)
    assert not any(thread.is_alive() for thread in threads), "a thread still waits"
    if errors:
        raise errors[0]
    return results


def rounds(work):
    """``work(random)`` in every thread, once a round; all that it returned."""

    def repeated(seed):
        pick = random.Random(seed)
        return [work(pick) for _ in range(ROUNDS)]

    return [each for found in run(*(lambda seed=seed: repeated(seed) for seed in range(THREADS))) for each in found]


@contextmanager
def waiting(call):
    """A transaction while the block lasts; ``call`` comes after it, waits for its locks and fills the list given."""
    result = []

    def body():
        try:
            result.append(call())
        except Exception as error:  # noqa: BLE001 (told below)
            result.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=body)
    with transaction.atomic():
        yield result
        thread.start()
        _until_blocked()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it still waits"
    if isinstance(result[0], Exception):
        raise result[0]


def _until_blocked():
    with connection.cursor() as cursor:
        for _ in range(PATIENCE * 100):
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    pytest.fail("nobody waits for the transaction")


@pytest.fixture
def empty(transactional_db):
    """No rows: the world may be there."""
    Post.objects.all().delete()
    Category.objects.all().delete()
    User.objects.all().delete()
    ArchivedPost.objects.all().delete()


@pytest.fixture
def users(empty):
    return User.objects.bulk_create(
        User(username=f"u{place}", email=f"u{place}@example.org", credits=20) for place in range(6)
    )


@pytest.fixture
def posts(users):
    return Post.objects.bulk_create(
        Post(title=f"t{place}", slug=f"s{place}", content="c", author=users[place % 6]) for place in range(24)
    )


@pytest.fixture
def siblings(empty):
    parent = Category.objects.create(name="parent", slug="parent")
    return Category.objects.bulk_create(
        Category(name=f"c{place}", slug=f"c{place}", parent=parent, position=place) for place in range(1, 9)
    )


def test_no_adjustment_is_lost(posts):
    ways = [
        Post.objects.all(),
        Post.objects.order_by("-pk"),
        Post.objects.by(author__is_active=True),
        Post.objects.order_by("-title").limited(100),
        Post.objects.with_rank("-pk").at_most(rank=24),
        Post.objects.annotate(n=Count("comments")),
    ]
    counts = rounds(lambda pick: pick.choice(ways).all().adjust(likes=1, score=F("likes") * 0 + 0.25))
    assert counts == [24] * THREADS * ROUNDS
    assert set(Post.objects.values_list("likes", "score")) == {(200, 50.0)}


def test_a_transfer_neither_makes_nor_loses_anything(users):
    keys = [user.pk for user in users]

    def move(pick):
        src, dst = pick.sample(keys, 2)
        amount = pick.randint(1, 15)
        return src, dst, amount, User.objects.transfer("credits", src, dst, amount)

    moves = rounds(move)
    expected = Counter(dict.fromkeys(keys, 20))
    for src, dst, amount, done in moves:
        if done:
            expected[src] -= amount
            expected[dst] += amount
    assert {done for *_, done in moves} == {True, False}
    assert dict(User.objects.values_list("pk", "credits")) == dict(expected)
    assert min(expected.values()) >= 0
    assert sum(expected.values()) == 6 * 20


def test_of_all_who_expect_a_version_one_sets_the_next(posts):
    row = Post.objects.by(pk=posts[0].pk)

    def save(_pick):
        failed = 0
        while True:
            version = row.values_list("version", flat=True).get()
            if row.all().compare_and_set({"version": version}, version=version + 1, likes=F("likes") + 1):
                return failed
            failed += 1

    assert sum(rounds(save)) > 0  # they did meet
    assert row.values_list("version", "likes").get() == (1 + THREADS * ROUNDS, THREADS * ROUNDS)


def test_a_row_is_returned_to_one_call_only(users):
    Post.objects.bulk_create(
        Post(title="t", slug=f"q{place}", content="c", author=users[0]) for place in range(THREADS * ROUNDS * 2)
    )

    def claim(pick):
        free = Post.objects.by(status="draft")
        chosen = pick.choice(
            [free.limited(2), free.order_by("-pk").limited(2), free.by(author__is_active=True).limited(1)]
        )
        return [row["pk"] for row in chosen.update_returning("pk", status="published", likes=F("likes") + 1)]

    claimed = [pk for found in rounds(claim) for pk in found]
    assert len(claimed) == len(set(claimed)) > THREADS * ROUNDS / 2
    assert set(Post.objects.by(status="published").values_list("pk", flat=True)) == set(claimed)
    assert set(Post.objects.by(status="published").values_list("likes", flat=True)) == {1}


def test_places_stay_one_to_n(siblings):
    keys = [row.pk for row in siblings]

    def move(pick):
        if pick.random() < 0.3:
            return Category.objects.by(pk=keys).renumber("position", per="parent", by=pick.choice(["slug", "-slug"]))
        return Category.objects.by(pk=pick.choice(keys)).reposition("position", pick.randint(-1, 12), per="parent")

    rounds(move)
    assert sorted(Category.objects.by(pk=keys).values_list("position", flat=True)) == list(range(1, 9))
    assert Category.objects.by(pk=keys).renumber("position", by="-slug") >= 0
    ordered = Category.objects.by(pk=keys).order_by("position").values_list("slug", flat=True)
    assert list(ordered) == [f"c{place}" for place in range(8, 0, -1)]


def test_renumbering_settles_whatever_others_did_between(siblings):
    keys = [row.pk for row in siblings]

    def shake(pick):
        Category.objects.by(pk=pick.choice(keys)).update(position=pick.randint(10**6, 10**9))
        return Category.objects.by(pk=keys).renumber("position", per="parent")

    rounds(shake)
    assert sorted(Category.objects.by(pk=keys).values_list("position", flat=True)) == list(range(1, 9))


def test_every_flip_counts(posts):
    keys = [post.pk for post in posts]
    before = dict(Post.objects.values_list("pk", "is_active"))

    def turn(pick):
        some = pick.sample(keys, 10)
        rows = Post.objects.by(pk=some)
        ways = [rows, rows.order_by("-pk"), rows.limited(10), rows.with_rank("-pk").at_most(rank=10), rows.limited(9)]
        chosen = pick.choice(ways)
        narrowed = chosen is ways[-1]
        assert chosen.flip("is_active") == 10 - narrowed
        return sorted(some)[: 10 - narrowed]

    turned = Counter(pk for some in rounds(turn) for pk in some)
    assert dict(Post.objects.values_list("pk", "is_active")) == {pk: before[pk] ^ (turned[pk] % 2 == 1) for pk in keys}


def test_a_row_that_no_longer_meets_the_conditions_is_left_alone(posts):
    row = Post.objects.filter(pk=posts[0].pk)
    for chain in (
        Post.objects.by(status="draft"),
        Post.objects.by(status="draft", author__is_active=True),
        Post.objects.by(status="draft").limited(1),
        Post.objects.by(status="draft").limited(5).limited(1),
        Post.objects.by(status="draft").with_rank("pk").at_most(rank=1),
        Post.objects.annotate(n=Count("comments")).filter(status="draft"),
    ):
        row.update(status="draft", likes=0)
        with waiting(lambda chain=chain: chain.filter(pk=posts[0].pk).adjust(likes=1)) as result:
            row.update(status="published")
        assert result == [0]
        assert row.values_list("likes", flat=True).get() == 0


def test_a_value_is_of_the_row_as_it_was_left(posts):
    row = Post.objects.filter(pk=posts[0].pk)
    for write in (
        lambda: row.all().adjust(likes=1),
        lambda: row.limited(1).adjust(likes=1),
        lambda: row.all().sync_from("likes", F("likes") + F("author__credits") - 19),
        lambda: row.all().set_case("likes", (P.at_least(likes=0), F("likes") + 1)),
        lambda: len(row.all().update_returning(likes=F("likes") + 1)),
        lambda: row.all().compare_and_set({"title": "t0"}, likes=F("likes") + 1),
        lambda: row.with_rank().adjust(likes=F("rank")),
    ):
        row.update(likes=0)
        with waiting(write) as result:
            row.update(likes=10)
        assert result == [1]
        assert row.values_list("likes", flat=True).get() == 11


def test_who_comes_second_finds_nothing_to_write(posts):
    row = Post.objects.filter(pk=posts[0].pk)
    for write, nothing in (
        (lambda: row.all().update_returning(status="published"), []),
        (lambda: row.limited(1).update_returning(status="published"), []),
        (lambda: row.all().set_case("status", (P.by(status="draft"), "urgent")), 0),
        (lambda: row.all().sync_from("status", Value("published")), 0),
        (lambda: row.all().compare_and_set({"status": "draft"}, title="late"), False),
        (lambda: row.limited(1).compare_and_set({"status": "draft"}, title="late"), False),
    ):
        row.update(status="draft")
        with waiting(write) as result:
            row.update(status="published")
        assert result == [nothing]
        assert row.values_list("status", "title").get() == ("published", "t0")


def test_money_that_is_gone_meanwhile_is_not_moved(users):
    src, dst, other = (user.pk for user in users[:3])
    with waiting(lambda: User.objects.transfer("credits", src, dst, 15)) as result:
        assert User.objects.transfer("credits", src, other, 10)
    assert result == [False]
    with waiting(lambda: User.objects.transfer("credits", other, dst, 25)) as result:
        assert User.objects.transfer("credits", src, other, 10)
    assert result == [True]
    assert list(User.objects.order_by("pk").values_list("credits", flat=True)[:3]) == [0, 45, 15]


def test_what_is_moved_is_the_row_as_it_was_left_and_none_is_lost(posts):
    fields = {"slug": "slug", "title": "title", "content": "content", "author": "author"}
    with waiting(lambda: Post.objects.order_by("pk").limited(2).move_to(ArchivedPost, **fields)) as result:
        Post.objects.filter(pk=posts[0].pk).update(title="late")
    assert result == [2]
    assert dict(ArchivedPost.objects.values_list("slug", "title")) == {"s0": "late", "s1": "t1"}
    with waiting(lambda: Post.objects.order_by("pk").limited(2).move_to(ArchivedPost, **fields)) as result:
        Post.objects.filter(pk=posts[2].pk).delete()
    assert result == [1]
    assert set(ArchivedPost.objects.values_list("slug", flat=True)) == {"s0", "s1", "s3"}
    assert set(Post.objects.values_list("slug", flat=True)) == {f"s{place}" for place in range(4, 24)}


def test_a_comment_that_comes_while_its_post_is_moved_goes_with_it(posts, users):
    fields = {"slug": "slug", "title": "title", "content": "content", "author": "author"}
    move = lambda: Post.objects.by(pk=posts[0].pk).move_to(ArchivedPost, **fields)  # noqa: E731
    with waiting(move) as result:
        Comment.objects.create(post=posts[0], user=users[0], content="c")
        connection.check_constraints()
    assert result == [1]
    assert not Comment.objects.exists()


def test_rows_are_moved_once(posts):
    fields = {"slug": "slug", "title": "title", "content": "content", "author": "author"}
    moved = rounds(
        lambda pick: Post.objects.order_by(pick.choice(["pk", "-pk"])).limited(2).move_to(ArchivedPost, **fields)
    )
    assert sum(moved) == 24
    assert not Post.objects.exists()
    assert ArchivedPost.objects.count() == 24


def test_a_sibling_that_changes_place_meanwhile_is_counted_where_it_stands(siblings):
    first, second, *_ = (row.pk for row in siblings)
    with waiting(lambda: Category.objects.by(pk=first).reposition("position", 8, per="parent")) as result:
        Category.objects.by(pk=second).reposition("position", 1, per="parent")
    assert result == [7]
    ordered = Category.objects.filter(parent__slug="parent").order_by("position")
    assert list(ordered.values_list("slug", flat=True)) == ["c2", "c3", "c4", "c5", "c6", "c7", "c8", "c1"]
    assert sorted(ordered.values_list("position", flat=True)) == list(range(1, 9))


def test_calls_that_meet_in_many_rows_do_not_deadlock(posts):
    keys = [post.pk for post in posts]

    def write(pick):
        some = pick.sample(keys, 16)
        order = Case(*(When(pk=pk, then=Value(place)) for place, pk in enumerate(some)))
        rows = Post.objects.filter(pk__in=some).order_by(order)
        return pick.choice(
            [
                lambda: rows.adjust(likes=1),
                lambda: rows.limited(9).set_case("score", (P.active(), F("score") + 1)),
                lambda: len(rows.update_returning(views=F("views") + 1)),
                lambda: rows.sync_rollup("comment_count", "comments", Count("*")),
                lambda: rows.renumber("version"),
                lambda: int(Post.objects.transfer("likes", *some[:2], 1)),
            ]
        )()

    assert len(rounds(write)) == THREADS * ROUNDS


def test_of_two_moves_that_would_close_a_cycle_one_wins(world):
    one, other = Node.objects.roots().ranked("pk")[:2]

    def moving(node, parent):
        def work():
            try:
                return Node.objects.move(node.pk, parent.pk)
            except CycleError:
                return "refused"

        return work

    for _ in range(20):
        Node.objects.filter(pk__in=(one.pk, other.pk)).update(parent=None)
        results = run(moving(one, other), moving(other, one))
        assert sorted(map(str, results)) == ["1", "refused"]
        assert not Node.objects.filter(pk__in=(one.pk, other.pk)).cyclic().exists()


def test_no_write_to_the_rows_of_a_walk_is_lost(empty):
    top, *below = Category.objects.bulk_create(
        Category(name=f"c{place}", slug=f"c{place}", position=place) for place in range(9)
    )
    for place, category in enumerate(below):
        category.parent = below[place // 2 - 1] if place > 1 else top
    Category.objects.bulk_update(below, ["parent"])
    posts = Post.objects.bulk_create(
        Post(
            title="x",
            slug=f"w{place}",
            author=User.objects.get_or_create(username="w", email="w@x.org")[0],
            category=each,
        )
        for place, each in enumerate(below)
    )
    shelves = Category.objects.descendants_of(top.pk)

    def write(pick):
        rows = Post.objects.having("category", P.descendants_of(top.pk))
        moved = shelves.with_depth(as_="deep").adjust(position=9)
        return pick.choice([lambda: rows.adjust(likes=1), lambda: rows.adjust(views=1)])(), moved

    found = rounds(write)
    assert set(found) == {(len(posts), len(below))}
    assert sum(Post.objects.values_list(F("likes") + F("views"), flat=True)) == THREADS * ROUNDS * len(posts)
    positions = Category.objects.exclude(pk=top.pk).ranked("pk").values_list("position", flat=True)
    assert list(positions) == [place + 9 * THREADS * ROUNDS for place in range(1, 9)]


def test_no_use_of_a_memory_is_lost(users):
    kept = [
        MemoryLink.objects.create(user=users[0], embedding=[1.0] * dims.TEXT, strength=0.0, frequency=0)
        for _ in range(3)
    ]
    keys = [link.pk for link in kept]

    def use():
        for place in range(ROUNDS):
            MemoryLink.objects.by(pk=keys[place % 2 :]).reinforce(0.01)

    run(*[use] * THREADS)
    first, *rest = MemoryLink.objects.ranked("pk")
    assert (first.frequency, {link.frequency for link in rest}) == (THREADS * ROUNDS // 2, {THREADS * ROUNDS})
    assert first.strength == pytest.approx(1 - 0.99 ** (THREADS * ROUNDS // 2))
    assert {round(link.strength, 9) for link in rest} == {round(1 - 0.99 ** (THREADS * ROUNDS), 9)}


def test_copies_are_made_one_once(users):
    for _ in range(5):
        MemoryLink.objects.all().delete()
        for place in range(9):
            vector = [1.0, float(place % 3 == 0)] + [0.0] * (dims.TEXT - 2)
            MemoryLink.objects.create(user=users[0], embedding=vector, strength=0.5)
        removed = run(*[lambda: MemoryLink.objects.near_duplicates().consolidate()] * THREADS)
        assert sum(removed) == 7
        assert sorted(MemoryLink.objects.values_list("frequency", flat=True)) == [3, 6]


def test_a_fact_is_replaced_once(users):
    Relationship.objects.create(source=users[0], target=users[1], kind="mentors", weight=0.0)
    moment = timezone.now()
    replaced = run(*[lambda: Relationship.objects.below(weight=1).replace_fact(moment, weight=1.0)] * THREADS)
    assert sorted(replaced) == [0, 0, 0, 1]
    assert Relationship.objects.valid_at(moment).get().weight == 1.0
