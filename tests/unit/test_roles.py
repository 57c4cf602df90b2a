"""Roles: declared, inferred where exactly one field fits, and never guessed."""

from __future__ import annotations

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.test.utils import isolate_apps
from django.utils import timezone

from querysets import PatternManager
from querysets.errors import MissingRole
from querysets.roles import ROLES, Roles, role_of


def test_the_keywords_of_the_manager_are_the_table_of_roles():
    assert set(Roles.__annotations__) == set(ROLES)


def test_an_unknown_keyword_is_refused_where_the_model_is_written():
    with pytest.raises(TypeError, match="unknown role 'timestmp'; did you mean 'timestamp'"):
        PatternManager(timestmp="created_at")


def test_one_name_where_several_are_needed_is_refused():
    with pytest.raises(TypeError, match="search_fields='title' should be a tuple"):
        PatternManager(search_fields="title")
    with pytest.raises(TypeError, match=r"timestamp=\('a',\) should be the name"):
        PatternManager(timestamp=("a",))


@isolate_apps("example_project.content")
def test_a_bare_manager_infers_what_is_clear():
    class Note(models.Model):
        title = models.CharField(max_length=9)
        created_at = models.DateTimeField(default=timezone.now)
        seen_at = models.DateTimeField(null=True)
        tags = ArrayField(models.TextField())
        flags = ArrayField(models.TextField())
        is_active = models.BooleanField()
        status = models.CharField(max_length=9)
        objects = PatternManager()

        class Meta:
            app_label = "content"

    assert role_of(Note, "timestamp") == ("created_at", True)
    assert role_of(Note, "title") == ("title", True)
    assert role_of(Note, "tags") == ("tags", True)
    assert role_of(Note, "embedding") is None
    assert role_of(Note, "active") is None, "who sees what is never guessed"
    assert role_of(Note, "status") is None
    assert str(Note.objects.newest().query).endswith('"created_at" DESC, "content_note"."id" DESC')


@isolate_apps("example_project.content")
def test_nothing_is_guessed_between_two_and_both_are_named():
    class Log(models.Model):
        created_at = models.DateTimeField(default=timezone.now)
        stamped = models.DateTimeField(auto_now_add=True)
        objects = PatternManager()

        class Meta:
            app_label = "content"

    with pytest.raises(MissingRole) as caught:
        Log.objects.newest()
    assert isinstance(caught.value, ImproperlyConfigured)
    message = str(caught.value)
    assert "content.Log: newest() needs a 'timestamp' field" in message
    assert "'created_at' and 'stamped' both fit" in message
    assert "pass field=..., or declare PatternManager(timestamp=...)" in message
    assert '"stamped" DESC' in str(Log.objects.newest("stamped").query)


@isolate_apps("example_project.content")
def test_a_declared_role_wins_over_an_inferred_one_and_is_inherited():
    class Stamped(models.Model):
        created_at = models.DateTimeField(default=timezone.now)
        happened = models.DateTimeField(null=True)
        objects = PatternManager(timestamp="happened")

        class Meta:
            abstract = True
            app_label = "content"

    class Event(Stamped):
        class Meta:
            app_label = "content"

    assert role_of(Event, "timestamp") == ("happened", False)


@isolate_apps("example_project.content")
def test_a_role_survives_in_related_managers_which_django_makes_from_the_class():
    class Box(models.Model):
        class Meta:
            app_label = "content"

    class Item(models.Model):
        box = models.ForeignKey(Box, models.CASCADE, related_name="items")
        made = models.DateTimeField(null=True)
        objects = PatternManager(timestamp="made")

        class Meta:
            app_label = "content"

    assert '"made" DESC NULLS LAST' in str(Box(pk=1).items.newest().query)


def test_the_manager_deconstructs_to_itself():
    manager = PatternManager(timestamp="created_at", search_fields=("title", "body"))
    _, path, _, args, kwargs = manager.deconstruct()
    assert path == "querysets.managers.PatternManager"
    assert (args, kwargs) == ((), {"timestamp": "created_at", "search_fields": ("title", "body")})
    assert PatternManager(**kwargs) == manager
