"""What users write beside ``PatternManager``: a queryset of their own, two mixins only, an abstract base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models

from querysets import AggregateMixin, FilterMixin, PatternManager, PatternQuerySet


class Folder(models.Model):
    """The rows at the other end of a relation."""

    name = models.CharField(max_length=100)

    objects = PatternManager(title="name")

    if TYPE_CHECKING:  # what pyright, without a plugin for Django, cannot know
        notes: NoteQuerySet


class NoteQuerySet(PatternQuerySet["Note"]):
    """All patterns and methods of one's own."""

    def featured(self, least: float = 4) -> Self:
        """Rows with at least this rating."""
        return self.at_least(rating=least)


class Note(models.Model):
    """A model whose manager has more methods than the library's."""

    title = models.CharField(max_length=100)
    rating = models.FloatField(default=0)
    created_at = models.DateTimeField()
    folder = models.ForeignKey(Folder, models.CASCADE, related_name="notes")

    objects = PatternManager.from_queryset(NoteQuerySet)(timestamp="created_at", rank="rating")


class TinyQuerySet(FilterMixin["Tiny"], AggregateMixin["Tiny"]):
    """Two mixins, and no others."""


class Tiny(models.Model):
    """A model that wants only some of the patterns."""

    created_at = models.DateTimeField()

    objects = PatternManager.from_queryset(TinyQuerySet)(timestamp="created_at")


class Dated(models.Model):
    """An abstract base with the manager."""

    created_at = models.DateTimeField()

    objects = PatternManager(timestamp="created_at")

    class Meta:
        abstract = True


class Diary(Dated):
    """A model that inherits it."""

    text = models.TextField()
