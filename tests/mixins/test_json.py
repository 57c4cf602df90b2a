"""JSON by literal paths, against plain Python."""

from __future__ import annotations

import copy
import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Count, F, JSONField
from django.db.models.functions import Cast

from example_project.content.models import Category, Comment, Post
from querysets import P
from querysets.errors import WrongShape
from tests.fixtures.documents import (
    DOCUMENTS,
    KEYS,
    MISSING,
    PATHS,
    SQL_NULL,
    VALUES,
    at,
    contains,
    give,
    number,
    same,
    steps,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts(rows):
    return give(rows).posts


def found(queryset):
    return set(queryset.values_list("pk", flat=True))


def those(posts, fits):
    """The posts whose document fits, and whether it is NULL or not."""
    return {post.pk for post in posts if post.document is not SQL_NULL and fits(post.document)}


def everything(posts):
    return {post.pk for post in posts}


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_equality_and_its_complement(path, posts):
    for value in VALUES:
        expected = those(posts, lambda document, value=value: same(at(document, path), value))
        assert found(Post.objects.json_at(path, value)) == expected, value
        assert found(Post.objects.json_at(path, value, op="ne")) == everything(posts) - expected, value


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_there_missing_null_and_among(path, posts):
    there = those(posts, lambda document: at(document, path) is not MISSING)
    assert found(Post.objects.json_at(path, op="exists")) == there
    assert found(Post.objects.json_at(path, op="missing")) == everything(posts) - there
    assert found(Post.objects.json_at(path, op="null")) == those(posts, lambda document: at(document, path) is None)
    for values in ([], [1], [1, "b", None, "\0"], (True, [1, 2, 3]), VALUES):
        wanted = those(posts, lambda document, values=values: any(same(at(document, path), each) for each in values))
        assert found(Post.objects.json_at(path, values, op="in")) == wanted, values
    assert found(Post.objects.json_at(path, {1, "b"}, op="in")) == found(Post.objects.json_at(path, [1, "b"], op="in"))


ORDERED = {"lt": "__lt__", "lte": "__le__", "gt": "__gt__", "gte": "__ge__"}


def comparable(value, bound):
    return (number(value) and number(bound)) or (isinstance(value, str) and isinstance(bound, str))


def exact(value):
    return Decimal(str(value)) if number(value) else value


@pytest.mark.parametrize("op", ORDERED)
def test_order_among_values_of_one_type(op, posts):
    for path in PATHS[:14]:
        for bound in (-3, 0, 1, 1.5, Decimal("1.5"), 2**63, 10**30, "1", "b", "", "Éa 100%_"):
            expected = those(
                posts,
                lambda document, path=path, bound=bound: (
                    comparable(at(document, path), bound)
                    and getattr(exact(at(document, path)), ORDERED[op])(exact(bound))
                ),
            )
            assert found(Post.objects.json_at(path, bound, op=op)) == expected, (path, bound)


def test_a_text_with_nul_is_below_and_above_nothing(posts):
    assert not Post.objects.json_at("a", "\0", op="gte").exists()
    assert found(Post.objects.json_at("a", ("\0", None), op="between")) == set()


@pytest.mark.parametrize(("low", "high"), [(0, 1), (1, 1), (1, 0), (None, 1.5), (-3, None), ("a", "b"), (None, "1")])
def test_between_includes_both_ends(low, high, posts):
    def fits(document):
        value = at(document, "a")
        return (
            all(comparable(value, bound) for bound in (low, high) if bound is not None)
            and (low is None or exact(low) <= exact(value))
            and (high is None or exact(value) <= exact(high))
        )

    assert found(Post.objects.json_at("a", (low, high), op="between")) == those(posts, fits)


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_elements_and_items_of_arrays(path, posts):
    for value in (None, True, 0, 1, 1.0, "1", "b", "draft", "\0", "x", 3):
        assert found(Post.objects.json_at(path, value, op="has_element")) == those(
            posts,
            lambda document, value=value: (
                isinstance(at(document, path), list) and any(same(each, value) for each in at(document, path))
            ),
        ), value
    for values in ({}, {"to": "x"}, {"to": "x", "kind": "t"}, {"to": "x", "kind": "s"}, {"to": None}, {"a": 1}):
        assert found(Post.objects.json_at(path, values, op="has_item")) == those(
            posts,
            lambda document, values=values: (
                isinstance(at(document, path), list)
                and any(isinstance(each, dict) and contains(each, values) for each in at(document, path))
            ),
        ), values


@pytest.mark.parametrize("text", ["É", "éA", "100%", "0%_", "_", "%", "\\", "b", "B", "1", "", "\0", "a" * 100_000])
def test_texts_in_texts(text, posts):
    for path in ("a", ("a", 0), ("a", 0, "to")):
        assert found(Post.objects.json_at(path, text, op="matches")) == those(
            posts,
            lambda document, path=path: (
                isinstance(at(document, path), str) and text.upper() in at(document, path).upper()
            ),
        )


@pytest.mark.parametrize("document", [*(each for each in DOCUMENTS if isinstance(each, dict | list)), {"a": [2]}])
def test_containment(document, posts):
    assert found(Post.objects.json_containing(document)) == those(posts, lambda own: contains(own, document))


def test_containment_of_what_no_document_holds(posts):
    assert not Post.objects.json_containing({"a": ["\0"]}).exists()
    assert found(Post.objects.none_of(P.json_containing({"\ud800": 1}))) == everything(posts)


@pytest.mark.parametrize(
    "keys", [(), ("a",), ("a", "b"), ("a", "a"), ("a\0",), ("a", "\0"), ("nope", "0"), tuple(KEYS)]
)
def test_keys_of_objects(keys, posts):
    def has(key, document):
        return isinstance(document, dict) and key in document

    every = everything(posts) if not keys else those(posts, lambda document: all(has(key, document) for key in keys))
    some = those(posts, lambda document: any(has(key, document) for key in keys))
    assert found(Post.objects.json_keys(*keys)) == every
    assert found(Post.objects.json_keys(*keys, mode="any")) == some
    assert found(Post.objects.json_keys(*keys, mode="none")) == everything(posts) - some


def test_paths_in_the_language_of_postgresql(posts):
    def fits(path, test, **variables):
        assert found(Post.objects.json_matching(path, **variables)) == those(posts, test), path

    def listed(document):
        return at(document, "a") if isinstance(at(document, "a"), list) else []

    fits("$.a.b", lambda own: at(own, ("a", "b")) is not MISSING)
    fits("strict $.a == $x", lambda own: same(at(own, "a"), "b"), x="b")
    fits("strict $.a == $x", lambda own: same(at(own, "a"), -3), x=-3)
    fits("strict $.a - $x == 0", lambda own: same(at(own, "a"), -3), x=-3)
    fits("strict $.a == $x", lambda own: at(own, "a") is None, x=None)
    fits("strict $.a == $x", lambda own: at(own, "a") is True, x=True)
    fits(
        "strict $.a[*] ? (@.to == $to && @.kind == $kind)",
        lambda own: any(isinstance(each, dict) and contains(each, {"to": "x", "kind": "t"}) for each in listed(own)),
        to="x",
        kind="t",
    )
    fits("strict $.a ? (@ starts with $x)", lambda own: str(at(own, "a")).startswith("Éa"), x="Éa")
    fits('strict $."it\'s" > $x', lambda own: same(at(own, ("it's",)), 6), x=Decimal("5.9"))
    fits('strict $.a ? (@ like_regex $x flag "i")', lambda own: str(at(own, "a")).startswith("Éa"), x="^éA")
    assert not Post.objects.json_matching("$.a == $x", x='" || true || "').exists()
    assert found(Post.objects.none_of(P.json_matching("strict $.a == 1"))) == everything(posts) - those(
        posts, lambda own: same(at(own, "a"), 1)
    )


def test_values_are_of_their_type_or_none(posts):
    kinds = {str: str, int: int, float: float, Decimal: Decimal, bool: bool, dict: dict, list: list}

    def meant(value, kind):
        if kind in (int, float, Decimal):
            if not number(value):
                return None
            if kind is int:
                return int(value) if value == int(value) and -(2**63) <= value < 2**63 else None
            return kind(str(value))
        return value if type(value) is kind else None

    for path in PATHS:
        for kind in kinds:
            rows = Post.objects.with_json_value(path, kind, "found")
            values = {post.pk: post.found for post in rows}
            for post in posts:
                document = None if post.document is SQL_NULL else post.document
                expected = meant(at(document, path), kind)
                assert values[post.pk] == expected, (path, kind, document)
                assert expected is None or type(values[post.pk]) is kind


def test_numbers_that_no_float_holds_are_no_error(posts):
    for post, text in zip(
        posts, ("1e400", "-1e400", "1e-400", "-4.9e-324", "1.7976931348623157e308", "0"), strict=False
    ):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE content_post SET metadata = %s::jsonb WHERE id = %s", [f'{{"a": {text}}}', post.pk])
    chosen = Post.objects.by(pk=[post.pk for post in posts[:6]]).order_by("pk")
    rows = chosen.with_json_value("a", float, "f").with_json_value("a", int, "i").with_json_value("a", Decimal, "d")
    assert [row.f for row in rows] == [None, None, 0.0, -5e-324, 1.7976931348623157e308, 0.0]
    assert [row.i for row in rows] == [None, None, None, None, None, 0]
    assert [row.d for row in rows][:3] == [Decimal("1e400"), Decimal("-1e400"), Decimal("1e-400")]


def test_keys_as_a_list(posts):
    keyed = {post.pk: post.keys for post in Post.objects.with_json_keys()}
    for post in posts:
        assert keyed[post.pk] == (sorted(post.document) if isinstance(post.document, dict) else [])
    assert len(keyed) == Post.objects.with_json_keys().count() == len(posts)


def test_keys_of_the_row_before(posts):
    """A window stands in no subquery, so its values are fixed first."""
    keyed = {post.pk: post.keys for post in Post.objects.with_json_keys()}
    order = sorted(keyed)
    rows = Post.objects.with_previous("metadata", by="pk").with_json_keys(field="previous_metadata")
    assert [row.keys for row in rows.order_by("pk")] == [[], *(keyed[pk] for pk in order[:-1])]


def test_objects_of_columns(rows):
    made = Post.objects.with_object("card", title="title", rating="rating", by="author__username", twice=F("likes") * 2)
    names = {user.pk: user.username for user in rows.users}
    cards = {post.pk: post.card for post in made}
    for post in rows.posts:
        assert cards[post.pk] == {
            "title": post.title,
            "rating": post.rating,
            "by": names[post.author_id],
            "twice": post.likes * 2,
        }
    assert {type(card["rating"]) for card in cards.values()} <= {int, float}
    odd = Post.objects.with_object("odd", **{"as_": "title", "it's %s": "likes", "a__in": "likes"}).get(
        pk=rows.posts[0].pk
    )
    assert odd.odd == {"as_": odd.title, "it's %s": odd.likes, "a__in": odd.likes}


def test_objects_of_groups(rows):
    groups = Post.objects.count_by("status").with_object("both", status="status", n="count")
    counts = {status: len(posts) for status, posts in rows.per(lambda post: post.status).items()}
    assert [row["both"] for row in groups] == [{"status": key, "n": counts[key]} for key in sorted(counts)]


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_counts_by_value(path, posts):
    def text(document):
        value = MISSING if document is SQL_NULL else at(document, path)
        if value is MISSING or value is None:
            return None
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    expected = {}
    for post in posts:
        expected[text(post.document)] = expected.get(text(post.document), 0) + 1
    counted = {row["value"]: row["count"] for row in Post.objects.count_by_json(path)}
    if steps(path) == ("n",):  # 1e+300 is written out
        counted = {key: count for key, count in counted.items() if key is None or not key.startswith("1000")}
        expected = {key: count for key, count in expected.items() if key is None or not key.startswith("1")}
    assert {_sorted(key): count for key, count in counted.items()} == {
        _sorted(key): count for key, count in expected.items()
    }


def _sorted(text):
    """JSON with its keys in one order: PostgreSQL has the shorter first."""
    return text if text is None or text[:1] not in "[{" else json.dumps(json.loads(text), sort_keys=True)


def test_groups_of_values_are_groups(posts):
    groups = Post.objects.count_by_json(("a", "b"), as_="inner").above(count=1)
    assert {row["inner"] for row in groups} <= {None, "1"}
    multiplied = Post.objects.filter(comments__score__gte=1)
    assert sum(row["count"] for row in multiplied.count_by_json("a")) == len(found(multiplied))
    assert {row["value"] for row in Post.objects.count_by_json("a").by(value="b")} == {"b"}


KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}


