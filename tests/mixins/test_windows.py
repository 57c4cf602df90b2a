"""Windows against Python: ties, NULLs, partitions, frames; over the chain, the whole table, and groups."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

import pytest
from django.db.models import Count, Sum

from example_project.content.models import Comment, Post
from querysets.errors import WrongShape


def in_time(posts):
    return sorted(posts, key=lambda post: (post.created_at, post.pk))


def notes(queryset, *names):
    """What each row has been given, by primary key."""
    found = {row.pk: tuple(getattr(row, name) for name in names) for row in queryset}
    return {pk: values[0] for pk, values in found.items()} if len(names) == 1 else found


def per_group(rows, key, made):
    """What ``made`` gives for the posts of each group, put together."""
    return {pk: value for posts in rows.per(key).values() for pk, value in made(posts).items()}


def category(post):
    return post.category_id


def author(post):
    return post.author_id


def test_ranks_of_all_methods_on_ties(rows):
    def expected(posts):
        n, made = len(posts), {}
        for post in posts:
            better = sum(other.rating > post.rating for other in posts)
            upto = sum(other.rating >= post.rating for other in posts)
            levels = len({other.rating for other in posts if other.rating > post.rating})
            made[post.pk] = (better + 1, levels + 1, better / (n - 1) if n > 1 else 0, upto / n)
        return made

    chain = Post.objects
    for method in ("rank", "dense", "percent", "cume"):
        chain = chain.with_rank("-rating", per="category", method=method, as_=method)
    found = notes(chain, "rank", "dense", "percent", "cume")
    assert found == {pk: pytest.approx(values) for pk, values in per_group(rows, category, expected).items()}


def test_row_numbers_and_bands_break_ties_by_the_primary_key(rows):
    ordered = sorted(rows.posts, key=lambda post: (post.views, post.pk))
    found = notes(
        Post.objects.with_rank("views", method="row", as_="n").with_rank("views", method="ntile", n=7, as_="band"),
        "n",
        "band",
    )
    size, longer = divmod(len(ordered), 7)
    bands = [band for band in range(1, 8) for _ in range(size + (band <= longer))]
    assert found == {post.pk: (place + 1, bands[place]) for place, post in enumerate(ordered)}


def test_a_rank_over_the_whole_table_does_not_see_the_chain(rows):
    ordered = sorted(rows.posts, key=lambda post: (post.created_at, post.pk))
    expected = {}
    for place, post in enumerate(ordered):
        expected[post.pk] = 1 + sum(other.author_id == post.author_id for other in ordered[:place])
    drafts = {post.pk for post in rows.posts if post.status == "draft"}
    numbered = {"per": "author", "method": "row", "over": "all", "as_": "number"}
    before = Post.objects.by(status="draft").with_rank("created_at", **numbered)
    after = Post.objects.with_rank("created_at", **numbered).by(status="draft")
    assert notes(before, "number") == notes(after, "number") == {pk: expected[pk] for pk in drafts}
    among_drafts = notes(Post.objects.by(status="draft").with_rank("created_at", per="author", method="row"), "rank")
    assert any(expected[pk] != number for pk, number in among_drafts.items())


def test_what_the_whole_table_gives_can_be_compared_ordered_counted_and_chosen_by(rows):
    ordered = sorted(rows.posts, key=lambda post: (-post.rating, -post.pk))
    place = {post.pk: n for n, post in enumerate(ordered, 1)}
    ranked = Post.objects.with_rank("-rating", method="row", over="all", as_="place")
    assert [row.pk for row in ranked.by(status="draft").at_most(place=20).ranked("place")] == [
        post.pk for post in ordered[:20] if post.status == "draft"
    ]
    assert ranked.at_most(place=20).by(status="draft").count() == sum(p.status == "draft" for p in ordered[:20])
    assert {row.pk: row.place for row in ranked.top_per("author")} == {
        pk: place[pk] for pk in Post.objects.top_per("author").values_list("pk", flat=True)
    }
    assert {row["place"]: row["count"] for row in ranked.count_by("place")} == dict.fromkeys(range(1, 61), 1)
    assert ranked.at_most(place=5).update(version=9) == 5


def test_two_windows_over_the_whole_table_share_no_name(rows):
    ordered = in_time(rows.posts)
    places = {post.pk: n for n, post in enumerate(ordered)}
    found = notes(
        Post.objects.with_previous("pk", over="all").with_next("pk", "title", over="all"),
        "previous_pk",
        "next_pk",
        "next_title",
    )
    for post in ordered:
        before = ordered[places[post.pk] - 1].pk if places[post.pk] else None
        after = ordered[places[post.pk] + 1] if places[post.pk] + 1 < len(ordered) else None
        assert found[post.pk] == (before, after and after.pk, after and after.title)


def test_running_totals_give_each_row_its_own_value_on_ties(rows):
    def expected(posts):
        ordered = in_time(posts)
        return dict(zip((post.pk for post in ordered), accumulate(post.views for post in ordered), strict=True))

    assert len({post.created_at for post in rows.posts}) < len(rows.posts)
    assert notes(Post.objects.with_running("views"), "running_views") == expected(rows.posts)
    assert notes(Post.objects.with_running("views", per="category"), "running_views") == per_group(
        rows, category, expected
    )


@pytest.mark.parametrize("func", ["sum", "count", "avg", "max", "min"])
def test_running_measures_leave_nulls_out(rows, func):
    measures = {
        "sum": sum, "count": len, "avg": lambda found: sum(map(Fraction, found)) / len(found), "max": max, "min": min,
    }  # fmt: skip
    ordered, expected = in_time(rows.posts), {}
    for place, post in enumerate(ordered):
        prices = [other.price for other in ordered[: place + 1] if other.price is not None]
        expected[post.pk] = measures[func](prices) if prices or func == "count" else None
    found = notes(Post.objects.with_running("price", func, as_="so_far"), "so_far")
    assert {pk: value if value is None else pytest.approx(float(value)) for pk, value in found.items()} == {
        pk: value if value is None else float(value) for pk, value in expected.items()
    }
    assert any(post.price is None for post in ordered)


def test_a_running_share_ends_at_one_and_is_null_of_nothing(rows):
    total = sum(post.views for post in rows.posts)
    ordered = in_time(rows.posts)
    expected = [found / total for found in accumulate(post.views for post in ordered)]
    found = Post.objects.with_running("views", share=True).ranked("created_at")
    assert [row.running_views_share for row in found] == pytest.approx(expected)
    assert expected[-1] == 1
    Post.objects.update(views=0)
    assert {row.running_views_share for row in Post.objects.with_running("views", share=True)} == {None}
    assert {row.views_share for row in Post.objects.with_share("views")} == {None}


def test_a_count_needs_no_field(rows):
    ordered = in_time(rows.posts)
    found = Post.objects.with_running(func="count").with_moving(rows=3, func="count").ranked("created_at")
    assert [(row.running_count, row.moving_count) for row in found] == [
        (n, min(n, 3)) for n, _ in enumerate(ordered, 1)
    ]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_moving_by_rows_takes_fewer_at_the_start(rows, size):
    def expected(posts):
        ordered = in_time(posts)
        windows = {post.pk: ordered[max(0, n - size + 1) : n + 1] for n, post in enumerate(ordered)}
        return {pk: sum(post.views for post in found) / len(found) for pk, found in windows.items()}

    found = notes(Post.objects.with_moving("views", size, per="author"), "moving_views")
    assert found == pytest.approx(per_group(rows, author, expected))


def test_moving_by_time_includes_its_bound_and_every_tie(rows):
    span = timedelta(hours=5)

    def expected(posts):
        return {
            post.pk: sum(
                other.views for other in posts if post.created_at - span <= other.created_at <= post.created_at
            )
            for post in posts
        }

    found = notes(Post.objects.with_moving("views", span=span, func="sum", per="category"), "moving_views")
    assert found == per_group(rows, category, expected)
    mates = [(a, b) for a in rows.posts for b in rows.posts if a.category_id == b.category_id]
    assert any(b.created_at - a.created_at == span for a, b in mates)


def test_neighbours_are_one_row_each_and_none_at_the_ends(rows):
    def expected(posts):
        ordered = in_time(posts)
        padded = [None, None, *ordered, None, None]
        return {
            post.pk: tuple(
                getattr(padded[n + 2 + step], name, None) for step, name in ((-1, "pk"), (-1, "price"), (2, "title"))
            )
            for n, post in enumerate(ordered)
        }

    chain = Post.objects.with_previous("pk", "price", per="author", as_="before")
    chain = chain.with_next("title", per="author", offset=2, as_="then")
    assert notes(chain, "before_pk", "before_price", "then") == per_group(rows, author, expected)


def test_changes_of_numbers_and_moments(rows):
    def expected(posts):
        made = {}
        for before, post in pairwise([None, *in_time(posts)]):
            made[post.pk] = (
                before and post.views - before.views,
                before and post.created_at - before.created_at,
                post.views / before.views - 1 if before and before.views else None,
            )
        return made

    chain = Post.objects.with_change("views", per="author").with_change("created_at", per="author", as_="pause")
    chain = chain.with_change("views", per="author", percent=True, as_="growth")
    wanted = per_group(rows, author, expected)
    found = notes(chain, "views_change", "pause", "growth")
    assert {pk: values[:2] for pk, values in found.items()} == {pk: values[:2] for pk, values in wanted.items()}
    for pk, (_, _, growth) in found.items():
        assert growth == (None if wanted[pk][2] is None else pytest.approx(wanted[pk][2]))
    assert any(values[0] is not None and values[2] is None for values in wanted.values())  # from 0


def test_first_share_and_zscore_of_each_group(rows):
    def expected(posts):
        leader = max(posts, key=lambda post: (post.rating, post.pk)).title
        total = sum(post.views for post in posts)
        mean = total / len(posts)
        spread = (sum((post.views - mean) ** 2 for post in posts) / len(posts)) ** 0.5
        return {
            post.pk: (leader, post.views / total if total else None, (post.views - mean) / spread if spread else None)
            for post in posts
        }

    chain = Post.objects.with_first("title", "-rating", per="category", as_="leader")
    chain = chain.with_share("views", per="category").with_zscore("views", per="category")
    wanted = per_group(rows, category, expected)
    for pk, values in notes(chain, "leader", "views_share", "views_zscore").items():
        assert values[0] == wanted[pk][0]
        assert values[1:] == pytest.approx(wanted[pk][1:])


def test_a_group_of_equal_values_has_no_zscore(rows):
    Post.objects.update(views=3)
    assert {row.views_zscore for row in Post.objects.with_zscore("views")} == {None}


def test_a_window_sees_the_rows_of_the_chain_and_a_selection_fixes_it(rows):
    drafts = in_time(post for post in rows.posts if post.status == "draft")
    expected = dict(zip((post.pk for post in drafts), accumulate(post.views for post in drafts), strict=True))
    narrowed = Post.objects.with_running("views").by(status="draft")
    assert notes(narrowed, "running_views") == expected
    chosen = Post.objects.with_running("views").at_least(running_views=10).by(status="draft")
    everywhere = notes(Post.objects.with_running("views"), "running_views")
    kept = {pk: everywhere[pk] for pk in expected if everywhere[pk] >= 10}
    assert notes(chosen, "running_views") == kept
    assert kept
    assert kept != {pk: value for pk, value in expected.items() if pk in kept}


def sessions_of(posts, gap):
    made, number = {}, 0
    for before, post in pairwise([None, *posts]):
        number += before is None or post.created_at - before.created_at > gap
        made[post.pk] = number
    return made


@pytest.mark.parametrize("hours", [1, 2, 5])
def test_a_session_ends_where_a_pause_is_longer_than_the_gap(rows, hours):
    gap = timedelta(hours=hours)
    found = notes(Post.objects.with_session(gap, "author"), "session")
    assert found == per_group(rows, author, lambda posts: sessions_of(in_time(posts), gap))
    assert notes(Post.objects.with_session(gap, ()), "session") == sessions_of(in_time(rows.posts), gap)


def test_sessions_stay_what_they_are(rows):
    gap = timedelta(hours=2)
    before = notes(Post.objects.with_session(gap, "author"), "session")
    found = Post.objects.with_session(gap, "author").by(status="draft")
    assert notes(found, "session") == {p.pk: before[p.pk] for p in rows.posts if p.status == "draft"}
    assert notes(Post.objects.with_session(gap, "author").with_session(gap, "author"), "session") == before
    per_session = {row["session"]: row["count"] for row in Post.objects.with_session(gap, "author").count_by("session")}
    assert per_session == {n: list(before.values()).count(n) for n in set(before.values())}


def test_a_row_without_a_moment_is_in_no_session(rows):
    gap = timedelta(hours=1)
    found = notes(Post.objects.with_session(gap, "author", by="published_at"), "session")
    assert all((found[post.pk] is None) == (post.published_at is None) for post in rows.posts)


# over groups


def measured(rows):
    """Groups by author with their count and sum of views, in the order of their key."""
    groups = rows.per(author)
    return [(key, len(groups[key]), sum(post.views for post in groups[key])) for key in sorted(groups)]


def by_author():
    return Post.objects.count_by("author").annotate(total=Sum("views"))


def test_windows_over_groups_take_measures_in_the_order_of_the_keys(rows):
    groups = measured(rows)
    whole = sum(count for _, count, _ in groups)
    chain = by_author().with_running("count").with_running("count", share=True).with_share().with_change("total")
    chain = chain.with_previous("author", "total").with_change("count", percent=True, as_="growth")
    so_far = list(accumulate(count for _, count, _ in groups))
    for n, row in enumerate(chain):
        key, count, total = groups[n]
        before = groups[n - 1] if n else None
        assert (row["author"], row["running_count"]) == (key, so_far[n])
        assert (row["running_count_share"], row["count_share"]) == pytest.approx((so_far[n] / whole, count / whole))
        assert row["total_change"] == (before and total - before[2])
        assert (row["previous_author"], row["previous_total"]) == ((before[0], before[2]) if before else (None, None))
        assert row["growth"] == (before and pytest.approx(count / before[1] - 1))


def test_groups_are_ranked_by_a_measure_and_the_best_are_kept(rows):
    groups = sorted(measured(rows), key=lambda group: -group[2])
    rank = {key: 1 + sum(other > total for _, _, other in groups) for key, _, total in groups}
    found = by_author().with_rank("-total")
    assert {row["author"]: row["rank"] for row in found} == rank
    best = found.at_most(rank=3)
    assert [row["author"] for row in best] == sorted(key for key in rank if rank[key] <= 3)
    assert best.count() == len(best) == sum(place <= 3 for place in rank.values())
    assert [row["author"] for row in best.ranked("-rank")] == [
        key for key in sorted(rank, key=lambda key: (-rank[key], key)) if rank[key] <= 3
    ]


def test_what_follows_a_choice_of_groups_never_ranks_again(rows):
    groups = measured(rows)
    rank = {key: 1 + sum(other > total for _, _, other in groups) for key, _, total in groups}
    counts = {key: count for key, count, _ in groups}
    least = min(counts[key] for key in rank if rank[key] <= 3)
    chosen = by_author().with_rank("-total").at_most(rank=3)
    assert {row["author"]: row["rank"] for row in chosen.above(count=least)} == {
        key: place for key, place in rank.items() if place <= 3 and counts[key] > least
    }
    whole = sum(total for key, _, total in groups if rank[key] <= 3)
    assert sum(row["total_share"] for row in chosen.with_share("total")) == pytest.approx(1)
    assert {row["author"]: row["total_share"] for row in chosen.with_share("total")} == {
        key: pytest.approx(total / whole) for key, _, total in groups if rank[key] <= 3
    }
    again = chosen.with_rank("count", method="row", as_="place").at_most(place=1)
    assert [row["author"] for row in again] == [min((counts[key], key) for key in rank if rank[key] <= 3)[1]]


def test_groups_that_are_chosen_take_no_measures(rows):
    chosen = by_author().with_rank("-total").at_most(rank=3)
    with pytest.raises(WrongShape, match="measure before them"):
        chosen.with_count(as_="again")
    with pytest.raises(WrongShape, match="cannot add a key"):
        chosen.per("status")


def test_a_filter_before_the_choice_changes_the_window(rows):
    groups = [group for group in measured(rows) if group[1] > 11]
    found = by_author().with_share("count").above(count=11)
    whole = sum(count for _, count, _ in groups)
    assert {row["author"]: row["count_share"] for row in found} == {
        key: pytest.approx(count / whole) for key, count, _ in groups
    }
    assert 0 < len(groups) < len(measured(rows))


def test_windows_over_groups_with_a_null_key(rows):
    groups = rows.per(lambda post: (post.category_id, post.status))
    found = Post.objects.count_by("category", "status").with_share("count", per="category")
    for row in found:
        mates = sum(len(posts) for key, posts in groups.items() if key[0] == row["category"])
        assert row["count_share"] == pytest.approx(len(groups[row["category"], row["status"]]) / mates)
    assert any(key[0] is None for key in groups)


def test_groups_of_django_take_windows_too(rows):
    found = Post.objects.values("author").annotate(n=Count("pk")).with_rank("-n").with_share("n")
    counts = {key: count for key, count, _ in measured(rows)}
    assert {row["author"]: row["rank"] for row in found} == {
        key: 1 + sum(other > count for other in counts.values()) for key, count in counts.items()
    }
    assert {row["author"] for row in found.at_most(rank=2).by(rank=1)} == {
        key for key, count in counts.items() if count == max(counts.values())
    }


def test_windows_of_nothing_are_nothing(db):
    Post.objects.all().delete()
    chain = Post.objects.with_running("views").with_share("views").with_rank("views", over="all").with_change("views")
    assert list(chain) == []
    assert list(Post.objects.count_by("author").with_running("count").with_share().with_rank("-count").by(rank=1)) == []
    assert list(Comment.objects.with_session(timedelta(hours=1), "user")) == []
