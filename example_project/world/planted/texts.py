# ruff: noqa: RUF001 (letters that look alike are the point)
"""Titles, contents, tags and metadata that strain text patterns."""

from __future__ import annotations

from itertools import product
from typing import Any

from example_project.world.builder import Builder
from example_project.world.rows import JSON_NULL

TITLES = {
    "title-padded-left": "  Queue up",
    "title-padded-right": "Queue up  ",
    "title-padded-tab": "\tQueue up",  # trim() takes spaces only
    "title-upper": "QUEUE UP",
    "title-lower": "queue up",
    "title-exact": "Queue up",
    "title-empty": "",
    "title-spaces": "   ",
    "title-percent": "100% of the queue",
    "title-percent-beside": "100 of the queue",
    "title-underscore": "queue_size",
    "title-underscore-beside": "queue-size",
    "title-backslash": "C:\\queue\\new",
    "title-star": "What a * does",
    "title-question": "Is it full?",
    "title-quotes": "It's a \"queue\"; isn't it?",
    "title-accent": "École d'été",
    "title-accent-upper": "ÉCOLE D'ÉTÉ",
    "title-accent-none": "Ecole d'ete",
    "title-eszett": "Große Straße",
    "title-eszett-upper": "GROSSE STRASSE",
    "title-turkish": "İstanbul ve Iğdır",
    "title-turkish-lower": "istanbul ve ığdır",
    "title-cjk": "队列的大小",
    "title-emoji": "Queue 👩‍👩‍👧 of three",
    "title-combining": "E\N{COMBINING ACUTE ACCENT}cole d'e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}",
    "title-tag": '<b>bold & "brash"</b>',
    "title-long": "q" * 200,
    "title-part-2": "Part 2",
    "title-part-10": "Part 10",
    "title-word": "Modern art",
    "title-word-inside": "After the party",
    "title-word-punctuated": "Art, not craft",
    "title-word-underscored": "art_history",
}

CONTENTS = {
    "content-empty": "",
    "content-spaces": "  \t\n ",
    "content-nbsp": "\N{NO-BREAK SPACE}",
    "content-99": "é" * 98 + "🦉",
    "content-100": "é" * 99 + "🦉",
    "content-101": "é" * 100 + "🦉",
    "content-case": "The Queue is a QUEUE is a queue.",
    "content-lower": "the queue is a queue",
    "content-word-apart": "A cat sat on the mat; state of the art.",
    "content-word-inside": "A party for smart starters.",
    "content-split-words": "Nothing here but the second word: timeout.",
    "content-accents": "Un élève déçu, naïf, à Noël; cœur et œuvre.",
    "content-wildcards": "50% of a_b, C:\\temp and 'quotes' -- /* no comment */",
    "content-html": "<script>alert('queue')</script> & so on",
    "content-lines": "first line\nsecond line\r\nthird line",
}

LANGUAGES = {
    "french-plural": ("fr", "Les chevaux", "Deux élèves mangeaient des pommes dans le jardin."),
    "french-singular": ("fr", "Le cheval", "Un élève mange une pomme dans un jardin."),
    "french-without-accents": ("fr", "Un eleve", "Un eleve mange une pomme."),
    "german-plural": ("de", "Die Häuser", "Die Kinder lasen Bücher in den alten Häusern."),
    "german-singular": ("de", "Das Haus", "Das Kind liest ein Buch im alten Haus."),
    "english-plural": ("en", "The houses", "The children were reading books in the old houses."),
    "english-false-friend": ("en", "Le cheval", "Two words of French in an English post: mange, jardin."),
}

TAGS: dict[str, tuple[str | None, ...] | None] = {
    "tags-null": None,
    "tags-empty": (),
    "tags-one": ("queue",),
    "tags-two": ("queue", "lock"),
    "tags-two-swapped": ("lock", "queue"),
    "tags-three": ("queue", "lock", "thread"),
    "tags-other": ("lock",),
    "tags-upper": ("Queue",),
    "tags-plural": ("queues",),
    "tags-repeated": ("queue", "queue", "lock"),
    "tags-holding-null": ("queue", None),
    "tags-blank": ("",),
    "tags-nested": ("ai/rag", "ai"),
    "tags-odd": ("a,b", 'say "hi"', "{x}", "back\\slash", "o'brien", "NULL", "100%", " padded "),
    "tags-unicode": ("été", "队列", "🦉"),
    "tags-long": ("t" * 50,),
}

METADATA: dict[str, Any] = {
    "metadata-null": None,
    "metadata-json-null": JSON_NULL,
    "metadata-empty": {},
    "metadata-list": [1, "two", None],
    "metadata-scalar": "just text",
    "metadata-number": 7,
    "metadata-key-null": {"editor": None, "level": 1},
    "metadata-key-missing": {"level": 1},
    "metadata-level-below": {"level": 0.99},
    "metadata-level-above": {"level": 3.5},
    "metadata-level-text": {"level": "1"},
    "metadata-level-boolean": {"level": True},
    "metadata-deep": {"source": {"path": "queue.py", "level": 2}},
    "metadata-deep-scalar": {"source": "queue.py"},
    "metadata-array": {"stages": ["draft", "review"]},
    "metadata-array-bare": {"stages": "draft"},
    "metadata-items": {"links": [{"to": "queue", "kind": "term"}, {"to": "lock", "kind": "see also"}]},
    "metadata-items-spread": {"links": [{"to": "queue", "kind": "see also"}, {"to": "lock", "kind": "term"}]},
    "metadata-odd-keys": {"editor__name": "ada", "a.b": 1, "": 2, "ключ": 3, "it's": "100%", "$": 4},
}


def plant(world: Builder) -> None:
    """Posts with those texts, tags, languages and states."""
    for slug, title in TITLES.items():
        world.post(slug, title=title)
    for slug, content in CONTENTS.items():
        world.post(slug, content=content)
    world.post("words-in-both", title="A lock", content="that a thread waits for, with a timeout")
    for slug, (language, title, content) in LANGUAGES.items():
        world.post(slug, language=language, title=title, content=content)
    for slug, tags in TAGS.items():
        world.post(slug, tags=tags)
    for slug, metadata in METADATA.items():
        world.post(slug, metadata=metadata)
    statuses = ("draft", "review", "published", "urgent", "archived", "stale")
    for status, is_active in product(statuses, (True, False)):
        name = f"status-{status}-{'active' if is_active else 'inactive'}"
        unpublished = {"published_at": None} if status in {"draft", "review"} else {}
        world.post(name, status=status, is_active=is_active, **unpublished)
