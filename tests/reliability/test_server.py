"""The embedded server: it is up for whoever needs it, stopped by the last, and minds nothing that it finds."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from example_project.config import server
from example_project.config.database import database
from example_project.config.server import PROJECT, EmbeddedServer, ServerError

USER = """
import sys
from pathlib import Path
from example_project.config.server import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])).used() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


class User:
    """A process that uses the server until it is told to leave, in a process group of its own."""

    def __init__(self, home):
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, home],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def url(self):
        return self.process.stdout.readline().strip()

    def leave(self):
        errors = self.process.communicate()[1]
        assert self.process.returncode == 0, errors

    def end(self, how):
        os.killpg(self.process.pid, how)
        return self.process.communicate()[1]


@contextlib.contextmanager
def a_folder():
    """A folder that the server's user can reach, which those of pytest are not where root runs it."""
    with tempfile.TemporaryDirectory(prefix="querysets-") as name:
        Path(name).chmod(0o711)
        home = Path(name) / "home"
        yield home
        for each in home.parent.iterdir():
            EmbeddedServer(each).remove()


@pytest.fixture(scope="module")
def made():
    """A server that was started once, by someone who keeps files private, with one table in it."""
    with a_folder() as home:
        umask = os.umask(0o077)
        with EmbeddedServer(home).used() as url:
            execute(url, "CREATE TABLE made AS SELECT 'once' AS what")
        os.umask(umask)
        yield home


@pytest.fixture
def home(made):
    """A copy of its folder, which a test may ruin."""
    with a_folder() as home:
        subprocess.run(["cp", "-a", made, home], check=True)
        yield home


def execute(url, query):
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def content(url):
    return execute(url, "SELECT what FROM made")


def is_up(url):
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def postmaster(home):
    return int((home / "server/data/postmaster.pid").read_text().split()[0])


@pytest.mark.slow
class TestUsers:
    def test_the_data_are_kept_from_one_start_to_the_next(self, made):
        with EmbeddedServer(made).used() as url:
            assert content(url) == "once"
        assert not is_up(url)

    def test_the_second_user_finds_the_server_and_the_last_one_stops_it(self, made):
        first, second = User(made), User(made)
        url = first.url()
        assert second.url() == url
        first.leave()
        assert is_up(url)
        second.leave()
        assert not is_up(url)

    def test_many_users_at_once_share_one_server(self, made):
        users = [User(made) for _ in range(6)]
        urls = {user.url() for user in users}
        assert len(urls) == 1
        for user in users:
            user.leave()
        assert not is_up(urls.pop())

    def test_users_that_come_and_go_never_meet_a_stopped_server(self, made):
        program = (
            "import sys, psycopg\n"
            "from pathlib import Path\n"
            "from example_project.config.server import EmbeddedServer\n"
            "for _ in range(5):\n"
            "    with EmbeddedServer(Path(sys.argv[1])).used() as url:\n"
            "        psycopg.connect(url).close()\n"
        )
        several = [subprocess.Popen([sys.executable, "-c", program, made], cwd=PROJECT) for _ in range(3)]
        assert [each.wait() for each in several] == [0, 0, 0]

    def test_a_killed_user_is_not_waited_for(self, made):
        user = User(made)
        url = user.url()
        user.end(signal.SIGKILL)
        assert is_up(url)
        with EmbeddedServer(made).used() as same:
            assert same == url
        assert not is_up(url)

    def test_an_error_inside_stops_the_server_too(self, made):
        with pytest.raises(ZeroDivisionError), EmbeddedServer(made).used() as url:
            1 / 0  # noqa: B018
        assert not is_up(url)

    def test_ctrl_c_does_not_reach_the_server(self, made):
        user = User(made)
        url = user.url()
        with EmbeddedServer(made).used():
            assert "KeyboardInterrupt" in user.end(signal.SIGINT)
            assert is_up(url)
        assert not is_up(url)


