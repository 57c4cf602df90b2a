"""Where a condition is resolved: a model with its roles, and the annotations and groups of one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from functools import cache
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.aggregates import Aggregate
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import BaseExpression, F, OuterRef
from django.db.models.fields.reverse_related import ForeignObjectRel
from django.db.models.lookups import Lookup
from django.db.models.sql import Query
from django.utils import timezone

from .errors import AliasClash, ToManyPath, UnknownField, WrongShape
from .kinds import group_keys
from .roles import did_you_mean, require, value_type


class Path(NamedTuple):
    """What stands at the end of a field path."""

    field: Any
    nullable: bool
    to_many: bool


@cache
def path_of(model: type[models.Model], path: str) -> Path:
    """Follow a path of field names from ``model``; lookups and transforms are no part of a path."""
    nullable = to_many = False
    current: Any = model
    field: Any = None
    hops = path.split(LOOKUP_SEP)
    for index, hop in enumerate(hops):
        if current is None:
            raise UnknownField(f"{hops[index - 1]!r} in {path!r} is not a relation")
        try:
            field = current._meta.pk if hop == "pk" else current._meta.get_field(hop)
        except FieldDoesNotExist:
            names = sorted({found.name for found in current._meta.get_fields()})
            raise UnknownField(
                f"{current._meta.label} has no field {hop!r}{f' (in {path!r})' if len(hops) > 1 else ''}"
                f"{did_you_mean(hop, names)}"
            ) from None
        if field is None:
            raise UnknownField(f"{current._meta.label} has a composite primary key, which no pattern takes as a value")
        to_many = to_many or bool(field.is_relation and (field.one_to_many or field.many_to_many))
        nullable = nullable or isinstance(field, ForeignObjectRel) or getattr(field, "null", True)
        current = field.related_model if field.is_relation else None
        if hop == getattr(field, "attname", None) != field.name:
            current = None
    return Path(field, nullable, to_many)


@cache
def crosses_to_many(model: type[models.Model], lookup: str) -> bool:
    """Whether the part of ``lookup`` that is a field path crosses a to-many relation."""
    for path in _prefixes(lookup):
        with suppress(UnknownField):  # the rest is a lookup or a transform
            return path_of(model, path).to_many
    return False


def _prefixes(lookup: str) -> Iterator[str]:
    parts = lookup.split(LOOKUP_SEP)
    return (LOOKUP_SEP.join(parts[:end]) for end in range(len(parts), 0, -1))


def names_in(raw: Any) -> Iterator[str]:
    """The names that a ``Q`` or an expression mentions of its own row; aggregates and subqueries are about others."""
    if isinstance(raw, models.Q):
        for child in raw.children:
            lookup, value = child if isinstance(child, tuple) else (None, child)
            if lookup is not None:
                yield lookup
            yield from names_in(value)
    elif isinstance(raw, F):
        if not isinstance(raw, OuterRef):
            yield cast("Any", raw).name
    elif isinstance(raw, BaseExpression | Lookup) and not isinstance(raw, Aggregate | Query):
        for source in raw.get_source_expressions():
            yield from names_in(source)


class Scope:
    """What the body of a condition may know: the model and, where there is one, the query that it lands on.

    ``windows`` collects the window annotations that the condition compares: their values must be fixed before a WHERE
    can speak of them.
    """

    __slots__ = ("method", "model", "query", "windows")

    def __init__(
        self, model: type[models.Model], query: Query | None, method: str, windows: set[str] | None = None
    ) -> None:
        self.model, self.query, self.method = model, query, method
        self.windows: set[str] = set() if windows is None else windows

    def named(self, method: str) -> Scope:
        """The same scope, for the messages of another method."""
        return Scope(self.model, self.query, method, self.windows)

    @property
    def annotations(self) -> Mapping[str, Any]:
        """The annotations of the query, by alias."""
        return {} if self.query is None else self.query.annotations

    @property
    def label(self) -> str:
        """The start of an error message."""
        return f"{self.model._meta.label}: {self.method}()"

    def role(self, name: str, given: str | None = None, *, argument: str = "field=...") -> str:
        """The path for a role: the argument if given, else the model's own, checked either way."""
        path: str = given if given is not None else require(self.model, name, self.method, argument=argument)
        return self.path(path)

    def path(self, name: str) -> str:
        """``name`` itself, once it is sure to be an annotation, a key, or a path to one value a row."""
        query = self.query
        if query is not None:
            if name in query.annotations:
                if query.annotations[name].contains_over_clause:
                    self.windows.add(name)
                return name
            keys = group_keys(query)
            if keys is not None and name not in keys:
                measures = [*keys, *(found for found in query.annotation_select if found not in keys)]
                raise WrongShape(
                    f"{self.label}: rows are grouped by {', '.join(map(repr, keys))}, and {name!r} is neither a key "
                    f"nor a measure; there is {', '.join(measures)}"
                )
        if self._found(name).to_many:
            relation = name.rpartition("__")[0] or name
            raise ToManyPath(f"{self.label}: {name!r} crosses a to-many relation; use having({relation!r}, ...)")
        return name

    def mention(self, raw: Any) -> None:
        """Look at the names in a ``Q`` or an expression, which Django will resolve: not all that it takes is meant.

        Beneath groups it would find the fields of rows, and filter those.
        """
        keys = None if self.query is None else group_keys(self.query)
        known = {*self.annotations, *(keys or ())}
        if not known:
            return
        for lookup in names_in(raw):
            found = next((name for name in _prefixes(lookup) if name in known), None)
            if found is not None or keys is not None:
                self.path(found or lookup)

    def expression(self, value: Any) -> Any:
        """``value`` itself; if it is an expression, once it is sure to have one value a row."""
        if hasattr(value, "resolve_expression"):
            self.mention(value)
            for name in names_in(value):
                if name not in self.annotations and crosses_to_many(self.model, name):
                    raise ToManyPath(f"{self.label}: {name!r} crosses a to-many relation, so it has no one value a row")
        return value

    def _found(self, name: str) -> Path:
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UnknownField(f"{self.label}: a field is named by a string, got {name!r}")
        try:
            return path_of(self.model, name)
        except UnknownField as error:
            raise UnknownField(f"{self.label}: {error}") from None

    def field(self, name: str) -> Any:
        """The field at ``name``, or the output field of the annotation; None where it has none of its own."""
        if name in self.annotations:
            return getattr(self.annotations[name], "_output_field_or_none", None)
        found = path_of(self.model, name).field
        return getattr(found, "target_field", found) if found.is_relation else value_type(found)

    def typed(self, name: str, kinds: Any, what: str) -> Any:
        """The field at ``name``, once it is one of ``kinds``, which are called ``what``."""
        found = self.field(name)
        if not isinstance(found, kinds):
            raise TypeError(f"{self.label}: {name!r} must be {what}, it is {type(found).__name__}")
        return found

    def nullable(self, name: str) -> bool:
        """Whether the value at ``name`` may be NULL, as far as the model tells."""
        return name in self.annotations or path_of(self.model, name).nullable

    def value(self, name: str, value: Any) -> Any:
        """``value`` made ready for comparison with ``name``; naive datetimes are refused."""
        if isinstance(value, datetime):
            self.aware(value, name)
        elif isinstance(value, date) and isinstance(self.field(name), models.DateTimeField):
            return timezone.make_aware(datetime.combine(value, time()))
        return self.expression(value)

    def aware(self, moment: Any, what: str) -> Any:
        """``moment`` itself, unless it is naive where the project uses time zones."""
        if settings.USE_TZ and timezone.is_naive(moment):
            raise ValueError(f"{self.label}: {what} must be an aware datetime, got the naive {moment.isoformat()}")
        return moment

    def alias(self, name: str) -> str:
        """``name`` itself, once it is sure to be a new alias."""
        if not (isinstance(name, str) and name.isidentifier() and LOOKUP_SEP not in name):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise AliasClash(f"{self.label}: an alias must be an identifier without '__', got {name!r}")
        if name in self.annotations:
            raise AliasClash(f"{self.label}: {name!r} already names another annotation of this chain; pass as_=...")
        if name == "pk" or any(
            name in {found.name, getattr(found, "attname", None)} for found in self.model._meta.get_fields()
        ):
            raise AliasClash(f"{self.label}: {name!r} is a field of {self.model._meta.label}; pass as_=...")
        return name
