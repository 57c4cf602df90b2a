"""Ordinary users."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from random import Random

from example_project.config import dims

from .rows import User

FIRST = (
    "ada", "alan", "amira", "anders", "anja", "aroha", "barbara", "bo", "carmen", "chen", "dana", "diego", "edith",
    "elena", "emeka", "farah", "fatou", "grace", "guido", "hana", "henrik", "ines", "ingrid", "ivan", "jamal", "jin",
    "joana", "kamal", "karen", "kenji", "lars", "leila", "linus", "lucia", "malik", "maria", "mei", "miguel", "nadia",
    "nils", "olga", "omar", "paula", "pedro", "priya", "quinn", "radia", "rafael", "rosa", "samir", "selma", "sofia",
    "sven", "tariq", "tomas", "uma", "vera", "wanjiru", "xin", "yara", "yuki", "zeynep",
)  # fmt: skip
LAST = (
    "abe", "ali", "andersen", "araujo", "banerjee", "becker", "castro", "chowdhury", "costa", "diaz", "dubois",
    "eriksen", "fischer", "fofana", "garcia", "haddad", "hansen", "hopper", "ibrahim", "ito", "jansen", "johansson",
    "kaya", "khan", "kim", "kowalski", "lamarr", "lehmann", "li", "lovelace", "mbeki", "meyer", "moreau", "nakamura",
    "nguyen", "novak", "okafor", "olsen", "park", "patel", "perlman", "popescu", "quispe", "ramos", "rossi", "sato",
    "schmidt", "silva", "singh", "smith", "tanaka", "torres", "turing", "ueda", "vega", "wang", "weber", "yilmaz",
)  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "uni.example.edu")
CITIES = (
    "Accra",
    "Bergen",
    "Chennai",
    "Hanoi",
    "Lima",
    "Lyon",
    "Montreal",
    "Osaka",
    "Porto",
    "Riga",
    "Tunis",
    "Zagreb",
)
FIELDS = ("parsers", "web servers", "mail", "numbers", "scheduling", "old protocols", "testing", "text", "concurrency")


def users(chance: Random, now: datetime, count: int, first: int = 1) -> Iterator[User]:
    """``count`` users in the order in which they joined: half of them in the last year, the first three years ago."""
    for place in range(count):
        yield _user(chance, now, first + place, 1 - place / count)


def _user(chance: Random, now: datetime, number: int, age: float) -> User:
    joined = now - timedelta(seconds=int(1100 * 86400 * age**1.6))
    seen = joined + (now - joined) * chance.random() ** 0.2
    name, surname = chance.choice(FIRST), chance.choice(LAST)
    return User(
        id=number,
        username=f"{name}.{surname}",
        email=f"{name}.{surname}{number}@{chance.choice(DOMAINS)}",
        is_active=chance.random() < 0.85,
        status=chance.choices(("active", "pending", "suspended", "banned"), (80, 10, 5, 5))[0],
        bio=_bio(chance) if chance.random() < 0.8 else None,
        dob=_birth(chance, now) if chance.random() < 0.9 else None,
        joined_at=joined,
        last_seen_at=seen.replace(microsecond=0) if chance.random() < 0.92 else None,
        credits=chance.choice((0, 0, 5, 10, 10, 25, 50, 100, 250)),
        memory_embedding=chance.choice(embeddings()) if chance.random() < 0.2 else None,
    )


def _bio(chance: Random) -> str:
    one, other = chance.sample(FIELDS, 2)
    return f"Writes about {one} and {other}. Lives in {chance.choice(CITIES)}."


def _birth(chance: Random, now: datetime) -> date:
    return (now - timedelta(days=chance.randrange(16 * 365, 80 * 365))).date()


@cache
def embeddings() -> list[tuple[float, ...]]:
    """A few vectors of numbers with few digits: floats of 4 bytes hold them, and print them, exactly."""
    chance = Random(dims.TEXT)
    return [tuple(chance.randrange(-32, 33) / 64 for _ in range(dims.TEXT)) for _ in range(48)]
