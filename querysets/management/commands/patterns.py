"""``manage.py patterns``: what the library knows about the models of a project."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models

from querysets.roles import ROLES, Edges, candidates, did_you_mean, role_of

# Django's own options, which argparse would take before the action only.
_BEHIND_TOO: Mapping[tuple[str, ...], Mapping[str, Any]] = {
    ("--settings",): {},
    ("--pythonpath",): {},
    ("-v", "--verbosity"): {"type": int},
    ("--traceback",): {"action": "store_true"},
    ("--no-color",): {"action": "store_true"},
    ("--force-color",): {"action": "store_true"},
}


class Command(BaseCommand):
    """A command of several actions, each a method called ``do_<action>``; a subclass adds its own to them."""

    help = "Show what the patterns find on a model."
    requires_system_checks = ()  # what is wrong with a model's roles is what one wants to see here

    def add_arguments(self, parser: CommandParser) -> None:
        """One subcommand an action."""
        self.add_actions(parser.add_subparsers(title="actions", metavar="ACTION", required=True))

    def add_actions(self, actions: Any) -> None:
        """Declare the actions; ``actions`` is what argparse adds subcommands to."""
        roles = self.action(actions, self.do_roles, "show each role of a model, its field, and how that was found")
        roles.add_argument("model", metavar="app.Model", help="such as blog.Post")

    def action(self, actions: Any, method: Callable[..., None], purpose: str) -> CommandParser:
        """The subcommand of a method, whose parameters are the arguments that it takes."""
        name = method.__name__.removeprefix("do_")
        description = f"{purpose[0].upper()}{purpose[1:]}."
        parser: CommandParser = actions.add_parser(name, help=purpose, description=description)
        parser.set_defaults(method=method)
        for names, kind in _BEHIND_TOO.items():
            parser.add_argument(*names, **kind, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        return parser

    def handle(self, *, method: Callable[..., None], **options: Any) -> None:
        """Do what was asked for."""
        method(**{name: options[name] for name in inspect.signature(method).parameters})

    def do_roles(self, *, model: str) -> None:
        """Print the table of roles of a model."""
        found = _model(model)
        self.table(("role", "field", "how", "what it is"), (_role(found, name) for name in ROLES))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Columns: aligned on a terminal, separated by tabs elsewhere."""
        lines = [header, *rows]
        if not self.stdout.isatty():
            self.stdout.write("\n".join(map("\t".join, lines)))
            return
        first, *others = aligned(lines)
        self.stdout.write("\n".join((self.style.MIGRATE_HEADING(first), *others)))


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as lines whose columns begin at the same places."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    return ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in listed)


def _model(label: str) -> type[models.Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        labels = [model._meta.label for model in apps.get_models()]
        raise CommandError(f"there is no model {label!r}{did_you_mean(label, labels)}") from None


def _role(model: type[models.Model], name: str) -> tuple[str, str, str, str]:
    """One line of the table."""
    role = ROLES[name]
    if (found := role_of(model, name)) is not None:
        field = str(found.field) if isinstance(found.field, str | Edges) else ", ".join(found.field)
        return name, field, "inferred" if found.inferred else "declared", role.holds
    if fits := candidates(model, name):
        return name, "-", f"unclear: {' or '.join(fits)}", role.holds
    return name, "-", "never inferred" if role.names == () else "nothing fits", role.holds
