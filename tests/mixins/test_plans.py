"""Each need is proven by a plan: with no other index on its table, the statement of each of its methods uses it."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.db.models import Index, Q
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Category, Post, User
from querysets import PatternQuerySet, indexes
from querysets.advice.needs import NEEDS
from querysets.errors import MissingExtension
from tests.fixtures.proofs import PROOFS

SERVED = {(need.name, need.role): need for need in NEEDS}


def alone(model, index, beside=None):
    """Make ``index`` the only one of the table, but for that of its primary key and what is needed beside it."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'x')", [table]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND NOT indisprimary",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {name}")
        for name, each in {"the_index": index, "beside": beside}.items():
            if each is not None:
                made = each.clone()
                made.name = name
                cursor.execute(str(made.create_sql(model, connection.schema_editor())))
        cursor.execute(f"ANALYZE {table}")


def cases():
    for key, proofs in PROOFS.items():
        for proof in proofs:
            for method, chain in proof.chains.items():
                yield pytest.param(SERVED[key], proof, chain, id=f"{key[0]}-{key[1]}-{method}")


@pytest.mark.parametrize(("need", "proof", "chain"), list(cases()))
def test_the_index_that_a_method_names_serves_it(need, proof, chain, world):
    alone(proof.model, proof.index or need.made(proof.model, proof.field), proof.beside)
    use = chain().index_used(even_if_small=True)
    assert "the_index" in use.indexes
    assert use, use


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: f"{need.name}-{need.role}")
def test_the_probe_of_a_need_is_served_by_it_and_by_what_may_stand_instead(need, world):
    proof = PROOFS[need.name, need.role][0]
    for index in (need.made(proof.model, proof.field), *(make(proof.field) for make in need.instead)):
        with transaction.atomic():
            alone(proof.model, index)
            used = need.probe(PatternQuerySet(proof.model), proof.field).index_used(even_if_small=True)
            assert "the_index" in used.indexes, index
            transaction.set_rollback(True)


def test_every_need_has_proofs_for_every_method():
    proven = {key: {name for proof in proofs for name in proof.chains} for key, proofs in PROOFS.items()}
    assert proven == {key: set(need.methods) for key, need in SERVED.items()}


def test_a_use_is_true_unless_a_large_table_is_read_as_a_whole(world):
    use = Post.objects.with_words("content").index_used()
    assert [read.table for read in use.sequential] == ["content_post"]
    assert use.sequential[0].rows == Post.objects.count()
    assert use
    assert not Post.objects.with_words("content").index_used(large=100)
    assert not Post.objects.with_words("content").index_used(even_if_small=True)
    assert str(use).startswith("no index; reads all of content_post (")


def test_a_table_that_nobody_counted_is_judged_by_its_size(world):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fresh AS SELECT * FROM content_post")
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'fresh'")
        assert cursor.fetchone() == (-1,)
        cursor.execute("ALTER TABLE content_post RENAME TO counted; ALTER TABLE fresh RENAME TO content_post")
    (read,) = Post.objects.all().index_used().sequential
    assert read.rows > Post.objects.count()


def test_the_chain_is_planned_as_it_stands_and_not_run(world):
    newest = Post.objects.newest()
    with CaptureQueriesContext(connection) as captured:
        newest[:5].index_used()
    (statement,) = [query["sql"] for query in captured.captured_queries if "pg_class" not in query["sql"]]
    assert statement.startswith("EXPLAIN")
    assert statement.rstrip().endswith("LIMIT 5")
    assert newest._result_cache is None


def test_every_shape_has_a_plan(world):
    for rows in (
        Post.objects.count_by("status"),
        Post.objects.count_per("day").filled(),
        Post.objects.values("title").distinct(),
        Post.objects.by(pk=1).union(Post.objects.by(pk=2)),
        Post.objects.order_by("author").distinct("author"),
        Post.objects.newest()[2:5],
    ):
        assert rows.index_used(large=10**6)
        assert rows.index_used().cost > 0


def test_what_is_surely_empty_needs_no_index(world):
    use = Post.objects.none().index_used(even_if_small=True)
    assert (use.indexes, use.sequential, use.cost) == ((), (), 0.0)
    assert use


def test_reading_all_by_an_index_that_has_no_part_in_the_condition_is_no_use_of_it(world):
    slow = Post.objects.blank("content")
    assert not slow.index_used(even_if_small=True)
    assert Post.objects.newest()[:3].index_used(even_if_small=True), "for its order it is"


def test_it_can_be_awaited(world):
    chain = User.objects.by(pk=1)
    assert async_to_sync(chain.aindex_used)(even_if_small=True) == chain.index_used(even_if_small=True)


def test_an_index_that_is_built_for_a_plan_is_gone_after_it(world):
    chain = Category.objects.matching("pyth", "name")
    assert not chain.index_used(even_if_small=True)
    use = chain.index_used(indexes.matching("name"), even_if_small=True, build=True)
    assert use.indexes == ("category_name_matching",)
    assert use
    assert not chain.index_used(even_if_small=True)


def test_several_may_be_supposed_beside_one_that_is_there(world):
    given = (Index(fields=["name"]), indexes.matching("title"), Index(fields=["views"], condition=Q(views=3), name="v"))
    use = Post.objects.matching("asyncio", "title").index_used(*given[1:], even_if_small=True, build=True)
    assert use.indexes[0] in {"post_title_matching", "post_title_upper_trgm"}
    use = Category.objects.by(name="x").index_used(given[0], even_if_small=True, build=True)
    assert use.indexes[0].startswith("content_cat_name_")


def test_without_hypopg_an_index_is_not_supposed_unless_it_is_built(world):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'hypopg'")
        if cursor.fetchone() is not None:
            pytest.skip("the database has it")
    with pytest.raises(MissingExtension, match=r"content.Post: index_used\(\) supposes .* 'hypopg', .* build=True"):
        Post.objects.all().index_used(indexes.by("views"))
    assert Post.objects.exists(), "the transaction goes on"
