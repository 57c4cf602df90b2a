"""Ordinary graphs: modules below modules, what imports what, who follows whom, and what is remembered of users."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from . import writing
from .builder import Builder
from .chance import popular
from .library import Library
from .people import embeddings
from .rows import Comment, MemoryLink, Node, Post, Relationship, User
from .stdlib import Doc

FOLLOWED = 3  # authors that an ordinary user follows


def nodes(library: Library) -> Iterator[Node]:
    """The modules below their packages, and behind them the help topics below a node of their own."""
    modules = library.nodes
    yield from (Node(module.id, module.name, module.parent_id) for module in modules)
    topics = len(modules) + 1
    yield Node(topics, "topics", None)
    yield from (Node(topics + document.id, document.source_key, topics) for document in library.documents)


def links(library: Library) -> Iterator[tuple[int, int]]:
    """Pairs of nodes: what imports which module, and which topic says to see which other one also. Each once."""
    topics = len(library.nodes) + 1
    imports = ((edge.source_id, edge.target_id) for edge in library.imports)
    references = ((topics + edge.source_id, topics + edge.target_id) for edge in library.references)
    pairs = [(min(pair), max(pair)) for pair in (*imports, *references)]
    return iter(dict.fromkeys(pairs))


def connect(world: Builder, pairs: Iterable[tuple[int, int]]) -> None:
    """Connect the pairs."""
    for one, other in pairs:
        world.connect(one, other)


def relationships(chance: Random, now: datetime, tables: Mapping[type[Any], list[Any]]) -> Iterator[Relationship]:
    """Users follow whom they comment on most, have mentors who joined earlier, and depend on users of lower ids."""
    number = count(1)
    users: list[User] = tables[User]
    authors = {post.id: post.author_id for post in tables[Post]}
    comments: list[Comment] = tables[Comment]
    heard = Counter((comment.user_id, authors[comment.post_id]) for comment in comments)
    first: dict[tuple[int, int], datetime] = {}
    for comment in comments:
        pair = comment.user_id, authors[comment.post_id]
        first[pair] = min(comment.created_at, first.get(pair, now))
    for user in users:
        most = sorted((-times, pair) for pair, times in heard.items() if pair[0] == user.id != pair[1])[:FOLLOWED]
        for times, pair in most:
            near = max(1, 8 + times) / 4  # the more was said, the nearer, in quarter steps
            yield Relationship(next(number), *pair, "follows", near, first[pair], None, first[pair], None)
        for kind, odds in (("mentors", 0.3), ("depends_on", 0.6)):
            if user.id > 1 and chance.random() < odds:
                ends = 1 + popular(chance, user.id - 1), user.id
                source, target = ends if kind == "mentors" else ends[::-1]
                since = user.joined_at
                until = since + (now - since) / 2 if chance.random() < 0.2 else None
                weight = chance.randrange(1, 17) / 4 if chance.random() < 0.9 else None
                yield Relationship(next(number), source, target, kind, weight, since, until, since, None)


def memories(chance: Random, now: datetime, users: Sequence[User], docs: Sequence[Doc]) -> Iterator[MemoryLink]:
    """A handful of memories of every second user, near one of a few vectors, some of them recalled since."""
    number = count(1)
    for user in users:
        for _ in range(chance.choice((0, 0, 0, 1, 3, 5))):
            since = now - timedelta(hours=chance.randrange(1, 4000))
            recalled = now - timedelta(hours=int((now - since) / timedelta(hours=1) * chance.random()))
            yield MemoryLink(
                id=next(number),
                user_id=user.id,
                content=writing.summary(chance.choice(docs)),
                embedding=_near(chance),
                strength=chance.randrange(1, 16) / 16,
                frequency=1 + popular(chance, 12),
                importance=chance.randrange(1, 11),
                created_at=since,
                last_recalled_at=recalled if chance.random() < 0.6 else None,
            )


def _near(chance: Random) -> tuple[float, ...]:
    """One of the vectors that users have, a few of its numbers changed."""
    vector = list(chance.choice(embeddings()))
    for _ in range(chance.choice((0, 20, 60))):
        vector[chance.randrange(len(vector))] = chance.randrange(-32, 33) / 64
    return tuple(vector)
