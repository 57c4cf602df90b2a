"""What the pages show of the source of a pattern."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache

from django.utils.safestring import SafeString

from example_project.catalogue import Entry, Section, catalogue

from .highlighting import python
from .surface import address

Listed = tuple[Entry, SafeString]


@cache
def function(entry: Entry) -> SafeString:
    """The function without its docstring, which stands above it on the page."""
    lines = entry.source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(entry.source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node) is not None:
            del lines[node.body[0].lineno - 1 : node.body[0].end_lineno]
            break
    return python("".join(lines), address)


@cache
def chain(entry: Entry) -> SafeString:
    """What the function does: where it is one expression, that on one line."""
    code = entry.code.removeprefix("return ")
    if code != entry.code:
        code = re.sub(r"(?<=[(\[{]) |,? (?=[)\]}])", "", " ".join(code.split()))
    return python(code)


@cache
def uses() -> dict[str, list[Listed]]:
    """The patterns that call each method."""
    found: dict[str, list[Listed]] = {}
    for entry in catalogue.values():
        for name in entry.methods:
            found.setdefault(name, []).append((entry, chain(entry)))
    return found


def grouped(entries: Iterable[Entry]) -> list[tuple[Section, list[tuple[str, list[Listed]]]]]:
    """Patterns by section and topic, each in the order of its first number."""
    found: dict[Section, dict[str, list[Listed]]] = {}
    for entry in entries:
        found.setdefault(entry.section, {}).setdefault(entry.topic, []).append((entry, chain(entry)))
    return [(section, list(topics.items())) for section, topics in found.items()]
