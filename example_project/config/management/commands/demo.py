"""``manage.py demo``: a migrated database, a loaded world and the explorer, served until Ctrl-C."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import warnings
from typing import TYPE_CHECKING, Any

import uvicorn
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.core.management import BaseCommand, call_command

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

HOST = "127.0.0.1"
PORTS_TO_TRY = 100
GRACE = 1  # seconds that open requests have when the demo ends; streams of events have no end of their own


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
        listener = first_free(port)
        # A file is read whole before it is sent: Django warns, but those of the explorer are small.
        warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")
        logging.getLogger("asyncio").setLevel(logging.ERROR)  # a visitor who leaves a stream is no news
        app = ASGIStaticFilesHandler(get_asgi_application())
        config = uvicorn.Config(
            app, lifespan="off", ws="none", access_log=False, log_level="critical", timeout_graceful_shutdown=GRACE
        )
        self.stdout.write("Ctrl-C stops the demo and its database; the data are kept.")
        self.stdout.write(self.style.SUCCESS(f"http://{HOST}:{listener.getsockname()[1]}/"))
        self.stdout.flush()
        try:
            uvicorn.Server(config).run([listener])
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")
        finally:
            listener.close()


def first_free(port: int) -> socket.socket:
    """A socket that listens on the first free port from ``port`` on."""
    for candidate in range(port, port + PORTS_TO_TRY):
        try:
            return socket.create_server((HOST, candidate))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == port + PORTS_TO_TRY - 1:
                raise
    raise AssertionError
