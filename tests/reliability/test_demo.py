"""``manage.py demo``, in a copy of the project and so with a server of its own, as a person runs it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from example_project.config import server
from example_project.config.server import PROJECT, EmbeddedServer


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of the project, without anything that was made in it."""
    for package in "querysets", "example_project":
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setattr(server, "PROJECT", tmp_path)
    yield tmp_path
    EmbeddedServer(server.folder()).remove()


@contextmanager
def demo(copy, port):
    """The running demo and the lines that it printed, of which the last is its address."""
    with subprocess.Popen(
        [sys.executable, "example_project/manage.py", "demo", "--scale=small", f"--port={port}"],
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as process:
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if line.startswith("http://"):
                break
        try:
            yield process, lines
        finally:
            process.terminate()
            process.stdout.read()


def is_up():
    return EmbeddedServer(server.folder())._is_locked("alive")


@pytest.mark.slow
def test_demo_serves_beside_a_taken_port_and_stops_what_it_started(copy):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demo(copy, port) as (process, lines):
            address = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", lines[-1])
            assert address, "\n".join(lines)
            assert int(address[1]) > port
            assert any(line.startswith("Making the small world") for line in lines)
            with urllib.request.urlopen(address[0]) as page:  # noqa: S310 (it is http)
                assert page.status == 200
            assert is_up()
            os.killpg(process.pid, signal.SIGINT)
            assert process.wait() == 0
        assert not is_up()

        with demo(copy, port) as (process, lines):
            assert any(line.endswith("already.") for line in lines)
            process.terminate()
            assert process.wait() == 128 + signal.SIGTERM
        assert not is_up()