def test_statistics_of_keys(posts):
    stats = {}
    for post in posts:
        for key, value in (post.document if isinstance(post.document, dict) else {}).items():
            entry = stats.setdefault(key, [0, set()])
            entry[0] += 1
            entry[1].add("null" if value is None else KINDS[type(value)])
    expected = [
        {"key": key, "count": count, "share": count / len(posts), "types": sorted(kinds)}
        for key, (count, kinds) in sorted(stats.items(), key=lambda pair: (-pair[1][0], pair[0]))
    ]
    assert Post.objects.json_key_stats() == expected


def test_statistics_are_of_the_chain(posts, django_assert_num_queries):
    assert Post.objects.none().json_key_stats() == []
    assert Post.objects.by(pk=[post.pk for post in posts if post.document in ([], 7)]).json_key_stats() == []
    five = Post.objects.json_at("a", 1).limited(1)
    with django_assert_num_queries(1):
        assert five.json_key_stats() == [{"key": "a", "count": 1, "share": 1.0, "types": ["number"]}]
    multiplied = Post.objects.filter(comments__score__gte=1)
    once = Post.objects.by(pk=list(found(multiplied)))
    assert multiplied.json_key_stats() == once.json_key_stats() != []
    assert Post.objects.ranked("pk")[:20].json_key_stats() == Post.objects.ranked("pk").limited(20).json_key_stats()
    with pytest.raises(WrongShape):
        Post.objects.per("metadata").json_key_stats()


