"""Ordinary comments, reactions and bookmarks: what users do with each other's posts, in the order of time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from .chance import moments, popular, rhythm
from .rows import Bookmark, Comment, Post, Reaction, User
from .stdlib import Doc
from .writing import summary

OPENINGS = (
    "See also {name}: {summary}",
    "Is this not the same as {name}? It says: {summary}",
    "I would mention {name} here.",
    "Thanks, this helped.",
    "Compare with {name}, which is older: {summary}",
    "The part about errors could be longer. {name} does it better.",
    "Works for me since the last release.",
    "{summary} That sentence took me a while.",
    "Please add an example with {name}.",
)
KINDS = ("like", "like", "like", "like", "love", "insightful")


class Audience:
    """Who can respond to what at which moment. Users and posts are in the order in which they came."""

    def __init__(self, now: datetime, users: Sequence[User], posts: Sequence[Post]) -> None:
        self.now, self.users, self.posts = now, users, posts
        self.joined = [user.joined_at for user in users]
        self.created = [post.created_at for post in posts]

    def encounters(self, chance: Random, count: int, days: int = 365) -> Iterator[tuple[datetime, int, Post]]:
        """About ``count`` moments, each with a user and a post that both were there: a new post, or a much read one."""
        for moment in moments(chance, rhythm(self.now, days), count):
            users, posts = bisect_right(self.joined, moment), bisect_right(self.created, moment)
            if users and posts:
                new = self.posts[posts - 1 - popular(chance, posts)]
                read = max((self.posts[chance.randrange(posts)] for _ in range(3)), key=lambda post: post.views)
                yield moment, self.users[popular(chance, users)].id, chance.choice((new, read))

    def comments(self, chance: Random, docs: Sequence[Doc], count: int) -> list[Comment]:
        """``count`` comments or a few less; a third of the users go on to a second post within the hour."""
        talk: list[tuple[datetime, int, Post]] = []
        for moment, user, post in self.encounters(chance, round(count * 0.75)):
            answered = post.author_id if chance.random() < 0.06 else user
            talk.append((moment, answered, post))
            then = moment + timedelta(minutes=chance.randrange(2, 60))
            if chance.random() < 1 / 3 and then <= self.now:
                talk.append((then, answered, self.posts[chance.randrange(bisect_right(self.created, moment))]))
        talk.sort(key=lambda turn: turn[0])
        return [
            comment(chance, docs, number=number, post=post.id, user=user, moment=moment)
            for number, (moment, user, post) in enumerate(talk, 1)
        ]

    def reactions(self, chance: Random, count: int) -> list[Reaction]:
        """About ``count`` reactions, each kind once a user and post."""
        once = {(post.id, user, chance.choice(KINDS)): moment for moment, user, post in self.encounters(chance, count)}
        return [
            Reaction(number, post, user, kind, chance.choice((1, 1, 1, 2, 3)), moment)
            for number, ((post, user, kind), moment) in enumerate(once.items(), 1)
        ]

    def bookmarks(self, chance: Random, count: int) -> list[Bookmark]:
        """About ``count`` bookmarks, one a user and post."""
        once = {(user, post.id): moment for moment, user, post in self.encounters(chance, count)}
        return [Bookmark(number, user, post, moment) for number, ((user, post), moment) in enumerate(once.items(), 1)]


def comment(chance: Random, docs: Sequence[Doc], *, number: int, post: int, user: int, moment: datetime) -> Comment:
    """One comment; what it says, it has from the docstring of something else."""
    doc = docs[chance.randrange(len(docs))]
    return Comment(
        id=number,
        post_id=post,
        user_id=user,
        content=chance.choice(OPENINGS).format(name=doc.name, summary=summary(doc)),
        score=chance.randrange(-3, 12) if chance.random() < 0.75 else None,
        is_active=chance.random() < 0.88,
        created_at=moment,
    )
