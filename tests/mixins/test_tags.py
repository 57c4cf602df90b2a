"""Filters by flag and tags, against plain Python over the same rows."""

from __future__ import annotations

import pytest
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import BooleanField, F, Q, Value
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from example_project.content.models import Category, Post, User
from querysets import P
from querysets.errors import MissingRole, ToManyPath, UnknownField

MARK = 20_260_302  # the rows of these tests; the rest of the world stays

TAGS = [
    "queue",
    "lock",
    "Queue",
    "queues",
    "",
    " ",
    " queue",
    "a,b",
    'say "hi"',
    "{x}",
    "{",
    "}",
    "back\\slash",
    "NULL",
]
TAGS += [
    "null",
    "o'brien",
    "100%",
    "%",
    "_",
    "été",
    "ÉTÉ",
    "队列",
    "🦉",
    "\ue000",
    "a\nb",
    "t" * 50,
    "t" * 49,
    "🦉" * 50,
]
ARRAYS = [
    *(None, [], [None], ["queue"], ["queue", "lock"], ["lock", "queue"], ["queue", "queue"], ["queue", None]),
    *(["lock", "queue", "thread"], ["Queue"], ["", " "], ["a,b", "{x}", 'say "hi"', "back\\slash", "NULL", "o'brien"]),
    *([tag] for tag in TAGS),
    *([tag, "queue"] for tag in TAGS),
]


@pytest.fixture
def posts(db):
    author = User.objects.create(username="tx", email="tx@tags", credits=MARK)
    Post.objects.bulk_create(
        Post(title="t", slug=f"tags-{i}", tags=tags, author=author, version=MARK) for i, tags in enumerate(ARRAYS)
    )
    return list(Post.objects.filter(version=MARK))


def holds(rows, expected, method, *args, **kwargs):
    """The filter keeps exactly ``expected``, and its complement the rest."""
    ours = type(rows[0]).objects.filter(pk__in=[row.pk for row in rows])
    wanted = {row.pk for row in rows if expected(row)}
    assert {row.pk for row in getattr(ours, method)(*args, **kwargs)} == wanted
    condition = getattr(P, method)(*args, **kwargs)
    rest = {row.pk for row in rows} - wanted
    assert {row.pk for row in ours.none_of(condition)} == rest
    assert {row.pk for row in ours.any_of(~condition)} == rest


tags = st.one_of(
    st.sampled_from(TAGS),
    st.sampled_from(TAGS).map(str.swapcase),
    st.text("aq,{}\"'\\%_ N\n\0é\ud800", max_size=4),
    st.text(max_size=60),
    st.sampled_from(["t" * 51, "🦉" * 51, "q" * 100_000, "queue\0", "\ud800", "\0"]),
)


@given(st.lists(tags, max_size=4), st.sampled_from(["all", "any", "only"]))
@example(given_tags=[], match="all")
@example(given_tags=[], match="any")
@example(given_tags=[], match="only")
@example(given_tags=["queue", "queue"], match="all")
@example(given_tags=["queue", "lock", "t" * 51], match="all")
@example(given_tags=["queue", "lock", "t" * 51], match="any")
@example(given_tags=["queue", "lock", "t" * 51, "\0"], match="only")
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tagged(posts, given_tags, match):
    wanted = set(given_tags)
    meaning = {
        "all": lambda post: wanted <= set(post.tags or ()),
        "any": lambda post: bool(wanted & set(post.tags or ())),
        "only": lambda post: bool(post.tags) and set(post.tags) <= wanted,
    }
    holds(posts, meaning[match], "tagged", *given_tags, match=match)


def test_a_tag_that_is_longer_than_the_column_is_not_cut_to_it(posts):
    """PostgreSQL would: the explicit cast to varchar(50)[] makes 51 letters 50."""
    ours = Post.objects.filter(version=MARK)
    assert ours.tagged("t" * 50).count() == 2
    assert ours.tagged("t" * 51).count() == 0
    assert ours.tagged("t" * 51, match="any").count() == 0
    assert ours.tagged("t" * 51, match="only").count() == 0


