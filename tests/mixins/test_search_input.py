"""Whatever a user types is a text: it finds rows or none, or meets our own error, and never becomes SQL or markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from inspect import signature
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from example_project.catalogue.oracles.postgres.trigrams import distance, similarity, word_similarity
from example_project.content.models import Post
from querysets import P
from querysets.errors import PatternError
from querysets.mixins.postgres.search import Search
from querysets.mixins.postgres.similarity import Similarity
from querysets.sql.postgres.headline import START, STOP
from querysets.sql.postgres.languages import LANGUAGES
from querysets.sql.postgres.search import LONGEST

PARTS = (
    *"'\"%_\\\0&|!()<>:*-@$ \n\t", "__", "has_key", "isnull", "0", "<->", ":*", ":A", "@?", "--", "or", "-", '"',
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</mark>", "&lt;b&gt;", "\ue000", "\ue001", "\ud800",
    "é", "É", "ß", "İ", "ı", "队列", "🦉", "a-b-c", "http://a.b/c?d=e", "x@y.org", "1.5e10", "queue", "the", "title",
    "pk", "title__startswith", "comments__content", "metadata__0", "english'; --", "english",
)  # fmt: skip
LONG = tuple(part * (100_000 // len(part)) for part in ("'", "&", "(", "-", "%", "a ", "queue & ", "<script>", "é"))
TYPED = st.tuples(st.sampled_from(["", " "]), st.lists(st.sampled_from(PARTS), max_size=7)).map(
    lambda typed: typed[0].join(typed[1])
)
CONFIGURATIONS = {"en": "english", "fr": "french", "de": "german"}
SYNTAXES = ("websearch", "phrase", "plain", "prefix")
WORDS = {"plain": "plainto_tsquery", "phrase": "phraseto_tsquery", "websearch": "websearch_to_tsquery"}

tried = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def storable(text: str) -> str:
    """What a text of PostgreSQL can hold of it."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def is_text(field: str) -> bool:
    return field == "title"  # the one among the parts


def new(alias: str) -> bool:
    """Whether it names no field yet."""
    return alias.isidentifier() and "__" not in alias and alias not in {"title", "pk"}


NAMES: Mapping[tuple[str, str], tuple[Callable[[str], Any], Callable[[str], bool]]] = {
    # how the argument is given, and which texts are accepted as one
    ("about", "fields"): (lambda text: Post.objects.about("x", text, language="en"), is_text),
    ("about", "language"): (
        lambda text: Post.objects.about("x", language=text),
        {*LANGUAGES, *LANGUAGES.values(), "simple"}.__contains__,
    ),
    ("about", "syntax"): (lambda text: Post.objects.about("x", syntax=text), SYNTAXES.__contains__),
    ("about", "fallback"): (lambda text: Post.objects.about("x", fallback=text).ranked(), is_text),
    ("with_relevance", "as_"): (lambda text: Post.objects.about("x").with_relevance(as_=text), new),
    ("with_headline", "field"): (lambda text: Post.objects.about("x").with_headline(text), is_text),
    ("with_headline", "as_"): (lambda text: Post.objects.about("x").with_headline(as_=text), new),
    ("frequent_lexemes", "field"): (lambda text: Post.objects.frequent_lexemes(field=text), "search".__eq__),
    ("resembling", "fields"): (lambda text: Post.objects.resembling("x", text), is_text),
    ("with_resemblance", "fields"): (lambda text: Post.objects.with_resemblance("x", text), is_text),
    ("with_resemblance", "as_"): (
        lambda text: Post.objects.with_resemblance("x", "title", as_=text),
        new,
    ),
    ("closest_to", "field"): (lambda text: Post.objects.closest_to("x", text), is_text),
    ("resembling_pairs", "field"): (Post.objects.resembling_pairs, is_text),
    ("ordered_naturally", "field"): (
        Post.objects.ordered_naturally,
        lambda text: is_text(text.removeprefix("-")),
    ),
}
TEXTS = {("about", "query"), ("resembling", "term"), ("with_resemblance", "term"), ("closest_to", "term")}


def texts() -> Iterator[tuple[str, str]]:
    """The arguments that are, or may be, a text."""
    for mixin in (Search, Similarity):
        for name, method in vars(mixin).items():
            if callable(method) and not name.startswith(("_", "afrequent")):
                for parameter in list(signature(method).parameters.values())[1:]:
                    if not set(re.findall(r"\w+", parameter.annotation)) <= {
                        "int",
                        "float",
                        "bool",
                        "None",
                        "Sequence",
                    }:
                        yield name, parameter.name


@pytest.fixture
def odd(rows):
    """Posts in three languages that say what is typed."""
    for number, post in enumerate(rows.posts[:20]):
        said = storable(" ".join(PARTS[number::20]))
        language = list(CONFIGURATIONS)[number % 3]
        Post.objects.filter(pk=post.pk).update(title=said[:200], content=f"{said} queue", language=language)


