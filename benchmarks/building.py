"""What our methods add to building and compiling a query that is written by hand in the ORM.

``python -m benchmarks.building`` needs no database: nothing is executed. The figure is a ratio, ours over by hand, of
the shortest of many runs taken in turn, which a noisy machine disturbs least. By hand means as it is usually written:
two comparisons where ours says BETWEEN.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from timeit import timeit
from typing import Any

import django
from django.utils import timezone

RUNS, CALLS = 150, 20


def chains() -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Pairs that build the same query: ours, and by hand."""
    from django.db.models import Exists, OuterRef

    from example_project.content.models import Comment, Post

    def by_hand() -> Any:
        now = timezone.now()
        recent = Post.objects.filter(created_at__gte=now - timedelta(hours=24), created_at__lte=now)
        return recent.filter(tags__contains=["x"]).order_by("-rating", "-pk")

    return {
        'recent(24).tagged("x").ranked()': (lambda: Post.objects.recent(24).tagged("x").ranked(), by_hand),
        'by(status="x").at_least(rating=3)': (
            lambda: Post.objects.by(status="x").at_least(rating=3),
            lambda: Post.objects.filter(status="x").filter(rating__gte=3),
        ),
        'having("comments")': (
            lambda: Post.objects.having("comments"),
            lambda: Post.objects.filter(Exists(Comment.objects.filter(post=OuterRef("pk")))),
        ),
    }


def ratio(ours: Callable[[], Any], by_hand: Callable[[], Any]) -> float:
    """How much longer ours takes, built and compiled."""

    def compiled(build: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: build().query.get_compiler("default").as_sql()

    pairs = [(timeit(compiled(ours), number=CALLS), timeit(compiled(by_hand), number=CALLS)) for _ in range(RUNS)]
    return min(one for one, _ in pairs) / min(other for _, other in pairs)


def main() -> None:
    """Print a line a chain."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    print(f"Django {django.get_version()}, Python {sys.version.split()[0]}: ours / by hand, built and compiled")
    for name, pair in chains().items():
        print(f"{ratio(*pair):6.3f}  {name}")


if __name__ == "__main__":
    main()
