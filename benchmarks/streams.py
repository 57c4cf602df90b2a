"""A million rows one after the other, beside a cursor on the server by hand; and a page far back, beside the first.

``python -m benchmarks.streams`` reads the database of ``DATABASE_URL``, loaded by ``manage.py world --scale large``,
and writes nothing. What is read side by side is read in turn; the figure is the median of the ratios, with the least
and the greatest. How much memory a stream adds is told by a process of its own.

- Tuples: ours in batches, and ours by a cursor (``snapshot=True``), beside psycopg's own server-side cursor, which
  gives the same tuples. The bar is 0.8 of its speed.
- Instances: ours in batches beside Django's ``iterator()``, which is such a cursor, too; without a bar.
- Memory: the peak of a stream of a million instances above that of two batches; the bar is 32 MB.
- Pages: the ten thousandth beside the first, which may take 3 times as long, and beside it by OFFSET.

Exits with 1 if a figure is beyond its bar.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any

import django

ROWS, RUNS, BATCH = 1_000_000, 5, 2000
FIELDS = ("id", "title", "views", "created_at")
PAGES, SIZE, ASKED = 10_000, 20, 30
SPEED, MEMORY, DEEP = 0.8, 32.0, 3.0


def batches() -> Iterable[Any]:
    """Tuples, by ours."""
    from example_project.content.models import Post

    return Post.objects.order_by("pk").values_list(*FIELDS).stream(BATCH)


def snapshot() -> Iterable[Any]:
    """Tuples, by ours on a cursor."""
    from example_project.content.models import Post

    return Post.objects.order_by("pk").values_list(*FIELDS).stream(BATCH, snapshot=True)


def by_hand() -> Iterable[Any]:
    """Tuples, by psycopg's own cursor on the server."""
    from django.db import connection

    connection.ensure_connection()
    with connection.connection.cursor("rows") as cursor:
        cursor.itersize = BATCH
        cursor.execute(f"SELECT {', '.join(FIELDS)} FROM content_post ORDER BY id")  # noqa: S608 (of our own names)
        yield from cursor


def instances() -> Iterable[Any]:
    """Instances, by ours."""
    from example_project.content.models import Post

    return Post.objects.order_by("pk").only(*FIELDS).stream(BATCH)


def iterated() -> Iterable[Any]:
    """Instances, by Django's cursor."""
    from example_project.content.models import Post

    return Post.objects.order_by("pk").only(*FIELDS).iterator(BATCH)


def seconds(read: Callable[[], Iterable[Any]]) -> float:
    """How long it takes to read them all, and keep none, as a transaction that sees one moment."""
    from django.db import transaction

    with transaction.atomic():
        started = time.perf_counter()
        deque(read(), maxlen=0)
        return time.perf_counter() - started


def told(name: str, pairs: Sequence[tuple[float, float]], bar: float | None, *, most: bool = False) -> bool:
    """Print the figures of a pair; whether they will do."""
    ratios = sorted(one / other for one, other in pairs)
    found = median(ratios)
    good = bar is None or (found <= bar if most else found >= bar)
    mark = "ok" if good else "FAR"
    one, other = (median(each) for each in zip(*pairs, strict=True))
    print(
        f"{mark:<5}{name:<52}{found:7.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f}) {one:9.4f} {other:9.4f} s", flush=True
    )
    return good


def speed() -> bool:
    """How fast ours are, as parts of the speed of the others."""
    good = True
    for name, ours, other, bar in (
        ("tuples in batches / psycopg's cursor", batches, by_hand, SPEED),
        ("tuples by a cursor / psycopg's cursor", snapshot, by_hand, SPEED),
        ("instances in batches / iterator()", instances, iterated, None),
    ):
        times = [(seconds(ours), seconds(other)) for _ in range(RUNS)]
        good &= told(name, [(other, ours) for ours, other in times], bar)
    return good


def memory() -> bool:
    """How much a stream adds to the peak of a process."""
    good = True
    for name in "instances", "snapshot":
        command = [sys.executable, "-m", "benchmarks.streams", "peak", name]
        made = subprocess.run(command, check=True, capture_output=True, text=True)
        count, megabytes = made.stdout.split()
        found = float(megabytes) <= MEMORY and int(count) >= ROWS
        print(f"{'ok' if found else 'HIGH':<5}{f'memory of {count} {name}':<52}{megabytes:>7} MB", flush=True)
        good &= found
    return good


def peak(name: str) -> None:
    """Print how many rows were read, and how much memory more than for two batches was held at the most."""
    from itertools import islice

    read = {"instances": instances, "snapshot": snapshot}[name]
    deque(islice(read(), 2 * BATCH), maxlen=0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = sum(1 for _ in read())
    print(count, round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1))


def deep() -> bool:
    """A page far back beside the first, by ours and by OFFSET."""
    from example_project.content.models import Post

    chain, place = Post.objects.newest(), (PAGES - 1) * SIZE
    before, last = chain[place - 2 : place]
    cursor = chain.after(before).page_after(None, 1).next
    assert chain.after(before).first() == last  # noqa: S101 (behind it the page begins)
    assert chain.page_after(cursor, SIZE).items == list(chain[place : place + SIZE])  # noqa: S101

    def page(at: str | None) -> float:
        started = time.perf_counter()
        chain.page_after(at, SIZE)
        return time.perf_counter() - started

    def offset() -> float:
        started = time.perf_counter()
        list(chain[place : place + SIZE])
        return time.perf_counter() - started

    times = [(page(cursor), page(None), offset()) for _ in range(ASKED)]
    good = told(f"page {PAGES} / page 1", [(one, other) for one, other, _ in times], DEEP, most=True)
    told(f"page {PAGES} / by OFFSET", [(one, far) for one, _, far in times], None)
    return good


def main(words: Sequence[str]) -> int:
    """Print a line a figure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    if words[:1] == ["peak"]:
        peak(words[1])
        return 0
    good = [deep(), memory(), speed()]
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
