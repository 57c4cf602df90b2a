"""The worker: one thread claims and waits, others run what was claimed, one keeps the leases."""

from __future__ import annotations

import os
import select
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from traceback import format_exception
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from django.db import DataError, Error, InterfaceError, OperationalError, connections, reset_queries, transaction
from django.db.models import F
from django.tasks import TaskContext
from django.tasks.signals import task_finished, task_started
from django.utils.json import normalize_json

from querysets.roles import field_at
from querysets.sql.streaming import queues
from querysets.sql.streaming.hints import RETRY, listen, parameters

from .backend import AnyResult, TableBackend, runs_of

T = TypeVar("T")

TRACEBACK: Final = 10_000
"""Characters of a traceback that are kept: its end says most."""
GONE: Final = (OperationalError, InterfaceError)
"""The server is not there, or was not just now."""
PAUSE: Final = 0.5
"""Seconds until a statement is tried again of which the server was not there."""


@dataclass(frozen=True)
class Options:
    """How a worker works; the command says what each means."""

    queues: tuple[str, ...] | None = None
    threads: int = 4
    batch: int = 4
    lease: timedelta = timedelta(seconds=60)
    poll: float = 1.0
    burst: bool = False
    max_tasks: int | None = None
    base: float = 10
    cap: float = 3600
    fair: bool = False


