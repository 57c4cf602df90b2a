"""Arrays and lists of related values, against plain Python."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import F, IntegerField, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast

from example_project.content.models import Category, Comment, Post, User
from querysets import P
from querysets.errors import AliasClash, WrongShape

pytestmark = pytest.mark.django_db

TAGS = [
    None, [], ["a"], ["b"], ["a", "b"], ["b", "a"], ["a", "a", "b"], ["a", None], [None], [""], ["A"], ["a,b"],
    ["ab", "c"], ["NULL"], ["100%"], ["x" * 50], ["é", "a", "c", "b"],
]  # fmt: skip


@pytest.fixture
def posts(rows):
    for place, post in enumerate(rows.posts):
        post.tags = TAGS[place % len(TAGS)]
    Post.objects.bulk_update(rows.posts, ["tags"])
    return rows.posts


def found(queryset):
    return set(queryset.values_list("pk", flat=True))


def those(posts, fits):
    return {post.pk for post in posts if fits(post.tags)}


GIVEN = [
    [],
    ["a"],
    ["a", "b"],
    ["b", "a", "a"],
    ["A"],
    [""],
    ["a,b"],
    ["nope"],
    ["x" * 50],
    ["x" * 51],
    ["a", "x" * 51],
    ["\0"],
    ["a", "\0"],
]


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: repr(given)[:30])
def test_elements_by_set(given, posts):
    wanted = set(given)
    assert found(Post.objects.in_array("tags", any=given)) == those(posts, lambda tags: wanted & set(tags or ()))
    assert found(Post.objects.in_array("tags", all=given)) == those(posts, lambda tags: wanted <= set(tags or ()))
    assert found(Post.objects.in_array("tags", none=given)) == those(posts, lambda tags: not wanted & set(tags or ()))
    assert found(Post.objects.in_array("tags", only=given)) == those(posts, lambda tags: tags and set(tags) <= wanted)
    same = those(posts, lambda tags: tags is not None and set(tags) == wanted)
    assert found(Post.objects.in_array("tags", same_as=given)) == same
    assert found(Post.objects.none_of(P.in_array("tags", same_as=given))) == {post.pk for post in posts} - same
    for match in ("all", "any", "only"):
        assert found(Post.objects.tagged(*given, match=match)) == found(Post.objects.in_array("tags", **{match: given}))
    assert found(Post.objects.in_array("tags", any=set(given))) == found(Post.objects.in_array("tags", any=given))


@pytest.mark.parametrize("size", range(5))
def test_size(size, posts):
    expected = those(posts, lambda tags: len(tags or ()) == size)
    assert found(Post.objects.in_array("tags", size=size)) == expected
    assert found(Post.objects.with_array_size("tags").by(tags_size=size)) == expected


@pytest.mark.parametrize("prefix", ["", "a", "A", "ab", "1", "100%", "1%", "_", "x" * 50, "x" * 51, "\0", "é", "N"])
def test_prefix(prefix, posts):
    expected = those(posts, lambda tags: any(tag is not None and tag.startswith(prefix) for tag in tags or ()))
    assert found(Post.objects.in_array("tags", prefix=prefix)) == expected
    assert found(Post.objects.none_of(P.in_array("tags", prefix=prefix))) == {post.pk for post in posts} - expected


def test_several_keywords_must_all_hold(posts):
    rows = Post.objects.in_array("tags", any=["a", "c"], none=["b"], size=2, prefix="a")
    assert found(rows) == those(posts, lambda tags: tags in (["a", None], ["ab", "c"]))


def test_arrays_of_numbers_and_annotations(rows):
    numbers = {post.pk: sorted({c.user_id for c in rows.comments if c.post_id == post.pk}) for post in rows.posts}
    commented = Post.objects.with_list("comments", "user", distinct=True, as_="commenters")
    first, second = rows.users[0].pk, rows.users[1].pk
    assert found(commented.in_array("commenters", all=[first, second])) == {
        pk for pk, users in numbers.items() if {first, second} <= set(users)
    }
    assert found(commented.in_array("commenters", any=[2**63])) == set()
    assert found(commented.in_array("commenters", none=[2**70, first])) == {
        pk for pk, users in numbers.items() if first not in users
    }
    assert {post.pk: post.shared for post in commented.with_shared("commenters", [first, second, 2**70])} == {
        pk: len({first, second} & set(users)) for pk, users in numbers.items()
    }
    for wrong in (["1"], [True], [None], [1.5, "x"]):
        with pytest.raises(TypeError):
            commented.in_array("commenters", any=wrong)
    small = Post.objects.annotate(n=Value([1, 2], ArrayField(IntegerField())))
    assert small.in_array("n", any=[2, 2**40]).count() == len(rows.posts)
    with pytest.raises(TypeError, match="arrays of texts"):
        small.in_array("n", prefix="1")


def test_the_array_of_a_related_row(posts):
    tagged = those(posts, lambda tags: "a" in (tags or ()))
    comments = Comment.objects.in_array("post__tags", any=["a"])
    assert found(comments) == found(Comment.objects.filter(post__in=tagged))
    sizes = {post.pk: len(post.tags or ()) for post in posts}
    assert all(row.post_tags_size == sizes[row.post_id] for row in Comment.objects.with_array_size("post__tags"))


@pytest.mark.parametrize("given", [*GIVEN, ("a", "c", "zz")], ids=lambda given: repr(given)[:30])
def test_shared_and_jaccard(given, posts):
    wanted = set(given)
    rows = {post.pk: post for post in Post.objects.with_shared("tags", given)}
    for post in posts:
        own = set(post.tags or ()) - {None}
        every = own | wanted
        assert rows[post.pk].shared == len(own & wanted)
        assert rows[post.pk].jaccard == (len(own & wanted) / len(every) if every else 0.0)


def test_shared_with_another_row_or_column(posts):
    other = posts[4]  # ["a", "b"]
    rows = Post.objects.excluding(pk=other.pk).with_shared(
        "tags", Subquery(Post.objects.by(pk=other.pk).values("tags"))
    )
    assert {row.pk: row.shared for row in rows} == {
        post.pk: len({"a", "b"} & set(post.tags or ())) for post in posts if post is not other
    }
    nobody = Post.objects.with_shared("tags", Subquery(Post.objects.by(pk=0).values("tags")))
    assert {row.shared for row in nobody} == {0}
    theirs = Subquery(Post.objects.by(pk=other.pk).values("tags"))
    assert found(Post.objects.in_array("tags", any=theirs)) == those(posts, lambda tags: {"a", "b"} & set(tags or ()))
    assert found(Post.objects.in_array("tags", none=theirs)) == those(
        posts, lambda tags: not {"a", "b"} & set(tags or ())
    )
    assert found(Post.objects.in_array("tags", any=F("tags"))) == those(posts, lambda tags: set(tags or ()) - {None})
    with pytest.raises(TypeError):
        Post.objects.in_array("tags", all=F("tags"))
    own = {row.pk: row for row in Post.objects.with_shared("tags", F("tags"), as_="own")}
    assert all(own[post.pk].own_shared == len(set(post.tags or ()) - {None}) for post in posts)
    assert {own[post.pk].own_jaccard for post in posts if set(post.tags or ()) - {None}} == {1.0}
    with pytest.raises(AliasClash):
        Post.objects.with_shared("tags", ["a"]).with_shared("tags", ["b"])


def test_pairs_of_elements(posts):
    expected = Counter()
    for post in posts:
        expected.update(itertools.combinations(sorted(set(post.tags or ()) - {None}), 2))
    rows = list(Post.objects.count_element_pairs())
    assert {(row["a"], row["b"]): row["count"] for row in rows} == expected
    assert [(row["a"], row["b"]) for row in rows] == sorted(expected)
    common = Post.objects.count_element_pairs("tags", as_=("one", "other")).above(count=4).ranked("-count")
    assert [(row["one"], row["other"]) for row in common] == [
        pair for pair, count in sorted(expected.items(), key=lambda item: (-item[1], item[0])) if count > 4
    ]
    assert {row["b"] for row in Post.objects.count_element_pairs().by(a="a", b=["b", "é"])} == {"b", "é"}
    assert Post.objects.count_element_pairs().count() == len(expected)


def test_pairs_are_counted_once_a_row_of_the_chain(posts):
    multiplied = Post.objects.filter(comments__score__gte=1)
    chosen = found(multiplied)
    expected = Counter()
    for post in posts:
        if post.pk in chosen:
            expected.update(itertools.combinations(sorted(set(post.tags or ()) - {None}), 2))
    for rows in (multiplied, Post.objects.by(pk=list(chosen)).ranked().limited(1000), Post.objects.by(pk=list(chosen))):
        assert {(row["a"], row["b"]): row["count"] for row in rows.count_element_pairs()} == expected
    both = Post.objects.per("status").count_element_pairs()
    assert sum(row["count"] for row in both) == sum(row["count"] for row in Post.objects.count_element_pairs())
    assert not list(Post.objects.none().count_element_pairs())
    with pytest.raises(WrongShape):
        Post.objects.count_by("status").count_element_pairs()


# lists of related rows


@pytest.fixture
def by_post(rows):
    grouped = {post.pk: [] for post in rows.posts}
    for comment in rows.comments:
        grouped[comment.post_id].append(comment)
    return grouped


def test_lists_are_empty_where_there_is_nothing(by_post):
    rows = Post.objects.with_list("comments").with_list("comments", "score").with_list("reactions", "kind")
    for post in rows:
        assert post.comments_pk == sorted(comment.pk for comment in by_post[post.pk])
        assert post.comments_score == [comment.score for comment in sorted(by_post[post.pk], key=lambda c: c.pk)]
        assert post.reactions_kind == ["like"] * post.reactions.count()
    assert [] in [post.comments_pk for post in rows]


def test_lists_in_order_with_a_limit_and_conditions(by_post):
    rows = Post.objects.with_list("comments", "pk", by="-score", n=2, as_="best").with_list(
        "comments", "user__username", where=P.active(), distinct=True, as_="names"
    )
    for post in rows:
        scored = sorted(by_post[post.pk], key=lambda c: (c.score is None, -(c.score or 0), -c.pk))
        assert post.best == [comment.pk for comment in scored[:2]]
        assert post.names == sorted({comment.user.username for comment in by_post[post.pk] if comment.is_active})


def test_different_values_either_way(by_post):
    rows = Post.objects.with_list("comments", "score", distinct=True).with_list(
        "comments", "score", by="-score", distinct=True, n=2, as_="two"
    )
    for post in rows:
        scores = {comment.score for comment in by_post[post.pk]}
        known = sorted(scores - {None})
        assert post.comments_score == known + [None] * (None in scores)
        assert post.two == (known[::-1] + [None] * (None in scores))[:2]


def test_lists_of_none(rows):
    for none in ({"n": 0}, {"where": P.any_of()}, {"where": P.by(pk=[])}):
        posts = Post.objects.with_list("comments", "user", **none)
        assert {tuple(post.comments_user) for post in posts} == {()}
        listed = Post.objects.with_json_list("comments", "id", **none)
        assert [post.comments_list for post in listed] == [[]] * len(rows.posts)
        assert {post.text for post in Post.objects.with_joined("comments", "user", as_="text", **none)} == {""}


def test_lists_through_several_relations(rows, by_post):
    users = User.objects.with_list("posts__comments", "pk").with_list("posts__category", "name", distinct=True)
    posts = rows.per(lambda post: post.author_id)
    for user in users:
        assert user.posts_comments_pk == sorted(c.pk for post in posts.get(user.pk, []) for c in by_post[post.pk])
        names = {post.category.name for post in posts.get(user.pk, []) if post.category}
        assert user.posts_category_name == sorted(names)


def test_many_lists_do_not_multiply_rows_or_each_other(rows):
    lists = Post.objects.with_list("comments").with_list("reactions").with_count("comments").with_count("reactions")
    assert lists.count() == len(lists) == len(rows.posts)
    assert all(
        (len(post.comments_pk), len(post.reactions_pk)) == (post.comments_count, post.reactions_count) for post in lists
    )
    top = Post.objects.with_list("comments").ranked().limited(5)
    assert {post.pk: post.comments_pk for post in top} == {
        post.pk: post.comments_pk for post in lists if post.pk in found(top)
    }


def test_lists_as_objects(rows, by_post, django_assert_num_queries):
    names = {user.pk: user.username for user in rows.users}
    with django_assert_num_queries(1):
        posts = list(
            Post.objects.with_json_list("comments", "id", "user__username", "score", by="-score", n=3, where=P.active())
        )
    for post in posts:
        active = [comment for comment in by_post[post.pk] if comment.is_active]
        best = sorted(active, key=lambda c: (c.score is None, -(c.score or 0), -c.pk))[:3]
        assert post.comments_list == [
            {"id": comment.pk, "user__username": names[comment.user_id], "score": comment.score} for comment in best
        ]
    empty = Post.objects.with_json_list("comments", "id").json_at((0,), op="missing", field="comments_list")
    assert found(empty) == {pk for pk, comments in by_post.items() if not comments}


def test_joined_elements(posts):
    joined = {post.pk: post.tags_joined for post in Post.objects.with_joined("tags")}
    odd = {post.pk: post.odd for post in Post.objects.with_joined("tags", sep="%s'{}\\", as_="odd")}
    for post in posts:
        present = [tag for tag in post.tags or () if tag is not None]
        assert joined[post.pk] == ", ".join(present)
        assert odd[post.pk] == "%s'{}\\".join(present)


def test_joined_values(rows, by_post):
    posts = Category.objects.with_joined("posts", "title", sep="; ", distinct=True).with_joined(
        "posts", "rating", by="-rating", n=2, sep="", as_="ratings"
    )
    groups = rows.per(lambda post: post.category_id)
    for category in posts:
        own = groups.get(category.pk, [])
        assert category.posts_title_joined == "; ".join(sorted({post.title for post in own}))
        best = sorted(own, key=lambda post: (-post.rating, -post.pk))[:2]
        assert category.ratings == "".join(f"{post.rating:g}" for post in best)
    scores = {post.pk: post.comments_score_joined for post in Post.objects.with_joined("comments", "score")}
    for pk, comments in by_post.items():
        known = [str(c.score) for c in sorted(comments, key=lambda c: c.pk) if c.score is not None]
        assert scores[pk] == ", ".join(known)


def test_one_list_twice_is_kept_once_and_another_clashes():
    rows = Post.objects.with_list("comments", "user")
    assert str(rows.with_list("comments", "user").query) == str(rows.query)
    with pytest.raises(AliasClash):
        rows.with_list("comments", "user", n=1)


# writes


def places():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text FROM content_post")
        return dict(cursor.fetchall())


def check(posts, write, change):
    before, expected = places(), {post.pk: change(post.tags) for post in posts}
    changed = {post.pk for post in posts if expected[post.pk] != post.tags}
    assert write(Post.objects.all()) == len(changed)
    assert dict(Post.objects.values_list("pk", "tags")) == expected
    assert {pk for pk, place in places().items() if place != before[pk]} == changed
    assert write(Post.objects.none()) == 0


@pytest.mark.parametrize("given", [["a"], ["c", "b", "a"], ["z", "z"], [""], ["é", "x" * 50, "%s"]], ids=repr)
def test_add(given, posts):
    def longer(tags):
        return [*(tags or ()), *(tag for tag in dict.fromkeys(given) if tag not in (tags or ()))]

    check(posts, lambda rows: rows.array_add("tags", *given), longer)


@pytest.mark.parametrize(
    "given", [[], ["a"], ["b", "a"], ["nope"], [""], ["x" * 50], ["x" * 51], ["\0", "a"]], ids=repr
)
def test_discard(given, posts):
    check(
        posts,
        lambda rows: rows.array_discard("tags", *given),
        lambda tags: tags and [tag for tag in tags if tag not in given],
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [("a", "z"), ("a", "b"), ("b", "a"), ("a", "a"), ("nope", "a"), ("x" * 51, "a"), ("\0", "a"), ("", "%s")],
)
def test_rename(old, new, posts):
    def renamed(tags):
        if old not in (tags or ()) or old == new:
            return tags
        replaced = [new if tag == old else tag for tag in tags]
        return [tag for place, tag in enumerate(replaced) if tag != new or place == replaced.index(new)]

    check(posts, lambda rows: rows.array_rename("tags", old, new), renamed)


def test_writes_reach_the_rows_of_the_chain_only(posts):
    assert Post.objects.ranked("pk").limited(4).array_add("tags", "new") == 4
    assert found(Post.objects.tagged("new")) == {post.pk for post in posts[:4]}
    multiplied = Post.objects.filter(comments__score__gte=1)
    expected = len(found(multiplied) & {post.pk for post in posts[:4]})
    assert multiplied.array_discard("tags", "new") == expected
    recent = Post.objects.at_least(created_at=posts[0].created_at - timedelta(hours=1)).with_count("comments")
    assert recent.array_rename("tags", "a", "z") == recent.tagged("z").count()
    with pytest.raises(WrongShape):
        Post.objects.per("tags").array_add("tags", "x")


def test_random_arrays_against_sets(rows):
    pick = random.Random(4)
    letters = ["a", "b", "c", "d", None]
    for post in rows.posts:
        post.tags = pick.choices(letters, k=pick.randrange(6))
    Post.objects.bulk_update(rows.posts, ["tags"])
    for _ in range(20):
        given = pick.sample(letters[:4], pick.randrange(5))
        test_elements_by_set(given, rows.posts)
        test_shared_and_jaccard(given, rows.posts)
    texts = Post.objects.annotate(texts=Cast("tags", ArrayField(TextField())))
    assert found(texts.in_array("texts", any=["a"])) == found(Post.objects.tagged("a"))


# of values that look at other rows


def test_arrays_of_windows(posts):
    """A window stands in no subquery, so its values are fixed first."""
    tags = {post.pk: set(post.tags or ()) - {None} for post in posts}
    order = sorted(tags)
    before = dict(zip(order[1:], order, strict=False))
    rows = Post.objects.with_previous("tags", by="pk")
    shared = {row.pk: row.shared for row in rows.with_shared("tags", F("previous_tags"))}
    assert shared == {pk: len(tags[pk] & tags.get(before.get(pk), set())) for pk in order}
    narrowed = rows.with_shared("previous_tags", ["a"]).by(pk=order[1])
    assert [row.shared for row in narrowed] == [len(tags[order[0]] & {"a"})]
    pairs = {(row["a"], row["b"]) for row in rows.count_element_pairs("previous_tags")}
    assert pairs == {pair for pk in order[:-1] for pair in itertools.combinations(sorted(tags[pk]), 2)}


def test_lists_of_the_rows_of_a_queryset(rows, by_post):
    best = sorted(rows.comments, key=lambda c: (c.score is None, -(c.score or 0), -c.pk))[:5]
    posts = Post.objects.with_list(Comment.objects.ranked("-score").limited(5)).with_joined(
        Comment.objects.filter(post=OuterRef("pk"), score__lte=OuterRef("likes")), "score", as_="low"
    )
    for post in posts:
        assert post.comment_pk == [c.pk for c in by_post[post.pk] if c in best]
        low = [c for c in by_post[post.pk] if c.score is not None and c.score <= post.likes]
        assert post.low == ", ".join(str(c.score) for c in sorted(low, key=lambda c: c.pk))


def test_elements_of_numbers(rows):
    numbers = Post.objects.annotate(numbers=Value([1, 2], ArrayField(IntegerField())))
    assert numbers.in_array("numbers", any=[2, 2**40]).count() == len(rows.posts)
    assert not numbers.in_array("numbers", all=[1, 2**40]).exists()
    for other in (1.0, 1.5, Decimal(1), "1", True, None):
        with pytest.raises(TypeError, match="an element is a IntegerField"):
            numbers.in_array("numbers", any=[other])
    nested = Post.objects.annotate(nested=Value([[1], [2]], ArrayField(ArrayField(IntegerField()))))
    for call in (nested.with_array_size, nested.with_joined, nested.count_element_pairs):
        with pytest.raises(TypeError, match="single values"):
            call("nested")
