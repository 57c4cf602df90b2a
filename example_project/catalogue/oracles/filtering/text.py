"""What the patterns on text must give."""

from __future__ import annotations

import re
from collections.abc import Sequence

from example_project.catalogue.checking import case, empty, everything, oracle, refused
from example_project.catalogue.oracles.reading import caseless, contains, has_word, is_blank
from example_project.world import World
from example_project.world.rows import Post, User


@oracle(1, case(search="Émile"), case(search=" ADA "), case(search="%"), case(search="  "), empty(search="\0"))
def get_active_users(world: World, search: str) -> list[User]:
    return [user for user in world.users if user.is_active and contains(user.username, search)]


@oracle(
    7,
    case(email="  ADA@EXAMPLE.com "),
    case(email="ÉMILE@EXÄMPLE.COM"),
    case(email="under_score@example.org"),
    case(email="percent%sign@example.org"),
    case(email=" "),
    empty(email="ada@example.com\0"),
    empty(email="nobody@example.net"),
)
def find_by_email(world: World, email: str) -> list[User]:
    return [user for user in world.users if caseless(user.email) == caseless(email.strip())]


@oracle(8)
def users_without_bio(world: World) -> list[User]:
    return [user for user in world.users if is_blank(user.bio)]


@oracle(
    9,
    case(term="evil"),
    case(term="_"),
    case(term="100%"),
    case(term="\\"),
    case(term="o'brien"),
    case(term="🦉"),
    everything(term=" "),
    empty(term="nobody at all"),
)
def search_users(world: World, term: str) -> list[User]:
    return [user for user in world.users if contains(user.username, term) or contains(user.email, term)]


@oracle(
    12,
    case(pattern="^[A-Z]"),
    case(pattern=r"^\(x\|y\)"),
    case(pattern="ada$"),
    case(pattern="é"),
    case(pattern=r"\d{3}"),
    empty(pattern="^nobody$"),
    everything(pattern=" "),
    refused(ValueError, pattern="("),
    refused(ValueError, pattern="a{2"),
    refused(ValueError, pattern="a" * 201),
    refused(ValueError, pattern=r"(a)\1"),
)
def regex_users(world: World, pattern: str) -> list[User]:
    return [user for user in world.users if re.search(pattern, user.username) or not pattern.strip()]


@oracle(13)
def non_empty_posts(world: World) -> list[Post]:
    return [post for post in world.posts if not is_blank(post.content)]


@oracle(
    16,
    case(prefix="A"),
    case(prefix="a_"),
    case(prefix="100%"),
    case(prefix="back\\"),
    case(prefix="É"),
    everything(prefix=" "),
    empty(prefix="zzz"),
)
def users_starts_with(world: World, prefix: str) -> list[User]:
    return [user for user in world.users if user.username.startswith(prefix) or not prefix.strip()]


@oracle(
    19,
    case(text="QUEUE"),
    case(text="50%"),
    case(text="a_b"),
    case(text="C:\\temp"),
    case(text="élève"),
    everything(text=""),
    empty(text="no such text"),
)
def posts_containing(world: World, text: str) -> list[Post]:
    return [post for post in world.posts if text.strip() in post.content]


@oracle(
    30,
    case(domain="EXAMPLE.org"),
    case(domain="exämple.com"),
    case(domain="localhost"),
    case(domain=" @example.com "),
    empty(domain="ample.com"),
    empty(domain="exampl_.com"),
    everything(domain=" "),
)
def users_by_domain(world: World, domain: str) -> list[User]:
    wanted = domain.strip().removeprefix("@")
    parted = ((user, *user.email.rpartition("@")) for user in world.users)
    return [user for user, _, at, found in parted if not wanted or (at and caseless(found) == caseless(wanted))]


@oracle(
    31,
    case(term="ADA"),
    case(term="Owl"),
    case(term="100%"),
    case(term="python_\\"),
    everything(term=""),
    empty(term="no such"),
)
def multi_field_search(world: World, term: str) -> list[User]:
    return [user for user in world.users if contains(user.username, term) or contains(user.bio, term)]


