"""Many rows at a time: upserted, copied in and copied out, beside what Django alone would take.

``python -m benchmarks.bulk`` takes 10^5 rows of the archive, ``python -m benchmarks.bulk 10000`` as many as it says, in
the database of ``DATABASE_URL``, where nothing stays. The figure is the median of the ratios, ours over Django's, with
the least and the greatest; both are whole calls, from rows in Python to rows in the table, as that is what takes long.
``python -m benchmarks.bulk memory 1000000`` tells how much more memory each of ours holds at its peak than before it
began, each in a process of its own.

Exits with 1 if a ratio is above 1, or a peak above 64 MB.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from statistics import median
from tempfile import TemporaryFile
from typing import Any

import django

ROWS, RUNS, MOST = 100_000, 3, 64.0
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
UPDATED = ["title", "content", "created_at", "archived_at"]


def rows(count: int, text: str = "old") -> Iterator[dict[str, Any]]:
    """Rows of the archive, in no order of their keys."""
    for number in range(count):
        yield {
            "slug": f"post-{number * 7919 % 1_000_003}",
            "title": f"{text} {number}",
            "content": "What it says. " * 20,
            "created_at": MOMENT,
            "archived_at": MOMENT,
        }


def upserted(given: Iterator[dict[str, Any]]) -> None:
    """By ours."""
    from example_project.content.models import ArchivedPost

    ArchivedPost.objects.upsert(given, "slug")


def created_in_bulk(given: Iterator[dict[str, Any]], **options: Any) -> None:
    """By Django's ``bulk_create``."""
    from example_project.content.models import ArchivedPost

    ArchivedPost.objects.bulk_create((ArchivedPost(**row) for row in given), batch_size=5000, **options)


def updated_in_bulk(given: Iterator[dict[str, Any]]) -> None:
    """By Django's ``bulk_create``, over what is there."""
    created_in_bulk(given, update_conflicts=True, unique_fields=["slug"], update_fields=UPDATED)


def copied_in(given: Iterator[dict[str, Any]]) -> None:
    """By ours."""
    from example_project.content.models import ArchivedPost

    ArchivedPost.objects.copy_in(given)


def copied_out() -> None:
    """By ours."""
    from example_project.content.models import ArchivedPost

    with TemporaryFile() as file:
        ArchivedPost.objects.order_by("pk").copy_out(file)


def written_out() -> None:
    """By Python's ``csv``, from an iterator of Django's."""
    from example_project.content.models import ArchivedPost

    with TemporaryFile("w", newline="") as file:
        writer = csv.writer(file)
        for row in ArchivedPost.objects.order_by("pk").values_list().iterator():
            writer.writerow(row)


def seconds(work: Callable[[], None]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def times(one: Callable[[Iterator[dict[str, Any]]], None], count: int) -> dict[str, float]:
    """How long it takes to create rows, to update them all, and to find them as they are."""
    from django.db import transaction

    from example_project.content.models import ArchivedPost

    with transaction.atomic():
        ArchivedPost.objects.all().delete()
        taken = {
            "create": seconds(lambda: one(rows(count))),
            "update": seconds(lambda: one(rows(count, "new"))),
            "leave": seconds(lambda: one(rows(count, "new"))),
        }
        transaction.set_rollback(True)
    return taken


def told(name: str, pairs: Sequence[tuple[float, float]]) -> bool:
    """Print the figures of a pair; whether they will do."""
    ratios = sorted(one / other for one, other in pairs)
    good = median(ratios) <= 1
    ours, django_s = (median(each) for each in zip(*pairs, strict=True))
    print(
        f"{'ok' if good else 'SLOW':<6}{name:<16}{median(ratios):6.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        f" {ours:8.2f} {django_s:8.2f} s",
        flush=True,
    )
    return good


def speed(count: int) -> bool:
    """The ratios, ours over Django's."""
    from django.db import transaction

    from example_project.content.models import ArchivedPost

    print(f"{count} rows       ratio  (least to greatest)     ours   Django", flush=True)
    runs = [(times(upserted, count), times(updated_in_bulk, count)) for _ in range(RUNS)]
    good = [told(f"upsert, {what}", [(one[what], other[what]) for one, other in runs]) for what in runs[0][0]]
    streams: list[tuple[tuple[float, float], tuple[float, float]]] = []
    for _ in range(RUNS):
        with transaction.atomic():
            ArchivedPost.objects.all().delete()
            ins = [seconds(lambda: created_in_bulk(rows(count)))]
            ArchivedPost.objects.all().delete()
            ins.append(seconds(lambda: copied_in(rows(count))))
            outs = seconds(copied_out), seconds(written_out)
            transaction.set_rollback(True)
        streams.append(((ins[1], ins[0]), outs))
    good.append(told("copy_in", [into for into, _ in streams]))
    good.append(told("copy_out", [out for _, out in streams]))
    return all(good)


PEAKS: dict[str, Callable[[int], None]] = {
    "copy_in": lambda count: copied_in(rows(count)),
    "upsert": lambda count: upserted(rows(count)),
    "copy_out": lambda _: copied_out(),
}


def memory(count: int) -> bool:
    """The peaks, each measured by a process of its own."""
    good = True
    for name in PEAKS:
        made = subprocess.run(
            [sys.executable, "-m", "benchmarks.bulk", "peak", name, str(count)],
            check=True,
            capture_output=True,
            text=True,
        )
        megabytes, took = map(float, made.stdout.split())
        good = good and megabytes <= MOST
        print(f"{'ok' if megabytes <= MOST else 'HIGH':<6}{name:<10}{megabytes:8.1f} MB  {took:8.1f} s", flush=True)
    return good


def peak(name: str, count: int) -> None:
    """Print how much a call adds to what the process holds, once it has done the same with few rows."""
    from django.db import transaction

    from example_project.content.models import ArchivedPost

    with transaction.atomic():
        ArchivedPost.objects.all().delete()
        PEAKS[name](2000)
        ArchivedPost.objects.all().delete()
        if name == "copy_out":
            copied_in(rows(count))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        took = seconds(lambda: PEAKS[name](count))
        print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, took)
        transaction.set_rollback(True)


def main(words: Sequence[str]) -> int:
    """Print a line a call."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    numbers = [int(word) for word in words if word.isdigit()]
    if words[:1] == ["peak"]:
        peak(words[1], *numbers)
        return 0
    if words[:1] == ["memory"]:
        return int(not memory(*(numbers or [10 * ROWS])))
    return int(not speed(*(numbers or [ROWS])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