def test_no_argument_is_forgotten():
    assert {*NAMES, *TEXTS} == set(texts())


@pytest.mark.parametrize("argument", NAMES, ids="-".join)
def test_a_name_is_known_or_refused(odd, argument):
    call, known = NAMES[argument]

    @tried
    @given(st.one_of(TYPED, st.sampled_from(PARTS), st.sampled_from(LONG)))
    def named(text):
        if known(text):
            list(call(text))
            return
        with connection.execute_wrapper(_refused), pytest.raises((PatternError, ValueError, TypeError)):
            call(text)

    named()


def _refused(execute, sql, *of):
    pytest.fail(f"a name that is not known came as far as {sql[:200]}")


def found_by_server(query: str, syntax: str) -> set[int]:
    """The posts that PostgreSQL's own reading of a text finds, each post in its language."""
    found: set[int] = set()
    for language, configuration in CONFIGURATIONS.items():
        if syntax == "prefix":
            *whole, last = storable(query).split() or [""]
            each = [f"phraseto_tsquery('{configuration}', %s)"] * len(whole)
            ending = f"regexp_replace(phraseto_tsquery('{configuration}', %s)::text, '''(?= |$)', ''':*', 'g')::tsquery"
            wanted, values = " && ".join([*each, ending]), [*whole, last]
        else:
            wanted, values = f"{WORDS[syntax]}('{configuration}', %s)", [storable(query)]
        with connection.cursor() as cursor:
            sql = f"SELECT id FROM content_post WHERE language = %s AND search @@ ({wanted})"  # noqa: S608
            cursor.execute(sql, [language, *values])
            found |= {number for (number,) in cursor.fetchall()}
    return found


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_query_is_a_text(odd, syntax):
    @tried
    @given(TYPED)
    def typed(query):
        assume(syntax != "websearch" or not re.search(r'-[^\w"]*-[^\w"]*-', query))  # a line, and no negation
        every = Post.objects.about(query, syntax=syntax).with_relevance().with_headline().with_headline("title", "html")
        seen = list(every.ranked())
        assert {post.pk for post in seen} == found_by_server(query, syntax)
        for post in seen:
            assert_safe(post.headline, post.content)
            assert_safe(post.html, post.title)
        rest = Post.objects.none_of(P.about(query, syntax=syntax))
        assert {post.pk for post in seen} ^ {post.pk for post in rest} == set(Post.objects.values_list("pk", flat=True))
        list(Post.objects.about(query, "title", language="french_unaccent", syntax=syntax, fallback="title").ranked())

    typed()


def assert_safe(html: str, text: str) -> None:
    """``html`` marks words and says nothing else than ``text`` does, which was escaped once."""
    said = re.sub(r"<mark>([^<>]*)</mark>", r"\1", html)
    assert not {"<", ">", '"', "'", START, STOP} & set(said)
    assert all(word in text.replace(START, "").replace(STOP, "") for word in unescape(said).split())


@pytest.mark.parametrize(
    "query",
    [
        part * (LONGEST // len(part))
        for part in ("a ", "-", "- ", '"', "'", "a-", "x", "(", "a or ", '"a b" ', ":*", "\\")
    ],
)
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_query_may_be_long(odd, query, syntax):
    list(Post.objects.about(query, syntax=syntax).with_relevance().with_headline().ranked())


@pytest.mark.parametrize("query", LONG, ids=lambda query: query[:8])
def test_a_query_may_not_be_longer(odd, query):
    with pytest.raises(ValueError, match="at most 10000 characters"):
        Post.objects.about(query)


@pytest.mark.parametrize("word", [False, True])
def test_a_term_is_a_text(odd, word):
    @tried
    @given(TYPED, st.floats(0.01, 1))
    def typed(term, threshold):
        assert_resembling(term, threshold, word=word)

    typed()


@pytest.mark.parametrize("term", LONG[::4], ids=lambda term: term[:8])
def test_a_term_may_be_long(odd, term):
    Post.objects.filter(pk__gt=Post.objects.ranked("pk")[4].pk).delete()
    assert_resembling(term, 0.1, word=False)
    assert_resembling(term, 0.1, word=True)


def assert_resembling(term: str, threshold: float, *, word: bool) -> None:
    """The rows and their similarities are those that Python counts."""
    every = {post.pk: post for post in Post.objects.all()}
    alike = word_similarity if word else similarity
    held = term if storable(term) == term else ""
    expected = {pk: max(alike(held, post.title), alike(held, post.content)) for pk, post in every.items()}
    told = Post.objects.with_resemblance(term, "title", "content", word=word)
    assert dict(told.values_list("pk", "resemblance")) == expected
    found = Post.objects.resembling(term, "title", "content", threshold=threshold, word=word)
    assert {post.pk for post in found} == {pk for pk, share in expected.items() if share >= threshold}
    near = [post.pk for post in Post.objects.closest_to(term, "title")]
    assert near == sorted(every, key=lambda pk: (distance(every[pk].title, held), pk))
