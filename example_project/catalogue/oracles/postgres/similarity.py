"""What the patterns of texts that resemble each other must give."""

from __future__ import annotations

import re
from itertools import combinations
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
    for (a, one), (b, other) in combinations(known.items(), 2):
        shared = len(one & other)
        if shared and (alike := float(f"{shared / len(one | other):.6g}")) >= threshold:
            pairs.append({"a": a, "b": b, "resemblance": alike})
    return sorted(pairs, key=lambda pair: (-pair["resemblance"], pair["a"], pair["b"]))


@oracle(286, everything(), ordered=True)
def titles_in_natural_order(world: World) -> list[Post]:
    def natural(post: Post) -> tuple[Any, ...]:
        parts = re.split(r"([0-9]+)", post.title)
        return "".join(part.zfill(20) if number % 2 else part for number, part in enumerate(parts)), post.id

    return sorted(world.posts, key=natural)


def _best(alike: list[Noted]) -> list[Noted]:
    return sorted(alike, key=lambda each: -each.notes["resemblance"])
