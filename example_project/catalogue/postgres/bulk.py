"""Patterns that write many rows at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q

from example_project.catalogue import pattern
from example_project.content.models import Post
from querysets import Excluded, Upserted

_OLD = {"content": "Read again.", "author_id": 1, "created_at": "2025-01-01T00:00:00Z"}
ROWS = (
    {**_OLD, "slug": "tags-three", "title": "Newer than what is there", "updated_at": "2026-03-31T12:00:00Z"},
    {**_OLD, "slug": "tags-none", "title": "Older than what is there", "updated_at": "2025-01-01T00:00:00Z"},
    {**_OLD, "slug": "of-no-post", "title": "Given twice", "updated_at": "2026-03-31T12:00:00Z"},
    {**_OLD, "slug": "of-no-post", "title": "The one that is taken", "updated_at": "2026-03-30T12:00:00Z"},
)


@pattern(319, "Insert or update if newer")
def upsert_if_newer(rows: Sequence[Mapping[str, Any]] = ROWS) -> Upserted:
    """Writes posts by their slug: new ones as they are, others over what is there if they are from a later moment.

    Of several with one slug the last is taken. Tells how many were created, updated and left.
    """
    newer = Q(updated_at__lt=Excluded("updated_at"))
    return Post.objects.upsert(rows, key="slug", update=("title", "content", "updated_at"), where=newer)
