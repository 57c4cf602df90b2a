"""Groupings against plain Python: aggregates, matrices, bins, elements, subtotals, and what comes before and after."""

from __future__ import annotations

import math
import statistics
from collections import Counter

import pytest
from django.db.models import Avg, Count, F, Max, Min, Q, Sum, Value
from django.db.models.functions import ExtractDay, Lower, Mod

from example_project.content.models import Category, Comment, Post, User
from querysets import ArgMax, P, Percentile
from querysets.errors import AliasClash, ToManyPath, UnknownField, WrongShape


def last(key):
    return tuple((part is None, part) for part in key) if isinstance(key, tuple) else (key is None, key)


def answers(rows):
    """How many comments each post has."""
    return Counter(c.post_id for c in rows.comments)


class TestAggBy:
    def test_measures_each_group_null_included(self, rows):
        groups = rows.per(lambda p: p.category_id)
        found = list(
            Post.objects.agg_by(
                "category", n=Count("*"), best=Max("rating"), total=Sum("price"), span=Max("views") - Min("views")
            )
        )
        assert [row["category"] for row in found] == sorted(groups, key=last)
        for row in found:
            posts = groups[row["category"]]
            prices = [p.price for p in posts if p.price is not None]
            views = [p.views for p in posts]
            assert list(row) == ["category", "n", "best", "total", "span"]
            assert row["n"] == len(posts)
            assert row["best"] == max(p.rating for p in posts)
            assert row["total"] == (sum(prices) if prices else None)
            assert row["span"] == max(views) - min(views)

    def test_keys_may_be_paths_and_expressions(self, rows):
        groups = rows.per(lambda p: (p.author.username, p.title.lower(), p.views % 2))
        found = Post.objects.agg_by("author__username", name=Lower("title"), odd=Mod("views", 2), most=Max("likes"))
        assert {(r["author__username"], r["name"], r["odd"]): r["most"] for r in found} == {
            key: max(p.likes for p in posts) for key, posts in groups.items()
        }
        assert list(found[0]) == ["author__username", "name", "odd", "most"]

    def test_a_name_is_a_group_of_its_own_only_beside_its_key(self, rows):
        Category.objects.update(name="namesake")
        assert Post.objects.agg_by("category", "category__name", n=Count("pk")).count() == 4
        merged = {r["category__name"]: r["n"] for r in Post.objects.agg_by("category__name", n=Count("pk"))}
        free = sum(p.category_id is None for p in rows.posts)
        assert merged == {"namesake": len(rows.posts) - free, None: free}

    def test_an_aggregate_counts_the_rows_that_meet_its_filter(self, rows):
        comments = answers(rows)
        ones = {c.post_id for c in rows.comments if c.score == 1}
        found = Post.objects.agg_by(
            "status",
            free=Count("pk", P.by(price=None)),
            cheap=Count("pk", filter=Q(price=0)),
            discussed=Count("*", filter=None) - Count("pk", P.lacking("comments")),
            ones=Count("pk", filter=Q(comments__score=1)),
            liked=Sum("likes", filter=P.at_least(rating=1) & ~P.by(price=5)),
            top=ArgMax("title", by="rating", filter=P.by(views=0)),
        )
        for row in found:
            posts = rows.per(lambda p: p.status)[row["status"]]
            assert row["free"] == sum(p.price is None for p in posts)
            assert row["cheap"] == sum(p.price == 0 for p in posts)
            assert row["discussed"] == sum(comments[p.pk] > 0 for p in posts)
            assert row["ones"] == sum(p.pk in ones for p in posts)
            assert row["liked"] == sum(p.likes for p in posts if p.rating >= 1 and p.price != 5)
            quiet = [p for p in posts if p.views == 0]
            assert row["top"] == (max(quiet, key=lambda p: (p.rating, p.pk)).title if quiet else None)

    def test_what_was_annotated_can_be_measured(self, rows):
        comments = answers(rows)
        found = Post.objects.with_count("comments").agg_by("status", total=Sum("comments_count"), n=Count("pk"))
        for row in found:
            posts = rows.per(lambda p: p.status)[row["status"]]
            assert (row["total"], row["n"]) == (sum(comments[p.pk] for p in posts), len(posts))

    def test_a_window_can_be_measured_and_keeps_its_values(self, rows):
        rank = {p.pk: 1 + sum(other.rating > p.rating for other in rows.posts) for p in rows.posts}
        best = {k: min(rank[p.pk] for p in posts) for k, posts in rows.per(lambda p: p.status).items()}
        found = Post.objects.with_rank("-rating").agg_by("status", first=Min("rank"))
        assert {row["status"]: row["first"] for row in found} == best
        draft = Post.objects.with_rank("-rating").agg_by("status", first=Min("rank")).by(status="draft")
        assert [row["first"] for row in draft] == [best["draft"]]

    @pytest.mark.parametrize(
        "chain",
        [
            lambda posts: posts.filter(comments__score=1),
            lambda posts: posts.filter(comments__score=1).distinct(),
            lambda posts: posts.having("comments", score=1),
            lambda posts: posts.filter(comments__score=1).select_related("author").order_by("created_at"),
            lambda posts: posts.filter(comments__score=1).annotate(n=Count("comments")),
            lambda posts: posts.filter(comments__score=1).ranked("title"),
        ],
    )
    def test_rows_count_once_whatever_came_before(self, rows, chain):
        matching = {c.post_id for c in rows.comments if c.score == 1}
        groups = {k: [p for p in posts if p.pk in matching] for k, posts in rows.per(lambda p: p.status).items()}
        expected = {k: (len(posts), sum(p.views for p in posts)) for k, posts in groups.items() if posts}
        found = chain(Post.objects.all()).agg_by("status", posts=Count("*"), seen=Sum("views"))
        assert {row["status"]: (row["posts"], row["seen"]) for row in found} == expected

    def test_of_a_selection_or_a_slice(self, rows):
        top = sorted(rows.posts, key=lambda p: (-p.rating, -p.pk))[:20]
        expected = {k: sum(p.views for p in top if p.status == k) for k in {p.status for p in top}}
        for chosen in (Post.objects.ranked()[:20], Post.objects.ranked().limited(20)):
            assert {r["status"]: r["seen"] for r in chosen.agg_by("status", seen=Sum("views"))} == expected

    def test_conditions_on_measures_combine(self, rows):
        groups = {
            k: (len(posts), statistics.mean(p.views for p in posts))
            for k, posts in rows.per(lambda p: p.author_id).items()
        }
        many, busy = sorted(n for n, _ in groups.values())[2], sorted(m for _, m in groups.values())[2]
        found = Post.objects.agg_by("author", n=Count("pk"), mean=Avg("views"))
        either = {k for k, (n, m) in groups.items() if n > many or m > busy}
        assert {r["author"] for r in found.any_of(P.above(n=many), P.above(mean=busy))} == either
        assert {r["author"] for r in found.none_of(P.above(n=many), P.above(mean=busy))} == set(groups) - either
        assert {r["author"] for r in found.within(n=(many, None)).above(mean=F("n"))} == {
            k for k, (n, m) in groups.items() if n >= many and m > n
        }
        counted = Post.objects.per("author").with_count().above(count=many)
        assert {r["author"] for r in counted} == {k for k, (n, _) in groups.items() if n > many}

    @pytest.mark.usefixtures("rows")
    def test_of_nothing_there_are_no_groups(self):
        Post.objects.all().delete()
        assert list(Post.objects.agg_by("status", n=Count("pk"))) == []

    def test_a_field_beside_an_aggregate_must_be_a_key(self, rows):
        with pytest.raises(WrongShape, match="'views' is neither a key nor a measure"):
            Post.objects.agg_by("status", gap=Max("views") - F("views"))
        gaps = {(r["views"], r["gap"]) for r in Post.objects.agg_by("views", gap=Max("likes") - F("views"))}
        assert gaps == {(k, max(p.likes for p in posts) - k) for k, posts in rows.per(lambda p: p.views).items()}


