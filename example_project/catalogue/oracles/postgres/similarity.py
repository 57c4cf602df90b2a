"""What the patterns of texts that resemble each other must give."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from math import ceil
from typing import Any

from example_project.catalogue.checking import Noted, case, empty, everything, noted, oracle, refused
from example_project.catalogue.oracles.reading import caseless
from example_project.world import World
from example_project.world.rows import Post

from .trigrams import distance, similarity, trigrams, word_similarity


@oracle(
    265,
    case(search="QUEUE UP"),
    case(search="ecole d'ete"),
    case(search="ığdır"),  # noqa: RUF001
    case(search="Art,"),
    empty(search=" "),
    empty(search="%"),
    ordered=True,
)
def similar_titles(world: World, search: str) -> list[Noted]:
    alike = [noted(post, resemblance=similarity(search, post.title)) for post in world.posts]
    return _best([each for each in alike if each.notes["resemblance"] >= 0.2])


@oracle(282, case(word="Ädaa", k=5), case(word="o'brian", k=2), case(word="", k=2), empty(k=0), ordered=True)
def did_you_mean(world: World, word: str, k: int) -> list[str]:
    near = sorted(world.users, key=lambda user: (distance(user.username, word), user.id))
    return [user.username for user in near[:k]]


@oracle(
    283,
    case(term="ada"),
    case(term="adam"),
    case(term="σίσυφος"),
    case(term="STRASE"),
    case(term="o'brian"),
    empty(term="qqqq"),
    empty(term=""),
    ordered=True,
)
def fuzzy_users(world: World, term: str) -> list[Noted]:
    alike = [
        noted(user, resemblance=max(word_similarity(term, user.username), word_similarity(term, user.email)))
        for user in reversed(world.users)
    ]
    return _best([each for each in alike if each.notes["resemblance"] >= 0.6])


@oracle(
    285,
    case(threshold=1),
    case(threshold=0.6),
    case(threshold=0.7),
    refused(ValueError, threshold=0),
    refused(ValueError, threshold=1.1),
    ordered=True,
)
def near_duplicate_titles(world: World, threshold: float) -> list[dict[str, Any]]:
    known = {post.id: set(trigrams(caseless(post.title))) for post in world.posts}
    pairs: list[dict[str, Any]] = []
    for a, b in _sharing_a_rare_one(known, threshold):
        one, other = known[a], known[b]
        if (alike := float(f"{len(one & other) / len(one | other):.6g}")) >= threshold:
            pairs.append({"a": a, "b": b, "resemblance": alike})
    return sorted(pairs, key=lambda pair: (-pair["resemblance"], pair["a"], pair["b"]))


def _sharing_a_rare_one(known: dict[int, set[str]], threshold: float) -> set[tuple[int, int]]:
    """Pairs that may share so much: then they share one of the trigrams that remain without the commonest others."""
    common = Counter(each for trigrams in known.values() for each in trigrams)
    holders: dict[str, list[int]] = {}
    for post, held in known.items():
        needed = ceil(len(held) * threshold - 0.01)
        for each in sorted(held, key=lambda each: (common[each], each))[: len(held) - needed + 1]:
            holders.setdefault(each, []).append(post)
    return {pair for posts in holders.values() for pair in combinations(posts, 2)}


@oracle(286, everything(), ordered=True)
def titles_in_natural_order(world: World) -> list[Post]:
    def natural(post: Post) -> tuple[Any, ...]:
        parts = re.split(r"([0-9]+)", post.title)
        return "".join(part.zfill(20) if number % 2 else part for number, part in enumerate(parts)), post.id

    return sorted(world.posts, key=natural)


def _best(alike: list[Noted]) -> list[Noted]:
    return sorted(alike, key=lambda each: -each.notes["resemblance"])
