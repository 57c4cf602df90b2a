"""Claims of a queue beside procrastinate's and beside SKIP LOCKED by hand, on one server and as many rows.

``python -m benchmarks.queues`` takes 100,000 tasks and 4 workers, ``python -m benchmarks.queues 1000000 8`` as many
as it says, in a schema of its own in the database of ``DATABASE_URL``, where nothing stays. Each worker is a process
with one connection; all begin at the same time and claim for five seconds, or until nothing is left. Ours are whole
calls, from the chain to instances of the model; procrastinate's are those of its own worker, which take one task at a
time, and beside them its statement alone, without its Python.

Exits with 1 if ours are less than 5 times procrastinate's, or a task was given to two.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import django
import psycopg

TASKS, WORKERS, BATCH, SECONDS, LEAST = 100_000, 4, 50, 5.0, 5.0
SCHEMA = "benchmark_of_queues"

BY_HAND = """
UPDATE ops_task SET status = 'running', attempts = attempts + 1, locked_by = 'w', lease_token = gen_random_uuid(),
 locked_until = now() + interval '1 minute', started_at = now(), last_updated = now()
WHERE id IN (SELECT id FROM ops_task WHERE status = 'queued' AND (eta IS NULL OR eta <= now())
 ORDER BY priority DESC, eta, id LIMIT {} FOR UPDATE SKIP LOCKED) RETURNING *
"""
FILLED = """
INSERT INTO ops_task (queue, name, payload, status, priority, attempts, max_attempts, retry_count, cancel_requested,
 group_key, last_error, created_at, last_updated)
SELECT 'q' || i %% 10, 't', '{"number": 1}', 'queued', i %% 3, 0, 5, 0, false, 'g' || i / 2, '', now(), now()
FROM generate_series(1, %s) i
"""
FILLED_THEIRS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
SELECT 'q' || i %% 10, 't', i %% 3, '{"number": 1}' FROM generate_series(1, %s) i
"""


def ours(n: int = BATCH, **how: Any) -> Callable[[], list[int]]:
    """Claims by this library."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    django.setup()
    from example_project.ops.models import Task

    return lambda: [row.pk for row in Task.objects.claim(n, "w", timedelta(minutes=1), **how)]


def by_hand(n: int = BATCH) -> Callable[[], list[int]]:
    """Claims by a statement of one's own."""
    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    return lambda: [row[0] for row in connection.execute(BY_HAND.format(n)).fetchall()]


def theirs() -> Callable[[], list[int]]:
    """Claims by procrastinate, which takes one at a time."""
    from procrastinate.sql import queries

    connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    [(worker,)] = connection.execute("SELECT * FROM procrastinate_register_worker_v1()").fetchall()
    values = {"queues": None, "worker_id": worker}
    return lambda: [row[0] for row in connection.execute(queries["fetch_job"], values) if row[0] is not None]


def their_call() -> Callable[[], list[int]]:
    """Claims by procrastinate, by the call of its own worker."""
    import asyncio

    from procrastinate import App, PsycopgConnector

    logging.disable(logging.WARNING)  # which it gives where an app is made in a program
    app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=1, max_size=1))
    loop = asyncio.new_event_loop()
    loop.run_until_complete(app.open_async())
    worker = loop.run_until_complete(app.job_manager.register_worker())

    def claim() -> list[int]:
        job = loop.run_until_complete(app.job_manager.fetch_job(queues=None, worker_id=worker))
        return [] if job is None else [job.id]

    return claim


WAYS: dict[str, Callable[[], Callable[[], list[int]]]] = {
    "procrastinate": their_call,
    "procrastinate's statement": theirs,
    "by hand, one at a time": lambda: by_hand(1),
    "ours, one at a time": lambda: ours(1),
    "by hand, 50 at a time": by_hand,
    "ours, 50 at a time": ours,
    "ours, of one queue": lambda: ours(queues=["q3"]),
    "ours, fairly": lambda: ours(fair_by="queue"),
    "ours, in order of groups": lambda: ours(one_per="group"),
}


def work(way: str) -> None:
    """What one worker claims, once it is told to begin."""
    claim = WAYS[way]()
    print("ready", flush=True)
    sys.stdin.readline()
    start, found, calls = time.monotonic(), [], 0
    while time.monotonic() - start < SECONDS and (rows := claim()):
        found += rows
        calls += 1
    print(json.dumps({"found": found, "calls": calls, "seconds": time.monotonic() - start}), flush=True)
    os._exit(0)  # procrastinate's pool would be mourned, connection by connection


@contextmanager
def tables(count: int) -> Iterator[Callable[[str], None]]:
    """What fills the tables anew for a way; they are gone afterwards."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        connection.execute(f"CREATE TABLE {SCHEMA}.ops_task (LIKE public.ops_task INCLUDING ALL)")
        connection.execute(f"SET search_path = {SCHEMA}, public")
        connection.execute(files("procrastinate.sql").joinpath("schema.sql").read_text().encode())

        def fill(way: str) -> None:
            table, sql = (
                ("procrastinate_jobs", FILLED_THEIRS) if WAYS[way] in {theirs, their_call} else ("ops_task", FILLED)
            )
            connection.execute(f"TRUNCATE {SCHEMA}.{table} CASCADE")
            connection.execute(sql.encode(), [count])
            connection.execute(f"VACUUM ANALYZE {SCHEMA}.{table}")

        try:
            yield fill
        finally:
            connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def measured(way: str, workers: int) -> tuple[float, int, float]:
    """Claims a second by all workers together, how many were given to two, and milliseconds a call."""
    options = quote(f"-csearch_path={SCHEMA},public")
    url = os.environ["DATABASE_URL"]
    environment = {**os.environ, "DATABASE_URL": f"{url}{'&' if '?' in url else '?'}options={options}"}
    command = [sys.executable, "-m", "benchmarks.queues", "work", way]
    running = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"  # noqa: S101, PT018
    told = [json.loads(process.communicate()[0]) for process in begun(running)]
    found = [pk for each in told for pk in each["found"]]
    seconds = max(each["seconds"] for each in told)
    calls = sum(each["calls"] for each in told)
    return len(found) / seconds, len(found) - len(set(found)), 1000 * seconds * workers / max(calls, 1)


def begun(running: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """The processes, all told to begin."""
    for process in running:
        if process.stdin is not None:
            process.stdin.write("begin\n")
            process.stdin.flush()
    return running


def main(count: int = TASKS, workers: int = WORKERS) -> int:
    """Measure all ways."""
    print(f"{count} tasks, {workers} workers", flush=True)
    rates: dict[str, float] = {}
    doubles = 0
    with tables(count) as fill:
        for way in WAYS:
            fill(way)
            rates[way], twice, each = measured(way, workers)
            doubles += twice
            print(f"{way:30} {rates[way]:10.0f} a second   {each:8.2f} ms a call   {twice} twice", flush=True)
    ratio = rates["ours, 50 at a time"] / rates["procrastinate"]
    hand = rates["ours, 50 at a time"] / rates["by hand, 50 at a time"]
    print(f"ours are {ratio:.1f} times procrastinate's (at least {LEAST:.0f}), and {hand:.2f} of those by hand")
    return int(ratio < LEAST or doubles > 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["work"]:
        work(sys.argv[2])
    else:
        sys.exit(main(*map(int, sys.argv[1:])))