class TestAggregatesOfAggregates:
    def test_a_distribution_of_counts(self, rows):
        comments = answers(rows)
        expected = Counter(comments[p.pk] for p in rows.posts)
        found = Post.objects.with_count("comments").count_by("comments_count", as_="posts")
        assert list(found) == [{"comments_count": k, "posts": expected[k]} for k in sorted(expected)]
        many = {k for k, n in expected.items() if n > 4}
        assert {r["comments_count"] for r in found.above(posts=4)} == many

    def test_aggregates_of_a_count_are_over_all_rows(self, rows):
        counts = Counter(p.author_id for p in rows.posts)
        numbers = [counts[user.pk] for user in rows.users]
        found = User.objects.with_count("posts").aggregate(
            mean=Avg("posts_count"), middle=Percentile("posts_count", 0.5), most=Max("posts_count")
        )
        assert found == {
            "mean": pytest.approx(statistics.mean(numbers)),
            "middle": statistics.median(numbers),
            "most": max(numbers),
        }


class TestPivot:
    def test_counts_each_value_in_a_column_of_its_own(self, rows):
        groups = rows.per(lambda p: (p.category_id, p.category and p.category.name))
        found = list(Post.objects.pivot(("category", "category__name"), "status", ["draft", "stale", "urgent"]))
        assert found == [
            {
                "category": key[0],
                "category__name": key[1],
                "status_draft": sum(p.status == "draft" for p in groups[key]),
                "status_stale": sum(p.status == "stale" for p in groups[key]),
                "status_urgent": 0,
            }
            for key in sorted(groups, key=last)
        ]

    def test_without_values_it_has_the_choices_of_the_field(self, rows, django_assert_num_queries):
        with django_assert_num_queries(0):
            matrix = Post.objects.pivot("language", "status")
        (row,) = matrix
        assert list(row) == ["language", *(f"status_{value}" for value in Post.Status.values)]
        assert sum(row[name] for name in list(row)[1:]) == len(rows.posts)

    def test_null_true_and_numbers_are_values(self, rows):
        groups = rows.per(lambda p: p.status)
        for row in Post.objects.pivot("status", "price", [None, 0, 5]):
            posts = groups[row["status"]]
            assert row["price_null"] == sum(p.price is None for p in posts)
            assert (row["price_0"], row["price_5"]) == tuple(sum(p.price == n for p in posts) for n in (0, 5))
        (row,) = Post.objects.pivot("language", "is_active", [True, False])
        assert (row["is_active_True"], row["is_active_False"]) == (len(rows.posts), 0)

    @pytest.mark.usefixtures("rows")
    def test_names_are_made_identifiers(self):
        names = list(Post.objects.pivot("language", "title", ["Same", "a b", "x--y", "é!", "", 1.5])[0])
        assert names[1:] == ["title_Same", "title_a_b", "title_x_y", "title_é", "title_blank", "title_1_5"]
        assert list(Post.objects.pivot("language", "author__username", ["u1"])[0]) == ["language", "author_username_u1"]

    def test_two_values_of_one_name_are_refused(self):
        with pytest.raises(ValueError, match=r"pivot\(\): 'a b', 'a-b' would all be the column 'title_a_b'"):
            Post.objects.pivot("status", "title", ["a b", "x", "a-b"])

    def test_a_measure_has_the_rows_of_each_value(self, rows):
        groups = rows.per(lambda p: p.author_id)
        found = Post.objects.pivot(
            "author", "status", ["draft", "urgent"], Sum("views", filter=Q(likes__gt=1), default=0)
        )
        for row in found:
            drafts = [p for p in groups[row["author"]] if p.status == "draft" and p.likes > 1]
            assert (row["status_draft"], row["status_urgent"]) == (sum(p.views for p in drafts), 0)
        means = Post.objects.pivot("author", "status", ["draft"], Sum("likes") * 1.0 / Count("*"))
        for row in means:
            drafts = [p.likes for p in groups[row["author"]] if p.status == "draft"]
            assert row["status_draft"] == (pytest.approx(statistics.mean(drafts)) if drafts else None)

    def test_rows_and_columns_may_be_annotations(self, rows):
        comments = answers(rows)
        found = Post.objects.annotate(day=ExtractDay("created_at")).with_count("comments")
        groups = rows.per(lambda p: p.created_at.day)
        for row in found.pivot("day", "comments_count", range(3)):
            posts = groups[row["day"]]
            for n in range(3):
                assert row[f"comments_count_{n}"] == sum(comments[p.pk] == n for p in posts)

    def test_a_column_may_be_a_rank(self, rows):
        best = max(p.rating for p in rows.posts)
        groups = rows.per(lambda p: p.status)
        for row in Post.objects.with_rank("-rating").pivot("status", "rank", [1]):
            assert row["rank_1"] == sum(p.rating == best for p in groups[row["status"]])

    def test_columns_are_measures(self, rows):
        matrix = Post.objects.pivot("author", "status", ["draft", "stale"])
        drafts = Counter(p.author_id for p in rows.posts if p.status == "draft")
        bound = sorted(drafts.values())[1]
        assert {r["author"] for r in matrix.above(status_draft=bound)} == {k for k, n in drafts.items() if n > bound}
        found = [r["status_draft"] for r in matrix.ranked("-status_draft")]
        assert found == sorted(found, reverse=True)

    def test_further_keys_come_first(self, rows):
        groups = rows.per(lambda p: (p.author_id, p.category_id))
        found = Post.objects.per("author").pivot("category", "status", ["draft"])
        assert {(r["author"], r["category"]): r["status_draft"] for r in found} == {
            key: sum(p.status == "draft" for p in posts) for key, posts in groups.items()
        }


