"""Graphs against plain Python: random ones, with loops, parallel edges, circles and nodes apart, and endless chains."""

from __future__ import annotations

import math
import pickle
import random
from contextlib import contextmanager
from itertools import combinations, pairwise

import pytest
from django.db import connection, transaction
from django.db.models import Avg, Count, Exists, F, OuterRef, Prefetch, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce

from example_project.content.models import User
from example_project.graph.models import Node, Relationship
from querysets import Edges, P, PatternQuerySet
from querysets.kinds import methods
from tests.fixtures.graphs import Graph

SEEDS = range(12)
THROUGH = Node.connections.through


@contextmanager
def soon(milliseconds=5000):
    """A block in which an endless statement is an error."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {milliseconds}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")


def drawn(seed):
    """A random graph of users, some of whose edges weigh nothing or are none."""
    pick = random.Random(seed)
    Relationship.objects.all().delete()
    people = User.objects.bulk_create(
        User(username=f"g{seed}.{n}", email=f"g{seed}.{n}@example.org") for n in range(pick.choice((2, 9, 25)))
    )
    keys = [person.pk for person in people]
    edges = [
        (pick.choice(keys), pick.choice(keys), pick.choice((None, 0, 0.5, 1, 1, 2)))
        for _ in range(pick.choice((0, 1, 1, 2)) * len(keys))
    ]
    Relationship.objects.bulk_create(
        Relationship(source_id=one, target_id=other, weight=weight, kind="follows") for one, other, weight in edges
    )
    return Graph(keys, edges), User.objects.filter(pk__in=keys), pick


def drawn_nodes(seed):
    """The same of nodes, with connections as ``add()`` writes them."""
    pick = random.Random(1000 + seed)
    Node.objects.all().delete()
    nodes = Node.objects.bulk_create(Node(name=f"n{n}") for n in range(pick.choice((1, 8, 20))))
    for _ in range(pick.choice((0, 1, 2)) * len(nodes)):
        pick.choice(nodes).connections.add(pick.choice(nodes))
    edges = [(*pair, None) for pair in THROUGH.objects.values_list("from_node", "to_node")]
    return Graph([node.pk for node in nodes], edges), pick


@pytest.mark.parametrize("direction", ["out", "in", "both"])
@pytest.mark.parametrize("seed", SEEDS)
def test_walks_are_those_of_breadth_first(seed, direction, db):
    graph, _, pick = drawn(seed)
    starts = pick.sample(graph.keys, 2)
    for given in (starts[:1], starts):
        distances = graph.hops(given, direction)
        for most in (0, 1, 2, 5, None):
            wanted = {key: far for key, far in distances.items() if most is None or far <= most}
            with soon():
                own = User.objects.within_hops(given, most, direction=direction, include_self=True)
                assert dict(own.values_list("pk", "hops")) == wanted
                others = User.objects.reachable_from(given, most, direction=direction)
                assert set(others.values_list("pk", flat=True)) == wanted.keys() - set(given)
    one, other = starts
    path = graph.shortest(one, other, direction)
    with soon():
        found = User.objects.shortest_path(one, other, direction=direction)
        assert list(found.values_list("pk", "step")) == [(key, step) for step, key in enumerate(path)]
        assert User.objects.shortest_path(one, other, direction=direction, max_hops=max(len(path) - 2, 0)).count() == 0
        assert list(User.objects.shortest_path(one, one).values_list("pk", "step")) == [(one, 0)]


@pytest.mark.parametrize("seed", range(30))
def test_a_cheapest_path_is_that_of_a_heap(seed, db):
    graph, _, pick = drawn(seed)
    one, other = pick.sample(graph.keys, 2)
    with soon():
        found = User.objects.cheapest_path(one, other).values_list("pk", "step", "cost")
        assert list(found) == graph.cheapest(one, other)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cheapest_path_is_found_where_many_become_cheaper_again_and_again(seed, db):
    pick = random.Random(seed)
    people = User.objects.bulk_create(User(username=f"d{n}", email=f"d{n}@example.org") for n in range(60))
    keys = [person.pk for person in people]
    edges = [(pick.choice(keys), pick.choice(keys), pick.choice((1, 5, 20, 80))) for _ in range(500)]
    Relationship.objects.bulk_create(Relationship(source_id=a, target_id=b, weight=w) for a, b, w in edges)
    graph = Graph(keys, edges)
    for _ in range(4):
        one, other = pick.sample(keys, 2)
        with soon():
            found = User.objects.cheapest_path(one, other).values_list("pk", "step", "cost")
            assert list(found) == graph.cheapest(one, other)


@pytest.mark.parametrize("seed", SEEDS)
def test_neighbours_are_sets(seed, db):
    graph, users, pick = drawn(seed)
    one, other = pick.sample(graph.keys, 2)
    for direction in ("out", "in", "both"):
        degrees = {key: len(graph.beside(key, direction)) for key in graph.keys}
        assert dict(users.with_degree(direction=direction).values_list("pk", "degree")) == degrees
        linked = {key for key in graph.keys if one in graph.beside(key, direction)}
        assert set(users.linked_to(one, direction=direction).values_list("pk", flat=True)) == linked
        connected = {key for key in graph.keys if degrees[key]}
        assert set(users.connected(direction=direction).values_list("pk", flat=True)) == connected
        common = (graph.beside(one, direction) & graph.beside(other, direction)) - {one, other}
        assert set(users.mutual(one, other, direction=direction).values_list("pk", flat=True)) == common
    inside = users.with_degree_centrality(through=users)
    expected = {key: len(graph.beside(key)) / (len(graph.keys) - 1) for key in graph.keys}
    assert dict(inside.values_list("pk", "centrality")) == pytest.approx(expected)
    scores = {}
    for shared in graph.beside(one):
        for key in graph.beside(shared) - graph.beside(one) - {one}:
            scores[key] = scores.get(key, 0) + 1 / math.log(len(graph.beside(shared)))
    assert dict(users.suggested_for(one).values_list("pk", "score")) == pytest.approx(scores)
    for key, triangles, clustering in users.with_triangles().values_list("pk", "triangles", "clustering"):
        pairs = list(combinations(graph.beside(key), 2))
        closed = sum(b in graph.beside(a) for a, b in pairs)
        assert (triangles, clustering) == (closed, pytest.approx(closed / len(pairs) if pairs else 0))


@pytest.mark.parametrize("seed", SEEDS)
def test_measures_are_those_of_plain_python_and_compute_gives_the_same(seed, db):
    graph, users, _ = drawn(seed)
    of = graph.components()
    expected = {key: (min(of[key]), len(of[key])) for key in graph.keys}
    with soon():
        rows = users.with_component()
        assert {row.pk: (row.component, row.component_size) for row in rows} == expected
        assert rows.compute() == {key: least for key, (least, _) in expected.items()}
        for key in graph.keys[:3]:
            assert set(users.component_of(key).values_list("pk", flat=True)) == of[key]
        ordered = users.topological()
        levels = graph.levels()
        ranked = sorted(graph.keys, key=lambda key: (levels.get(key, math.inf), key))
        assert [(row.pk, row.level) for row in ordered] == [(key, levels.get(key)) for key in ranked]
        assert ordered.compute() == {key: levels.get(key) for key in graph.keys}
        ranks = users.with_pagerank(7, damping=0.7, through=users)
        found = dict(ranks.values_list("pk", "pagerank"))
        assert sum(found.values()) == pytest.approx(1)
        assert ranks.compute() == pytest.approx(found)
    here = dict.fromkeys(graph.keys, 1 / len(graph.keys))
    for _ in range(7):
        stuck = sum(here[key] for key in graph.keys if not graph.beside(key, "out"))
        jump = (0.3 + 0.7 * stuck) / len(here)
        here = {
            key: jump + 0.7 * sum(here[one] / len(graph.beside(one, "out")) for one in graph.beside(key, "in"))
            for key in graph.keys
        }
    assert found == pytest.approx(here)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_relation_with_oneself_is_walked_as_it_is_stored(seed, db):
    graph, pick = drawn_nodes(seed)
    one, other = pick.choice(graph.keys), pick.choice(graph.keys)
    far = graph.hops([one])
    assert dict(Node.objects.within_hops(one, None, include_self=True).values_list("pk", "hops")) == far
    assert list(Node.objects.shortest_path(one, other).values_list("pk", flat=True)) == graph.shortest(one, other)
    of = graph.components()
    assert dict(Node.objects.with_component().values_list("pk", "component")) == {key: min(of[key]) for key in of}
    degrees = {key: len(graph.beside(key)) for key in graph.keys}
    assert dict(Node.objects.with_degree().values_list("pk", "degree")) == degrees


def test_edges_that_are_stored_one_way_only_still_end(db):
    a, b, c = Node.objects.bulk_create(Node(name=name) for name in "abc")
    pairs = ((a, b), (b, c), (c, a))
    THROUGH.objects.bulk_create(THROUGH(from_node=one, to_node=other) for one, other in pairs)
    with soon():
        found = Node.objects.within_hops(a, None).values_list("name", "hops")
        assert sorted(found) == [("b", 1), ("c", 2)]


@pytest.fixture
def chain(db):
    """1,500 users in a row, the last of which knows the first, and one who knows himself."""
    people = User.objects.bulk_create(User(username=f"c{n}", email=f"c{n}@example.org") for n in range(1500))
    keys = [person.pk for person in people]
    ring = [*pairwise(keys), (keys[-1], keys[0]), (keys[7], keys[7])]
    Relationship.objects.bulk_create(Relationship(source_id=a, target_id=b, weight=1) for a, b in ring)
    return keys


def test_a_long_circle_has_an_end(chain):
    first, last = chain[0], chain[-1]
    with soon(20000):
        far = dict(User.objects.within_hops(first, None).values_list("pk", "hops"))
        assert far == {key: place for place, key in enumerate(chain) if place}
        assert User.objects.reachable_from(first).count() == len(chain) - 1
        path = User.objects.shortest_path(first, last)
        assert list(path.values_list("pk", flat=True)) == chain
        assert User.objects.cheapest_path(first, last).count() == len(chain)
        sizes = User.objects.filter(pk__in=chain).with_component()
        assert {(row.component, row.component_size) for row in sizes} == {(first, len(chain))}
        assert set(User.objects.filter(pk__in=chain).topological().values_list("level", flat=True)) == {None}


@pytest.mark.slow
def test_a_path_of_five_thousand_hops_costs_no_square(db):
    people = User.objects.bulk_create(User(username=f"h{n}", email=f"h{n}@example.org") for n in range(5000))
    keys = [person.pk for person in people]
    steps = [*pairwise(keys), (keys[3], keys[3]), (keys[-1], keys[0])]
    Relationship.objects.bulk_create(Relationship(source_id=a, target_id=b, weight=0.5) for a, b in steps)
    with soon(10_000):
        path = User.objects.cheapest_path(keys[0], keys[-1])
        assert list(path.values_list("pk", "step", "cost")) == [(key, n, n / 2) for n, key in enumerate(keys)]
        assert list(User.objects.shortest_path(keys[0], keys[-1]).values_list("pk", flat=True)) == keys
        assert dict(User.objects.within_hops(keys[1], None).values_list("pk", "hops"))[keys[0]] == 4999
        assert User.objects.reachable_from(keys[9], direction="in").count() == 4999


def test_rows_without_one_of_their_ends_are_no_edges(db):
    Node.objects.all().delete()
    top = Node.objects.create(name="top")
    low = Node.objects.create(name="low", parent=top)
    up = Edges(Node.objects.all(), "pk", "parent", weight="id")
    with soon():
        for direction in ("out", "in", "both"):
            found = Node.objects.within_hops(low, None, direction=direction, edges=up)
            assert set(found.values_list("pk", "hops")) == (set() if direction == "in" else {(top.pk, 1)})
        assert list(Node.objects.reachable_from(top, edges=up)) == []
        assert list(Node.objects.cheapest_path(low, top, edges=up).values_list("pk", "cost")) == [
            (low.pk, 0),
            (top.pk, low.pk),
        ]
        assert {row.component for row in Node.objects.with_component(edges=up)} == {top.pk}
        assert [(row.pk, row.level) for row in Node.objects.topological(edges=up)] == [(low.pk, 0), (top.pk, 1)]
        assert set(Node.objects.with_degree(edges=up).values_list("degree", flat=True)) == {1}
        assert list(Node.objects.with_pagerank(2, edges=up))


def test_a_weight_below_zero_is_no_endless_walk(db):
    a, b, c = User.objects.bulk_create(User(username=name, email=f"{name}@x.org") for name in "abc")
    Relationship.objects.bulk_create(
        Relationship(source=one, target=other, weight=1) for one, other in ((a, b), (b, a), (b, c))
    )
    down = Edges(Relationship.objects.annotate(less=-F("weight")), "source", "target", weight="less")
    with soon():
        list(User.objects.cheapest_path(a, c, edges=down))


def test_an_empty_table_and_unknown_nodes_are_no_row(db):
    Relationship.objects.all().delete()
    for rows in (
        User.objects.within_hops(10**9, 3),
        User.objects.reachable_from(None),
        User.objects.shortest_path(10**9, 10**9),
        User.objects.cheapest_path(10**9, 10**9),
        User.objects.component_of(10**9),
        User.objects.suggested_for(10**9),
        User.objects.mutual(10**9),
        User.objects.linked_to([]),
    ):
        with soon():
            assert list(rows) == []
    Node.objects.all().delete()
    assert list(Node.objects.with_pagerank().topological().with_component(as_="part")) == []
    assert Node.objects.with_pagerank().compute() == {}


def test_edges_none_is_no_edge(world):
    nothing = Relationship.objects.none()
    assert not User.objects.within_hops(1, 3, edges=nothing).exists()
    assert {row.component_size for row in User.objects.with_component(edges=nothing)} == {1}
    assert set(User.objects.topological(edges=nothing).values_list("level", flat=True)) == {0}
    assert {row.degree for row in User.objects.with_degree(edges=nothing)} == {0}
    for rank in User.objects.with_pagerank(3, edges=nothing).values_list("pagerank", flat=True):
        assert rank == pytest.approx(1 / len(world.users))


def test_any_rows_are_edges_if_their_ends_are_named(world):
    tree = Edges(Node.objects.exclude(name=""), "parent", "pk")
    ring = next(node for node in world.nodes if node.name == "ring of 3, 1")
    found = set(Node.objects.reachable_from(ring.id, edges=tree).values_list("name", flat=True))
    names = {"ring of 3, 2", "ring of 3, 3", "under ring of 3", "further under ring of 3"}
    assert found == names
    some = Relationship.objects.order_by("pk")[:20]
    first = sorted(world.relationships, key=lambda row: row.id)[:20]
    degrees = dict(User.objects.with_degree(direction="out", edges=some).values_list("pk", "degree"))
    assert sum(degrees.values()) == len(
        {(row.source_id, row.target_id) for row in first if row.source_id != row.target_id}
    )


def test_through_says_which_nodes_there_are(world):
    line = {node.name: node.id for node in world.nodes if node.name.startswith("line")}
    without = Node.objects.exclude(name="line 4")
    for through in (without, ~Q(name="line 4"), P.excluding(name="line 4")):
        found = Node.objects.within_hops(line["line 1"], 5, through=through).values_list("name", "hops")
        assert sorted(found) == [("line 2", 1), ("line 3", 2)]
        assert not Node.objects.shortest_path(line["line 1"], line["line 6"], through=through).exists()
        assert Node.objects.with_component(through=through).get(name="line 3").component_size == 3
    assert Node.objects.within_hops(line["line 1"], 5).exclude(name="line 4").count() == 4  # the answer, not the walk


def test_edges_may_speak_of_the_row_outside(world):
    """Compiled with the statement, in which an OuterRef of theirs, or of the start, has found its row."""
    own = Relationship.objects.filter(kind=OuterRef("kind"))
    sources = User.objects.within_hops(OuterRef("target"), 1, direction="in", edges=own)
    whole = User.objects.with_component(edges=own).filter(pk=OuterRef("target"))
    found = Relationship.objects.annotate(any=Exists(sources), size=Subquery(whole.values("component_size")))
    assert len({row.any for row in found}) == 2
    for row in found:
        edges = [edge for edge in world.relationships if edge.kind == row.kind and edge.target_id == row.target_id]
        assert row.any == any(edge.source_id != row.target_id for edge in edges)
        plain = User.objects.with_component(edges=Relationship.objects.filter(kind=row.kind)).get(pk=row.target_id)
        assert row.size == plain.component_size


def test_where_neighbours_are_counted_for_each_row_edges_may_speak_of_it(world):
    own = Relationship.objects.filter(recorded_at__gt=OuterRef("joined_at"))
    joined = {user.id: user.joined_at for user in world.users}
    for user in User.objects.with_degree(direction="out", edges=own):
        edges = [edge for edge in world.relationships if edge.source_id == user.pk != edge.target_id]
        assert user.degree == len({edge.target_id for edge in edges if edge.recorded_at > joined[user.pk]})


HOMES = ("graphs.reach", "graphs.neighbours", "graphs.measures")
STEPS = {
    "within_hops": lambda rows: rows.within_hops(3, 2),
    "reachable_from": lambda rows: rows.reachable_from(3, 2),
    "component_of": lambda rows: rows.component_of(3),
    "shortest_path": lambda rows: rows.shortest_path(3, 50),
    "cheapest_path": lambda rows: rows.cheapest_path(
        3, 50, edges=Edges(THROUGH.objects.all(), "from_node", "to_node", weight="id")
    ),
    "linked_to": lambda rows: rows.linked_to(3),
    "connected": lambda rows: rows.connected(),
    "mutual": lambda rows: rows.mutual(3),
    "suggested_for": lambda rows: rows.suggested_for(3),
    "with_degree": lambda rows: rows.with_degree().filter(degree__gt=3),
    "with_degree_centrality": lambda rows: rows.with_degree_centrality().filter(centrality__gt=0.02),
    "with_triangles": lambda rows: rows.with_triangles().filter(triangles__gt=1),
    "with_component": lambda rows: rows.with_component().filter(component_size__gt=4),
    "with_pagerank": lambda rows: rows.with_pagerank(3).filter(pagerank__gt=1 / 230),
    "topological": lambda rows: rows.topological(edges=Edges(Node.objects.all(), "parent", "pk")).filter(level=1),
}


def test_every_method_on_edges_is_composed_below():
    found = methods(PatternQuerySet).values()
    named = {each.name for each in found if each.function.__module__.endswith(HOMES) and each.is_chainable}
    assert named == set(STEPS)


@pytest.fixture(params=STEPS)
def step(request, world):
    return STEPS[request.param]


def ids(rows):
    return {row.pk for row in rows}


def test_composes_with_conditions_and_other_rows(step):
    """Every composition that breaks where a recursion stands in front of the statement."""
    every = Node.objects.all()
    own, low, named = ids(step(every)), every.filter(pk__lte=120), every.exclude(name__startswith="s")
    some, kept = ids(low), ids(named)
    assert own
    assert ids(step(low)) == ids(step(every).filter(pk__lte=120)) == own & some
    assert ids(step(every).exclude(name__startswith="s")) == own & kept
    assert ids(step(every) & low) == ids(low & step(every)) == own & some
    assert ids(step(every) | low) == ids(low | step(every)) == own | some
    assert ids(step(low) | step(named)) == own & (some | kept)
    assert ids(step(low) & step(named)) == own & some & kept
    assert ids(step(every) | every.linked_to(9)) == own | ids(every.linked_to(9))
    assert ids(step(every) & every.with_component(as_="part").filter(part_size__gt=5)) <= own
    assert ids(step(low).order_by().union(step(named).order_by()).order_by("id")) == own & (some | kept)
    keys = step(every).order_by().values("pk").intersection(low.order_by().values("pk"))
    assert {row["pk"] for row in keys} == own & some
    assert ids(step(every).none() | low) == some


def test_composes_with_what_reads_it(step):
    own, rows = ids(step(Node.objects.all())), step(Node.objects.all())
    assert rows.count() == len(own)
    assert rows.exists()
    assert rows.aggregate(n=Count("pk"), mean=Avg("pk"))["n"] == len(own)
    assert {row.pk for row in rows.order_by("-pk")[:3]} == set(sorted(own)[-3:])
    assert rows.order_by("pk").first().pk == min(own)
    assert rows.order_by("pk").last().pk == max(own)
    assert set(rows.in_bulk()) == own
    assert ids(rows.select_related("parent").prefetch_related("children")) == own
    assert ids(rows.iterator(chunk_size=7)) == own
    assert ids(rows.distinct()) == own
    assert ids(rows.only("name")) == own
    assert ids(pickle.loads(pickle.dumps(rows)).filter(pk__gt=0)) == own  # noqa: S301
    assert rows.explain()
    parents = {node.pk: node.parent_id for node in Node.objects.all()}
    grouped = dict(rows.order_by().values_list("parent").annotate(n=Count("pk")).values_list("parent", "n"))
    assert grouped == {key: sum(parents[pk] == key for pk in own) for key in {parents[pk] for pk in own}}
    assert sum(row["count"] for row in rows.count_by("parent")) == len(own)


def test_composes_inside_other_queries(step):
    own, rows = ids(step(Node.objects.all())), step(Node.objects.all())
    parents = {node.parent_id for node in Node.objects.filter(pk__in=own)} - {None}
    assert ids(Node.objects.filter(pk__in=rows.values("pk"))) == own
    assert ids(Node.objects.filter(children__in=rows.values("pk")).distinct()) == parents
    assert ids(Node.objects.filter(Exists(rows.filter(parent=OuterRef("pk"))))) == parents
    found = {
        child.pk for node in Node.objects.prefetch_related(Prefetch("children", rows)) for child in node.children.all()
    }
    assert found == {pk for pk in own if Node.objects.get(pk=pk).parent_id is not None}
    assert ids(Node.objects.having("children", P.by(pk=rows.values("pk")))) == parents
    top = rows.order_by("pk").limited(2)
    assert ids(top.filter(pk__gt=0)) == set(sorted(own)[:2])
    with_windows = rows.with_rank("pk", as_="place")
    assert {row.place: row.pk for row in with_windows} == dict(enumerate(sorted(own), start=1))


def test_is_written_and_deleted_by_its_members(step):
    own, rows = ids(step(Node.objects.all())), step(Node.objects.all())
    with transaction.atomic():
        assert len(rows.select_for_update()) == len(own)
    assert rows.update(name="touched") == len(own)
    assert ids(Node.objects.filter(name="touched")) == own
    inner = step(Node.objects.all()).filter(pk=OuterRef("pk")).order_by()
    assert Node.objects.filter(pk__in=own).update(
        name=Coalesce(Cast(Subquery(inner.values("pk")), TextField()), Value(""))
    ) == len(own)
    rows = step(Node.objects.all())
    gone = rows.delete()[1]["graph.Node"]
    assert gone == len(own)
    assert not Node.objects.filter(pk__in=own).exists()
