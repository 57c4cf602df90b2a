"""Annotations by conditions, bands, weights and quotients against Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Length

from example_project.content.models import Category, Comment, Post, User
from querysets import P

from .conftest import NOON


def noted(queryset, name):
    return {row.pk: getattr(row, name) for row in queryset}


def grouped(queryset, key, name):
    return {row[key]: row[name] for row in queryset}


def test_a_flag_is_true_or_false_and_never_null(rows):
    expected = {p.pk: p.price is not None and p.price >= 5 for p in rows.posts}
    for condition in (P.at_least(price=5), Q(price__gte=5)):
        assert noted(Post.objects.with_flag("dear", condition), "dear") == expected
    assert {True, False} == set(expected.values())
    assert noted(Post.objects.with_flag("cheap", ~P.at_least(price=5)), "cheap") == {
        pk: not dear for pk, dear in expected.items()
    }


def test_a_flag_asks_for_all_of_its_conditions(rows):
    found = noted(Post.objects.with_flag("flag", P.above(views=1), Q(likes__lt=3), status="draft"), "flag")
    assert found == {p.pk: p.views > 1 and p.likes < 3 and p.status == "draft" for p in rows.posts}


@pytest.mark.parametrize("condition", [P.having("comments", P.by(score=1)), Q(comments__score=1)])
def test_a_flag_over_a_relation_leaves_each_row_once(rows, condition):
    scored = {c.post_id for c in rows.comments if c.score == 1}
    found = Post.objects.with_flag("scored", condition)
    assert len(found) == len(rows.posts)
    assert noted(found, "scored") == {p.pk: p.pk in scored for p in rows.posts}


@pytest.mark.parametrize(("condition", "holds"), [(P.by(status=[]), False), (P.tagged(), True)])
def test_a_condition_that_always_or_never_holds_is_a_flag_too(rows, condition, holds):
    assert set(noted(Post.objects.with_flag("flag", condition), "flag").values()) == {holds}
    assert Post.objects.with_flag("flag", condition).by(flag=holds).count() == len(rows.posts)


def test_a_flag_can_be_filtered_grouped_and_counted(rows):
    flagged = Post.objects.with_flag("commented", P.having("comments"))
    commented = {c.post_id for c in rows.comments}
    assert {p.pk for p in flagged.by(commented=True)} == commented
    assert grouped(flagged.count_by("commented"), "commented", "count") == {
        True: len(commented),
        False: len(rows.posts) - len(commented),
    }


def test_the_first_case_that_holds_gives_the_value(rows):
    def tier(post):
        return "free" if not post.price else "low" if post.price < 10 else "high"

    found = Post.objects.with_case("tier", (P.by(price=[None, 0]), "free"), (P.below(price=10), "low"), default="high")
    assert noted(found, "tier") == {p.pk: tier(p) for p in rows.posts}
    assert {tier(p) for p in rows.posts} == {"free", "low", "high"}


def test_no_case_and_no_default_is_null(rows):
    found = Post.objects.with_case("rank", (P.by(status="draft"), 1))
    assert noted(found, "rank") == {p.pk: 1 if p.status == "draft" else None for p in rows.posts}
    assert set(noted(Post.objects.with_case("none"), "none").values()) == {None}
    assert set(noted(Post.objects.with_case("one", default=1), "one").values()) == {1}


def test_a_case_takes_values_of_fields_and_expressions(rows):
    found = Post.objects.with_case("boost", (P.by(category__name="c1"), F("rating") * 2), default=F("rating"))
    c1 = rows.categories[1].pk
    assert noted(found, "boost") == {p.pk: p.rating * (2 if p.category_id == c1 else 1) for p in rows.posts}


@pytest.mark.parametrize(
    ("then", "default", "kind"),
    [(1, 2, int), (1, 2.5, float), (1.5, None, float), (Decimal(1), 2, Decimal), (F("views"), 2.5, float)],
)
def test_numbers_of_a_case_are_of_one_type(rows, then, default, kind):
    found = noted(Post.objects.with_case("n", (P.by(status="draft"), then), default=default), "n")
    assert {type(value) for value in found.values() if value is not None} == {kind}


def test_a_text_among_the_values_is_itself_even_if_a_field_has_that_name(rows):
    found = Post.objects.with_case("what", (P.by(status="draft"), "title"), default=F("status"))
    assert noted(found, "what") == {p.pk: "title" if p.status == "draft" else p.status for p in rows.posts}
    member = Post.objects.with_case("what", (P.by(status="draft"), Post.Status.URGENT), default="")
    assert noted(member, "what") == {p.pk: "urgent" if p.status == "draft" else "" for p in rows.posts}


def test_decimal_and_float_do_not_mix(rows):
    message = r"content.Post: with_case\(\): Decimal and float do not mix; give both as Decimal"
    with pytest.raises(TypeError, match=message):
        Post.objects.with_case("n", (P.by(status="draft"), 0.5), default=F("price"))


def test_a_case_after_a_rank_does_not_rank_again(rows):
    ranked = Post.objects.with_rank("-rating").with_case("medal", (P.at_most(rank=3), "gold"), default="none")
    gold = {pk for pk, rank in noted(ranked, "rank").items() if rank <= 3}
    assert {p.pk for p in ranked.by(medal="gold")} == gold
    assert 0 < len(gold) < len(rows.posts)


@pytest.mark.parametrize("edges", [[1], [0.5, 1, 2], [Decimal(1).__int__(), 2.75]])
def test_bands_take_their_lower_edge_and_leave_their_upper_one(rows, edges):
    expected = {p.pk: sum(p.rating >= edge for edge in edges) for p in rows.posts}
    assert noted(Post.objects.with_bucket("rating", edges), "rating_bucket") == expected
    assert any(p.rating == edges[-1] for p in rows.posts)
    assert set(expected.values()) == set(range(len(edges) + 1))


def test_null_is_in_no_band(rows):
    expected = {p.pk: None if p.price is None else "free" if p.price < 5 else "paid" for p in rows.posts}
    for edge in (5, Decimal(5)):
        found = Post.objects.with_bucket("price", [edge], ["free", "paid"], as_="band")
        assert noted(found, "band") == expected
    assert set(expected.values()) == {None, "free", "paid"}


def test_edges_between_whole_numbers_are_not_rounded(rows):
    found = noted(Post.objects.with_bucket("views", [1.5, 3.5], as_="band"), "band")
    assert found == {p.pk: (p.views > 1) + (p.views > 3) for p in rows.posts}


def test_bands_of_moments_and_dates(rows):
    edge = NOON - timedelta(hours=10)
    found = noted(Post.objects.with_bucket("created_at", [edge], ["old", "new"], as_="band"), "band")
    assert found == {p.pk: "new" if p.created_at >= edge else "old" for p in rows.posts}
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    dated = noted(Post.objects.with_bucket("created_at", [date(2026, 3, 1)], as_="band"), "band")
    assert dated == {p.pk: int(p.created_at >= midnight) for p in rows.posts}
    User.objects.filter(pk=rows.users[0].pk).update(dob="2000-01-01")
    born = noted(User.objects.with_bucket("dob", [date(2000, 1, 1)], ["before", "since"], as_="born"), "born")
    assert born == {u.pk: "since" if u == rows.users[0] else None for u in rows.users}


def test_bands_are_keys_of_groups(rows):
    found = Post.objects.with_bucket("rating", [1, 2], ["a", "b", "c"], as_="band").count_by("band")
    bands = rows.per(lambda p: "abc"[(p.rating >= 1) + (p.rating >= 2)])
    assert grouped(found, "band", "count") == {band: len(posts) for band, posts in bands.items()}


def test_a_weighted_sum_takes_null_as_zero(rows):
    whole = noted(Post.objects.with_weighted("w", likes=2, views=1), "w")
    assert whole == {p.pk: 2 * p.likes + p.views for p in rows.posts}
    money = noted(Post.objects.with_weighted("w", price=Decimal("1.5"), views=-2), "w")
    assert money == {p.pk: Decimal("1.5") * (p.price or 0) - 2 * p.views for p in rows.posts}
    assert {type(value) for value in money.values()} == {Decimal}
    floats = noted(Post.objects.with_weighted("w", rating=2, likes=0.5), "w")
    assert floats == {p.pk: p.rating * 2 + p.likes * 0.5 for p in rows.posts}
    assert {type(value) for value in floats.values()} == {float}


def test_a_weighted_sum_is_wider_than_the_column(rows):
    Post.objects.update(views=2_000_000_000)
    found = noted(Post.objects.with_weighted("w", views=3, likes=1), "w")
    assert found == {p.pk: 6_000_000_000 + p.likes for p in rows.posts}


def test_a_ratio_is_a_float_whatever_the_types_and_null_over_zero(rows):
    found = noted(Post.objects.with_ratio("likes", "views", as_="r"), "r")
    assert found == {p.pk: p.likes / p.views if p.views else None for p in rows.posts}
    mixed = noted(Post.objects.with_ratio("price", F("rating") + 1, as_="r", default=-1), "r")
    assert mixed == {
        p.pk: -1.0 if p.price is None else pytest.approx(float(p.price) / (p.rating + 1)) for p in rows.posts
    }
    assert {type(value) for value in mixed.values()} == {float}
    by_money = noted(Post.objects.with_ratio(1, "price", as_="r"), "r")
    assert by_money == {p.pk: pytest.approx(1 / float(p.price)) if p.price else None for p in rows.posts}
    assert noted(Post.objects.with_ratio("views", 0, as_="r"), "r") == dict.fromkeys(by_money)


def test_keys_and_measures_of_groups_are_annotated_alike(rows):
    groups = {status: len(posts) for status, posts in rows.per(lambda p: p.status).items()}
    common = sorted(groups.values())[1]
    found = list(
        Post.objects.count_by("status")
        .with_flag("frequent", P.at_least(count=common))
        .with_case("kind", (P.by(status="draft"), "hidden"), default=F("status"))
        .with_bucket("count", [common], ["few", "many"], as_="size")
        .with_weighted("twice", count=2)
    )
    assert [row["status"] for row in found] == sorted(groups)
    for row in found:
        count = groups[row["status"]]
        assert row["count"] == count
        assert row["frequent"] == (count >= common)
        assert row["kind"] == ("hidden" if row["status"] == "draft" else row["status"])
        assert row["size"] == ("many" if count >= common else "few")
        assert row["twice"] == 2 * count
    frequent = Post.objects.count_by("status").with_flag("frequent", P.at_least(count=common)).by(frequent=True)
    assert {row["status"] for row in frequent} == {status for status, n in groups.items() if n >= common}


def test_a_computed_key_leaves_the_groups_as_they_are(rows):
    found = Post.objects.per("status").with_flag("draft", status="draft").with_count()
    groups = rows.per(lambda p: p.status)
    assert [(r["status"], r["draft"], r["count"]) for r in found] == [
        (status, status == "draft", len(groups[status])) for status in sorted(groups)
    ]


def test_of_no_rows_there_is_nothing(rows):
    empty = Category.objects.with_flag("flag", P.having("posts")).filter(pk=0)
    assert not list(empty)
    Comment.objects.all().delete()
    assert not list(Comment.objects.with_bucket("score", [1]).with_weighted("w", score=1))


def test_a_case_of_djangos_own_mixes_with_ours(rows):
    own = Case(When(Q(status="draft"), then=Value(1)), default=Value(0))
    found = Post.objects.with_case("n", (P.by(status="stale"), Length("title")), default=own)
    assert noted(found, "n") == {
        p.pk: len(p.title) if p.status == "stale" else int(p.status == "draft") for p in rows.posts
    }
