"""What both checkers must refuse: an ignore that is not needed is an error itself. Never run."""

from __future__ import annotations

from django.db.models import Max

from example_project.content.models import Post
from example_project.graph.models import MemoryLink, Node
from querysets import ArgMax, P, PatternManager, Percentile, condition
from tests.typing.notes.models import Note, NoteQuerySet, Tiny

Post.objects.recnt(24)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
Post.objects.recent("24")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.recent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Post.objects.recent(24, "created_at")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Post.objects.recent(24).ranked(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.bucketed("fortnight")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.cohorts("author", unit="hour")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.count_per("month").filled("2026-01-01")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.matching("x", "title", mode="fuzzy")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.top_per("author", "3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.with_count("comments", "is_active")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.about("x", syntax="raw")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.resembling("x", "title", 0.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.featured()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
Note.objects.featured("4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Tiny.objects.featured()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
Post.objects.histogram("rating", 0, 5, 10, scale="log")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.agg_by(Max("rating"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.with_decay("score", 12, as_="heat")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.with_case("tier", "status", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.with_weighted("heat", likes="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.with_rank(method="median")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.with_moving("views", span=7)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.outliers("views", "mad")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.above_peers("views", over="all")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Percentile("views", "0.5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ArgMax("title")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

P.recnt(24)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
P.recent("24")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
P.recent()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
P.newest()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
bool(P.recent(24) | 3)  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnknownArgumentType]
condition(NoteQuerySet.featured)("4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
condition(NoteQuerySet.featured)(most=4)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

PatternManager(timestmp="created_at")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
PatternManager(timestamp=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Documents and arrays.
Post.objects.json_at("kind", "class", op="like")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.json_at(("kind", 1.5))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.all().json_increment("reads", "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.upsert([{"slug": "x"}], 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.upsert({"slug": "x"})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Post.objects.copy_out(print, format="xml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.in_array("tags", size="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Trees, graphs and memories.
Node.objects.within_hops(1, "2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Node.objects.within_hops(1, 2, direction="up")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Node.objects.tree(max_depth="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Node.objects.move(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
MemoryLink.objects.all().with_retention(curve="line")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
P.tree()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
