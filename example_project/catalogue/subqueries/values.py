"""Patterns about expressions: conditions, bounds, texts and numbers of one row."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import F, QuerySet
from django.db.models.functions import Ceil, Coalesce

from example_project.catalogue import pattern
from example_project.content.models import Post, User
from querysets import P


@pattern(185, "Whether a post is popular")
def posts_with_flag() -> QuerySet[Post]:
    """Posts with ``is_popular``: true from a rating of 4 on, false below, never NULL."""
    return Post.objects.with_flag("is_popular", P.at_least(rating=4))


@pattern(187, "Prices after discount")
def discounted_prices() -> QuerySet[Post]:
    """Posts with ``final_price``: the price less the discount, if there is one, but not below 0; NULL without a price.

    ``GREATEST`` alone would make 0 of a price that is NULL.
    """
    net = F("price") - Coalesce("discount", Decimal(0))
    return Post.objects.with_clamped(net, 0, None, as_="final_price")


@pattern(190, "Scores of featured posts doubled")
def boosted_scores() -> QuerySet[Post]:
    """Posts with ``boosted``: the score, twice in the category "featured"; posts without a category keep theirs."""
    featured = P.by(category__name="featured")
    return Post.objects.with_case("boosted", (featured, F("score") * 2), default=F("score"))


@pattern(192, "A metric of one's own")
def custom_metric() -> QuerySet[Post]:
    """Posts with ``metric``, two times likes plus views, what is NULL as 0: named fields, no raw SQL."""
    return Post.objects.with_weighted("metric", likes=2, views=1)


@pattern(195, "Values instead of NULL")
def posts_with_default_views() -> QuerySet[Post]:
    """Posts with ``safe_views`` and ``safe_price``: 0 where there is none."""
    return Post.objects.with_expr(safe_views=Coalesce("views", 0), safe_price=Coalesce("price", Decimal(0)))


@pattern(232, "Tiers of price")
def posts_with_price_tier() -> QuerySet[Post]:
    """Posts with ``tier``: free without a price or at 0, low below 10, mid below 100, else high."""
    tiers = (P.by(price=[None, 0]), "free"), (P.below(price=10), "low"), (P.below(price=100), "mid")
    return Post.objects.with_case("tier", *tiers, default="high")


@pattern(233, "Posts in the order of a workflow")
def posts_in_workflow_order(statuses: Sequence[str] = ("urgent", "review", "draft")) -> QuerySet[Post]:
    """All posts by the ``place`` of their status in a list, unlisted ones last; within it the newest first, then by id.

    A status that is listed twice counts at its first place.
    """
    places = [(P.by(status=status), place) for place, status in enumerate(statuses)]
    return Post.objects.with_case("place", *places).ranked("place", "-created_at", "pk")


@pattern(234, "Users with a label")
def users_with_label() -> QuerySet[User]:
    """Users with ``label``, as in ``ada <ada@example.com>``; an empty name or address is left out with its space."""
    return User.objects.with_text("label", "username", "<{email}>")


@pattern(235, "Arms of an experiment")
def users_with_experiment_arm(experiment: str = "welcome", arms: int = 2) -> QuerySet[User]:
    """Users with ``arm``, from 0 to ``arms - 1``: the same every time, otherwise for another experiment.

    It is the first 32 bits of ``md5(f"{experiment}:{id}")``, modulo ``arms``. Less than one arm is a ``ValueError``.
    """
    return User.objects.with_arm(experiment, arms)


@pattern(238, "Scores within bounds")
def posts_with_clamped_score(low: float = 0, high: float = 50) -> QuerySet[Post]:
    """Posts with ``clamped``, the score forced into ``low`` to ``high``; a ``ValueError`` where these are reversed."""
    return Post.objects.with_clamped("score", low, high, as_="clamped")


@pattern(242, "Minutes of reading")
def posts_with_reading_minutes(wpm: int = 200) -> QuerySet[Post]:
    """Posts with ``words``, the ``exact`` minutes that they take, and the ``minutes`` begun; NULL at 0 a minute.

    Words are what stands between white space; an empty text has none.
    """
    counted = Post.objects.with_words("content", as_="words").with_ratio("words", wpm, as_="exact")
    return counted.with_expr(minutes=Ceil("exact"))
