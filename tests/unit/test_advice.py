"""``manage.py patterns indexes``: what models need, held against the indexes and the statements of a database."""

from __future__ import annotations

import importlib.util
import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from example_project.content.models import Booking, Bookmark, Comment, Post, User
from querysets import P
from querysets.advice import catalog
from querysets.advice.catalog import Existing, Statement, indexes_of
from querysets.advice.forms import Form, Key
from querysets.advice.report import Report, migration
from querysets.advice.review import FAST, proof, verdict
from tests.fixtures.proofs import PROOFS

SLOW = 3 * FAST
CHAINS = [
    pytest.param(key, proof, method, id=f"{key[0]}-{key[1]}-{method}")
    for key, proofs in PROOFS.items()
    for proof in proofs
    for method in proof.chains
]
UNSEEN = {"newest()", "starting()", "json_at(path='abc')", "caseless() starting"}
"""Needs whose use a statement without its values does not tell from that of others, or that are of several fields."""

WALKS = {
    "cheapest_path", "component_of", "connected", "descendants_of", "linked_to", "mutual", "reachable_from",
    "shortest_path", "siblings_of", "suggested_for", "tree", "with_degree", "with_degree_centrality", "with_subtree",
    "within_hops",
}  # fmt: skip
"""Methods whose statements know the ends of edges, and parents, by other names than those of their columns."""


def printed(*args, **options):
    out = StringIO()
    call_command("patterns", "indexes", *args, stdout=out, **options)
    return out.getvalue()


def as_kept(sql):
    """A statement as ``pg_stat_statements`` keeps it: without its values."""
    values = re.compile(r"(?<![\w$])'(?:[^']|'')*'|(?<![\w.$\"])(?<!varchar\()-?\d+(?:\.\d+)?\b(?!\")")
    number = iter(range(1, 999))
    return values.sub(lambda _: f"${next(number)}", sql)


def sent(*chains, calls=3):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        for chain in chains:
            list(chain.all())
    return [Statement(as_kept(query["sql"]), calls, SLOW * calls) for query in captured.captured_queries]


def review(model, statements=None):
    return Report.of(model, connection, statements)


def drop(*names):
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"DROP INDEX {name}")


def states(report):
    return {(each.need.name, each.need.role, each.field): each.state for each in report.advice}


@pytest.mark.parametrize("model", [Post, User, Comment, Booking, Bookmark])
def test_the_example_has_all_that_is_expected(model, db):
    assert review(model).todo == []


def test_what_is_dropped_is_missing_and_what_is_like_it_is_of_the_wrong_kind(db):
    drop("post_newest", "post_title_upper_trgm", "post_metadata_path")
    found = states(review(Post))
    assert found["newest()", "timestamp", "created_at"] == "missing"
    assert found["matching()", "search_fields", "title"] == "wrong"
    assert found["matching()", "search_fields", "content"] == "served"
    assert found["json_containing()", "metadata", "metadata"] == "served", "by jsonb_ops"
    assert found["ranked()", "rank", "rating"] == "optional"
    drop("post_metadata")
    assert states(review(Post))["json_containing()", "metadata", "metadata"] == "missing"


def test_an_invalid_index_serves_nothing(db):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'post_tags'::regclass")
    report = review(Post)
    assert [each.field for each in report.todo] == ["tags"]
    (row,) = [row for row in report.tables().__next__()[1] if row[1] == "tags"]
    assert row[2] == "MISSING: indexes.in_array('tags')"
    assert verdicts(Post)["post_tags"].startswith("invalid")


def verdicts(model):
    report = review(model)
    return {each.name: verdict(each, model, report.existing, report.advice) for each in report.existing}


