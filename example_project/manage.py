#!/usr/bin/env python
"""Django's command line, with a PostgreSQL server up for as long as the command runs."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

# Python puts the folder of this file first on the path, where `content` and `world` would be modules of their own.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from django.core.management import execute_from_command_line  # noqa: E402

from example_project.config import server  # noqa: E402

WITHOUT_DATABASE = {"help", "version"}


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.config.settings")
    for end in signal.SIGTERM, signal.SIGHUP:  # an exit stops the server, a kill would not
        if signal.getsignal(end) is not signal.SIG_IGN:  # as under nohup
            signal.signal(end, lambda number, _frame: sys.exit(128 + number))
    arguments = sys.argv[1:]
    needed = arguments and arguments[0] not in WITHOUT_DATABASE and not {"--help", "-h", "--version"} & {*arguments}
    try:
        with server.running() if needed else nullcontext():
            execute_from_command_line(sys.argv)
    except server.ServerError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
