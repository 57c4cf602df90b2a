"""Making a whole world in memory: ordinary rows of a scale, planted rows behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from . import graphs, people, stdlib, trade, writing
from .builder import Builder
from .chance import moments, popular, rhythm, stream
from .library import Library
from .ops.filling import fill
from .ops.rows import Message, Response, ResponseChunk, Session, StreamCursor, Task
from .planted import plant
from .responses import Audience
from .rows import (
    ArchivedPost,
    Booking,
    Bookmark,
    Category,
    Comment,
    Connection,
    MemoryLink,
    Node,
    Order,
    Post,
    Rate,
    Reaction,
    Relationship,
    Room,
    User,
)
from .whole import World

EPOCH = datetime(2026, 3, 31, 12, tzinfo=UTC)
"""Now, in the world of the tests: the last of a month, quarter and fiscal year, with February and both changes of the
clocks behind it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How many ordinary rows a world has, about."""

    name: str
    packages: tuple[str, ...] | None
    posts: int | None
    users: int
    comments: int
    reactions: int
    bookmarks: int
    orders: int
    days: int


SMALL = Scale("small", stdlib.SMALL, 300, 30, 900, 400, 150, 200, days=10)
DEMO = Scale("demo", None, None, 300, 24_000, 15_000, 5_000, 4_000, days=90)


def build(scale: Scale, now: datetime) -> World:
    """The world of a scale at a moment; the same for the same arguments and the same minor version of Python."""
    world = Builder(now)
    docs = stdlib.docs(scale.packages)
    chosen = docs if scale.posts is None else stream("choice").sample(docs, min(scale.posts, len(docs)))
    tables = world.tables
    tables[User] += people.users(stream("users"), now, scale.users)
    tables[Category] += writing.categories(chosen)
    tables[Post] += _posts(world, chosen)
    audience = Audience(now, list(tables[User]), list(tables[Post]))
    tables[Comment] += audience.comments(stream("comments"), docs, scale.comments)
    tables[Reaction] += audience.reactions(stream("reactions"), scale.reactions)
    tables[Bookmark] += audience.bookmarks(stream("bookmarks"), scale.bookmarks)
    tables[Order] += trade.orders(stream("orders"), now, audience.users, scale.orders)
    tables[Rate] += trade.rates(stream("rates"), now)
    tables[Room] += trade.rooms()
    tables[Booking] += trade.bookings(stream("bookings"), now, audience.users, scale.days)
    library = Library(scale.packages)
    tables[Node] += graphs.nodes(library)
    graphs.connect(world, graphs.links(library))
    tables[Relationship] += graphs.relationships(stream("relationships"), now, tables)
    tables[MemoryLink] += graphs.memories(stream("memories"), now, audience.users, docs)
    plant(world)
    fill(world)
    _count_comments(world)
    return World(
        scale=scale.name,
        now=now,
        users=tables[User],
        categories=tables[Category],
        posts=tables[Post],
        archived_posts=tables[ArchivedPost],
        comments=tables[Comment],
        reactions=tables[Reaction],
        bookmarks=tables[Bookmark],
        orders=tables[Order],
        rates=tables[Rate],
        rooms=tables[Room],
        bookings=tables[Booking],
        sessions=tables[Session],
        messages=tables[Message],
        responses=tables[Response],
        chunks=tables[ResponseChunk],
        tasks=tables[Task],
        cursors=tables[StreamCursor],
        nodes=tables[Node],
        connections=tables[Connection],
        relationships=tables[Relationship],
        memory_links=tables[MemoryLink],
        library=library,
    )


def _posts(world: Builder, docs: list[stdlib.Doc]) -> list[Post]:
    """A post about every doc, in an order of chance, over the last year; written by those who had joined by then."""
    chance = stream("posts")
    shelves = {category.slug: category.id for category in world.rows(Category)}
    joined = [user.joined_at for user in world.rows(User)]
    docs = chance.sample(docs, len(docs))
    return [
        writing.post(
            chance,
            number,
            doc,
            now=world.now,
            created=created,
            author=1 + popular(chance, sum(moment <= created for moment in joined)),
            category=shelves[writing.slug(doc.module)[-50:]],
        )
        for number, (doc, created) in enumerate(
            zip(docs, moments(chance, rhythm(world.now, 365), len(docs)), strict=True), 1
        )
    ]


def _count_comments(world: Builder) -> None:
    """Write into each post how many comments it has; a planted number that is wrong stays."""
    counts = Counter(comment.post_id for comment in world.rows(Comment))
    posts = world.rows(Post)
    posts[:] = [post if post.comment_count else replace(post, comment_count=counts[post.id]) for post in posts]
