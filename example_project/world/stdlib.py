"""Real text that every Python carries: the docstrings, modules, imports and help topics of its standard library.

Read by ``ast`` from the sources, so that nothing is imported and ``python -OO`` changes nothing. A module without a
source is imported where it is known to be harmless: the modules written in C, or all of them where Python comes
without its sources. Counts differ between minor versions of Python, the order and the text of one version never do.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
import sys
import sysconfig
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import Any

# Tests and tools with windows, what acts on import (antigravity opens a browser, this prints), and the tables of
# encodings, whose docstrings repeat each other.
LEFT_OUT = {"antigravity", "encodings", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "this", "turtledemo"}
WRITTEN_IN_C = (
    "array", "atexit", "binascii", "builtins", "cmath", "errno", "fcntl", "gc", "itertools", "marshal", "math", "mmap",
    "pyexpat", "resource", "select", "sys", "syslog", "termios", "time", "unicodedata", "zlib",
)  # fmt: skip
# Enough for a small world, in every Python since 3.11, and read in a tenth of the time of the whole.
SMALL = (
    "asyncio", "bisect", "calendar", "collections", "concurrent", "contextlib", "csv", "email", "fractions", "html",
    "http", "json", "logging", "queue", "sched", "shelve", "statistics", "string", "textwrap", "urllib", "wsgiref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doc:
    """The docstring of one public module, class, exception, function or method."""

    name: str
    kind: str
    module: str
    text: str


@dataclass(frozen=True, slots=True)
class Module:
    """A public module, what it documents, and the names of the modules that it imports anywhere."""

    name: str
    docs: tuple[Doc, ...]
    imports: tuple[str, ...]


@cache
def modules(packages: tuple[str, ...] | None = None) -> tuple[Module, ...]:
    """The modules of these top-level packages and theirs below, by name; of the whole library when none are named."""
    found = [_read(name, source, package) for name, source, package in _sources(packages)]
    if not found:
        found = [_imported(name) for name in (packages or SMALL)]
    if packages is None:
        found += [_imported(name) for name in WRITTEN_IN_C if find_spec(name)]
    return tuple(sorted(found, key=lambda module: module.name))


def docs(packages: tuple[str, ...] | None = None) -> list[Doc]:
    """Every docstring of ``modules``; what repeats the name or the text of an earlier one is left out."""
    seen: set[str] = set()
    unseen = []
    for doc in (doc for module in modules(packages) for doc in module.docs):
        if seen.isdisjoint((doc.name, doc.text)):
            seen |= {doc.name, doc.text}
            unseen.append(doc)
    return unseen


@cache
def topics() -> dict[str, str]:
    """The long texts of ``help()``, by topic; the longest docstrings where Python comes without them."""
    try:
        texts: dict[str, str] = import_module("pydoc_data.topics").topics
    except ImportError:
        longest = sorted(docs(), key=lambda doc: (-len(doc.text), doc.name))[:79]
        texts = {doc.name: doc.text for doc in longest}
    return {name: _clean(texts[name]) for name in sorted(texts)}


@cache
def see_also() -> tuple[tuple[str, str], ...]:
    """Pairs of topics of which the first says: see also the second."""
    helper: Any = import_module("pydoc").Helper
    entries = {**helper.keywords, **helper.topics}  # label -> (topic, labels to see also), or another label

    def entry(label: str) -> tuple[str, str]:
        found = entries.get(label, ("", ""))
        return entry(found) if isinstance(found, str) else found

    topic_and_labels = [entry(label) for label in entries]
    pairs = {(topic, entry(label)[0]) for topic, labels in topic_and_labels for label in labels.split()}
    return tuple(sorted((a, b) for a, b in pairs if a != b and {a, b} <= topics().keys()))


def _sources(packages: tuple[str, ...] | None) -> Iterator[tuple[str, str, str]]:
    """Name, source and package of every public module that has a source."""
    zipped = Path(sys.base_prefix, sys.platlibdir, f"python{sys.version_info.major}{sys.version_info.minor}.zip")
    roots = [sysconfig.get_path("stdlib"), str(zipped)]
    wanted = (packages and set(packages)) or set(sys.stdlib_module_names) - LEFT_OUT
    pending = [(name, roots) for name in {info.name for info in pkgutil.iter_modules(roots)} & wanted]
    while pending:
        name, path = pending.pop()
        spec = PathFinder.find_spec(name, path)  # not importlib's: that one finds the frozen copy, which has no source
        if spec is None or spec.loader is None:
            continue
        if below := spec.submodule_search_locations:
            pending += [
                (f"{name}.{info.name}", list(below)) for info in pkgutil.iter_modules(below) if _public(info.name)
            ]
        get_source = getattr(spec.loader, "get_source", None)
        source = get_source(name) if get_source else None
        if source is not None and _public(name):
            yield name, source, spec.parent or ""


def _public(name: str) -> bool:
    return not name.startswith("_") and name not in {"test", "tests", "__main__"}


def _read(name: str, source: str, package: str) -> Module:
    """What the source of a module documents and imports."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes in old sources
        tree = ast.parse(source)
    imports: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports |= dict.fromkeys(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            imports |= dict.fromkeys([origin, *(f"{origin}.{alias.name}" for alias in node.names)])
    return Module(name, tuple(_docs_of(tree, name)), tuple(imports))


def _docs_of(tree: ast.Module, module: str) -> Iterator[Doc]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    if text := ast.get_docstring(tree):
        yield Doc(module, "module", module, _clean(text))
    for node in tree.body:
        if isinstance(node, (*functions, ast.ClassDef)) and _public(node.name):
            name = f"{module}.{node.name}"
            if text := ast.get_docstring(node):
                kind = "function" if isinstance(node, functions) else _kind_of_class(node.name)
                yield Doc(name, kind, module, _clean(text))
            for member in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(member, functions) and _public(member.name) and (text := ast.get_docstring(member)):
                    yield Doc(f"{name}.{member.name}", "method", module, _clean(text))


def _imported(name: str) -> Module:
    """What an imported module documents."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # modules that are about to leave the library say so
        module = import_module(name)
    found = [Doc(name, "module", name, _clean(module.__doc__ or ""))]
    for label, thing in sorted(vars(module).items()):
        if not _public(label) or not (inspect.isclass(thing) or inspect.isroutine(thing)):
            continue
        home = getattr(thing, "__module__", None) or name
        if home.partition(".")[0] != name:
            continue
        kind = _kind_of_class(label) if inspect.isclass(thing) else "function"
        found.append(Doc(f"{name}.{label}", kind, name, _clean(thing.__doc__ or "")))
        members: Collection[tuple[str, object]] = sorted(vars(thing).items()) if inspect.isclass(thing) else ()
        found += [
            Doc(f"{name}.{label}.{part}", "method", name, _clean(member.__doc__ or ""))
            for part, member in members
            if _public(part) and inspect.isroutine(member)
        ]
    return Module(name, tuple(doc for doc in found if doc.text), ())


def _kind_of_class(name: str) -> str:
    return "exception" if name.endswith(("Error", "Exception", "Warning")) else "class"


def _clean(text: str) -> str:
    """The text without its indentation and without what PostgreSQL cannot store."""
    return inspect.cleandoc(text).replace("\0", "").encode(errors="ignore").decode().strip()
