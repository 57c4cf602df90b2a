"""What the patterns on tags must give."""

from __future__ import annotations

from collections.abc import Collection

from example_project.catalogue.checking import case, empty, everything, oracle
from example_project.world import World
from example_project.world.rows import Post


@oracle(17, case(tag="Queue"), case(tag="a,b"), case(tag=""), case(tag="NULL"), everything(tag="nonsense"))
def posts_without_tag(world: World, tag: str) -> list[Post]:
    return [post for post in world.posts if tag not in (post.tags or ())]


@oracle(28, case(tag="Queue"), case(tag="a,b"), case(tag="été"), case(tag="100%"), case(tag=""), empty(tag="queu"))
def posts_by_tag(world: World, tag: str) -> list[Post]:
    return [post for post in world.posts if tag in (post.tags or ())]


@oracle(73)
def untagged_posts(world: World) -> list[Post]:
    return [post for post in world.posts if not post.tags]


@oracle(74, case(tags=["lock"]), case(tags=["queue", "queue"]), case(tags={"planted"}), empty(tags=[]))
def posts_tagged_only(world: World, tags: Collection[str]) -> list[Post]:
    return [post for post in world.posts if post.tags and set(post.tags) <= set(tags)]


@oracle(
    75,
    case(include=["queue"], exclude=[]),
    case(include=["queue"], exclude=["lock", "thread"]),
    case(include=["planted", "lock"], exclude=["queue"]),
    empty(include=["queue"], exclude=["queue"]),
    empty(include=[], exclude=["queue"]),
)
def posts_tagged_any_without(world: World, include: Collection[str], exclude: Collection[str]) -> list[Post]:
    tagged = [post for post in world.posts if post.tags and set(post.tags) & set(include)]
    return [post for post in tagged if not set(post.tags or ()) & set(exclude)]
