"""Django's Tasks in a table: what the backend says, and workers that are processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import django
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from example_project.config.server import PROJECT
from example_project.ops.models import Task

NO_TASKS = django.VERSION < (6, 0)


@pytest.mark.skipif(not NO_TASKS, reason="there is django.tasks")
def test_without_django_tasks_it_says_what_is_missing():
    with pytest.raises(ImproperlyConfigured, match=r"django.tasks is part of Django 6.0 and newer, this is 5\.2"):
        __import__("querysets.contrib.tasks")


if NO_TASKS:
    pytest.skip("django.tasks is part of Django 6.0 and newer", allow_module_level=True)

from django.tasks import TaskResultStatus, task_backends  # noqa: E402
from django.tasks.exceptions import InvalidTask, TaskResultDoesNotExist, TaskResultMismatch  # noqa: E402
from django.tasks.signals import task_enqueued  # noqa: E402

from querysets.contrib.tasks import TableBackend, WorkerLost  # noqa: E402
from tests.fixtures import background as tasks  # noqa: E402

pytestmark = pytest.mark.django_db(transaction=True)
READY, RUNNING, FAILED, SUCCESSFUL = TaskResultStatus.values


@pytest.fixture(autouse=True)
def no_tasks(db):
    Task.objects.all().delete()


def worker(*options, quiet=True):
    """A process that works, on the database of the test."""
    at = connection.settings_dict
    url = f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
    return subprocess.Popen(
        [sys.executable, "example_project/manage.py", "tasks_worker", "--poll", "0.2", *options],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def burst(*options):
    """Run all that is there; what was said."""
    process = worker("--burst", "-v", "2", *options)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    return said


@contextmanager
def at_work(*options):
    process = worker("-v", "2", *options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_is_enqueued_is_a_row_and_its_result_tells_of_it():
    soon = timezone.now() + timedelta(hours=1)
    result = tasks.add.using(priority=7, run_after=soon).enqueue(1, second=2)
    row = Task.objects.get()
    assert (row.queue, row.priority, row.eta, row.status) == ("background", 7, soon, "queued")
    assert row.payload == {"task": "tests.fixtures.background.add", "args": [1], "kwargs": {"second": 2}}
    again = tasks.add.get_result(result.id)
    for each in result, again:
        assert (each.id, each.status, each.args, each.kwargs) == (str(row.pk), READY, [1], {"second": 2})
        assert (each.task.priority, each.task.run_after, each.task.queue_name) == (7, soon, "background")
        assert (each.attempts, each.errors, each.enqueued_at, each.started_at) == (0, [], row.created_at, None)
    assert result == again
    with pytest.raises(TaskResultMismatch):
        tasks.refuse.get_result(result.id)


def test_what_is_enqueued_within_a_transaction_is_part_of_it():
    with transaction.atomic():
        tasks.add.enqueue(1)
        transaction.set_rollback(True)
    assert not Task.objects.exists()


def test_a_receiver_of_the_signal_has_the_result():
    heard = []

    def receiver(sender, task_result, **_):
        heard.append((sender, task_result))

    task_enqueued.connect(receiver)
    try:
        result = tasks.add.enqueue(1)
    finally:
        task_enqueued.disconnect(receiver)
    assert heard == [(TableBackend, result)]


@pytest.mark.parametrize("result_id", ["0", "x", "", "9" * 30])
def test_what_is_not_there_is_no_result(result_id):
    with pytest.raises(TaskResultDoesNotExist):
        tasks.add.get_result(result_id)


def test_rows_of_other_queues_and_of_other_kinds_are_no_results():
    other = Task.objects.create(name="x", queue="default", payload={"task": "x", "args": [], "kwargs": {}})
    bare = Task.objects.create(name="x", queue="background")
    for row in other, bare:
        with pytest.raises(TaskResultDoesNotExist):
            task_backends["default"].get_result(str(row.pk))


def test_a_queue_that_the_backend_has_not_is_refused():
    with pytest.raises(InvalidTask, match="nowhere"):
        tasks.add.using(queue_name="nowhere")


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({}, "querysets.E010", "OPTIONS\\['model'\\] names the model of a queue, got None"),
        ({"model": "ops.Nothing"}, "querysets.E010", "Nothing"),
        ({"model": "ops.Task", "modle": 1}, "querysets.E010", "did you mean 'model'"),
        ({"model": "ops.Task", "database": "nowhere"}, "querysets.E010", "'nowhere' is no PostgreSQL database"),
        ({"model": "ops.Message"}, "querysets.E011", "ops.Message has no 'state' field"),
    ],
    ids=str,
)
def test_a_check_says_what_is_wrong(options, code, words):
    found = list(TableBackend("default", {"OPTIONS": options}).check())
    assert any(each.id == code and re.search(words, each.msg) for each in found)
    assert not list(TableBackend("default", settings.TASKS["default"]).check())


def test_a_worker_runs_all_and_writes_what_came_of_it():
    results = {
        "sum": tasks.add.enqueue(1, 2),
        "later": tasks.add_later.enqueue(3, second=4),
        "context": tasks.attempt.enqueue(),
        "open": tasks.leave_it_open.enqueue(),
        "refused": tasks.refuse.enqueue("not today"),
        "unspeakable": tasks.unspeakable.enqueue(),
        "no json": tasks.no_json.enqueue(),
        "put off": tasks.add.using(run_after=timezone.now() + timedelta(hours=1)).enqueue(1),
    }
    stranger = Task.objects.create(
        name="x", queue="background", payload={"task": "tests.fixtures.background.not_a_task", "args": [], "kwargs": {}}
    )
    bare = Task.objects.create(name="x", queue="background", payload=[1])
    other = Task.objects.create(name="x", queue="default")
    said = burst("--batch", "20", "--name", "one")
    for result in results.values():
        result.refresh()
    assert {name: result.return_value for name, result in results.items() if result.status == SUCCESSFUL} == {
        "sum": 3,
        "later": 7,
        "context": [1, results["context"].id],
        "open": None,
    }
    done = results["sum"]
    assert (done.worker_ids, done.attempts, done.errors) == (["one"], 1, [])
    assert done.enqueued_at <= done.started_at == done.last_attempted_at <= done.finished_at
    failed = results["refused"]
    assert (failed.status, failed.attempts, failed.is_finished) == (READY, 1, False)
    [error] = failed.errors
    assert error.exception_class is ValueError
    assert "not today" in error.traceback
    assert results["unspeakable"].errors[0].exception_class_path == "django.db.utils.DataError"
    assert results["no json"].errors[0].exception_class is TypeError
    assert (results["put off"].status, results["put off"].attempts) == (READY, 0)
    row = Task.objects.get(pk=results["refused"].id)
    assert (row.status, row.retry_count, row.locked_by) == ("failed", 1, None)
    assert timedelta(seconds=5) < row.eta - timezone.now() < timedelta(seconds=11)
    for each, why in (stranger, "is not a task"), (bare, "holds no task"):
        each.refresh_from_db()
        assert (each.status, why in each.last_error) == ("failed", True)
    assert Task.objects.get(pk=other.pk).status == "queued"
    assert "stopped; 5 failed, 4 finished" in said


def test_a_task_that_always_fails_is_dead_with_every_reason_and_one_that_recovers_is_done():
    dead, done = tasks.refuse.enqueue("never"), tasks.at_last.enqueue(3)
    Task.objects.update(max_attempts=3)
    with at_work("--retry", "0.01"):
        until(lambda: not Task.objects.exclude(status__in=["done", "dead"]).exists())
    dead.refresh()
    done.refresh()
    assert (dead.status, dead.attempts, len(dead.errors)) == (FAILED, 3, 3)
    assert Task.objects.get(pk=dead.id).last_error == "builtins.ValueError: never"
    with pytest.raises(ValueError, match="Task failed"):
        dead.return_value  # noqa: B018
    assert (done.status, done.attempts, done.return_value) == (SUCCESSFUL, 3, "done")
    assert [each.exception_class for each in done.errors] == [LookupError] * 2


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_worker_that_is_told_to_stop_ends_what_runs_and_gives_back_the_rest(how):
    with at_work("--threads", "2", "--batch", "6") as process:
        process.stdout.readline()
        with transaction.atomic():
            for _ in range(6):
                tasks.wait.enqueue(1.0)
        until(lambda: Task.objects.filter(status="running").count() == 6)
        process.send_signal(how)
        said = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    begun = Task.objects.filter(status="done", attempts=1).count()
    assert begun in {1, 2}  # of two threads: one may have had no time to begin
    assert f"gives back {6 - begun} that were not begun" in said
    assert f"stopped; {begun} finished" in said
    given = Task.objects.filter(status="queued", attempts=0, locked_by=None, lease_token=None)
    assert given.count() == 6 - begun
    assert all(row.payload["runs"] == [] for row in given)


def test_a_second_signal_ends_it_at_once_and_others_take_over():
    result = tasks.wait.enqueue(30)
    with at_work("--lease", "1", "--name", "gone") as process:
        until(lambda: Task.objects.filter(status="running").exists())
        process.send_signal(signal.SIGTERM)
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
        assert process.returncode not in {0, None}
    Task.objects.update(max_attempts=1)
    time.sleep(1)
    burst()
    result.refresh()
    assert (result.status, result.worker_ids) == (FAILED, ["gone"])
    assert [error.exception_class for error in result.errors] == [WorkerLost]
    assert result.errors[0].traceback == "the lease ended"


def test_a_task_of_a_killed_worker_is_run_by_another_and_one_that_takes_long_stays_its_workers():
    result = tasks.wait.enqueue(2.5)
    with at_work("--lease", "0.6", "--name", "first") as first:
        until(lambda: Task.objects.filter(status="running").exists())
        with at_work("--lease", "0.6", "--name", "second") as second:
            time.sleep(1.5)
            assert Task.objects.get().attempts == 1
            first.kill()
            until(lambda: Task.objects.get().attempts == 2)
            until(lambda: Task.objects.get().status == "done")
            result.refresh()
            assert (result.worker_ids, result.return_value) == (["first", "second"], second.pid)


def test_what_is_enqueued_wakes_a_worker_that_would_not_look_for_long():
    with at_work("--poll", "30") as process:
        process.stdout.readline()
        time.sleep(1)
        result = tasks.add.enqueue(1)
        until(lambda: Task.objects.get().status == "done", seconds=5)
    result.refresh()
    assert result.return_value == 1


def test_it_ends_after_as_many_tasks_as_it_was_to_run():
    for number in range(5):
        tasks.add.enqueue(number)
    process = worker("--max-tasks", "3", "--batch", "10")
    said = process.communicate(timeout=30)[0]
    assert "stopped; 3 finished" in said
    assert Task.objects.filter(status="queued", attempts=0).count() == 2


def test_a_cancelled_task_that_was_not_begun_is_not_run():
    with at_work("--threads", "1", "--batch", "2", "--lease", "0.6"):
        with transaction.atomic():
            tasks.wait.enqueue(1.5)
            second = tasks.add.enqueue(1)
        until(lambda: Task.objects.filter(status="running").count() == 2)
        Task.objects.filter(pk=second.id).cancel()
        until(lambda: Task.objects.get(pk=second.id).status == "cancelled")
    second.refresh()
    assert second.status == FAILED


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--backend", "nope"], "there is default"),
        (["--queue", "nope"], "has background"),
        (["--threads", "0"], "1 or more"),
        (["--lease", "-1"], "above 0"),
        (["--poll", "nan"], "above 0"),
    ],
    ids=str,
)
def test_a_wrong_option_is_refused(options, words):
    with pytest.raises(CommandError, match=words):
        call_command("tasks_worker", *options)
