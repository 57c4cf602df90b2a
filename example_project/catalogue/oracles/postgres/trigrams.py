"""How much texts resemble each other, as ``pg_trgm`` counts it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby

from example_project.catalogue.oracles.reading import caseless, lowered


@cache
def trigrams(text: str) -> Sequence[str]:
    """The trigrams of each word in turn, with two spaces before it and one behind it."""
    words = ("".join(letters) for is_word, letters in groupby(lowered(text), str.isalnum) if is_word)
    padded = (f"  {word} " for word in words)
    return [each[start : start + 3] for each in padded for start in range(len(each) - 2)]


def similarity(one: str, other: str) -> float:
    """The share of their trigrams that both have, to six digits."""
    return _share(set(trigrams(caseless(one))), set(trigrams(caseless(other))))


def distance(one: str, other: str) -> float:
    """What is missing to sameness, case aside as PostgreSQL's ``LOWER`` has it."""
    return 1 - _share(set(trigrams(one)), set(trigrams(other)))


def word_similarity(term: str, text: str) -> float:
    """The greatest similarity of the term with any stretch of trigrams of the text."""
    wanted, row = set(trigrams(caseless(term))), trigrams(caseless(text))
    ends = [place for place, each in enumerate(row) if each in wanted]
    return max((_share(wanted, set(row[start : end + 1])) for start in ends for end in ends if end >= start), default=0)


def _share(one: set[str], other: set[str]) -> float:
    either = one | other
    return float(f"{len(one & other) / len(either):.6g}") if either else 0.0
