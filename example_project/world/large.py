"""A world of any size: the small one, and behind it a stream of rows that are never all in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from random import Random

from . import people, stdlib, trade, writing
from .build import SMALL, build
from .chance import moments, popular, rhythm, stream
from .responses import KINDS, comment
from .rows import Bookmark, Comment, Order, Post, Reaction, Row, User
from .whole import World

SIZE = 1_000_000
DAYS = 1100
BLOCK = 1000


@dataclass(frozen=True)
class LargeWorld:
    """``size`` posts and three times as many comments, with users and the rest in proportion.

    It has no lists to look into: a test of its rows asks the small world, of which it holds every row.
    """

    now: datetime
    size: int = SIZE
    scale: str = "large"

    def __post_init__(self) -> None:
        if self.size < (least := len(self.core.posts)):
            raise ValueError(f"size must be at least {least}, the posts of the small world, got {self.size}")

    @cached_property
    def core(self) -> World:
        """The rows that every world has."""
        return build(SMALL, self.now)

    def tables(self) -> Iterator[tuple[type[Row], Iterable[Row]]]:
        """The rows of every table, those first that others point at."""
        more: dict[type[Row], Iterator[Row]] = {
            User: people.users(stream("large/users"), self.now, self.users, len(self.core.users) + 1),
            Post: self._posts(),
            Comment: self._comments(),
            Reaction: self._reactions(),
            Bookmark: self._bookmarks(),
            Order: self._orders(),
        }
        for table, rows in self.core.tables():
            yield table, chain(rows, more.get(table, ()))

    @property
    def posts(self) -> int:
        """How many posts the stream adds."""
        return self.size - len(self.core.posts)

    @property
    def users(self) -> int:
        """How many users the stream adds."""
        return self.size // 5

    def _created(self) -> Iterator[tuple[int, datetime, int]]:
        """Id, moment and number of comments of each post of the stream; the same whenever it is asked."""
        chance = stream("large/created")
        counts = _uneven(3 * BLOCK, BLOCK)
        first = len(self.core.posts) + 1
        for number, moment in enumerate(moments(chance, rhythm(self.now, DAYS), self.posts)):
            if number % BLOCK == 0:
                chance.shuffle(counts)
            yield first + number, moment, counts[number % BLOCK]

    def _posts(self) -> Iterator[Post]:
        chance = stream("large/posts")
        docs = stdlib.docs()
        known, shelves = len(self.core.users), len(self.core.categories)
        for number, created, comments in self._created():
            doc, other = docs[number % len(docs)], docs[chance.randrange(len(docs))]
            yield writing.post(
                chance,
                number,
                doc,
                now=self.now,
                created=created,
                author=known + 1 + popular(chance, self.users),
                category=1 + popular(chance, shelves),
                text=f"{writing.summary(doc)}\n\n{writing.summary(other)}",
                edition=f" part {number // len(docs) + 1}",
                comments=comments,
            )

    def _comments(self) -> Iterator[Comment]:
        chance = stream("large/comments")
        docs = stdlib.docs()
        number = len(self.core.comments)
        for post, created, comments in self._created():
            for _ in range(comments):
                number += 1
                moment = self._since(chance, created)
                yield comment(chance, docs, number=number, post=post, user=self._user(chance), moment=moment)

    def _reactions(self) -> Iterator[Reaction]:
        """One to every second post: no pair twice, and nothing to remember."""
        chance = stream("large/reactions")
        number = len(self.core.reactions)
        for post, created, _ in self._created():
            if post % 2:
                number += 1
                moment = self._since(chance, created)
                yield Reaction(number, post, self._user(chance), chance.choice(KINDS), 1, moment)

    def _bookmarks(self) -> Iterator[Bookmark]:
        chance = stream("large/bookmarks")
        number = len(self.core.bookmarks)
        for post, created, _ in self._created():
            if post % 5 == 0:
                number += 1
                yield Bookmark(number, self._user(chance), post, self._since(chance, created))

    def _orders(self) -> Iterator[Order]:
        chance = stream("large/orders")
        first = len(self.core.orders) + 1
        for number, moment in enumerate(moments(chance, rhythm(self.now, 365), self.users), first):
            yield trade.order(chance, number, self._user(chance), moment, self.now)

    def _user(self, chance: Random) -> int:
        return len(self.core.users) + 1 + popular(chance, self.users)

    def _since(self, chance: Random, moment: datetime) -> datetime:
        """A moment between that one and now, most likely soon after it."""
        seconds = int((self.now - moment) / timedelta(seconds=1))
        return moment + timedelta(seconds=int(seconds * chance.random() ** 4))


def _uneven(total: int, parts: int) -> list[int]:
    """``total`` shared out so that the n-th part gets about 1/n of the first, and many none."""
    weights = [1 / (place + 4) for place in range(parts)]
    shares = [int(total * weight / sum(weights)) for weight in weights]
    return [shares[0] + total - sum(shares), *shares[1:]]
