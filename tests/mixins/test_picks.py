"""Picks against Python: members, ties, NULL groups, and what follows."""

from __future__ import annotations

import pytest
from django.db.models import Count, OuterRef, Subquery, Value, Window
from django.db.models.functions import Coalesce, RowNumber

from example_project.content.models import Category, Post, User
from querysets import P


def pks(queryset):
    return sorted(row.pk for row in queryset)


def best(posts, n):
    return sorted(posts, key=lambda post: (-post.rating, -post.pk))[:n]


def newest(posts, n):
    return sorted(posts, key=lambda post: (post.created_at, post.pk), reverse=True)[:n]


@pytest.mark.parametrize("via", ["auto", "distinct", "window", "groups"])
@pytest.mark.parametrize("group", ["category", "author"])
def test_top_one_per_group_is_the_newest_by_every_route(rows, via, group):
    expected = [
        post.pk for posts in rows.per(lambda p: getattr(p, f"{group}_id")).values() for post in newest(posts, 1)
    ]
    assert pks(Post.objects.top_per(group, via=via)) == sorted(expected)


@pytest.mark.parametrize("via", ["auto", "window", "groups"])
def test_top_three_per_group_by_a_key_with_ties(rows, via):
    expected = [post.pk for posts in rows.per(lambda p: p.category_id).values() for post in best(posts, 3)]
    assert pks(Post.objects.top_per("category", 3, by="-rating", via=via)) == sorted(expected)


@pytest.mark.parametrize("via", ["auto", "window", "groups"])
def test_a_pick_is_made_among_the_rows_of_the_chain(rows, via):
    drafts = [post for post in rows.posts if post.status == "draft"]
    expected = [
        p.pk for c in {p.category_id for p in drafts} for p in best([p for p in drafts if p.category_id == c], 2)
    ]
    assert pks(Post.objects.by(status="draft").top_per("category", 2, by="-rating", via=via)) == sorted(expected)


def test_what_follows_narrows_and_never_picks_again(rows):
    picked = [post for posts in rows.per(lambda p: p.author_id).values() for post in newest(posts, 2)]
    expected = sorted(post.pk for post in picked if post.status == "draft")
    assert pks(Post.objects.top_per("author", 2).by(status="draft")) == expected
    assert 0 < len(expected) < len(picked)


def test_ties_are_in_when_asked_for(rows):
    expected = []
    for posts in rows.per(lambda p: p.category_id).values():
        bound = best(posts, 2)[-1].rating
        expected += [post.pk for post in posts if post.rating >= bound]
    assert pks(Post.objects.top_per("category", 2, by="-rating", ties=True)) == sorted(expected)
    assert len(expected) > len(Post.objects.top_per("category", 2, by="-rating"))


def test_several_fields_make_one_group(rows):
    groups = rows.per(lambda p: (p.category_id, p.status))
    expected = [post.pk for posts in groups.values() for post in newest(posts, 1)]
    assert pks(Post.objects.top_per(["category", "status"])) == sorted(expected)


def test_none_of_each_is_no_row(rows):
    assert pks(Post.objects.top_per("category", 0)) == []


def test_a_window_before_a_pick_keeps_its_values(rows):
    numbered = {row.pk: row.place for row in Post.objects.annotate(place=Window(RowNumber(), order_by="pk"))}
    picked = Post.objects.annotate(place=Window(RowNumber(), order_by="pk")).top_per("author").ranked("pk")
    assert [row.place for row in picked] == [numbered[row.pk] for row in picked]


def test_the_root_pick_of_a_self_relation_makes_null_a_group(rows):
    Category.objects.filter(pk=rows.categories[1].pk).update(parent=rows.categories[0])
    expected = {rows.categories[1].pk, rows.categories[3].pk}
    assert set(pks(Category.objects.top_per("parent", by="-pk", via="groups"))) == expected
    assert set(pks(Category.objects.top_per("parent", by="-pk"))) == expected