@dataclass
class Worker:
    """What is claimed for it waits in ``waiting``, and is in ``held`` until its end is written.

    It has a connection for claims, one for the leases and one a thread; and one to listen, where there is a channel.
    """

    backend: TableBackend
    name: str
    options: Options
    say: Callable[[int, str], None]
    counts: Counter[str] = field(default_factory=Counter[str])
    stopping: bool = False

    def __post_init__(self) -> None:
        self.lock = threading.Condition()
        self.waiting: deque[Any] = deque()
        self.held: dict[UUID, Any] = {}
        self.until: dict[UUID, float] = {}  # by this machine's clock, from before it asked: never later than the lease
        self.claimed = 0
        self.over = threading.Event()
        self.bell, self.button = os.pipe()
        os.set_blocking(self.bell, False)
        os.set_blocking(self.button, False)
        self.ear: Any = None
        self.deaf_until = 0.0

    def ring(self) -> None:
        """Wake the first thread up; safe in a signal handler."""
        with suppress(BlockingIOError):  # it is full, so it rings already
            os.write(self.button, b".")

    def stop(self) -> None:
        """Claim no more, give back what was not begun, and end with what runs; safe in a signal handler."""
        self.stopping = True
        self.ring()

    def run(self) -> None:
        """Work until it is told to stop, or has done what it was to do."""
        threads = [threading.Thread(target=self._keep_leases, name="leases", daemon=True)]
        threads += [
            threading.Thread(target=self._work, name=f"tasks-{number}", daemon=True)
            for number in range(self.options.threads)
        ]
        for thread in threads:
            thread.start()
        try:
            while not self.stopping and self._claim():
                pass
            self.stopping = True
            self._give_back()
            if self.held:
                self.say(1, f"ends with {len(self.held)} that run")
            with self.lock:
                while self.held:
                    self.lock.wait(0.2)  # and let a second signal through
        finally:
            self.over.set()
            with self.lock:
                self.lock.notify_all()
            self._stop_listening()
            connections.close_all()
        for thread in threads:
            thread.join(5)

    def _claim(self) -> bool:
        """Claim what there is room for, and wait where there is none or nothing; False where all is done."""
        most = self.options.max_tasks
        with self.lock:
            left = self.options.batch if most is None else most - self.claimed
            room = min(self.options.batch - len(self.held), left)
            few = len(self.waiting) <= self.options.batch // 4
        if not left and not self.held:
            return False
        if room <= 0 or not few:
            self._wait(self.options.poll)
            return True
        self._listen()  # before it looks: what is enqueued from here on is heard
        fair = "queue" if self.options.fair else None
        rows = self._tried(lambda: self._begun(room, fair))
        if rows is None or self.stopping:
            return True
        if not rows:
            if self.options.burst and not self.held:
                return False
            self._wait(self.options.poll)
        return True

    def _begun(self, room: int, fair: str | None) -> list[Any]:
        """Rows of its own, of each of which it is written down that an attempt of this worker has begun."""
        using, payload = self.backend.database, self.backend.role("payload")
        until = self._lease_end()
        with transaction.atomic(using=using):
            rows: list[Any] = self.backend.rows.claim(
                room, self.name, self.options.lease, queues=self.options.queues, fair_by=fair
            )
            run = {"worker": self.name}
            if rows:
                run["at"] = self.backend.value(rows[0], "started").isoformat()
                self._those(self._token(row) for row in rows).json_append("runs", run, field=payload)
        with self.lock:
            for row in rows:
                document = getattr(row, payload)
                if isinstance(document, dict):
                    document["runs"] = [*runs_of(document), dict(run)]
                self.held[self._token(row)] = row
                self.until[self._token(row)] = until
                self.waiting.append(row)
            self.claimed += len(rows)
            self.lock.notify_all()
        return rows

    def _lease_end(self) -> float:
        return time.monotonic() + self.options.lease.total_seconds()

    def _token(self, row: Any) -> UUID:
        token: UUID = self.backend.value(row, "lease_token")
        return token

    def _those(self, tokens: Any) -> Any:
        """The rows that are still held with these tokens."""
        role = self.backend.role
        return self.backend.rows.filter(**{f"{role('lease_token')}__in": list(tokens), role("state"): queues.RUNNING})

    def _tried(self, call: Callable[[], T]) -> T | None:
        """What ``call()`` returns; where the server is not there, that is said, and after a pause None."""
        try:
            return call()
        except GONE as error:
            self.say(1, f"no connection: {error!r}")
            connections[self.backend.database].close()
            self.over.wait(PAUSE)
            return None

    # What waits.

    def _wait(self, seconds: float) -> None:
        """Until somebody rings, a task is enqueued, or it is time to look."""
        sources = [self.bell, *([] if self.ear is None else [self.ear])]
        heard, _, _ = select.select(sources, [], [], seconds)
        if self.bell in heard:
            with suppress(BlockingIOError):
                os.read(self.bell, 65536)
        if self.ear is not None and self.ear in heard:
            try:
                list(self.ear.notifies(timeout=0))
            except psycopg.Error:
                self._stop_listening()

    def _listen(self) -> None:
        """Have a connection that hears of new tasks; where there can be none, the table is looked at all the same."""
        channel = self.backend.channel
        if self.ear is not None or channel is None or self.options.burst or time.monotonic() < self.deaf_until:
            return
        try:
            self.ear = psycopg.connect(**parameters(self.backend.database))
            self.ear.execute(listen(channel))
        except psycopg.Error:
            self._stop_listening()

    def _stop_listening(self) -> None:
        self.deaf_until = time.monotonic() + RETRY
        if self.ear is not None:
            self.ear.close()
            self.ear = None

    # What runs.

    def _work(self) -> None:
        """Run what waits, one after the other."""
        while True:
            with self.lock:
                while not self.waiting and not self.over.is_set():
                    self.lock.wait()
                if not self.waiting:
                    break
                row = self.waiting.popleft()
            try:
                self._run(row)
            except Exception as error:  # noqa: BLE001 (a thread that ends would be missed by nobody)
                self.say(0, f"{row.pk}: {error!r}; it is tried again when its lease has ended")
            finally:
                with self.lock:
                    self._forget(row)
                    self.lock.notify_all()
                self.ring()
                reset_queries()
                _close_unusable()
        connections.close_all()

    def _run(self, row: Any) -> None:
        """Call a task, and write what came of it."""
        started, result = time.monotonic(), None
        if started > self.until[self._token(row)]:  # so somebody else may have it, or have done it
            self._late(row)
            return
        try:
            result = self.backend.result_of(row)
            task_started.send(type(self.backend), task_result=result)
            value = self._called(result)
        except BaseException as error:  # noqa: BLE001 (as Django's own: what a task raises is its result)
            self._failed(row, result, error)
            return
        finally:
            _close_unusable()
        try:
            done = self._written(lambda: self.backend.rows.finish(row.pk, self._token(row), value))
        except DataError as error:  # not everything that is JSON can be stored
            self._failed(row, result, error)
            return
        if not done:
            self._late(row)
            return
        self.counts["finished"] += 1
        self.say(2, f"{row.pk} {result.task.module_path}: finished in {time.monotonic() - started:.2f} s")
        self._tell(row)

    def _called(self, result: AnyResult) -> Any:
        context: tuple[Any, ...] = (TaskContext(task_result=result),) if result.task.takes_context else ()
        return normalize_json(result.task.call(*context, *result.args, **result.kwargs))

    def _failed(self, row: Any, result: AnyResult | None, error: BaseException) -> None:
        """Write why, and when it is tried again, if it is."""
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        trace = "".join(format_exception(error)).replace("\0", "\ufffd").encode("utf-8", "replace").decode()
        payload = self.backend.role("payload")
        document = getattr(row, payload)
        if runs_of(document):
            document["runs"][-1] |= {"error": kind, "traceback": trace[-TRACEBACK:]}

        def write() -> str | None:
            with transaction.atomic(using=self.backend.database):
                self._those([self._token(row)]).update(**{payload: document})
                state: str | None = self.backend.rows.fail(
                    row.pk, self._token(row), f"{kind}: {error}", base=self.options.base, cap=self.options.cap
                )
                return state

        state = self._written(write)
        if state is None:
            self._late(row)
            return
        self.counts[state] += 1
        what = f"{row.pk} {'' if result is None else result.task.module_path}".strip()
        self.say(1, f"{what}: {kind}: {error} ({state}, attempt {self.backend.value(row, 'attempts')})")
        if state != queues.FAILED:
            self._tell(row)

    def _written(self, write: Callable[[], Any]) -> Any:
        """What a write returns, tried until the server is there: its token sees to it that it is written once."""
        while True:
            try:
                return write()
            except GONE as error:
                connections[self.backend.database].close()
                self.say(1, f"no connection: {error!r}")
                if self.over.wait(PAUSE):
                    raise

    def _late(self, row: Any) -> None:
        self.counts["late"] += 1
        self.say(1, f"{row.pk}: its lease has ended: it is somebody else's, and nothing is written")

    def _tell(self, row: Any) -> None:
        """Say that a task is over; an error of who listens is his own."""
        with suppress(Exception):
            result = self.backend.get_result(str(row.pk))
            for _, answer in task_finished.send_robust(type(self.backend), task_result=result):
                if isinstance(answer, Exception):
                    self.say(1, f"{row.pk}: a receiver of task_finished: {answer!r}")

    # What is kept, and given back.

    def _keep_leases(self) -> None:
        """Extend the leases of all that is held, three times as often as they end."""
        third = wait = self.options.lease.total_seconds() / 3
        while not self.over.wait(wait):
            with self.lock:
                tokens = list(self.held)
            try:
                if tokens:
                    self._beat(tokens)
                wait = third
            except Exception as error:  # noqa: BLE001 (without this thread all leases would end)
                self.say(1, f"leases are not extended: {error!r}")
                connections[self.backend.database].close()
                wait = min(PAUSE, third)
        connections.close_all()

    def _beat(self, tokens: list[UUID]) -> None:
        until = self._lease_end()
        beat = self.backend.rows.beat(self.name, self.options.lease, tokens)
        lost: set[UUID] = set()
        if beat.held < len(tokens):
            known = self._those(tokens).values_list(self.backend.role("lease_token"), flat=True)
            lost = set(tokens) - set(known)
        with self.lock:
            self.until |= {token: until for token in tokens if token in self.held and token not in lost}
            unbegun = [row for row in self.waiting if self._token(row) in lost]
            self._drop(unbegun)
            stopped = [row for row in self.waiting if self._token(row) in set(beat.cancel_requested)]
            self._drop(stopped)
        for row in stopped:
            self.backend.rows.fail(row.pk, self._token(row), "cancelled before it was begun")
            self.counts["cancelled"] += 1

    def _drop(self, rows: list[Any]) -> None:
        for row in rows:
            self.waiting.remove(row)
            self._forget(row)

    def _forget(self, row: Any) -> None:
        self.held.pop(self._token(row), None)
        self.until.pop(self._token(row), None)

    def _give_back(self) -> None:
        """What was not begun is queued again, as if it had not been claimed."""
        with self.lock:
            rows = list(self.waiting)
            self._drop(rows)
        if rows:
            given = self._tried(lambda: sum(map(self._given_back, rows)))
            self.say(1, f"gives back {given or 0} that were not begun")

    def _given_back(self, row: Any) -> int:
        role, payload = self.backend.role, getattr(row, self.backend.role("payload"))
        if runs_of(payload):
            payload = {**payload, "runs": payload["runs"][:-1]}
        nobody = None if field_at(self.backend.model, role("worker")).null else ""
        values = {
            "state": queues.QUEUED, "attempts": F(role("attempts")) - 1, "payload": payload,
            "worker": nobody, "lease_until": None, "lease_token": None,
        }  # fmt: skip
        given: int = self._those([self._token(row)]).update(**{role(name): value for name, value in values.items()})
        return given


def _close_unusable() -> None:
    """Close the connections of this thread that a task has left within a transaction, or that have had an error."""
    for connection in connections.all(initialized_only=True):
        with suppress(Error):
            if connection.connection is not None and not connection.get_autocommit():
                connection.close()
            connection.close_if_unusable_or_obsolete()
