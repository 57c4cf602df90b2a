"""Annotations by expressions against Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import md5
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Avg, F, Max, Window
from django.db.models.functions import Coalesce, Lower, RowNumber

from example_project.content.models import Comment, Order, Post, User
from querysets import P
from querysets.errors import AliasClash, ToManyPath, UnknownField, WrongShape

from .conftest import NOON

ZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Chatham"]


def noted(queryset, name):
    return {row.pk: getattr(row, name) for row in queryset}


def test_expressions_are_annotated_and_compared(rows):
    found = Post.objects.with_expr(total=F("views") + F("likes"), twice=F("total") * 2)
    assert noted(found, "twice") == {p.pk: 2 * (p.views + p.likes) for p in rows.posts}
    assert {p.pk for p in found.above(total=F("version") + 3)} == {p.pk for p in rows.posts if p.views + p.likes > 4}


def test_a_default_is_coalesce(rows):
    found = Post.objects.with_expr(safe=Coalesce("price", Decimal(-1)))
    assert noted(found, "safe") == {p.pk: -1 if p.price is None else p.price for p in rows.posts}


def test_the_same_expression_twice_is_kept_once_and_another_clashes():
    price = F("price") * 2
    once = Post.objects.with_expr(double=price)
    assert str(once.with_expr(double=price).query) == str(once.query)
    with pytest.raises(AliasClash, match=r"with_expr\(\) and an earlier with_expr\(\) both make 'double'"):
        once.with_expr(double=F("price") * 3)


def test_what_is_no_expression_of_the_row_is_refused_and_named():
    for given, error, message in (
        ("price", TypeError, r"with_expr\(\): net must be an expression such as F\(\"likes\"\) \+ 1, got 'price'"),
        (P.active(), TypeError, r"net is a condition; with_flag\('net', ...\) tells whether it holds"),
        (Avg("comments__score"), WrongShape, r"net is an aggregate, a measure of groups; on rows use with_rollup\(\)"),
        (F("comments__score") + 1, ToManyPath, "'comments__score' crosses a to-many relation"),
        (F("prise"), UnknownField, "Cannot resolve keyword 'prise'"),
        (F("price") * F("rating"), TypeError, "DecimalField, FloatField"),
    ):
        with pytest.raises(error, match=message):
            Post.objects.with_expr(net=given)


def test_a_window_is_an_expression_of_the_chain_and_fixed_by_a_comparison(rows):
    drafts = sorted((p for p in rows.posts if p.status == "draft"), key=lambda p: (-p.rating, p.pk))
    found = Post.objects.by(status="draft").with_expr(place=Window(RowNumber(), order_by=["-rating", "pk"]))
    assert noted(found, "place") == {p.pk: place for place, p in enumerate(drafts, 1)}
    assert {p.pk for p in found.at_most(place=3).by(views=0)} == {p.pk for p in drafts[:3] if p.views == 0}


def test_on_groups_an_aggregate_is_a_measure(rows):
    found = Post.objects.per("status").with_expr(best=Max("rating"), gap=5 - F("best"), shout=Lower("status"))
    for row in found.at_least(best=0):
        best = max(p.rating for p in rows.posts if p.status == row["status"])
        assert (row["best"], row["gap"], row["shout"]) == (best, 5 - best, row["status"])
    with pytest.raises(WrongShape, match="'rating' is neither a key nor a measure"):
        Post.objects.per("status").with_expr(rated=F("rating") + 1)
    with pytest.raises(ToManyPath, match="comments__score"):
        Post.objects.per("status").with_expr(best=Max("comments__score"))
    dear = Post.objects.per("status").with_expr(dear=Max("rating", filter=P.by(price=10)))
    for row in dear:
        rated = [p.rating for p in rows.posts if p.status == row["status"] and p.price == 10]
        assert row["dear"] == max(rated, default=None)


@pytest.mark.parametrize(("low", "high"), [(1, 2), (0.5, None), (None, 1.25), (1, 1)])
def test_clamped_values_lie_in_bounds(rows, low, high):
    expected = {p.pk: min(max(p.rating, low or 0), 9 if high is None else high) for p in rows.posts}
    found = noted(Post.objects.with_clamped("rating", low, high, as_="held"), "held")
    assert found == expected
    assert {type(value) for value in found.values()} == {float}


def test_clamped_null_stays_null(rows):
    found = noted(Post.objects.with_clamped(F("price") - 6, 0, Decimal("3.5"), as_="held"), "held")
    assert found == {p.pk: None if p.price is None else min(max(p.price - 6, 0), Decimal("3.5")) for p in rows.posts}
    assert set(found.values()) == {None, Decimal(0), Decimal("3.5")}


def test_clamped_by_another_field(rows):
    found = noted(Post.objects.with_clamped("views", F("likes"), None, as_="held"), "held")
    assert found == {p.pk: max(p.views, p.likes) for p in rows.posts}


def test_decay_halves_with_age_and_leaves_the_future_whole(rows):
    at = NOON - timedelta(hours=10)
    half_life = timedelta(hours=6)
    found = noted(Post.objects.with_decay("rating", half_life, as_="heat", at=at), "heat")
    expected = {p.pk: p.rating * 0.5 ** (max(at - p.created_at, timedelta()) / half_life) for p in rows.posts}
    assert found == pytest.approx(expected)
    assert any(p.created_at > at and p.rating for p in rows.posts)


def test_decay_without_a_moment_or_a_number_is_null(rows):
    found = noted(Post.objects.with_decay("price", timedelta(hours=1), as_="h", time="published_at", at=NOON), "h")
    for post in rows.posts:
        if post.price is None or post.published_at is None:
            assert found[post.pk] is None
        else:
            hours = (NOON - post.published_at) / timedelta(hours=1)
            assert found[post.pk] == pytest.approx(float(post.price) * 0.5**hours)


def test_decay_of_ages_ago_is_nearly_nothing_and_no_error(rows):
    Post.objects.update(created_at=datetime(1, 1, 1, tzinfo=UTC), rating=4)
    found = noted(Post.objects.with_decay("rating", timedelta(microseconds=1), as_="heat", at=NOON), "heat")
    assert found == pytest.approx({p.pk: 4 * 0.5**500 for p in rows.posts}, rel=1e-9, abs=0)


def test_a_duration_is_null_if_either_end_is(rows):
    found = noted(Post.objects.with_duration("created_at", "published_at"), "duration")
    assert found == {p.pk: p.published_at and p.published_at - p.created_at for p in rows.posts}
    assert min(filter(None, found.values())) < timedelta() < max(filter(None, found.values()))


def test_a_duration_without_an_end_is_until_now(rows):
    assert noted(Post.objects.with_duration(at=NOON), "duration") == {p.pk: NOON - p.created_at for p in rows.posts}
    User.objects.filter(pk=rows.users[0].pk).update(dob="2026-02-27")
    lived = noted(User.objects.with_duration("dob", at=NOON), "duration")
    assert lived == {u.pk: timedelta(days=2) if u == rows.users[0] else None for u in rows.users}
    before = datetime.now(UTC)
    some = Post.objects.with_duration()[0]
    assert before <= some.created_at + some.duration <= datetime.now(UTC)


def years(born, day):
    try:
        turns = born.replace(year=day.year)
    except ValueError:
        turns = date(day.year, 3, 1)
    return day.year - born.year - (day < turns)


def test_age_in_completed_years(rows):
    births = [
        date(2000, 2, 28), date(2000, 2, 29), date(2000, 3, 1), date(1999, 12, 31), date(2004, 2, 29), date(2025, 3, 1)
    ]  # fmt: skip
    days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29), date(2100, 3, 1)]
    for user, born in zip(rows.users, births, strict=True):
        User.objects.filter(pk=user.pk).update(dob=born)
    for day in days:
        found = noted(User.objects.with_age("dob", day), "age")
        assert found == {user.pk: years(born, day) for user, born in zip(rows.users, births, strict=True)}


def test_age_is_null_before_birth_and_without_a_birthday(rows):
    first, second, *_ = rows.users
    User.objects.filter(pk=first.pk).update(dob="2026-03-02")
    User.objects.filter(pk=second.pk).update(dob="2026-03-01")
    found = noted(User.objects.with_age("dob", date(2026, 3, 1)), "age")
    assert found == {u.pk: 0 if u == second else None for u in rows.users}
    assert set(User.objects.with_age("dob", date(2026, 3, 1)).at_least(age=0)) == set(
        User.objects.aged(0, on=date(2026, 3, 1))
    )


@pytest.mark.parametrize("tz", ZONES)
def test_age_of_a_moment_is_by_the_calendar_of_the_zone(rows, tz):
    zone = ZoneInfo(tz)
    for hours, user in enumerate(rows.users):
        User.objects.filter(pk=user.pk).update(joined_at=datetime(2020, 3, 1, 5 * hours % 24, tzinfo=UTC))
    found = User.objects.with_age("joined_at", date(2026, 2, 28), tz=tz)
    assert noted(found, "age") == {
        u.pk: years(u.joined_at.astimezone(zone).date(), date(2026, 2, 28)) for u in User.objects.all()
    }
    assert found.with_age("joined_at", tz=tz, as_="now")[0].now >= 5


@pytest.mark.parametrize("tz", ZONES)
def test_the_local_unit_of_a_row_is_the_period_of_its_bucket(rows, tz):
    for unit in ("hour", "day", "week", "month", "hour_of_day", timedelta(minutes=90)):
        local = Post.objects.with_local("created_at", unit, tz, as_="unit")
        assert [(r["unit"], r["count"]) for r in local.count_by("unit")] == [
            (r["period"], r["count"]) for r in Post.objects.bucketed(unit, tz).with_count()
        ]
    zone = ZoneInfo(tz)
    days = noted(Post.objects.with_local("created_at", "day", tz), "created_at_day")
    for post in rows.posts:
        assert days[post.pk].astimezone(zone).date() == post.created_at.astimezone(zone).date()


def workdays(start, end, zone):
    """Counted one by one."""
    if start is None or end is None:
        return None
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += day.isoweekday() <= 5
    return count


@pytest.mark.parametrize("tz", ZONES)
def test_workdays_are_those_after_the_first_day_up_to_the_last(rows, tz):
    start = datetime(2026, 2, 22, 4, 30, tzinfo=UTC)  # a Sunday; the nights of New York's clocks are among what follows
    spans = product(range(0, 24 * 8, 19), (-30, 0, 5, 24, 40, 24 * 3, 24 * 7, 24 * 16 + 5, 24 * 40))
    pairs = [(start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in spans]
    user = rows.users[0]
    Order.objects.bulk_create(Order(user=user, amount=1, created_at=a, paid_at=b) for a, b in [*pairs, (start, None)])
    zone = ZoneInfo(tz)
    orders = Order.objects.with_workdays("created_at", "paid_at", tz=tz)
    for order in orders.filter(user=user):
        assert order.workdays == workdays(order.created_at, order.paid_at, zone)


def test_parts_that_are_null_or_empty_are_left_out_with_their_separator(rows):
    bios = [None, "", " ", "a", "b c", "%s {x}"]
    for user, bio in zip(rows.users, bios, strict=True):
        User.objects.filter(pk=user.pk).update(bio=bio)
    User.objects.filter(pk=rows.users[0].pk).update(username="")
    found = User.objects.with_text("label", "username", "({bio})", Lower("email"), sep=" | ")
    for user in found:
        parts = [user.username, user.bio and f"({user.bio})", user.email]
        assert user.label == " | ".join(part for part in parts if part)
    nothing = User.objects.with_text("label", "bio")
    assert noted(nothing, "label") == {u.pk: bio or "" for u, bio in zip(rows.users, bios, strict=True)}


def test_a_text_of_several_fields_is_left_out_if_one_of_them_is_missing(rows):
    found = noted(Post.objects.with_text("line", "{{{title}: {category__name}%}}", "id"), "line")
    names = {c.pk: c.name for c in rows.categories}
    assert found == {
        p.pk: f"{{{p.title}: {names[p.category_id]}%}} {p.pk}" if p.category_id else str(p.pk) for p in rows.posts
    }


@pytest.mark.parametrize(
    ("content", "count"),
    [("", 0), (" \t\n\r\f\v ", 0), ("one", 1), (" one  two\nthree\t", 3), ("é\xa0è x", 2), ("a-b c'd 1.5", 3)],
)
def test_words_are_what_stands_between_white_space(rows, content, count):
    Post.objects.update(content=content)
    assert set(noted(Post.objects.with_words("content"), "content_words").values()) == {count}


def test_words_of_null_are_null(rows):
    assert set(noted(User.objects.with_words("bio", as_="n"), "n").values()) == {None}


@pytest.mark.parametrize("arms", [1, 2, 7])
@pytest.mark.parametrize("experiment", ["", "welcome", "100% ü"])
def test_arms_are_the_same_in_python(rows, experiment, arms):
    def arm(pk):
        return int(md5(f"{experiment}:{pk}".encode(), usedforsecurity=False).hexdigest()[:8], 16) % arms

    found = noted(Post.objects.with_arm(experiment, arms), "arm")
    assert found == {p.pk: arm(p.pk) for p in rows.posts}
    assert len(set(found.values())) == arms


def test_expressions_stay_with_their_rows_behind_a_selection(rows):
    made = Post.objects.with_text("label", "status", "id").with_clamped("views", 1, 3, as_="held")
    by_pk = {p.pk: (f"{p.status} {p.pk}", min(max(p.views, 1), 3)) for p in rows.posts}
    for chain in (made.ranked("-held").limited(9), made.top_per("held", 2), Post.objects.top_per("author")):
        after = chain.with_text("label", "status", "id").with_clamped("views", 1, 3, as_="held")
        found = {p.pk: (p.label, p.held) for p in after}
        assert found == {pk: by_pk[pk] for pk in found}
        assert 0 < len(found) < len(rows.posts)


def test_of_no_rows_there_is_nothing(rows):
    Comment.objects.all().delete()
    assert not list(Comment.objects.with_words("content").with_duration(at=NOON).with_arm("x"))
