"""Filters by text, against plain Python over the same rows; terms are as nasty as what users type."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Lower, Upper
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from example_project.content.models import Category, Comment, Post, User
from querysets import P
from querysets.errors import MissingRole, ToManyPath, UnknownField, WrongShape

MARK = 20_260_301  # the rows of these tests; the rest of the world stays

TEXTS = [
    *("", " ", "\t\n\r\f\v ", "\N{NO-BREAK SPACE}", "a", "A", "art", "Art, not craft", "party", "smart starters"),
    *("the art", "art_history", "art\nlines", "start of the ART", "Queue up", "queue UP", "  Queue up ", "queue_size"),
    *("queue-size", "queue%size", "100% of it", "100 of it", "C++", "c++", "C++11", "objective-C++", ".NET", "ASP.NET"),
    *("C:\\queue\\new", "a\\%b", "it's \"quoted\"", "'; DROP TABLE x; --", "%", "_", "\\", "*", "What a * does?"),
    *("été", "ÉTÉ", "Ecole", "e\N{COMBINING ACUTE ACCENT}te", "Straße", "STRASSE", "STRAẞE", "İstanbul", "istanbul"),
    *("Iğdır", "ığdır", "ΣΊΣΥΦΟΣ", "Σίσυφος", "σίσυφοσ", "队列的大小"),
    *("owl 🦉", "private \ue000 use", "aa a a", "ba a a", "a.b", "a+b", "(x|y)", "[x]", "^x$"),
    *("x{2}", "xx", "<b>&amp;</b>", "null", "NULL", "lock", "timeout", "q" * 5000),
]  # fmt: skip
EMAILS = [
    *("ada@example.com", "ADA@EXAMPLE.COM", "bob@evil-example.com", "bob@mail.example.com", "x@a.mail.Example.com"),
    *('"a@b"@example.com', '"x@example.com"@other.org', "@example.com", "example.com", "@mail.example.com"),
    *("mail.example.com", "ada@example.com.evil.org", "ada@exampleXcom", "ada@xample.com", "é@EXÄMPLE.com"),
    *("no address", "100%@example.com", "under_score@ex_mple.com", "ada@localhost", "", "@", "a@", "x@.example.com"),
]  # fmt: skip


@pytest.fixture
def people(db):
    """A user for each text as name, another one as bio, every seventh bio NULL; and a post of each with the same."""
    users = User.objects.bulk_create(
        User(
            username=text[:100],
            email=f"{number}@{EMAILS[number % len(EMAILS)]}",
            bio=None if number % 7 == 3 else TEXTS[-number - 1],
            credits=MARK,
        )
        for number, text in enumerate(TEXTS)
    )
    category = Category.objects.create(name="Queues", slug="text-queues", position=MARK)
    Post.objects.bulk_create(
        Post(title=user.username, slug=f"text-{i}", content=user.bio or "", author=user, version=MARK, category=kept)
        for i, user in enumerate(users)
        for kept in [category if i % 2 else None]
    )
    return list(User.objects.filter(credits=MARK))


@pytest.fixture
def addressees(db):
    """Users whose bio holds an address: the email itself must be unique."""
    User.objects.bulk_create(
        User(username="x", email=f"{number}@text", bio=address, credits=MARK)
        for number, address in enumerate([*EMAILS, None])
    )
    return list(User.objects.filter(credits=MARK))


def holds(rows, expected, method, *args, **kwargs):
    """The filter keeps exactly ``expected``, and its complement the rest."""
    ours = type(rows[0]).objects.filter(pk__in=[row.pk for row in rows])
    wanted = {row.pk for row in rows if expected(row)}
    assert {row.pk for row in getattr(ours, method)(*args, **kwargs)} == wanted
    condition = getattr(P, method)(*args, **kwargs)
    rest = {row.pk for row in rows} - wanted
    assert {row.pk for row in ours.none_of(condition)} == rest
    assert {row.pk for row in ours.any_of(~condition)} == rest


def up(text):
    """PostgreSQL's UPPER under C.UTF-8: letter by letter, one letter for one."""
    return "".join(next((u for u in (c.upper(), c.title()) if len(u) == 1), c) for c in text)


def folded(text, *, case):
    return text if case else up(text)


def is_letter(sign):
    return sign.isalnum() or sign == "_"


