"""``copy_in`` and ``copy_out`` against plain Python: what goes in and comes out, and in how much memory."""

from __future__ import annotations

import csv
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from asgiref.sync import async_to_sync
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, F, Func, Max, TextField
from django.test.utils import CaptureQueriesContext
from psycopg.types.range import Range

from example_project.content.models import ArchivedPost, Booking, Post, Room, User
from querysets import P
from querysets.errors import WrongShape
from querysets.sql.postgres.copying import CHUNK

HOSTILE = [
    *("", " ", "NULL", "null", "\\", "\\.", "\\N", '"', '""', "{}", ",;", "\r", "\n", "a\r\nb\tc", "\ue000", "😀é"),
    *("'); DROP TABLE x; --", "%s%(a)s%%", "<img onerror>"),
]
KEPT = ("slug", "title", "content", "author_id", "created_at", "archived_at")
THEN = datetime(2026, 1, 1, tzinfo=UTC)


def copied(rows, *args, **kwargs):
    """What a chain is copied out as, and how many rows that are said to be."""
    file = BytesIO()
    count = rows.copy_out(file, *args, **kwargs)
    return count, file.getvalue()


def as_rows(data):
    """CSV as Python reads it, for which NULL is an empty text."""
    return list(csv.reader(StringIO(data.decode(), newline="")))


def archive(rows):
    """Rows for the archive."""
    return [{"slug": f"a{n}", "title": title, "content": title * 2, "author": None} for n, title in enumerate(rows)]


@pytest.fixture(autouse=True)
def _no_archive(db):
    ArchivedPost.objects.all().delete()


def test_rows_come_in_as_dicts_tuples_and_instances(rows):
    user = rows.users[0]
    assert ArchivedPost.objects.copy_in([{"slug": "a", "title": "t", "content": "c", "author": user}]) == 1
    assert (
        ArchivedPost.objects.copy_in(
            [("b", "u", "d", user.pk), ["c", "v", "e", None]], ("slug", "title", "content", "author")
        )
        == 2
    )
    assert ArchivedPost.objects.copy_in([ArchivedPost(slug="d", title="w", content="f", created_at=THEN)]) == 1
    assert (
        ArchivedPost.objects.copy_in(
            iter([{"slug": "e", "title": "x", "content": "g", "more": 1}]), ["slug", "title", "content"]
        )
        == 1
    )
    found = list(ArchivedPost.objects.order_by("slug").values_list("slug", "title", "content", "author"))
    assert found == [
        ("a", "t", "c", user.pk),
        ("b", "u", "d", user.pk),
        ("c", "v", "e", None),
        ("d", "w", "f", None),
        ("e", "x", "g", None),
    ]
    assert ArchivedPost.objects.get(slug="d").created_at == THEN
    assert ArchivedPost.objects.copy_in([]) == ArchivedPost.objects.copy_in((), "slug") == 0


def test_defaults_are_those_of_the_model_and_what_the_database_computes_it_computes(rows):
    Post.objects.copy_in([{"slug": "new", "title": "Queue", "content": "c", "author": rows.users[0]}])
    made = Post.objects.get(slug="new")
    expected = Post(slug="new", title="Queue", content="c", author=rows.users[0])
    for field in Post._meta.concrete_fields:
        if field.name not in {"id", "search", "created_at", "updated_at"}:
            assert getattr(made, field.attname) == getattr(expected, field.attname)
    assert abs((made.created_at - expected.created_at).total_seconds()) < 60
    assert Post.objects.about("queue").filter(slug="new").exists()


def test_every_kind_of_value_comes_back(rows):
    given = {
        "slug": "all",
        "title": "t",
        "content": "c",
        "author": rows.users[0],
        "price": Decimal("0.99"),
        "rating": 1.25,
        "tags": ["", "NULL", 'a,"b', "{}", "\\", "é"],
        "metadata": {"a": [1, None, "\\\"'\t\n"]},
        "published_at": THEN,
        "is_active": False,
    }
    Post.objects.copy_in([given])
    made = Post.objects.get(slug="all")
    assert {name: getattr(made, name) for name in given} == given
    vector = [float(n) for n in range(User._meta.get_field("memory_embedding").dimensions)]
    User.objects.copy_in([{"username": "v", "email": "v@example.org", "memory_embedding": vector, "dob": "2000-02-29"}])
    assert list(User.objects.get(username="v").memory_embedding) == vector
    room = Room.objects.create(name="copied")
    span = Range(THEN, None, "()")
    Booking.objects.copy_in([{"room": room, "user": rows.users[0], "during": span}])
    assert room.bookings.get().during == span


def test_hostile_texts_go_in_and_out_as_they_are(db):
    assert ArchivedPost.objects.copy_in(archive(HOSTILE)) == len(HOSTILE)
    rows = ArchivedPost.objects.order_by("pk")
    assert list(rows.values_list("title", flat=True)) == HOSTILE
    count, data = copied(rows, ("title", "content"))
    assert count == len(HOSTILE)
    assert as_rows(data) == [["title", "content"], *([text, text * 2] for text in HOSTILE)]
    for text in HOSTILE:
        found = copied(
            ArchivedPost.objects.filter(title=text).with_text("again", "title", sep="").by(content=text * 2), "again"
        )
        assert found[0] == 1
        assert as_rows(found[1]) == [["again"], *([[text]] if text else [[""]])]


