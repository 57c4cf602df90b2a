"""Compilers that let what travels with a query (``querysets.execution``) hold for its statement."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.sql import compiler as django_compiler
from django.db.models.sql.constants import GET_ITERATOR_CHUNK_SIZE, MULTI

from .. import execution

_OURS: Final = "querysets.sql.compilers over "  # followed by the module that was there

_Base: Any = django_compiler.SQLCompiler if TYPE_CHECKING else object


class _Reading(_Base):
    """A statement run by ``execute_sql``, whose subqueries were compiled by others that are never asked to run."""

    def execute_sql(
        self, result_type: str = MULTI, chunked_fetch: bool = False, chunk_size: int = GET_ITERATOR_CHUNK_SIZE
    ) -> Any:
        execution.prepare(self.query, self.connection)
        envelope = execution.envelope(self.query, self.connection, streamed=chunked_fetch)
        if envelope is None:
            return super().execute_sql(result_type, chunked_fetch, chunk_size)
        with self.connection.execute_wrapper(envelope):
            rows = super().execute_sql(result_type, chunked_fetch, chunk_size)
        # A cursor declared in autocommit ran to its end when its transaction did; one in the caller's runs when read.
        return envelope.stream(rows) if chunked_fetch and envelope.in_transaction else rows

    def get_select_for_update_of_arguments(self) -> list[str]:
        """The tables to lock: all but derived ones, where there are such, as PostgreSQL cannot lock what is computed."""
        named: list[str] = super().get_select_for_update_of_arguments()
        joins: dict[str, Any] = self.query.alias_map
        if named or not any(getattr(join, "derived", False) for join in joins.values()):
            return named
        quote: Callable[[str], str] = getattr(self, "quote_name", None) or self.quote_name_unless_alias  # 5.2: the latter
        counts = self.query.alias_refcount
        return [quote(alias) for alias, join in joins.items() if counts[alias] and not getattr(join, "derived", False)]


class _Updating(_Reading):
    """An UPDATE, which may be several where a model has parents."""

    def execute_sql(self, result_type: str) -> Any:
        with self._enveloped():
            return super(_Reading, self).execute_sql(result_type)

    def execute_returning_sql(self, returning_fields: Any) -> Any:
        with self._enveloped():
            return super().execute_returning_sql(returning_fields)

    def _enveloped(self) -> AbstractContextManager[Any]:
        execution.prepare(self.query, self.connection)
        envelope = execution.envelope(self.query, self.connection)
        return nullcontext() if envelope is None else self.connection.execute_wrapper(envelope)


# The first that fits decides; Django's other subclasses of SQLCompiler read.
_ADDED: Final[tuple[tuple[type, tuple[type, ...]], ...]] = (
    (django_compiler.SQLInsertCompiler, ()),
    (django_compiler.SQLUpdateCompiler, (_Updating,)),
    (django_compiler.SQLCompiler, (_Reading,)),
)


def _over(base: ModuleType) -> ModuleType:
    """A module as ``base``, whose compilers are derived from those of ``base``."""
    module = ModuleType(_OURS + base.__name__)
    for name, found in vars(base).items():
        if isinstance(found, type):
            added = next((mixins for kind, mixins in _ADDED if issubclass(found, kind)), ())
            found = type(found.__name__, (*added, found), {"__module__": module.__name__}) if added else found
        if not name.startswith("__"):
            setattr(module, name, found)
    return module


def install() -> None:
    """Put the compilers under every PostgreSQL connection, those that exist and those to come.

    On the class, which backends such as PostGIS inherit from, and on subclasses that name a module of their own. Not by
    ``connection_created``: a query is compiled before its thread connects.
    """
    existing = connections.all()
    classes = [type(connection.ops) for connection in existing if isinstance(connection.ops, DatabaseOperations)]
    for operations in (DatabaseOperations, *classes):
        owner: Any = next(cls for cls in operations.__mro__ if "compiler_module" in vars(cls))
        if not owner.compiler_module.startswith(_OURS):
            module = _over(import_module(owner.compiler_module))
            owner.compiler_module = module.__name__
            sys.modules[module.__name__] = module
    for connection in existing:
        connection.ops._cache = None  # the compilers it has looked up before  # noqa: SLF001
