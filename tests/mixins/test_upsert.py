"""``upsert`` against plain Python: what it answers, the rows that it leaves, and those that it never touches."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, IntegerRangeField
from django.contrib.postgres.indexes import OpClass
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Length, Now, Upper
from django.test.utils import CaptureQueriesContext
from pgvector.django import VectorField
from psycopg.types.range import Range

from example_project.content.models import Category, Post, Reaction, User
from querysets import Excluded, P, PatternManager, Upserted
from querysets.errors import WrongShape
from querysets.sql.postgres import upserts

THEN = datetime(2026, 1, 1, tzinfo=UTC)


class Touched(models.TextField):
    """A field that looks at the whole instance before it is saved."""

    def pre_save(self, model_instance, add):  # noqa: ARG002 (Django's)
        return f"{model_instance.code}/{model_instance.hits}"


class Stock(models.Model):
    """Every kind of column and of key."""

    code = models.CharField(max_length=20, unique=True)
    region = models.CharField(max_length=9, null=True)  # noqa: DJ001 (part of a key)
    hits = models.IntegerField(default=0)
    note = models.TextField(blank=True)
    mark = models.TextField(blank=True)
    price = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    ratio = models.FloatField(null=True)
    on = models.BooleanField(default=True)
    day = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    took = models.DurationField(null=True)
    uid = models.UUIDField(null=True)
    raw = models.BinaryField(null=True)
    document = models.JSONField(null=True)
    words = ArrayField(models.CharField(max_length=9), null=True)
    span = IntegerRangeField(null=True)
    times = DateTimeRangeField(null=True)
    vector = VectorField(dimensions=3, null=True)
    made = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
    state = models.CharField(max_length=9, db_default="new")
    twice = models.GeneratedField(expression=F("hits") * 2, output_field=models.IntegerField(), db_persist=True)

    objects = PatternManager()

    class Meta:
        app_label = "upserts"
        constraints = [
            models.UniqueConstraint(fields=["mark"], name="stock_mark_on", condition=Q(on=True, mark__gt="")),
            models.UniqueConstraint(OpClass(Upper("region"), "text_pattern_ops"), "day", name="stock_region_day"),
            models.UniqueConstraint(fields=["uid"], name="stock_uid", deferrable=models.Deferrable.DEFERRED),
            models.UniqueConstraint(fields=["took"], name="stock_took"),
        ]


class Shelf(models.Model):
    """NULL is a value of its key."""

    lane = models.IntegerField(null=True)
    place = models.IntegerField()
    text = models.TextField()

    objects = PatternManager()

    class Meta:
        app_label = "upserts"
        constraints = [models.UniqueConstraint(fields=["lane", "place"], name="shelf", nulls_distinct=False)]


class Label(models.Model):
    """A field that is made of others, and a key of two columns."""

    pk = models.CompositePrimaryKey("code", "hits")
    code = models.TextField()
    hits = models.IntegerField()
    text = Touched()

    objects = PatternManager()

    class Meta:
        app_label = "upserts"


@pytest.fixture
def stock(db):
    with connection.schema_editor() as editor:
        editor.create_model(Stock)
        editor.create_model(Shelf)
        editor.create_model(Label)
    return Stock.objects


def places(model=Stock):
    """Where each row lies: elsewhere once it is written."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ctid::text FROM {model._meta.db_table} ORDER BY 1")  # noqa: S608 (a table of ours)
        return {place for (place,) in cursor.fetchall()}


@contextmanager
def at_most(rows, monkeypatch):
    """More than so many rows go through a table of their own."""
    with monkeypatch.context() as patched:
        patched.setattr(upserts, "FEW", rows)
        yield


@pytest.fixture(params=["arrays", "table"])
def way(request, monkeypatch):
    """Each of the two ways that rows take to the server."""
    if request.param == "table":
        monkeypatch.setattr(upserts, "FEW", 0)
    return request.param


def seen(*names, **by):
    return sorted(Stock.objects.filter(**by).values_list("code", *names))


