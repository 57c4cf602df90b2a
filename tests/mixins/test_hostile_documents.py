"""Whatever text comes from outside: it is a key, a value, an element or refused, and never a part of the language.

``TRIED`` says, for every argument of every method about documents, arrays and lists, what each text must give there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_project.content.models import Post
from querysets import P, PatternQuerySet
from querysets.errors import AliasClash, UnknownField
from querysets.kinds import methods
from querysets.sql.values import storable

HOSTILE = [
    "'", '"', "''; DROP TABLE content_post; --", "%", "%s", "%(x)s", "_", "\\", "\\'", "\0", "a\0b", "\ud800", "__",
    "a__b", "has_key", "isnull", "contains", "0", "-1", "last", "$", "$.a", "$x", "@", "*", ".**", '" || true || "',
    "{}", "[]", "null", "true", "a & | b", ":*", "<->", "<script>alert(1)</script>", '<img src=x onerror="x">',
    "\ue000x\ue001", "Iİıi", "ß", "队列", "🦉", "\u202e", "{a,b}", "NULL", "a,b", "\n\t\r", "\x01\x1f\x7f", "strict $",
    "/* */", "", " ", "x" * 64, "x" * 100_000,
]  # fmt: skip
PARTS = [*HOSTILE[:-1], "kind", "plain", "?", "(", ")", "==", "like_regex"]
TYPED = st.lists(st.sampled_from(PARTS), min_size=2, max_size=5).map(lambda parts: f"{''.join(parts)}.")

pytestmark = pytest.mark.django_db


class Told(NamedTuple):
    """A text, and the post that has it in its document and among its tags, so far as they can hold it."""

    text: str
    own: int
    every: frozenset[int]

    @property
    def is_storable(self) -> bool:
        return storable(self.text)

    @property
    def is_tag(self) -> bool:
        return self.is_storable and len(self.text) <= 50

    @property
    def document(self) -> dict[str, Any]:
        inner = {self.text: self.text, "list": [self.text, {self.text: self.text}]}
        return {"kind": "plain", **({self.text: inner} if self.is_storable else {})}

    @property
    def tags(self) -> list[str]:
        return ["plain", self.text] if self.is_tag else ["plain"]


Expected = Callable[[Told], Any]


def holding(told):
    return {told.own} if told.is_storable else set()


def tagged(told):
    return {told.own} if told.is_tag else set()


def others(told):
    return told.every - holding(told)


def refused(error):
    return lambda _told: error


def unless_storable(expected):
    return lambda told: expected(told) if told.is_storable else ValueError


def unless_alias(expected):
    return lambda told: expected(told) if told.text.isidentifier() and "__" not in told.text else AliasClash


def document(change):
    """Written once, with what ``change`` leaves; refused if the text can be nowhere."""
    return unless_storable(lambda told: (1, change(told.document, told.text), told.tags))


def tags(change):
    return lambda told: (1, told.document, change(told.text)) if told.is_tag else ValueError


def inner(found, text, **values):
    return {**found, text: {**found[text], **values}}


def everything(told):
    return set(told.every)


def like(attribute, value):
    """The posts whose ``attribute`` is ``value`` of the text, or contains it."""

    def found(rows, text):
        return {row.pk for row in rows if getattr(row, attribute) == value(text)}

    return found


NO_FIELD, NO_TYPE, NO_VALUE = refused(UnknownField), refused(TypeError), refused(ValueError)
Try = tuple[Callable[[Any, str], Any], Expected]

TRIED: Mapping[tuple[str, str], tuple[Try, ...]] = {
    ("json_at", "path"): (
        (lambda rows, x: rows.json_at((x, "list", 0), x), holding),
        (lambda rows, x: rows.json_at((x, "list", -1, x), op="exists"), holding),
        (lambda rows, x: rows.json_at(x, op="missing"), others),
        (lambda rows, x: rows.json_at((x, "list", 7), op="null"), lambda _told: set()),
    ),
    ("json_at", "value"): (
        (lambda rows, x: rows.json_at((x, x), x), holding),
        (lambda rows, x: rows.json_at((x, x), x, op="ne"), others),
        (lambda rows, x: rows.json_at((x, x), [x], op="in"), holding),
        (lambda rows, x: rows.json_at((x, x), (x, x), op="between"), holding),
        (lambda rows, x: rows.json_at((x, x), x, op="gt"), lambda _told: set()),
        (lambda rows, x: rows.json_at((x, x), x, op="gte"), holding),
        (lambda rows, x: rows.json_at((x, x), x, op="lt"), lambda _told: set()),
        (lambda rows, x: rows.json_at((x, x), x, op="lte"), holding),
        (lambda rows, x: rows.json_at((x, x), x, op="matches"), holding),
        (lambda rows, x: rows.json_at((x, "list"), x, op="has_element"), holding),
        (lambda rows, x: rows.json_at((x, "list"), {x: x}, op="has_item"), holding),
    ),
    ("json_at", "op"): ((lambda rows, x: rows.json_at("kind", 1, op=f"{x}!"), NO_VALUE),),
    ("json_at", "field"): ((lambda rows, x: rows.json_at("kind", 1, field=x), NO_FIELD),),
    ("json_containing", "document"): (
        (lambda rows, x: rows.json_containing({x: {x: x}}), holding),
        (lambda rows, x: rows.json_containing({x: {"list": [{x: x}, x]}}), holding),
        (lambda rows, x: rows.json_containing(x), NO_TYPE),
    ),
    ("json_containing", "field"): ((lambda rows, x: rows.json_containing({}, field=x), NO_FIELD),),
    ("json_keys", "keys"): (
        (lambda rows, x: rows.json_keys(x), holding),
        (lambda rows, x: rows.json_keys("kind", x), holding),
        (lambda rows, x: rows.json_keys(x, "no such key", mode="any"), holding),
        (lambda rows, x: rows.json_keys(x, "no such key", mode="none"), others),
    ),
    ("json_keys", "mode"): ((lambda rows, x: rows.json_keys("kind", mode=x), NO_VALUE),),
    ("json_keys", "field"): ((lambda rows, x: rows.json_keys("kind", field=x), NO_FIELD),),
    ("json_matching", "path"): (),  # below: a path may well be one
    ("json_matching", "variables"): (
        (lambda rows, x: rows.json_matching("$.kind == $x", x=x), unless_storable(lambda _told: set())),
        (lambda rows, x: rows.json_matching("$.*.list[0] == $x", x=x), unless_storable(holding)),
        (lambda rows, _: rows.json_matching("strict $.kind == $x", x="plain"), everything),
    ),
    ("json_matching", "field"): ((lambda rows, x: rows.json_matching("$.kind", field=x), NO_FIELD),),
    ("with_json_value", "path"): (
        (lambda rows, x: like("it", str)(rows.with_json_value((x, x), str, "it"), x), holding),
        (lambda rows, x: like("it", lambda x: [x, {x: x}])(rows.with_json_value((x, "list"), list, "it"), x), holding),
    ),
    ("with_json_value", "type"): ((lambda rows, x: rows.with_json_value("kind", x, "it"), NO_TYPE),),
    ("with_json_value", "as_"): (
        (lambda rows, x: like(x, lambda _: "plain")(rows.with_json_value("kind", str, x), x), unless_alias(everything)),
    ),
    ("with_json_value", "field"): ((lambda rows, x: rows.with_json_value("kind", str, "it", field=x), NO_FIELD),),
    ("with_json_keys", "as_"): (
        (lambda rows, x: {row.pk for row in rows.with_json_keys(x) if "kind" in getattr(row, x)},
         unless_alias(everything)),
    ),
    ("with_json_keys", "field"): ((lambda rows, x: rows.with_json_keys(field=x), NO_FIELD),),
    ("with_object", "as_"): (
        (lambda rows, x: {row.pk for row in rows.with_object(x, id="pk") if getattr(row, x) == {"id": row.pk}},
         unless_alias(everything)),
    ),
    ("with_object", "fields"): (
        (lambda rows, x: rows.with_object("it", key=x), NO_FIELD),
        (lambda rows, x: {row.pk for row in rows.with_object("it", **{x: "pk"}) if row.it == {x: row.pk}},
         unless_storable(everything)),
    ),
    ("count_by_json", "path"): (
        (lambda rows, x: {row["value"]: row["count"] for row in rows.count_by_json((x, x))},
         lambda told: {None: len(others(told)), **dict.fromkeys([told.text] * len(holding(told)), 1)}),
    ),
    ("count_by_json", "as_"): (
        (lambda rows, x: [dict(row) for row in rows.count_by_json("kind", as_=x)],
         unless_alias(lambda told: [{told.text: "plain", "count": len(told.every)}])),
    ),
    ("count_by_json", "field"): ((lambda rows, x: rows.count_by_json("kind", field=x), NO_FIELD),),
    ("json_key_stats", "field"): ((lambda rows, x: rows.json_key_stats(field=x), NO_FIELD),),
    ("json_merge", "patch"): (
        (lambda rows, x: rows.json_merge({x: {"new": [x]}}), document(lambda found, x: {**found, x: {"new": [x]}})),
        (lambda rows, x: rows.json_merge(x), NO_TYPE),
    ),
    ("json_merge", "field"): ((lambda rows, x: rows.json_merge({"a": 1}, field=x), NO_FIELD),),
    ("json_set", "path"): (
        (lambda rows, x: rows.json_set((x, "n"), 1), document(lambda found, x: inner(found, x, n=1))),
        (lambda rows, x: rows.json_set((x, "new", x), 1), document(lambda found, x: inner(found, x, new={x: 1}))),
    ),
    ("json_set", "value"): ((lambda rows, x: rows.json_set("new", [x]), document(lambda f, x: {**f, "new": [x]})),),
    ("json_set", "field"): ((lambda rows, x: rows.json_set("a", 1, field=x), NO_FIELD),),
    ("json_remove", "paths"): (
        (lambda rows, x: rows.json_remove(x, "nonsense"),
         document(lambda found, x: {key: found[key] for key in found if key != x})),
    ),
    ("json_remove", "field"): ((lambda rows, x: rows.json_remove("a", field=x), NO_FIELD),),
    ("json_increment", "path"): (
        (lambda rows, x: rows.json_increment((x, "n"), 2), document(lambda found, x: inner(found, x, n=2))),
    ),
    ("json_increment", "by"): ((lambda rows, x: rows.json_increment("n", x), NO_TYPE),),
    ("json_increment", "field"): ((lambda rows, x: rows.json_increment("a", field=x), NO_FIELD),),
    ("json_append", "path"): (
        (lambda rows, x: rows.json_append((x, "log"), 1), document(lambda found, x: inner(found, x, log=[1]))),
    ),
    ("json_append", "value"): (
        (lambda rows, x: rows.json_append("log", {x: x}), document(lambda found, x: {**found, "log": [{x: x}]})),
    ),
    ("json_append", "keep"): ((lambda rows, x: rows.json_append("log", 1, keep=x), NO_TYPE),),
    ("json_append", "field"): ((lambda rows, x: rows.json_append("log", 1, field=x), NO_FIELD),),
    ("in_array", "field"): ((lambda rows, x: rows.in_array(x, any=["plain"]), NO_FIELD),),
    ("in_array", "any"): ((lambda rows, x: rows.in_array("tags", any=[x]), tagged),),
    ("in_array", "all"): ((lambda rows, x: rows.in_array("tags", all=["plain", x]), tagged),),
    ("in_array", "none"): ((lambda rows, x: rows.in_array("tags", none=[x]), lambda told: told.every - tagged(told)),),
    ("in_array", "only"): (
        (lambda rows, x: rows.in_array("tags", only=[x, "plain"]), everything),
        (lambda rows, x: rows.in_array("tags", only=[x]), lambda _told: set()),
    ),
    ("in_array", "same_as"): ((lambda rows, x: rows.in_array("tags", same_as=[x, "plain"]), tagged),),
    ("in_array", "size"): ((lambda rows, x: rows.in_array("tags", size=x), NO_TYPE),),
    ("in_array", "prefix"): (
        (lambda rows, x: rows.in_array("tags", prefix=x), lambda told: tagged(told) if told.text else told.every),
    ),
    ("with_array_size", "field"): ((lambda rows, x: rows.with_array_size(x), NO_FIELD),),
    ("with_array_size", "as_"): (
        (lambda rows, x: like(x, lambda _: 2)(rows.with_array_size("tags", x), x), unless_alias(tagged)),
    ),
    ("with_shared", "field"): ((lambda rows, x: rows.with_shared(x, ["a"]), NO_FIELD),),
    ("with_shared", "values"): (
        (lambda rows, x: rows.with_shared("tags", [x]).above(shared=0), tagged),
        (lambda rows, x: rows.with_shared("tags", x), NO_TYPE),
    ),
    ("with_shared", "as_"): (
        (lambda rows, x: like(f"{x}_shared", lambda _: 1)(rows.with_shared("tags", ["plain"], as_=x), x),
         lambda told: unless_alias(everything)(told._replace(text=f"{told.text}_"))),
    ),
    ("count_element_pairs", "field"): ((lambda rows, x: rows.count_element_pairs(x), NO_FIELD),),
    ("count_element_pairs", "as_"): (
        (lambda rows, x: [dict(row) for row in rows.count_element_pairs("tags", as_=("one", x))],
         unless_alias(lambda told: [dict(zip(("one", told.text), sorted(told.tags), strict=True), count=1)]
                      if told.is_tag else [])),
    ),
    ("with_list", "relation"): ((lambda rows, x: rows.with_list(x), NO_FIELD),),
    ("with_list", "field"): ((lambda rows, x: rows.with_list("comments", x), NO_FIELD),),
    ("with_list", "by"): (
        (lambda rows, x: rows.with_list("comments", by=x), NO_FIELD),
        (lambda rows, x: rows.with_list("comments", by=x, distinct=True), NO_VALUE),
    ),
    ("with_list", "n"): ((lambda rows, x: rows.with_list("comments", n=x), NO_TYPE),),
    ("with_list", "where"): (
        (lambda rows, x: like("it", lambda _: [])(rows.with_list("comments", where=P.by(content=x), as_="it"), x),
         everything),
        (lambda rows, x: rows.with_list("comments", where=x), NO_TYPE),
    ),
    ("with_list", "as_"): (
        (lambda rows, x: like(x, lambda _: [])(rows.with_list("comments", n=0, as_=x), x), unless_alias(everything)),
    ),
    ("with_json_list", "relation"): ((lambda rows, x: rows.with_json_list(x, "id"), NO_FIELD),),
    ("with_json_list", "fields"): ((lambda rows, x: rows.with_json_list("comments", x), NO_FIELD),),
    ("with_json_list", "by"): ((lambda rows, x: rows.with_json_list("comments", "id", by=x), NO_FIELD),),
    ("with_json_list", "n"): ((lambda rows, x: rows.with_json_list("comments", "id", n=x), NO_TYPE),),
    ("with_json_list", "where"): ((lambda rows, x: rows.with_json_list("comments", "id", where=x), NO_TYPE),),
    ("with_json_list", "as_"): (
        (lambda rows, x: like(x, lambda _: [])(rows.with_json_list("comments", "id", n=0, as_=x), x),
         unless_alias(everything)),
    ),
    ("with_joined", "what"): (
        (lambda rows, x: rows.with_joined(x), NO_FIELD),
        (lambda rows, x: rows.with_joined(x, "pk"), NO_FIELD),
    ),
    ("with_joined", "field"): ((lambda rows, x: rows.with_joined("comments", x), NO_FIELD),),
    ("with_joined", "sep"): (
        (lambda rows, x: like("it", lambda x: f"plain{x}{x}")(rows.with_joined("tags", sep=x, as_="it"), x),
         unless_storable(lambda told: tagged(told) if told.text else told.every)),
    ),
    ("with_joined", "by"): ((lambda rows, x: rows.with_joined("comments", "pk", by=x), NO_FIELD),),
    ("with_joined", "n"): ((lambda rows, x: rows.with_joined("comments", "pk", n=x), NO_TYPE),),
    ("with_joined", "where"): ((lambda rows, x: rows.with_joined("comments", "pk", where=x), NO_TYPE),),
    ("with_joined", "as_"): (
        (lambda rows, x: like(x, lambda _: "plain")(rows.with_joined("tags", as_=x), x),
         unless_alias(lambda told: told.every - tagged(told))),
    ),
    ("array_add", "field"): ((lambda rows, x: rows.array_add(x, "new"), NO_FIELD),),
    ("array_add", "elements"): (
        (lambda rows, x: rows.array_add("tags", x, "new", x), tags(lambda x: ["plain", x, "new"])),
    ),
    ("array_discard", "field"): ((lambda rows, x: rows.array_discard(x, "new"), NO_FIELD),),
    ("array_discard", "elements"): (
        (lambda rows, x: rows.array_discard("tags", x, "new"),
         lambda told: (len(tagged(told)), told.document, ["plain"])),
    ),
    ("array_rename", "field"): ((lambda rows, x: rows.array_rename(x, "a", "b"), NO_FIELD),),
    ("array_rename", "old"): (
        (lambda rows, x: rows.array_rename("tags", x, "new"),
         lambda told: (len(tagged(told)), told.document, ["plain", "new"] if told.is_tag else ["plain"])),
    ),
    ("array_rename", "new"): ((lambda rows, x: rows.array_rename("tags", "plain", x), tags(lambda x: [x])),),
}  # fmt: skip

FLAGS = {"distinct"}


def test_no_argument_is_forgotten():
    registered = methods(PatternQuerySet)
    asked = {
        (name, parameter)
        for name, method in registered.items()
        if method.function.__module__.startswith(("querysets.mixins.postgres.json", "querysets.mixins.postgres.arrays"))
        and not inspect.iscoroutinefunction(method.function)
        for parameter in inspect.signature(method.function).parameters
        if parameter not in {"self", *FLAGS}
    }
    assert asked == TRIED.keys()


@pytest.fixture
def own(rows):
    """A post for the hostile text; every other has a plain document and plain tags."""
    Post.objects.update(metadata={"kind": "plain"}, tags=["plain"])
    return rows.posts[0].pk


def outcome(name, call, told):
    """The rows, what a write returns and leaves, or the error of ours that was raised before any SQL."""
    one = Post.objects.filter(pk=told.own)
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        try:
            found = call(one if "write" in methods(PatternQuerySet)[name].kinds else Post.objects.all(), told.text)
            if isinstance(found, QuerySet):
                found = set(found.values_list("pk", flat=True))
            elif isinstance(found, int):
                found = (found, *one.values_list("metadata", "tags").get())
        except (ValueError, TypeError, UnknownField, AliasClash) as error:
            found = "an error after SQL" if queries.captured_queries else type(error)
        transaction.set_rollback(True)
    return found


def check(text, own):
    told = Told(text, own, frozenset(Post.objects.values_list("pk", flat=True)))
    with transaction.atomic():
        Post.objects.filter(pk=own).update(metadata=told.document, tags=told.tags)
        for (name, parameter), tries in TRIED.items():
            for place, (call, expected) in enumerate(tries):
                found, wanted = outcome(name, call, told), expected(told)
                if isinstance(found, type) and isinstance(wanted, type):
                    wanted = found if issubclass(found, wanted) else wanted
                assert found == wanted, (name, parameter, place, text[:100])
        transaction.set_rollback(True)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_every_argument_takes_a_text_for_what_it_is(text, own):
    check(text, own)


def test_every_argument_takes_what_is_typed_for_what_it_is(own):
    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(TYPED)
    def typed(text):
        check(text, own)

    typed()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:30])
def test_a_path_is_one_or_is_refused(text, own):
    everything = Post.objects.count()
    try:
        rows = Post.objects.json_matching(text)
    except ValueError:
        return
    assert rows.count() in {0, everything}
