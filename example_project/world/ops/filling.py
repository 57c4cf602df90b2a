"""Making the rows of the ops domain."""

from __future__ import annotations

from example_project.world.builder import Builder
from example_project.world.chance import stream

from . import sessions, streams, tasks


def fill(world: Builder) -> None:
    """Add them all: ordinary rows and planted ones, the same in every scale."""
    sessions.fill(world, stream("ops/sessions"))
    streams.fill(world)
    tasks.fill(world)