class TestHistogram:
    def test_each_bin_includes_its_lower_end_and_the_last_both(self, rows):
        values = [-0.5, 0, 0.5, 1, 1.25, 2, 2.5, 2.75]
        places = [0, 1, 1, 2, 2, 3, 3, 4]  # three bins on 0..2.5 would begin at 0, 0.83, 1.67
        Comment.objects.all().delete()
        for value in values:
            Comment.objects.create(post=rows.posts[0], user=rows.users[0], content="", score=int(value * 100))
        Comment.objects.create(post=rows.posts[0], user=rows.users[0], content="", score=None)
        found = list(Comment.objects.histogram("score", 0, 250, 3))
        edges = [0, 250 / 3, 500 / 3, 250]
        expected = Counter(
            0 if v < 0 else 4 if v > 2.5 else min(3, 1 + sum(v * 100 >= edge for edge in edges[1:])) for v in values
        )
        assert [expected[n] for n in range(5)] == [places.count(n) for n in range(5)]
        assert [(r["bin"], r["count"]) for r in found] == [*sorted(expected.items()), (None, 1)]
        ends = {0: (None, 0), 1: (0, 250 / 3), 2: (250 / 3, 500 / 3), 3: (500 / 3, 250), 4: (250, None)}
        for row in found[:-1]:
            assert (row["bin_low"], row["bin_high"]) == pytest.approx(ends[row["bin"]])
        assert list(found[-1].values()) == [None, None, None, 1]

    def test_edges_that_floats_cannot_hold_are_still_the_ends_of_one_bin(self, rows):
        values = [n / 10 for n in range(11)]
        for post, value in zip(rows.posts, values, strict=False):
            Post.objects.filter(pk=post.pk).update(rating=value)
        found = Post.objects.filter(pk__in=[p.pk for p in rows.posts[:11]]).histogram("rating", 0, 1, 10)
        assert [(r["bin"], r["count"]) for r in found] == [*((n, 1) for n in range(1, 10)), (10, 2)]

    def test_on_a_logarithmic_scale_each_bin_ends_at_a_multiple_of_its_start(self, rows):
        Post.objects.update(views=0)
        for post, value in zip(rows.posts, [0, 1, 2, 3, 4, 7, 8, 1023, 1024, 1025], strict=False):
            Post.objects.filter(pk=post.pk).update(views=value)
        first = Post.objects.filter(pk__in=[p.pk for p in rows.posts[:10]])
        found = list(first.histogram("views", 1, 1024, 10, scale="log2", as_="octave"))
        assert [(r["octave"], r["count"]) for r in found] == [(0, 1), (1, 1), (2, 2), (3, 2), (4, 1), (10, 2), (11, 1)]
        assert [(r["octave_low"], r["octave_high"]) for r in found[1:-1]] == [
            (2.0 ** (n - 1), 2.0**n) for n in (1, 2, 3, 4, 10)
        ]
        wide = first.histogram("views", 1, 1000, 3, scale="log2")
        assert [math.isclose(r["bin_high"] / r["bin_low"], 10) for r in wide if r["bin_low"] and r["bin_high"]]

    def test_of_decimals_and_of_counts(self, rows):
        prices = Counter(
            None if p.price is None else 1 if p.price < 5 else 2 if p.price <= 10 else 3 for p in rows.posts
        )
        assert {r["bin"]: r["count"] for r in Post.objects.histogram("price", 0, 10, 2)} == prices
        comments = Counter(min(answers(rows)[p.pk], 3) for p in rows.posts)
        found = Post.objects.with_count("comments").histogram("comments_count", 0, 3, 3)
        expected = Counter()
        for number, posts in comments.items():
            expected[min(number, 2) + 1] += posts
        over = sum(answers(rows)[p.pk] > 3 for p in rows.posts)
        expected[3] -= over
        expected[4] += over
        assert {r["bin"]: r["count"] for r in found} == {k: n for k, n in expected.items() if n}

    def test_bins_are_groups(self, rows):
        found = Post.objects.per("status").histogram("rating", 0, 5, 5).with_count("comments").above(count=1)
        comments = answers(rows)
        groups = rows.per(lambda p: (p.status, min(5, 1 + int(p.rating))))
        assert {(r["status"], r["bin"]): (r["count"], r["comments_count"]) for r in found} == {
            k: (len(posts), sum(comments[p.pk] for p in posts)) for k, posts in groups.items() if len(posts) > 1
        }

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ((5, 5, 3), ValueError, "low must be below high, got 5 and 5"),
            ((0, 5, 0), ValueError, "bins must be in 1..10000, got 0"),
            ((0, float("nan"), 3), TypeError, "high must be a number, got nan"),
            ((True, 5, 3), TypeError, "low must be a number, got True"),
        ],
    )
    def test_ends_that_are_none_are_refused(self, arguments, error, message):
        with pytest.raises(error, match=message):
            Post.objects.histogram("rating", *arguments)


