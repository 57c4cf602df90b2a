"""The traps of Django and PostgreSQL that filters meet, by number: what is tempting, what it gives, what ours gives.

Each test shows both on the same rows, so it fails without the remedy, and says so when Django has mended the trap.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Window
from django.db.models.functions import Rank, TruncHour
from django.db.models.lookups import LessThan
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Category, Comment, Post, Reaction, User
from querysets import P
from querysets.errors import AliasClash, FieldNotAllowed, MissingRole, UnknownField


def pks(queryset):
    return sorted(row.pk for row in queryset)


def sql(queryset):
    return str(queryset.query)


@pytest.fixture
def pair(db):
    """Two posts: ``one`` has a comment of each of two kinds, ``both`` has one comment that is both."""
    user = User.objects.create(username="u", email="u@example.org")
    other = User.objects.create(username="v", email="v@example.org")
    made = {
        name: Post.objects.create(title=name, slug=name, content="x", author=user) for name in ("one", "both", "none")
    }
    Comment.objects.create(post=made["one"], user=user, content="", score=1, is_active=True)
    Comment.objects.create(post=made["one"], user=other, content="", score=2, is_active=False)
    Comment.objects.create(post=made["both"], user=user, content="", score=2, is_active=True)
    return made


def titles(queryset):
    return sorted(post.title for post in queryset.filter(title__in=["one", "both", "none"]))


def test_b1_exclude_over_two_conditions_looks_at_two_related_rows(pair):
    assert titles(Post.objects.exclude(comments__score=2, comments__is_active=True)) == ["none"]
    assert titles(Post.objects.lacking("comments", score=2, is_active=True)) == ["none", "one"]


def test_b2_two_filters_are_two_joins(pair):
    tempting = Post.objects.filter(comments__score=2).filter(comments__is_active=True)
    assert titles(tempting) == ["both", "one"]
    assert titles(Post.objects.having("comments", score=2, is_active=True)) == ["both"]
    assert titles(Post.objects.having("comments", score=2).having("comments", is_active=True)) == ["both", "one"]


def test_b3_not_in_a_subquery_with_a_null_is_nothing(pair):
    child = Category.objects.create(name="child", slug="b3-child", position=1)
    root = Category.objects.create(name="root", slug="b3-root", position=2)
    Category.objects.filter(pk=child.pk).update(parent=root)
    parents = Category.objects.filter(pk__in=[child.pk, root.pk]).values("parent")
    here = Category.objects.filter(pk__in=[child.pk, root.pk])
    assert pks(here.exclude(pk__in=parents)) == []
    assert pks(here.excluding(pk=parents)) == [child.pk]


def test_b4_none_in_a_list_is_ignored_by_exclusion_and_is_null_for_inclusion(rows):
    cheap_or_none = [p.pk for p in rows.posts if p.price in {5, None}]
    assert pks(Post.objects.by(price=[5, None])) == sorted(cheap_or_none)
    assert pks(Post.objects.filter(price__in=[5, None])) == sorted(p.pk for p in rows.posts if p.price == 5)
    assert pks(Post.objects.excluding(price=[5, None])) == sorted(p.pk for p in rows.posts if p.price != 5)


def test_b5_an_exclusion_by_rows_is_not_exists(rows):
    commented = Comment.objects.values("post")
    assert "NOT EXISTS" in sql(Post.objects.excluding(pk=commented))
    assert "NOT EXISTS" in sql(Post.objects.lacking("comments"))
    assert "NOT EXISTS" in sql(Post.objects.none_of(P.having("comments")))
    for queryset in (Post.objects.excluding(pk=commented), Post.objects.lacking("comments")):
        assert " NOT IN " not in sql(queryset)
        assert "NOT (" not in sql(queryset)


def test_b6_a_negated_expression_drops_null(rows):
    dear = sorted(p.pk for p in rows.posts if p.price is None or p.price >= 5)
    assert pks(Post.objects.exclude(LessThan(F("price"), 5))) == sorted(p.pk for p in rows.posts if (p.price or 0) >= 5)
    assert pks(Post.objects.none_of(LessThan(F("price"), 5))) == dear
    assert pks(Post.objects.any_of(~P.below(price=5))) == dear


def test_b7_two_joins_multiply(rows):
    liked = set(Reaction.objects.values_list("post", flat=True))
    counts = Counter(c.post_id for c in rows.comments)
    post = next(p for p in rows.posts if p.pk in liked and counts[p.pk] > 1)
    mine = counts[post.pk]
    joined = Post.objects.annotate(c=Count("comments"), r=Count("reactions")).get(pk=post.pk)
    ours = Post.objects.with_count("comments").with_count("reactions").get(pk=post.pk)
    assert ours.comments_count == mine
    assert ours.reactions_count == post.reactions.count()
    assert joined.c == joined.r == mine * post.reactions.count() > ours.reactions_count


def test_b8_a_join_stays_under_the_groups(rows):
    tempting = Post.objects.annotate(n=Count("comments")).values("status").annotate(c=Count("pk"))
    assert sum(row["c"] for row in tempting) > len(rows.posts)
    assert sum(row["count"] for row in Post.objects.with_count("comments").count_by("status")) == len(rows.posts)


def test_b10_an_order_splits_groups(rows):
    tempting = Post.objects.order_by("created_at").values("status").annotate(n=Count("pk"))
    assert len(tempting) > 3
    assert len(Post.objects.ranked("created_at").count_by("status")) == 3


def test_b11_a_condition_behind_a_count_is_another_join(pair):
    tempting = Post.objects.annotate(n=Count("comments")).filter(comments__is_active=True)
    assert {p.title: p.n for p in tempting if p.title == "one"} != {"one": 1}
    assert Post.objects.with_count("comments", P.active(), as_="n").get(title="one").n == 1


def test_b12_a_day_is_a_range_of_the_column(rows):
    queryset = Post.objects.during(date(2026, 3, 1))
    assert "::date" not in sql(queryset)
    assert "AT TIME ZONE" not in sql(queryset)
    assert sql(queryset).count('"content_post"."created_at" ') >= 2


def test_b13_a_range_of_dates_ends_at_the_midnight_of_its_end(rows):
    post = rows.posts[0]
    Post.objects.filter(pk=post.pk).update(created_at=datetime(2030, 1, 31, 23, 59, tzinfo=UTC))
    assert Post.objects.between(date(2030, 1, 1), date(2030, 2, 1)).get() == post
    assert Post.objects.during(2030, 1).get() == post
    assert not Post.objects.between(date(2030, 1, 1), date(2030, 1, 31)).exists()


def test_b14_the_hour_that_comes_twice_is_two_hours(rows):
    from zoneinfo import ZoneInfo

    Comment.objects.all().delete()
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    for moment in (first, first + timedelta(hours=1)):
        Comment.objects.create(post=rows.posts[0], user=rows.users[0], content="", created_at=moment)
    zone = ZoneInfo("America/New_York")
    tempting = Comment.objects.annotate(h=TruncHour("created_at", tzinfo=zone)).values("h").annotate(n=Count("pk"))
    assert [row["n"] for row in tempting] == [2]
    assert [row["count"] for row in Comment.objects.bucketed("hour", "America/New_York").with_count()] == [1, 1]


def test_b15_a_day_is_not_24_hours(rows):
    Post.objects.exclude(pk=rows.posts[0].pk).delete()
    late = datetime(2026, 3, 9, 3, 30, tzinfo=UTC)  # 23:30 in New York, on the day of 23 hours
    Post.objects.update(created_at=late - timedelta(hours=23, minutes=45))  # 22:45 on the day before
    at = {"at": late, "tz": "America/New_York"}
    assert Post.objects.recent(24, at=late).exists()
    assert not Post.objects.this("day", **at).exists()
    assert Post.objects.this("day", -1, **at).exists()


@pytest.mark.parametrize("term", ["%", "_", "\\", "100%", "a_b"])
def test_b30_wildcards_in_a_term_are_letters(rows, term):
    Post.objects.filter(pk=rows.posts[0].pk).update(title=f"has {term} in it")
    Post.objects.filter(pk=rows.posts[1].pk).update(title="100x axb plain")
    for found in (
        Post.objects.matching(term, "title"),
        Post.objects.matching(term, "title", case=True),
        Post.objects.matching_glob(f"*{term}*", "title"),
        Post.objects.starting(f"has {term}", "title"),
        Post.objects.ending(f"{term} in it", "title", case=False),
    ):
        assert pks(found) == [rows.posts[0].pk]


def test_b16_b17_b18_matches_have_the_form_of_their_index(rows):
    assert 'UPPER("content_post"."title"' in sql(Post.objects.matching("x", "title"))
    assert 'UPPER("content_user"."email"' in sql(User.objects.caseless(email="x"))
    User.objects.create(username="evil", email="x@evil-example.com")
    assert not User.objects.in_domain("example.com").exists()
    assert User.objects.filter(email__endswith="example.com").exists()


def test_b19_a_test_of_related_rows_gives_each_row_once(rows):
    matching = {c.post_id for c in rows.comments if c.score == 1}
    assert Post.objects.filter(comments__score=1).count() > len(matching)
    assert Post.objects.having("comments", score=1).count() == len(matching)
    assert "DISTINCT" not in sql(Post.objects.having("comments", score=1))


def test_b20_a_condition_behind_a_window_slips_inside(rows):
    ranked = Post.objects.annotate(r=Window(Rank(), order_by="-rating"))
    top = sorted((p.rating for p in rows.posts), reverse=True)[2]
    differ = 0
    for status in ("draft", "published", "stale"):
        tempting = {p.pk for p in ranked.filter(r__lte=3).filter(status=status)}
        ours = {p.pk for p in Post.objects.with_rank("-rating").at_most(rank=3).by(status=status)}
        assert ours == {p.pk for p in rows.posts if p.rating >= top and p.status == status}
        differ += tempting != ours
    assert differ
    assert Post.objects.with_rank("-rating").at_most(rank=3).explain()
    assert Post.objects.with_rank("-rating").at_most(rank=3).update(version=9) == len(
        [p for p in rows.posts if p.rating >= top]
    )


def test_b21_a_slice_goes_on_and_is_grouped_as_it_stands(rows):
    with pytest.raises(TypeError):
        Post.objects.order_by("pk")[:5].filter(status="draft")
    first = sorted(rows.posts, key=lambda p: p.pk)[:5]
    assert pks(Post.objects.ranked("pk").limited(5).by(status="draft")) == [p.pk for p in first if p.status == "draft"]
    tempting = Post.objects.order_by("pk")[:5].values("status").annotate(n=Count("pk"))
    assert sum(row["n"] for row in tempting) != 5 or len(tempting) == 5
    assert sum(row["count"] for row in Post.objects.order_by("pk")[:5].count_by("status")) == 5


def test_b25_a_ratio_is_a_fraction_and_zero_divides_nothing(rows):
    post = rows.posts[0]
    Post.objects.filter(pk=post.pk).update(likes=1, views=2)
    assert Post.objects.annotate(r=F("likes") / F("views")).filter(pk=post.pk).get().r == 0
    assert Post.objects.with_ratio("likes", "views", as_="r").get(pk=post.pk).r == 0.5
    Post.objects.filter(pk=post.pk).update(views=0)
    with pytest.raises(DataError), transaction.atomic():
        Post.objects.annotate(r=F("likes") / F("views")).get(pk=post.pk)
    assert Post.objects.with_ratio("likes", "views", as_="r").get(pk=post.pk).r is None


def test_b28_no_category_is_not_a_root_category(rows):
    tempting = Post.objects.filter(category__parent__isnull=True)
    ours = Post.objects.having("category", parent=None)
    assert pks(ours) == sorted(p.pk for p in rows.posts if p.category_id)
    assert tempting.count() == len(rows.posts) > ours.count()


def test_b29_arrays_that_are_null_or_empty(rows):
    untagged = [p.pk for p in rows.posts if "a" not in (p.tags or [])]
    assert pks(Post.objects.none_of(P.tagged("a"))) == sorted(untagged)
    assert Post.objects.tagged().count() == len(rows.posts) > Post.objects.filter(tags__contains=[]).count()
    assert not Post.objects.tagged(match="any").exists()


def test_b31_a_nul_byte_is_in_no_text_and_a_blank_term_restricts_nothing(rows):
    with pytest.raises((DataError, ValueError)), transaction.atomic():
        Post.objects.filter(title__icontains="a\0b").exists()
    for found in (
        Post.objects.matching("a\0b"),
        Post.objects.starting("\0", "title"),
        Post.objects.caseless(title="\0"),
        Post.objects.by(title="\0"),
        Post.objects.by(title=["\0"]),
        Post.objects.tagged("\0"),
        Post.objects.matching_glob("\0", "title"),
    ):
        assert not found.exists()
    assert Post.objects.matching("  ").count() == len(rows.posts)


@pytest.mark.parametrize("pattern", ["(", "a{99}", r"(a)\1", "(?:a?){200}a{200}", "[z-a]", "x" * 300])
def test_b32_a_bad_or_costly_pattern_is_refused_before_sql(rows, pattern):
    with CaptureQueriesContext(connection) as queries, pytest.raises(ValueError, match="matching_regex"):
        list(Post.objects.matching_regex(pattern, "title"))
    assert not queries.captured_queries


@pytest.mark.parametrize(
    "name", ["author__email__startswith", "email__startswith", "_connector", "_negated", "pk__in", "posts", "credits"]
)
def test_b33_outside_names_are_on_the_list_or_refused(rows, name):
    with pytest.raises(FieldNotAllowed):
        User.objects.allowed({name: "x"})


@pytest.mark.parametrize(
    "name", ["_connector", "_negated", "author__password__startswith", "title__iexact", "x%y", "pk)"]
)
def test_b33_a_name_of_by_is_a_field(rows, name):
    with pytest.raises(UnknownField):
        Post.objects.by(**{name: "OR"})


@pytest.mark.parametrize("alias", ["x%y", "pk", "x)", "count(*)", "a b", "a__b", "title", "author_id", "", "1a"])
def test_b34_an_alias_is_an_identifier_and_no_field(rows, alias):
    for make in (
        lambda: Post.objects.with_count("comments", as_=alias or " "),
        lambda: Post.objects.with_rank("-rating", as_=alias or " "),
        lambda: Post.objects.with_ratio("likes", "views", as_=alias or " "),
        lambda: Post.objects.count_by("status", as_=alias or " "),
    ):
        with pytest.raises(AliasClash):
            make()


def test_b35_a_unit_is_one_of_a_few_words(rows):
    with pytest.raises(ValueError, match="unit must be one of"):
        Post.objects.bucketed("day'; DROP TABLE content_post; --")
    with pytest.raises(ValueError, match="unit must be one of"):
        Post.objects.this("day'")


def test_b36_an_order_from_outside_is_on_the_list_and_null_comes_last(rows):
    allowed = {"price": "price", "newest": "-created_at"}
    for key in ("author__email", "?", "-title", "price)", "pk"):
        with pytest.raises(FieldNotAllowed):
            Post.objects.sorted_by([key], allowed)
    found = [p.price for p in Post.objects.sorted_by("-price", allowed)]
    assert found[-1] is None
    assert found == sorted(found, key=lambda price: (price is None, -(price or 0)))
    assert next(iter(Post.objects.order_by("-price"))).price is None


def test_b37_a_union_says_the_same_as_an_or(rows):
    conditions = (P.at_least(rating=2.5), P.having("comments", score=1))
    assert pks(Post.objects.any_of(*conditions, union=True)) == pks(Post.objects.any_of(*conditions))
    assert "UNION" in sql(Post.objects.any_of(*conditions, union=True))


def test_b38_a_list_of_ten_thousand_and_numbers_out_of_range(rows):
    many = [*range(-10_000, 0), rows.posts[0].pk, 2**40, 2**70, -(2**70)]
    assert pks(Post.objects.by(pk=many)) == [rows.posts[0].pk]
    assert Post.objects.excluding(pk=many).count() == len(rows.posts) - 1
    assert not Post.objects.by(views=2**70).exists()


def test_b39_a_sample_is_the_same_every_time(rows):
    assert pks(Post.objects.sampled(0.5, "a")) == pks(Post.objects.sampled(0.5, "a"))
    assert pks(Post.objects.sampled(0.5, "a")) != pks(Post.objects.sampled(0.5, "b"))
    assert not Post.objects.sampled(0).exists()
    assert Post.objects.sampled(1).count() == len(rows.posts)


def test_b40_an_age_is_completed_years(rows):
    User.objects.update(dob=date(2004, 2, 29))
    assert not User.objects.aged(min=21, on=date(2025, 2, 28)).exists()
    assert User.objects.aged(min=21, on=date(2025, 3, 1)).exists()


def test_b41_namesakes_are_two(rows):
    Category.objects.filter(slug__in=["c0", "c1"]).update(name="same")
    assert len(Post.objects.count_by("category", "category__name")) == len(Post.objects.count_by("category"))
    assert len(Post.objects.count_by("category__name")) < len(Post.objects.count_by("category"))


def test_a_role_that_is_not_there_is_said_before_sql(rows):
    with pytest.raises(MissingRole):
        Category.objects.newest()
    with pytest.raises(MissingRole):
        Category.objects.tagged("x")


def test_b9_a_count_keeps_the_order(rows):
    counted = Post.objects.ranked().with_count("comments")
    assert counted.ordered
    assert "GROUP BY" not in sql(counted)
    assert [p.pk for p in counted] == [p.pk for p in Post.objects.ranked()]


def test_exists_is_what_a_hand_written_query_has(rows):
    by_hand = Post.objects.filter(Exists(Comment.objects.filter(post=OuterRef("pk"))))
    assert sql(Post.objects.having("comments")) == sql(by_hand)
