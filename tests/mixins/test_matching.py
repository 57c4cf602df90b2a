"""The rows of another queryset, and fields that differ, against Python."""

from __future__ import annotations

import pytest
from django.db.models import F, OuterRef, Q

from example_project.content.models import ArchivedPost, Bookmark, Category, Comment, Post, User
from querysets import P
from querysets.errors import WrongShape


def pks(queryset):
    return {row.pk for row in queryset}


@pytest.fixture
def archive(rows):
    """Of every third post: as it is, or with another title, or without an author."""
    kept = [
        ArchivedPost(
            slug=post.slug,
            title=post.title if place % 2 else "Other",
            content=post.content,
            author_id=post.author_id if place % 5 else None,
        )
        for place, post in enumerate(rows.posts[::3])
    ]
    ArchivedPost.objects.bulk_create([*kept, ArchivedPost(slug="elsewhere", title="Same", content="text")])
    return {post.slug: post for post in kept}


def test_in_and_missing_are_complements(rows, archive):
    inside = {post.pk for post in rows.posts if post.slug in archive}
    assert 0 < len(inside) < len(rows.posts)
    assert pks(Post.objects.also_in(ArchivedPost.objects, slug="slug")) == inside
    assert pks(Post.objects.missing_from(ArchivedPost.objects, slug="slug")) == pks(Post.objects.all()) - inside
    assert pks(Post.objects.none_of(P.missing_from(ArchivedPost.objects, slug="slug"))) == inside


def test_several_fields_match_one_row(rows):
    Bookmark.objects.bulk_create(
        Bookmark(post=post, user=user) for post in rows.posts[:20] for user in rows.users[: post.pk % 4]
    )
    pairs = {(mark.post_id, mark.user_id) for mark in Bookmark.objects.all()}
    expected = {c.pk for c in rows.comments if (c.post_id, c.user_id) in pairs}
    assert pks(Comment.objects.also_in(Bookmark.objects, post="post", user="user")) == expected
    assert 0 < len(expected) < len({c.pk for c in rows.comments if c.post_id in {post for post, _ in pairs}})


def test_null_equals_nothing_on_either_side(rows):
    nulls = {post.pk for post in rows.posts if post.category_id is None}
    same = Post.objects.all()
    assert nulls
    assert pks(Post.objects.missing_from(same, category="category")) == nulls
    assert pks(Post.objects.also_in(same, category="category")) == pks(same) - nulls
    with_null = Category.objects.filter(pk=rows.categories[0].pk)
    assert pks(Category.objects.missing_from(Post.objects.filter(category=None), pk="category")) == pks(
        Category.objects.all()
    )
    assert pks(Post.objects.missing_from(with_null, category="pk")) == {
        post.pk for post in rows.posts if post.category_id != rows.categories[0].pk
    }


def test_a_field_that_differs_from_the_match(rows, archive):
    def differs(post, *names):
        other = archive.get(post.slug)
        return other is not None and any(getattr(post, name) != getattr(other, name) for name in names)

    for names in (("title",), ("author",), ("title", "author")):
        columns = ["author_id" if name == "author" else name for name in names]
        expected = {post.pk for post in rows.posts if differs(post, *columns)}
        assert expected
        assert pks(Post.objects.differing_from(ArchivedPost.objects, *names, slug="slug")) == expected
    assert pks(Post.objects.differing_from(ArchivedPost.objects, "content", slug="slug")) == set()


def test_two_fields_differ_where_one_is_null(rows):
    Post.objects.filter(pk__in=[post.pk for post in rows.posts[::2]]).update(start_time=F("published_at"))
    expected = {post.pk for post in Post.objects.all() if post.published_at != post.start_time}
    assert 0 < len(expected) < len(rows.posts)
    assert pks(Post.objects.differing("published_at", "start_time")) == expected
    assert pks(Post.objects.none_of(P.differing("published_at", "start_time"))) == pks(Post.objects.all()) - expected
    counts = Post.objects.with_count("comments").with_count("reactions")
    assert pks(counts.differing("comments_count", "reactions_count")) == {
        post.pk for post in counts if post.comments_count != post.reactions_count
    }


