"""System checks: each fires on its fault, and on nothing else."""

from __future__ import annotations

import pytest
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models
from django.db.models.functions import Upper
from django.test.utils import isolate_apps
from pgvector.django import VectorField

from querysets import PatternManager, checks


def ids(model, **kwargs):
    return [message.id for message in model.check(**kwargs) if message.id.startswith("querysets.")]


@isolate_apps("example_project.content")
def test_e001_a_role_that_names_no_field():
    class Bad(models.Model):
        objects = PatternManager(title="titel")

        class Meta:
            app_label = "content"

    assert ids(Bad) == ["querysets.E001"]


@isolate_apps("example_project.content")
def test_e002_a_field_of_the_wrong_type():
    class Bad(models.Model):
        number = models.IntegerField()
        objects = PatternManager(timestamp="number")

        class Meta:
            app_label = "content"
            indexes = [models.Index(fields=["number"], name="bad_number")]

    assert ids(Bad) == ["querysets.E002"]


@isolate_apps("example_project.content")
def test_e003_one_role_on_two_fields():
    class Bad(models.Model):
        one = models.CharField(max_length=1)
        two = models.CharField(max_length=1)
        objects = PatternManager(title="one")
        others = PatternManager(title="two")

        class Meta:
            app_label = "content"

    assert "querysets.E003" in ids(Bad)


@isolate_apps("example_project.content")
@pytest.mark.django_db
def test_e101_an_extension_is_missing_and_e102_one_is_too_old(monkeypatch):
    class Doc(models.Model):
        embedding = VectorField(dimensions=3)
        objects = PatternManager(embedding="embedding")

        class Meta:
            app_label = "content"

    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION vector CASCADE")  # in the test's own transaction
        assert ids(Doc, databases=["default"]) == [], "its own migration may be about to make it"
        cursor.execute("CREATE EXTENSION vector; CREATE TABLE content_doc ()")
    assert ids(Doc, databases=["default"]) == []
    monkeypatch.setattr(checks, "PGVECTOR", (99, 0))
    assert ids(Doc, databases=["default"]) == ["querysets.E102"]
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION vector CASCADE")
    assert ids(Doc, databases=["default"]) == ["querysets.E101"]
    assert ids(Doc) == [], "without databases nothing is asked"


@isolate_apps("example_project.content")
def test_w001_a_role_that_no_index_serves_with_the_line_to_add():
    class Slow(models.Model):
        at = models.DateTimeField()
        labels = ArrayField(models.TextField())
        text = models.TextField()
        objects = PatternManager(timestamp="at", tags="labels", search_fields=("text",))

        class Meta:
            app_label = "content"

    found = [message for message in Slow.check() if message.id == "querysets.W001"]
    assert [message.msg.split("'")[1] for message in found] == ["timestamp", "search_fields", "tags"]
    assert "indexes.newest('at')" in found[0].hint


@isolate_apps("example_project.content")
def test_w001_is_quiet_once_the_lines_are_added():
    class Fast(models.Model):
        at = models.DateTimeField()
        labels = ArrayField(models.TextField())
        text = models.TextField()
        objects = PatternManager(timestamp="at", tags="labels", search_fields=("text",))

        class Meta:
            app_label = "content"
            indexes = [
                models.Index(fields=["-at", "-id"], name="fast_at"),
                GinIndex(fields=["labels"], name="fast_labels"),
                GinIndex(OpClass(Upper("text"), "gin_trgm_ops"), name="fast_text_trgm"),
            ]

    assert ids(Fast) == []


@isolate_apps("example_project.content")
def test_what_is_about_the_model_is_said_once_whichever_managers_it_has():
    class Both(models.Model):
        at = models.DateTimeField()
        plain = models.Manager()
        first = PatternManager(timestamp="at")
        second = PatternManager(timestamp="at")

        class Meta:
            app_label = "content"

    assert ids(Both) == ["querysets.W001"]


@isolate_apps("example_project.content")
def test_a_column_of_the_parents_table_is_the_parents_to_index():
    class Parent(models.Model):
        at = models.DateTimeField()

        class Meta:
            app_label = "content"

    class Child(Parent):
        objects = PatternManager(timestamp="at")

        class Meta:
            app_label = "content"

    assert ids(Child) == []


@isolate_apps("example_project.content")
def test_an_index_with_a_condition_serves_nobody_else():
    class Partial(models.Model):
        at = models.DateTimeField()
        objects = PatternManager(timestamp="at")

        class Meta:
            app_label = "content"
            indexes = [models.Index(fields=["-at"], condition=models.Q(at__isnull=False), name="partial_at")]

    assert ids(Partial) == ["querysets.W001"]