def has_word(text, word):
    """Whether ``word`` stands in ``text`` with no letter, digit or underscore beside it."""
    starts = [i for i in range(len(text) - len(word) + 1) if text.startswith(word, i)]
    return any(
        not (i > 0 and is_letter(text[i - 1])) and not is_letter((text[i + len(word) :] or " ")[0]) for i in starts
    )


SIGNS = "abABzZ019 _%\\'\"*?.+^$()[]{}|-@,;<>&\t\n\0éÉßẞıİiIσςΣſ队🦉\ue000\u00a0\ud800K"
parts = st.sampled_from([text for text in TEXTS if text]).flatmap(
    lambda text: st.tuples(st.integers(0, min(len(text), 60)), st.integers(1, 8)).map(lambda at: text[at[0] : sum(at)])
)
terms = st.one_of(
    parts,
    parts.map(str.swapcase),
    st.sampled_from(TEXTS),
    st.text(SIGNS, max_size=4),
    st.text(max_size=12),
    st.sampled_from(["q" * 100_000, "%" * 100_000, "a b" * 30_000, "'" * 70_000, "\0", "a\0", "\ud800"]),
)
# The rows are made once for all examples of a test, which only read them.
nasty = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_the_oracles_know_letters_as_the_server_does(db):
    """Up to U+24FF, where all versions of Unicode agree, and all that these tests are made of."""
    letters = {chr(code) for code in range(1, 0x2500)} | {sign for text in [*TEXTS, *EMAILS] for sign in text}
    with connection.cursor() as cursor:
        cursor.execute("SELECT x, UPPER(x), LOWER(x), x ~ '\\w' FROM unnest(%s::text[]) x", [sorted(letters)])
        rows = cursor.fetchall()
    assert [(letter, upper) for letter, upper, _, _ in rows if up(letter) != upper] == []
    assert [(letter, lower) for letter, _, lower, _ in rows if letter.lower()[0] != lower] == []
    used = {sign for text in [*TEXTS, *EMAILS, SIGNS] for sign in text}
    assert [sign for sign, _, _, word in rows if sign in used and is_letter(sign) != word] == []


@given(terms, st.booleans())
@example(term="  queue up ", case=False)
@example(term=" ", case=True)
@nasty
def test_matching_contains(people, term, case):
    wanted = folded(term.strip(), case=case)

    def has(text):
        return text is not None and wanted in folded(text, case=case)

    holds(people, lambda u: not wanted or has(u.username) or has(u.bio), "matching", term, "username", "bio", case=case)


@given(terms, st.booleans())
@nasty
def test_matching_exact(people, term, case):
    wanted = folded(term.strip(), case=case)
    holds(
        people,
        lambda u: not wanted or (u.bio is not None and folded(u.bio, case=case) == wanted),
        "matching",
        term,
        "bio",
        mode="exact",
        case=case,
    )


@given(st.lists(terms.filter(lambda term: len(term) < 1000), max_size=3).map(" ".join), st.booleans())
@example(term="lock art", case=False)
@nasty
def test_matching_words_spreads_them_over_the_fields(people, term, case):
    words = [folded(word, case=case) for word in term.split()]

    def has(user, word):
        return word in folded(user.username, case=case) or word in folded(user.bio or "", case=case)

    def expected(user):
        return all(has(user, word) for word in words)

    holds(people, expected, "matching", term, "username", "bio", mode="words", case=case)


@given(terms.filter(lambda term: len(term) <= 1000), st.booleans())
@example(term="art", case=False)
@example(term="C++", case=False)
@example(term=".NET", case=True)
@example(term="a a", case=False)
@example(term="\\", case=False)
@nasty
def test_matching_word(people, term, case):
    word = folded(term.strip(), case=case)

    def has(text):
        return text is not None and has_word(folded(text, case=case), word)

    def expected(user):
        return not word or has(user.username) or has(user.bio)

    holds(people, expected, "matching", term, "username", "bio", mode="word", case=case)


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("art", ["art", "Art, not craft", "start of the ART", "the art", "art\nlines"]),
        ("C++", ["C++", "c++", "objective-C++"]),
        (".net", [".NET"]),
        ("queue up", ["Queue up", "queue UP", "  Queue up "]),
        ("a a", ["aa a a", "ba a a"]),
        ("x|y", ["(x|y)"]),
        ("%", ["%"]),
        ("% of", []),
        ("100%", ["100% of it"]),
        ("大小", []),
    ],
)
def test_a_word_has_no_letter_beside_it(people, word, names):
    found = User.objects.filter(credits=MARK).matching(word, "username", mode="word")
    assert sorted(user.username for user in found) == sorted(names)


