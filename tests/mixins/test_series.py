"""Groups over time: series that are whole, cohorts and runs, against plain Python."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import fmean

import pytest
from django.db.models import Avg, Count, ExpressionWrapper, F, FloatField, Max, Min, StdDev, Sum
from django.db.models.functions import Coalesce

from example_project.content.models import Category, Comment, Order, Post, User
from querysets import P
from querysets.errors import AliasClash, WrongShape

from .conftest import NOON

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def day(moment):
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def hour(moment):
    return moment.replace(minute=0, second=0, microsecond=0)


def last(value):
    return (value is None, value)


def hours(rows):
    """Every hour from that of the first post to that of the last."""
    known = {hour(post.created_at) for post in rows.posts}
    return [min(known) + HOUR * step for step in range((max(known) - min(known)) // HOUR + 1)]


def test_count_per_is_bucketed_and_counted(rows):
    by_key = rows.per(lambda post: (day(post.created_at), post.status))
    expected = [{"period": at, "status": of, "count": len(by_key[at, of])} for at, of in sorted(by_key)]
    assert list(Post.objects.count_per("day", "status")) == expected
    assert list(Post.objects.bucketed("day").count_by("status")) == expected
    authors = {key: len({post.author_id for post in posts}) for key, posts in by_key.items()}
    found = Post.objects.count_per("day", distinct="author", as_="authors", state=F("status"))
    assert {(row["period"], row["state"]): row["authors"] for row in found} == authors


def test_agg_per_aggregates_what_each_period_has(rows):
    groups = rows.per(lambda post: day(post.created_at))
    found = Post.objects.agg_per("day", best=Max("rating"), views_sum=Sum("views"), posts=Count("pk"))
    assert list(found) == [
        {
            "period": at,
            "best": max(post.rating for post in groups[at]),
            "views_sum": sum(post.views for post in groups[at]),
            "posts": len(groups[at]),
        }
        for at in sorted(groups)
    ]


def test_rows_without_a_time_are_a_group_but_in_no_period_of_a_series(rows):
    without = sum(post.published_at is None for post in rows.posts)
    groups = Post.objects.count_per("hour", field="published_at")
    assert list(groups)[-1] == {"period": None, "count": without}
    found = list(groups.filled())
    assert sum(row["count"] for row in found) == len(rows.posts) - without
    assert all(row["period"] for row in found)


def test_two_periods_in_one_chain_have_names_of_their_own(rows):
    found = Post.objects.bucketed("day").bucketed("hour_of_day", as_="hour").bucketed("year", as_="year").with_count()
    by_key = rows.per(lambda p: (day(p.created_at), p.created_at.hour, datetime(p.created_at.year, 1, 1, tzinfo=UTC)))
    assert {(r["period"], r["hour"], r["year"]): r["count"] for r in found} == {k: len(v) for k, v in by_key.items()}
    with pytest.raises(AliasClash, match="both make 'period'"):
        Post.objects.bucketed("day").bucketed("hour")


def test_counts_and_sums_are_0_where_there_are_no_rows_and_other_measures_are_none(rows):
    groups = rows.per(lambda post: hour(post.created_at))
    assert set(groups) < set(hours(rows))
    found = list(
        Post.objects.bucketed("hour")
        .with_count()
        .with_count("comments")
        .with_count(None, P.by(status="draft"), as_="drafts")
        .annotate(
            prices=Sum("price"),
            best=Max("rating"),
            mean=Avg("views"),
            spread=StdDev("views"),
            span=Sum(F("created_at") - F("created_at")),
            likes_sum=Coalesce(Sum("likes"), 0),
            halves=ExpressionWrapper(Sum("views") / 2.0, FloatField()),
        )
        .filled()
    )
    assert [row["period"] for row in found] == hours(rows)
    for row in found:
        posts = groups.get(row["period"], [])
        assert row["count"] == len(posts)
        assert row["comments_count"] == sum(c.post_id in {p.pk for p in posts} for c in rows.comments)
        assert row["drafts"] == sum(post.status == "draft" for post in posts)
        assert row["prices"] == sum(post.price or 0 for post in posts)
        assert row["span"] == timedelta()
        assert row["likes_sum"] == sum(post.likes for post in posts)
        assert row["best"] == max((post.rating for post in posts), default=None)
        assert row["mean"] == (pytest.approx(fmean(post.views for post in posts)) if posts else None)
        assert row["halves"] == (sum(post.views for post in posts) / 2 if posts else None)
    assert type(found[0]["prices"]) is Decimal


def test_a_default_stands_for_measures_that_are_no_count_and_no_sum(rows):
    groups = Post.objects.agg_per("hour", posts=Count("pk"), best=Max("rating"), first=Max("title"))
    with pytest.raises(ValueError, match=r"filled\(\): default must fit FloatField, got 'none'"):
        groups.filled(default="none")
    numbers = Post.objects.agg_per("hour", posts=Count("pk"), best=Max("rating"), low=Min("views"))
    for row in numbers.filled(default=-1):
        assert (row["posts"] == 0) == (row["best"] == -1) == (row["low"] == -1)


def test_every_combination_of_other_keys_that_occurs_is_beside_every_period(rows):
    by_key = rows.per(lambda post: (post.status, post.category_id, hour(post.created_at)))
    combinations = sorted(
        {(status, category) for status, category, _ in by_key}, key=lambda pair: (pair[0], last(pair[1]))
    )
    assert any(category is None for _, category in combinations)
    found = Post.objects.per("status", "category").bucketed("hour").with_count().filled()
    assert [tuple(row.values()) for row in found] == [
        (status, category, at, len(by_key.get((status, category, at), ())))
        for status, category in combinations
        for at in hours(rows)
    ]


def test_paths_and_expressions_are_other_keys_too(rows):
    names = {user.pk: user.username for user in rows.users}
    by_key = rows.per(lambda post: (names[post.author_id], post.title.lower() == "same", day(post.created_at)))
    days = sorted({day(post.created_at) for post in rows.posts})
    found = Post.objects.bucketed("day").with_count()
    found = Post.objects.annotate(same=P.caseless(title="same")).count_per("day", "author__username", "same").filled()
    got = {(row["author__username"], row["same"], row["period"]): row["count"] for row in found}
    pairs = {(name, same) for name, same, _ in by_key}
    assert got == {(*pair, at): len(by_key.get((*pair, at), ())) for pair in pairs for at in days}


def test_listed_values_are_there_and_no_others(rows):
    statuses = rows.per(lambda post: post.status)
    found = Post.objects.count_by("status").filled(values=["stale", "lost", "draft", "lost"])
    expected = [("draft", len(statuses["draft"])), ("lost", 0), ("stale", len(statuses["stale"]))]
    assert [tuple(row.values()) for row in found] == expected
    categories = rows.per(lambda post: post.category_id)
    known, unused = rows.categories[0], rows.categories[3]
    found = Post.objects.count_by("category").filled(values=[None, known, unused.pk])
    expected = [(known.pk, len(categories[known.pk])), (unused.pk, 0), (None, len(categories[None]))]
    assert [tuple(row.values()) for row in found] == expected
    by_key = rows.per(lambda post: (hour(post.created_at), post.status, post.category_id))
    found = Post.objects.count_per("hour", "status", "category")
    found = found.filled(min(hours(rows)), max(hours(rows)) + HOUR, [("draft", None), ("lost", known.pk)])
    assert [tuple(row.values()) for row in found] == [
        (at, *pair, len(by_key.get((at, *pair), ())))
        for at in hours(rows)
        for pair in (("draft", None), ("lost", known.pk))
    ]
    assert not list(Post.objects.count_by("status").filled(values=[]))


def test_bounds_drop_groups_outside_and_add_periods_inside(rows):
    start, end = NOON - 10 * DAY, NOON - HOUR / 2
    counts = Counter(day(post.created_at) for post in rows.posts)
    found = list(Post.objects.count_per("day").filled(start, end))
    assert [(r["period"], r["count"]) for r in found] == [
        (day(start) + DAY * step, counts[day(start) + DAY * step]) for step in range(11)
    ]
    assert found[0]["count"] == 0 < found[-1]["count"]
    assert not list(Post.objects.count_per("day").filled(end, start))
    assert not list(Post.objects.count_per("day").filled(end, end))
    assert list(Post.objects.count_per("day").filled(end=min(counts))) == []
    later = max(counts) + 3 * DAY
    assert [row["count"] for row in Post.objects.count_per("day").filled(later, later + HOUR)] == [0]


def test_a_series_of_no_rows_has_the_periods_that_are_asked_for(rows):
    lost = Post.objects.by(status="lost")
    assert not list(lost.count_per("day").filled())
    assert [row["count"] for row in lost.count_per("day").filled(date(2026, 1, 1), date(2026, 1, 4))] == [0, 0, 0]
    assert [row["count"] for row in lost.count_per("day_of_week").filled()] == [0] * 7
    assert not list(lost.count_per("day", "status").filled(date(2026, 1, 1), date(2026, 1, 4)))
    assert not list(Post.objects.none().count_per("day_of_week").filled())
    assert not list(Order.objects.agg_per("month", total=Sum("amount")).filled())


def test_windows_are_over_the_rows_of_the_series(rows):
    counts = Counter(hour(post.created_at) for post in rows.posts)
    line = [counts[at] for at in hours(rows)]
    assert 0 in line
    found = list(
        Post.objects.count_per("hour")
        .filled()
        .with_change("count")
        .with_change("count", percent=True, as_="growth")
        .with_running()
        .with_share("count")
        .with_rank("-count")
        .with_previous("count")
    )
    for place, row in enumerate(found):
        before = line[place - 1] if place else None
        assert row["count"] == line[place]
        assert row["count_change"] == (None if before is None else line[place] - before)
        assert row["growth"] == (pytest.approx(line[place] / before - 1) if before else None)
        assert row["running_count"] == sum(line[: place + 1])
        assert row["count_share"] == pytest.approx(line[place] / sum(line))
        assert row["rank"] == 1 + sum(other > line[place] for other in line)
        assert row["previous_count"] == before
    by_key = rows.per(lambda post: (post.status, hour(post.created_at)))
    for row in Post.objects.count_per("hour", "status").filled().with_running(per="status"):
        expected = sum(len(posts) for (of, at), posts in by_key.items() if of == row["status"] and at <= row["period"])
        assert row["running_count"] == expected


def test_windows_before_keep_the_values_that_they_had(rows):
    groups = {row["period"]: row["count_change"] for row in Post.objects.count_per("hour").with_change("count")}
    found = {row["period"]: row["count_change"] for row in Post.objects.count_per("hour").with_change("count").filled()}
    assert found == {at: groups.get(at) for at in hours(rows)}


def test_groups_that_were_chosen_by_a_window_or_cut_off_are_filled_as_they_are(rows):
    counts = Counter(hour(post.created_at) for post in rows.posts)
    best = {at for at in counts if sum(other > counts[at] for other in counts.values()) < 5}
    between = [min(best) + HOUR * step for step in range((max(best) - min(best)) // HOUR + 1)]
    found = Post.objects.count_per("hour").with_rank("-count").at_most(rank=5).filled()
    assert [(row["period"], row["count"]) for row in found] == [(at, counts[at] * (at in best)) for at in between]
    first = sorted(counts)[:3]
    found = Post.objects.count_per("hour")[:3].filled()
    assert [row["period"] for row in found] == [at for at in hours(rows) if at <= first[-1]]


def test_conditions_before_are_kept(rows):
    counts = Counter(hour(post.created_at) for post in rows.posts)
    found = Post.objects.count_per("hour").at_least(count=3).filled(min(counts), max(counts) + HOUR)
    assert {row["period"]: row["count"] for row in found} == {
        at: counts[at] if counts[at] >= 3 else 0 for at in hours(rows)
    }


def test_orders_slices_and_counts_of_a_series(rows):
    series = Post.objects.count_per("hour").filled()
    counts = Counter(hour(post.created_at) for post in rows.posts)
    expected = sorted(hours(rows), key=lambda at: (-counts[at], at))
    assert [row["period"] for row in series.ranked("-count")] == expected
    assert [row["period"] for row in series.ranked("-count")[2:9]] == expected[2:9]
    assert series.count() == len(expected)
    assert series[:4].count() == 4
    assert series.exists()
    assert series.first()["period"] == hours(rows)[0]
    assert series.last()["period"] == hours(rows)[-1]
    assert list(pickle.loads(pickle.dumps(series.query)).get_compiler("default").results_iter())  # noqa: S301
    assert [each for each, _ in series.values_list("count", "period")] == [counts[at] for at in hours(rows)]


def test_a_series_is_one_statement_and_asked_when_it_is_read(rows, django_assert_num_queries):
    with django_assert_num_queries(0):
        series = Post.objects.count_per("hour", "status").filled(NOON - DAY).with_change("count").ranked("-count")
        str(series.query)
    with django_assert_num_queries(1):
        list(series)


@pytest.mark.parametrize(
    "further",
    [
        lambda series: series.by(count=0),
        lambda series: series.at_least(count=1),
        lambda series: series.with_count(as_="again"),
        lambda series: series.with_count("comments"),
        lambda series: series.with_ratio("count", "count", as_="one"),
        lambda series: series.per("status"),
        lambda series: series.bucketed("month"),
        lambda series: series.filled(),
        lambda series: series.streaks_by("author"),
        lambda series: series.limited(3),
        lambda series: series[:3].limited(3),
        lambda series: series[:3].filled(),
    ],
)
def test_what_does_not_apply_to_a_series_says_what_does(further):
    series = Post.objects.count_per("day").filled()
    with pytest.raises(WrongShape, match=r"windows over them \(with_change, with_running, with_share"):
        further(series)


def test_no_other_column_is_found_in_a_series():
    with pytest.raises(WrongShape, match="'views' is neither a key nor a measure; there is period, count"):
        Post.objects.count_per("day").filled().ranked("views")
    with pytest.raises(WrongShape, match="'views' is neither a key nor a measure"):
        Post.objects.count_per("day").filled().with_change("views")


def test_settings_of_the_chain_are_those_of_the_statement(rows):
    series = Post.objects.labelled("series").count_per("day").filled().timeout(5000)
    assert series.query.settings == {**Post.objects.labelled("series").timeout(5000).query.settings}
    assert list(series)


def test_multiplied_rows_are_counted_once(rows):
    scored = {comment.post_id for comment in rows.comments if comment.score == 1}
    found = Post.objects.filter(comments__score=1).count_per("hour").filled()
    assert sum(row["count"] for row in found) == len(scored)


# Runs


def runs_of(days):
    """``[(first, last, length)]`` of days that follow each other."""
    found = []
    for each in sorted(days):
        if found and each - found[-1][1] == DAY:
            found[-1] = (found[-1][0], each, found[-1][2] + 1)
        else:
            found.append((each, each, 1))
    return found


@pytest.fixture
def spread(rows):
    """The posts over 40 days, some without a category."""
    for place, post in enumerate(rows.posts):
        post.created_at = NOON - DAY * (place * place % 41) + HOUR * (place % 11)
    Post.objects.bulk_update(rows.posts, ["created_at"])
    return rows


def test_runs_of_each_group_null_included(spread):
    groups = spread.per(lambda post: post.category_id)
    expected = [
        {"category": key, "first": first, "last": end, "length": length}
        for key in sorted(groups, key=last)
        for first, end, length in runs_of({day(post.created_at) for post in groups[key]})
    ]
    assert {row["length"] for row in expected} > {1, 2}
    assert list(Post.objects.streaks_by("category")) == expected


def test_runs_of_several_keys_and_of_none(spread):
    groups = spread.per(lambda post: (post.status, post.is_active))
    found = {
        (r["status"], r["is_active"], r["first"]): (r["last"], r["length"])
        for r in Post.objects.streaks_by("status", "is_active")
    }
    assert found == {
        (*key, first): (end, length)
        for key, posts in groups.items()
        for first, end, length in runs_of({day(post.created_at) for post in posts})
    }
    every = runs_of({day(post.created_at) for post in spread.posts})
    assert [tuple(row.values()) for row in Post.objects.streaks_by()] == every


def test_runs_on_groups_are_those_of_their_keys_too(spread):
    assert list(Post.objects.per("status").streaks_by("author")) == list(Post.objects.streaks_by("status", "author"))
    found = Post.objects.bucketed("month").streaks_by("author")
    keys = {(row["period"], row["author"]) for row in found}
    assert keys == {(day(post.created_at).replace(day=1), post.author_id) for post in spread.posts}


def test_runs_are_filtered_ordered_and_ranked_as_groups(spread):
    runs = [
        (author, *run)
        for author, posts in spread.per(lambda post: post.author_id).items()
        for run in runs_of({day(post.created_at) for post in posts})
    ]
    long = sorted((run for run in runs if run[3] >= 2), key=lambda run: (-run[3], run[0], run[1]))
    found = Post.objects.streaks_by("author").at_least(length=2).ranked("-length")
    assert [tuple(row.values()) for row in found] == long
    assert found.count() == len(long)
    one = spread.users[0].pk
    assert [row["author"] for row in Post.objects.streaks_by("author").by(author=one)] == [
        r[0] for r in runs if r[0] == one
    ]
    best = Post.objects.streaks_by("author").with_rank("-length", method="row", per="author").by(rank=1)
    longest = {author: max(run[3] for run in runs if run[0] == author) for author in {run[0] for run in runs}}
    assert {row["author"]: row["length"] for row in best} == longest
    with pytest.raises(WrongShape, match="no further measures"):
        Post.objects.streaks_by("author").with_count()
    with pytest.raises(WrongShape, match="no further measures"):
        Post.objects.streaks_by("author").with_max("author__credits")
    with pytest.raises(WrongShape, match="cannot add a key"):
        Post.objects.streaks_by("author").per("status")


def test_rows_without_a_time_are_in_no_run(rows):
    Post.objects.update(published_at=None)
    assert not list(Post.objects.streaks_by("author", field="published_at"))


def test_runs_are_of_the_rows_of_the_chain(spread):
    drafts = runs_of({day(post.created_at) for post in spread.posts if post.status == "draft"})
    assert [tuple(row.values()) for row in Post.objects.by(status="draft").streaks_by()] == drafts
    newest = sorted(spread.posts, key=lambda post: (post.created_at, post.pk))[-9:]
    expected = runs_of({day(post.created_at) for post in newest})
    assert [tuple(row.values()) for row in Post.objects.newest().limited(9).streaks_by()] == expected
    assert [tuple(row.values()) for row in Post.objects.newest()[:9].streaks_by()] == expected


# Cohorts


@pytest.fixture
def members(spread):
    """Users who joined in three weeks, one of them after their first comment, one with none; comments over weeks."""
    for place, user in enumerate(spread.users):
        user.joined_at = NOON - timedelta(weeks=(6, 6, 5, 3, 3, 0)[place])
    User.objects.bulk_update(spread.users, ["joined_at"])
    for place, comment in enumerate(spread.comments):
        comment.user = spread.users[place % 5]
        comment.created_at = NOON - timedelta(days=place % 47)
    Comment.objects.bulk_update(spread.comments, ["user", "created_at"])
    return spread


def week(moment):
    return day(moment) - DAY * moment.weekday()


def cells(starts, activity, at):
    """What a table of cohorts has: by cohort and offset, the size, the active ones and their share."""
    found = {}
    for cohort in sorted({week(start) for start in starts.values()}):
        who = {key for key, start in starts.items() if week(start) == cohort}
        for offset in range((week(at) - cohort) // timedelta(weeks=1) + 1):
            then = cohort + timedelta(weeks=offset)
            active = len({key for key, moment in activity if key in who and week(moment) == then})
            found[cohort, offset] = (len(who), active, active / len(who))
    return found


def seen(cohorts):
    return {(r["cohort"], r["offset"]): (r["size"], r["active"], r["share"]) for r in cohorts}


def test_cohorts_have_all_who_began_and_cells_without_activity(members):
    starts = {user.pk: user.joined_at for user in members.users}
    activity = [(comment.user_id, comment.created_at) for comment in members.comments if comment.score != 1]
    expected = cells(starts, activity, NOON)
    assert {0} < {active for _, active, _ in expected.values()}
    rows = Comment.objects.none_of(P.by(score=1))
    found = rows.cohorts("user", "user__joined_at", "week", at=NOON)
    assert seen(found) == expected
    assert [(row["cohort"], row["offset"]) for row in found] == sorted(expected)
    few = {key: cell for key, cell in expected.items() if key[1] < 3}
    assert seen(rows.cohorts("user", "user__joined_at", "week", periods=3, at=NOON)) == few
    assert not list(rows.cohorts("user", "user__joined_at", "week", periods=0, at=NOON))
    early = NOON - timedelta(weeks=4)
    begun = {key: start for key, start in starts.items() if start <= early}
    assert seen(rows.cohorts("user", "user__joined_at", "week", at=early)) == cells(begun, activity, early)


def test_who_begins_with_the_first_row_of_all(members):
    first = {}
    for post in sorted(members.posts, key=lambda post: post.created_at):
        first.setdefault(post.category_id, post.created_at)
    del first[None]  # which is nobody
    drafts = [(post.category_id, post.created_at) for post in members.posts if post.status == "draft"]
    found = Post.objects.by(status="draft").cohorts("category", unit="week", at=NOON)
    assert seen(found) == cells(first, drafts, NOON)


def test_who_never_began_is_in_no_cohort(members):
    User.objects.filter(pk=members.users[0].pk).update(last_seen_at=NOON - timedelta(weeks=2))
    starts = {members.users[0].pk: NOON - timedelta(weeks=2)}
    activity = [(comment.user_id, comment.created_at) for comment in members.comments]
    found = Comment.objects.cohorts("user", "user__last_seen_at", "week", at=NOON)
    assert seen(found) == cells(starts, activity, NOON)


def test_cohorts_are_filtered_and_ordered_as_groups(members):
    starts = {user.pk: user.joined_at for user in members.users}
    activity = [(comment.user_id, comment.created_at) for comment in members.comments]
    expected = {key: cell for key, cell in cells(starts, activity, NOON).items() if key[1] == 1}
    found = Comment.objects.cohorts("user", "user__joined_at", "week", at=NOON).by(offset=1).ranked("-share")
    assert seen(found) == expected
    assert [row["share"] for row in found] == sorted((cell[2] for cell in expected.values()), reverse=True)
    assert not list(Comment.objects.none().cohorts("user", "user__joined_at"))
    assert not list(Comment.objects.by(content="lost").cohorts("user", "user__joined_at"))


def test_a_start_that_is_a_date_gives_dates(members):
    User.objects.update(dob=NOON.date() - timedelta(weeks=2))
    found = list(Comment.objects.cohorts("user", "user__dob", "week", at=NOON))
    assert {row["cohort"] for row in found} == {week(NOON).date() - timedelta(weeks=2)}
    assert [row["offset"] for row in found] == [0, 1, 2]
    activity = [(1, comment.user_id, week(comment.created_at)) for comment in members.comments]
    for row in found:
        then = week(NOON) - timedelta(weeks=2 - row["offset"])
        assert row["active"] == len({user for _, user, at in activity if at == then})


def test_tables_of_users_called_as_the_parts_of_a_series_do_no_harm(rows):
    """The names of the parts are seen by the parts only: an inner query comes first."""
    sql = str(Post.objects.count_per("day", "status").filled().query)
    assert sql.index('"found" ("period", "status", "count") AS (SELECT') < sql.index('"groups" AS')
    assert Category.objects.count() == len(rows.categories)
