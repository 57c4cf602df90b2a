"""Operators and functions on JSON documents."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    F,
    Func,
    Q,
    Value,
    When,
)

from querysets.sql.expressions import Operator
from querysets.sql.fields import JSON, TEXT

from .documents import Steps, as_jsonpath


class Document(Func):
    """A JSON text as a document."""

    template = "%(expressions)s::jsonb"
    output_field = JSON

    def __init__(self, text: str) -> None:
        super().__init__(Value(text))


class At(Func):
    """The value at a path; NULL where there is none."""

    function = "JSONB_PATH_QUERY_FIRST"
    template = "%(function)s(%(expressions)s::jsonpath, '{}', TRUE)"


class TypeOf(Func):
    """``object``, ``array``, ``string``, ``number``, ``boolean`` or ``null``."""

    function = "JSONB_TYPEOF"
    output_field = TEXT


class TextOf(Func):
    """A value as text: a string without its quotes, JSON null as NULL."""

    template = "(%(expressions)s #>> '{}')"
    output_field = TEXT


def at(document: Any, steps: Steps) -> Any:
    """The value at a path of a document.

    ``->`` takes keys, and may have an index of its own; an index of an array it would look for in single values too.
    """
    if not steps:
        return document
    if any(isinstance(step, int) for step in steps):
        return At(document, Value(as_jsonpath(steps)), output_field=JSON)
    return Operator(document, "->", *map(Value, steps), output_field=JSON)


def is_a(value: Any, kind: str) -> Q:
    """Whether a value is of a JSON type."""
    return Q(Operator(TypeOf(value), "=", Value(kind)))


def only_if(kind: str, value: Any, then: Any = None, default: Any = None, output_field: Any = JSON) -> Case:
    """``then``, else ``value`` itself, where the value is of a JSON type; elsewhere the default.

    In a CASE, for only there PostgreSQL promises not to look at the one before it has decided the other.
    """
    when: Any = When(is_a(value, kind), then=value if then is None else then)
    return Case(when, default=default, output_field=output_field)


def object_at(name: str, default: Any = None) -> Case:
    """The document if it is an object."""
    return only_if("object", F(name), default=default)
