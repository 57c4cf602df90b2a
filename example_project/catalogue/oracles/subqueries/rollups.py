"""What the patterns by aggregates of related rows must give."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, median

from example_project.catalogue.checking import Noted, case, everything, noted, oracle, refused
from example_project.world import World
from example_project.world.rows import Order, User


@oracle(186)
def users_with_post_count(world: World) -> list[Noted]:
    return [noted(user, post_count=len(world.posts_by[user.id])) for user in world.users]


def _bought(world: World, user: User, currency: str) -> list[Order]:
    """The orders of a user that are paid or shipped."""
    return [
        order
        for order in world.orders_of[user.id]
        if order.status in {"paid", "shipped"} and order.currency == currency
    ]


def _paid_at(world: World) -> datetime:
    """A moment at which somebody paid."""
    return next(order.paid_at for order in world.orders if order.status == "paid" and order.paid_at)


@oracle(204, case(since=_paid_at), case(currency="USD"), everything(currency="XXX"))
def users_with_revenue(world: World, since: datetime, currency: str) -> list[Noted]:
    def revenue(user: User) -> Decimal:
        orders = _bought(world, user, currency)
        return sum((order.amount for order in orders if order.paid_at and order.paid_at >= since), Decimal())

    return [noted(user, revenue=revenue(user)) for user in world.users]


@oracle(205)
def posts_with_score_spread(world: World) -> list[Noted]:
    found = []
    for post in world.posts:
        scores = [comment.score for comment in world.comments_of[post.id] if comment.score is not None]
        mean = fmean(scores) if scores else None
        found.append(noted(post, low=min(scores, default=None), high=max(scores, default=None), mean=mean))
    return found


@oracle(206)
def users_with_audience_size(world: World) -> list[Noted]:
    def audience(user: User) -> set[int]:
        comments = (comment for post in world.posts_by[user.id] for comment in world.comments_of[post.id])
        return {comment.user_id for comment in comments} - {user.id}

    return [noted(user, audience=len(audience(user))) for user in world.users]


@oracle(207)
def categories_with_median_rating(world: World) -> list[Noted]:
    ratings = {category.id: [post.rating for post in world.posts_in[category.id]] for category in world.categories}
    return [
        noted(category, median=float(median(of)) if (of := ratings[category.id]) else None)
        for category in world.categories
    ]


@oracle(208)
def categories_with_share(world: World) -> list[Noted]:
    sizes = {category.id: len(world.posts_in[category.id]) for category in world.categories}
    return [
        noted(category, n=sizes[category.id], share=sizes[category.id] / len(world.posts))
        for category in world.categories
    ]


def _spent(world: World, user: User, currency: str = "EUR") -> Decimal:
    return sum((order.amount for order in _bought(world, user, currency)), Decimal())


def _just_spent(world: World) -> Decimal:
    """What some user has spent exactly."""
    return next(spent for user in world.users if (spent := _spent(world, user)))


@oracle(
    212,
    case(amount=_just_spent),
    case(amount=Decimal(50), currency="USD"),
    case(amount=Decimal(0)),
    case(amount=Decimal(-1)),
)
def users_spending_at_least(world: World, amount: Decimal, currency: str) -> list[Noted]:
    spent = {user: _spent(world, user, currency) for user in world.users}
    return [noted(user, spent=spent[user]) for user in world.users if spent[user] >= amount]


@oracle(226)
def users_with_longest_pause(world: World) -> list[Noted]:
    def longest(user: User) -> timedelta | None:
        moments = sorted(post.created_at for post in world.posts_by[user.id])
        return max((later - earlier for earlier, later in pairwise(moments)), default=None)

    return [noted(user, longest_pause=longest(user)) for user in world.users]


@oracle(240, case(weight=0.5), case(weight=1000), refused(ValueError, weight=0), refused(ValueError, weight=-1))
def users_with_bayesian_rating(world: World, weight: float) -> list[Noted]:
    mean, found = fmean(post.rating for post in world.posts), []
    for user in world.users:
        ratings = [post.rating for post in world.posts_by[user.id]]
        fair = (weight * mean + sum(ratings)) / (weight + len(ratings))
        found.append(noted(user, n=len(ratings), total=sum(ratings) if ratings else None, fair=fair))
    return found
