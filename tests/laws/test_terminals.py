"""Terminals and writes behind every step: to the rows of a chain they do what they do to the same rows alone."""

from __future__ import annotations

import random

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Q

from example_project.content.models import ArchivedPost, Post
from querysets import P

from .steps import NATIVE, ODD, in_order, on_rows, see

TENTH = 0.1
ODD_ROWS = [step for step in ODD if step.shape == "rows"]
STEPS = [*(step for step in on_rows(Post) if "grouping" not in step.kinds), *NATIVE, *ODD_ROWS]
FIELDS = {"slug": "slug", "title": "title", "content": "content", "author": "author", "created_at": "created_at"}

TERMINALS = {
    "total": lambda rows: rows.total("views"),
    "average": lambda rows: round(rows.average("rating") or 0, 9),
    "percentile": lambda rows: rows.percentile("likes", 0.9, 0.1),
    "mode": lambda rows: rows.mode("status"),
    "count_distinct": lambda rows: rows.count_distinct("author", "category"),
    "counts": lambda rows: rows.counts(all=Q(), discussed=P.having("comments"), good=P.at_least(rating=2)),
    "summary": lambda rows: rows.summary("comment_count"),
}

WRITES = {
    "adjust": lambda rows: rows.adjust(likes=F("version"), score=0.5),
    "set_case": lambda rows: rows.set_case("status", (P.having("comments"), "urgent"), (P.below(rating=2), "stale")),
    "sync_from": lambda rows: rows.sync_from("title", F("author__username")),
    "sync_rollup": lambda rows: rows.sync_rollup("comment_count", "comments", Count("*"), P.active()),
    "update_returning": lambda rows: [row["pk"] for row in rows.update_returning("pk", language="xx")],
    "renumber": lambda rows: rows.renumber("version", per="category", by="-title"),
    "flip": lambda rows: rows.flip("is_active"),
    "copy_to": lambda rows: rows.copy_to(ArchivedPost, **FIELDS),
    "move_to": lambda rows: rows.move_to(ArchivedPost, **FIELDS),
}


def some(calls, step, request):
    """A few of the calls, chosen by the seed, or all of them."""
    everything, seed = request.config.getoption("--all-pairs"), request.config.getoption("--laws-seed")
    picked = [name for name in calls if everything or random.Random(f"{seed} {step} {name}").random() < TENTH * 2]
    return {name: calls[name] for name in picked or [random.Random(f"{seed} {step}").choice(list(calls))]}


def left():
    """What stands in the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM (SELECT * FROM content_post ORDER BY id) p")
        posts = cursor.fetchall()
        cursor.execute("SELECT slug, title, author_id FROM content_archivedpost ORDER BY 1")
        return posts, cursor.fetchall()


def tried(call, rows):
    """What a write answers, and what it leaves."""
    with transaction.atomic():
        answer = call(rows)
        found = answer, left()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_terminals_are_about_the_rows_of_the_chain_as_they_stand(step, few, request):
    chain = step(Post.objects.all())
    seen = see(chain.all())
    calls = some(TERMINALS, step, request)
    if seen.unique:
        same = in_order(Post, seen.rows)
        assert {name: call(chain.all()) for name, call in calls.items()} == {
            name: call(same.all()) for name, call in calls.items()
        }
    assert chain.counts(all=Q()) == {"all": len(seen.rows)}


@pytest.mark.parametrize("step", STEPS, ids=str)
def test_writes_are_about_the_rows_of_the_chain_once_each(step, few, request):
    ArchivedPost.objects.all().delete()
    chain = step(Post.objects.all())
    same = in_order(Post, list(dict.fromkeys(see(chain.all()).rows)))
    for name, call in some(WRITES, step, request).items():
        assert tried(call, chain.all()) == tried(call, same.all()), name
