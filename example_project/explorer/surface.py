"""What the pages say about the methods of the library."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Final

from django.urls import reverse

from querysets import PatternQuerySet, kinds
from querysets.kinds import Kind, Method

KINDS: Final[Mapping[Kind, str]] = {
    "filter": "Fewer rows: those that something holds for.",
    "annotation": "The same rows, each with a value more.",
    "ordering": "The same rows in another order, which is total.",
    "selection": "Rows picked among all rows of the chain; what follows acts within them.",
    "grouping": "One row a group, as a dictionary.",
    "terminal": "A value: the query is run.",
    "write": "Rows are changed: the query is run.",
    "neutral": "The same rows, by the same query run in another way.",
}
# A method of several kinds is listed once, under the first of these: a selection may also annotate and order.
_FIRST: Final[tuple[Kind, ...]] = (
    "write",
    "terminal",
    "selection",
    "grouping",
    "ordering",
    "annotation",
    "filter",
    "neutral",
)


def methods() -> Mapping[str, Method]:
    """Every public method by name."""
    return kinds.methods(PatternQuerySet)


def by_kind() -> dict[Kind, list[Method]]:
    """Every public method, each under one kind; kinds that have none are left out."""
    found: dict[Kind, list[Method]] = {kind: [] for kind in KINDS}
    for method in methods().values():
        found[next(kind for kind in _FIRST if kind in method.kinds)].append(method)
    return {kind: listed for kind, listed in found.items() if listed}


def address(name: str) -> str | None:
    """Where the page of a method is."""
    return reverse("explorer:method", args=[name]) if name in methods() else None


@cache
def signature(method: Method) -> str:
    """A method as it is called on a queryset, with its types as they are written."""
    whole = inspect.signature(method.function)
    shown = [
        each if each.annotation is each.empty else each.replace(annotation=_AsWritten(each.annotation))
        for each in list(whole.parameters.values())[1:]
    ]
    return f"{method.name}{whole.replace(parameters=shown, return_annotation=_AsWritten(whole.return_annotation))}"


class _AsWritten(str):
    """The text of an annotation, which ``inspect`` would put in quotes."""

    __slots__ = ()
    __repr__ = str.__str__
