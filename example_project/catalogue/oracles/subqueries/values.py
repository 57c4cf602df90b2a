"""What the patterns about expressions must give."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from hashlib import md5
from math import ceil

from example_project.catalogue.checking import Noted, case, everything, noted, oracle, refused
from example_project.catalogue.oracles.reading import WHITE
from example_project.world import World
from example_project.world.rows import Post


@oracle(185)
def posts_with_flag(world: World) -> list[Noted]:
    return [noted(post, is_popular=post.rating >= 4) for post in world.posts]


@oracle(187)
def discounted_prices(world: World) -> list[Noted]:
    def final(post: Post) -> Decimal | None:
        return None if post.price is None else max(post.price - (post.discount or 0), Decimal(0))

    return [noted(post, final_price=final(post)) for post in world.posts]


@oracle(190)
def boosted_scores(world: World) -> list[Noted]:
    featured = {category.id for category in world.categories if category.name == "featured"}
    return [noted(post, boosted=post.score * (2 if post.category_id in featured else 1)) for post in world.posts]


@oracle(192)
def custom_metric(world: World) -> list[Noted]:
    return [noted(post, metric=post.likes * 2 + post.views) for post in world.posts]


@oracle(195)
def posts_with_default_views(world: World) -> list[Noted]:
    return [noted(post, safe_views=post.views, safe_price=post.price or Decimal(0)) for post in world.posts]


@oracle(232)
def posts_with_price_tier(world: World) -> list[Noted]:
    def tier(price: Decimal | None) -> str:
        return "free" if not price else "low" if price < 10 else "mid" if price < 100 else "high"

    return [noted(post, tier=tier(post.price)) for post in world.posts]


@oracle(
    233,
    case(statuses=["stale"]),
    case(statuses=["draft", "published", "nothing", "draft"]),
    everything(statuses=[]),
    ordered=True,
)
def posts_in_workflow_order(world: World, statuses: Sequence[str]) -> list[Noted]:
    def place(post: Post) -> int | None:
        return list(statuses).index(post.status) if post.status in statuses else None

    def key(post: Post) -> tuple[float, float, int]:
        listed = place(post)
        return len(statuses) if listed is None else listed, -post.created_at.timestamp(), post.id

    return [noted(post, place=place(post)) for post in sorted(world.posts, key=key)]


@oracle(234)
def users_with_label(world: World) -> list[Noted]:
    def label(name: str, address: str) -> str:
        return " ".join(part for part in (name, address and f"<{address}>") if part)

    return [noted(user, label=label(user.username, user.email)) for user in world.users]


@oracle(
    235,
    case(experiment="", arms=7),
    case(experiment="100% ü", arms=3),
    everything(arms=1),
    refused(ValueError, arms=0),
    refused(ValueError, arms=-2),
)
def users_with_experiment_arm(world: World, experiment: str, arms: int) -> list[Noted]:
    def digest(number: int) -> str:
        return md5(f"{experiment}:{number}".encode(), usedforsecurity=False).hexdigest()

    return [noted(user, arm=int(digest(user.id)[:8], 16) % arms) for user in world.users]


@oracle(
    238,
    case(low=-1.25, high=0),
    case(low=87.75, high=88),
    everything(low=0.5, high=0.5),
    refused(ValueError, low=1, high=0.75),
)
def posts_with_clamped_score(world: World, low: float, high: float) -> list[Noted]:
    return [noted(post, clamped=min(max(post.score, low), high)) for post in world.posts]


@oracle(242, case(wpm=1), case(wpm=3))
def posts_with_reading_minutes(world: World, wpm: int) -> list[Noted]:
    def words(text: str) -> int:
        for white in WHITE:
            text = text.replace(white, " ")
        return sum(1 for word in text.split(" ") if word)

    def read(post: Post) -> Noted:
        count = words(post.content)
        return noted(post, words=count, exact=count / wpm, minutes=ceil(count / wpm))

    return [read(post) for post in world.posts]