class TestElements:
    def test_a_row_counts_once_for_each_of_its_elements(self, rows):
        tags = [["a", "a", "b"], ["b"], [], None, ["a", None], ["B"]]
        Post.objects.exclude(pk__in=[p.pk for p in rows.posts[:6]]).delete()
        for post, own in zip(rows.posts, tags, strict=False):
            Post.objects.filter(pk=post.pk).update(tags=own)
        assert list(Post.objects.count_by_element()) == [
            {"element": "B", "count": 1},
            {"element": "a", "count": 2},
            {"element": "b", "count": 2},
            {"element": None, "count": 1},
        ]
        assert Post.objects.count_by_element().count() == 4

    def test_elements_are_groups(self, rows):
        expected = Counter(tag for p in rows.posts for tag in p.tags or ())
        found = Post.objects.count_by_element("tags", as_="tag")
        assert {r["tag"]: r["count"] for r in found} == expected
        assert [r["tag"] for r in found.ranked("-count")] == [tag for tag, _ in expected.most_common()]
        assert list(found.by(tag="b")) == [{"tag": "b", "count": expected["b"]}]
        assert {r["tag"] for r in found.above(count=expected["b"])} == {"a"}
        comments = answers(rows)
        for row in found.with_count("comments"):
            assert row["comments_count"] == sum(comments[p.pk] for p in rows.posts if row["tag"] in (p.tags or ()))

    def test_of_each_group_of_a_selection_and_of_multiplied_rows(self, rows):
        expected = Counter((p.status, tag) for p in rows.posts for tag in p.tags or ())
        found = Post.objects.per("status").count_by_element("tags")
        assert {(r["status"], r["element"]): r["count"] for r in found} == expected
        top = sorted(rows.posts, key=lambda p: (-p.rating, -p.pk))[:15]
        best = Counter(tag for p in top for tag in p.tags or ())
        for chosen in (Post.objects.ranked()[:15], Post.objects.ranked().limited(15)):
            assert {r["element"]: r["count"] for r in chosen.count_by_element()} == best
        ones = {c.post_id for c in rows.comments if c.score == 1}
        joined = Counter(tag for p in rows.posts if p.pk in ones for tag in p.tags or ())
        assert {r["element"]: r["count"] for r in Post.objects.filter(comments__score=1).count_by_element()} == joined

    def test_of_an_array_beyond_a_relation(self, rows):
        tags = {p.pk: p.tags for p in rows.posts}
        expected = Counter(tag for c in rows.comments for tag in tags[c.post_id] or ())
        assert {r["element"]: r["count"] for r in Comment.objects.count_by_element("post__tags")} == expected

    def test_in_a_subquery(self, rows):
        common = Post.objects.count_by_element().above(count=1).values("element")
        expected = {tag for tag, n in Counter(t for p in rows.posts for t in p.tags or ()).items() if n > 1}
        assert set(Category.objects.annotate(x=Value("a")).filter(x__in=common).values_list("x", flat=True)) == (
            {"a"} & expected
        )


