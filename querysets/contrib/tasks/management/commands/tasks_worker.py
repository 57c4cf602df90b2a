"""``manage.py tasks_worker``: runs the tasks that Django's Tasks framework has enqueued in a table."""

from __future__ import annotations

import os
import signal
import socket
from argparse import ArgumentTypeError
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends

from querysets.contrib.tasks import TableBackend
from querysets.contrib.tasks.worker import Options, Worker


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"must be a whole number of 1 or more, got {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 10**9:
        raise ArgumentTypeError(f"must be a number of seconds above 0, got {text!r}")
    return value


class Command(BaseCommand):
    """SIGTERM and SIGINT end it once what runs is done, and the rest given back; a second one ends it at once."""

    help = (
        "Run the tasks that are enqueued. Any number of workers may run at a time, on any number of machines. "
        "A worker that is gone loses its tasks to others when its leases end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """What can be said of a worker."""
        add = parser.add_argument
        add("--backend", default=DEFAULT_TASK_BACKEND_ALIAS, help="alias in TASKS (default: %(default)s)")
        add(
            "--queue",
            action="append",
            dest="queues",
            metavar="NAME",
            help="take tasks of this queue only; may be said several times (default: all of the backend's)",
        )
        add(
            "--threads",
            type=_number,
            default=4,
            metavar="N",
            help="tasks at a time; each may have a connection, beside three of the worker's own (default: %(default)s)",
        )
        add(
            "--batch",
            type=_number,
            metavar="N",
            help="tasks that are claimed ahead, in one statement (default: as many as threads; more for short ones)",
        )
        add(
            "--lease",
            type=_seconds,
            default=60,
            metavar="SECONDS",
            help="until others take the tasks of a worker that is gone; a live one extends it (default: %(default)s)",
        )
        add(
            "--poll",
            type=_seconds,
            default=1,
            metavar="SECONDS",
            help="between looks at an empty queue, if nobody says that there is something (default: %(default)s)",
        )
        add(
            "--retry",
            type=_seconds,
            default=10,
            metavar="SECONDS",
            help="until the second attempt; it doubles from then on (default: %(default)s)",
        )
        add("--retry-max", type=_seconds, default=3600, metavar="SECONDS", help="at most (default: %(default)s)")
        add("--fair", action="store_true", help="one task of each queue, then a second of each, and so on")
        add("--burst", action="store_true", help="end when there is nothing to run")
        add("--max-tasks", type=_number, metavar="N", help="end after so many, for a supervisor to start another")
        add("--name", help="of the worker, by which results know it (default: host, process and four letters)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Work until told to stop."""
        backend = self._backend(options["backend"])
        queues = tuple(options["queues"] or sorted(backend.queues)) or None
        if backend.queues and set(queues or ()) - backend.queues:
            raise CommandError(f"--queue: TASKS[{backend.alias!r}] has {', '.join(sorted(backend.queues))}")
        name = options["name"] or f"{socket.gethostname()[:60]}-{os.getpid()}-{token_hex(2)}"
        wanted = Options(
            queues=queues,
            threads=options["threads"],
            batch=max(options["batch"] or 0, options["threads"]),
            lease=timedelta(seconds=options["lease"]),
            poll=options["poll"],
            burst=options["burst"],
            max_tasks=options["max_tasks"],
            base=options["retry"],
            cap=options["retry_max"],
            fair=options["fair"],
        )
        verbosity = options["verbosity"]

        def say(level: int, text: str) -> None:
            if verbosity >= level:
                self.stdout.write(f"{name}: {text}")
                self.stdout.flush()

        worker = Worker(backend, name, wanted, say)
        before = {each: signal.signal(each, self._stopping(worker)) for each in (signal.SIGTERM, signal.SIGINT)}
        say(1, f"{backend.model._meta.label}, {', '.join(queues or ('all queues',))}; {wanted.threads} threads")
        try:
            worker.run()
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
            counts = ", ".join(f"{count} {what}" for what, count in sorted(worker.counts.items()))
            say(1, f"stopped; {counts or 'nothing done'}")

    def _backend(self, alias: str) -> TableBackend:
        backend = task_backends[alias] if alias in task_backends.settings else None
        if not isinstance(backend, TableBackend):
            ours = [each for each in task_backends if isinstance(task_backends[each], TableBackend)]
            raise CommandError(f"--backend {alias}: no TableBackend of TASKS; there is {', '.join(ours) or 'none'}")
        if problems := list(backend.check()):
            raise CommandError("\n".join(str(problem) for problem in problems))
        return backend

    @staticmethod
    def _stopping(worker: Worker) -> Any:
        asked = False

        def stop(number: int, _: Any) -> None:
            nonlocal asked
            if asked:
                raise SystemExit(128 + number)
            asked = True
            worker.stop()

        return stop
