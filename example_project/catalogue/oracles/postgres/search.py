"""What the patterns of full-text search must give."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from html import escape
from typing import Any

from example_project.catalogue.checking import Noted, case, empty, noted, oracle, refused
from example_project.world import World
from example_project.world.rows import Post

from .trigrams import similarity
from .vectors import beginning, finds, hits, phrase, ranked, stem, vectors, websearch


@oracle(
    261,
    case(query="queue"),
    case(query="queues put"),
    case(query='"return the" -queue'),
    case(query="thread or locked or mange"),
    case(query="-the -queue reading file"),
    case(query="enfants or Haus or houses"),
    case(query="mangeaient"),
    case(query="Straße or ÉCOLE or déçu"),
    case(query="İstanbul"),
    case(query="istanbul -ığdır"),  # noqa: RUF001
    case(query='"e\N{COMBINING ACUTE ACCENT}cole" or 队列的大小'),
    empty(query="🦉"),
    empty(query=" "),
    case(query="the of"),
    empty(query="nosuchword"),
    empty(query="\0"),
    ordered=True,
)
def search_posts(world: World, query: str) -> list[Post]:
    return ranked(world, query.replace("\0", ""))


@oracle(
    268,
    case(query="craft or brash"),
    case(query="mange"),
    case(query="planted html"),
    case(query="deux pommes"),
    empty(query=""),
)
def posts_with_snippet(world: World, query: str) -> list[Noted]:
    found = [world.post(number) for number in hits(world, query)]
    return [noted(post, snippet=_snippet(post, query)) for post in found]


def _snippet(post: Post, query: str) -> str:
    """Of a text of a few words, which are all that these cases find, the whole; tags are no text."""
    text = re.sub(r"<[^>]*>", " ", post.content)
    parts = re.split(r"(\w+)", text)
    if len(parts) // 2 > 15:
        raise AssertionError(f"{post.slug} is too long for this oracle")
    sought = {word.lexeme for terms in websearch(query, post.language) for term in terms for _, word in term.words}
    marked = [
        f"<mark>{escape(part)}</mark>" if place % 2 and stem(part, post.language) in sought else escape(part)
        for place, part in enumerate(parts)
    ]
    return "".join(marked)


@oracle(
    270,
    case(query="queue"),
    case(query="item queue"),
    case(query='"the queue"'),
    case(query="Haus or pommes"),
    empty(query=""),
    ordered=True,
)
def weighted_search(world: World, query: str) -> list[Noted]:
    found = hits(world, query)
    return [noted(post, relevance=found[post.id]) for post in ranked(world, query)]


@oracle(
    274,
    case(phrase="the queues"),
    case(phrase="put the items"),
    case(phrase="une pomme"),
    empty(phrase="return remove and"),
    ordered=True,
)
def search_phrase(world: World, phrase: str) -> list[Post]:
    return ranked(world, phrase, _phrase)


_phrase = phrase


@oracle(
    275,
    case(prefix="que"),
    case(prefix="queue it"),
    case(prefix="it's a que"),
    case(prefix="' & que"),
    case(prefix="une pom"),
    empty(prefix=""),
    empty(prefix="que:* | !zzz"),
    ordered=True,
)
def complete_titles(world: World, prefix: str) -> list[Post]:
    return ranked(world, prefix, beginning)


@oracle(
    276,
    case(query="pommes"),
    case(query="Häusern", language="de"),
    case(query="houses", language="en"),
    empty(query="Häuser", language="fr"),
    refused(ValueError, language="xx"),
    refused(ValueError, language="english'; --"),
)
def search_in_language(world: World, query: str, language: str) -> list[Post]:
    wanted = websearch(query, language)
    return [post for post in world.posts if post.language == language and finds(wanted, vectors(world)[post.id])]


@oracle(277, case(query="élèves"), case(query="DÉCU noel"), case(query="ecole"), empty(query="eleve queue"))
def search_unaccented(world: World, query: str) -> list[Post]:
    def stems(text: str) -> set[str | None]:
        letters = unicodedata.normalize("NFD", text.lower())
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
        words = re.findall(r"[^\W_]+(?:\.\w+)*", plain)  # with dots in it, one word, which has no ending
        return {word if "." in word else stem(word, "fr") for word in words} - {None}

    return [post for post in world.posts if stems(query) <= stems(f"{post.title} {post.content}")]


@oracle(278, case(query="thread or lock"), empty(query=""), ordered=True)
def search_facets(world: World, query: str) -> list[dict[str, Any]]:
    counts = Counter(_category(world, world.post(number)) for number in hits(world, query))
    order = sorted(counts, key=lambda name: (-counts[name], name is None, name))
    return [{"category__name": name, "count": counts[name]} for name in order]


def _category(world: World, post: Post) -> str | None:
    return None if post.category_id is None else world.category(post.category_id).name


@oracle(279, case(query="thanks -helped or loggers"), case(query="sentence"), empty(query=""))
def posts_discussing(world: World, query: str) -> list[Post]:
    wanted, known = websearch(query, "en"), vectors(world, "content_comment")
    found = {each.post_id for each in world.comments if each.is_active and finds(wanted, known.get(each.id, {}))}
    return [post for post in world.posts if post.id in found]


@oracle(
    280,
    case(half_life_hours=24.0),
    case(query="queue", at=datetime(2000, 1, 1, tzinfo=UTC)),  # before all posts, so that none has aged
    case(query="Haus or pommes"),
    empty(query=""),
    refused(ValueError, half_life_hours=0.0),
    ordered=True,
)
def fresh_search(world: World, query: str, half_life_hours: float, at: datetime) -> list[Noted]:
    found = hits(world, query)

    def fresh(post: Post) -> float:
        age = max((at - post.created_at).total_seconds() / 3600, 0)
        return float(found[post.id] * 0.5 ** (age / half_life_hours))

    best = sorted((world.post(number) for number in found), key=lambda post: (-fresh(post), -post.id))
    return [noted(post, relevance=found[post.id], fresh=fresh(post)) for post in best]


@oracle(
    281,
    case(query="queue"),
    case(query="Queue upp"),
    case(query="istanbull"),
    case(query="ıstanbul"),  # noqa: RUF001
    case(query="flock"),
    case(query="Haus or pommes"),
    case(query="lock -thread -acquire -handler -logging"),  # words of a title that German has, and no hit
    case(query="queue -les -chevaux"),
    case(query="Les chevaux"),  # hits in French alone, and an English title that resembles it
    case(query="Die Häuser"),
    case(query="les chevauxx"),
    case(query="Straßse"),
    case(query="队列的大小"),
    case(query="队列的大"),
    empty(query="🦉"),
    case(query="logging.Handler.acquirex Acquirex"),
    empty(query=""),
    empty(query="zzz"),
    ordered=True,
)
def search_or_fuzzy(world: World, query: str) -> list[Post]:
    if found := ranked(world, query):
        return found
    alike = {post.id: similarity(query, post.title) for post in world.posts if query.strip()}
    near = [world.post(number) for number, share in alike.items() if share >= 0.3]
    return sorted(near, key=lambda post: (-alike[post.id], -post.id))


@oracle(284, case(limit=3), case(limit=100), empty(limit=0), refused(ValueError, limit=-1), ordered=True)
def frequent_words(world: World, limit: int) -> list[dict[str, Any]]:
    posts: Counter[str] = Counter()
    occurrences: Counter[str] = Counter()
    for vector in vectors(world).values():
        for lexeme, places in vector.items():
            posts[lexeme] += 1
            occurrences[lexeme] += len(places)
    order = sorted(posts, key=lambda lexeme: (-posts[lexeme], lexeme))[:limit]
    return [{"lexeme": each, "count": posts[each], "occurrences": occurrences[each]} for each in order]