def test_what_a_route_cannot_do_is_said(rows):
    with pytest.raises(ValueError, match="via='distinct' takes n=1"):
        Post.objects.top_per("author", 2, via="distinct")
    with pytest.raises(ValueError, match="via='groups' takes one foreign key"):
        Post.objects.top_per("status", via="groups")
    with pytest.raises(ValueError, match="n must be 0 or more, got -1"):
        Post.objects.top_per("author", -1)
    with pytest.raises(ValueError, match="via must be one of 'auto'"):
        Post.objects.top_per("author", via="magic")


@pytest.mark.parametrize("case", [True, False])
def test_duplicated_finds_every_copy(rows, case):
    def key(post):
        return post.title if case else post.title.lower()

    groups = rows.per(key)
    expected = sorted(post.pk for posts in groups.values() if len(posts) > 1 for post in posts)
    assert pks(Post.objects.duplicated("title", case=case)) == expected
    assert 0 < len(expected) < len(rows.posts)


def test_a_null_duplicates_nothing(rows):
    groups = rows.per(lambda p: (p.category_id, p.views, p.likes))
    expected = sorted(p.pk for key, posts in groups.items() if len(posts) > 1 and key[0] is not None for p in posts)
    assert pks(Post.objects.duplicated("category", "views", "likes")) == expected


def test_duplicated_looks_at_the_chain_only(rows):
    drafts = [post for post in rows.posts if post.status == "draft"]
    expected = sorted(p.pk for p in drafts if sum(q.title == p.title for q in drafts) > 1)
    assert pks(Post.objects.by(status="draft").duplicated("title")) == expected


def test_limited_takes_the_top_of_the_order_and_breaks_ties(rows):
    assert [p.pk for p in Post.objects.ranked().limited(7)] == [p.pk for p in best(rows.posts, 7)]
    assert [p.pk for p in Post.objects.limited(4)] == sorted(p.pk for p in rows.posts)[:4]
    assert pks(Post.objects.limited(0)) == []
    assert len(Post.objects.limited(1000)) == len(rows.posts)
    with pytest.raises(ValueError, match=r"content.Post: limited\(\): n must be 0 or more, got -1"):
        Post.objects.limited(-1)
    with pytest.raises(TypeError, match=r"n must be a whole number, got 2.5"):
        Post.objects.limited(2.5)


def test_a_new_order_acts_within_the_limit(rows):
    top = best(rows.posts, 9)
    within = sorted(top, key=lambda p: (p.views, p.pk))[:4]
    assert [p.pk for p in Post.objects.ranked().limited(9).ranked("views").limited(4)] == [p.pk for p in within]


def test_frozen_settles_a_join_that_multiplies(rows):
    joined = Post.objects.filter(comments__score=1)
    assert joined.count() > len(set(joined.values_list("pk", flat=True)))
    assert pks(joined.frozen()) == sorted({c.post_id for c in rows.comments if c.score == 1})


def test_a_selection_inside_a_related_test(rows):
    top = best(rows.posts, 5)
    expected = sorted({post.author_id for post in top if post.rating >= 2.5})
    assert (
        pks(User.objects.having("posts", P.by(pk=Post.objects.ranked().limited(5)), P.at_least(rating=2.5))) == expected
    )


def test_a_pick_inside_a_subquery_sees_the_outer_row(rows):
    expected = {
        u.pk: min((p.pk for p in newest([p for p in rows.posts if p.author_id == u.pk], 3)), default=None)
        for u in rows.users
    }
    picked = Post.objects.filter(author=OuterRef("pk")).newest().limited(3).ranked("pk").values("pk")[:1]
    assert {u.pk: u.least for u in User.objects.annotate(least=Subquery(picked))} == expected
    each = Post.objects.filter(author=OuterRef("pk"))
    by_category = {u.pk: len({p.category_id for p in rows.posts if p.author_id == u.pk}) for u in rows.users}
    counted = (
        each.top_per("category").order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk")).values("n")
    )
    found = User.objects.annotate(n=Coalesce(Subquery(counted), 0))
    assert {u.pk: u.n for u in found} == by_category
    with pytest.raises(ValueError, match="via='groups'"):
        each.top_per("category", via="groups")


def test_settings_of_the_chain_may_change_behind_a_selection(rows):
    tuned = Post.objects.tuned(work_mem="8MB").ranked().limited(3)
    assert len(tuned.tuned(work_mem="7MB")) == 3