def test_an_element_that_is_null_is_outside_of_every_set_of_tags(posts):
    ours = Post.objects.filter(version=MARK)
    assert ours.tagged("queue", match="only").count() == sum(set(tags or [None]) == {"queue"} for tags in ARRAYS)
    assert not any(None in post.tags for post in ours.tagged(*TAGS, match="only"))


def test_tagged_on_paths_relations_annotations_and_keys(posts):
    ours = Post.objects.filter(version=MARK)
    writers = User.objects.filter(credits=MARK)
    assert writers.having("posts", P.tagged("queue", "lock")).count() == 1
    both = sum({"queue", "lock"} <= set(tags or ()) for tags in ARRAYS)
    assert writers.with_count("posts", P.tagged("queue", "lock"), as_="both").get().both == both
    assert ours.annotate(other=F("tags")).tagged("queue", "lock", field="other").count() == both
    names = ArrayAgg("posts__title", filter=Q(posts__version=MARK))
    assert writers.annotate(titles=names).tagged("t", match="only", field="titles").count() == 1
    assert [row["tags"] for row in ours.count_by("tags").tagged("queue", "thread")] == [["lock", "queue", "thread"]]
    assert ours.tagged("queue").any_of(P.tagged("lock"), P.tagged("Queue")).count() == both + 1


@pytest.fixture
def people(db):
    """Users, and posts of each, every mixture of flags."""
    users = User.objects.bulk_create(
        User(username="tx", email=f"{on}@flags", is_active=on, credits=MARK) for on in (True, False)
    )
    category = Category.objects.create(name="Flags", slug="flags", position=MARK)
    Post.objects.bulk_create(
        Post(title="t", slug=f"{i}-{on}", author=user, is_active=on, version=MARK, category=category if on else None)
        for i, user in enumerate(users)
        for on in (True, False)
    )
    return users


def test_active_and_not_active_are_complements(people):
    ours = list(Post.objects.filter(version=MARK).select_related("author"))
    holds(ours, lambda post: post.is_active, "active")
    holds(ours, lambda post: not post.is_active, "active", False)  # noqa: FBT003
    holds(ours, lambda post: post.author.is_active, "active", field="author__is_active")
    active = User.objects.filter(credits=MARK).having_only("posts", P.active(False))  # noqa: FBT003
    assert list(active) == []
    assert User.objects.filter(credits=MARK).having("posts", P.active(), at_least=2).count() == 0
    assert User.objects.filter(credits=MARK).having("posts", ~P.active()).count() == 2


def test_null_is_not_active(people):
    unsure = Value(None, output_field=BooleanField(null=True))
    ours = Post.objects.filter(version=MARK).annotate(on=unsure)
    assert ours.active(field="on").count() == 0
    assert ours.active(on=False, field="on").count() == 4
    assert ours.any_of(~P.active(field="on")).count() == 4


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (TypeError, lambda: Post.objects.tagged(["queue"])),
        (TypeError, lambda: Post.objects.tagged("queue", None)),
        (TypeError, lambda: Post.objects.tagged(1)),
        (TypeError, lambda: Post.objects.tagged("queue", field="title")),
        (TypeError, lambda: Post.objects.tagged(field="title")),
        (ValueError, lambda: Post.objects.tagged("queue", match="none")),
        (MissingRole, lambda: User.objects.tagged("queue")),
        (UnknownField, lambda: Post.objects.tagged("queue", field="tags__0")),
        (ToManyPath, lambda: User.objects.tagged("queue", field="posts__tags")),
        (TypeError, lambda: Post.objects.active("yes")),
        (TypeError, lambda: Post.objects.active(None)),
        (TypeError, lambda: Post.objects.active(field="status")),
        (MissingRole, Category.objects.active),
        (ToManyPath, lambda: User.objects.active(field="posts__is_active")),
    ],
)
def test_bad_input_is_our_own_error_at_the_call(error, call):
    """Without the database: none is asked for."""
    with pytest.raises(error, match=r"content\.(User|Post|Category): \w+\(\)"):
        call()


@pytest.mark.plan
@pytest.mark.parametrize("match", ["all", "any", "only"])
def test_the_index_on_the_array_serves(db, match):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
    plan = Post.objects.tagged("queue", "lock", match=match).explain()
    assert "Bitmap Index Scan on post_tags" in plan
    assert "Seq Scan" not in plan
