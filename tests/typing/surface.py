"""What both type checkers must infer. They read this file; nothing runs it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, assert_type

from django.db.models import Count, F, Prefetch, Q

from example_project.content.models import Comment, Post, User
from querysets import Condition, P, PatternManager, PatternQuerySet, condition
from tests.typing.blog.models import Event, Note, NoteQuerySet, Tiny, TinyQuerySet

# chains
assert_type(Post.objects.recent(24), PatternQuerySet[Post])
assert_type(Post.objects.recent(24).tagged("x").ranked(), PatternQuerySet[Post])
assert_type(Post.objects.filter(title="x").recent(24), PatternQuerySet[Post])
assert_type(Post.objects.newest().exclude(title="x").select_related("author").limited(3), PatternQuerySet[Post])
assert_type(Post.objects.with_count("comments").above(comments_count=3).ranked("-pk"), PatternQuerySet[Post])
assert_type(Post.objects.top_per("author", 2, by="-rating").after(None).duplicated("title"), PatternQuerySet[Post])
assert_type(Post.objects.between(datetime(2026, 1, 1, tzinfo=UTC), None, tz="UTC"), PatternQuerySet[Post])
assert_type(Post.objects.when(None, lambda posts: posts.recent(1)), PatternQuerySet[Post])
assert_type(Post.objects.tuned(work_mem="64MB").timeout(500).labelled("x"), PatternQuerySet[Post])
assert_type(Post.objects.recent(1) | Post.objects.ranked(), PatternQuerySet[Post])
assert_type(Post.objects.recent(1) & Post.objects.ranked(), PatternQuerySet[Post])
assert_type(Event.objects.recent(1), PatternQuerySet[Event])

# what comes out
assert_type(Post.objects.recent(24).first(), Post | None)
assert_type(Post.objects.recent(24)[0], Post)
assert_type(Post.objects.recent(24)[:5], PatternQuerySet[Post])
assert_type([post for post in Post.objects.recent(1)], list[Post])  # noqa: C416 (that it can be iterated)
assert_type(Post.objects.ranked().count(), int)
assert_type(Post.objects.create(title="x"), Post)

# a subclass of one's own, and two mixins only
assert_type(Note.objects.featured(), NoteQuerySet)
assert_type(Note.objects.recent(1).featured().ranked("-pk").by_length(3), NoteQuerySet)
assert_type(Note.objects.limited(3).first(), Note | None)
assert_type(Tiny.objects.recent(1).with_rank("pk").limited(2), TinyQuerySet)

# conditions
assert_type(P.recent(24), Condition)
assert_type(P.recent(24) | ~P.tagged("x") & Q(title="x"), Condition)
assert_type(P.having("comments", P.active(), at_least=2, user=3), Condition)
assert_type(Post.objects.any_of(P.at_least(rating=4), Q(title="x"), union=True), PatternQuerySet[Post])
assert_type(User.objects.having("posts", P.above(likes=F("views"))), PatternQuerySet[User])
featured = condition(NoteQuerySet.featured)
assert_type(featured(), Condition)
assert_type(condition(NoteQuerySet.by_length)(3), Condition)

# groups and values
assert_type(Post.objects.recent(1).count_by("status").first(), dict[str, Any] | None)
assert_type(Post.objects.recent(1).per("status").with_count().above(count=3), PatternQuerySet[Post, dict[str, Any]])
assert_type(Post.objects.recent(1).bucketed("day").annotate(n=Count("pk")).first(), dict[str, Any] | None)
assert_type(Post.objects.recent(1).distinct_values("status"), PatternQuerySet[Post, Any])

prefetch = Prefetch("posts", queryset=Post.objects.top_per("author", 3))


async def reads() -> None:
    assert_type([post async for post in Post.objects.recent(1)], list[Post])
    assert_type(await Post.objects.ranked().afirst(), Post | None)
    assert_type(await Comment.objects.active().acount(), int)


# what must be red in both
Post.objects.recnt(3)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
Post.objects.recent("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.top_per("author", via="magic")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Post.objects.tuned(ef_serach=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
PatternManager(timestmp="created_at")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
P.recnt(24)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
P.recent("24")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
featured(3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Tiny.objects.featured()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
