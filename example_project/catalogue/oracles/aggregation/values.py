"""What the patterns about a row's own values must give."""

from __future__ import annotations

from example_project.catalogue.checking import Noted, case, everything, noted, oracle
from example_project.world import World
from example_project.world.rows import Post


@oracle(104, ordered=True)
def prioritized_posts(world: World) -> list[Noted]:
    posts = [(1 if post.status == "urgent" else 2, post.id, post) for post in world.posts]
    return [noted(post, priority=priority) for priority, _, post in sorted(posts, key=lambda each: each[:2])]


@oracle(110)
def weighted_scores(world: World) -> list[Noted]:
    return [noted(post, weighted_score=post.likes + post.likes + post.views) for post in world.posts]


@oracle(115, case(min_likes=51), case(min_likes=1_999_999_999), everything(min_likes=0))
def posts_with_likes(world: World, min_likes: int) -> list[Post]:
    return [post for post in world.posts if post.likes >= min_likes]


@oracle(120)
def posts_with_comments_count(world: World) -> list[Noted]:
    commented = {comment.post_id for comment in world.comments}
    return [noted(post, has_comments=post.id in commented) for post in world.posts]


@oracle(127)
def posts_with_rating_band(world: World) -> list[Noted]:
    def band(rating: float) -> str:
        return "low" if rating < 2 else "mid" if rating < 4 else "high"

    return [noted(post, band=band(post.rating)) for post in world.posts]


@oracle(128)
def posts_with_engagement(world: World) -> list[Noted]:
    return [noted(post, engagement=post.likes / post.views if post.views else None) for post in world.posts]
