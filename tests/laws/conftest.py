"""What the laws share."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connection

from example_project.content.models import Bookmark, Comment, Post, Reaction

from .trial import Alone, Broken


@pytest.fixture
def few(world):
    """A sixth of the posts, so that pairs by the thousand are quick."""
    others = Post.objects.exclude(pk__in=range(1, len(world.posts) + 1, 6))
    for model in (Reaction, Bookmark, Comment):
        model.objects.filter(post__in=others)._raw_delete(connection.alias)
    others._raw_delete(connection.alias)


@pytest.fixture
def alone(few):
    return Alone()


@contextmanager
def _refused():
    def refuse(execute, sql, params, many, context):
        raise Broken(f"a query, though nothing was evaluated: {sql[:200]}")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def no_query():
    """A block in which every query is an error."""
    return _refused