def test_what_goes_out_comes_in_again(rows):
    assert ArchivedPost.objects.copy_in(archive(HOSTILE[1:])) == len(HOSTILE) - 1
    before = list(ArchivedPost.objects.order_by("slug").values(*KEPT))
    _, data = copied(ArchivedPost.objects.order_by("slug"), KEPT)
    ArchivedPost.objects.all().delete()
    read = csv.DictReader(TextIOWrapper(BytesIO(data), newline=""))
    assert ArchivedPost.objects.copy_in({name: value or None for name, value in row.items()} for row in read) == len(
        before
    )
    assert list(ArchivedPost.objects.order_by("slug").values(*KEPT)) == before


def test_many_rows_come_in_by_few_at_a_time_all_or_none(db):
    said = []
    total = 4 * CHUNK + 7
    assert ArchivedPost.objects.copy_in(iter(archive(["x"] * total)), progress=said.append) == total
    assert said == [CHUNK, 2 * CHUNK, 3 * CHUNK, 4 * CHUNK, total]
    for wrong, error, match in (
        ({"title": None}, ValueError, rf"rows\[{total - 1}\]: title cannot be NULL"),
        ({"slug": "a1"}, ValueError, rf"rows\[{total - 1}\]: .*same columns"),
    ):
        rows = [{**row, "slug": f"b{row['slug']}"} for row in archive(["x"] * total)]
        rows[-1] = {**rows[-1], **wrong} if "title" in wrong else wrong
        with pytest.raises(error, match=match):
            ArchivedPost.objects.copy_in(iter(rows))
        assert ArchivedPost.objects.count() == total


@pytest.mark.parametrize("place", [0, 3, CHUNK + 5, 3 * CHUNK - 1])
def test_an_error_of_the_server_names_the_row_and_leaves_the_transaction_alone(rows, place):
    given = archive(["x"] * (3 * CHUNK))
    ArchivedPost.objects.copy_in([{"slug": "known", "title": "t", "content": "c"}])
    given[place]["slug"] = "known"
    with transaction.atomic():
        with pytest.raises(
            IntegrityError, match=rf"content.ArchivedPost: copy_in\(\): rows\[{place}\]: duplicate key.*known"
        ):
            ArchivedPost.objects.copy_in(given)
        assert ArchivedPost.objects.count() == 1
    vectors = [None, [float("nan")] * User._meta.get_field("memory_embedding").dimensions]
    users = [{"username": "v", "email": f"{n}@x.org", "memory_embedding": each} for n, each in enumerate(vectors)]
    with pytest.raises(DataError, match=r"rows\[1\]: memory_embedding: NaN not allowed in vector"):
        User.objects.copy_in(users)


def test_rows_may_be_read_from_the_same_connection_meanwhile(rows):
    posts = Post.objects.order_by("pk")
    again = (
        {"slug": post.slug, "title": post.title, "content": "c", "author": post.author_id} for post in posts.iterator(7)
    )
    assert ArchivedPost.objects.copy_in(again) == len(rows.posts)
    assert set(ArchivedPost.objects.values_list("slug", flat=True)) == {post.slug for post in rows.posts}


def test_rows_may_be_awaited(transactional_db):
    async def source():
        for row in archive(["x"] * (2 * CHUNK)):
            yield row

    async def work():
        into = await ArchivedPost.objects.acopy_in(source())
        found = await ArchivedPost.objects.aupsert(source(), "slug", where=P.by(title="y"))
        data = []
        return into, found, await ArchivedPost.objects.acopy_out(data.append, "slug"), len(b"".join(data).splitlines())

    assert async_to_sync(work)() == (2 * CHUNK, (0, 0, 2 * CHUNK), 2 * CHUNK, 2 * CHUNK + 1)
    with pytest.raises(TypeError, match="needs rows"):
        ArchivedPost.objects.copy_in(source())


def test_columns_that_are_computed_are_refused(rows):
    with pytest.raises(ValueError, match="no column that can be written"):
        Post.objects.copy_in([{"search": "x"}])


def test_a_chain_goes_out_in_its_order(rows):
    posts = sorted((post for post in rows.posts if post.views >= 2), key=lambda post: (-post.likes, -post.pk))
    chain = Post.objects.at_least(views=2).ranked("-likes", "-pk")
    count, data = copied(chain, ("pk", "slug", "category", "price"))
    assert as_rows(data)[1:] == [
        [str(post.pk), post.slug, str(post.category_id or ""), "" if post.price is None else f"{post.price:.2f}"]
        for post in posts
    ]
    assert as_rows(data)[0] == ["pk", "slug", "category", "price"]
    assert count == len(posts)
    assert as_rows(copied(chain.limited(3), "slug")[1]) == [["slug"], *([post.slug] for post in posts[:3])]
    assert copied(chain[:3], "slug") == copied(chain.limited(3), "slug")