class TestSubtotals:
    def expected(self, rows, keys, measure, units=None):
        """The groups of all keys, and those without the last units of them, as ``{(keys, level): measure}``."""
        units = units or [(place,) for place in range(len(keys))]
        found = {}
        for level in range(len(units) + 1):
            gone = {place for unit in units[len(units) - level :] for place in unit}
            for post in rows.posts:
                key = tuple(None if place in gone else of(post) for place, of in enumerate(keys))
                found.setdefault((key, level), []).append(post)
        return {key: measure(posts) for key, posts in found.items()}

    def test_each_level_is_measured_anew(self, rows):
        keys = (lambda p: p.category_id, lambda p: p.status)
        found = Post.objects.agg_by(
            "category", "status",
            n=Count("pk"), mean=Avg("rating"), middle=Percentile("views", 0.5), authors=Count("author", distinct=True),
        ).subtotals()  # fmt: skip
        expected = self.expected(
            rows, keys,
            lambda posts: (
                len(posts), pytest.approx(statistics.mean(p.rating for p in posts)),
                statistics.median(p.views for p in posts), len({p.author_id for p in posts}),
            ),
        )  # fmt: skip
        assert {
            ((r["category"], r["status"]), r["level"]): (r["n"], r["mean"], r["middle"], r["authors"]) for r in found
        } == expected
        assert found.count() == len(expected)
        assert list(found[0]) == ["category", "status", "level", "n", "mean", "middle", "authors"]

    def test_a_total_is_told_from_a_group_without_a_key(self, rows):
        found = list(Post.objects.count_by("category").subtotals())
        free = sum(p.category_id is None for p in rows.posts)
        assert found[-2:] == [
            {"category": None, "level": 0, "count": free},
            {"category": None, "level": 1, "count": len(rows.posts)},
        ]

    def test_each_total_stands_behind_its_groups(self, rows):
        found = [
            (r["category"], r["status"], r["level"]) for r in Post.objects.count_by("category", "status").subtotals()
        ]
        groups = rows.per(lambda p: (p.category_id, p.status))
        expected = []
        for category in sorted({key for key, _ in groups}, key=last):
            expected += [(category, status, 0) for status in sorted(s for k, s in groups if k == category)]
            expected.append((category, None, 1))
        assert found == [*expected, (None, None, 2)]

    def test_some_keys_are_summed_up_others_kept_and_some_go_together(self, rows):
        three = (lambda p: p.category_id, lambda p: p.category and p.category.name, lambda p: p.status)
        grouped = Post.objects.count_by("category", "category__name", "status")
        for given, units in (
            (("status",), [(2,)]),
            ((("category", "category__name"), "status"), [(0, 1), (2,)]),
            (("status", ("category", "category__name")), [(2,), (0, 1)]),
        ):
            found = grouped.subtotals(*given)
            assert {
                ((r["category"], r["category__name"], r["status"]), r["level"]): r["count"] for r in found
            } == self.expected(rows, three, len, units)

    def test_keys_may_be_expressions_and_periods(self, rows):
        keys = (lambda p: p.created_at.date(), lambda p: p.views % 2)
        found = Post.objects.annotate(odd=Mod("views", 2)).bucketed("day", "UTC").per("odd").with_count().subtotals()
        assert {
            ((r["period"] and r["period"].date(), r["odd"]), r["level"]): r["count"] for r in found
        } == self.expected(rows, keys, len)

    def test_an_order_a_slice_and_windows_follow(self, rows):
        table = Post.objects.count_by("status").subtotals()
        assert table.ranked("-count")[0]["count"] == len(rows.posts)
        assert [r["status"] for r in table.ranked("-count")[1:2]] == [
            max(rows.per(lambda p: p.status).items(), key=lambda item: len(item[1]))[0]
        ]
        assert [r["place"] for r in table.with_rank("-count", per="level", as_="place") if r["level"] == 1] == [1]
        with pytest.raises(WrongShape, match="a finished series of groups"):
            table.by(status="draft")
        with pytest.raises(WrongShape, match="no further measures"):
            table.annotate(n=Value(1)).with_count(as_="again")

    def test_conditions_on_keys_and_rows_come_before(self, rows):
        found = Post.objects.at_least(rating=1).count_by("category", "status").by(status=["draft", "stale"]).subtotals()
        kept = [p for p in rows.posts if p.rating >= 1 and p.status in ("draft", "stale")]
        assert [r["count"] for r in found if r["level"] == 2] == [len(kept)]

    @pytest.mark.usefixtures("rows")
    def test_of_no_rows_there_is_no_total(self):
        assert list(Post.objects.filter(price=-1).count_by("status").subtotals()) == []
        assert list(Post.objects.none().count_by("status").subtotals()) == []

    def test_after_selections_and_multiplied_rows(self, rows):
        ones = {c.post_id for c in rows.comments if c.score == 1}
        found = Post.objects.filter(comments__score=1).count_by("status").subtotals()
        assert [r["count"] for r in found if r["level"] == 1] == [len(ones)]
        assert [r["count"] for r in Post.objects.ranked()[:7].count_by("status").subtotals() if r["level"]] == [7]

    @pytest.mark.parametrize(
        ("groups", "message"),
        [
            (lambda posts: posts, "needs groups"),
            (lambda posts: posts.per("status"), "needs measures"),
            (lambda posts: posts.count_by("status").above(count=2), "conditions on measures"),
            (lambda posts: posts.count_by("status").with_rank("-count"), "conditions on measures and windows"),
            (lambda posts: posts.count_by("status")[:2], "there may be none before it"),
        ],
    )
    def test_what_would_be_about_totals_is_refused(self, groups, message):
        with pytest.raises(WrongShape, match=message):
            groups(Post.objects.all()).subtotals()


