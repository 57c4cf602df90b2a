"""Long texts and graphs for the domains that live on them: help topics cut into chunks, modules and their imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from . import stdlib

FIRST = "asyncio"
WORDS = 30  # a shorter paragraph, such as a heading, goes with the next one


@dataclass(frozen=True, slots=True)
class Document:
    """A long text."""

    id: int
    source_key: str
    title: str
    content: str
    category: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a document, counted from 0."""

    id: int
    document_id: int
    position: int
    content: str


@dataclass(frozen=True, slots=True)
class Node:
    """A module in the tree of modules."""

    id: int
    name: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one document to another, or from a module to one that it imports."""

    source_id: int
    target_id: int


@dataclass(frozen=True)
class Library:
    """What the standard library has to say at length, and how its modules hang together; made when first read."""

    packages: tuple[str, ...] | None = None

    @cached_property
    def documents(self) -> list[Document]:
        """The help topics, by name."""
        return [
            Document(number, name, _heading(name, text), text, "topics" if name.islower() else "names")
            for number, (name, text) in enumerate(stdlib.topics().items(), 1)
        ]

    @cached_property
    def chunks(self) -> list[Chunk]:
        """The paragraphs of the documents, in order."""
        pieces = (
            (document.id, position, piece)
            for document in self.documents
            for position, piece in enumerate(_paragraphs(document.content))
        )
        return [Chunk(number, *piece) for number, piece in enumerate(pieces, 1)]

    @cached_property
    def references(self) -> list[Edge]:
        """Which document says to see which other one also."""
        numbers = {document.source_key: document.id for document in self.documents}
        return [Edge(numbers[source], numbers[target]) for source, target in stdlib.see_also()]

    @cached_property
    def nodes(self) -> list[Node]:
        """The tree of modules, from a package on that is rich in every Python."""
        names = [module.name for module in stdlib.modules(self.packages)]
        names.sort(key=lambda name: (name.partition(".")[0] != FIRST, name))
        numbers = {name: number for number, name in enumerate(names, 1)}
        return [Node(numbers[name], name, numbers.get(name.rpartition(".")[0])) for name in names]

    @cached_property
    def imports(self) -> list[Edge]:
        """Which module imports which, also inside of functions: the graph has cycles."""
        numbers = {node.name: node.id for node in self.nodes}
        pairs = (
            (numbers[module.name], numbers[name])
            for module in stdlib.modules(self.packages)
            for name in module.imports
            if name in numbers and name != module.name
        )
        return [Edge(source, target) for source, target in Counter(pairs)]


def _heading(name: str, text: str) -> str:
    """The first line of a topic if a rule stands below it, else the name."""
    first, _, rest = text.partition("\n")
    return first if rest[:3] in {"***", "===", "---"} else name


def _paragraphs(text: str) -> Iterator[str]:
    kept = ""
    for paragraph in text.split("\n\n"):
        kept = f"{kept}\n\n{paragraph}".strip()
        if len(kept.split()) >= WORDS:
            yield kept
            kept = ""
    if kept:
        yield kept
