"""``manage.py demo``: a migrated database, a loaded world and the explorer, served until Ctrl-C."""

from __future__ import annotations

import errno
import signal
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import BaseCommand, call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

HOST = "127.0.0.1"
PORTS_TO_TRY = 100


class Command(BaseCommand):
    """Everything that ``make demo`` does once its packages are installed."""

    help = "Migrate, load the world if it is not loaded, and serve the explorer."
    requires_system_checks = ()  # some look at the database, which is not migrated yet

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the first port to try, and the size of the world."""
        parser.add_argument("--port", type=int, default=8000, help="the first port to try (default: %(default)s)")
        parser.add_argument("--scale", default="demo", help="the size of the world (default: %(default)s)")

    def handle(self, *, port: int, scale: str, **_options: Any) -> None:
        """Serve until Ctrl-C."""
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it ignored
        call_command("migrate", verbosity=0)
        call_command("world", scale=scale, if_empty=True)
        server = first_free(port)
        server.set_app(StaticFilesHandler(get_wsgi_application()))
        self.stdout.write("Ctrl-C stops the demo and its database; the data are kept.")
        self.stdout.write(self.style.SUCCESS(f"http://{HOST}:{server.server_port}/"))
        self.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")
        finally:
            server.server_close()


def first_free(port: int) -> ThreadedWSGIServer:
    """A server on the first free port from ``port`` on."""
    for candidate in range(port, port + PORTS_TO_TRY):
        try:
            return ThreadedWSGIServer((HOST, candidate), WSGIRequestHandler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == port + PORTS_TO_TRY - 1:
                raise
    raise AssertionError
