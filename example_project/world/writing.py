"""Ordinary categories and posts, made of the standard library's documentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

from .rows import Category, Post
from .stdlib import Doc

STATUSES = ("draft", "review", "published", "urgent", "archived", "stale")
TERMS = (
    "argument", "attribute", "buffer", "callback", "character", "context manager", "coroutine", "decorator", "default",
    "dictionary", "directory", "encoding", "event loop", "exception", "file", "generator", "header", "iterator", "list",
    "lock", "message", "object", "parser", "path", "pattern", "process", "protocol", "queue", "regular expression",
    "sequence", "server", "socket", "stream", "string", "thread", "timeout", "tuple", "url",
)  # fmt: skip
_TERM = re.compile(rf"\b({'|'.join(TERMS)})s?\b", re.IGNORECASE)
_EXCEPTION = re.compile(r"\b[A-Z]\w{2,40}(?:Error|Exception|Warning)\b")

FRENCH = (
    (
        "Une note de lecture sur {name}. Les élèves demandent souvent comment il se comporte ; la réponse se trouve "
        "dans sa documentation : « {summary} »"
    ),
    "{name} a été relu cet été. Les exemples sont bons, mais les erreurs y sont décrites trop brièvement. {summary}",
)
GERMAN = (
    (
        "Notizen zu {name}. Größere Programme benutzen dieses Paket an vielen Stellen; die Beschreibung lautet: "
        "„{summary}“"
    ),
    "Für {name} fehlten bisher Übungen. Wer die Prüfungen schreiben möchte, beginnt am besten hier. {summary}",
)


def categories(docs: Sequence[Doc]) -> list[Category]:
    """The tree of the modules that the docs come from, those with most docs first."""
    sizes = Counter(doc.module for doc in docs)
    for name in list(sizes):
        while name := name.rpartition(".")[0]:
            sizes.setdefault(name, 0)
    numbers = {name: number for number, (name, _) in enumerate(sorted(sizes.items(), key=lambda m: (-m[1], m[0])), 1)}
    siblings: Counter[int | None] = Counter()
    tree = []
    for name in sorted(numbers):
        parent = numbers.get(name.rpartition(".")[0])
        siblings[parent] += 1
        tree.append(Category(numbers[name], name.rpartition(".")[2], slug(name)[-50:], parent, siblings[parent]))
    return sorted(tree, key=lambda category: category.id)


def post(
    chance: Random,
    number: int,
    doc: Doc,
    *,
    now: datetime,
    created: datetime,
    author: int,
    category: int | None,
    text: str | None = None,
    edition: str = "",
    comments: int = 0,
) -> Post:
    """A post about one docstring; of several about the same one, ``text`` and ``edition`` tell them apart."""
    status = chance.choices(STATUSES, (12, 6, 62, 5, 9, 6))[0]
    published = (
        _later(chance, created, now, hours=72) if status in {"published", "urgent", "archived", "stale"} else None
    )
    updated = chance.choice((created, _later(chance, published or created, now, hours=2000)))
    start = _later(chance, created, now + timedelta(days=60), hours=1500) if chance.random() < 0.25 else None
    language, content = _text(chance, doc, text or doc.text)
    views = int(10 * chance.paretovariate(0.8)) % 200_000
    return Post(
        id=number,
        title=_title(doc, edition),
        slug=slug(doc.name + edition)[-220:],
        content=content,
        author_id=author,
        category_id=category if chance.random() < 0.95 else None,
        status=status,
        is_active=chance.random() < 0.9,
        language=language,
        created_at=created,
        updated_at=updated,
        published_at=published,
        expires_at=_expiry(chance, published),
        start_time=start,
        end_time=start + timedelta(minutes=30 * chance.randrange(1, 40)) if start and chance.random() < 0.9 else None,
        rating=min(chance.randrange(0, 13) + chance.randrange(0, 10), 20) / 4,
        score=chance.randrange(0, 401) / 4,
        views=views,
        likes=int(views * chance.random() ** 2 * 0.6),
        comment_count=comments,
        price=_money(chance, 20_000) if chance.random() < 0.75 else None,
        discount=_money(chance, 2_000) if chance.random() < 0.3 else None,
        tags=_tags(chance, doc),
        metadata=_metadata(chance, doc) if chance.random() < 0.94 else None,
        version=chance.choice((1, 1, 1, 2, 3)),
    )


@cache
def summary(doc: Doc) -> str:
    """The first paragraph of a docstring on one line."""
    return " ".join(doc.text.split("\n\n", 1)[0].split())


def _title(doc: Doc, edition: str) -> str:
    first = summary(doc).split(". ", 1)[0].rstrip(".")
    title = f"{doc.name}{edition}: {first}"
    return title if len(title) <= 120 else title[:119].rstrip() + "…"


def slug(name: str) -> str:
    """The name with dashes for whatever a slug cannot hold."""
    return re.sub(r"[^\w-]", "-", name, flags=re.ASCII)


def _text(chance: Random, doc: Doc, text: str) -> tuple[str, str]:
    """Language and content: now and then somebody writes about an English docstring in another language."""
    language = chance.choices(("en", "fr", "de"), (92, 4, 4))[0]
    if language == "en":
        return language, text
    template = chance.choice(FRENCH if language == "fr" else GERMAN)
    return language, template.format(name=doc.name, summary=summary(doc))


def _tags(chance: Random, doc: Doc) -> tuple[str, ...] | None:
    """Kind, package, and the exceptions and terms that the text names; one in fifteen posts has no tags."""
    if chance.random() < 0.07:
        return chance.choice((None, ()))
    return _terms(doc)


@cache
def _terms(doc: Doc) -> tuple[str, ...]:
    named = _EXCEPTION.findall(doc.text)[:3] + [term.lower() for term in _TERM.findall(doc.text)[:4]]
    return tuple(dict.fromkeys([doc.name.partition(".")[0], doc.kind, *named]))


def _metadata(chance: Random, doc: Doc) -> Any:
    if chance.random() < 0.04:
        return {}
    found: dict[str, Any] = {
        "module": doc.module,
        "kind": doc.kind,
        "words": len(doc.text.split()),
        "reviewed": chance.random() < 0.5,
        "source": {"path": doc.module.replace(".", "/") + ".py", "level": doc.name.count(".")},
    }
    if chance.random() < 0.3:
        found["quality"] = chance.randrange(0, 21) / 4
    if chance.random() < 0.2:
        found["editor"] = chance.choice((None, "ada", "grace"))
    if chance.random() < 0.2:
        links = [{"to": term, "kind": chance.choice(("term", "see also"))} for term in chance.sample(TERMS, 2)]
        found["links"] = links
    return found


def _later(chance: Random, moment: datetime, limit: datetime, hours: int) -> datetime:
    """Some whole minutes after ``moment``, mostly few, never beyond ``limit``."""
    minutes = min(60 * hours, max(0, int((limit - moment) / timedelta(minutes=1))))
    return moment + timedelta(minutes=int(minutes * chance.random() ** 3))


def _expiry(chance: Random, published: datetime | None) -> datetime | None:
    if published is None or chance.random() < 0.7:
        return None
    return published + timedelta(days=chance.choice((7, 30, 90, 365)))


def _money(chance: Random, cents: int) -> Decimal:
    return Decimal(int(cents * chance.random() ** 2)).scaleb(-2)
