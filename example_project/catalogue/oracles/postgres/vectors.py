"""What a search finds and how well it fits, worked out in Python over the lexemes that a text has in PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from math import exp, sqrt
from struct import pack, unpack
from typing import NamedTuple

from django.db import connection

from example_project.catalogue.oracles.reading import lowered
from example_project.world import World
from example_project.world.rows import Post

Place = tuple[int, str]
Vector = Mapping[str, Sequence[Place]]

STEMS = {"en": "english_stem", "fr": "french_stem", "de": "german_stem"}
_WORD = re.compile(r"[\w\u0300-\u036f]+")  # a combining accent is a part of its word
WEIGHTS = {"D": 0.1, "C": 0.2, "B": 0.4, "A": 1.0}


class Word(NamedTuple):
    """A lexeme to look for, or the beginning of one."""

    lexeme: str
    prefix: bool = False


class Term(NamedTuple):
    """Words that stand one after the other; those between them that count for nothing are their distances."""

    words: Sequence[tuple[int, Word]]
    absent: bool = False


Query = Sequence[Sequence[Term]]
"""Any of the alternatives; each asks for all of its terms."""


@cache
def vectors(world: World, table: str = "content_post") -> Mapping[int, Vector]:  # noqa: ARG001 (a key of the cache)
    """The stored vectors by the id of their row; ``world`` says for which data they hold."""
    found: dict[int, dict[str, list[Place]]] = {}
    with connection.cursor() as cursor:
        # the comment keeps it apart from the statements that are broken on purpose
        cursor.execute(f"/* oracle */ SELECT id, word.* FROM {table}, unnest(search) AS word ORDER BY id, lexeme")  # noqa: S608
        for row, lexeme, places, weights in cursor.fetchall():
            found.setdefault(row, {})[lexeme] = list(zip(places, weights, strict=True))
    return found


@cache
def stem(word: str, language: str) -> str | None:
    """The lexeme of a word; None for one that counts for nothing."""
    with connection.cursor() as cursor:
        cursor.execute("/* oracle */ SELECT ts_lexize(%s, %s)", [STEMS[language], lowered(word)])
        lexemes = cursor.fetchone()[0]
    return lexemes[0] if lexemes else None


def websearch(typed: str, language: str) -> Query:
    """Words, ``"phrases"``, ``or`` and ``-not`` as search engines have them."""
    alternatives: list[list[Term]] = [[]]
    for sign, phrase, word in re.findall(r'(-?)(?:"([^"]*)"|([^\s"]+))', typed):
        if word.lower() == "or" and not sign:
            alternatives.append([])
        elif words := _words(phrase or word, language):
            alternatives[-1].append(Term(words, absent=bool(sign)))
    return [terms for terms in alternatives if terms]


def phrase(typed: str, language: str) -> Query:
    """All words one after the other."""
    words = _words(typed, language)
    return [[Term(words)]] if words else []


def beginning(typed: str, language: str) -> Query:
    """All words, and the last may go on."""
    *whole, last = _WORD.findall(typed) or [""]
    terms = [Term(words) for word in whole if (words := _words(word, language))]
    lexeme = stem(last, language) if last else None
    if lexeme is not None:
        terms.append(Term([(0, Word(lexeme, prefix=True))]))
    return [terms] if terms else []


def _words(text: str, language: str) -> list[tuple[int, Word]]:
    stems = [(place, stem(word, language)) for place, word in enumerate(_WORD.findall(text))]
    return [(place, Word(lexeme)) for place, lexeme in stems if lexeme is not None]


def finds(query: Query, vector: Vector) -> bool:
    """Whether a text is what the query asks for."""
    return any(all(_has(term, vector) != term.absent for term in terms) for terms in query)


def _has(term: Term, vector: Vector) -> bool:
    (first, word), *others = term.words
    starts = {place - first for place in _places(word, vector)}
    return any(all(start + at in _places(each, vector) for at, each in others) for start in starts)


def _places(word: Word, vector: Vector) -> set[int]:
    return {place for _, places in _entries(word, vector) for place, _ in places}


def _entries(word: Word, vector: Vector) -> Iterator[tuple[str, Sequence[Place]]]:
    for lexeme, places in vector.items():
        if lexeme == word.lexeme or (word.prefix and lexeme.startswith(word.lexeme)):
            yield lexeme, places


def relevance(query: Query, vector: Vector) -> float:
    """``ts_rank`` with normalisation 32, in single precision, as PostgreSQL's manual and source have it."""
    words = sorted({word for terms in query for term in terms for _, word in term.words})
    together = len(query) == 1 and len(words) > 1
    rank = _rank_together(words, vector) if together else _rank_apart(words, vector)
    return _single(rank / _single(rank + 1))


def _rank_apart(words: Sequence[Word], vector: Vector) -> float:
    """The sum over the words; of one that occurs often the heaviest place counts most."""
    rank = 0.0
    for word in words:
        for _, places in _entries(word, vector):
            weights = [_single(WEIGHTS[weight]) for _, weight in places]
            total = 0.0
            for number, weight in enumerate(weights, start=1):
                total = _single(total + _single(weight / number**2))
            best = weights.index(max(weights))
            most = weights[best]
            part = _single(_single(most + total) - _single(most / (best + 1) ** 2))
            rank = _single(rank + part / 1.64493406685)
    return _single(rank / len(words))


def _rank_together(words: Sequence[Word], vector: Vector) -> float:
    """How near to each other the words stand, each pair of places counting on its own."""
    rank = -1.0
    known: list[Sequence[Place]] = []
    for word in words:
        own: Sequence[Place] = ()
        for _, own in _entries(word, vector):
            for other in known:
                for place, weight in own:
                    for far, weight_there in other:
                        if place != far:
                            near = _single(_single(_single(WEIGHTS[weight]) * _single(WEIGHTS[weight_there])))
                            pair = _single(sqrt(_single(near * _nearness(abs(place - far)))))
                            rank = pair if rank < 0 else _single(1 - (1 - rank) * (1 - pair))
        known.append(own)
    return rank if rank >= 0 else _single(1e-20)


def _nearness(distance: int) -> float:
    return _single(1e-30) if distance > 100 else _single(1 / (1.005 + 0.05 * exp(distance / 1.5 - 2)))


def _single(number: float) -> float:
    """A number as a ``float4`` holds it."""
    return float(unpack("f", pack("f", number))[0])


Reader = Callable[[str, str], Query]


def hits(world: World, typed: str, read: Reader = websearch) -> dict[int, float]:
    """The posts that a query finds, each read in its own language, with their relevance."""
    queries = {language: read(typed, language) for language in STEMS}
    found: dict[int, float] = {}
    for post in world.posts:
        query, vector = queries[post.language], vectors(world).get(post.id, {})
        if finds(query, vector):
            found[post.id] = relevance(query, vector)
    return found


def ranked(world: World, typed: str, read: Reader = websearch) -> list[Post]:
    """Those posts, the most relevant first, then the latest."""
    found = hits(world, typed, read)
    return sorted((world.post(number) for number in found), key=lambda post: (-found[post.id], -post.id))
