"""What the patterns that write must answer, and leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from example_project.catalogue.checking import Written, case, empty, oracle, refused
from example_project.world import World
from example_project.world.rows import ArchivedPost, Category, Post, Row, User


def _changed(rows: Sequence[Any], change: Callable[[Any], Any]) -> Written:
    """The rows that ``change`` makes others of, and how many they are."""
    new = [changed for row in rows if (changed := change(row)) != row]
    return Written(len(new), rows=new)


@oracle(182, case(amount=-1.25), empty(amount=0.0))
def increment_scores(world: World, amount: float) -> Written:
    return _changed(world.posts, lambda post: replace(post, score=post.score + amount * post.is_active))


def _moment_of_a_post(world: World) -> datetime:
    return sorted(post.created_at for post in world.posts)[world.size // 3]


@oracle(194, case(before=_moment_of_a_post), case(score=-0.5), empty(score=0.0))
def update_old_posts(world: World, score: float, before: datetime) -> Written:
    return _changed(
        world.posts, lambda post: replace(post, score=post.score + score) if post.created_at <= before else post
    )


def _siblings(world: World, parent: int | None) -> list[Category]:
    found = [category for category in world.categories if category.parent_id == parent]
    return sorted(found, key=lambda category: (category.position, category.id))


def _placed(ordered: Sequence[Category]) -> Written:
    changed = [
        replace(category, position=place)
        for place, category in enumerate(ordered, start=1)
        if category.position != place
    ]
    return Written(len(changed), rows=changed)


def _last_of_a_group(world: World) -> int:
    return max((_siblings(world, category.parent_id) for category in world.categories), key=len)[-1].id


def _own_place(world: World) -> int:
    """Where the category of the default stands."""
    return 1 + [each.id for each in _siblings(world, world.category(5).parent_id)].index(5)


@oracle(
    203,
    case(category_id=_last_of_a_group, position=1),
    case(category_id=_last_of_a_group, position=-3),
    empty(position=_own_place),
    case(position=lambda world: _own_place(world) + 1),
    case(position=10**6),
    case(category_id=1, position=2),
    case(category_id=1, position=10**6),
    empty(category_id=10**9),
)
def reposition_category(world: World, category_id: int, position: int) -> Written:
    if category_id > len(world.categories):
        return Written(0)
    moved = world.category(category_id)
    others = [each for each in _siblings(world, moved.parent_id) if each.id != moved.id]
    place = min(max(position, 1), len(others) + 1) - 1
    return _placed([*others[:place], moved, *others[place:]])


@oracle(248)
def sync_comment_counts(world: World) -> Written:
    def right(post: Post) -> Post:
        return replace(post, comment_count=sum(comment.is_active for comment in world.comments_of[post.id]))

    return _changed(world.posts, right)


@oracle(249, case(ids=(10**9, *range(60, 20, -1))), empty(ids=()), empty(ids=(10**9,)))
def publish_drafts(world: World, ids: Sequence[int]) -> Written:
    drafts = [post for post in world.posts if post.id in ids and post.status == "draft"]
    return Written(drafts, rows=[replace(post, status="published") for post in drafts])


def _of_version_two(world: World) -> int:
    return next(post.id for post in world.posts if post.version == 2)


@oracle(
    250,
    case(post_id=_of_version_two, version=2, title=""),
    empty(post_id=_of_version_two),
    empty(version=2),
    empty(version=0),
    empty(post_id=10**9),
)
def save_title(world: World, post_id: int, version: int, title: str) -> Written:
    found = [post for post in world.posts if post.id == post_id and post.version == version]
    return Written(bool(found), rows=[replace(post, title=title, version=version + 1) for post in found])


def _early(world: World) -> datetime:
    return sorted(post.created_at for post in world.posts)[4]


def _slug_of_an_archived(world: World) -> datetime:
    """Just after a post whose slug the archive has already."""
    slugs = {post.slug for post in world.archived_posts}
    return min(post.created_at for post in world.posts if post.slug in slugs) + timedelta(microseconds=1)


@oracle(
    251,
    case(before=_early),
    case(before=lambda world: world.now - timedelta(days=150)),
    empty(before=lambda world: min(post.created_at for post in world.posts)),
)
def archive_posts(world: World, before: datetime, at: datetime) -> Written:
    old = [post for post in world.posts if post.created_at < before]
    known = {post.slug: post.id for post in world.archived_posts}
    archived = [
        ArchivedPost(
            id=known.get(post.slug, 0),
            slug=post.slug,
            title=post.title,
            content=post.content,
            author_id=post.author_id,
            created_at=post.created_at,
            archived_at=at,
        )
        for post in old
    ]
    gone: list[Row] = [*old]
    for post in old:
        gone += world.comments_of[post.id]
        gone += world.reactions_to[post.id]
        gone += world.bookmarks_of[post.id]
    return Written(len(old), rows=archived, gone=gone)


@oracle(252, case(source=5, target=5), empty(source=10**9))
def clone_drafts(world: World, source: int, target: int, at: datetime) -> Written:
    copies = [
        Post(
            id=0,
            title=post.title,
            slug=f"{post.slug}-copy",
            content=post.content,
            author_id=target,
            category_id=None,
            status="draft",
            is_active=True,
            language="en",
            created_at=at,
            updated_at=at,
            published_at=None,
            expires_at=None,
            start_time=None,
            end_time=None,
            rating=0,
            score=0,
            views=0,
            likes=0,
            comment_count=0,
            price=None,
            discount=None,
            tags=None,
            metadata=None,
            version=1,
        )
        for post in world.posts
        if post.author_id == source and post.status == "draft"
    ]
    return Written(len(copies), rows=copies)


CENT = Decimal("0.01")


@oracle(253, case(percent=Decimal("-12.5")), case(floor=Decimal("19.99")), empty(percent=Decimal(0), floor=Decimal(0)))
def reprice(world: World, percent: Decimal, floor: Decimal) -> Written:
    def raised(post: Post) -> Post:
        if post.price is None:
            return post
        price = (post.price * (1 + percent / 100)).quantize(CENT, ROUND_HALF_UP)
        return replace(post, price=max(price, floor))

    return _changed(world.posts, raised)


@oracle(254)
def fill_missing_category(world: World) -> Written:
    def filled(post: Post) -> Post:
        uses = Counter(each.category_id for each in world.posts_by[post.author_id] if each.category_id is not None)
        if post.category_id is not None or not uses:
            return post
        return replace(post, category_id=min(uses, key=lambda key: (-uses[key], key)))

    return _changed(world.posts, filled)


def _rich(world: World) -> User:
    return max(world.users, key=lambda user: user.credits)


@oracle(
    255,
    case(src=lambda world: _rich(world).id, dst=1, amount=lambda world: _rich(world).credits),
    empty(src=lambda world: _rich(world).id, dst=1, amount=lambda world: _rich(world).credits + 1),
    empty(src=10**9),
    empty(dst=10**9),
    refused(ValueError, src=2),
    refused(ValueError, amount=0),
    refused(ValueError, amount=-1),
)
def transfer_credits(world: World, src: int, dst: int, amount: int) -> Written:
    found = [user for user in world.users if user.id in {src, dst}]
    if len(found) < 2 or world.user(src).credits < amount:
        return Written(result=False)
    one, other = world.user(src), world.user(dst)
    return Written(
        result=True, rows=[replace(one, credits=one.credits - amount), replace(other, credits=other.credits + amount)]
    )


@oracle(256, case(ids=tuple(range(50))), empty(ids=()), empty(ids=(10**9,)))
def toggle_active(world: World, ids: Sequence[int]) -> Written:
    return _changed(world.posts, lambda post: replace(post, is_active=not post.is_active) if post.id in ids else post)


def _drafts(world: World) -> list[Post]:
    return [post for post in world.posts if post.status == "draft"]


@oracle(257, case(at=lambda world: _drafts(world)[0].created_at + timedelta(days=30)))
def mark_neglected_posts(world: World, at: datetime) -> Written:
    def marked(post: Post) -> Post:
        if post.status == "draft" and post.created_at < at - timedelta(days=30):
            return replace(post, status="stale")
        if post.status == "published" and post.rating < 1:
            return replace(post, status="review")
        return post

    return _changed(world.posts, marked)


@oracle(258)
def renumber_categories(world: World) -> Written:
    parents = {category.parent_id for category in world.categories}
    written = [_placed(_siblings(world, parent)) for parent in parents]
    return Written(sum(each.result for each in written), rows=[row for each in written for row in each.rows])