@given(terms, st.booleans())
@example(term="  Q", case=True)
@nasty
def test_starting_and_ending_take_spaces_as_they_are(people, term, case):
    wanted = folded(term, case=case)
    blank = not term.strip()

    def begins(text):
        return text is not None and folded(text, case=case).startswith(wanted)

    def ends(text):
        return text is not None and folded(text, case=case).endswith(wanted)

    holds(
        people, lambda u: blank or begins(u.username) or begins(u.bio), "starting", term, "username", "bio", case=case
    )
    holds(people, lambda u: blank or ends(u.username) or ends(u.bio), "ending", term, "username", "bio", case=case)


@given(st.one_of(terms, st.lists(st.one_of(parts, st.sampled_from("*?%_\\")), max_size=5).map("".join)))
@example("*")
@example("?rt")
@example("*\\*")
@example("What a ** do??*")
@example("")
@example(" ")
@nasty
def test_matching_glob_fits_the_whole_text(people, pattern):
    wildcards = {"*": ".*", "?": "."}
    expression = re.compile(
        "".join(wildcards.get(sign, re.escape(sign)) for sign in re.sub(r"\*+", "*", pattern)), re.DOTALL
    )
    blank = not pattern.strip()
    holds(people, lambda u: blank or expression.fullmatch(u.username), "matching_glob", pattern, "username")


@given(st.text(SIGNS + "dswmy", max_size=6))
@example("^[a-z]+$")
@example(r"\mart\M")
@nasty
def test_a_regular_expression_matches_or_is_our_own_error(people, pattern):
    ours = User.objects.filter(credits=MARK)
    try:
        found = ours.matching_regex(pattern, "username", "bio")
    except ValueError as error:
        assert str(error).startswith("content.User: matching_regex(): ")  # noqa: PT017
        return
    for rows in (found, ours.matching_regex(pattern, "username", "bio", case=False)):
        assert rows.count() <= len(people)
        assert rows.count() + ours.exclude(pk__in=rows).count() == len(people)


def test_matching_regex_matches_somewhere_and_knows_case(people):
    holds(
        people,
        lambda u: re.search(r"[qQ]ueue.?(up|size)\Z", u.username),
        "matching_regex",
        "[qQ]ueue.?(up|size)$",
        "username",
    )
    holds(
        people, lambda u: re.search("^art", u.username, re.IGNORECASE), "matching_regex", "^art", "username", case=False
    )
    holds(people, lambda _: True, "matching_regex", " ", "bio")


def test_regular_expressions_from_outside_are_refused_before_any_sql():
    for pattern in ("(", "a**", r"(a)\1", "a{51}", "x" * 201, "(a{50}){5}", "a\0", "[z-a]"):
        with pytest.raises(ValueError, match=r"content.User: matching_regex\(\): "):
            User.objects.matching_regex(pattern, "username")
    User.objects.matching_regex("x" * 201, "username", max_length=300)


domains = st.one_of(
    st.sampled_from([address.rpartition("@")[2] for address in EMAILS]),
    st.sampled_from(EMAILS).flatmap(lambda text: st.integers(0, len(text)).map(lambda start: text[start:])),
    terms.filter(lambda term: up(term.lower()) == up(term)),
)


@given(domains, st.booleans())
@example(domain="@Example.com", subdomains=True)
@example(domain=".example.com", subdomains=False)
@example(domain="a@b.org", subdomains=True)
@nasty
def test_in_domain(addressees, domain, subdomains):
    wanted = up(domain.strip().removeprefix("@").removeprefix("."))

    def inside(address):
        _, at, found = (address or "").rpartition("@")
        exact = up(found) == wanted
        return bool(at) and "@" not in wanted and (exact or (subdomains and up(found).endswith(f".{wanted}")))

    holds(addressees, lambda u: not wanted or inside(u.bio), "in_domain", domain, "bio", subdomains=subdomains)


