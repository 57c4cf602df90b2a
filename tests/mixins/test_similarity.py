"""Texts that resemble each other: bounds, settings, neighbours, pairs, natural order."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Prefetch

from example_project.content.models import Category, Post, User
from querysets import P


@pytest.fixture
def write(rows):
    """Posts by their title, and nothing else in the table."""
    Post.objects.all().delete()

    def make(*titles, **columns):
        return [
            Post.objects.create(title=title, content="x", slug=f"{title}{n}", author=rows.users[0], **columns)
            for n, title in enumerate(titles, start=Post.objects.count())
        ]

    return make


def titles(found):
    return [post.title for post in found]


def test_the_bound_is_included_in_any_case(write):
    """``abcdefg`` and ``abcdefghi`` share 7 of 11 trigrams, ``abcdefgh`` 7 of 10: 0.7 is less in single precision."""
    write("ABCDEFGH", "abcdefghi", "other")
    assert titles(Post.objects.resembling("abcdefg", "title", threshold=0.7)) == ["ABCDEFGH"]
    assert titles(Post.objects.resembling("abcdefg", "title", threshold=0.700001)) == []
    assert len(Post.objects.resembling("abcdefg", "title", threshold=0.636363)) == 2
    exact = Post.objects.with_resemblance("abcdefg", "title")
    assert titles(exact.at_least(resemblance=0.7)) == ["ABCDEFGH"]
    assert sorted(exact.values_list("resemblance", flat=True)) == [0, 0.636364, 0.7]


@pytest.mark.parametrize("wanted", [0.2, 0.5, 0.8, 1])
def test_the_settings_of_the_session_have_no_part_in_it(write, wanted):
    write("abcdefg", "abcdefgh", "abcdexy", "abcxyzuvw", "nothing")
    expected = titles(Post.objects.with_resemblance("abcdefg", "title").at_least(resemblance=wanted).ranked("pk"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pg_trgm.similarity_threshold = 0.9")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert titles(Post.objects.resembling("abcdefg", "title", threshold=wanted).ranked("pk")) == expected
    with connection.cursor() as cursor:
        cursor.execute("SHOW pg_trgm.similarity_threshold")
        assert cursor.fetchone() == ("0.9",)


def test_two_bounds_in_one_statement_each_hold(write):
    write("abcdefg", "abcdefgh", "abcdexy")
    low, high = P.resembling("abcdefg", "title", threshold=0.3), P.resembling("abcdefg", "title", threshold=0.9)
    assert len(Post.objects.any_of(low)) == 3
    assert titles(Post.objects.any_of(low & high)) == ["abcdefg"]
    assert len(Post.objects.any_of(low | high)) == 3
    assert sorted(titles(Post.objects.any_of(low & ~high))) == ["abcdefgh", "abcdexy"]


def test_it_holds_wherever_django_takes_the_query(write, rows):
    write("abcdefg", "abcdexy", "other")
    alike = Post.objects.resembling("abcdefg", "title", threshold=0.25)
    assert User.objects.filter(pk__in=alike.values("author")).get() == rows.users[0]
    (author,) = User.objects.filter(pk=rows.users[0].pk).prefetch_related(Prefetch("posts", alike))
    assert len(author.posts.all()) == 2
    assert alike.update(version=9) == alike.limited(5).count() == 2
    assert set(Post.objects.having("author", P.having("posts", P.resembling("other", "title")))) == set(
        Post.objects.all()
    )
    assert alike.delete()[1]["content.Post"] == 2


def test_of_several_fields_the_best_counts_and_null_has_no_part(rows):
    ada, bob, odd = rows.users[:3]
    User.objects.filter(pk=ada.pk).update(username="ada", bio=None)
    User.objects.filter(pk=bob.pk).update(username="bob", bio="a friend of ada, and of others")
    User.objects.filter(pk=odd.pk).update(username="", email="%@x.org", bio="")
    alike = User.objects.resembling("Ada", "username", "bio", threshold=0.9)
    assert list(alike) == [ada]
    parts = User.objects.resembling("Ada", "username", "bio", threshold=0.9, word=True)
    assert set(parts) == {ada, bob}
    with_both = User.objects.with_resemblance("Ada", "username", "bio", word=True).by(pk=[ada.pk, bob.pk, odd.pk])
    assert list(with_both.ranked("pk").values_list("resemblance", flat=True)) == [1, 1, 0]
    assert User.objects.with_resemblance("Ada", "bio").get(pk=ada.pk).resemblance == 0
    assert User.objects.none_of(P.resembling("Ada", "bio", threshold=0.1)).count() == len(rows.users) - 1


@pytest.mark.parametrize("nothing", ["", " ", "%%", "\0", "ada\0", "\ud800", "_"])
def test_a_term_without_letters_resembles_nothing(write, nothing):
    write("%%", "", "ada", "_")
    assert not Post.objects.resembling(nothing, "title", threshold=0.000001)
    assert {post.resemblance for post in Post.objects.with_resemblance(nothing, "title")} == {0}
    assert len(Post.objects.closest_to(nothing, "title")) == 4


def test_a_long_term_is_looked_for_like_any_other(write):
    write("abcdefg")
    assert not Post.objects.resembling("abcdefg " + " ".join(map(str, range(17_000))), "title")
    assert Post.objects.resembling("abcdefg " * 12_000, "title", threshold=1).exists()


def test_the_closest_come_first_and_ties_by_primary_key(rows):
    names = ["ada", "adam", "bo", "ada", "zz", ""]
    for user, name in zip(rows.users, names, strict=True):
        User.objects.filter(pk=user.pk).update(username=name, bio=name or None)
    assert list(User.objects.closest_to("Ada", "username").values_list("username", flat=True)) == [
        "ada", "ada", "adam", "bo", "zz", "",
    ]  # fmt: skip
    assert User.objects.closest_to("ada", "username").first() == rows.users[0]
    assert [user.bio for user in User.objects.closest_to("ada", "bio")] == ["ada", "ada", "adam", "bo", "zz"]
    assert list(User.objects.distinct_values("username").closest_to("ada", "username")[:2]) == ["ada", "adam"]
    assert list(User.objects.newest().closest_to("ada", "username").limited(1)) == [rows.users[0]]


def pairs(found):
    return [(row["a"], row["b"], row["resemblance"]) for row in found]


def test_each_pair_of_the_chain_comes_once(write):
    one, two, three, four = (post.pk for post in write("abcdefg", "ABCDEFG", "abcdefgh", "other"))
    every = [(one, two, 1.0), (one, three, 0.7), (two, three, 0.7)]
    assert pairs(Post.objects.resembling_pairs("title", 0.7)) == every
    assert pairs(Post.objects.resembling_pairs("title", 0.71)) == every[:1]
    assert pairs(Post.objects.excluding(pk=two).resembling_pairs("title", 0.7)) == [(one, three, 0.7)]
    assert pairs(Post.objects.newest("created_at").ranked("-pk").limited(3).resembling_pairs("title")) == [every[2]]
    assert pairs(Post.objects.ranked("pk")[:2].resembling_pairs("title")) == every[:1]
    assert pairs(Post.objects.none().resembling_pairs("title")) == []
    assert pairs(Post.objects.by(pk=four).resembling_pairs("title")) == []


def test_pairs_are_groups(write):
    one, two, three, _ = (post.pk for post in write("abcdefg", "abcdefg", "abcdefgh", "other"))
    found = Post.objects.resembling_pairs("title", 0.5)
    assert found.count() == len(found) == 3
    assert found.exists()
    assert pairs(found.at_least(resemblance=0.9)) == [(one, two, 1.0)]
    assert pairs(found.by(b=three).ranked("a")) == [(one, three, 0.7), (two, three, 0.7)]
    assert pairs(found.ranked("resemblance", "-a")[:1]) == [(two, three, 0.7)]
    assert [row["count"] for row in found.with_count()] == [1, 1, 1]
    assert list(found.first()) == ["a", "b", "resemblance"]


def test_pairs_of_rows_that_a_join_has_multiplied(write, rows):
    one, two = write("abcdefg", "abcdefg")
    for post in (one, one, two):
        post.comments.create(user=rows.users[0], content="c", score=1)
    assert pairs(Post.objects.filter(comments__score=1).resembling_pairs("title")) == [(one.pk, two.pk, 1.0)]


def test_numbers_are_sorted_by_value(write):
    ordered = [
        "Part 1", "Part 2", "Part 10", "Part 10 of 3", "Part 10 of 20", f"Part {2**63}", f"Part {10**19 + 1}", "part 1",
    ]  # fmt: skip
    write(*reversed(ordered))
    assert titles(Post.objects.ordered_naturally("title")) == ordered
    assert titles(Post.objects.ordered_naturally("-title")) == ordered[::-1]


def test_equal_numbers_tie_by_primary_key_and_nulls_come_last(write, rows):
    write("Part 02", "Part 2", "Part 002")
    assert titles(Post.objects.ordered_naturally("title")) == ["Part 02", "Part 2", "Part 002"]
    assert titles(Post.objects.ordered_naturally("-title")) == ["Part 002", "Part 2", "Part 02"]
    User.objects.filter(pk=rows.users[0].pk).update(bio="9")
    User.objects.filter(pk=rows.users[1].pk).update(bio="10")
    for key, first in (("bio", ["9", "10"]), ("-bio", ["10", "9"])):
        assert [user.bio for user in User.objects.ordered_naturally(key)] == [*first, None, None, None, None]
    assert list(Category.objects.count_by("name").ordered_naturally("-name").values_list("name", flat=True)) == [
        "c3", "c2", "c1", "c0",
    ]  # fmt: skip


@pytest.mark.plan
def test_the_index_of_matching_serves_it(rows):
    found = Post.objects.resembling("abcdefg", "title").tuned(enable_seqscan=False)
    assert "post_title_upper_trgm" in found.explain()
    assert (
        "user_username_upper_trgm"
        in User.objects.resembling("ada", "username", word=True).tuned(enable_seqscan=False).explain()
    )
    assert (
        "user_username_trgm"
        in User.objects.closest_to("ada", "username").tuned(enable_seqscan=False, enable_sort=False).explain()
    )