@oracle(
    36,
    case(query="  TIMEOUT\tlock "),
    case(query="queue"),
    case(query="100% queue"),
    everything(query=" "),
    empty(query="queue nosuchword"),
)
def search_posts_all_words(world: World, query: str) -> list[Post]:
    def has(post: Post, word: str) -> bool:
        return contains(post.title, word) or contains(post.content, word)

    return [post for post in world.posts if all(has(post, word) for word in query.split())]


@oracle(
    37,
    case(prefix="ADA", limit=3),
    case(prefix="ém"),
    case(prefix="a_"),
    case(prefix="Under"),
    case(prefix=" ", limit=3),
    empty(limit=0),
    empty(prefix="zzz"),
    refused(ValueError, limit=-1),
    ordered=True,
)
def autocomplete_users(world: World, prefix: str, limit: int) -> list[User]:
    def begins(text: str) -> bool:
        return caseless(text).startswith(caseless(prefix)) or not prefix.strip()

    found = [user for user in world.users if begins(user.username) or begins(user.email)]
    return sorted(found, key=lambda user: (user.username, user.id))[:limit]


@oracle(
    38,
    case(pattern="*queue*"),
    case(pattern="?ueue up"),
    case(pattern="100%*"),
    case(pattern="queue_size"),
    case(pattern="*\\*"),
    everything(pattern="*"),
    everything(pattern=" "),
    empty(pattern="queu"),
    empty(pattern="*\0*"),
    refused(ValueError, pattern="*" * 101),
)
def posts_by_title_glob(world: World, pattern: str) -> list[Post]:
    anything = {"*": ".*", "?": "."}
    fitting = re.compile("".join(anything.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)
    return [post for post in world.posts if fitting.fullmatch(post.title) or not pattern.strip()]


@oracle(39, case(word="QUEUE"), case(word="été"), case(word="timeout"), everything(word=" "), empty(word="nosuchword"))
def posts_with_word(world: World, word: str) -> list[Post]:
    wanted = word.strip()
    return [
        post for post in world.posts if not wanted or has_word(post.title, wanted) or has_word(post.content, wanted)
    ]


@oracle(
    40,
    case(terms=["QUEUE UP"]),
    case(terms=["queue", "art"]),
    case(terms=["100%", " "]),
    empty(terms=[]),
    empty(terms=[" "]),
)
def posts_mentioning_any(world: World, terms: Sequence[str]) -> list[Post]:
    return [post for post in world.posts if _mentions(post, terms)]


@oracle(41, case(terms=["queue", "Art"]), case(terms=["%", ""]), everything(terms=[]), everything(terms=["\t"]))
def posts_mentioning_none(world: World, terms: Sequence[str]) -> list[Post]:
    return [post for post in world.posts if not _mentions(post, terms)]


def _mentions(post: Post, terms: Sequence[str]) -> bool:
    wanted = [term for term in terms if term.strip()]
    return any(contains(post.title, term) or contains(post.content, term) for term in wanted)


@oracle(42, case(chars=99), case(chars=100), case(chars=0), empty(chars=10**6))
def posts_longer_than(world: World, chars: int) -> list[Post]:
    return [post for post in world.posts if len(post.content) > chars]


@oracle(43)
def users_with_complete_profile(world: World) -> list[User]:
    return [user for user in world.users if not is_blank(user.bio) and user.dob is not None]


@oracle(44)
def users_missing_profile_fields(world: World) -> list[User]:
    return [user for user in world.users if is_blank(user.bio) or user.dob is None]


@oracle(45)
def users_with_malformed_email(world: World) -> list[User]:
    def well_formed(email: str) -> bool:
        local, _, domain = email.partition("@")
        name, dot, _ = domain.partition(".")
        one = email.count("@") == 1 and not any(letter.isspace() for letter in email)
        return bool(one and local and name and dot and re.fullmatch(r".+\..+", domain))

    return [user for user in world.users if not well_formed(user.email)]


@oracle(46)
def posts_with_untrimmed_titles(world: World) -> list[Post]:
    return [post for post in world.posts if post.title != post.title.strip(" ")]


@oracle(94)
def posts_needing_attention(world: World) -> list[Post]:
    return [post for post in world.posts if is_blank(post.title) or is_blank(post.content) or post.category_id is None]
