"""Roles: the fields that a model lends to patterns, declared once on its manager or inferred."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeAlias, TypedDict, cast

from django.contrib.postgres.fields import ArrayField, RangeField
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from pgvector.django import BitField, HalfVectorField, SparseVectorField, VectorField

from ._types import meta
from .errors import MissingRole, UnknownField
from .fields import XidField

AnyField: TypeAlias = "models.Field[Any, Any]"
Model: TypeAlias = type[models.Model]


@dataclass(frozen=True, slots=True)
class Edges:
    """Edges that are rows of a model of their own, each from one row to another.

    Attributes
    ----------
    relation
        The name by which a row reaches the edges that start from it; for a method also a queryset of rows that are
        edges.
    source, target
        The foreign keys of an edge to both its ends; of a queryset, any fields or annotations that hold their keys.
    weight
        A number of the edge: how far its ends are apart. NULL is no edge.
    """

    relation: str | models.QuerySet[Any, Any]
    source: str
    target: str
    weight: str | None = None

    def __str__(self) -> str:
        weight = "" if self.weight is None else f", weight {self.weight}"
        return f"{self.relation}, {self.source} to {self.target}{weight}"


class Roles(TypedDict, total=False):
    """Keyword arguments of ``PatternManager``: role name -> field path."""

    timestamp: str
    updated: str
    published: str
    active: str
    status: str
    owner: str
    title: str
    body: str
    search_fields: Sequence[str]
    search: str
    language: str
    tags: str
    metadata: str
    rank: str
    score: str
    embedding: str
    tenant: str
    parent: str
    edges: str | Edges
    accessed: str
    uses: str
    importance: str
    valid: Sequence[str]
    known: Sequence[str]
    range: str
    xid: str
    session: str
    state: str
    run_at: str
    lease_until: str
    lease_token: str
    attempts: str
    max_attempts: str
    priority: str
    queue: str
    group: str
    worker: str
    cancel_requested: str
    once: str
    payload: str
    result: str
    error: str
    errors: str
    failures: str
    started: str
    finished: str
    filterable: Sequence[str] | Mapping[str, str]


def value_type(field: Any) -> Any:
    """The field that says what values ``field`` has: a generated column has those of its expression."""
    return cast("Any", field).output_field if isinstance(field, models.GeneratedField) else field


@dataclass(frozen=True, slots=True)
class Role:
    """One row of the table of roles.

    ``names`` are the conventional field names that inference accepts: ``None`` accepts every field of the right type,
    an empty tuple switches inference off.
    """

    name: str
    holds: str
    types: tuple[Any, ...]
    names: tuple[str, ...] | None = ()
    suits: Callable[[AnyField], bool] = lambda _: False
    several: bool = False

    def accepts(self, field: AnyField) -> bool:
        """Whether ``field`` is of a type that can play the role."""
        return isinstance(value_type(field), self.types)

    def fits(self, field: AnyField) -> bool:
        """Whether inference may take ``field`` without being told."""
        return self.accepts(field) and (self.names is None or field.name in self.names or self.suits(field))


_NUMBERS = (models.FloatField, models.IntegerField, models.DecimalField)
_TEXTS = (models.CharField, models.TextField)
_VECTORS = (VectorField, HalfVectorField, SparseVectorField, BitField)
_ANY = (models.Field,)

ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role("timestamp", "the moment of the row", (models.DateField,), ("created_at", "created"),
             suits=lambda field: bool(getattr(field, "auto_now_add", False))),
        Role("updated", "the moment of its last change", (models.DateField,), ("updated_at", "updated", "modified"),
             suits=lambda field: bool(getattr(field, "auto_now", False))),
        Role("published", "the moment of its publication", (models.DateField,), ("published_at",)),
        Role("active", "whether the row is in use", (models.BooleanField,)),
        Role("status", "its state, in words", (*_TEXTS, models.IntegerField)),
        Role("owner", "whose row it is", (models.ForeignKey,), ("owner", "author", "user")),
        Role("title", "its short text", _TEXTS, ("title", "name")),
        Role("body", "its long text", _TEXTS, ("body", "content", "text")),
        Role("search_fields", "the texts that a search reads", _TEXTS, several=True),
        Role("search", "its stored text search vector", (SearchVectorField,), None),
        Role("language", "the language of its text", _TEXTS, ("language",)),
        Role("tags", "an array of tags", (ArrayField,), ("tags",)),
        Role("metadata", "a JSON document", (models.JSONField,), ("metadata",)),
        Role("rank", "the number to order by, highest first", _NUMBERS, ("rank", "rating")),
        Role("score", "how good the row is", _NUMBERS, ("score",)),
        Role("embedding", "its vector", _VECTORS, None),
        Role("tenant", "whose tenant's row it is", _ANY),
        Role("parent", "the row above it", (models.ForeignKey,), ("parent",)),
        Role("edges", "the rows that it is linked with", (models.ManyToManyField,),
             suits=lambda field: field.related_model is field.model),
        Role("accessed", "the moment of its last use", (models.DateField,), ("last_recalled_at", "last_accessed_at")),
        Role("uses", "how often it was used", (models.IntegerField,), ("frequency",)),
        Role("importance", "how much the row matters, 1 to 10", _NUMBERS, ("importance",)),
        Role("valid", "from when until when it is true", (models.DateField,), several=True),
        Role("known", "from when until when it was taken for true", (models.DateField,), several=True),
        Role("range", "when it holds", (RangeField,), None),
        Role("xid", "the transaction that inserted the row", (XidField,), None),
        Role("session", "which conversation it is part of", _ANY),
        Role("state", "how far the work on it is, in words", _TEXTS),
        Role("run_at", "the moment from which it may be worked on", (models.DateTimeField,)),
        Role("lease_until", "the moment until which it is somebody's", (models.DateTimeField,)),
        Role("lease_token", "by what its present owner is known", (models.UUIDField,)),
        Role("attempts", "how often it was tried", (models.IntegerField,)),
        Role("max_attempts", "how often it may be tried", (models.IntegerField,)),
        Role("priority", "how urgent it is, the highest first", _NUMBERS),
        Role("queue", "in which line it waits", _TEXTS),
        Role("group", "what it must be done in order with", _ANY),
        Role("worker", "who works on it", _TEXTS),
        Role("cancel_requested", "whether who works on it should stop", (models.BooleanField,)),
        Role("once", "the key of which there is one that is not over", _ANY),
        Role("payload", "what is to be done, a JSON document", (models.JSONField,)),
        Role("result", "what came of it", (models.JSONField,)),
        Role("error", "why it failed last", _TEXTS),
        Role("errors", "a JSON document that keeps why it failed before", (models.JSONField,)),
        Role("failures", "how often it failed", (models.IntegerField,)),
        Role("started", "the moment at which work on it began", (models.DateTimeField,)),
        Role("finished", "the moment at which it was over", (models.DateTimeField,)),
        Role("filterable", "the names that outside input may filter by", _ANY, several=True),
    )
}  # fmt: skip

Declared = Mapping[str, Any]


class Resolved(NamedTuple):
    """A role's field and how it was found."""

    field: Any
    inferred: bool