def test_a_domain_is_no_ending(addressees):
    found = User.objects.filter(credits=MARK)
    exact = {"ada@example.com", "ADA@EXAMPLE.COM", '"a@b"@example.com', "@example.com", "100%@example.com"}
    assert {user.bio for user in found.in_domain("example.com", "bio")} == exact
    below = {"bob@mail.example.com", "x@a.mail.Example.com", "@mail.example.com", "x@.example.com"}
    assert {user.bio for user in found.in_domain("example.com", "bio", subdomains=True)} == exact | below
    assert {user.bio for user in found.in_domain("ex_mple.com", "bio", subdomains=True)} == {"under_score@ex_mple.com"}


@given(terms, st.lists(terms, max_size=3), st.booleans())
@example(term="", several=["ART", "art", "\0"], null=False)
@nasty
def test_caseless(people, term, several, null):
    wanted, any_wanted = up(term.strip()), {up(each.strip()) for each in several}
    holds(people, lambda u: u.bio is not None and up(u.bio) == wanted, "caseless", bio=term)
    holds(
        people,
        lambda u: null if u.bio is None else up(u.bio) in any_wanted,
        "caseless",
        bio=[*several, None] if null else several,
    )


def test_caseless_by_value_type(people):
    holds(people, lambda u: u.bio is None, "caseless", bio=None)
    holds(people, lambda _: False, "caseless", bio=[])
    holds(people, lambda u: u.bio == "", "caseless", bio="  ")
    holds(people, lambda u: u.bio is not None and up(u.bio) == up(u.username), "caseless", bio=F("username"))
    holds(people, lambda u: up(u.username) == "ART" and u.bio is None, "caseless", username=("art",), bio=None)


@given(st.none() | st.integers(-1, 7) | st.just(10**30), st.none() | st.integers(0, 7) | st.integers())
@example(100, 100)
@example(5000, None)
@example(2**31, None)
@nasty
def test_of_length_counts_characters(people, low, high):
    if (low or 0) < 0 or (high or 0) < 0:
        with pytest.raises(ValueError, match="0 or more"):
            User.objects.of_length("bio", low, high)
        return
    holds(
        people,
        lambda u: u.bio is not None and (low or 0) <= len(u.bio) and (high is None or len(u.bio) <= high),
        "of_length",
        "bio",
        low,
        high,
    )


WHITE = " \t\n\r\f\v"
JSONS = [None, {}, [], "", " ", 0, False, {"a": None}, [None], "x", [[]], {"": ""}, "null", "{}"]


@pytest.fixture
def documents(people):
    """Posts with every kind of emptiness, in every field that may have one."""
    author = people[0]
    blanks = ["", " ", WHITE, "\N{NO-BREAK SPACE}", "\u2003", ".", " . ", "\x1c", "\x85", "\n\n", "x" * 3000 + " "]
    made = [
        Post(title=text[:200], content=text, slug=f"blank-{i}", author=author, version=MARK + 1)
        for i, text in enumerate(blanks)
    ]
    made += [
        Post(slug=f"tags-{i}", title="t", tags=t, author=author, version=MARK + 1)
        for i, t in enumerate([None, [], [""], [None]])
    ]
    made += [
        Post(slug=f"json-{i}", title="t", metadata=value, author=author, version=MARK + 1)
        for i, value in enumerate(JSONS)
    ]
    made.append(
        Post(
            slug="json-null",
            title="t",
            metadata=Value(None, Post._meta.get_field("metadata")),
            author=author,
            version=MARK + 1,
        )
    )
    Post.objects.bulk_create(made)
    return list(Post.objects.filter(version=MARK + 1).select_related("category"))


def text_blank(text):
    return text is None or not text.strip(WHITE)


@pytest.mark.parametrize(
    ("field", "blank"),
    [
        ("content", lambda p: text_blank(p.content)),
        ("title", lambda p: text_blank(p.title)),
        ("tags", lambda p: not p.tags),
        ("metadata", lambda p: p.metadata in (None, {}, [], "") and p.metadata is not False),
        ("views", lambda _: False),
        ("is_active", lambda _: False),
        ("category", lambda _: True),
        ("category__name", lambda _: True),
        ("published_at", lambda p: p.published_at is None),
        ("author__bio", lambda p: text_blank(p.author.bio)),
    ],
)
def test_blank_and_present_are_complements(documents, field, blank):
    holds(documents, blank, "blank", field)
    holds(documents, lambda p: not blank(p), "present", field)
    ours = Post.objects.filter(version=MARK + 1)
    assert set(ours.present(field)) == set(ours.none_of(P.blank(field)))


