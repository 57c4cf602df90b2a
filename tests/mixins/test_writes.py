"""Writes against plain Python: what they answer, the rows that they leave, and those that they never touch."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import DataError, IntegrityError, OperationalError, connection, models, transaction
from django.db.models import Avg, Case, Count, F, Max, OuterRef, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Concat, Greatest, Now, Round, RowNumber, Upper
from django.test.utils import CaptureQueriesContext

from example_project.content.models import ArchivedPost, Category, Comment, Post, Reaction, User
from querysets import P, PatternManager
from querysets.errors import WrongShape

FIELDS = {"slug": "slug", "title": "title", "content": "content", "author": "author", "created_at": "created_at"}


@pytest.fixture(autouse=True)
def _no_archive(db):
    ArchivedPost.objects.all().delete()


@pytest.fixture
def touched(rows):
    """The posts that a call writes, be it as they were: by where they lie on the disk."""

    def places():
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, ctid::text FROM content_post")
            return dict(cursor.fetchall())

    def during(call):
        before = places()
        result = call()
        after = places()
        return result, {pk for pk, place in after.items() if before.get(pk) != place}

    return during


def values(name, **conditions):
    return dict(Post.objects.filter(**conditions).values_list("pk", name))


def test_adjust_adds_and_leaves_null_alone(rows, touched):
    priced = {post.pk: post.price for post in rows.posts if post.price is not None}
    assert touched(lambda: Post.objects.all().adjust(price=Decimal("2.5"))) == (len(priced), set(priced))
    assert values("price", price__isnull=False) == {pk: price + Decimal("2.5") for pk, price in priced.items()}


def test_adjust_by_nothing_writes_nothing(rows, touched):
    assert touched(lambda: Post.objects.all().adjust(views=0, score=0)) == (0, set())
    assert touched(lambda: Post.objects.none().adjust(views=1)) == (0, set())


def test_adjust_takes_expressions_and_no_null_from_them(rows):
    nothing = Case(When(status="draft", then=Value(None)), default=F("author__credits") + 7)
    changed = Post.objects.all().adjust(views=nothing)
    drafts = {post.pk for post in rows.posts if post.status == "draft"}
    assert changed == 60 - len(drafts)
    assert values("views") == {post.pk: post.views + 7 * (post.pk not in drafts) for post in rows.posts}


@pytest.mark.parametrize("clamp", [(1, 3), (None, 2), (2, None), (Decimal(1), 3)])
def test_adjust_stays_within_bounds(rows, touched, clamp):
    low, high = (-9 if clamp[0] is None else clamp[0]), (99 if clamp[1] is None else clamp[1])
    expected = {post.pk: min(max(post.views - 1, int(low)), high) for post in rows.posts}
    changed = {post.pk for post in rows.posts if expected[post.pk] != post.views}
    assert touched(lambda: Post.objects.all().adjust(views=-1, clamp=clamp)) == (len(changed), changed)
    assert values("views") == expected


def test_flip_turns_booleans_and_a_duplicate_once(rows):
    first, second = rows.posts[:2]
    Post.objects.filter(pk=second.pk).update(is_active=False)
    assert Post.objects.by(pk=[first.pk, second.pk, second.pk]).flip("is_active") == 2
    assert [values("is_active")[post.pk] for post in (first, second)] == [False, True]


def test_set_case_takes_the_first_that_holds_and_leaves_the_rest(rows, touched):
    expected = {
        post.pk: "hot" if post.views >= 3 else post.status.upper() if post.rating < 1 else post.status
        for post in rows.posts
    }
    changed = {post.pk for post in rows.posts if expected[post.pk] != post.status}
    cases = ((P.at_least(views=3), "hot"), (Q(rating__lt=1), Upper("status")))
    assert touched(lambda: Post.objects.set_case("status", *cases)) == (len(changed), changed)
    assert values("status") == expected
    assert 0 < len(changed) < 60
    assert touched(lambda: Post.objects.set_case("status", (P.by(status="hot"), "hot"))) == (0, set())


def test_set_case_knows_relations_annotations_windows_and_null(rows):
    active = Counter(comment.post_id for comment in rows.comments if comment.is_active)
    place = {post.pk: place for place, post in enumerate(sorted(rows.posts, key=lambda post: -post.pk), start=1)}
    chain = Post.objects.with_count("comments", P.active(), as_="n").with_rank("-pk", as_="place")
    chain.set_case("price", (P.above(n=2), None), (P.at_most(place=5), 77), (~P.having("comments"), F("n") + 1))
    commented = {comment.post_id for comment in rows.comments}
    for post in Post.objects.all():
        old = next(each for each in rows.posts if each.pk == post.pk).price
        expected = None if active[post.pk] > 2 else 77 if place[post.pk] <= 5 else old
        expected = 1 if active[post.pk] <= 2 and place[post.pk] > 5 and post.pk not in commented else expected
        assert post.price == expected
    Post.objects.set_case("views", (Q(), 5))
    assert set(values("views").values()) == {5}


def test_set_case_of_a_condition_that_is_unknown_does_not_hold(rows):
    assert Post.objects.set_case("views", (P.above(price=4), 50), (~P.above(price=4), 60)) == 60
    assert values("views") == {post.pk: 50 if post.price is not None and post.price > 4 else 60 for post in rows.posts}


def test_sync_from_changes_what_differs_and_then_nothing(rows, touched):
    expression = Greatest(Round(F("price") * Decimal("1.333"), 2), Decimal(4))
    chain = Post.objects.filter(price__isnull=False)
    expected = {
        post.pk: max((Decimal(post.price) * Decimal("1.333")).quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal(4))
        for post in rows.posts
        if post.price is not None
    }
    assert touched(lambda: chain.sync_from("price", expression)) == (len(expected), set(expected))
    assert values("price", price__isnull=False) == expected
    assert touched(lambda: Post.objects.sync_from("price", F("price") + Decimal("0.001"))) == (0, set())


def test_sync_from_reads_relations_and_subqueries(rows):
    newest = Comment.objects.filter(post=OuterRef("pk")).order_by("-pk").values("user__username")[:1]
    Post.objects.sync_from("title", Concat(F("author__username"), Value("/"), Subquery(newest)))
    names = {user.pk: user.username for user in rows.users}
    last = {comment.post_id: names[comment.user_id] for comment in sorted(rows.comments, key=lambda each: each.pk)}
    assert values("title") == {post.pk: f"{names[post.author_id]}/{last.get(post.pk, '')}" for post in rows.posts}
    assert Post.objects.sync_from("category", Subquery(Category.objects.order_by("-pk").values("pk")[:1])) == 60
    assert set(values("category").values()) == {rows.categories[-1].pk}
    assert Post.objects.sync_from("category", Value(None)) == 60


def test_sync_from_a_window_numbers_the_rows(rows):
    number = Window(RowNumber(), order_by=F("pk").desc())
    Post.objects.sync_from("views", number + F("likes"))
    ordered = sorted(rows.posts, key=lambda post: -post.pk)
    assert values("views") == {post.pk: place + post.likes for place, post in enumerate(ordered, start=1)}


def test_sync_rollup_corrects_and_then_nothing(rows, touched):
    counts = Counter(comment.post_id for comment in rows.comments if comment.is_active)
    call = lambda: Post.objects.sync_rollup("comment_count", "comments", Count("*"), P.active())  # noqa: E731
    wrong = {post.pk for post in rows.posts if counts[post.pk]}
    assert touched(call) == (len(wrong), wrong)
    assert values("comment_count") == {post.pk: counts[post.pk] for post in rows.posts}
    assert touched(call) == (0, set())
    Comment.objects.filter(post_id=max(counts)).delete()
    assert touched(call) == (1, {max(counts)})


def test_sync_rollup_over_paths_with_a_default(rows):
    scores = {user.pk: [] for user in rows.users}
    authors = {post.pk: post.author_id for post in rows.posts}
    for comment in rows.comments:
        if comment.score is not None:
            scores[authors[comment.post_id]].append(comment.score)
    assert User.objects.sync_rollup("credits", "posts__comments", Sum("score"), default=0) == sum(
        map(bool, scores.values())
    )
    assert dict(User.objects.values_list("pk", "credits")) == {pk: sum(found) for pk, found in scores.items()}
    changed = User.objects.sync_rollup("credits", "posts__comments", Max("score"), P.below(score=0), default=9)
    assert changed == 6
    assert Post.objects.sync_rollup("price", "reactions", Avg("weight"), P.by(kind="love")) == sum(
        post.price is not None for post in rows.posts
    )


def test_update_returning_gives_the_rows_that_it_changed(rows, django_assert_num_queries):
    drafts = sorted(post.pk for post in rows.posts if post.status == "draft")
    some = [*drafts[:3], rows.posts[-1].pk]
    Post.objects.filter(pk=rows.posts[-1].pk).update(status="published")
    with django_assert_num_queries(1):
        found = Post.objects.by(pk=some).order_by("-pk").update_returning(status="published", views=F("views") + 0)
    assert [post.pk for post in found] == drafts[:3]
    with django_assert_num_queries(0):
        assert {post.status for post in found} == {"published"}
        assert [str(post.search) for post in found]
    assert all(not post._state.adding and post._state.db == "default" for post in found)
    assert found == list(Post.objects.by(pk=drafts[:3]).order_by("pk"))
    assert [vars(post)["created_at"] for post in found] == list(
        Post.objects.by(pk=drafts[:3]).order_by("pk").values_list("created_at", flat=True)
    )


def test_update_returning_fields_gives_dicts(rows):
    first = rows.posts[0]
    found = Post.objects.by(pk=first.pk).update_returning(
        "pk", "author", "tags", "price", tags=["x"], price=Decimal("1.5")
    )
    assert found == [{"pk": first.pk, "author": first.author_id, "tags": ["x"], "price": Decimal("1.50")}]


def test_values_are_stored_as_django_stores_them(rows):
    row = Post.objects.by(pk=rows.posts[0].pk)
    given = {
        "tags": ["a", None],
        "metadata": {"deep": [1, "two"]},
        "author": rows.users[5],
        "category_id": None,
        "price": 7,
        "updated_at": Now(),
        "title": "100% 'quoted' \\",
        "published_at": None,
    }
    (post,) = row.update_returning(**given)
    assert (post.tags, post.metadata, post.author_id) == (["a", None], {"deep": [1, "two"]}, rows.users[5].pk)
    assert (post.category_id, post.price, post.title) == (None, 7, "100% 'quoted' \\")
    assert (post.published_at, post.updated_at is None) == (None, False)
    assert row.update_returning(tags=["a", None], metadata={"deep": [1, "two"]}, price=Decimal("7.00")) == []
    (post,) = row.update_returning(tags=None, metadata=None)
    assert (post.tags, post.metadata) == (None, None)
    assert row.filter(metadata__isnull=True).exists()


def test_values_that_are_looked_up_keep_their_types(rows):
    """What hangs on other tables or rows is computed where the rows are locked."""
    row = Post.objects.by(pk=rows.posts[0].pk)
    other = Post.objects.filter(pk=rows.posts[1].pk)
    other.update(tags=["x, y", 'q"'], metadata={"a": [1.5, None, "é"]}, price=Decimal("0.10"), rating=0.1 + 0.2)
    names = ("tags", "metadata", "price", "rating", "created_at", "is_active", "title", "content")
    values = {name: Subquery(other.values(name)) for name in names}
    (post,) = row.update_returning(**values)
    kept = other.get()
    assert {name: getattr(post, name) for name in names} == {name: getattr(kept, name) for name in names}
    assert row.update_returning(**values) == []


def test_a_text_that_is_too_long_is_refused_and_not_cut(rows):
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        Post.objects.by(pk=rows.posts[0].pk).update_returning(status="x" * 21)
    with pytest.raises(DataError, match="too long"), transaction.atomic():
        Post.objects.sync_from("language", Concat("author__username", Value("longer")))


def test_update_returning_refuses_columns_in_several_tables(db):
    class Long(Post):
        objects = PatternManager()

        class Meta:
            app_label = "writes_of_parents"

    with pytest.raises(WrongShape, match="several tables"):
        Long.objects.all().update_returning(title="x")
    with pytest.raises(WrongShape, match=r"column of content\.Post"):
        Long.objects.all().adjust(views=1)


def test_compare_and_set_is_true_for_exactly_what_was_there(rows, touched):
    row = Post.objects.by(pk=rows.posts[0].pk)
    save = lambda version: row.all().compare_and_set({"version": version}, title="New", version=F("version") + 1)  # noqa: E731
    assert touched(lambda: save(2)) == (False, set())
    assert touched(lambda: save(1)) == (True, {rows.posts[0].pk})
    assert save(1) is False
    assert save(2) is True
    assert row.values_list("title", "version").get() == ("New", 3)
    assert Post.objects.none().compare_and_set({"version": 3}, title="x") is False


def test_compare_and_set_knows_null_and_the_values_that_are_there(rows):
    row = Post.objects.by(pk=rows.posts[0].pk)
    row.update(price=None)
    assert row.compare_and_set({"price": None, "version": 1}, version=1)
    assert not row.compare_and_set({"price": 0}, version=1)
    assert row.with_rank(as_="place").compare_and_set({"place": 1}, title="first")
    assert row.limited(1).compare_and_set({"title": "first"}, title="second")


def test_compare_and_set_of_several_rows_writes_none(rows, touched):
    with pytest.raises(ValueError, match="60 rows are as expected"), transaction.atomic():
        Post.objects.compare_and_set({"version": 1}, title="x")
    assert not Post.objects.by(title="x").exists()


def test_transfer_moves_and_never_overdraws(rows):
    one, two, three = (user.pk for user in rows.users[:3])
    User.objects.by(pk=one).adjust(credits=10)
    assert User.objects.transfer("credits", one, two, 10) is True
    assert User.objects.transfer("credits", one, two, 1) is False
    assert User.objects.transfer("credits", two, three, 11) is False
    assert User.objects.transfer("credits", str(two), three, 4) is True
    assert User.objects.transfer("credits", two, 10**9, 1) is False
    assert User.objects.transfer("credits", 10**9, two, 1) is False
    assert User.objects.by(pk=[one, three]).transfer("credits", two, three, 1) is False
    assert list(User.objects.order_by("pk").values_list("credits", flat=True)) == [0, 6, 4, 0, 0, 0]


def test_transfer_of_null_is_none(rows):
    one, two = (post.pk for post in rows.posts[:2])
    Post.objects.filter(pk=one).update(price=None)
    Post.objects.filter(pk=two).update(price=5)
    assert Post.objects.transfer("price", one, two, Decimal(1)) is False
    assert Post.objects.transfer("price", two, one, Decimal(1)) is False
    Post.objects.filter(pk=one).update(price=0)
    assert Post.objects.transfer("price", two, one, Decimal("0.01")) is True
    assert values("price", pk__in=(one, two)) == {one: Decimal("0.01"), two: Decimal("4.99")}


def test_renumber_gives_places_in_each_group(rows, touched):
    expected = {}
    for posts in rows.per(lambda post: post.category_id).values():
        ordered = sorted(posts, key=lambda post: (-post.rating, post.title, post.pk))
        expected |= {post.pk: place for place, post in enumerate(ordered, start=1)}
    changed = {post.pk for post in rows.posts if expected[post.pk] != post.views}
    call = lambda: Post.objects.renumber("views", per="category", by=("-rating", "title"))  # noqa: E731
    assert touched(call) == (len(changed), changed)
    assert values("views") == expected
    assert touched(call) == (0, set())


def test_renumber_keeps_the_order_of_places_by_default(rows):
    Post.objects.limited(5).renumber("views")
    five = sorted(rows.posts, key=lambda post: post.pk)[:5]
    expected = {p.pk: place for place, p in enumerate(sorted(five, key=lambda post: (post.views, post.pk)), start=1)}
    assert values("views") == {post.pk: expected.get(post.pk, post.views) for post in rows.posts}


@pytest.fixture
def siblings(rows):
    """Four at places 3, 5, 5000 and 9, and a root beside them."""
    root = rows.categories[0]
    named = {}
    for place, name in ((3, "a"), (5, "b"), (5000, "d"), (9, "c")):
        named[name] = Category.objects.create(name=name, slug=f"sibling-{name}", parent=root, position=place)
    return named


def order():
    return "".join(
        Category.objects.filter(slug__startswith="sibling").order_by("position").values_list("name", flat=True)
    )


@pytest.mark.parametrize(
    ("name", "to", "expected"),
    [("a", 3, "bcad"), ("d", 1, "dabc"), ("c", 2, "acbd"), ("b", 99, "acdb"), ("c", -5, "cabd"), ("b", 2, "abcd")],
)
def test_reposition_moves_one_and_shifts_those_between(siblings, name, to, expected):
    row = Category.objects.by(pk=siblings[name].pk)
    moved = sum(siblings[each].position != place for place, each in enumerate(expected, start=1))
    assert row.reposition("position", to, per="parent") == moved  # and the gaps are closed
    assert order() == expected
    places = Category.objects.filter(slug__startswith="sibling").order_by("position").values_list("position", flat=True)
    assert list(places) == [1, 2, 3, 4]
    assert row.reposition("position", to, per="parent") == 0
    connection.check_constraints()


def test_reposition_writes_only_those_between(siblings):
    Category.objects.by(slug="sibling-a").reposition("position", 1, per="parent")
    assert Category.objects.by(slug="sibling-b").reposition("position", 3, per="parent") == 2
    assert order() == "acbd"


def test_reposition_among_roots_where_null_is_a_group(rows, siblings):
    root = rows.categories[3]
    assert Category.objects.by(pk=root.pk).reposition("position", 1, per="parent") == 4
    roots = Category.objects.filter(parent=None).order_by("position").values_list("pk", "position")
    others = [category.pk for category in rows.categories[:3]]
    assert list(roots) == [(root.pk, 1), *((pk, place) for place, pk in enumerate(others, start=2))]
    assert order() == "abcd"


def test_reposition_needs_one_row(rows, siblings):
    assert Category.objects.none().reposition("position", 1) == 0
    assert Category.objects.by(pk=10**9).reposition("position", 1, per="parent") == 0
    with pytest.raises(ValueError, match="more than one row"):
        Category.objects.reposition("position", 1, per="parent")
    assert order() == "abcd"


def test_copy_to_makes_rows_with_the_defaults_of_django(rows, django_assert_num_queries):
    drafts = [post for post in rows.posts if post.status == "draft"]
    with django_assert_num_queries(1):
        made = (
            Post.objects.by(status="draft")
            .ranked("-pk")
            .copy_to(
                Post,
                author=rows.users[5],
                slug=Concat("slug", Value("-copy")),
                title=Upper("title"),
                content="author__username",
                status="status",
            )
        )
    assert made == len(drafts)
    copies = list(Post.objects.filter(slug__endswith="-copy").order_by("pk"))
    names = {user.pk: user.username for user in rows.users}
    newest_first = sorted(drafts, key=lambda post: -post.pk)
    assert [(copy.slug, copy.title, copy.content) for copy in copies] == [
        (f"{post.slug}-copy", post.title.upper(), names[post.author_id]) for post in newest_first
    ]
    assert {(c.author_id, c.version, c.language, c.views, c.tags, c.is_active) for c in copies} == {
        (rows.users[5].pk, 1, "en", 0, None, True)
    }
    assert Post.objects.count() == 60 + len(drafts)


def test_copy_to_takes_selections_windows_and_joins_once_a_row(rows):
    first = {**FIELDS, "title": Concat(Value("#"), F("place"), output_field=models.TextField())}
    assert Post.objects.with_rank("-pk", as_="place").limited(3).copy_to(ArchivedPost, **first) == 3
    assert set(ArchivedPost.objects.values_list("title", flat=True)) == {"#60", "#59", "#58"}
    joined = Post.objects.filter(comments__score=3)
    slugs = {**FIELDS, "slug": Concat("slug", Value("-again"))}
    assert joined.copy_to(ArchivedPost, **slugs) == joined.values("pk").distinct().count() < joined.count()
    assert Post.objects.none().copy_to(ArchivedPost, **FIELDS) == 0


def test_copy_to_what_is_there_already_is_djangos_error(rows):
    Post.objects.limited(1).copy_to(ArchivedPost, **FIELDS)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.copy_to(ArchivedPost, **FIELDS)
    assert ArchivedPost.objects.count() == 1


def test_move_to_writes_there_and_deletes_here(rows):
    old = [post for post in rows.posts if post.views == 0]
    kept = ArchivedPost.objects.create(slug=old[0].slug, title="old", content="old", archived_at=old[0].created_at)
    other = ArchivedPost.objects.create(slug="other", title="other", content="other")
    assert Post.objects.by(views=0).move_to(ArchivedPost, **FIELDS) == len(old)
    assert set(Post.objects.values_list("pk", flat=True)) == {post.pk for post in rows.posts} - {
        post.pk for post in old
    }
    gone = {post.pk for post in old}
    assert Comment.objects.count() == sum(comment.post_id not in gone for comment in rows.comments)
    assert not Reaction.objects.filter(post__in=gone).exists()
    archived = {post.slug: post for post in ArchivedPost.objects.all()}
    assert set(archived) == {post.slug for post in old} | {"other"}
    assert (archived[old[0].slug].pk, archived[old[0].slug].title) == (kept.pk, old[0].title)
    assert archived[old[0].slug].archived_at == old[0].created_at
    assert archived["other"].title == other.title
    assert Post.objects.by(views=0).move_to(ArchivedPost, **FIELDS) == 0


def test_move_to_takes_the_rows_of_a_selection_with_their_values(rows):
    titled = {**FIELDS, "title": Concat("author__username", Value(" "), F("place"), output_field=models.TextField())}
    chosen = Post.objects.with_rank("-pk", as_="place").top_per("author", 1, by="-pk")
    names = {user.pk: user.username for user in rows.users}
    newest = {post.author_id: post for post in sorted(rows.posts, key=lambda post: post.pk)}
    place = {post.pk: place for place, post in enumerate(sorted(rows.posts, key=lambda post: -post.pk), start=1)}
    assert chosen.move_to(ArchivedPost, **titled) == len(newest)
    assert set(ArchivedPost.objects.values_list("slug", "title")) == {
        (post.slug, f"{names[post.author_id]} {place[post.pk]}") for post in newest.values()
    }
    assert Post.objects.count() == 60 - len(newest)


CHAINS = {
    "a filter": lambda: Post.objects.by(status="draft"),
    "a filter over a relation": lambda: Post.objects.having("comments"),
    "a join": lambda: Post.objects.filter(author__username__in=["u1", "u2"]),
    "a to-many join": lambda: Post.objects.filter(comments__score=3),
    "a distinct to-many join": lambda: Post.objects.filter(comments__score=3).distinct(),
    "an aggregate": lambda: Post.objects.annotate(n=Count("comments")).filter(n__gt=2),
    "a window": lambda: Post.objects.with_rank("-rating", as_="place").at_most(place=9),
    "Django's window": lambda: Post.objects.annotate(w=Window(RowNumber(), order_by="pk")).filter(w__lte=9),
    "a limit": lambda: Post.objects.ranked("-pk").limited(7),
    "a limit of a limit": lambda: Post.objects.by(status="draft").limited(9).ranked("-views").limited(4),
    "a pick": lambda: Post.objects.top_per("category", 2),
    "a pick by DISTINCT ON": lambda: Post.objects.order_by("author", "pk").distinct("author"),
    "an order": lambda: Post.objects.by(status="draft").order_by("author__username", "-title"),
    "select_related": lambda: Post.objects.by(status="draft").select_related("author", "category"),
    "select_for_update": lambda: Post.objects.by(status="draft").select_for_update(),
    "values": lambda: Post.objects.by(status="draft").values("title"),
    "only": lambda: Post.objects.by(status="draft").only("title"),
    "an or": lambda: Post.objects.by(status="stale").limited(5) | Post.objects.by(status="draft"),
    "an annotation": lambda: Post.objects.with_count("comments").annotate(tags_=ArrayAgg("comments__pk")).by(views=2),
    "nothing": lambda: Post.objects.by(status="draft").none(),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_a_write_is_about_the_rows_of_the_chain_once_each(rows, chain):
    members = {row.pk for row in Post.objects.filter(pk__in=CHAINS[chain]().values("pk"))}
    assert CHAINS[chain]().adjust(likes=1) == len(members)
    assert values("likes") == {post.pk: post.likes + (post.pk in members) for post in rows.posts}
    assert {row["pk"] for row in CHAINS[chain]().update_returning("pk", version=5)} == members
    assert set(values("pk", version=5)) == members
    assert CHAINS[chain]().sync_rollup("comment_count", "comments", Count("*")) <= len(members)
    assert CHAINS[chain]().set_case("language", (P.at_least(likes=0), "de")) == len(members)
    assert set(values("pk", language="de")) == members
    assert CHAINS[chain]().copy_to(ArchivedPost, **FIELDS) == len(members)
    assert CHAINS[chain]().move_to(ArchivedPost, **FIELDS) == len(members)
    assert set(values("pk")) == {post.pk for post in rows.posts} - members
    assert ArchivedPost.objects.count() == len(members)


def test_a_write_carries_the_settings_of_its_chain(rows):
    slow = models.Func(template="pg_sleep(1) IS NULL", output_field=models.BooleanField())
    with pytest.raises(OperationalError), transaction.atomic():
        Post.objects.annotate(slow=slow).filter(slow=False).timeout(200).adjust(views=1)
    with CaptureQueriesContext(connection) as captured:
        Post.objects.labelled("sync").sync_from("views", F("likes"))
        Post.objects.labelled("returning").limited(2).update_returning(views=9)
        Post.objects.labelled("copy").limited(2).copy_to(ArchivedPost, **FIELDS)
        Category.objects.labelled("number").renumber("position")
        Category.objects.labelled("place").by(pk=rows.categories[0].pk).reposition("position", 2)
    found = [query["sql"].split()[1] for query in captured.captured_queries if query["sql"].startswith("/*")]
    assert Counter(found) == {"sync": 1, "returning": 1, "copy": 1, "number": 2, "place": 3}


def test_a_write_reads_its_rows_again(rows):
    chain = Post.objects.by(pk=rows.posts[0].pk)
    assert [post.likes for post in chain] == [rows.posts[0].likes]
    chain.adjust(likes=1)
    assert [post.likes for post in chain] == [rows.posts[0].likes + 1]


def test_on_a_related_manager(rows):
    author = rows.users[1]
    mine = {post.pk for post in rows.posts if post.author_id == author.pk}
    assert author.posts.all().adjust(likes=2) == len(mine)
    assert author.posts.set_case("language", (P.at_least(likes=0), "fr")) == len(mine)
    assert set(values("pk", language="fr")) == mine
    assert author.posts.renumber("views", by="-pk") >= 0
    assert sorted(values("views", author=author).values()) == list(range(1, len(mine) + 1))