def test_rows_are_created_updated_and_left(stock, way):
    assert stock.upsert([{"code": "a", "hits": 1}, {"code": "b", "hits": 1}], "code") == (2, 0, 0)
    before = places()
    found = stock.upsert([{"code": "b", "hits": 1}, {"code": "a", "hits": 2}, {"code": "c", "hits": 3}], key=["code"])
    assert found == Upserted(created=1, updated=1, unchanged=1)
    assert seen("hits") == [("a", 2), ("b", 1), ("c", 3)]
    assert len(before & places()) == 1


def test_no_rows_are_none(stock, way, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert stock.upsert([], "code") == stock.upsert(iter(()), "code", ["hits"]) == (0, 0, 0)


def test_the_last_of_rows_with_one_key_is_taken_as_if_it_were_the_only_one(stock, way):
    stock.upsert([{"code": "a", "hits": 10}], "code")
    rows = [{"code": code, "hits": hits} for code, hits in [("a", 30), ("b", 9), ("a", 20), ("b", 1), ("a", 5)]]
    newer = Q(hits__lt=Excluded("hits"))
    assert stock.upsert(rows, "code", where=newer) == (1, 0, 1)
    assert seen("hits") == [("a", 10), ("b", 1)]
    assert stock.upsert(rows, "code", {"hits": F("hits") + Excluded("hits")}) == (0, 2, 0)
    assert seen("hits") == [("a", 15), ("b", 2)]


def test_the_last_is_taken_beyond_the_rows_that_lie_in_memory(stock, monkeypatch):
    rows = [{"code": f"c{n % 40}", "hits": n} for n in range(1000)]
    with at_most(7, monkeypatch):
        assert stock.upsert(iter(rows), "code") == (40, 0, 0)
    assert seen("hits") == sorted((f"c{n % 40}", n) for n in range(960, 1000))


def test_of_many_rows_an_error_leaves_none(stock, monkeypatch):
    rows = [{"code": f"c{n}", "hits": n if n < 900 else "x"} for n in range(1000)]
    with at_most(7, monkeypatch), pytest.raises(ValueError, match=r"rows\[900\]: hits cannot be 'x'"):
        stock.upsert(rows, "code")
    assert not stock.exists()
    with at_most(7, monkeypatch):
        assert stock.upsert(rows[:900], "code") == (900, 0, 0)
        assert stock.upsert(rows[:900], "code") == (0, 0, 900)


EVERY = {
    "code": "x'y\"\\z%s",
    "region": None,
    "hits": -(2**30),
    "note": 'a\tb\nc\\N {"}',
    "price": Decimal("-999.99"),
    "ratio": 1e-300,
    "on": False,
    "day": datetime(2026, 2, 28, tzinfo=UTC).date(),
    "at": THEN + timedelta(microseconds=1),
    "took": timedelta(days=-1, microseconds=7),
    "uid": "12345678-1234-5678-1234-567812345678",
    "raw": b"\x00\xff\\",
    "document": {"a": [1, None, "ü\\\"'"], "b": {"c": 1.5}},
    "words": ["", "NULL", 'a,"b', "{}"],
    "span": Range(1, 5),
    "times": (THEN, None),
    "vector": [1, 2.5, -3],
}


def test_every_kind_of_value_comes_back_as_django_saves_it(stock, way):
    assert stock.upsert([EVERY], "code") == (1, 0, 0)
    upserted = Stock.objects.values().get()
    stock.all().delete()
    Stock.objects.create(**EVERY)
    created = Stock.objects.values().get()
    alike = set(created) - {"id", "made", "changed", "vector"}
    assert {name: upserted[name] for name in alike} == {name: created[name] for name in alike}
    assert list(upserted["vector"]) == list(created["vector"])
    before = places()
    assert stock.upsert([EVERY], "code") == (0, 0, 1)
    assert places() == before


def test_nothing_is_a_value(stock, way):
    empty = {name: None if Stock._meta.get_field(name).null else value for name, value in EVERY.items()}
    assert stock.upsert([EVERY], "code") == (1, 0, 0)
    assert stock.upsert([empty], "code") == (0, 1, 0)
    assert stock.upsert([empty], "code") == (0, 0, 1)
    assert Stock.objects.values(*EVERY).get() == empty


def test_columns_that_are_not_given_have_defaults_once_and_stay_then(stock, way):
    stock.upsert([{"code": "a"}], "code")
    row = Stock.objects.get()
    assert (row.hits, row.on, row.state, row.note, row.twice) == (0, True, "new", "", 0)
    assert row.made.date() == row.changed.date()
    stock.update(hits=7, state="old", on=False)
    assert stock.upsert([{"code": "a", "note": "n"}, {"code": "b", "note": "n2"}], "code") == (1, 1, 0)
    assert seen("hits", "state", "on", "note") == [("a", 7, "old", False, "n"), ("b", 0, "new", True, "n2")]


def test_a_moment_of_change_is_written_with_a_change_and_is_none_itself(stock):
    stock.upsert([{"code": "a", "hits": 1}], "code")
    stock.update(made=THEN, changed=THEN)
    assert stock.upsert([{"code": "a", "hits": 1}], "code") == (0, 0, 1)
    assert stock.upsert([{"code": "a", "hits": 2}], "code", ["hits"]) == (0, 1, 0)
    assert Stock.objects.get().changed == THEN
    assert stock.upsert([{"code": "a", "hits": 3}], "code") == (0, 1, 0)
    row = Stock.objects.get()
    assert row.changed > THEN == row.made


def test_only_what_is_named_is_updated(stock, way):
    stock.upsert([{"code": "a", "hits": 1, "note": "old"}], "code")
    assert stock.upsert([{"code": "a", "hits": 2, "note": "new"}], "code", "note") == (0, 1, 0)
    assert seen("hits", "note") == [("a", 1, "new")]
    for nothing in ((), {}):
        assert stock.upsert([{"code": "a", "hits": 3}, {"code": "b", "hits": 3}], "code", nothing)[1] == 0
    assert seen("hits") == [("a", 1), ("b", 3)]


def test_an_update_takes_expressions_values_and_subqueries(stock, way):
    stock.upsert([{"code": "a", "hits": 1, "note": "n"}], "code")
    update = {"hits": F("hits") * 10 + Excluded("hits"), "note": Upper(Excluded("note")), "region": "é", "price": None}
    assert stock.upsert([{"code": "a", "hits": 2, "note": "m"}], "code", update) == (0, 1, 0)
    assert seen("hits", "note", "region", "price") == [("a", 12, "M", "é", None)]
    stock.upsert([{"code": "a", "day": THEN.date()}], "code", {"at": Now(), "hits": Length(Excluded("code"))})
    assert Stock.objects.get().hits == 1


def test_a_condition_is_on_the_row_that_is_there(stock, way):
    stock.upsert([{"code": code, "hits": hits} for code, hits in [("a", 1), ("b", 2), ("c", 3)]], "code")
    rows = [{"code": code, "hits": 2, "note": "x"} for code in "abcd"]
    assert stock.upsert(rows, "code", where=P.below(hits=Excluded("hits"))) == (1, 1, 2)
    assert seen("note") == [("a", "x"), ("b", ""), ("c", ""), ("d", "x")]
    again = [{**row, "note": "y"} for row in rows]
    assert stock.upsert(again, "code", where=~Q(code__in=["a", "%"]) & Q(note="") | Q(hits__gt=9)) == (0, 2, 2)
    assert stock.upsert(again, "code", where=P.any_of()) == (0, 0, 4)
    assert stock.upsert(again, "code", where=Q()) == (0, 2, 2)
    assert {note for _, note in seen("note")} == {"y"}


def test_a_condition_may_look_at_other_tables_by_a_subquery(rows):
    slugs = [{"slug": post.slug, "title": "new"} for post in rows.posts]
    discussed = {comment.post_id for comment in rows.comments}
    given = [{**each, "content": "c", "author": rows.users[0]} for each in slugs]
    assert Post.objects.upsert(given, "slug", "title", P.having("comments")) == (0, len(discussed), 60 - len(discussed))
    assert {post.pk for post in Post.objects.filter(title="new")} == discussed


def test_a_row_is_the_same_if_the_fields_say_so_that_are_named(stock):
    stock.upsert([{"code": "a", "hits": 1, "note": "x"}, {"code": "b", "hits": 1, "note": "x"}], "code")
    rows = [{"code": "a", "hits": 1, "note": "y"}, {"code": "b", "hits": 2, "note": "x"}]
    assert stock.upsert(rows, "code", unless_same="hits") == (0, 1, 1)
    assert seen("hits", "note") == [("a", 1, "x"), ("b", 2, "x")]


def test_a_key_is_any_that_is_unique(stock, way):
    stock.upsert([{"code": "a"}], "code")
    pk = stock.get().pk
    rows = [{"pk": pk, "code": "d"}, {"pk": pk + 9, "code": "e", "hits": 3}]
    assert stock.upsert(rows[:1], "pk") == stock.upsert([{"id": pk, "code": "e"}], "id") == (0, 1, 0)
    with pytest.raises(ValueError, match=r"rows\[1\]: all rows give the same columns, and this one has also 'hits'"):
        stock.upsert(rows, "pk")
    assert stock.upsert([{"took": timedelta(1), "code": "t"}], "stock_took") == (1, 0, 0)


def test_a_key_may_have_nothing_for_a_value(stock, way):
    rows = [{"place": 1, "lane": None, "text": "a"}, {"place": 1, "lane": None, "text": "b"}]
    assert Shelf.objects.upsert(rows, ("place", "lane")) == (1, 0, 0)
    assert Shelf.objects.upsert([{"place": 1, "lane": None, "text": "c"}], "shelf") == (0, 1, 0)
    assert Shelf.objects.get().text == "c"


def test_a_key_with_a_condition_is_for_the_rows_that_it_holds_for(stock, way):
    def rows(*marks):
        return [{"code": f"{mark}{on}{n}", "mark": mark, "on": on} for n, (mark, on) in enumerate(marks)]

    first = rows(("x", True), ("x", False), ("x", False), ("x", True), ("", True), ("", True))
    assert stock.upsert(first, "mark") == (5, 0, 0)
    assert seen() == [("True4",), ("True5",), ("xFalse1",), ("xFalse2",), ("xTrue3",)]
    second = [{"code": "new", "mark": "x", "on": True}, {"code": "other", "mark": "x", "on": False}]
    assert stock.upsert(second, ["mark"], "code") == (1, 1, 0)
    assert seen(mark="x", on=True) == [("new",)]


def test_a_key_over_expressions_goes_by_its_name(stock, way):
    def row(code, region, day):
        return {"code": code, "region": region, "day": day, "hits": ord(code)}

    day = THEN.date()
    given = [row("a", "ü", day), row("b", "Ü", day), row("c", "ü", None), row("d", "ü", None), row("e", None, day)]
    assert stock.upsert(given, "stock_region_day") == (4, 0, 0)
    assert seen() == [("b",), ("c",), ("d",), ("e",)]
    assert stock.upsert([row("f", "ü", day)], "stock_region_day", "code") == (0, 1, 0)
    assert seen() == [("c",), ("d",), ("e",), ("f",)]


def test_a_key_that_is_none_is_told_those_that_are(stock):
    for key in ("hits", ("code", "hits"), "uid", ()):
        with pytest.raises(
            ValueError, match=r"is no key; upserts.Stock is unique by 'id'; 'code'; .*'stock_region_day'"
        ):
            stock.upsert([EVERY], key)
    for key, row in (("hits", {"code": "a"}), ("stock_region_day", {"code": "a", "day": None})):
        with pytest.raises(ValueError, match=r"is no key|do not give 'region', part of the key"):
            stock.upsert([row], key)
    with pytest.raises(ValueError, match=r"rows\[1\]: took is part of the key, which is never NULL"):
        stock.upsert([{"code": "a", "took": timedelta(1)}, {"code": "b", "took": None}], "took")


def test_a_composite_key_and_fields_that_look_at_the_whole_row(stock, way):
    rows = [{"code": "a", "hits": n % 2} for n in range(4)]
    assert Label.objects.upsert(rows, "pk") == (2, 0, 0)
    assert Label.objects.upsert(rows, ("hits", "code")) == (0, 0, 2)
    assert sorted(Label.objects.values_list("text", flat=True)) == ["a/0", "a/1"]


def test_instances_give_all_of_their_columns(stock, way):
    rows = [Stock(code="a", hits=1), Stock(code="b", hits=2, state="old")]
    assert stock.upsert(rows[:1], "code") == (1, 0, 0)
    with pytest.raises(ValueError, match=r"rows\[1\]: all rows give the same columns, and this one lacks 'state'"):
        stock.upsert(rows[::-1], "code")
    found = list(stock.all())
    found[0].hits = 9
    assert stock.upsert(found, "code") == (0, 1, 0)
    assert stock.upsert(found, "pk") == (0, 0, 1)
    assert seen("hits", "state") == [("a", 9, "new")]
    loaded = list(stock.only("code", "note"))
    loaded[0].note = "n"
    assert stock.upsert(loaded, "code") == (0, 1, 0)
    assert seen("hits", "note") == [("a", 9, "n")]
    with pytest.raises(TypeError, match=r"rows\[1\]: an instance of upserts.Stock is needed"):
        stock.upsert([Stock(code="c"), {"code": "d"}], "code")
    with pytest.raises(TypeError, match=r"rows\[1\]: a dict is needed"):
        stock.upsert([{"code": "d"}, Stock(code="c")], "code")


def test_foreign_keys_are_given_as_rows_or_as_keys(rows):
    post, user = rows.posts[50], rows.users[5]
    Reaction.objects.all().delete()
    one = {"post": post, "user": user, "kind": "like", "weight": 1}
    assert Reaction.objects.upsert([one], ("kind", "post", "user")) == (1, 0, 0)
    other = {"post_id": post.pk, "user": str(user.pk), "kind": Reaction.Kind.LIKE, "weight": 2}
    assert Reaction.objects.upsert([other], ("post_id", "user_id", "kind")) == (0, 1, 0)
    assert Reaction.objects.get().weight == 2
    for wrong in (User(), rows.posts[0], "x"):
        with pytest.raises(ValueError, match=r"rows\[0\]: user cannot be"):
            Reaction.objects.upsert([{**one, "user": wrong}], ("post", "user", "kind"))
    with pytest.raises(ValueError, match="unsaved related object"):
        Reaction.objects.upsert([Reaction(post=post, user=User(), kind="like")], ("post", "user", "kind"))


WRONG = [
    ({"hits": 1.5}, TypeError, "hits holds whole numbers"),
    ({"hits": 2**31}, ValueError, "hits cannot hold 2147483648"),
    ({"hits": "1e3"}, ValueError, "hits cannot be '1e3'"),
    ({"hits": None}, ValueError, "hits cannot be NULL"),
    ({"hits": F("hits")}, TypeError, "hits must be a plain value"),
    ({"price": 1.5}, TypeError, "price holds Decimals"),
    ({"price": Decimal(1000)}, ValueError, "price cannot hold"),
    ({"price": Decimal("999.999")}, ValueError, "price cannot hold"),
    ({"price": Decimal("NaN")}, ValueError, "price cannot"),
    ({"note": "a\0"}, ValueError, "note cannot hold"),
    ({"note": "\ud800"}, ValueError, "note cannot hold"),
    ({"words": ["a", "\0"]}, ValueError, "words cannot hold"),
    ({"words": ["0123456789"]}, ValueError, "words cannot hold"),
    ({"region": "0123456789"}, ValueError, "region cannot hold"),
    ({"document": {"a": "\0"}}, ValueError, "NUL"),
    ({"document": {1: 2}}, TypeError, "keys of an object"),
    ({"document": float("nan")}, ValueError, "nan"),
    ({"document": ...}, TypeError, "no JSON value"),
    ({"day": "2026-02-30"}, ValueError, "day cannot be"),
    ({"at": datetime(2026, 1, 1)}, ValueError, "aware datetime"),  # noqa: DTZ001 (naive, and so refused)
    ({"at": "2026-01-01 00:00"}, ValueError, "aware datetime"),
    ({"uid": "x"}, ValueError, "uid cannot be"),
    ({"ratio": "x"}, ValueError, "ratio cannot be"),
    ({"vector": [1, 2]}, ValueError, "vector holds 3 numbers, got 2"),
]


@pytest.mark.parametrize(("values", "error", "match"), WRONG, ids=str)
def test_a_value_that_its_column_cannot_hold_is_told_with_its_row(
    stock, values, error, match, django_assert_num_queries
):
    fine = {"code": "fine", **{name: EVERY[name] for name in values}}
    with django_assert_num_queries(0), pytest.raises(error, match=rf"upserts.Stock: upsert\(\): rows\[1\]: .*{match}"):
        stock.upsert([fine, {"code": "wrong", **values}], "code")


def test_hostile_texts_are_texts(stock, way):
    hostile = [
        "'); DROP TABLE stock; --",
        "%s%(a)s%%",
        "\\",
        "\\.",
        "\\N",
        "NULL",
        "{}",
        '"',
        '{"a",NULL}',
        "a\r\nb\tc",
        "\ue000",
        "x" * 20,
    ]
    rows = [
        {"code": code[:20], "note": code * 3, "words": [code[:9], code[:1]], "document": {code: code}}
        for code in hostile
    ]
    assert stock.upsert(rows, "code") == (len(rows), 0, 0)
    assert stock.upsert(rows, "code", where=Q(note=Excluded("note"))) == (0, 0, len(rows))
    found = Stock.objects.values("code", "note", "words", "document")
    assert sorted(found, key=lambda row: row["code"]) == sorted(rows, key=lambda row: row["code"])


def test_what_the_chain_says_of_rows_is_refused_and_what_it_says_of_statements_holds(stock, rows):
    narrowed = [stock.filter(hits=1), stock.none(), stock.exclude(hits=1), stock.limited(3)]
    for chain in (*narrowed, rows.users[0].posts, Category.objects.distinct("name")):
        with pytest.raises(WrongShape, match="narrowed by conditions; call it on"):
            chain.upsert([], "pk")
    with CaptureQueriesContext(connection) as captured:
        assert stock.order_by("hits").labelled("nightly").tuned(work_mem="64MB").upsert([{"code": "a"}], "code") == (
            1,
            0,
            0,
        )
    assert any("/* nightly */" in query["sql"] and "65536kB" in query["sql"] for query in captured.captured_queries)


def test_settings_hold_for_rows_that_go_through_a_table(stock, monkeypatch):
    rows = [{"code": f"c{n}"} for n in range(600)]
    with at_most(7, monkeypatch), CaptureQueriesContext(connection) as captured:
        assert stock.labelled("nightly").tuned(work_mem="64MB").upsert(rows, "code") == (600, 0, 0)
    copies = [query["sql"] for query in captured.captured_queries if "COPY" in query["sql"]]
    assert copies
    assert all(sql.startswith("/* nightly */ COPY") for sql in copies)


def test_one_statement_writes_few_rows(stock, django_assert_num_queries):
    with django_assert_num_queries(1):
        stock.upsert([{"code": f"c{n}"} for n in range(upserts.FEW)], "code")


def test_another_constraint_that_stands_against_a_row_is_an_integrity_error(stock):
    stock.upsert([{"code": "a", "took": timedelta(1)}], "code")
    with pytest.raises(IntegrityError), transaction.atomic():
        stock.upsert([{"code": "b", "took": timedelta(1)}], "code")
    assert seen() == [("a",)]


def test_conditions_and_updates_are_over_the_row_alone(rows):
    given = [{"slug": "s1", "title": "t", "content": "c", "author": rows.users[0]}]
    for wrong in (
        {"where": Q(author__username="u1")},
        {"update": {"title": F("author__username")}},
        {"update": {"views": Count("pk")}},
        {"where": Q(views=Excluded("expires_at"))},
        {"update": "views"},
        {"unless_same": ()},
        {"unless_same": "views"},
    ):
        with pytest.raises(ValueError, match=r"content.Post: upsert\(\)"):
            Post.objects.upsert(given, "slug", **wrong)
    with pytest.raises(WrongShape, match=r"Excluded\('views'\) stands in"):
        list(Post.objects.filter(views=Excluded("views")))
