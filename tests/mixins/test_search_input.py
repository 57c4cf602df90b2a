"""Whatever a user types is a text: it finds rows or none, or meets our own error, and never becomes SQL or markup."""

from __future__ import annotations

import pytest
from django.db import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_project.content.models import Post
from querysets import P
from querysets.errors import PatternError
from querysets.sql.postgres.search import LONGEST

PARTS = (
    *"'\"%_\\\0&|!()<>:*-@$ \n\t", "__", "has_key", "isnull", "0", "<->", ":*", ":A", "@?", "--", "or", "-", '"',
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</mark>", "\ue000", "\ue001", "\ud800", "é", "É",
    "ß", "İ", "队列", "🦉", "a-b-c", "http://a.b/c?d=e", "x@y.org", "1.5e10", "queue", "the", "english'; --",
)  # fmt: skip
TYPED = st.tuples(st.sampled_from(["", " "]), st.lists(st.sampled_from(PARTS), max_size=7)).map(
    lambda p: p[0].join(p[1])
)
SYNTAXES = ("websearch", "phrase", "plain", "prefix")

tried = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def odd(rows):
    """Posts that say what is typed."""
    for post, text in zip(rows.posts[:20], [" ".join(PARTS[n::20]) for n in range(20)], strict=True):
        clean = text.replace("\0", "").encode(errors="ignore").decode()
        Post.objects.filter(pk=post.pk).update(title=clean[:200], content=clean + " queue")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_query_is_a_text(odd, syntax):
    @tried
    @given(TYPED)
    def typed(query):
        found = Post.objects.about(query, syntax=syntax).with_relevance().with_headline().with_headline("title", "html")
        seen = list(found.ranked())
        for post in seen:
            for html in (post.headline, post.html):
                assert not {"<", ">"} & set(html.replace("<mark>", "").replace("</mark>", ""))
        rest = Post.objects.none_of(P.about(query, syntax=syntax))
        assert {post.pk for post in seen} ^ {post.pk for post in rest} == set(Post.objects.values_list("pk", flat=True))
        list(Post.objects.about(query, "title", language="french_unaccent", syntax=syntax, fallback="title").ranked())

    typed()


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


def test_a_term_is_a_text(odd):
    @tried
    @given(TYPED, st.floats(0.01, 1), st.booleans())
    def typed(term, threshold, word):
        found = {post.pk for post in Post.objects.resembling(term, "title", "content", threshold=threshold, word=word)}
        alike = Post.objects.with_resemblance(term, "title", "content", word=word).at_least(resemblance=threshold)
        assert found == {post.pk for post in alike}
        assert len(Post.objects.closest_to(term, "title")) == Post.objects.count()

    typed()


def test_a_name_is_a_name(odd):
    calls = (
        lambda text: Post.objects.about("x", text, language="en"),
        lambda text: Post.objects.about("x", language=text),
        lambda text: Post.objects.about("x", syntax=text),
        lambda text: Post.objects.about("x", fallback=text),
        lambda text: Post.objects.about("x").with_relevance(as_=text),
        lambda text: Post.objects.about("x").with_headline(text),
        lambda text: Post.objects.about("x").with_headline(as_=text),
        lambda text: Post.objects.resembling("x", text),
        lambda text: Post.objects.with_resemblance("x", "title", as_=text),
        lambda text: Post.objects.closest_to("x", text),
        Post.objects.resembling_pairs,
        Post.objects.ordered_naturally,
        lambda text: Post.objects.frequent_lexemes(field=text),
    )

    @tried
    @given(TYPED, st.sampled_from(calls))
    def named(text, call):
        try:
            list(call(text))
        except DatabaseError:
            raise
        except (PatternError, ValueError, TypeError):
            pass

    named()
