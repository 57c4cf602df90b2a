"""``manage.py patterns``: what the library knows about the models of a project."""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections, models

from querysets._types import meta
from querysets.advice import catalog
from querysets.advice.report import Report, migration
from querysets.advice.review import proof
from querysets.errors import MissingExtension
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
        purpose = "show which indexes models need, which they have, and which could go"
        self.index_arguments(self.action(actions, self.do_indexes, purpose))

    def index_arguments(self, parser: CommandParser) -> None:
        """Declare what ``indexes`` takes."""
        parser.add_argument("models", metavar="app.Model", nargs="*", help="by default all that have a PatternManager")
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="the alias of the database to look at")
        queries = "look at the statements in pg_stat_statements, too: what they use, and how often"
        parser.add_argument("--from-queries", action="store_true", help=queries)
        prove = (
            "plan with what is missing: supposed by HypoPG, or built and rolled back while writers of the table wait"
        )
        parser.add_argument("--prove", nargs="?", const="hypopg", choices=("hypopg", "build"), help=prove)
        forms = parser.add_mutually_exclusive_group()
        migrate = "print a migration that adds what is missing CONCURRENTLY, once it is in Meta.indexes"
        forms.add_argument("--migration", dest="form", action="store_const", const="migration", help=migrate)
        forms.add_argument("--json", dest="form", action="store_const", const="json", help="print all as JSON")
        parser.add_argument("--check", action="store_true", help="exit with 1 if something is missing")

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

    def do_indexes(
        self,
        *,
        models: Sequence[str],
        database: str,
        from_queries: bool,
        prove: str | None,
        form: str | None,
        check: bool,
    ) -> None:
        """Print what models need, what there is, and what to add."""
        found = [_model(label) for label in models] or [each for each in apps.get_models() if _has_roles(each)]
        connection = connections[database]
        if connection.vendor != "postgresql":
            raise CommandError(f"the database {database!r} is no PostgreSQL")
        try:
            sent = catalog.statements(connection) if from_queries else None
        except MissingExtension as error:
            raise CommandError(str(error)) from None
        reports = [Report.of(model, connection, sent) for model in found]
        todo = [advice for report in reports for advice in report.todo]
        if form == "migration":
            self.stdout.write(migration(todo))
        elif form == "json":
            self.stdout.write(json.dumps([report.as_dict() for report in reports], indent=2))
        else:
            for report in reports:
                self.report(report, database, prove)
        if check and todo:
            raise CommandError(f"{len(todo)} missing: {', '.join(f'{each.on}: {each.line}' for each in todo)}")

    def report(self, report: Report, database: str, prove: str | None) -> None:
        """Print the tables of one model, and the lines to add to it."""
        self.stdout.write(self.style.SUCCESS(report.title))
        for header, rows in report.tables():
            self.stdout.write("")
            self.table(header, rows)
        if report.todo:
            self.stdout.write("\nAdd to Meta.indexes, after 'from querysets import indexes':")
        for each in report.todo:
            self.stdout.write(f"    {each.line},")
            if prove:
                self.stdout.write(f"        # {proof(each, database, build=prove == 'build')}")
        self.stdout.write("")

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


def _has_roles(model: type[models.Model]) -> bool:
    options = meta(model)
    return options.managed and not options.proxy and any(hasattr(each, "roles") for each in options.managers)


def _role(model: type[models.Model], name: str) -> tuple[str, str, str, str]:
    """One line of the table."""
    role = ROLES[name]
    if (found := role_of(model, name)) is not None:
        field = str(found.field) if isinstance(found.field, str | Edges) else ", ".join(found.field)
        return name, field, "inferred" if found.inferred else "declared", role.holds
    if fits := candidates(model, name):
        return name, "-", f"unclear: {' or '.join(fits)}", role.holds
    return name, "-", "never inferred" if role.names == () else "nothing fits", role.holds
