"""Django's Tasks framework over a queue: a task is a row, which the roles of its model make one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast

from django.apps import apps
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connections, models, router
from django.tasks import Task, TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.tasks.base import TaskError
from django.tasks.exceptions import InvalidTask, TaskResultDoesNotExist
from django.tasks.signals import task_enqueued
from django.utils.dateparse import parse_datetime
from django.utils.json import normalize_json
from django.utils.module_loading import import_string

from querysets.execution import cursor
from querysets.roles import ROLES, did_you_mean, field_at, role_of
from querysets.sql.streaming import queues

P = ParamSpec("P")
R = TypeVar("R")
AnyTask: TypeAlias = "Task[..., Any]"
AnyResult: TypeAlias = "TaskResult[..., Any]"

NEEDED: Final = (
    "state", "run_at", "lease_until", "lease_token", "attempts", "max_attempts", "priority", "queue", "payload",
    "result", "error", "worker", "started", "finished", "timestamp",
)  # fmt: skip
"""The roles of which a task is made."""
OPTIONS: Final = ("model", "database", "max_attempts", "channel")
STATUS: Final[Mapping[str, TaskResultStatus]] = {
    queues.QUEUED: TaskResultStatus.READY,
    queues.PENDING: TaskResultStatus.READY,
    queues.FAILED: TaskResultStatus.READY,  # it is tried again
    queues.RUNNING: TaskResultStatus.RUNNING,
    queues.DONE: TaskResultStatus.SUCCESSFUL,
    queues.DEAD: TaskResultStatus.FAILED,
    queues.CANCELLED: TaskResultStatus.FAILED,
}


class WorkerLost(Exception):
    """A worker did not come back from a task, or the task was cancelled: there is no exception of its own."""


class TableBackend(BaseTaskBackend):
    """Tasks as rows of ``OPTIONS["model"]``: enqueued within a transaction, they are part of it.

    Each is run at least once, and finished once: what it does elsewhere should bear to be done again. The rows of the
    backend's queues are its own; others may use the table under other queues.

    Further options: ``database``, else the router chooses it; ``max_attempts``, else the default of the model's field;
    ``channel``, on which workers are told of new tasks, and None to let them look for themselves.
    """

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    @property
    def model(self) -> type[models.Model]:
        """The model whose rows are tasks."""
        name = self.options.get("model")
        if not isinstance(name, str):
            raise ImproperlyConfigured(
                f"TASKS[{self.alias!r}]: OPTIONS['model'] names the model of a queue, got {name!r}"
            )
        try:
            return apps.get_model(name)
        except (LookupError, ValueError) as error:
            raise ImproperlyConfigured(f"TASKS[{self.alias!r}]: OPTIONS['model']: {error}") from error

    @property
    def database(self) -> str:
        """The alias of the database that the tasks are in."""
        return cast("str", self.options.get("database") or router.db_for_write(self.model))

    @property
    def channel(self) -> str | None:
        """What workers listen to."""
        return cast("str | None", self.options.get("channel", f"{self.model._meta.db_table}_tasks"[:63]))

    @property
    def rows(self) -> Any:
        """The rows that may be tasks, whatever the model's own default manager leaves out."""
        return self.model._default_manager.using(self.database)

    def role(self, name: str) -> str:
        """The name of the field that plays a role."""
        found = role_of(self.model, name)
        if found is None:
            raise ImproperlyConfigured(
                f"TASKS[{self.alias!r}]: {self.model._meta.label} has no {name!r} field, {ROLES[name].holds}; "
                f"declare PatternManager({name}=...)"
            )
        return cast("str", found.field)

    def value(self, row: Any, role: str) -> Any:
        """What a row has in a role."""
        return getattr(row, self.role(role))

    def enqueue(self, task: Task[P, R], args: Any, kwargs: Any) -> TaskResult[P, R]:
        """A row for the task, in the caller's transaction."""
        self.validate_task(task)
        values: dict[str, Any] = {
            "state": queues.QUEUED,
            "run_at": task.run_after,
            "priority": task.priority,
            "queue": task.queue_name,
            "payload": {
                "task": task.module_path,
                "args": normalize_json(list(args)),
                "kwargs": normalize_json(kwargs),
            },
        }
        if "max_attempts" in self.options:
            values["max_attempts"] = self.options["max_attempts"]
        fields = {self.role(name): value for name, value in values.items()}
        row = self.rows.create(**self._titled(task), **fields)
        if self.channel is not None:
            with cursor(connections[self.database]) as told:
                told.execute("SELECT pg_notify(%s, %s)", [self.channel, task.queue_name])
        result: Any = self.result_of(row, task)
        task_enqueued.send(type(self), task_result=result)
        return cast("TaskResult[P, R]", result)

    def _titled(self, task: AnyTask) -> dict[str, Any]:
        """What is read of it in lists, where the model has a title."""
        found = role_of(self.model, "title")
        if found is None:
            return {}
        longest = field_at(self.model, found.field).max_length
        return {found.field: task.module_path[-longest:] if longest else task.module_path}

    def get_result(self, result_id: str) -> AnyResult:
        """What is known of a task; ``TaskResultDoesNotExist`` where no row of the backend's queues has the id."""
        try:
            rows = self.rows.filter(pk=result_id)
        except (ValueError, ValidationError) as error:
            raise TaskResultDoesNotExist(result_id) from error
        if self.queues:
            rows = rows.filter(**{f"{self.role('queue')}__in": self.queues})
        row = rows.first()
        if row is None or not is_call(self.value(row, "payload")):
            raise TaskResultDoesNotExist(result_id)
        return self.result_of(row)

    def task_of(self, row: Any) -> AnyTask:
        """What a row asks to run; ``InvalidTask`` where there is no such task here."""
        payload = self.value(row, "payload")
        if not is_call(payload):
            raise InvalidTask(f"row {row.pk} of {self.model._meta.label} holds no task, its arguments and keywords")
        try:
            task: Any = import_string(payload["task"])
        except Exception as error:  # whatever the module does when it is imported
            raise InvalidTask(f"{payload['task']!r} cannot be imported: {error}") from error
        if not isinstance(cast("object", task), Task):  # rows are data: they do not choose what is called
            raise InvalidTask(f"{payload['task']!r} is not a task")
        given = {"priority": "priority", "queue_name": "queue", "run_after": "run_at"}
        values = {name: self.value(row, role) for name, role in given.items()}
        return cast("AnyTask", task.using(backend=self.alias, **values))

    def result_of(self, row: Any, task: AnyTask | None = None) -> AnyResult:
        """A row as Django tells of it."""
        payload, state = self.value(row, "payload"), self.value(row, "state")
        runs = runs_of(payload)
        result: AnyResult = TaskResult(
            task=task or self.task_of(row),
            id=str(row.pk),
            status=STATUS[state],
            enqueued_at=self.value(row, "timestamp"),
            started_at=moment(runs[0].get("at")) if runs else self.value(row, "started"),
            last_attempted_at=self.value(row, "started"),
            finished_at=self.value(row, "finished"),
            args=payload["args"],
            kwargs=payload["kwargs"],
            backend=self.alias,
            errors=list(self._errors(row, runs)),
            worker_ids=[str(run.get("worker")) for run in runs],
        )
        if state == queues.DONE:
            object.__setattr__(result, "_return_value", self.value(row, "result"))
        return result

    def _errors(self, row: Any, runs: list[dict[str, Any]]) -> Iterator[TaskError]:
        """Why runs failed; the last of a task that is over has a reason, whoever gave it."""
        for run in runs:
            if "error" in run:
                yield TaskError(exception_class_path=run["error"], traceback=run.get("traceback", ""))
        if STATUS[self.value(row, "state")] is TaskResultStatus.FAILED and (not runs or "error" not in runs[-1]):
            why = self.value(row, "error") or self.value(row, "state")
            yield TaskError(exception_class_path=f"{__name__}.{WorkerLost.__name__}", traceback=why)

    def check(self, **_: Any) -> list[checks.CheckMessage]:
        """``E010``: the options are not such as a queue needs; ``E011``: the model lacks a role."""
        return list(self._problems())

    def _problems(self) -> Iterator[checks.CheckMessage]:
        for name in set(self.options) - set(OPTIONS):
            message = f"TASKS[{self.alias!r}]: OPTIONS has no {name!r}{did_you_mean(name, OPTIONS)}"
            yield checks.Error(message, id="querysets.E010")
        try:
            model, database = self.model, self.database
        except ImproperlyConfigured as error:
            yield checks.Error(str(error), id="querysets.E010")
            return
        if database not in connections or connections[database].vendor != "postgresql":
            yield checks.Error(f"TASKS[{self.alias!r}]: {database!r} is no PostgreSQL database", id="querysets.E010")
        for name in NEEDED:
            try:
                self.role(name)
            except ImproperlyConfigured as error:
                yield checks.Error(str(error), obj=model, id="querysets.E011")


def is_call(payload: Any) -> bool:
    """Whether a document names a task and what it is called with."""
    if not isinstance(payload, dict):
        return False
    kinds = {"task": str, "args": list, "kwargs": dict}
    return all(isinstance(cast("Any", payload).get(key), kind) for key, kind in kinds.items())


def runs_of(payload: Any) -> list[dict[str, Any]]:
    """The attempts that a document tells of, the first one first."""
    found: Any = cast("Any", payload).get("runs") if isinstance(payload, dict) else None
    if not isinstance(found, list):
        return []
    runs = cast("Any", found)
    return [run for run in runs if isinstance(run, dict)]


def moment(text: Any) -> datetime | None:
    """A moment that was written down."""
    return parse_datetime(text) if isinstance(text, str) else None
