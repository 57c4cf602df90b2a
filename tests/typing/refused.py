"""What both checkers must refuse: an ignore that is not needed is an error itself. Never run."""

from __future__ import annotations

from example_project.content.models import Post
from querysets import P, PatternManager, condition
from tests.typing.notes.models import Note, NoteQuerySet, Tiny

Post.objects.recnt(24)
Post.objects.recent("24")
Post.objects.recent()
Post.objects.recent(24, "created_at")
Post.objects.recent(24).ranked(3)
Post.objects.bucketed("fortnight")
Post.objects.matching("x", "title", mode="fuzzy")
Post.objects.top_per("author", "3")
Post.objects.with_count("comments", "is_active")
Post.objects.featured()
Note.objects.featured("4")
Tiny.objects.featured()

P.recnt(24)
P.recent("24")
P.recent()
P.newest()
P.recent(24) | 3
condition(NoteQuerySet.featured)("4")
condition(NoteQuerySet.featured)(most=4)

PatternManager(timestmp="created_at")
PatternManager(timestamp=3)