def test_documents_elsewhere(posts):
    """Behind a relation, in an annotation, in a condition on related rows."""
    by_post = {post.pk: post for post in posts}
    one = {pk for pk, post in by_post.items() if post.document is not SQL_NULL and same(at(post.document, "a"), 1)}
    comments = Comment.objects.json_at("a", 1, field="post__metadata")
    assert {comment.post_id for comment in comments} == set(
        Comment.objects.filter(post__in=one).values_list("post_id", flat=True)
    )
    assert found(Category.objects.having("posts", P.json_at("a", 1))) == {
        by_post[pk].category_id for pk in one if by_post[pk].category_id
    }
    carded = Post.objects.with_object("card", liked="likes").json_at("liked", 2, field="card")
    assert found(carded) == {post.pk for post in posts if post.likes == 2}
    copied = Post.objects.annotate(copy=Cast("metadata", JSONField())).json_keys("a", field="copy")
    assert found(copied) == found(Post.objects.json_keys("a"))
    counted = Post.objects.per("status").with_count(None, P.json_keys("a"), as_="n")
    assert sum(row["n"] for row in counted) == Post.objects.json_keys("a").count()
    assert (
        Post.objects.aggregate(n=Count("pk", filter=P.json_at("a", op="missing")))["n"]
        == Post.objects.json_at("a", op="missing").count()
    )


