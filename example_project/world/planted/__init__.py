"""Rows on the bounds of patterns, one step beside them, and every oddity that a database lets in."""

from __future__ import annotations

from example_project.world.builder import Builder

from . import calendar, graphs, numbers, people, relations, texts, ties, trade

KINDS = (people, texts, numbers, calendar, relations, trade, ties, graphs)


def plant(world: Builder) -> None:
    """Add all of them behind the ordinary rows."""
    for kind in KINDS:
        kind.plant(world)