def test_an_index_that_another_begins_with_or_equals_could_go(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX z_copy ON content_post (status)")
        cursor.execute("CREATE INDEX z_start ON content_post (author_id, created_at DESC)")
        cursor.execute("CREATE INDEX z_turned ON content_post (author_id, created_at)")
        cursor.execute("CREATE INDEX z_part ON content_post (status) WHERE is_active")
        cursor.execute("CREATE INDEX z_slug ON content_post (slug)")
        cursor.execute("CREATE INDEX z_price ON content_post (COALESCE(price, 0))")
        cursor.execute("CREATE INDEX z_hash ON content_post USING hash (status)")
    found = verdicts(Post)
    assert found["z_copy"] == "duplicate of post_status"
    assert found["z_start"] == "needless: post_author_newest begins with it"
    assert found["z_slug"] == "duplicate of content_post_slug_key"
    assert found["z_price"] == found["z_hash"] == "never used"
    for name in ("z_turned", "z_part"):
        assert found[name].startswith("never used; serves "), name
    assert found["content_post_pkey"] == "primary key"
    assert found["content_post_slug_key"] == "unique constraint"
    assert found["post_title_distance"].endswith("serves closest_to")
    assert verdicts(Booking)["booking_no_overlap"] == "exclusion constraint"


def test_an_index_that_is_used_is_not_called_unused():
    existing = Existing("x", "btree (a)", Form("btree", (Key("a"),)), valid=True, constraint="", size=8192, scans=3)
    assert verdict(existing, Post, [existing], []) == "serves no pattern"


@pytest.mark.parametrize(("key", "proof", "method"), CHAINS)
def test_the_statements_of_a_method_tell_its_need(key, proof, method, world):
    """Each method is recognised in what it sends, its values left out."""
    name, role = key
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid"
            " WHERE indrelid = %s::regclass AND conname IS NULL",
            [proof.model._meta.db_table],
        )
        drop(*(name for (name,) in cursor.fetchall()))
    found = {
        (each.need.name, each.need.role, each.field): each
        for each in review(proof.model, sent(proof.chains[method]())).advice
    }
    if method in WALKS or (
        role == "given" and ({name, f"{name} {method}"} & UNSEEN or (name.startswith("about") and proof.index))
    ):
        return
    assert found[name, role, proof.field].calls == 3


def test_an_index_is_advised_for_what_is_sent_often_and_slowly(world):
    chains = (Post.objects.by(views=3), Post.objects.caseless(slug="x"), Post.objects.matching("asyncio", "title"))
    found = {each.line: each.calls for each in review(Post, sent(*chains)).todo}
    assert found == {"indexes.by('views')": 3, "indexes.caseless('slug')": 3}
    quick = [Statement(each.sql, 3, FAST) for each in sent(*chains)]
    assert review(Post, quick).todo == []
    other = [Statement(each.sql.replace("content_post", "other"), 3, 99) for each in sent(*chains)]
    assert review(Post, other).todo == []


def test_conditions_within_a_chain_are_told_one_by_one(world):
    chain = Post.objects.any_of(P.by(likes=3), P.at_least(views=9)).none_of(P.having("comments", P.by(score=3)))
    assert {each.line for each in review(Post, sent(chain)).todo} == {"indexes.by('likes')", "indexes.by('views')"}
    assert {each.line for each in review(Comment, sent(chain)).todo} == {"indexes.by('score')"}


def test_the_command_prints_what_there_is_and_the_lines_to_add(db):
    drop("post_title_upper_trgm", "post_updated")
    text = printed("content.Post")
    assert text.startswith("content.Post: ")
    assert "timestamp\tcreated_at\tpost_newest\trecent, older_than, between, during, ...\n" in text
    assert "search_fields\ttitle\tWRONG KIND: post_title_trgm\tmatching" in text
    assert "updated\tupdated_at\tMISSING: indexes.by('updated_at')\t" in text
    assert re.search(r"\npost_search\tgin \(search\)\t[\d.]+ [KM]?B\t[\d,]+\t(never used; )?serves about\n", text)
    assert text.endswith(
        "Add to Meta.indexes, after 'from querysets import indexes':\n"
        "    indexes.by('updated_at'),\n    indexes.matching('title'),\n\n"
    )


