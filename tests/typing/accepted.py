"""What both checkers must infer without a word from users; read by mypy and by pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from typing import Any, assert_type

from django.contrib.postgres.search import SearchConfig
from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.utils import timezone
from psycopg.types.range import Range

from example_project.content.models import Comment, Post, User
from example_project.graph.models import MemoryLink, Node, Relationship
from querysets import (
    ArgMax,
    Condition,
    Edges,
    Excluded,
    KeysetPage,
    P,
    PatternQuerySet,
    Percentile,
    Upserted,
    WeightedAverage,
    agather,
    condition,
    indexes,
)
from querysets.sql.postgres.json.values import KeyStats
from tests.typing.notes.models import Diary, Folder, Note, NoteQuerySet, Tiny, TinyQuerySet

# Rows: every step gives the class and the model back.
posts = Post.objects.recent(24)
assert_type(posts, PatternQuerySet[Post])
assert_type(Post.objects.all(), PatternQuerySet[Post])
assert_type(posts.tagged("asyncio").with_count("comments").ranked(), PatternQuerySet[Post])
assert_type(Post.objects.newest().limited(10).top_per("author", 2, by="-rating"), PatternQuerySet[Post])
assert_type(Post.objects.tuned(work_mem="64MB").timeout(500).labelled("typing"), PatternQuerySet[Post])
assert_type(Post.objects.when(posts, lambda rows: rows.by(status="draft")), PatternQuerySet[Post])
assert_type(Post.objects.after(posts.first()).in_order_of([3, 1]), PatternQuerySet[Post])

# Django's own methods in between.
assert_type(Post.objects.filter(title="x").recent(24).exclude(views=0).ranked(), PatternQuerySet[Post])
assert_type(posts.select_related("author").prefetch_related("comments").newest(), PatternQuerySet[Post])
assert_type(posts.order_by("-rating").distinct().using("default").only("title").by(views=1), PatternQuerySet[Post])
assert_type(posts.union(posts).newest(), PatternQuerySet[Post])
assert_type(posts & Post.objects.ranked() | posts, PatternQuerySet[Post])
assert_type(posts[:5], PatternQuerySet[Post])
assert_type(posts[0], Post)
assert_type(posts.first(), Post | None)
assert_type(posts.get(pk=1), Post)
assert_type(list(posts), list[Post])
assert_type(posts.count(), int)
assert_type(posts.exists(), bool)
assert_type(posts.aggregate(n=Count("pk")), dict[str, Any])
assert_type(Post.objects.create(title="x"), Post)
assert_type(Comment.objects.by(post=posts), PatternQuerySet[Comment])

# Values and groups.
title: str = Post.objects.values("title").recent(3)[0]["title"]
pair: tuple[str, float] = Post.objects.values_list("title", "rating").ranked()[0]
assert_type(Post.objects.count_by("category"), PatternQuerySet[Post, dict[str, Any]])
assert_type(posts.count_by("category__name").above(count=1).ranked("-count"), PatternQuerySet[Post, dict[str, Any]])
assert_type(posts.per("status").bucketed("day", "Europe/Paris").with_count(), PatternQuerySet[Post, dict[str, Any]])

# Groups over time.
assert_type(posts.count_per("month", "status").filled(date(2026, 1, 1)), PatternQuerySet[Post, dict[str, Any]])
assert_type(posts.agg_per(timedelta(minutes=15), best=Max("rating")).filled().first(), dict[str, Any] | None)
assert_type(posts.cohorts("author", unit="week").by(offset=1), PatternQuerySet[Post, dict[str, Any]])
assert_type(posts.streaks_by("author", unit="hour").at_least(length=3).ranked(), PatternQuerySet[Post, dict[str, Any]])
assert_type(posts.count_by("status").first(), dict[str, Any] | None)
assert_type([row["count"] for row in posts.count_by("status")], list[Any])

# A queryset of a user's own, two mixins only, an inherited manager, a related manager.
assert_type(Note.objects.featured(), NoteQuerySet)
assert_type(Note.objects.recent(1).featured(3).ranked().filter(title="x").limited(3), NoteQuerySet)
assert_type(Note.objects.featured()[:3], NoteQuerySet)
assert_type(Note.objects.featured().first(), Note | None)
assert_type(Tiny.objects.recent(1).with_count("pk"), TinyQuerySet)
assert_type(Tiny.objects.newest(), TinyQuerySet)
assert_type(Diary.objects.recent(1), PatternQuerySet[Diary])
assert_type(Folder.objects.having("notes", P.recent(24)).first(), Folder | None)


def of(folder: Folder, user: User) -> None:
    """Managers at the other end of a relation: pyright knows those that the model declares, mypy's plugin knows all."""
    assert_type(folder.notes.featured().newest().first(), Note | None)
    assert_type(user.posts.recent(1).ranked(), PatternQuerySet[Post])  # pyright: ignore[reportAssertTypeFailure, reportAttributeAccessIssue, reportUnknownMemberType]


