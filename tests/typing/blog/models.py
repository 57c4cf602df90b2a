"""Models for the files that the type checkers read: all mixins, a subclass, two mixins only, an abstract base."""

from __future__ import annotations

from typing import Self

from django.db import models

from querysets import AggregateMixin, FilterMixin, PatternManager, PatternQuerySet


class NoteQuerySet(PatternQuerySet["Note"]):
    """A user's own methods beside ours."""

    def featured(self) -> Self:
        return self.filter(is_featured=True).recent(24)

    def by_length(self, least: int) -> Self:
        return self.of_length("text", min=least)


NoteManager = PatternManager.from_queryset(NoteQuerySet)


class Note(models.Model):
    text = models.TextField()
    is_featured = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = NoteManager(timestamp="created_at")


class TinyQuerySet(FilterMixin["Tiny"], AggregateMixin["Tiny"]):
    """Two mixins only."""


TinyManager = PatternManager.from_queryset(TinyQuerySet)


class Tiny(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TinyManager(timestamp="created_at")


class Stamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PatternManager(timestamp="created_at")

    class Meta:
        abstract = True


class Event(Stamped):
    label = models.TextField()
