"""Write the tour of the README: each chain with what it gives on the demo world.

``python docs/tour.py`` against a database that holds it (``make demo`` loads one).
"""

# ruff: noqa: INP001, ISC004 (a script of its own; a chain is read line by line)
from __future__ import annotations

import os
import pprint
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"(?<=<!-- tour -->\n).*?(?=<!-- /tour -->)", re.DOTALL)
WIDTH = 110

TOUR: list[tuple[str, str]] = [
    (
        "The best of a subject, with related rows counted, never joined:",
        'posts = Post.objects.tagged("asyncio", "class").with_count("comments").ranked()\n'
        "[(post.title, post.rating, post.comments_count) for post in posts[:3]]",
    ),
    (
        "Conditions are values: combined, negated (NULLs included), used on whichever model they land:",
        "popular = P.at_least(rating=4) | P.having('comments', at_least=10)\n"
        "Post.objects.any_of(popular).count() + Post.objects.none_of(popular).count() == Post.objects.count()",
    ),
    (
        "Related rows are tested by `EXISTS`, all conditions on the same one:",
        'users = User.objects.having("posts", P.tagged("asyncio"), P.at_least(rating=4)).with_count("posts")\n'
        '[(user.username, user.posts_count) for user in users.ranked("-posts_count")[:3]]',
    ),
    (
        "Groups are dicts; conditions on measures are HAVING:",
        'list(Post.objects.count_by("status").above(count=330).ranked("-count"))',
    ),
    (
        "Sums, the newest, the most frequent of what is related: subqueries, so any number of them are exact:",
        'users = User.objects.with_sum("orders__amount", P.by(currency="EUR"), as_="spent")\n'
        'users = users.with_latest("comments", "content", as_="said").with_mode("posts", "category__name", as_="on")\n'
        '[(user.username, user.spent, user.said, user.on) for user in users.ranked("-spent")[:3]]',
    ),
    (
        "Every month is there, the empty ones too; changes and running totals go over groups as over rows:",
        'months = Comment.objects.count_per("month", tz="Europe/Paris").filled().with_change("count", percent=True)\n'
        '[(f"{row[\'period\']:%Y-%m-%d %H:%M}", row["count"], row["count_change"]) for row in months[:3]]',
    ),
    (
        "Picks are made among the rows of the chain, and what follows cannot pick again:",
        'best = Post.objects.active().top_per("category", 1, by="-rating")\n'
        '[post.title for post in best.matching("queue").ranked("title")[:3]]',
    ),
    (
        "A comparison with a window's value fixes it first:",
        'posts = Post.objects.with_rank("-views").at_most(rank=100).starting("asyncio", "title")\n'
        '[(post.rank, post.title) for post in posts.ranked("rank")[:3]]',
    ),
    (
        "Pages go on from a row, in any order, served by an index:",
        'page = Post.objects.tagged("email").ranked("-rating", "title").limited(3)\n'
        '[post.title for post in Post.objects.tagged("email").after(page.last(), by=["-rating", "title"]).limited(2)]',
    ),
    (
        "What users type is parsed as the stored vector was; words are marked in HTML that is safe whatever it says:",
        'found = Post.objects.about("\\"smallest item\\" heap").with_headline(as_="snippet", words=12).ranked()\n'
        "[str(post.snippet) for post in found[:1]]",
    ),
    (
        "Documents are asked by literal paths, arrays by their elements, each as its GIN index serves it:",
        'posts = Post.objects.json_at("reviewed", True).in_array("tags", any=["asyncio", "queue"], none=["class"])\n'
        'list(posts.count_by_json(("source", "level")).ranked("-count")[:3])',
    ),
    (
        "Does an index serve it? Planned, not run:",
        'Post.objects.about("queue").ranked().index_used(even_if_small=True).indexes',
    ),
    (
        "Many rows at a time, written only where something changes, however many others write them meanwhile:",
        'shelves = [{"slug": "new", "name": "New", "position": 900}, {"slug": "old", "name": "Old", "position": 901}]\n'
        'Category.objects.upsert(shelves, key="slug"), Category.objects.upsert(shelves, key="slug")',
    ),
    (
        "Pages by signed cursors, in any order and both ways, whatever comes and goes meanwhile; the last is as quick:",
        'first = Post.objects.active().page_after(None, 2, by=["-views", "title"])\n'
        'page = Post.objects.active().page_after(first.next, 2, by=["-views", "title"])\n'
        "[post.views for post in page], page.previous is not None",
    ),
    (
        "A table as a queue: rows are claimed for a while, and a token that is no longer theirs writes nothing:",
        'tasks = Task.objects.claim(2, "worker-1", timedelta(minutes=1))\n'
        "[Task.objects.finish(task.pk, task.lease_token) for task in [*tasks, *tasks]]",
    ),
    (
        "Trees on a plain parent: where rows stand, and what is below them; each a join, so that all else composes:",
        'shelves = Category.objects.descendants_of(Category.objects.by(name="email"), include_self=True)\n'
        'shelves = shelves.with_path("name").with_subtree(below=Count("posts")).ranked("-below")\n'
        "[(shelf.path, shelf.below) for shelf in shelves[:3]]",
    ),
    (
        "Graphs on any edges: hops, paths, components, ranks; the chain narrows the answer, never the walk:",
        'near = Node.objects.within_hops(Node.objects.by(name="asyncio"), 2)\n'
        'list(near.count_by("hops")), [node.name for node in near.with_degree().ranked("-degree", "name")[:3]]',
    ),
    (
        "Several counts of one pass over the rows; settings travel with the query, and hold for its statement only:",
        'posts = Post.objects.timeout(2000).labelled("tour")\n'
        'posts.counts(all=Q(), discussed=P.having("comments"), loved=P.having("reactions", at_least=5, kind="love"))',
    ),
]


def run(source: str, names: dict[str, Any]) -> Any:
    """The value of the last expression of ``source``."""
    *before, last = re.split(r"\n(?=\S)", source)
    for line in before:
        exec(line, names)  # noqa: S102 (the lines above)
    return eval(last, names)  # noqa: S307


def main() -> None:
    """Run the chains and write them into the README."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    from django.apps import apps
    from django.db import transaction
    from django.db.models import Count, Q

    from querysets import P

    names: dict[str, Any] = {model.__name__: model for model in apps.get_models()}
    names |= {"Count": Count, "P": P, "Q": Q, "timedelta": timedelta}
    parts = []
    with transaction.atomic():
        for words, source in TOUR:
            prompt = "\n".join(f"{'...' if line.startswith(' ') else '>>>'} {line}" for line in source.splitlines())
            result = pprint.pformat(run(source, names), width=WIDTH, sort_dicts=False)
            parts.append(f"{words}\n\n```python\n{prompt}\n{result}\n```\n")
        transaction.set_rollback(True)
    tour = "\n".join(["", *parts, ""])
    README.write_text(BLOCK.sub(lambda _: tour, README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