# Conditions.
assert_type(P.recent(24), Condition)
assert_type(P.recent(timedelta(days=1), field="published_at", at=timezone.now()), Condition)
assert_type(P.recent(24) | ~P.tagged("asyncio") & Q(views=0), Condition)
assert_type(P.above(likes=F("views")), Condition)
assert_type(Q(views=0) & Q(P.active()), Q)
assert_type(condition(NoteQuerySet.featured)(4), Condition)
assert_type(Note.objects.any_of(condition(NoteQuerySet.featured)(least=4), P.recent(1)), NoteQuerySet)
assert_type(Post.objects.with_count("comments", P.active(), Q(score=1)), PatternQuerySet[Post])
assert_type(Post.objects.filter(P.recent(24), Q(views=0) | Q(P.active())), PatternQuerySet[Post])

# Groupings: dicts, whatever their measures are.
grouped = Post.objects.agg_by("status", best=Max("rating"), middle=Percentile("views", 0.5, default=0))
assert_type(grouped, PatternQuerySet[Post, dict[str, Any]])
assert_type(grouped.above(middle=3).ranked("-best").subtotals().first(), dict[str, Any] | None)
assert_type(posts.pivot(["author", "status"], "language", ("en", "fr"), Sum("views")).first(), dict[str, Any] | None)
assert_type(list(posts.histogram("rating", 0, 5.5, 10, scale="log2")), list[dict[str, Any]])
assert_type(posts.count_by_element("tags").by(element="asyncio")[0], dict[str, Any])
posts.annotate(fair=WeightedAverage(F("rating"), "views", filter=P.active()), best=ArgMax("title", by=F("rating") * 2))

# Values and expressions: on rows, on groups, on a queryset of a user's own.
flagged = posts.with_flag("read", P.above(views=0), Q(likes=1), status="draft").by(read=True)
assert_type(flagged.with_case("tier", (P.active(), 1), (Q(views=0), F("rating")), default=2.5), PatternQuerySet[Post])
assert_type(posts.with_decay(F("score") + 1, timedelta(hours=1), as_="heat").with_words("title"), PatternQuerySet[Post])
assert_type(posts.count_by("status").with_expr(twice=F("count") * 2).first(), dict[str, Any] | None)
assert_type(Note.objects.with_text("line", "title", sep=", ").with_arm("layout", 3).featured(), NoteQuerySet)

# Windows, peers and portions: rows stay rows, and groups groups.
best = (
    posts.with_rank("views", method="ntile", n=4).with_session(timedelta(hours=1), "author").top_percent(9.5, "-rating")
)
assert_type(best.with_peers("category", over="all", most=Max("views") - Sum("likes")), PatternQuerySet[Post])
assert_type(best.top_per("author", share=0.5).superseded(["author", "status"]).within_budget("views", 9.5)[0], Post)
assert_type(posts.count_by("status").with_share().with_running("count", share=True).first(), dict[str, Any] | None)
assert_type(Note.objects.with_moving("pk", span=timedelta(days=7), func="sum").latest_per("pk"), NoteQuerySet)

# Terminals and writes: values, and the rows of an update as instances or as dicts.
assert_type(posts.counts(drafts=P.by(status="draft")), dict[str, int])
assert_type(posts.share(P.having("comments")), float | None)
assert_type(posts.adjust(likes=1), int)
assert_type(posts.update_returning(status="draft"), list[Post])
assert_type(posts.update_returning("pk", status="draft"), list[dict[str, Any]])


# Search and similarity.
assert_type(Post.objects.about("queue", syntax="prefix").with_relevance().ranked(), PatternQuerySet[Post])
assert_type(Post.objects.about("eleve", "title", language=SearchConfig("french")).first(), Post | None)
assert_type(Note.objects.about("x", fallback="title").with_headline(as_="snippet"), NoteQuerySet)
assert_type(Post.objects.having("comments", P.about("queue") | P.resembling("qeue", "content")), PatternQuerySet[Post])

# Documents and arrays.
assert_type(Post.objects.json_at(("links", 0, "to"), "queue").json_keys("kind", mode="any"), PatternQuerySet[Post])
assert_type(posts.in_array("tags", any={"queue"}, none=F("tags")).with_array_size("tags"), PatternQuerySet[Post])
assert_type(posts.with_json_value("level", int, "level").with_list("comments", "user", n=3), PatternQuerySet[Post])
assert_type(posts.count_by_json("kind").ranked("-count"), PatternQuerySet[Post, dict[str, Any]])
assert_type(posts.count_element_pairs().first(), dict[str, Any] | None)
assert_type(posts.json_key_stats(), list[KeyStats])
assert_type(posts.json_merge({"kind": None}), int)
assert_type(Note.objects.filter(title="x").array_add("tags", "x"), int)
assert_type(Note.objects.any_of(P.json_at("kind", ["a"], op="in"), P.in_array("tags", size=0)), NoteQuerySet)
assert_type(Post.objects.resembling_pairs("title", 0.8), PatternQuerySet[Post, dict[str, Any]])
assert_type(Post.objects.frequent_lexemes(3), list[dict[str, Any]])