def test_what_is_copied_by_default_is_all_but_what_is_computed_and_the_annotations(rows):
    head = as_rows(copied(Post.objects.with_count("comments").order_by("pk"))[1])[0]
    assert head == [
        *(field.attname for field in Post._meta.concrete_fields if field.name != "search"),
        "comments_count",
    ]
    count, data = copied(Post.objects.values("slug", "author__username").order_by("slug"))
    assert count == 60
    by_key = {user.pk: user.username for user in rows.users}
    slugs = sorted((post.slug, by_key[post.author_id]) for post in rows.posts)
    assert as_rows(data) == [["slug", "author__username"], *map(list, slugs)]


def test_nothing_and_the_empty_text_are_told_apart(rows):
    ArchivedPost.objects.copy_in([{"slug": "a", "title": "", "content": "c", "author": None}])
    assert copied(ArchivedPost.objects.all(), ("title", "author")) == (1, b'title,author\n"",\n')
    assert copied(ArchivedPost.objects.all(), ("title", "author"), format="text") == (1, b"title\tauthor\n\t\\N\n")
    count, data = copied(ArchivedPost.objects.all(), "title", format="binary")
    assert (count, data[:11]) == (1, b"PGCOPY\n\xff\r\n\0")


def test_groups_go_out_by_keys_and_measures(rows):
    groups = {key: len(posts) for key, posts in rows.per(lambda post: post.status).items()}
    chain = Post.objects.count_by("status").with_max("views").above(count=1)
    assert as_rows(copied(chain)[1]) == [
        ["status", "count", "views_max"],
        *(
            [key, str(n), str(max(post.views for post in rows.posts if post.status == key))]
            for key, n in sorted(groups.items())
        ),
    ]
    assert as_rows(copied(chain, "count")[1])[1:] == [[str(n)] for _, n in sorted(groups.items())]
    django = Post.objects.values("status").annotate(n=Count("pk"), most=Max("views")).order_by("status")
    assert as_rows(copied(django)[1])[0] == ["status", "n", "most"]


def test_distinct_values_go_out_once(rows):
    pairs = sorted({(post.status, post.views) for post in rows.posts})
    chain = Post.objects.values("status", "views").distinct().order_by("status", "views")
    assert as_rows(copied(chain)[1])[1:] == [[status, str(views)] for status, views in pairs]
    by_other = Post.objects.values("status").distinct().order_by("views", "status")
    assert as_rows(copied(by_other)[1])[1:] == [[status] for views, status in sorted((v, s) for s, v in pairs)]
    assert copied(Post.objects.order_by("status", "-pk").distinct("status"), "status")[0] == 3


def test_no_rows_are_a_heading(rows):
    for chain in (Post.objects.none(), Post.objects.filter(pk__in=[]), Post.objects.filter(pk=-1)):
        said = []
        assert copied(chain, "slug", progress=said.append) == (0, b"slug\n")
        assert said == [0]


def test_settings_travel_with_what_is_copied(rows):
    class Setting(Func):
        template = "current_setting('work_mem')"
        output_field = TextField()

    with CaptureQueriesContext(connection) as captured:
        chain = Post.objects.labelled("export").tuned(work_mem="77MB").annotate(memory=Setting())
        assert set(copied(chain, "memory")[1].split()) == {b"memory", b"77MB"}
        assert set(copied(Post.objects.annotate(memory=Setting()), "memory")[1].split()).isdisjoint({b"77MB"})
        ArchivedPost.objects.labelled("import").copy_in(archive("x"))
    said = [query["sql"] for query in captured.captured_queries]
    assert sum(sql.startswith(("/* export */ COPY (", "/* import */ COPY ")) for sql in said) == 2
    slow = Post.objects.timeout(30).annotate(n=Count("comments__user__comments__user__comments__user__comments"))
    with pytest.raises(OperationalError, match="statement timeout"):
        copied(slow)
    assert Post.objects.count() == 60


def test_an_error_of_the_one_who_reads_ends_it_and_leaves_the_transaction_alone(rows):
    def refuse(data):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        Post.objects.annotate(pad=F("content")).copy_out(refuse)
    assert Post.objects.count() == 60


def test_a_chain_that_says_which_rows_takes_none_in(rows):
    for chain in (ArchivedPost.objects.filter(title="x"), ArchivedPost.objects.none(), rows.users[0].archived_posts):
        with pytest.raises(WrongShape, match="narrowed by conditions"):
            chain.copy_in([])


@pytest.mark.slow
def test_rows_go_in_and_out_in_little_memory(db):
    total, peaks = 40_000, []
    rows = ({"slug": f"m{n}", "title": "t" * 100, "content": "c" * 500} for n in range(total))

    def measured(work):
        tracemalloc.start()
        try:
            assert work() == total
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()

    measured(lambda: ArchivedPost.objects.copy_in(rows))
    measured(lambda: ArchivedPost.objects.copy_out(len))
    again = ({"slug": f"m{n}", "title": "t" * 99, "content": "c"} for n in range(total))
    measured(lambda: sum(ArchivedPost.objects.upsert(again, "slug")))
    assert max(peaks) < 8 * 2**20
