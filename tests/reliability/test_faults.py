"""Queues and tails whose workers are killed, whose connections are cut, and whose server is restarted.

``make faults`` takes 5,000 tasks and more faults than there is time for each time that the tests are run.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from example_project.config import server
from example_project.config.server import PROJECT, EmbeddedServer

pytestmark = pytest.mark.slow

WHOLE = bool(os.environ.get("FAULTS"))
TASKS, STEPS = (5000, 6) if WHOLE else (800, 2)
WORKERS, WRITERS = 4, 8
PATIENCE = 90


class Server:
    """A server of the test's own, which may be cut off and started again on its port; not that of ``DATABASE_URL``."""

    def __init__(self, home, url):
        self.embedded, self.url = EmbeddedServer(home), url
        self.port = urlsplit(url).port
        self.password = urlsplit(url).password

    def ask(self, sql, *params):
        with psycopg.connect(self.url, autocommit=True) as connection:
            found = connection.execute(sql, params)
            return found.fetchall() if found.description else []

    def cut(self, pick):
        """End the connection of one or some of those at work."""
        with suppress(psycopg.Error):
            self.ask(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                " AND pid <> pg_backend_pid() AND random() < %s", pick.choice([0.3, 1.0]),
            )  # fmt: skip

    def restart(self, how):
        """Stop it, at once and without a word to anybody, or after it has told all; and start it."""
        os.kill(int(self.embedded._postmaster()[0]), how)
        until(lambda: not self.embedded._is_locked("alive"), 30)
        (self.embedded.data / "postmaster.pid").unlink(missing_ok=True)
        user = server._unprivileged_user() if os.geteuid() == 0 else None
        self.embedded._run_pg0(user, self.port, self.password)


@pytest.fixture(scope="module")
def made():
    """The server, with the tables of the example project in it."""
    with tempfile.TemporaryDirectory(prefix="querysets-") as name:
        Path(name).chmod(0o711)  # its user passes through
        home = Path(name) / "home"
        with EmbeddedServer(home).used() as url:
            environment = {**os.environ, "DATABASE_URL": url}
            migrate = [sys.executable, "example_project/manage.py", "migrate", "-v0"]
            subprocess.run(migrate, cwd=PROJECT, env=environment, check=True)
            made = Server(home, url)
            start(made, "make", TASKS).wait(60)
            yield made
        EmbeddedServer(home).remove()


def start(made, *words):
    script = Path(__file__).with_name("faulty.py")
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", script, *map(str, words)],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": made.url},
    )


@contextmanager
def at_work(made, *calls):
    """Processes, of which ``kill(number)`` kills one and starts another in its place."""
    running = [start(made, *call) for call in calls]

    def kill(number):
        running[number].kill()
        running[number].wait()
        running[number] = start(made, *calls[number])

    try:
        yield kill
    finally:
        for process in running:
            process.kill()
            process.wait()


def until(condition, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def lines(*files):
    return [line.split() for file in files if file.exists() for line in file.read_text().splitlines()]


def test_every_task_ends_once_whatever_happens_to_workers_and_server(made, tmp_path):
    pick = random.Random(7)
    files = [tmp_path / f"worker-{number}" for number in range(WORKERS)]
    open_ = "SELECT count(*) FROM ops_task WHERE status NOT IN ('done', 'dead')"
    with at_work(made, *(("work", f"w{number}", file) for number, file in enumerate(files))) as kill:
        until(lambda: len(lines(*files)) > TASKS // 20)
        made.restart(signal.SIGQUIT)
        for step in range(STEPS):
            before = len(lines(*files))
            kill(pick.randrange(WORKERS))
            until(lambda before=before: len(lines(*files)) > before + TASKS // 20 or made.ask(open_) == [(0,)])
            made.cut(pick)
            if WHOLE and step == 3:
                made.restart(signal.SIGINT)
        until(lambda: made.ask(open_) == [(0,)])

    rows = made.ask("SELECT id, name, status, attempts, max_attempts, last_error, result, lease_token FROM ops_task")
    assert len(rows) == TASKS
    by_state = Counter((name, status) for _, name, status, *_ in rows)
    assert by_state["bad", "dead"] == TASKS // 50
    assert by_state["good", "done"] + by_state["good", "dead"] == TASKS - TASKS // 50
    assert by_state["good", "done"] > TASKS * 0.9
    for _, name, status, attempts, most, error, result, token in rows:
        assert token is None
        assert 1 <= attempts <= most
        if status == "dead":
            assert attempts == most
            assert error in {"it is bad", "the lease ended"} if name == "bad" else error == "the lease ended"
        else:
            assert result is not None

    said = lines(*files)
    acknowledged = {int(pk): (token, float(at)) for what, pk, token, at in said if what == "finished"}
    assert sum(what == "finished" for what, *_ in said) == len(acknowledged), "one was finished twice"
    results = {pk: result for pk, _, _, _, _, _, result, _ in rows}
    for pk, (token, _) in acknowledged.items():
        assert results[pk] == token, "somebody else wrote it"
    again = [pk for what, pk, _, at in said if what == "ran" and float(at) > acknowledged.get(int(pk), ("", 1e99))[1]]
    assert not again, "run again after its end was known"
    assert len(acknowledged) > TASKS * 0.9


def test_a_late_worker_is_refused_by_its_token(made, tmp_path):
    made.ask("DELETE FROM ops_task")
    start(made, "make", 50).wait(30)
    late, other = tmp_path / "late", tmp_path / "other"
    with at_work(made, ("work", "late", late)):
        until(lambda: lines(late))  # it holds all of them, and sleeps
        process = start(made, "work", "other", other)
        try:
            until(lambda: any(what == "refused" for what, *_ in lines(late)))
        finally:
            process.kill()
            process.wait()
    [refused] = [(int(pk), token) for what, pk, token, _ in lines(late) if what == "refused"]
    [(status, result, locked_by)] = made.ask("SELECT status, result, locked_by FROM ops_task WHERE id = %s", refused[0])
    assert (status, locked_by) == ("running", "other") or (status in {"done", "dead"} and result != refused[1])


def test_a_tail_beside_killed_writers_has_each_committed_row_once(made, tmp_path):
    pick = random.Random(11)
    files = [tmp_path / f"writer-{number}" for number in range(WRITERS)]
    seen = tmp_path / "seen"
    seen.touch()
    calls = [("write", number, file) for number, file in enumerate(files)]
    with at_work(made, *calls, ("follow", seen)) as kill:
        until(lambda: len(lines(seen)) > 100)
        for step in range(2 * STEPS):
            kill(WRITERS if step == 1 else pick.randrange(WRITERS))
            time.sleep(0.3)
            if step == STEPS:
                made.restart(signal.SIGINT)
            made.cut(pick)
        before = len(lines(seen))
        until(lambda: len(lines(seen)) > before + 100)
    follower = start(made, "follow", seen)
    try:
        [(committed,)] = made.ask("SELECT count(*) FROM ops_message")
        until(lambda: len(lines(seen)) >= committed, 30)
        time.sleep(0.3)
    finally:
        follower.kill()
        follower.wait()

    found = [(int(tx), int(pk)) for tx, pk in lines(seen)]
    rows = [(int(tx), pk) for tx, pk in made.ask("SELECT tx::text, id FROM ops_message ORDER BY tx, id")]
    assert found == rows
    assert {int(pk) for (pk,) in lines(*files)} <= {pk for _, pk in rows}
    assert [pk for _, pk in found] != sorted(pk for _, pk in found), "nothing was committed out of order"
