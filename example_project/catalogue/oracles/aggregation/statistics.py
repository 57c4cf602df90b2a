"""What the patterns that describe groups must give."""

from __future__ import annotations

from statistics import fmean, median, pstdev
from typing import Any

from example_project.catalogue.checking import oracle
from example_project.world import World
from example_project.world.rows import Post

Rows = list[dict[str, Any]]


def _categories(world: World) -> list[tuple[int | None, list[Post]]]:
    """Each category that has posts, with them, in the order of its id; at the end what is in none."""
    numbered = [(category.id, world.posts_in[category.id]) for category in world.categories]
    return [(key, posts) for key, posts in [*numbered, (None, world.posts_in[None])] if posts]


@oracle(153, ordered=True)
def category_rating_stats(world: World) -> Rows:
    ratings = [(key, [post.rating for post in posts]) for key, posts in _categories(world)]
    return [
        {"category": key, "n": len(of), "mean": fmean(of), "low": min(of), "high": max(of), "sd": pstdev(of)}
        for key, of in ratings
    ]


@oracle(154, ordered=True)
def median_views_by_category(world: World) -> Rows:
    return [
        {"category": key, "median": float(median(post.views for post in posts))} for key, posts in _categories(world)
    ]


@oracle(178, ordered=True)
def author_active_spans(world: World) -> Rows:
    found = []
    for user in world.users:
        if moments := sorted(post.created_at for post in world.posts_by[user.id]):
            first, *_, last = [moments[0], *moments]
            found.append({"author": user.id, "first": first, "last": last, "span": last - first})
    return found


@oracle(179, ordered=True)
def best_title_per_category(world: World) -> Rows:
    return [
        {"category": key, "best": max(posts, key=lambda post: (post.rating, post.id)).title}
        for key, posts in _categories(world)
    ]
