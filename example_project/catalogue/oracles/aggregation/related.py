"""What the patterns that count, add up and average related rows must give."""

from __future__ import annotations

from statistics import fmean

from example_project.catalogue.checking import Noted, noted, oracle
from example_project.world import World


@oracle(101)
def posts_with_comment_count(world: World) -> list[Noted]:
    return [noted(post, comments_count=len(world.comments_of[post.id])) for post in world.posts]


@oracle(103)
def posts_with_active_comments(world: World) -> list[Noted]:
    active = [comment.post_id for comment in world.comments if comment.is_active]
    return [noted(post, active_comments=active.count(post.id)) for post in world.posts]


@oracle(105)
def user_avg_ratings(world: World) -> list[Noted]:
    ratings = {user.id: [post.rating for post in world.posts_by[user.id]] for user in world.users}
    return [noted(user, avg_rating=fmean(of) if (of := ratings[user.id]) else None) for user in world.users]


@oracle(123)
def posts_with_comment_and_reaction_counts(world: World) -> list[Noted]:
    return [
        noted(post, comments_count=len(world.comments_of[post.id]), reactions_count=len(world.reactions_to[post.id]))
        for post in world.posts
    ]


@oracle(124)
def users_with_post_stats(world: World) -> list[Noted]:
    found = []
    for user in world.users:
        posts = world.posts_by[user.id]
        found.append(
            noted(
                user,
                posts_count=len(posts),
                posts_views_sum=sum(post.views for post in posts),
                posts_rating_avg=fmean(post.rating for post in posts) if posts else None,
            )
        )
    return found


@oracle(125)
def posts_with_distinct_commenters(world: World) -> list[Noted]:
    return [
        noted(post, commenters=len({comment.user_id for comment in world.comments_of[post.id]})) for post in world.posts
    ]


@oracle(126)
def users_with_last_activity(world: World) -> list[Noted]:
    found = []
    for user in world.users:
        post = max((post.created_at for post in world.posts_by[user.id]), default=None)
        comment = max((comment.created_at for comment in world.comments_by[user.id]), default=None)
        last = max(filter(None, (post, comment)), default=None)
        found.append(noted(user, last_post=post, last_comment=comment, last_activity=last))
    return found
