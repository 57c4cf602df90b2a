"""A row and its peers against Python: NULLs, ties, single rows, the chain and the whole table."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from statistics import median

import pytest
from django.db.models import Avg, Count, Max, Min, Sum

from example_project.content.models import Category, Comment, Post, User
from querysets import P

from .conftest import NOON

EARLIER = NOON - timedelta(hours=12)


def pks(queryset):
    return sorted(row.pk for row in queryset)


def category(post):
    return post.category_id


def author(post):
    return post.author_id


def newest(posts):
    return max(posts, key=lambda post: (post.created_at, post.pk))


def test_aggregates_of_the_group_stand_beside_each_row(rows):
    groups = rows.per(category)
    found = Post.objects.with_peers(
        "category",
        best=Max("rating"),
        prices=Count("price"),
        spread=Max("views") - Min("views"),
        drafts=Count("pk", filter=P.by(status="draft")),
    )
    for row in found:
        posts = groups[row.category_id]
        assert row.best == max(post.rating for post in posts)
        assert row.prices == sum(post.price is not None for post in posts)
        assert row.spread == max(post.views for post in posts) - min(post.views for post in posts)
        assert row.drafts == sum(post.status == "draft" for post in posts)
    assert None in groups
    assert len(found) == len(rows.posts)


@pytest.mark.parametrize("over", ["chain", "all"])
def test_over_says_whose_group_it_is(rows, over):
    drafts = [post for post in rows.posts if post.status == "draft"]
    seen = drafts if over == "chain" else rows.posts
    for chain in (
        Post.objects.by(status="draft").with_peers(
            ["category", "author"], over=over, most=Max("views"), all=Sum("views")
        ),
        Post.objects.with_peers(["category", "author"], over=over, most=Max("views"), all=Sum("views")).by(
            status="draft"
        ),
    ):
        assert pks(chain) == sorted(post.pk for post in drafts)
        for row in chain:
            mates = [p.views for p in seen if (p.category_id, p.author_id) == (row.category_id, row.author_id)]
            assert (row.most, row.all) == (max(mates), sum(mates))


def test_no_group_is_all_rows(rows):
    total = sum(post.views for post in rows.posts)
    assert {row.total for row in Post.objects.with_peers((), total=Sum("views"))} == {total}


def test_groups_have_peers_too(rows):
    groups = rows.per(lambda post: (post.category_id, post.author_id))
    found = Post.objects.count_by("category", "author").with_peers("category", most=Max("count"), mean=Avg("count"))
    for row in found:
        mates = [len(posts) for key, posts in groups.items() if key[0] == row["category"]]
        assert (row["most"], row["mean"]) == (max(mates), pytest.approx(sum(mates) / len(mates)))


STATS = {"avg": lambda found: sum(map(Fraction, found)) / len(found), "median": median, "min": min, "max": max}


@pytest.mark.parametrize("leave_one_out", [False, True])
@pytest.mark.parametrize("stat", STATS)
@pytest.mark.parametrize("field", ["views", "price", "rating"])
def test_above_the_stat_of_the_group(rows, field, stat, leave_one_out):
    for factor in (1, 1.5):
        expected = []
        for posts in rows.per(lambda post: (post.author_id, post.status)).values():
            valued = [post for post in posts if getattr(post, field) is not None]
            for post in valued:
                others = [getattr(p, field) for p in valued if not (leave_one_out and p is post)]
                if others and getattr(post, field) > Fraction(factor) * Fraction(STATS[stat](others)):
                    expected.append(post.pk)
        chosen = Post.objects.above_peers(
            field, ("author", "status"), stat=stat, factor=factor, leave_one_out=leave_one_out
        )
        assert pks(chosen) == sorted(expected)
    assert bool(expected) == (stat != "max" or leave_one_out)


def test_one_row_alone_has_no_others(rows):
    one = Post.objects.by(pk=rows.posts[0].pk)
    for stat in STATS:
        assert list(one.above_peers("views", stat=stat, leave_one_out=True)) == []
        assert list(one.above_peers("views", stat=stat)) == []
        assert pks(one.above_peers("views", stat=stat, factor=0)) == (pks(one) if rows.posts[0].views else [])


def test_the_average_is_that_of_the_chain_and_does_not_move(rows):
    drafts = [post for post in rows.posts if post.status == "draft"]
    mean = sum(post.views for post in drafts) / len(drafts)
    above = [post for post in drafts if post.views > mean]
    chosen = Post.objects.by(status="draft").above_peers("views")
    assert pks(chosen) == sorted(post.pk for post in above)
    assert pks(chosen.at_least(rating=1.5)) == sorted(post.pk for post in above if post.rating >= 1.5)
    assert chosen.count_by("author").count() == len({post.author_id for post in above})


def test_a_choice_keeps_the_windows_before_it(rows):
    """Rows without a price are not looked at, but they had their places."""
    place = {row.pk: row.rank for row in Post.objects.with_rank("-views", method="row")}
    for chosen in (
        Post.objects.with_rank("-views", method="row").above_peers("price"),
        Post.objects.with_rank("-views", method="row").outliers("price", "sigma", 0.9),
        Post.objects.with_rank("-views", method="row").duplicated("price"),
        Post.objects.with_rank("-views", method="row").within_budget("price", 100, "pk"),
    ):
        assert {row.pk: row.rank for row in chosen} == {pk: place[pk] for pk in pks(chosen)}
        assert 0 < len(chosen) < len(rows.posts)


@pytest.mark.parametrize("group", ["category", "author"])
def test_the_latest_of_each_group_and_the_rest(rows, group):
    groups = rows.per(lambda post: getattr(post, f"{group}_id"))
    latest = {newest(posts).pk for posts in groups.values()}
    assert set(pks(Post.objects.latest_per(group))) == latest
    assert set(pks(Post.objects.superseded(group))) == {post.pk for post in rows.posts} - latest


def test_latest_by_other_keys(rows):
    groups = rows.per(lambda post: (post.category_id, post.status))
    best = {max(posts, key=lambda post: (post.rating, post.pk)).pk for posts in groups.values()}
    assert set(pks(Post.objects.latest_per(["category", "status"], "-rating"))) == best
    first = {min(posts, key=lambda post: (post.created_at, post.pk)).pk for posts in groups.values()}
    assert (
        set(pks(Post.objects.superseded(["category", "status"], by="created_at")))
        == {post.pk for post in rows.posts} - first
    )


@pytest.mark.parametrize(
    ("narrowed", "kept"),
    [
        (lambda chain: chain.at_most(created_at=EARLIER), lambda p: p.created_at <= EARLIER),
        (lambda chain: chain.by(status="draft"), lambda p: p.status == "draft"),
        (lambda chain: chain.having("comments"), lambda p: p.commented),
        (lambda chain: chain.by(author__username="u1"), lambda p: p.author.username == "u1"),
        (lambda chain: chain.none_of(P.by(category=None)), lambda p: p.category_id is not None),
    ],
)
def test_the_latest_is_taken_among_the_rows_of_the_chain(rows, narrowed, kept):
    commented = {comment.post_id for comment in rows.comments}
    for post in rows.posts:
        post.commented = post.pk in commented
    for group in ("category", "author"):
        groups = {}
        for post in filter(kept, rows.posts):
            groups.setdefault(getattr(post, f"{group}_id"), []).append(post)
        assert pks(narrowed(Post.objects).latest_per(group)) == sorted(newest(posts).pk for posts in groups.values())


def joins_groups(queryset):
    return "LATERAL" in str(queryset.query)


def test_groups_are_looked_up_one_by_one_where_the_index_answers_all():
    assert joins_groups(Post.objects.latest_per("category"))
    assert joins_groups(Post.objects.at_most(created_at=EARLIER).latest_per("category"))
    assert joins_groups(Post.objects.at_most(created_at=EARLIER).excluding(pk=7).top_per("category", 3))
    for chain in (
        Post.objects.by(status="draft"),
        Post.objects.having("comments"),
        Post.objects.by(author__username="u1"),
        Post.objects.ranked().limited(20),
        Post.objects.with_rank("-rating"),
    ):
        assert not joins_groups(chain.latest_per("category"))


def test_superseded_rows_are_deleted(rows):
    kept = {}
    for comment in sorted(rows.comments, key=lambda c: (c.created_at, c.pk)):
        kept.setdefault((comment.post_id, comment.user_id, comment.score), comment.pk)
    gone = Comment.objects.superseded(["post", "user", "score"], by="created_at").delete()[0]
    assert gone == len(rows.comments) - len(kept) > 0
    assert pks(Comment.objects.all()) == sorted(kept.values())


def test_peers_of_nothing_are_nothing(db):
    User.objects.all().delete()
    Category.objects.all().delete()
    assert list(Post.objects.with_peers("category", over="all", best=Max("rating"))) == []
    for chain in (
        Post.objects.above_peers("views", stat="median", leave_one_out=True),
        Post.objects.latest_per("author"),
        Post.objects.superseded("author"),
    ):
        assert list(chain) == []