def declared(roles: Roles) -> dict[str, Any]:
    """Check the names of ``roles``; the fields are checked by ``manager.check()`` once models are loaded."""
    for name, field in roles.items():
        if name not in ROLES:
            raise TypeError(f"PatternManager: unknown role {name!r}{did_you_mean(name, ROLES)}")
        if (isinstance(field, str | Edges) if name == "edges" else isinstance(field, str)) is ROLES[name].several:
            wanted = "a tuple of field names" if ROLES[name].several else "the name of a field"
            raise TypeError(f"PatternManager: {name}={field!r} should be {wanted}")
    return dict(roles)


def did_you_mean(name: str, names: Mapping[str, object] | Sequence[str]) -> str:
    """The end of an error message about an unknown ``name``."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there is {', '.join(sorted(names)) or 'nothing'}"


@cache
def roles_of(model: Model) -> Mapping[str, Any]:
    """Every role that a manager of ``model`` declares, inherited managers included."""
    merged: dict[str, Any] = {}
    for manager in meta(model).managers:
        for name, field in getattr(manager, "roles", {}).items():
            merged.setdefault(name, field)
    return merged


def paths_of(role: Role, value: Any) -> list[str]:
    """The field paths that a declared role names; edges are rows of another model, and name none of this one's."""
    if isinstance(value, Edges):
        return []
    if not role.several:
        return [value]
    return list(value.values() if hasattr(value, "values") else value)