# Ranges, locks, samples, pages.
now = timezone.now()
assert_type(Post.objects.merged_ranges(None, now, "start_time", "end_time"), list[Range[Any]])
assert_type(Post.objects.free_slots(now, None, "start_time", "end_time"), list[Range[Any]])
assert_type(Post.objects.free_slots(now, None, "start_time", "end_time", per="author"), dict[Any, list[Range[Any]]])
assert_type(Post.objects.create_if_free(title="x"), Post | None)
assert_type(posts.locked(skip=True, no_key=True).paged(0, 10), PatternQuerySet[Post])
assert_type(Note.objects.locked().table_sampled(1, seed=2), NoteQuerySet)
assert_type(Post.objects.having("comments", P.table_sampled(1, 2)).capped_count(10), int)
assert_type(posts.estimated_count(), int)

# Rows in bulk.
upserted = Post.objects.upsert([{"slug": "x"}], "slug", {"views": F("views") + Excluded("views")}, P.below(views=9))
assert_type(upserted, Upserted)
assert_type(upserted.created + upserted.updated + upserted.unchanged, int)
assert_type(Post.objects.upsert([Post(slug="x")], ["slug"], "title", unless_same="content"), Upserted)
assert_type(Post.objects.copy_in((("x", "y") for _ in range(3)), ("slug", "title"), progress=print), int)
assert_type(posts.copy_out(open("posts.csv", "wb"), format="text"), int)  # noqa: PTH123, SIM115
assert_type(posts.count_by("status").copy_out(bytearray().extend), int)

# streams, pages and tails
assert_type(posts.recent(24).stream(100), Iterator[Post])
assert_type(posts.batches(by="-created_at"), Iterator[list[Post]])
assert_type(posts.count_by("status").stream(), Iterator[dict[str, Any]])
assert_type(posts.page_after(None, 10, by="-created_at"), KeysetPage[Post])
assert_type(posts.page_after(None, 10).next, str | None)
assert_type(posts.settled("tx"), PatternQuerySet[Post])
assert_type(posts.follow((5, 6), limit=3), Iterator[Post])
assert_type(posts.asse("5-6", render=lambda row: row.title), AsyncIterator[bytes])

# Trees, graphs and memories.
nodes = Node.objects.descendants_of(1, max_depth=2).with_path("name").with_subtree(size=Count("pk"))
assert_type(nodes, PatternQuerySet[Node])
assert_type(Node.objects.tree(by=["name", "-pk"]).first(), Node | None)
assert_type(Node.objects.move(nodes[0], None), int)
assert_type(Post.objects.having("category", P.descendants_of(1) | P.leaves()), PatternQuerySet[Post])
known = Edges(Relationship.objects.valid_at(), "source", "target", weight="weight")
assert_type(Node.objects.within_hops([1, 2], None, direction="both", through=P.connected()), PatternQuerySet[Node])
assert_type(User.objects.cheapest_path(1, 2, edges=known).with_degree(), PatternQuerySet[User])
assert_type(User.objects.with_pagerank(5).compute(), dict[Any, Any])
assert_type(MemoryLink.objects.by(user=1).recalled([0.5, 1], 3, normalize="minmax"), PatternQuerySet[MemoryLink])
assert_type(MemoryLink.objects.near_duplicates().consolidate(), int)
assert_type(Relationship.objects.by(source=1).replace_fact(weight=2.0), int)


async def twins() -> None:
    """Asynchronously."""
    assert_type([post async for post in posts.astream()], list[Post])
    assert_type((await posts.apage_after(None)).items, list[Post])
    assert_type(await agather(n=posts.count), dict[str, Any])
    assert_type(await Post.objects.acreate_if_free(title="x"), Post | None)
    assert_type(await posts.afree_slots(now, None, per="author"), dict[Any, list[Range[Any]]])
    assert_type(await posts.acapped_count(3), int)
    assert_type(await Node.objects.amove(3, 4), int)
    assert_type(await Node.objects.with_component().acompute(), dict[Any, Any])
    assert_type(await MemoryLink.objects.by(pk=1).areinforce(0.1), int)
    assert_type(await posts.afrequent_lexemes(), list[dict[str, Any]])
    assert_type((await posts.aindex_used(indexes.newest("created_at"), build=True)).indexes, tuple[str, ...])
    assert_type(await Post.objects.aupsert([{"slug": "x"}], "slug"), Upserted)
    assert_type([post async for post in posts.ranked()], list[Post])
    assert_type([row async for row in posts.count_by("status")], list[dict[str, Any]])
    assert_type(await posts.aget(pk=1), Post)
    assert_type(await posts.afirst(), Post | None)
    assert_type(await Note.objects.featured().acount(), int)


def recent_posts(hours: float) -> QuerySet[Post]:
    """As Django's own type, for code that knows nothing of the library."""
    return Post.objects.recent(hours)


def posts_per_author() -> QuerySet[Post, dict[str, Any]]:
    """The same for groups."""
    return Post.objects.count_by("author__username")