def test_what_a_chain_has_become_is_what_is_matched(rows, archive):
    first = sorted(rows.posts, key=lambda post: (-post.rating, -post.pk))[:10]
    best = Post.objects.ranked()[:10]
    assert pks(Post.objects.also_in(best, pk="pk")) == {post.pk for post in first}
    ranked = Post.objects.with_rank("-rating", method="row", as_="place")
    assert pks(Post.objects.with_rank("pk", method="row", as_="n").also_in(ranked, n="place", pk="pk")) == {
        post.pk
        for place, post in enumerate(sorted(rows.posts, key=lambda p: p.pk), 1)
        if sorted(rows.posts, key=lambda p: (-p.rating, -p.pk))[place - 1] is post
    }
    elsewhere = ArchivedPost.objects.using("elsewhere")
    assert pks(Post.objects.also_in(elsewhere, slug="slug")) == {p.pk for p in rows.posts if p.slug in archive}


def test_groups_are_matched_by_their_keys(rows):
    authors = Post.objects.per("author").with_count()
    commenting = {comment.user_id for comment in rows.comments if comment.is_active}
    found = {row["author"]: row["count"] for row in authors.also_in(Comment.objects.active(), author="user")}
    assert found == {
        user: sum(post.author_id == user for post in rows.posts)
        for user in commenting & {post.author_id for post in rows.posts}
    }
    with pytest.raises(WrongShape, match="'pk' is neither a key nor a measure"):
        authors.also_in(Comment.objects, pk="post")


def test_a_queryset_stands_for_a_relation_in_having_and_lacking(rows):
    siblings = Post.objects.filter(author=OuterRef("author"), rating__gt=OuterRef("rating"))
    best = {p.pk for p in rows.posts if not any(o.author_id == p.author_id and o.rating > p.rating for o in rows.posts)}
    assert pks(Post.objects.lacking(siblings)) == best
    assert pks(Post.objects.having(siblings)) == pks(Post.objects.all()) - best
    assert pks(Post.objects.none_of(P.having(siblings))) == best
    active = Comment.objects.active()
    numbers = {p.pk: sum(c.is_active and c.post_id == p.pk and c.score == 2 for c in rows.comments) for p in rows.posts}
    for low in (1, 2):
        expected = {pk for pk, number in numbers.items() if number >= low}
        assert pks(Post.objects.having(active, score=2, at_least=low)) == expected


def test_a_reference_two_rows_out(rows):
    """Users who commented in every category in which the first did: no such category without a comment of theirs."""
    first = rows.users[0].pk
    category = {post.pk: post.category_id for post in rows.posts}
    interests = {user.pk: set() for user in rows.users}
    for comment in rows.comments:
        if comment.score == 3 and category[comment.post_id] is not None:
            interests[comment.user_id].add(category[comment.post_id])
    unmatched = Category.objects.having("posts__comments", user=first, score=3)
    unmatched = unmatched.lacking("posts__comments", user=OuterRef(OuterRef("pk")), score=3)
    assert pks(User.objects.lacking(unmatched)) == {
        user for user, found in interests.items() if interests[first] <= found
    }


def test_nothing_to_match_with(rows):
    assert pks(Post.objects.also_in(ArchivedPost.objects, slug="slug")) == set()
    assert pks(Post.objects.missing_from(ArchivedPost.objects, slug="slug")) == pks(Post.objects.all())
    assert pks(Post.objects.missing_from(Post.objects.none(), pk="pk")) == pks(Post.objects.all())
    assert pks(Post.objects.also_in(Post.objects.none(), pk="pk")) == set()


@pytest.mark.parametrize(
    "own",
    [
        Q(comments__user=OuterRef("pk")),
        Q(comments__score__gte=0) & Q(comments__user=OuterRef("pk") + 0),
    ],
)
def test_a_reference_beside_a_to_many_path_is_to_the_row_outside(rows, own):
    """Such a condition becomes a subquery of its own, one row further in."""
    author = {post.pk: post.author_id for post in rows.posts}
    scored = any("score" in str(child) for child in own.children)
    own_ones = [c for c in rows.comments if author[c.post_id] == c.user_id and (c.score is not None or not scored)]
    found = {comment.user_id for comment in own_ones}
    assert 0 < len(found) < len(rows.users)
    assert pks(User.objects.having("posts", own)) == found