def test_blank_means_all_and_present_means_none(documents):
    holds(documents, lambda p: text_blank(p.content) and not p.tags, "blank", "content", "tags")
    holds(documents, lambda p: not text_blank(p.content) and bool(p.tags), "present", "content", "tags")


def test_every_method_works_on_a_path_a_relation_and_an_annotation(people):
    ours = Post.objects.filter(version=MARK)
    wanted = {user.username for user in people if "QUEUE" in up(user.username)}
    assert {post.title for post in ours.matching("queue", "author__username")} == wanted
    assert {post.title for post in ours.annotate(shout=Upper("title")).matching("QUEUE", "shout", case=True)} == wanted
    having = User.objects.filter(credits=MARK).having("posts", P.matching("queue", "title"))
    assert {user.username for user in having} == wanted
    counted = User.objects.filter(credits=MARK).with_count("posts", P.matching("queue", "title"), as_="queues")
    assert {user.username for user in counted.at_least(queues=1)} == wanted
    # a category that is missing has no name to match, and is among those whose name does not
    named = {post.pk for post in ours if post.category_id}
    assert {post.pk for post in ours.matching("queues", "category__name")} == named
    assert {post.pk for post in ours.none_of(P.matching("queues", "category__name"))} == {p.pk for p in ours} - named
    assert ours.any_of(P.matching("queues", "category__name"), P.blank("category__name")).count() == len(people)


def test_the_fields_of_the_role_are_the_default_on_whichever_model(people):
    wanted = {u.pk for u in people if any("ART" in up(text or "") for text in (u.username, u.email, u.bio))}
    assert {user.pk for user in User.objects.filter(credits=MARK).matching("art")} == wanted
    posts = {p.author_id for p in Post.objects.filter(version=MARK) if "ART" in up(p.title) or "ART" in up(p.content)}
    assert {user.pk for user in User.objects.filter(credits=MARK).having("posts", P.matching("art"))} == posts
    with pytest.raises(MissingRole, match=r"content.Comment: matching\(\) needs a 'search_fields' field"):
        Comment.objects.matching("art")


def test_keys_and_measures_of_groups(people):
    groups = Post.objects.filter(version=MARK).annotate(first=Lower("title")).count_by("first")
    assert {row["first"] for row in groups.starting("queue", "first")} == {
        "queue up",
        "queue_size",
        "queue-size",
        "queue%size",
    }
    assert {row["first"] for row in groups.blank("first")} == {"", " ", "\t\n\r\f\v "}
    with pytest.raises(WrongShape, match="neither a key nor a measure"):
        groups.matching("x", "title")


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (TypeError, lambda: User.objects.matching(None)),
        (TypeError, lambda: User.objects.matching(b"x")),
        (TypeError, lambda: User.objects.matching(["x"])),
        (TypeError, lambda: User.objects.starting(1, "username")),
        (TypeError, lambda: User.objects.ending(1, "username")),
        (TypeError, lambda: User.objects.matching_glob(1, "username")),
        (TypeError, lambda: User.objects.matching_regex(1, "username")),
        (TypeError, lambda: User.objects.in_domain(1)),
        (TypeError, lambda: User.objects.caseless(email=1)),
        (TypeError, lambda: User.objects.caseless(email=["x", 1])),
        (TypeError, lambda: User.objects.caseless(credits="1")),
        (TypeError, lambda: User.objects.of_length("username", "1")),
        (TypeError, lambda: User.objects.of_length("username", min=True)),
        (TypeError, lambda: User.objects.of_length("credits", 1)),
        (TypeError, lambda: Post.objects.of_length("tags", 1)),
        (TypeError, lambda: Post.objects.matching("x", "views")),
        (TypeError, lambda: Post.objects.matching("x", "author")),
        (TypeError, lambda: Post.objects.matching("x", "created_at")),
        (TypeError, lambda: Post.objects.matching("x", "metadata")),
        (TypeError, lambda: Post.objects.matching_glob("x", "tags")),
        (TypeError, Post.objects.blank),
        (TypeError, Post.objects.present),
        (ValueError, lambda: Post.objects.matching("x", mode="fuzzy")),
        (ValueError, lambda: Post.objects.matching(" ".join(map(str, range(101))), mode="words")),
        (ValueError, lambda: Post.objects.matching("x" * 1001, mode="word")),
        (ValueError, lambda: Post.objects.matching_glob("*a" * 101)),
        (UnknownField, lambda: Post.objects.matching("x", "title__startswith")),
        (UnknownField, lambda: Post.objects.matching("x", "titel")),
        (UnknownField, lambda: Post.objects.matching(" ", "titel")),
        (UnknownField, lambda: Post.objects.caseless(author__password__iexact="x")),
        (UnknownField, lambda: Post.objects.blank("titel")),
        (ToManyPath, lambda: Post.objects.matching("x", "comments__content")),
        (ToManyPath, lambda: Post.objects.blank("comments__content")),
    ],
)
def test_bad_input_is_our_own_error_at_the_call(error, call):
    """Without the database: none is asked for."""
    with pytest.raises(error, match=r"content\.(User|Post): \w+\(\)"):
        call()


