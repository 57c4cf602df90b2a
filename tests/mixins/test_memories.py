"""Memories and facts against plain Python: vectors without length, NULLs, clusters, what stands while others write."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Exists, OuterRef

from example_project.config import dims
from example_project.content.models import User
from example_project.graph.models import MemoryLink, Relationship
from querysets import P

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def pair(x, y):
    return [float(x), float(y)] + [0.0] * (dims.TEXT - 2)


def user(name):
    return User.objects.create(username=name, email=f"{name}@example.org")


@pytest.fixture
def one():
    for rows in (MemoryLink.objects, Relationship.objects):  # the world may be there
        rows.all().delete()
    User.objects.update(memory_embedding=None)
    return user("one")


def keep(owner, vector=(1, 0), **columns):
    defaults = {"strength": 0.5, "created_at": NOW - DAY}
    return MemoryLink.objects.create(user=owner, embedding=pair(*vector), **defaults | columns)


def test_recall_adds_three_parts_and_shows_them(one):
    kept = keep(one, (3, 4), created_at=NOW - 3 * DAY, last_recalled_at=NOW - 138.3 * HOUR / 2, importance=7)
    (row,) = MemoryLink.objects.recalled(pair(1, 0), at=NOW)
    assert row == kept
    parts = row.recall_recency, row.recall_importance, row.recall_relevance
    assert parts == pytest.approx((math.sqrt(0.5), 0.7, 0.6))
    assert row.recall == pytest.approx(sum(parts))


def test_weights_turn_parts_off(one):
    old, near = keep(one, (0, 1)), keep(one, (1, 0), created_at=NOW - 90 * DAY, importance=1)
    mind = MemoryLink.objects.by(user=one)
    assert list(mind.recalled(pair(1, 0), at=NOW, recency=0, importance=0)) == [near, old]
    assert list(mind.recalled(pair(1, 0), at=NOW, relevance=0)) == [old, near]


def test_a_vector_without_length_is_relevant_to_nothing(one):
    blank, away = keep(one, (0, 0)), keep(one, (-1, 0))
    found = MemoryLink.objects.recalled(pair(1, 0), recency=0, importance=0, at=NOW)
    assert [(row, row.recall) for row in found] == [(blank, 0.0), (away, -1.0)]
    assert {row.recall_relevance for row in MemoryLink.objects.recalled(pair(0, 0), at=NOW)} == {0.0}


def test_what_lies_ahead_has_no_age(one):
    keep(one, created_at=NOW + DAY)
    keep(one, last_recalled_at=NOW + DAY)
    assert {row.recall_recency for row in MemoryLink.objects.recalled(pair(1, 0), at=NOW)} == {1.0}


def test_parts_are_spread_over_the_chain_and_in_the_middle_where_all_are_one(one):
    keep(one, (1, 0), importance=2)
    keep(one, (0, 1), importance=4)
    keep(one, (0, 1), importance=10)
    keep(user("other"), (-1, 0), importance=1, created_at=NOW - 99 * DAY)
    found = MemoryLink.objects.by(user=one).recalled(pair(1, 0), normalize="minmax", at=NOW)
    assert {row.importance: row.recall_importance for row in found} == {2: 0.0, 4: pytest.approx(0.25), 10: 1.0}
    assert {row.recall_recency for row in found} == {0.5}
    assert sorted(row.recall_relevance for row in found) == [0.0, 0.0, 1.0]


def test_recall_is_a_selection_whose_values_stand(one):
    for importance in range(1, 9):
        keep(one, importance=importance)
    found = MemoryLink.objects.recalled(pair(1, 0), 3, normalize="minmax", at=NOW)
    assert [row.importance for row in found] == [8, 7, 6]
    assert [row.importance for row in found.ranked("importance")] == [6, 7, 8]
    assert [row.recall_importance for row in found.at_most(importance=6)] == [pytest.approx(5 / 7)]
    assert not found.recalled(pair(1, 0), 0, at=NOW, as_="none").exists()


def test_a_pool_is_of_the_nearest(one):
    near = keep(one, (1, 0), importance=1)
    keep(one, (0, 1), importance=10)
    found = MemoryLink.objects.recalled(pair(1, 0), at=NOW, relevance=0, pool=1)
    assert list(found) == [near]
    most = {"hnsw.iterative_scan": "relaxed_order", "hnsw.max_scan_tuples": 2**31 - 1}
    assert found.query.settings == {"hnsw.ef_search": 1, **most}
    assert not MemoryLink.objects.recalled(pair(1, 0), pool=0).exists()


def test_of_equals_the_first_comes_first(one):
    rows = [keep(one) for _ in range(5)]
    assert list(MemoryLink.objects.recalled(pair(1, 0), 3, at=NOW)) == rows[:3]


@pytest.mark.parametrize(("uses", "longer"), [(0, 1), (1, 1), (3, 1 + math.log(3))])
def test_retention_is_halved_in_a_half_life_that_uses_make_longer(one, uses, longer):
    keep(one, strength=0.8, frequency=uses, created_at=NOW - 30 * DAY)
    rows = MemoryLink.objects.all()
    assert rows.with_retention(at=NOW).get().retention == pytest.approx(0.8 * 0.5 ** (1 / longer))
    assert rows.with_retention(curve="fsrs", at=NOW).get().retention == pytest.approx(0.8 * (1 + 3 / longer) ** -0.5)
    assert rows.with_retention(at=NOW - 40 * DAY).get().retention == 0.8
    assert rows.with_retention(curve="fsrs", at=NOW - 40 * DAY).get().retention == 0.8
    assert rows.with_retention(timedelta(microseconds=1), at=NOW).get().retention < 1e-100


def test_retention_of_a_year_by_the_curve_of_fsrs_falls_to_nine_tenths_at_its_stability(one):
    """FSRS-4.5: R = (1 + 19/81 * t / S) ** -0.5, which is 0.9 at t = S; a half at t = 243/19 S."""
    keep(one, strength=1.0, created_at=NOW - 19 * DAY)
    row = MemoryLink.objects.with_retention(243 * DAY, curve="fsrs", at=NOW).get()
    assert row.retention == pytest.approx(0.9)


def test_reinforcing_stays_between_0_and_1(one):
    rows = [keep(one, strength=strength) for strength in (0.0, 0.3, 1.0)]
    for gain in (0.1, 0.7, 0.0, 1.0):
        assert MemoryLink.objects.by(pk=[row.pk for row in rows]).reinforce(gain) == 3
        assert all(0 <= row.strength <= 1 for row in MemoryLink.objects.all())
    assert {row.strength for row in MemoryLink.objects.all()} == {1.0}
    assert {row.frequency for row in MemoryLink.objects.all()} == {5}


def test_reinforcing_nothing_asks_nothing(one, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert MemoryLink.objects.by(pk=[]).reinforce() == 0


def clusters(rows):
    return {row.pk: row.canonical for row in rows}


def test_copies_of_copies_are_copies_and_the_strongest_stands_for_all(one):
    a, b, c = (keep(one, vector, strength=s) for vector, s in (((1, 0), 0.1), ((24, 7), 0.2), ((527, 336), 0.2)))
    keep(one, (0, 1))
    keep(one, (0, 0))
    keep(one, (0, 0))
    keep(user("other"), (1, 0))
    assert clusters(MemoryLink.objects.near_duplicates(0.96)) == dict.fromkeys((a.pk, b.pk, c.pk), b.pk)
    MemoryLink.objects.by(pk=c.pk).update(frequency=9)
    assert set(clusters(MemoryLink.objects.near_duplicates(0.96)).values()) == {c.pk}
    assert not MemoryLink.objects.exclude(pk=b.pk).near_duplicates(0.96).exists(), "a and c are apart without b"


def test_copies_are_of_one_owner_or_of_what_is_said(one):
    keep(one)
    keep(user("other"))
    assert not MemoryLink.objects.near_duplicates().exists()
    assert MemoryLink.objects.near_duplicates(per=()).count() == 2
    assert MemoryLink.objects.near_duplicates(per=["strength", "content"]).count() == 2
    assert not MemoryLink.objects.near_duplicates(per=["strength", "user"]).exists()


def test_what_is_canonical_stands_whatever_follows(one):
    rows = [keep(one, strength=strength) for strength in (0.1, 0.9, 0.5)]
    found = MemoryLink.objects.near_duplicates().below(strength=0.9)
    assert clusters(found) == {rows[0].pk: rows[1].pk, rows[2].pk: rows[1].pk}
    assert found.count_by("canonical").get() == {"canonical": rows[1].pk, "count": 2}


def test_consolidating_keeps_one_of_each_cluster_and_then_none_is_left(one):
    weak = keep(one, strength=0.2, frequency=3, importance=9)
    strong = keep(one, strength=0.7, frequency=2, importance=4)
    apart = keep(one, (0, 1), frequency=7)
    assert MemoryLink.objects.near_duplicates().consolidate() == 1
    strong.refresh_from_db()
    assert (strong.strength, strong.frequency, strong.importance) == (0.7, 5, 9)
    assert not MemoryLink.objects.filter(pk=weak.pk).exists()
    assert MemoryLink.objects.get(pk=apart.pk).frequency == 7
    assert MemoryLink.objects.near_duplicates().consolidate() == 0


def test_consolidating_a_part_leaves_the_rest(one):
    for strength in (0.3, 0.2, 0.1):
        keep(one, strength=strength)
    part = MemoryLink.objects.near_duplicates().below(strength=0.3)
    assert part.consolidate() == 0, "what stands for them is not among them"
    assert MemoryLink.objects.above(strength=0.1).near_duplicates().consolidate() == 1
    assert MemoryLink.objects.count() == 2


def test_sharing_is_with_a_memory_of_another(one):
    User.objects.filter(pk=one.pk).update(memory_embedding=pair(1, 0))
    keep(one)
    assert not User.objects.sharing_memory().exists()
    keep(user("other"), (24, 7))
    assert [row.shared_similarity for row in User.objects.sharing_memory(0.96)] == [pytest.approx(0.96)]
    assert not User.objects.sharing_memory(0.97).exists()
    User.objects.filter(pk=one.pk).update(memory_embedding=pair(0, 0))
    assert not User.objects.sharing_memory(-1).exists()


@pytest.fixture
def fact(one):
    return Relationship.objects.create(source=one, target=user("two"), kind="mentors", weight=1.0, valid_from=NOW)


def test_of_a_fact_and_what_replaces_it_one_is_true_at_the_border(fact):
    border = NOW + DAY
    assert Relationship.objects.all().replace_fact(border, weight=2.0, kind="follows") == 1
    assert [row.weight for row in Relationship.objects.ranked("pk")] == [1.0, 2.0]
    for moment, weights in ((NOW - HOUR, []), (NOW, [1.0]), (border - HOUR, [1.0]), (border, [2.0])):
        assert [row.weight for row in Relationship.objects.valid_at(moment)] == weights
    new = Relationship.objects.latest("pk")
    assert (new.kind, new.source, new.valid_to, new.retracted_at) == ("follows", fact.source, None, None)
    assert new.recorded_at > fact.recorded_at
    assert Relationship.objects.all().replace_fact(NOW - HOUR, weight=3.0) == 0


def test_what_replaces_a_fact_ends_when_that_would_have(fact):
    Relationship.objects.update(valid_to=NOW + 2 * DAY)
    assert Relationship.objects.by(kind="mentors").replace_fact(NOW, weight=2.0) == 1
    old, new = Relationship.objects.ranked("pk")
    assert (old.valid_from, old.valid_to, new.valid_from, new.valid_to) == (NOW, NOW, NOW, NOW + 2 * DAY)
    assert list(Relationship.objects.valid_at(NOW)) == [new]


def test_facts_of_a_moment_are_the_edges_of_a_walk(fact):
    walk = User.objects.within_hops(fact.source, 1, edges=Relationship.objects.valid_at(NOW))
    assert [row.pk for row in walk] == [fact.target_id]
    before = Relationship.objects.valid_at(NOW - HOUR)
    assert not User.objects.within_hops(fact.source, 1, edges=before).exists()
    assert User.objects.having("relationships", P.valid_at(NOW)).get() == fact.source
    assert User.objects.filter(Exists(before.filter(source=OuterRef("pk")))).count() == 0