class TestGroupKeys:
    def test_what_was_annotated_on_rows_can_be_a_key_or_measured_later(self, rows):
        comments = answers(rows)
        groups = rows.per(lambda p: (p.status, comments[p.pk]))
        found = Post.objects.with_count("comments").per("status").per("comments_count").with_count()
        assert {(r["status"], r["comments_count"]): r["count"] for r in found} == {k: len(v) for k, v in groups.items()}
        many = Post.objects.with_count("comments").per("status").with_count(None, P.above(comments_count=2), as_="many")
        assert {r["status"]: r["many"] for r in many} == {
            k: sum(comments[p.pk] > 2 for p in posts) for k, posts in rows.per(lambda p: p.status).items()
        }

    def test_measures_are_no_keys(self):
        with pytest.raises(WrongShape, match="cannot add a key to groups that have measures"):
            Post.objects.count_by("status").per("count")

    def test_a_foreign_key_gives_the_key(self, rows):
        assert {r["author"] for r in Post.objects.count_by("author")} == {p.author_id for p in rows.posts}

    def test_bad_names_are_refused(self):
        with pytest.raises(UnknownField, match="did you mean 'rating'"):
            Post.objects.agg_by("status", best=Max("ratin"))
        with pytest.raises(ToManyPath):
            Post.objects.agg_by("status", n=Count("comments"))
        with pytest.raises(AliasClash):
            Post.objects.agg_by("status", likes=Sum("likes"))