def test_what_is_almost_too_much_is_not(people):
    ours = User.objects.filter(credits=MARK)
    assert ours.matching(" ".join(["art"] * 30_000), "username", mode="words").count() == sum(
        "ART" in up(text) for text in TEXTS
    )
    assert ours.matching(" ".join(map(str, range(100))), "username", mode="words").count() == 0
    assert ours.matching("x" * 1000, "username", mode="word").count() == 0
    assert ours.matching_glob("*" + "a*" * 99, "username").count() == 0
    assert list(Post.objects.annotate(seen=Cast("views", CharField())).matching("x", "seen")) == []


def test_choices_and_lazy_names_of_them_are_texts(people):
    assert Post.objects.filter(version=MARK).matching(Post.Status.DRAFT, "status", mode="exact").count() == len(people)
    assert Post.objects.filter(version=MARK).caseless(status=Post.Status.DRAFT).count() == len(people)


INDEXED = [
    (lambda: Post.objects.matching("timeout"), ["post_title_upper_trgm", "post_content_upper_trgm"]),
    (lambda: Post.objects.matching("lock timeout", mode="words"), ["post_title_upper_trgm", "post_content_upper_trgm"]),
    (lambda: Post.objects.matching("timeout", mode="word"), ["post_title_upper_trgm", "post_content_upper_trgm"]),
    (lambda: Post.objects.matching("timeout", case=True), ["post_title_(trgm|distance)", "post_content_trgm"]),
    (lambda: Post.objects.matching("timeout", "content", mode="word", case=True), ["post_content_trgm"]),
    (lambda: Post.objects.matching_glob("*time*out*", "content"), ["post_content_trgm"]),
    (lambda: Post.objects.matching_regex("time(out|less)", "content"), ["post_content_trgm"]),
    (lambda: Post.objects.ending("timeout", "content", case=False), ["post_content_upper_trgm"]),
    (lambda: User.objects.matching("ada", "username", "email"), ["user_username_upper_trgm", "user_email_upper_trgm"]),
    (lambda: User.objects.starting("ada", "email", case=False), ["user_email_upper"]),
    (lambda: User.objects.caseless(email="ada@example.com"), ["user_email_upper"]),
    (lambda: User.objects.caseless(email=["ada@example.com", "bob@example.com"]), ["user_email_upper"]),
    (lambda: User.objects.in_domain("example.com"), ["user_email_domain"]),
    (lambda: User.objects.in_domain("example.com", subdomains=True), ["user_email_domain", "user_email_upper_trgm"]),
]


@pytest.mark.plan
@pytest.mark.parametrize(("rows", "indexes"), INDEXED)
def test_the_documented_index_serves(db, rows, indexes):
    """With scans of the whole table or index ruled out, only an index that takes the condition is left."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off"
        )
    plan = rows().explain()
    assert "Seq Scan" not in plan
    assert plan.count("Index Cond") >= len(indexes)
    for index in indexes:
        assert re.search(f"Bitmap Index Scan on {index} ", plan), plan
