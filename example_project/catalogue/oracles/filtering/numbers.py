"""What the patterns on numbers must give."""

from __future__ import annotations

from decimal import Decimal

from example_project.catalogue.checking import Noted, case, empty, everything, noted, oracle
from example_project.world import World
from example_project.world.rows import Post


@oracle(18, case(rating=3), case(rating=4.75), case(rating=5), everything(rating=0), empty(rating=5.25))
def high_rated_posts(world: World, rating: float) -> list[Post]:
    return [post for post in world.posts if post.rating >= rating]


@oracle(47, case(low=2, high=2), case(low=-1, high=0), everything(low=0, high=5), empty(low=4, high=3))
def posts_rated_between(world: World, low: float, high: float) -> list[Post]:
    return [post for post in world.posts if low <= post.rating <= high]


@oracle(48, case(min_views=10, min_likes=1), case(min_views=0, min_likes=10), everything(min_views=0, min_likes=0))
def popular_posts(world: World, min_views: int, min_likes: int) -> list[Post]:
    return [post for post in world.posts if post.views >= min_views and post.likes >= min_likes]


@oracle(49)
def posts_more_liked_than_viewed(world: World) -> list[Post]:
    return [post for post in world.posts if post.likes > post.views]


@oracle(
    51,
    case(target=Decimal("9.99"), percent=Decimal(0)),
    case(target=Decimal(0), percent=Decimal(10)),
    case(target=Decimal(100), percent=Decimal("0.01")),
    case(target=Decimal(50), percent=Decimal(1)),
    empty(target=Decimal("0.005"), percent=Decimal(10)),
)
def posts_near_price(world: World, target: Decimal, percent: Decimal) -> list[Post]:
    priced = ((post, post.price) for post in world.posts if post.price is not None)
    return [post for post, price in priced if abs(price - target) * 100 <= target * percent]


@oracle(53, case(minimum=0.5), case(minimum=1), case(minimum=0))
def posts_by_engagement_rate(world: World, minimum: float) -> list[Noted]:
    rates = [(post, post.likes / post.views) for post in world.posts if post.views]
    return [noted(post, engagement=rate) for post, rate in rates if rate >= minimum]