class Plain(JSONField):
    """A field that knows how to write dates."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, encoder=DjangoJSONEncoder, **kwargs)


def test_values_that_the_encoder_of_the_field_knows(posts):
    rows = Post.objects.annotate(own=Cast("metadata", Plain()))
    Post.objects.by(pk=posts[0].pk).json_set("on", "2026-03-01")
    Post.objects.by(pk=posts[2].pk).json_set("on", "2026-03-01")
    assert found(rows.json_at("on", date(2026, 3, 1), field="own")) == {posts[0].pk, posts[2].pk}
    with pytest.raises(TypeError, match="no JSON value"):
        Post.objects.json_at("on", date(2026, 3, 1))


# writes


def object_of(document):
    """What a write takes a document for; None where it leaves it alone."""
    return {} if document is SQL_NULL else copy.deepcopy(document) if isinstance(document, dict) else None


def put(document, path, value):
    """``value`` at a path, or None where something is in the way."""
    here = document
    for step, following in zip(path, (*path[1:], None), strict=True):
        last = following is None
        kind = list if isinstance(following, int) else dict
        if isinstance(step, int):
            inside = -len(here) <= step < len(here)
            there = here[step] if inside else None
            if not inside:
                here.append(None) if step >= 0 else here.insert(0, None)
                step = len(here) - 1 if step >= 0 else 0  # noqa: PLW2901
        else:
            there = here.get(step)
        if last:
            here[step] = value(there) if callable(value) else value
            return document
        if isinstance(there, dict | list) and type(there) is not kind:
            return None
        if type(there) is not kind:
            there = kind()
        here[step] = there
        here = there
    return document


def check(posts, write, change):
    """Hold a write against what ``change`` makes of each document: what it counts, what it leaves, what it rewrites."""
    before = places()
    expected = {}
    for post in posts:
        own = object_of(post.document)
        new = None if own is None else change(own)
        expected[post.pk] = post.document if new is None else new
    changed = {
        post.pk
        for post in posts
        if post.document is not expected[post.pk]
        and (post.document is SQL_NULL or not same(post.document, expected[post.pk]))
    }
    assert write(Post.objects.all()) == len(changed)
    after = dict(Post.objects.values_list("pk", "metadata"))
    for post in posts:
        own = expected[post.pk]
        assert same(after[post.pk], None if own is SQL_NULL else own), (post.document, after[post.pk], own)
    assert {pk for pk, place in places().items() if place != before[pk]} == changed
    assert write(Post.objects.none()) == 0


def places():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text FROM content_post")
        return dict(cursor.fetchall())


@pytest.mark.parametrize("patch", [{"a": 1}, {"a": None}, {}, {"a": {"b": 2}, "x": [1]}, {"it's": "%s", "a__in": True}])
def test_merge(patch, posts):
    check(posts, lambda rows: rows.json_merge(patch), lambda own: {**own, **patch} if patch else None)


WRITABLE = [
    "a", ("a", "b"), ("a", "b", "c"), ("a", 0), ("a", -1), ("a", 7), ("a", -7), ("a", 0, "to"), ("a", "0"),
    ("x", 0, "y"), ("x", "y", "z"), *((key,) for key in KEYS), ("a", "b", "c", 1),
]  # fmt: skip


def some(values):
    """Each path with two of the values."""
    return [(path, values[(place + more) % len(values)]) for place, path in enumerate(WRITABLE) for more in (0, 2)]


@pytest.mark.parametrize(("path", "value"), some([1, None, "x", {"b": 1}, [], Decimal("1.50")]), ids=repr)
def test_set(path, value, posts):
    plain = float(value) if isinstance(value, Decimal) else value
    check(posts, lambda rows: rows.json_set(path, value), lambda own: put(own, steps(path), plain))


@pytest.mark.parametrize(("path", "by"), some([1, -2, 0, Decimal("0.1"), 0.25]), ids=repr)
def test_increment(path, by, posts):
    def plus(there):
        result = (Decimal(str(there)) if number(there) else 0) + Decimal(str(by))
        return int(result) if result == int(result) else float(result)

    check(posts, lambda rows: rows.json_increment(path, by), lambda own: put(own, steps(path), plus))


@pytest.mark.parametrize(("path", "keep"), some([None, 1, 2, 3, 100]), ids=repr)
def test_append(path, keep, posts):
    def longer(there):
        elements = [*(there if isinstance(there, list) else []), {"n": 1}]
        return elements if keep is None else elements[-keep:]

    def change(own):
        there = at(own, path)
        return None if isinstance(there, dict) else put(own, steps(path), longer)

    check(posts, lambda rows: rows.json_append(path, {"n": 1}, keep=keep), change)


def without(document, paths):
    """The document less what is at the paths, all taken as it was."""
    gone = {steps(path) for path in paths if at(document, path) is not MISSING}

    def kept(value, here):
        if isinstance(value, dict):
            return {key: kept(each, (*here, key)) for key, each in value.items() if (*here, key) not in gone}
        if isinstance(value, list):
            return [kept(each, (*here, place)) for place, each in enumerate(value) if (*here, place) not in gone]
        return value

    return kept(document, ()) if gone else None


@pytest.mark.parametrize(
    "paths",
    [
        ["a"], [("a",), "a"], ["nope"], [("a", "b")], [("a", 0)], [("a", "0")], [("a", 0), ("a", 1)],
        [("a", 1), ("a", 0)], [("a", 0, "to"), ("a", 0), ("a", 1, "kind")], ["a", ("a", "b")],
        [(0,)], list(KEYS), [("a", "b", "c", 1), "n"],
    ],
    ids=repr,
)  # fmt: skip
def test_remove(paths, posts):
    check(posts, lambda rows: rows.json_remove(*paths), lambda own: without(own, paths))


def test_writes_reach_the_rows_of_the_chain_only(posts):
    chosen = [post.pk for post in posts if isinstance(post.document, dict)][:5]
    multiplied = Post.objects.filter(comments__score__gte=1)
    expected = len(found(multiplied) & {post.pk for post in posts if object_of(post.document) is not None})
    assert Post.objects.by(pk=chosen).ranked("-pk").limited(3).json_set("mark", 1) == 3
    assert found(Post.objects.json_at("mark", 1)) == set(sorted(chosen)[-3:])
    assert multiplied.json_set("mark", 2) == expected
    assert (
        Post.objects.with_rank("-rating").at_most(rank=5).json_set("mark", 3) == Post.objects.json_at("mark", 3).count()
    )
    with pytest.raises(WrongShape):
        Post.objects.per("metadata").json_set("mark", 1)


def test_an_increment_is_exact(posts):
    rows = Post.objects.by(pk=posts[2].pk)  # {}
    for _ in range(10):
        rows.json_increment(("sum", "of"), 0.1)
    assert rows.with_json_value(("sum", "of"), Decimal, "total").get().total == Decimal("1.0")
    rows.json_increment(("sum", "of"), 10**40)
    assert rows.with_json_value(("sum", "of"), Decimal, "total").get().total == 10**40 + 1