@pytest.mark.slow
class TestLeftovers:
    def test_a_process_id_that_is_another_process_now(self, home):
        with EmbeddedServer(home).used():
            lines = (home / "server/data/postmaster.pid").read_text().splitlines()
            state = (home / "server/.pg0/instances/default/instance.json").read_text()
        init = "1"  # alive, and nobody's to signal
        (home / "server/data/postmaster.pid").write_text("\n".join([init, *lines[1:]]))
        path = home / "server/.pg0/instances/default/instance.json"
        path.write_text(state.replace(lines[0], init))
        with EmbeddedServer(home).used() as url:
            assert content(url) == "once"

    def test_a_server_that_was_killed(self, home):
        with EmbeddedServer(home).used() as url:
            execute(url, "INSERT INTO made VALUES ('more')")
            os.kill(postmaster(home), signal.SIGKILL)
        with EmbeddedServer(home).used() as url:
            assert execute(url, "SELECT count(*) FROM made") == 2

    def test_a_first_start_that_was_cut_short(self, home):
        next(home.glob("password-*")).unlink()
        (home / "server/data/PG_VERSION").unlink()
        with EmbeddedServer(home).used() as url:
            assert execute(url, "SELECT to_regclass('made')") is None

    def test_a_first_start_that_was_cut_short_with_the_server_up(self, home):
        user = User(home)
        url = user.url()
        next(home.glob("password-*")).unlink()
        user.end(signal.SIGKILL)
        with EmbeddedServer(home).used() as other:
            assert other != url
            assert is_up(other)
            assert not is_up(url)

    def test_a_copy_of_the_folder_has_a_server_of_its_own(self, home):
        copy = home.parent / "copy"
        with EmbeddedServer(home).used() as url:
            execute(url, "CHECKPOINT")
            subprocess.run(["cp", "-a", home, copy], check=True)
            with EmbeddedServer(copy).used() as other:
                execute(other, "UPDATE made SET what = 'copied'")
                assert content(url) == "once"
            assert not is_up(other)
            assert is_up(url)

    def test_a_folder_that_was_moved(self, home):
        user = User(home)
        url = user.url()
        moved = home.rename(home.parent / "moved")
        with EmbeddedServer(moved).used() as same:
            assert same == url
            user.end(signal.SIGKILL)
            assert content(url) == "once"
        assert not is_up(url)
        with EmbeddedServer(moved).used() as url:
            assert content(url) == "once"


@pytest.mark.slow
class TestRemove:
    def test_deletes_everything(self, home):
        with EmbeddedServer(home).used():
            pass
        EmbeddedServer(home).remove()
        assert not home.exists()
        EmbeddedServer(home).remove()

    def test_stops_a_server_that_a_killed_user_left_behind(self, home):
        user = User(home)
        url = user.url()
        user.end(signal.SIGKILL)
        EmbeddedServer(home).remove()
        assert not is_up(url)

    def test_refuses_while_someone_is_inside(self, home):
        with EmbeddedServer(home).used() as url:
            with pytest.raises(ServerError, match="in use"):
                EmbeddedServer(home).remove()
            assert content(url) == "once"


@pytest.mark.slow
def test_the_server_does_not_run_as_root_nor_open_its_files_to_others(made):
    data = (made / "server/data").stat()
    assert data.st_uid != 0
    assert data.st_mode & 0o077 == 0
    assert next(made.glob("password-*")).stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_the_database_sorts_as_python_does_and_knows_all_letters(made):
    with EmbeddedServer(made).used() as url:
        execute(url, "CREATE EXTENSION pg_trgm")
        assert execute(url, "SELECT lower('É') || upper('я')") == "éЯ"
        assert execute(url, "SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['é', 'b', 'B', 'a']) x") == list("Babé")
        assert execute(url, "SELECT cardinality(show_trgm('量子'))") > 0


@pytest.mark.django_db
def test_test_databases_do_so_too():
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('É') || upper('я')")
        assert cursor.fetchone() == ("éЯ",)
        cursor.execute("SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['é', 'b', 'B', 'a']) x")
        assert cursor.fetchone() == (list("Babé"),)


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ServerError, match="DATABASE_URL"), EmbeddedServer(tmp_path / "file" / "home").used():
        pass


def test_a_server_of_ones_own_is_left_alone(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://own.example/shop")
    monkeypatch.setattr(server, "folder", lambda: pytest.fail("nothing is to be started"))
    with server.running():
        assert os.environ["DATABASE_URL"] == "postgresql://own.example/shop"
    assert os.environ["DATABASE_URL"] == "postgresql://own.example/shop"


def test_an_ordinary_user_has_the_server_in_the_project_and_root_outside(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server.folder() == PROJECT / ".postgres"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert PROJECT not in server.folder().parents
    here = server.folder()
    monkeypatch.setattr(server, "PROJECT", PROJECT.parent / "another copy")
    assert server.folder() != here


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ann:secret@db.example:6432/shop",
            {"USER": "ann", "PASSWORD": "secret", "HOST": "db.example", "PORT": "6432", "NAME": "shop", "OPTIONS": {}},
        ),
        ("postgres://db.example/shop", {"HOST": "db.example", "NAME": "shop", "OPTIONS": {}}),
        (
            "postgresql://a%40b:p%2Fw%3A%25%20%C3%A9@[::1]/my%20shop",
            {"USER": "a@b", "PASSWORD": "p/w:% é", "HOST": "::1", "NAME": "my shop", "OPTIONS": {}},
        ),
        ("postgresql:///shop?host=/run/postgresql", {"HOST": "/run/postgresql", "NAME": "shop", "OPTIONS": {}}),
        (
            "postgresql://db.example/shop?sslmode=require&options=-c%20work_mem%3D64MB",
            {"HOST": "db.example", "NAME": "shop", "OPTIONS": {"sslmode": "require", "options": "-c work_mem=64MB"}},
        ),
    ],
)
def test_database_url(url, expected):
    assert database(url) == {"ENGINE": "django.db.backends.postgresql", **expected}


@pytest.mark.parametrize("url", ["mysql://db.example/shop", "postgresql://h/db?pool=yes", "postgresql://h:x y/d%zz"])
def test_a_url_that_is_not_postgresqls_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL: .*write postgresql://"):
        database(url)
