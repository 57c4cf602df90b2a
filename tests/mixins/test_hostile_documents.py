"""Whatever text comes from outside: it is a key, a value or an element, and never a part of the language."""

from __future__ import annotations

import pytest
from django.db.models import Q

from example_project.content.models import Post
from querysets.errors import AliasClash, UnknownField
from querysets.sql.values import storable

HOSTILE = [
    "'",
    '"',
    "''; DROP TABLE content_post; --",
    "%",
    "%s",
    "%(x)s",
    "_",
    "\\",
    "\\'",
    "\0",
    "a\0b",
    "\ud800",
    "__",
    "a__b",
    "has_key",
    "isnull",
    "contains",
    "0",
    "-1",
    "last",
    "$",
    "$.a",
    "$x",
    "@",
    "*",
    ".**",
    '" || true || "',
    "{}",
    "[]",
    "null",
    "true",
    "a & | b",
    ":*",
    "<->",
    "<script>alert(1)</script>",
    '<img src=x onerror="x">',
    "\ue000x\ue001",
    "Iİıi",
    "ß",
    "队列",
    "🦉",
    "\u202e",
    "{a,b}",
    "NULL",
    "a,b",
    "\n\t\r",
    "\x01\x1f\x7f",
    "strict $",
    "/* */",
    "x" * 100_000,
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts(rows):
    """Every second post has a document; the tests give one of them the hostile text."""
    Post.objects.filter(pk__in=[post.pk for post in rows.posts[::2]]).update(metadata={"kind": "plain", "list": ["x"]})
    return [post.pk for post in rows.posts]


def found(queryset):
    return list(queryset.order_by("pk").values_list("pk", flat=True))


@pytest.fixture(params=HOSTILE, ids=lambda text: ascii(text)[:30])
def text(request):
    return request.param


def test_as_keys_and_values(text, posts):
    own, others = posts[0], posts[1:]
    one = Post.objects.filter(pk=own)
    if not storable(text):
        for write in (
            lambda: one.json_set(text, 1),
            lambda: one.json_set("a", text),
            lambda: one.json_merge({text: 1}),
            lambda: one.json_append("a", [text]),
            lambda: one.json_increment((text, "a")),
            lambda: one.json_remove(text),
        ):
            with pytest.raises(ValueError, match="NUL"):
                write()
        holding = []
    else:
        assert one.json_merge({text: {text: text, "list": [text, {text: text}]}}) == 1
        holding = [own]
    for rows in (
        Post.objects.json_at((text, text), text),
        Post.objects.json_at((text, text), [text], op="in"),
        Post.objects.json_at((text, text), (text, text), op="between"),
        Post.objects.json_at((text, "list"), text, op="has_element"),
        Post.objects.json_at((text, "list"), {text: text}, op="has_item"),
        Post.objects.json_at((text, "list", 0), text),
        Post.objects.json_at((text, "list", 1, text), op="exists"),
        Post.objects.json_at((text, text), text, op="matches"),
        Post.objects.json_containing({text: {text: text}}),
        Post.objects.json_keys(text),
        Post.objects.json_keys(text, "no such key", mode="any"),
    ):
        assert found(rows) == holding
    assert found(Post.objects.json_at((text, text), text, op="ne")) == sorted({own, *others} - {*holding})
    assert found(Post.objects.json_at(text, op="missing")) == sorted({own, *others} - {*holding})
    values = Post.objects.with_json_value((text, text), str, "found").with_json_keys("held")
    assert [row.pk for row in values if row.found == text] == holding
    assert [row.pk for row in values if text in row.held] == holding
    counted = {row["value"]: row["count"] for row in Post.objects.count_by_json((text, text))}
    assert counted == {None: len(posts) - len(holding), **({text: 1} if holding else {})}
    if holding:
        assert one.json_increment((text, "n"), 2) == 1
        assert one.json_append((text, "list"), text, keep=1) == 1
        assert one.get().metadata[text] == {text: text, "list": [text], "n": 2}
        assert one.json_remove((text, text), (text, "n"), (text, "list")) == 1
        assert one.get().metadata == {"kind": "plain", "list": ["x"], text: {}}


def test_as_a_path_or_a_variable(text, posts):
    whole = posts[::2]
    try:
        rows = Post.objects.json_matching(text)
    except ValueError:
        pass
    else:
        assert found(rows) in ([], whole)
    try:
        assert found(Post.objects.json_matching("$.kind == $x || $.list[*] == $x", x=text)) == []
    except ValueError:
        assert not storable(text)
    assert found(Post.objects.json_matching('$.kind == "plain"')) == whole


def test_as_elements(text, posts):
    one = Post.objects.filter(pk=posts[0])
    Post.objects.update(tags=["plain"])
    fits = storable(text) and len(text) <= 50
    if fits:
        assert one.array_add("tags", text) == 1
    else:
        with pytest.raises(ValueError, match="no element"):
            one.array_add("tags", text)
    holding = posts[:1] if fits else []
    for rows in (
        Post.objects.in_array("tags", any=[text]),
        Post.objects.in_array("tags", all=[text, "plain"]),
        Post.objects.in_array("tags", same_as=["plain", text]),
        Post.objects.in_array("tags", prefix=text),
        Post.objects.with_shared("tags", [text]).filter(shared__gt=0),
        Post.objects.tagged(text),
    ):
        assert found(rows) == holding
    assert found(Post.objects.in_array("tags", none=[text])) == sorted({*posts} - {*holding})
    if storable(text):
        joined = set(Post.objects.with_joined("tags", sep=text).values_list("tags_joined", flat=True))
        assert joined == ({"plain", text.join(["plain", text])} if fits else {"plain"})
    if fits:
        assert one.array_rename("tags", text, "it") == one.array_rename("tags", "it", text) == 1
        assert one.array_discard("tags", text) == 1
        assert one.get().tags == ["plain"]


def test_as_names(text, posts):
    """Of fields and annotations: a lookup or a piece of SQL is none."""
    for call in (
        lambda: Post.objects.json_at("kind", 1, field=text),
        lambda: Post.objects.in_array(text, any=["x"]),
        lambda: Post.objects.with_array_size(text),
        lambda: Post.objects.with_joined(text),
        lambda: Post.objects.with_list("comments", text),
        lambda: Post.objects.with_list(text),
        lambda: Post.objects.with_json_list("comments", text),
        lambda: Post.objects.with_list("comments", by=text),
        lambda: Post.objects.with_object("made", key=text),
    ):
        with pytest.raises(UnknownField):
            call()
    if not text.isidentifier() or "__" in text:
        for call in (
            lambda: Post.objects.with_json_value("kind", str, text),
            lambda: Post.objects.with_json_keys(text),
            lambda: Post.objects.with_object(text, key="title"),
            lambda: Post.objects.count_by_json("kind", as_=text),
            lambda: Post.objects.count_element_pairs("tags", as_=("a", text)),
            lambda: Post.objects.with_list("comments", as_=text),
        ):
            with pytest.raises(AliasClash):
                call()
    made = Post.objects.filter(Q(pk=posts[0]))
    if storable(text):
        assert made.with_object("made", **{text: "title"}).get().made == {text: made.get().title}
    else:
        with pytest.raises(ValueError, match="NUL"):
            made.with_object("made", **{text: "title"})
