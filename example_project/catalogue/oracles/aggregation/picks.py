"""What the patterns that choose posts among the others must give."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from statistics import quantiles

from example_project.catalogue.checking import case, empty, everything, oracle, refused
from example_project.world import World
from example_project.world.rows import Post


@oracle(132)
def posts_above_category_average(world: World) -> list[Post]:
    means = {
        category: Fraction(sum(Fraction(post.rating) for post in posts), len(posts))
        for category, posts in world.posts_in.items()
    }
    return [post for post in world.posts if post.rating > means[post.category_id]]


@oracle(
    133,
    case(percent=0.1),
    case(percent=1),
    case(percent=50),
    empty(percent=0),
    everything(percent=100),
    refused(ValueError, percent=100.5),
    refused(ValueError, percent=-1),
)
def top_percent_posts(world: World, percent: float) -> list[Post]:
    ordered = sorted(world.posts, key=lambda post: -post.score)
    number = ceil(len(ordered) * Fraction(str(percent)) / 100)
    return [post for post in ordered if number and post.score >= ordered[number - 1].score]


@oracle(134, case(k=0), case(k=0.5), case(k=3), refused(ValueError, k=-1))
def view_outliers(world: World, k: float) -> list[Post]:
    lower, _, upper = quantiles([post.views for post in world.posts], n=4, method="inclusive")
    reach = k * (upper - lower)
    return [post for post in world.posts if not lower - reach <= post.views <= upper + reach]


@oracle(135, case(n=1), case(n=7), empty(n=0), everything(n=10_000), refused(ValueError, n=-1))
def top_posts_per_category(world: World, n: int) -> list[Post]:
    return [
        post
        for posts in world.posts_in.values()
        for post in sorted(posts, key=lambda post: (-post.rating, -post.id))[:n]
    ]
