"""What the patterns that count and measure groups must give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from example_project.catalogue.checking import case, empty, oracle, refused
from example_project.world import World
from example_project.world.rows import Post

Rows = list[dict[str, Any]]


def _null_last(values: Iterable[Any]) -> list[Any]:
    """Different values in order."""
    return sorted(set(values), key=lambda value: (value is None, value))


def _of_categories(world: World, measure: Callable[[list[Post]], dict[str, Any]]) -> Rows:
    """A measure of the posts in each category that has any, beside its name."""
    names = {category.id: category.name for category in world.categories}
    found = _null_last(post.category_id for post in world.posts)
    return [
        {"category": key, "category__name": None if key is None else names[key], **measure(world.posts_in[key])}
        for key in found
    ]


def _views(world: World) -> dict[int, int]:
    return {author: sum(post.views for post in posts) for author, posts in world.posts_by.items() if posts}


@oracle(107, ordered=True)
def category_counts(world: World) -> Rows:
    return _of_categories(world, lambda posts: {"count": len(posts)})


@oracle(108, ordered=True)
def status_breakdown(world: World) -> Rows:
    counts = Counter(post.status for post in world.posts)
    return [{"status": status, "count": counts[status]} for status in sorted(counts, key=lambda s: (-counts[s], s))]


@oracle(111, ordered=True)
def max_rating_by_category(world: World) -> Rows:
    return _of_categories(world, lambda posts: {"max_rating": max(post.rating for post in posts)})


@oracle(114, ordered=True)
def earliest_posts(world: World) -> Rows:
    return _of_categories(world, lambda posts: {"earliest": min(post.created_at for post in posts)})


@oracle(118, ordered=True)
def avg_likes_by_status(world: World) -> Rows:
    likes = {
        status: [post.likes for post in world.posts if post.status == status]
        for status in _null_last(post.status for post in world.posts)
    }
    return [{"status": status, "avg_likes": sum(numbers) / len(numbers)} for status, numbers in likes.items()]


@oracle(119, ordered=True)
def max_views_by_user(world: World) -> Rows:
    return [
        {"author": user.id, "author__username": user.username, "max_views": max(post.views for post in posts)}
        for user in world.users
        if (posts := world.posts_by[user.id])
    ]


@oracle(121, ordered=True)
def sum_ratings_by_category(world: World) -> Rows:
    return _of_categories(world, lambda posts: {"total_rating": float(sum(Fraction(post.rating) for post in posts))})


@oracle(146, case(statuses=["stale", "urgent"]), case(statuses=["nothing"]), ordered=True)
def category_status_matrix(world: World, statuses: Sequence[str]) -> Rows:
    return _of_categories(
        world,
        lambda posts: {f"status_{status}": sum(post.status == status for post in posts) for status in statuses},
    )


@oracle(147, ordered=True)
def tag_counts(world: World) -> Rows:
    counts = Counter(tag for post in world.posts for tag in set(post.tags or ()))
    order = sorted(counts, key=lambda tag: (-counts[tag], tag is None, tag))
    return [{"element": tag, "count": counts[tag]} for tag in order]


def _most(world: World, beyond: int = 0) -> int:
    return max(len(posts) for posts in world.posts_by.values()) + beyond


@oracle(148, case(minimum=1), case(minimum=_most), empty(minimum=lambda world: _most(world, 1)), ordered=True)
def prolific_authors(world: World, minimum: int) -> Rows:
    counts = {user.id: len(world.posts_by[user.id]) for user in world.users}
    return [{"author": author, "count": count} for author, count in counts.items() if count and count >= minimum]


@oracle(149, ordered=True)
def duplicate_email_groups(world: World) -> Rows:
    counts = Counter(user.email.lower() for user in world.users)
    return [{"email_key": email, "count": counts[email]} for email in sorted(counts) if counts[email] > 1]


@oracle(150, ordered=True)
def status_shares(world: World) -> Rows:
    counts = Counter(post.status for post in world.posts)
    return [
        {"status": status, "count": counts[status], "share": counts[status] / len(world.posts)}
        for status in sorted(counts)
    ]


@oracle(151, ordered=True)
def view_pareto_by_author(world: World) -> Rows:
    views, so_far, found = _views(world), 0, []
    for author in sorted(views, key=lambda author: (-views[author], author)):
        so_far += views[author]
        found.append({"author": author, "total": views[author], "share": so_far / sum(views.values())})
    return found


@oracle(152, case(bins=1), case(bins=3), case(bins=10), case(bins=50), refused(ValueError, bins=0), ordered=True)
def rating_histogram(world: World, bins: int) -> Rows:
    width = Fraction(5, bins)
    counts = Counter(min(bins - 1, int(Fraction(str(post.rating)) / width)) for post in world.posts)
    return [
        {"bin": n + 1, "bin_low": float(n * width), "bin_high": float((n + 1) * width), "count": counts[n]}
        for n in sorted(counts)
    ]


@oracle(169, case(years=[2026]), case(years=[1999, 2027]), ordered=True)
def yearly_comparison(world: World, years: Sequence[int]) -> Rows:
    counts = Counter((post.created_at.year, post.created_at.month) for post in world.posts)
    months = sorted({month for _, month in counts})
    return [{"month": month, **{f"year_{year}": counts[year, month] for year in years}} for month in months]


@oracle(177, ordered=True)
def category_status_rollup(world: World) -> Rows:
    found: Rows = []
    for category in _null_last(post.category_id for post in world.posts):
        posts = world.posts_in[category]
        counts = Counter(post.status for post in posts)
        found += [
            {"category": category, "status": status, "level": 0, "count": counts[status]} for status in sorted(counts)
        ]
        found.append({"category": category, "status": None, "level": 1, "count": len(posts)})
    return [*found, {"category": None, "status": None, "level": 2, "count": len(world.posts)}]


@oracle(180, ordered=True)
def author_leaderboard(world: World) -> Rows:
    views = _views(world)
    return [
        {
            "author": author,
            "author__username": world.user(author).username,
            "total": views[author],
            "rank": 1 + sum(others > views[author] for others in views.values()),
        }
        for author in sorted(views, key=lambda author: (-views[author], author))
    ]
