"""Fill the database with the example world."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from example_project.world import this_hour, world
from example_project.world.large import SIZE, LargeWorld
from example_project.world.loader import Loadable, load
from example_project.world.models import Loaded


class Command(BaseCommand):
    """``manage.py world``."""

    help = "Replace the example's rows by the world of a scale."

    def add_arguments(self, parser: CommandParser) -> None:
        """Scale, size, database."""
        parser.add_argument("--scale", choices=("small", "demo", "large"), default="demo")
        parser.add_argument("--rows", type=int, help="how many posts a large world has (10^6)")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where a world was loaded before")
        parser.add_argument("--database", default="default")

    def handle(self, *, scale: str, rows: int | None, if_empty: bool, database: str, **options: Any) -> None:
        """Make the world and load it."""
        if rows is not None and scale != "large":
            raise CommandError(f"--rows: only a large world has a size of choice, not --scale {scale}")
        if if_empty and (there := Loaded.objects.using(database).first()):
            self._say(options, f"There is the {there} already.")
            return
        self._say(options, f"Making the {scale} world ...")
        load(self._world(scale, rows), database, lambda *step: self._say(options, _line(*step)))

    def _world(self, scale: str, rows: int | None) -> Loadable:
        if scale != "large":
            return world(scale)
        try:
            return LargeWorld(this_hour(), SIZE if rows is None else rows)
        except ValueError as problem:
            raise CommandError(f"--rows: {problem}") from problem

    def _say(self, options: dict[str, Any], line: str) -> None:
        if options["verbosity"]:
            self.stdout.write(line)


def _line(step: str, rows: int | None, seconds: float) -> str:
    return f"{step:<40}{'' if rows is None else f'{rows:,}':>12} {seconds:8.1f} s"
