"""What the patterns of large and busy tables must give."""

from __future__ import annotations

from collections.abc import Collection

from example_project.catalogue.checking import Among, case, empty, everything, oracle, refused
from example_project.world import World
from example_project.world.rows import Post


@oracle(317, case(ids=[2, 3, 3, 10**9]), empty(ids=[]), empty(ids=[10**9]))
def posts_for_update(world: World, ids: Collection[int]) -> list[Post]:
    return [post for post in world.posts if post.id in ids]


@oracle(
    318,
    case(seed=-3),
    case(percent=90),
    empty(percent=0),
    everything(percent=100),
    refused(ValueError, percent=101),
    refused(ValueError, percent=-1),
)
def table_sample_posts(world: World, percent: float, seed: int) -> Among:  # noqa: ARG001 (any gives such rows)
    """How many are drawn is left to chance: by six standard deviations it is missed once in a thousand million."""
    share = percent / 100
    mean, spread = world.size * share, 6 * (world.size * share * (1 - share)) ** 0.5
    return Among(world.posts, mean - spread, mean + spread)


@oracle(320, ordered=True)
def used_category_ids(world: World) -> list[int]:
    return sorted({post.category_id for post in world.posts if post.category_id is not None})
