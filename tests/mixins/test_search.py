"""Full-text search: what is found in which language, in which order, and how it is shown."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from asgiref.sync import async_to_sync
from django.contrib.postgres.search import SearchConfig, SearchVectorField
from django.db import connection, models
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.utils.safestring import SafeString

from example_project.content.models import Comment, Post, User
from querysets import P, PatternManager
from querysets.errors import WrongShape
from querysets.operations import UnaccentedConfiguration
from querysets.sql.postgres.headline import START, STOP


@pytest.fixture
def write(rows):
    """Posts by their title, and nothing else in the table."""
    Post.objects.all().delete()

    def make(title, content="", **columns):
        return Post.objects.create(
            title=title, content=content, slug=f"{Post.objects.count()}", author=rows.users[0], **columns
        )

    return make


def titles(found):
    return [post.title for post in found]


def every(found):
    return sorted(titles(found))


def test_words_are_found_whatever_their_endings(write):
    for title in ("a queue", "two queues", "queueing", "cue", "que"):
        write(title)
    assert every(Post.objects.about("Queues")) == ["a queue", "queueing", "two queues"]


@pytest.mark.parametrize("blank", ["", " \t", "the of and", "\0", "\ud800", '""', "-", "&|!", "'", "  :* "])
@pytest.mark.parametrize("syntax", ["websearch", "phrase", "plain", "prefix"])
def test_a_query_without_a_word_finds_nothing(write, blank, syntax):
    write("the of and")
    assert not Post.objects.about(blank, syntax=syntax).exists()
    assert list(Post.objects.about(blank, syntax=syntax).with_relevance().with_headline().ranked()) == []
    assert Post.objects.none_of(P.about(blank, syntax=syntax)).count() == 1
    if not blank.strip(" \t\0\ud800"):
        assert not Post.objects.about(blank, syntax=syntax, fallback="title").exists()


def test_stop_words_may_resemble_what_they_do_not_find(write):
    stopped = write("the of and")
    assert Post.objects.about("the of and", fallback="title").with_headline("title").ranked().get() == stopped


def test_what_no_text_can_hold_is_passed_over(write):
    write("queue")
    assert Post.objects.about("qu\0eue\ud800").exists()


def test_the_syntaxes(write):
    for title in ("lock the door", "door lock", "lock", "door or key"):
        write(title)
    assert every(Post.objects.about("lock door")) == ["door lock", "lock the door"]
    assert every(Post.objects.about("lock -door")) == ["lock"]
    assert every(Post.objects.about('"door lock" or key')) == ["door lock", "door or key"]
    assert every(Post.objects.about("door lock", syntax="phrase")) == ["door lock"]
    assert every(Post.objects.about("lock the door", syntax="phrase")) == ["lock the door"]
    assert every(Post.objects.about("lock or door", syntax="plain")) == ["door lock", "lock the door"]
    assert every(Post.objects.about("lock d", syntax="prefix")) == ["door lock", "lock the door"]
    assert every(Post.objects.about("lo door", syntax="prefix")) == []
    assert every(Post.objects.about("' | lock' & !d\\", syntax="prefix")) == ["door lock", "lock the door"]


def test_a_line_is_no_row_of_negations(write):
    write("queue")
    assert Post.objects.about("queue " + "-" * 50).exists()
    assert not Post.objects.about("lock " + "- " * 50 + "queue").exists()


def test_each_row_is_searched_in_its_own_language(write):
    write("les chevaux", language="fr")
    write("die Häuser", language="de")
    write("the houses", language="en")
    write("the houses in another language", language="xx")  # as English: so the vector is made
    assert every(Post.objects.about("chevaux")) == ["les chevaux"]
    assert every(Post.objects.about("Haus or cheval")) == ["die Häuser", "les chevaux"]
    assert every(Post.objects.about("house")) == ["the houses", "the houses in another language"]
    assert every(Post.objects.about("Häusern", language="en")) == []
    assert every(Post.objects.about("Haus", language="german")) == ["die Häuser"]
    assert every(Post.objects.about("houses", language=SearchConfig("simple"))) == []


def test_fields_are_searched_under_a_configuration(write):
    write("Élève", "déçu")
    write("eleve", "à Noël")
    assert every(Post.objects.about("eleves", "title", language="french_unaccent")) == ["eleve", "Élève"]
    assert every(Post.objects.about("élève", "title", language="french_unaccent")) == ["eleve", "Élève"]
    assert every(Post.objects.about("eleve noel", "title", "content", language="french_unaccent")) == ["eleve"]
    assert every(Post.objects.about("élève", "title", language="fr")) == ["Élève"]


def test_a_vector_that_does_not_tell_its_configuration_takes_language():
    with isolate_apps("example_project.content"):

        class Note(models.Model):
            search = SearchVectorField()
            objects = PatternManager()

            class Meta:
                app_label = "content"

        with pytest.raises(ValueError, match=r"'search' does not tell the configuration .* pass language="):
            Note.objects.about("x")
        assert "websearch_to_tsquery(danish" in str(Note.objects.about("x", language="da").query)


def test_it_is_a_condition_on_whichever_model_it_lands(rows):
    first, second, third = rows.posts[:3]
    Comment.objects.filter(pk=rows.comments[0].pk).update(content="my queues", post=first, is_active=True)
    Comment.objects.filter(pk=rows.comments[1].pk).update(content="a queue", post=second, is_active=False)
    Post.objects.filter(pk=third.pk).update(title="A queue")
    discussed = P.having("comments", P.about("queue"), is_active=True)
    assert list(Post.objects.any_of(discussed)) == [first]
    assert set(Post.objects.any_of(discussed, P.about("queue"))) == {first, third}
    assert set(Post.objects.having("comments", P.about("queue"))) == {first, second}
    assert Post.objects.none_of(P.about("queue")).count() == len(rows.posts) - 1
    assert {post.pk: post.n for post in Post.objects.with_count("comments", P.about("queue"), as_="n") if post.n} == {
        first.pk: 1,
        second.pk: 1,
    }
    assert Post.objects.per("status").with_count(None, P.about("queue"), as_="n").ranked("-n").first()["n"] == 1


def test_ranked_reads_the_relevance(write):
    often, once, title = write("x", "queue queue queue", rating=1), write("y", "queue", rating=5), write("queue")
    assert list(Post.objects.about("queue").ranked()) == [title, often, once]
    assert list(Post.objects.about("queue").ranked("-rating")) == [once, often, title]
    assert list(Post.objects.about("queue").with_relevance().ranked()) == [title, often, once]
    flat = Post.objects.about("queue").with_relevance((0, 0, 1, 0), as_="fit")
    assert list(flat.ranked()) == [often, once, title]
    assert [post.pk for post in Post.objects.ranked()] == [once.pk, often.pk, title.pk]
    assert list(Post.objects.about("queue").ranked().limited(2).ranked("pk")) == [often, title]
    assert list(Post.objects.about("queue").ranked().values_list("title", flat=True)) == ["queue", "x", "y"]


def test_ranked_after_groups_and_unions_is_by_the_role(write):
    write("queue", rating=1), write("queue queue", rating=5)
    found = Post.objects.about("queue")
    with pytest.raises(WrongShape, match="rating"):
        found.count_by("status").ranked()
    assert [post.rating for post in found.union(found).ranked()] == [5, 1]


def test_ties_are_by_primary_key(write):
    one, two, three = (write("queue") for _ in range(3))
    assert list(Post.objects.about("queue").ranked()) == [three, two, one]


@pytest.mark.plan
def test_its_indexes_serve_it(rows):
    def plan(*of, **options):
        return Post.objects.about(*of, **options).tuned(enable_seqscan=False).explain()

    assert "post_search " in plan("queue")
    assert "post_search " in plan("que", syntax="prefix")
    assert "post_search_unaccented" in plan("eleve", "title", "content", language="french_unaccent")
    both = plan("queue", fallback="title")
    assert "post_search " in both
    assert "post_title_upper_trgm" in both


def test_of_several_searches_the_last_is_remembered(write):
    lock, queue = write("lock lock queue"), write("lock queue queue")
    assert list(Post.objects.about("queue").about("lock").ranked()) == [lock, queue]
    assert list(Post.objects.about("lock").about("queue").ranked()) == [queue, lock]


def test_pages_by_relevance_neither_repeat_nor_lose_a_row(world):
    found = Post.objects.about("return or value or file").with_relevance()
    expected = list(found.ranked())
    pages, cursor = [], None
    while page := list(found.ranked().after(cursor).limited(7)):
        pages += page
        cursor = page[-1]
    assert pages == expected
    assert len(expected) > 50
    assert all(0 < post.relevance < 1 for post in expected)


def test_cover_counts_nearness(write):
    near, far = write("lock queue"), write("lock " + "and so on " * 5 + "queue")
    covered = {post.pk: post.relevance for post in Post.objects.about("lock queue").with_relevance(cover=True)}
    assert covered[near.pk] > covered[far.pk] > 0


def test_the_fallback_is_for_a_search_without_a_hit(write):
    near, nearer, other = write("queue size"), write("qeue sizes"), write("nothing of it")
    assert list(Post.objects.about("queue", fallback="title").ranked()) == [near]
    found = Post.objects.about("qeue siz", fallback="title").ranked()
    assert list(found) == [nearer, near]
    assert list(found.by(title="queue size")) == [near]
    assert list(found.limited(1)) == [nearer]
    assert list(Post.objects.about("qeue siz").ranked()) == []
    assert list(Post.objects.about("", fallback="title")) == []
    assert other not in found


def test_the_fallback_is_about_the_rows_of_the_chain(write):
    write("queue size", is_active=False)
    near = write("quue size")
    assert list(Post.objects.active().about("queue size", fallback="title")) == [near]
    assert Post.objects.about("queue size", fallback="title").get().title == "queue size"
    assert not Post.objects.about("queue size", fallback="title").active().exists()


def test_the_fallback_leaves_what_was_computed_over_the_rows_before_it(write):
    write("other", rating=3)
    write("queue size", rating=2)
    ranked = Post.objects.with_rank("-rating", as_="place").about("quue size", fallback="title")
    assert ranked.get().place == 2
    assert ranked.limited(1).get().place == 2


def test_relevance_of_the_fallback_is_the_resemblance(write):
    write("queue")
    assert Post.objects.about("queue", fallback="title").with_relevance().get().relevance == pytest.approx(0.3782, 1e-3)
    assert Post.objects.about("queu", fallback="title").with_relevance().get().relevance > 0.3
    assert Post.objects.about("kueue", fallback="title").with_relevance().get().relevance == 0.333333


def test_the_fallback_is_no_condition(rows):
    with pytest.raises(TypeError, match="used as a condition"):
        P.about("x", fallback="title")
    with pytest.raises(WrongShape, match="selects rows"):
        Post.objects.count_by("title").about("x", "title", language="en", fallback="title")
    with pytest.raises(WrongShape, match="selects rows"):
        Post.objects.values("title").distinct().about("x", fallback="title")


def test_everything_is_one_statement(write):
    write("queue")
    with CaptureQueriesContext(connection) as queries:
        list(Post.objects.about("kueue", fallback="title").with_relevance().with_headline("title", "t").ranked())
    assert len(queries) == 1


BAD = (
    "<script>alert(1)</script> queue",
    "<img src=x onerror=alert(1)> queue <b",
    "queue & \"quotes\" and 'quotes' &lt;b&gt;",
    f"{START}queue{STOP} {STOP}<i>{START}",
    "queue <a href='javascript:x'>x</a>",
    "<img\nsrc=x\nonerror=alert(1)>\nqueue\n<!-- <b>\n-->",
    "&#60;b&#62; queue &lt;script&gt; <<b>>",
)


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("words", [None, 2, 35])
def test_a_headline_is_safe_html(write, text, words):
    write(text, text)
    found = (
        Post.objects.about("queue").with_headline("content", "body", words=words).with_headline("title", words=words)
    )
    (post,) = found
    for html in (
        post.body,
        post.headline,
        *found.values_list("body", "headline").get(),
        found.values("body").get()["body"],
    ):
        assert isinstance(html, SafeString)
        assert html.count("<mark>") == html.count("</mark>") == 1
        assert "<mark>queue</mark>" in html
        assert not {"<", ">", START, STOP, '"'} & set(html.replace("<mark>", "").replace("</mark>", ""))


@pytest.mark.parametrize("words", [None, 35])
def test_a_headline_of_a_long_text_is_safe_html(write, words):
    """A megabyte of lines: a tag that is never closed, marks, entities, and the word at the end."""
    write("x", f"<img src=x onerror=alert(1)>\n{START}&lt;b&gt;{STOP} {START}\r\n" * 20_000 + "<b queue\n" + "w " * 100)
    (post,) = Post.objects.about("queue").with_headline(words=words, fragments=0 if words is None else 2)
    assert (
        post.headline.count("<mark>queue</mark>") == post.headline.count("<mark>") == post.headline.count("mark>") / 2
    )
    said = post.headline.replace("<mark>", "").replace("</mark>", "")
    assert not {"<", ">", START, STOP} & set(said)
    assert "&amp;lt;b&amp;gt;" in said


def test_a_headline_of_a_text_without_the_words_is_its_beginning(write):
    write("queue", " ".join(f"w{n}" for n in range(100)))
    assert Post.objects.about("queue").with_headline().get().headline == " ".join(f"w{n}" for n in range(15))
    shorter = Post.objects.about("queue").with_headline(words=5).get().headline
    assert shorter == "w0 w1 w2 w3"


def test_a_headline_is_around_the_words_in_their_language(write):
    write("x", "mot " * 50 + "les chevaux mangent " + "mot " * 50, language="fr")
    (post,) = Post.objects.about("cheval").with_headline(words=6).with_headline("content", "two", words=6, fragments=2)
    assert "<mark>chevaux</mark>" in post.headline
    assert "<mark>chevaux</mark>" in post.two
    assert len(post.headline.split()) <= 6


def test_a_headline_of_null_is_none(rows):
    found = User.objects.about("u1", "username", language="simple").with_headline("bio")
    assert [user.headline for user in found] == [None]


def test_facets_are_groups_of_what_was_found(write, rows):
    write("queue"), write("queues", category=rows.categories[1]), write("a queue", category=rows.categories[1])
    write("lock", category=rows.categories[2])
    facets = Post.objects.about("queue").count_by("category__name").ranked("-count")
    assert list(facets) == [{"category__name": "c1", "count": 2}, {"category__name": None, "count": 1}]


def lexemes(found):
    return [(row["lexeme"], row["count"], row["occurrences"]) for row in found]


def test_frequent_lexemes_are_those_of_the_chain(write):
    a, b = write("queue lock", "queue"), write("lock 100% 'quoted'", rating=3)
    assert lexemes(Post.objects.frequent_lexemes(2)) == [("lock", 2, 2), ("100", 1, 1)]
    assert lexemes(Post.objects.by(pk=a.pk).frequent_lexemes()) == [("lock", 1, 1), ("queue", 1, 2)]
    assert lexemes(Post.objects.by(title=b.title).frequent_lexemes(1)) == [("100", 1, 1)]
    assert lexemes(Post.objects.ranked()[:1].frequent_lexemes()) == [("100", 1, 1), ("lock", 1, 1), ("quot", 1, 1)]
    assert len(Post.objects.frequent_lexemes(10**30)) == 4
    assert Post.objects.none().frequent_lexemes() == Post.objects.frequent_lexemes(0) == []
    for score in (1, 2):
        Comment.objects.create(post=a, user=a.author, content="x", score=score)
    assert lexemes(Post.objects.filter(comments__score__gt=0).frequent_lexemes(1)) == [("lock", 1, 1)]
    assert lexemes(Post.objects.resembling("queue lock", "title", threshold=0.1).timeout(5000).frequent_lexemes(1))


def test_frequent_lexemes_asynchronously(write):
    write("queue")

    async def twin():
        return await Post.objects.afrequent_lexemes(1)

    assert lexemes(async_to_sync(twin)()) == [("queue", 1, 1)]


@contextmanager
def configurations():
    def names():
        with connection.cursor() as cursor:
            cursor.execute("SELECT cfgname FROM pg_ts_config WHERE cfgname LIKE '%unaccent'")
            return {name for (name,) in cursor.fetchall()}

    yield names


def test_the_operation_makes_an_unaccented_configuration_once(write):
    operation = UnaccentedConfiguration("german")
    write("Über")
    with configurations() as names, connection.schema_editor() as editor:
        operation.database_forwards("content", editor, None, None)
        operation.database_forwards("content", editor, None, None)
        assert "german_unaccent" in names()
        assert Post.objects.about("uber", "title", language="german_unaccent").exists()
        operation.database_backwards("content", editor, None, None)
        assert "german_unaccent" not in names()
    assert operation.deconstruct()[0] == "UnaccentedConfiguration"
    assert list(operation.deconstruct()[1]) == ["german"]
    assert "german_unaccent" in operation.describe()
    assert operation.migration_name_fragment == "german_unaccent"
    with pytest.raises(ValueError, match="klingon"):
        UnaccentedConfiguration("klingon")
