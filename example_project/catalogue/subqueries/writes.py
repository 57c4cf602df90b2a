"""Patterns that write: one statement or one transaction, and only the rows that change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, F, Value
from django.db.models.functions import Concat, Greatest, Round
from django.utils import timezone

from example_project.catalogue import pattern
from example_project.content.models import ArchivedPost, Category, Post, User
from querysets import P


@pattern(182, "Raise a score")
def increment_scores(amount: float = 0.5) -> int:
    """Adds to the score of every active post, and says how many there are; a negative amount takes away.

    Of many calls at a time, none is lost.
    """
    return Post.objects.active().adjust(score=amount)


@pattern(194, "Raise the score of old posts")
def update_old_posts(score: float = 1.0, before: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> int:
    """Adds to the score of the posts that were created at a moment or before it."""
    return Post.objects.at_most(created_at=before).adjust(score=score)


@pattern(203, "Move a category to a place")
def reposition_category(category_id: int = 5, position: int = 2) -> int:
    """Moves a category to a place among its siblings, from 1; those between shift by one, and gaps are closed.

    A place beyond either end is that end; categories without parent are siblings; an unknown id changes nothing.
    """
    return Category.objects.by(pk=category_id).reposition("position", to=position, per="parent")


@pattern(248, "Correct the counters")
def sync_comment_counts() -> int:
    """Sets the counter of each post to how many active comments it has, and says how many were wrong."""
    return Post.objects.sync_rollup("comment_count", "comments", Count("*"), P.active())


@pattern(249, "Publish drafts")
def publish_drafts(ids: Sequence[int] = tuple(range(1, 40))) -> list[Post]:
    """Publishes those of the posts that are drafts, and gives exactly the posts that it changed, by id."""
    return Post.objects.by(pk=list(ids), status="draft").update_returning(status="published")


@pattern(250, "Save, unless somebody else did")
def save_title(post_id: int = 1, version: int = 1, title: str = "A new title") -> bool:
    """Whether the post still had the version that was read: then it has the new title, and the next version."""
    return Post.objects.by(pk=post_id).compare_and_set({"version": version}, title=title, version=F("version") + 1)


@pattern(251, "Put old posts away")
def archive_posts(before: datetime = datetime(2025, 1, 1, tzinfo=UTC), at: datetime | None = None) -> int:
    """Moves the posts from before a moment into the archive, over those of the same slug; their comments go."""
    when = at or timezone.now()
    kept = {name: name for name in ("slug", "title", "content", "author", "created_at")}
    return Post.objects.below(created_at=before).move_to(ArchivedPost, **kept, archived_at=Value(when))


@pattern(252, "Copy somebody's drafts")
def clone_drafts(source: int = 3, target: int = 4, at: datetime | None = None) -> int:
    """Makes copies of the drafts of one user for another, ``-copy`` behind the slug, all else new."""
    when = Value(at or timezone.now())
    slug = Concat("slug", Value("-copy"))
    drafts = Post.objects.by(author=source, status="draft")
    return drafts.copy_to(
        Post, author=target, slug=slug, title="title", content="content", created_at=when, updated_at=when
    )


@pattern(253, "Change prices")
def reprice(percent: Decimal = Decimal(-10), floor: Decimal = Decimal("5.00")) -> int:
    """Changes every price by a percentage, rounded to cents, but to no less than a floor; a price of NULL stays."""
    price = Round(F("price") * (1 + percent / 100), 2)
    return Post.objects.excluding(price=None).sync_from("price", Greatest(price, Value(floor)))


@pattern(254, "Fill in a category")
def fill_missing_category() -> int:
    """Gives the posts without category the one that their author uses most, of several the first; if there is one."""
    return (
        Post.objects.by(category=None)
        .with_mode("author__posts", "category", as_="usual")
        .sync_from("category", F("usual"))
    )


@pattern(255, "Pay somebody")
def transfer_credits(src: int = 1, dst: int = 2, amount: int = 1) -> bool:
    """Moves credits from one user to another, unless there are too few, or one of them is missing."""
    return User.objects.transfer("credits", src, dst, amount)


@pattern(256, "Switch posts on and off")
def toggle_active(ids: Sequence[int] = (1, 2, 3, 3)) -> int:
    """Makes active posts inactive and the other way round, each once, however often its id is given."""
    return Post.objects.by(pk=list(ids)).flip("is_active")


@pattern(257, "Mark what is neglected")
def mark_neglected_posts(at: datetime | None = None) -> int:
    """Drafts from more than 30 days ago become stale, published posts rated under 1 go to review; all by one UPDATE."""
    old = P.by(status="draft") & P.below(created_at=(at or timezone.now()) - timedelta(days=30))
    return Post.objects.set_case("status", (old, "stale"), (P.by(status="published") & P.below(rating=1), "review"))


@pattern(258, "Number the categories")
def renumber_categories() -> int:
    """Gives the categories of each parent the places 1 to n, in the order that they have; those without one as well."""
    return Category.objects.renumber("position", per="parent", by=("position", "id"))
