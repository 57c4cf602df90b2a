"""Pages after a cursor: every order, complete and without repeats."""

from __future__ import annotations

from itertools import pairwise

import pytest

from example_project.content.models import Post

ORDERS = {
    "one direction": (["-created_at"], lambda p: (-p.created_at.timestamp(), -p.pk)),
    "ascending": (["rating"], lambda p: (p.rating, p.pk)),
    "mixed": (["-rating", "created_at"], lambda p: (-p.rating, p.created_at, p.pk)),
    "null last, descending": (["-price", "rating"], lambda p: (p.price is None, -(p.price or 0), p.rating, p.pk)),
    "null last, ascending": (["category"], lambda p: (p.category_id is None, p.category_id or 0, p.pk)),
    "two with nulls": (
        ["-published_at", "price"],
        lambda p: (
            p.published_at is None,
            -(p.published_at.timestamp() if p.published_at else 0),
            p.price is None,
            p.price or 0,
            p.pk,
        ),
    ),
    "over a relation": (["author__username", "-views"], lambda p: (p.author.username, -p.views, -p.pk)),
    "the primary key": (["-pk"], lambda p: -p.pk),
}


def pages(queryset, by, size):
    cursor = None
    while rows := list(queryset.after(cursor, by).limited(size)):
        yield from rows
        cursor = rows[-1]


@pytest.mark.parametrize("name", ORDERS)
def test_the_pages_together_are_the_whole_in_order(rows, name):
    by, key = ORDERS[name]
    queryset = Post.objects.select_related("author")
    assert [p.pk for p in pages(queryset, by, 7)] == [p.pk for p in sorted(rows.posts, key=key)]


def test_a_mapping_serves_as_cursor(rows):
    ordered = sorted(rows.posts, key=lambda p: (p.created_at, p.pk), reverse=True)
    cursor = {"created_at": ordered[9].created_at, "id": ordered[9].pk}
    assert [p.pk for p in Post.objects.newest().after(cursor).limited(3)] == [p.pk for p in ordered[10:13]]


def test_an_annotation_can_be_a_key(rows):
    queryset = Post.objects.with_count("comments").ranked("-comments_count")
    counts = {p.pk: sum(c.post_id == p.pk for c in rows.comments) for p in rows.posts}
    expected = sorted(rows.posts, key=lambda p: (-counts[p.pk], -p.pk))
    found = []
    cursor = None
    while page := list(queryset.after(cursor)[:11]):
        found += page
        cursor = page[-1]
    assert [p.pk for p in found] == [p.pk for p in expected]


def test_rows_added_meanwhile_move_nothing(rows):
    first = list(Post.objects.newest().limited(5))
    newest = first[0]
    Post.objects.create(title="x", slug="x", content="", author=newest.author, created_at=newest.created_at)
    second = list(Post.objects.newest().after(first[-1]).limited(5))
    ordered = sorted(rows.posts, key=lambda p: (p.created_at, p.pk), reverse=True)
    assert [p.pk for p in second] == [p.pk for p in ordered[5:10]]


def test_one_direction_is_one_row_comparison(rows):
    sql = str(Post.objects.newest().after(rows.posts[0]).query)
    assert " OR " not in sql
    assert sql.count("<") == 1


def test_a_cursor_without_a_key_is_refused(rows):
    with pytest.raises(ValueError, match="the cursor lacks 'created_at', a key of the order; it has id"):
        Post.objects.newest().after({"id": 3})


def test_no_row_is_after_the_last(rows):
    last = Post.objects.ranked().last()
    assert not Post.objects.ranked().after(last).exists()
    for one, other in pairwise(Post.objects.ranked()):
        assert Post.objects.ranked().after(one).first() == other
