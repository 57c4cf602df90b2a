"""The factories of indexes, what their forms say, and the checks that hold models against them."""

from __future__ import annotations

import pytest
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import Index, Q
from django.db.models.functions import Lower, Upper
from django.test.utils import isolate_apps

from example_project.content.models import Booking, Category, Comment, Order, Post, Rate, User
from querysets import PatternManager, indexes
from querysets.advice.catalog import indexes_of
from querysets.advice.forms import Form, Key, declared, form_of, squeezed
from querysets.advice.needs import NEEDS

MODELS = (Booking, Category, Comment, Order, Post, Rate, User)


def ids(model):
    return [message.id for message in model.check() if message.id.startswith("querysets.")]


def isolated(**attributes):
    """A model made of ``attributes``, in an app of its own."""
    made = {"__module__": __name__, **attributes}
    made["Meta"] = type("Meta", (), {"app_label": "content", **attributes.get("Meta", {})})
    with isolate_apps("example_project.content"):
        return type("Isolated", (models.Model,), made)


FACTORIES = {
    "by": (indexes.by("status"), "post_status_by"),
    "several": (indexes.by("status", "views"), "post_status_views_by"),
    "newest": (indexes.newest("created_at"), "post_created_at_newest"),
    "per": (indexes.newest("created_at", per="author"), "post_author_created_at_newest"),
    "nulls": (indexes.newest("published_at", nulls_last=True), "post_published_at_newest"),
    "ranked": (indexes.ranked("-rating", "title", per=("author", "status")), "post_author_status_rati_"),
    "starting": (indexes.starting("title"), "post_title_starting"),
    "caseless": (indexes.starting("title", case=False), "post_title_caseless"),
    "matching": (indexes.matching("title"), "post_title_matching"),
    "case": (indexes.matching("title", case=True), "post_title_matching_case"),
    "partial": (indexes.matching("title", condition=Q(is_active=True)), "post_title_matching_part"),
    "closest": (indexes.closest_to("title"), "post_title_closest"),
    "about": (indexes.about("title", "content", language="english"), "post_title_content_about"),
    "json": (indexes.json_containing("metadata"), "post_metadata_json"),
    "keys": (indexes.json_keys("metadata"), "post_metadata_json_keys"),
    "path": (indexes.json_at("metadata", ("a b", 1)), "post_metadata_a_b_1_json_at"),
    "array": (indexes.in_array("tags"), "post_tags_in_array"),
    "day": (indexes.anniversary_within("created_at"), "post_created_at_anniversary"),
    "length": (indexes.of_length("title"), "post_title_length"),
    "named": (indexes.by("status", name="mine", include=["views"]), "mine"),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_an_index_is_named_after_its_model_and_its_use(name):
    index, wanted = FACTORIES[name]
    (named,) = Post._meta._format_names([index])
    assert named.name.startswith(wanted)
    assert type(named.name) is str
    assert len(named.name) <= named.max_name_length
    assert (named.name == wanted) is not wanted.endswith("_")


@pytest.mark.parametrize("name", FACTORIES)
def test_an_index_can_be_made_and_its_form_is_what_the_database_says(name, db):
    (index,) = Post._meta._format_names([FACTORIES[name][0]])
    with connection.cursor() as cursor:
        cursor.execute(str(index.create_sql(Post, connection.schema_editor())))
    (made,) = [each for each in indexes_of(Post, connection) if each.name == index.name]
    assert made.form == form_of(Post, index)
    assert made.valid


@pytest.mark.parametrize("model", MODELS)
def test_the_forms_of_a_model_are_those_of_its_table(model, db):
    own, there = declared(model), {each.name: each.form for each in indexes_of(model, connection)}
    named = {name: form for name, form in own.items() if name in there}
    assert {name: there[name] for name in named} == named
    of_fields = {form._replace(unique=False) for name, form in own.items() if name not in there}
    assert of_fields <= {form._replace(unique=False) for form in there.values()}


def test_long_names_that_differ_at_their_end_are_cut_to_different_ones():
    cut = [
        index.name
        for index in Post._meta._format_names([indexes.by("published_at", each) for each in ("x" * 30, "x" * 31)])
    ]
    assert len({*cut}) == len(cut)


def test_a_migration_takes_them_for_what_they_are():
    """Neither their names nor their classes are ours, and nothing is to be done a second time."""
    with isolate_apps("example_project.content"):

        class Once(models.Model):
            text = models.TextField()
            during = models.DateField()

            class Meta:
                app_label = "content"
                indexes = [indexes.matching("text"), indexes.newest("during")]

        states = [ProjectState(), ProjectState()]
        for state in states:
            state.add_model(ModelState.from_model(Once))
        again = ModelState.from_model(Once).options["indexes"]
        assert [index.deconstruct()[0] for index in again] == [
            "django.contrib.postgres.indexes.GinIndex",
            "django.db.models.Index",
        ]
        assert MigrationAutodetector(*states).changes(graph=_Graph()) == {}


class _Graph:
    def leaf_nodes(self, *_):
        return []


def test_two_children_of_one_abstract_model_have_names_of_their_own():
    with isolate_apps("example_project.content"):

        class Abstract(models.Model):
            text = models.TextField()

            class Meta:
                abstract = True
                app_label = "content"
                indexes = [indexes.matching("text")]

        class One(Abstract):
            pass

        class Two(Abstract):
            pass

        assert [child._meta.indexes[0].name for child in (One, Two)] == ["one_text_matching", "two_text_matching"]


def test_a_range_that_never_overlaps_is_a_constraint_whose_index_serves():
    from django.contrib.postgres.fields import DateTimeRangeField

    made = isolated(
        during=DateTimeRangeField(),
        objects=PatternManager(range="during"),
        Meta={"constraints": [indexes.never_overlapping("during", condition=Q(id__gt=3))]},
    )
    assert made._meta.constraints[0].name == "isolated_during_once"
    assert ids(made) == []


NEWEST = Form("btree", (Key("at", "", 3), Key("id", "", 3)))


@pytest.mark.parametrize(
    ("have", "serves"),
    [
        (NEWEST, True),
        (Form("btree", (Key("at"), Key("id"))), True),
        (Form("btree", (Key("at"), Key("id", "", 3))), False),
        (Form("btree", (Key("at", "", 1), Key("id", "", 3))), False),
        (Form("btree", (Key("at", "", 3), Key("id", "", 3), Key("x"))), True),
        (Form("btree", (Key("at", "", 3),)), False),
        (Form("btree", (Key("x"), Key("at", "", 3), Key("id", "", 3))), False),
        (Form("gin", NEWEST.keys), False),
        (NEWEST._replace(condition="x = 1"), False),
    ],
)
def test_an_order_is_served_one_way_or_the_other_from_the_first_column_on(have, serves):
    assert have.serves(NEWEST) is serves


def test_the_first_column_is_enough_for_conditions():
    assert Form("btree", (Key("at"),)).serves(NEWEST, enough=1)
    assert Form("btree", (Key("at", "", 1),)).serves(NEWEST, enough=1)


def test_operator_classes_of_patterns_find_what_is_equal_and_others_find_no_patterns():
    plain, patterns = Form("btree", (Key("a"),)), Form("btree", (Key("a", "varchar_pattern_ops"),))
    assert patterns.serves(plain)
    assert patterns.serves(Form("btree", (Key("a", "text_pattern_ops"),)))
    assert not plain.serves(patterns)


def test_sql_is_squeezed_to_what_tells_it_apart():
    assert squeezed('UPPER("content_post"."title"::text) LIKE UPPER($1)') == "upper( title like upper( $"
    assert squeezed("upper((title)::text)") == squeezed('UPPER("title")') == "upper( title"
    assert squeezed("((metadata -> 'a'::text))") == squeezed("\"metadata\" -> 'a'")
    assert squeezed('(T3."a" = 1)') == squeezed("a=1") == "a = 1"
    assert squeezed("lower(a)") != squeezed("a")


def warned(field, role, *index):
    made = isolated(field=field, objects=PatternManager(**{role: "field"}), Meta={"indexes": list(index)})
    return [(message.id, message.hint) for message in made.check() if message.id.startswith("querysets.W")]


TEXTS = {"field": models.TextField()}


@pytest.mark.parametrize(
    ("field", "role", "line", "wrong", "right"),
    [
        (models.DateTimeField(), "timestamp", "newest('field')", [], ["newest", "by"]),
        (models.DateTimeField(null=True), "timestamp", "newest('field', nulls_last=True)", [], ["newest", "by"]),
        (models.DateTimeField(), "updated", "by('field')", [], ["by", "newest"]),
        (ArrayField(models.TextField()), "tags", "in_array('field')", ["by"], ["in_array"]),
        (models.JSONField(), "metadata", "json_containing('field')", ["by"], ["json_containing", "json_keys"]),
        (SearchVectorField(), "search", "about('field')", ["by"], ["about"]),
    ],
)
def test_a_role_wants_its_index_and_no_other(field, role, line, wrong, right):
    hint = f"Add to Meta.indexes: indexes.{line}, after 'from querysets import indexes'."
    assert warned(field, role) == [("querysets.W001", hint)]
    for name in wrong:
        assert warned(field, role, getattr(indexes, name)("field", name="other")) == [("querysets.W002", hint)]
    for name in right:
        assert warned(field, role, getattr(indexes, name)("field")) == []


@pytest.mark.parametrize(
    ("index", "found"),
    [
        (indexes.matching("field"), []),
        (GistIndex(indexes.OpClass(Upper("field"), "gist_trgm_ops"), name="x"), []),
        (indexes.matching("field", case=True), ["querysets.W002"]),
        (GinIndex(indexes.OpClass(Lower("field"), "gin_trgm_ops"), name="x"), ["querysets.W002"]),
        (indexes.about("field", language="english"), ["querysets.W001"]),
        (indexes.caseless("field"), ["querysets.W001"]),
        (indexes.matching("field", condition=Q(id=1)), ["querysets.W001"]),
    ],
)
def test_a_text_that_is_searched_wants_trigrams_in_upper_case(index, found):
    made = isolated(
        field=models.TextField(), objects=PatternManager(search_fields=("field",)), Meta={"indexes": [index]}
    )
    assert ids(made) == found


def test_a_foreign_key_wants_an_index_that_begins_with_it():
    def related(**options):
        return models.ForeignKey("content.User", models.CASCADE, related_name="+", **options)

    assert ids(isolated(owned=related(), objects=PatternManager())) == []
    bare = isolated(owned=related(db_index=False), objects=PatternManager())
    assert ids(bare) == ["querysets.W001"]
    with_other = {"indexes": [Index(fields=["owned", "number"], name="x")]}
    number = models.IntegerField()
    assert ids(isolated(owned=related(db_index=False), number=number, objects=PatternManager(), Meta=with_other)) == []
    last = {"indexes": [Index(fields=["number", "owned"], name="x")]}
    number = models.IntegerField()
    assert ids(isolated(owned=related(db_index=False), number=number, objects=PatternManager(), Meta=last)) == [
        "querysets.W001"
    ]


def test_a_line_that_is_given_is_python_and_silences_its_check():
    for need in NEEDS:
        for model in MODELS:
            for field in need.fields(model, inferred=True):
                made = eval(need.line(model, field), {"indexes": indexes})  # noqa: S307 (our own line)
                assert form_of(model, made) == need.forms(model, field)[0]


def test_the_example_is_clean(capsys, db):
    call_command("check", fail_level="WARNING")
    assert "no issues" in capsys.readouterr().out


def test_an_index_of_one_path_is_no_mistaken_one_of_the_document():
    found = warned(models.JSONField(), "metadata", indexes.json_at("field", "a"))
    assert [name for name, _ in found] == ["querysets.W001"]