def test_without_a_label_the_command_is_about_all_models_with_roles(db):
    titles = re.findall(r"^(\w+\.\w+): [\d,]+ rows", printed(), re.MULTILINE)
    assert {"content.Post", "content.Room"} <= set(titles)
    assert "world.Loaded" not in titles


def test_the_command_checks_on_request(db):
    assert printed("content.Post", "--check")
    drop("post_updated")
    with pytest.raises(CommandError, match=r"1 missing: content.Post.updated_at: indexes.by\('updated_at'\)"):
        printed("content.Post", "--check")


def test_the_command_speaks_json(db):
    drop("post_updated")
    (found,) = json.loads(printed("content.Post", "--json"))
    (updated,) = [need for need in found["needs"] if need["role"] == "updated"]
    assert (updated["state"], updated["line"]) == ("missing", "indexes.by('updated_at')")
    assert {"post_newest", "post_search"} <= {index["name"] for index in found["indexes"]}


@pytest.mark.django_db(transaction=True)
def test_the_migration_that_is_printed_adds_what_is_missing_while_the_table_is_in_use(tmp_path):
    lines = {"post_title_upper_trgm": "post_title_matching", "post_newest": "post_created_at_newest"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(name::regclass) FROM unnest(%s::text[]) name", [list(lines)])
        before = [definition for (definition,) in cursor.fetchall()]
    drop(*lines)
    try:
        path = tmp_path / "migration.py"
        path.write_text(printed("content.Post", "--migration"))
        spec = importlib.util.spec_from_file_location("printed", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        made = module.Migration("printed", "content")
        assert not made.atomic
        assert made.dependencies[0][0] == "content"
        state = _state()
        with connection.schema_editor(atomic=False) as editor:
            made.apply(state, editor)
        assert set(lines.values()) <= {each.name for each in indexes_of(Post, connection)}
        assert review(Post).todo == []
    finally:
        with connection.cursor() as cursor:
            for name in lines.values():
                cursor.execute(f"DROP INDEX IF EXISTS {name}")
            for definition in before:
                cursor.execute(definition)


def _state():
    from django.db.migrations.loader import MigrationLoader

    return MigrationLoader(connection).project_state()


def test_a_migration_is_about_one_app(db):
    with pytest.raises(CommandError, match="something to add in none"):
        migration([])


def test_what_is_missing_is_proven_by_building_it(world):
    drop("post_title_upper_trgm")
    (advice,) = review(Post).todo
    assert re.fullmatch(
        r"cost [\d,]+ -> [\d,]+(: not used, as the table is now)?", proof(advice, "default", build=True)
    )
    assert "post_title_matching" not in {each.name for each in indexes_of(Post, connection)}
    assert "# cost " in printed("content.Post", "--prove", "build")


def test_a_proof_without_hypopg_says_what_it_needs(world):
    drop("post_updated")
    (advice,) = review(Post).todo
    assert "hypopg" in proof(advice, "default") or "cost" in proof(advice, "default")


def test_a_table_that_is_not_there_yet_is_judged_by_its_model(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE content_post RENAME TO content_poste")
    report = review(Post)
    assert report.title == "content.Post: not in the database yet; what the model declares is looked at"
    assert (report.todo, report.existing, report.table) == ([], [], None)
    assert len(list(report.tables())) == 1


def test_without_pg_stat_statements_the_command_says_how_to_have_it(db, monkeypatch):
    try:
        assert all(each.calls for each in catalog.statements(connection))
    except catalog.MissingExtension:
        with pytest.raises(CommandError, match=r"shared_preload_libraries.*CREATE EXTENSION pg_stat_statements"):
            printed("content.Post", "--from-queries")
        assert Post.objects.exists() in {True, False}, "the transaction goes on"