def candidates(model: Model, role: str) -> list[str]:
    """The fields of ``model`` that inference would take for ``role``."""
    fields = (*meta(model).concrete_fields, *meta(model).many_to_many)
    return [field.name for field in fields if ROLES[role].fits(field)]


@cache
def role_of(model: Model, role: str) -> Resolved | None:
    """The field that plays ``role`` on ``model``, or None where it is neither declared nor clear."""
    if (field := roles_of(model).get(role)) is not None:
        return Resolved(field, inferred=False)
    if len(fits := candidates(model, role)) == 1:
        return Resolved(fits[0], inferred=True)
    return None


def require(model: Model, role: str, method: str, *, argument: str = "field=...") -> Any:
    """The field for ``role``, or the error that says how to declare it."""
    if (resolved := role_of(model, role)) is not None:
        return resolved.field
    fits = candidates(model, role)
    several = f" ({' and '.join(map(repr, fits))} both fit)" if len(fits) > 1 else ""
    raise MissingRole(
        f"{model._meta.label}: {method}() needs a {role!r} field, {ROLES[role].holds}{several}; "
        f"pass {argument}, or declare PatternManager({role}=...)"
    )


def field_at(model: Model, path: str) -> AnyField:
    """The field at the end of ``path``, which may cross to-one relations."""
    *hops, last = path.split(LOOKUP_SEP)
    for hop in hops:
        related = meta(model).get_field(hop).related_model
        if not isinstance(related, type):
            raise UnknownField(f"{model._meta.label}: {hop!r} in {path!r} is not a relation")
        model = related
    field: AnyField = meta(model).get_field(last)
    if not isinstance(field, models.Field):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UnknownField(f"{model._meta.label}: {last!r} in {path!r} is not a field of its own")
    return field


def misses(model: Model, edges: Edges) -> str:
    """What is wrong with ``edges`` of ``model``; empty if nothing is."""
    try:
        rows: Any = meta(model).get_field(str(edges.relation)).related_model
    except FieldDoesNotExist:
        return f"{model._meta.label} has no relation {edges.relation!r}"
    if rows is None:
        return f"{edges.relation!r} is not a relation of {model._meta.label}"
    for name in (edges.source, edges.target, edges.weight):
        if name is None:
            continue
        try:
            field: Any = meta(rows).get_field(name)
        except FieldDoesNotExist:
            return f"{rows._meta.label} has no field {name!r}"
        if name == edges.weight:
            if not isinstance(field, _NUMBERS):
                return f"{rows._meta.label}.{name} is no number"
        elif not isinstance(field, models.ForeignKey) or not issubclass(model, cast("Any", field).related_model):
            return f"{rows._meta.label}.{name} is no foreign key to {model._meta.label}"
    return ""


def conflicts(model: Model) -> Iterator[tuple[str, list[Any]]]:
    """Roles that two managers of ``model`` give to different fields."""
    named: dict[str, list[Any]] = {}
    for manager in meta(model).managers:
        for name, field in getattr(manager, "roles", {}).items():
            if field not in named.setdefault(name, []):
                named[name].append(field)
    return ((name, fields) for name, fields in named.items() if len(fields) > 1)
