"""Ratings, counts and prices on the bounds that patterns use, and beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from example_project.world.builder import Builder

COUNTS = {
    # views and likes: both bounds, one of them missed, no views at all, more likes than views
    "counts-on-bound": (100, 10),
    "counts-few-views": (99, 10),
    "counts-few-likes": (100, 9),
    "counts-none": (0, 0),
    "counts-unseen-but-liked": (0, 3),
    "counts-equal": (50, 50),
    "counts-more-likes": (50, 51),
    "counts-fewer-likes": (50, 49),
    "counts-half": (100, 50),
    "counts-below-half": (100, 49),
    "counts-tenth": (1000, 100),
    "counts-below-tenth": (1000, 99),
    "counts-quarter": (400, 100),
    "counts-many": (2_000_000_000, 1_999_999_999),
}

# 100 give or take 10 %, 50 give or take 20 %, 20 give or take 5 %; the smallest and the largest.
PRICES = (
    "89.99", "90.00", "100.00", "110.00", "110.01", "39.99", "40.00", "50.00", "60.00", "60.01", "18.99", "19.00",
    "20.00", "21.00", "21.01", "0.00", "0.01", "9.99", "10.00", "10.01", "99.99", "99999999.99",
)  # fmt: skip


def plant(world: Builder) -> None:
    """Posts with those numbers."""
    for quarter in range(21):
        rating = quarter / 4
        world.post(f"rating-{rating}".replace(".", "-"), rating=rating, score=100 - rating)
    for slug, (views, likes) in COUNTS.items():
        world.post(slug, views=views, likes=likes)
    for price in PRICES:
        world.post(f"price-{price}".replace(".", "-"), price=Decimal(price))
    _discounts(world)
    _ties(world)


def _discounts(world: Builder) -> None:
    pairs: dict[str, tuple[str | None, str | None]] = {
        "price-without-discount": ("30.00", None),
        "price-discounted": ("30.00", "5.00"),
        "price-given-away": ("30.00", "30.00"),
        "price-overdiscounted": ("30.00", "30.01"),
        "discount-without-price": (None, "5.00"),
    }
    for slug, (price, discount) in pairs.items():
        world.post(slug, price=price and Decimal(price), discount=discount and Decimal(discount))


def _ties(world: Builder) -> None:
    """Posts that only their id tells apart, and one that differs by a quarter."""
    alike: dict[str, Any] = {
        "created_at": world.now.replace(minute=0, second=0, microsecond=0, hour=0, day=1),
        "author_id": 1,
        "category_id": 1,
        "rating": 4.75,
        "score": 88.0,
        "views": 777,
        "likes": 77,
        "price": Decimal("77.70"),
    }
    for number in range(3):
        world.post(f"tie-{number}", **alike)
    world.post("tie-missed", **alike | {"rating": 4.5, "score": 87.75, "views": 776})
    world.post("score-negative", score=-1.25, version=2)
    world.post("score-zero", score=0.0, version=3)
