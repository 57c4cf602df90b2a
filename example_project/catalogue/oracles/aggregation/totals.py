"""What the patterns that answer with a number must give."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from example_project.catalogue.checking import case, empty, oracle, refused
from example_project.world import World


@oracle(106)
def total_views(world: World) -> int:
    return sum(post.views for post in world.posts)


def _percentile(values: list[float], fraction: float) -> float:
    """Between the two values around it, in proportion."""
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@oracle(
    155,
    case(fractions=(1, 0, 0.5)),
    case(fractions=(0.123, 0.123)),
    empty(fractions=()),
    refused(ValueError, fractions=(0.5, 1.01)),
    refused(ValueError, fractions=(-0.01,)),
)
def rating_percentiles(world: World, fractions: Sequence[float]) -> list[float]:
    ratings = [post.rating for post in world.posts]
    return [_percentile(ratings, fraction) for fraction in fractions]


@oracle(156)
def most_common_status(world: World) -> str:
    counts = Counter(post.status for post in world.posts)
    return min(counts, key=lambda status: (-counts[status], status))


@oracle(158)
def average_comments_per_post(world: World) -> float:
    return len(world.comments) / len(world.posts)


@oracle(159, empty())  # more than half of the users have written nothing: 0
def median_posts_per_author(world: World) -> float:
    return float(statistics.median(len(world.posts_by[user.id]) for user in world.users))


@oracle(160, ordered=True)
def comment_count_distribution(world: World) -> list[dict[str, Any]]:
    counts = Counter(len(world.comments_of[post.id]) for post in world.posts)
    return [{"comments_count": comments, "posts": counts[comments]} for comments in sorted(counts)]


@oracle(161)
def view_weighted_rating(world: World) -> float:
    return sum(post.rating * post.views for post in world.posts) / sum(post.views for post in world.posts)


@oracle(172)
def user_funnel(world: World) -> dict[str, int]:
    posted = [user for user in world.users if world.posts_by[user.id]]
    commented = [user for user in posted if world.comments_by[user.id]]
    ordered = [user for user in commented if world.orders_of[user.id]]
    return {"all": len(world.users), "posted": len(posted), "commented": len(commented), "ordered": len(ordered)}


@oracle(173)
def commented_share(world: World) -> float:
    return sum(bool(world.comments_of[post.id]) for post in world.posts) / len(world.posts)


@oracle(174)
def distinct_author_category_pairs(world: World) -> int:
    return len({(post.author_id, post.category_id) for post in world.posts})


@oracle(175)
def view_summary(world: World) -> dict[str, Any]:
    views = [post.views for post in world.posts]
    return {
        "count": len(views),
        "nulls": 0,
        "min": min(views),
        "max": max(views),
        "mean": sum(views) / len(views),
        "median": _percentile(list(map(float, views)), 0.5),
        "p95": _percentile(list(map(float, views)), 0.95),
        "stddev": statistics.pstdev(views),
        "sum": sum(views),
    }


@oracle(176)
def likes_views_correlation(world: World) -> float:
    return statistics.correlation([post.likes for post in world.posts], [post.views for post in world.posts])
