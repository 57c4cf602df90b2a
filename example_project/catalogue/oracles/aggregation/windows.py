"""What the patterns by windows must give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import accumulate, pairwise
from statistics import fmean, pstdev

from example_project.catalogue.checking import Noted, case, noted, oracle, refused
from example_project.world import World
from example_project.world.rows import Comment, Post


def in_time(posts: Iterable[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: (post.created_at, post.id))


def with_previous(groups: Mapping[int, Sequence[Post]]) -> list[tuple[Post, Post | None]]:
    """Each post and the one of its group that came before it."""
    found: list[tuple[Post, Post | None]] = []
    for posts in groups.values():
        ordered = in_time(posts)
        found += zip(ordered, [None, *ordered], strict=False)
    return found


@oracle(112)
def ranked_posts(world: World) -> list[Noted]:
    return [
        noted(post, rank=1 + sum(other.rating > post.rating for other in world.posts_in[post.category_id]))
        for post in world.posts
    ]


@oracle(113)
def cumulative_views(world: World) -> list[Noted]:
    ordered = in_time(world.posts)
    sums = accumulate(post.views for post in ordered)
    return [noted(post, cumulative_views=views) for post, views in zip(ordered, sums, strict=True)]


@oracle(116)
def running_total_posts(world: World) -> list[Noted]:
    return [noted(post, running_total=place) for place, post in enumerate(in_time(world.posts), 1)]


@oracle(117)
def percentile_ranks(world: World) -> list[Noted]:
    last = len(world.posts) - 1
    return [
        noted(post, percentile=sum(other.rating < post.rating for other in world.posts) / last) for post in world.posts
    ]


@oracle(129)
def posts_with_share_of_category_views(world: World) -> list[Noted]:
    sums = {category: sum(post.views for post in posts) for category, posts in world.posts_in.items()}
    return [
        noted(post, views_share=post.views / total if (total := sums[post.category_id]) else None)
        for post in world.posts
    ]


@oracle(130)
def posts_with_category_average(world: World) -> list[Noted]:
    return [
        noted(post, category_avg=fmean(other.rating for other in world.posts_in[post.category_id]))
        for post in world.posts
    ]


@oracle(131)
def posts_with_rating_zscore(world: World) -> list[Noted]:
    found: list[Noted] = []
    for posts in world.posts_in.values():
        ratings = [post.rating for post in posts]
        mean, spread = fmean(ratings), pstdev(ratings)
        found += [noted(post, rating_zscore=(post.rating - mean) / spread if spread else None) for post in posts]
    return found


@oracle(136)
def posts_with_view_quartile(world: World) -> list[Noted]:
    ordered = sorted(world.posts, key=lambda post: (post.views, post.id))
    size, longer = divmod(len(ordered), 4)
    quartiles = [quartile for quartile in (1, 2, 3, 4) for _ in range(size + (quartile <= longer))]
    return [noted(post, quartile=quartile) for post, quartile in zip(ordered, quartiles, strict=True)]


@oracle(137)
def posts_with_gap_since_previous(world: World) -> list[Noted]:
    return [
        noted(post, gap=None if before is None else post.created_at - before.created_at)
        for post, before in with_previous(world.posts_by)
    ]


@oracle(138)
def posts_with_neighbours(world: World) -> list[Noted]:
    ids = [None, *(post.id for post in in_time(world.posts)), None]
    return [
        noted(post, previous_id=ids[place - 1], next_id=ids[place + 1])
        for place, post in enumerate(in_time(world.posts), 1)
    ]


@oracle(139)
def posts_with_view_change(world: World) -> list[Noted]:
    return [
        noted(post, views_change=post.views / before.views - 1 if before is not None and before.views else None)
        for post, before in with_previous(world.posts_by)
    ]


@oracle(140, case(rows=1), case(rows=2), case(rows=10_000), refused(ValueError, rows=0))
def posts_with_moving_average(world: World, rows: int) -> list[Noted]:
    ordered = in_time(world.posts)
    return [
        noted(post, moving_views=fmean(other.views for other in ordered[max(0, place - rows) : place]))
        for place, post in enumerate(ordered, 1)
    ]


@oracle(141)
def posts_with_rolling_week_views(world: World) -> list[Noted]:
    week = timedelta(days=7)
    return [
        noted(
            post,
            moving_views=sum(
                other.views for other in world.posts if post.created_at - week <= other.created_at <= post.created_at
            ),
        )
        for post in world.posts
    ]


@oracle(142)
def posts_with_running_views_per_author(world: World) -> list[Noted]:
    found: list[Noted] = []
    for posts in world.posts_by.values():
        ordered = in_time(posts)
        sums = accumulate(post.views for post in ordered)
        found += [noted(post, running_views=views) for post, views in zip(ordered, sums, strict=True)]
    return found


@oracle(143)
def posts_with_category_leader(world: World) -> list[Noted]:
    return [
        noted(post, leader=max(world.posts_in[post.category_id], key=lambda other: (other.rating, other.id)).title)
        for post in world.posts
    ]


def _a_pause(world: World) -> int:
    """As many minutes as lie between two comments of one user, to the second."""
    pauses = {
        later.created_at - earlier.created_at
        for comments in world.comments_by.values()
        for earlier, later in pairwise(_by_time(comments))
    }
    whole = sorted(pause for pause in pauses if pause and not pause % timedelta(minutes=1))
    return whole[len(whole) // 2] // timedelta(minutes=1)


def _by_time(comments: Iterable[Comment]) -> list[Comment]:
    return sorted(comments, key=lambda comment: (comment.created_at, comment.id))


@oracle(144, case(minutes=_a_pause), case(minutes=1), case(minutes=60 * 24), refused(ValueError, minutes=0))
def comments_with_session(world: World, minutes: int) -> list[Noted]:
    found: list[Noted] = []
    for comments in world.comments_by.values():
        session, before = 0, None
        for comment in _by_time(comments):
            session += before is None or comment.created_at - before > timedelta(minutes=minutes)
            before = comment.created_at
            found.append(noted(comment, session=session))
    return found
