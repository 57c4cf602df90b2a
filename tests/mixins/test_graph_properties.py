"""Any forest with cycles and any graph with loops and parallel edges, in every composition, against plain Python."""

from __future__ import annotations

import math
import pickle

import networkx as nx
import pytest
from django.db import connection, transaction
from django.db.models import Count, Exists, Max, OuterRef, Prefetch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_project.content.models import User
from example_project.graph.models import Node, Relationship
from querysets import P, PatternQuerySet
from querysets.kinds import methods
from tests.fixtures.graphs import Graph, above, below, ending, on_cycle, over, preorder

LIMIT = "5s"  # an endless statement is an error
MOST = 9  # nodes

any_data = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def parents_of(size):
    """Each node below none, another or itself: with cycles of every length, and what hangs on them."""
    return st.lists(st.none() | st.integers(0, size - 1), min_size=size, max_size=size)


def edges_of(size):
    """Edges between any two nodes, also one and the same, some of them twice or without a weight."""
    ends, weights = st.integers(0, size - 1), st.sampled_from([None, 0, 0.5, 1, 1, 2])
    return st.tuples(st.just(size), st.lists(st.tuples(ends, ends, weights), max_size=2 * size))


forests = st.integers(1, MOST).flatmap(parents_of)
graphs = st.integers(1, MOST).flatmap(edges_of)
places = st.tuples(st.integers(0, MOST - 1), st.integers(0, MOST - 1), st.sets(st.integers(0, MOST - 1)))
"""Two nodes and some: for fewer nodes, modulo their number."""


class Case:
    """Rows, by key what each of some is called, and three things that a test speaks of: two keys and a set."""

    def __init__(self, rows, names, chosen):
        self.rows, self.names, self.keys = rows, names, list(names)
        one, other, some = chosen
        self.one, self.other = (self.keys[each % len(self.keys)] for each in (one, other))
        self.some = {self.keys[each % len(self.keys)] for each in some}

    @property
    def low(self):
        return self.rows.filter(pk__in=self.some)


class Forest(Case):
    def __init__(self, parents, chosen):
        Node.objects.all().delete()
        nodes = Node.objects.bulk_create(Node(name="abc"[place % 3]) for place in range(len(parents)))
        for node, parent in zip(nodes, parents, strict=True):
            node.parent = None if parent is None else nodes[parent]
        Node.objects.bulk_update(nodes, ["parent"])
        super().__init__(Node.objects.all(), {node.pk: node.name for node in nodes}, chosen)
        self.parents = {node.pk: node.parent_id for node in nodes}

    @property
    def roots(self):
        return {node for node, parent in self.parents.items() if parent is None}

    def prefetched(self, rows):
        """The keys of ``rows`` that a parent has loaded among its children."""
        loaded = self.rows.prefetch_related(Prefetch("children", rows))
        return {child.pk for node in loaded for child in node.children.all()}

    def reached(self, found):
        return {key for key in found if self.parents[key] is not None}


class Net(Case):
    def __init__(self, drawn, chosen):
        size, edges = drawn
        Relationship.objects.all().delete()
        people = User.objects.bulk_create(
            User(username=f"net {place}", email=f"net{place}@example.org") for place in range(size)
        )
        keys = [person.pk for person in people]
        self.graph = Graph(keys, [(keys[one], keys[other], weight) for one, other, weight in edges])
        Relationship.objects.bulk_create(
            Relationship(source_id=one, target_id=other, weight=weight, kind="follows")
            for one, other, weight in self.graph.edges
        )
        super().__init__(User.objects.filter(pk__in=keys), {person.pk: person.username for person in people}, chosen)

    def prefetched(self, rows):
        """The keys of ``rows`` that an edge has loaded as its target."""
        loaded = Relationship.objects.prefetch_related(Prefetch("target", rows))
        return {edge.target.pk for edge in loaded if getattr(edge, "target", None)}

    def reached(self, found):
        return {target for _, target, _ in self.graph.edges} & set(found)


def plain(keys):
    return dict.fromkeys(keys)


def common(case):
    far = [{node: 0} | over(case.parents, {node}) for node in {case.one, case.other}]
    both = set.intersection(*map(set, far))
    return plain(sorted(both, key=lambda node: (sum(each[node] for each in far), node))[:1])


def siblings(case):
    above_it = case.parents[case.one]
    return plain(node for node, parent in case.parents.items() if parent == above_it and node != case.one)


def leaves(case):
    named = {parent for node, parent in case.parents.items() if parent != node}
    return plain(set(below(case.parents, {case.one})) - named)


def depths(case):
    ways = {node: ending(case.parents, node) for node in case.keys}
    return {node: None if way is None else len(way) - 1 for node, way in ways.items()}


def sizes(case):
    return {node: 1 + len(below(case.parents, {node})) for node in case.keys}


def parts(case):
    return {key: len(of) for key, of in case.graph.components().items()}


def adamic(case):
    scores, graph = {}, case.graph
    for shared in graph.beside(case.one):
        for key in graph.beside(shared) - graph.beside(case.one) - {case.one}:
            scores[key] = scores.get(key, 0) + 1 / math.log(len(graph.beside(shared)))
    return scores


def triangles(case):
    beside = {key: case.graph.beside(key) for key in case.keys}
    return {key: sum(len(beside[key] & beside[other]) for other in beside[key]) // 2 for key in case.keys}


def pageranks(case):
    graph = case.graph
    ranks = dict.fromkeys(case.keys, 1 / len(case.keys))
    for _ in range(5):
        lost = sum(ranks[key] for key in case.keys if not graph.beside(key, "out"))
        ranks = {
            key: (0.15 + 0.85 * lost) / len(ranks)
            + 0.85 * sum(ranks[one] / len(graph.beside(one, "out")) for one in graph.beside(key, "in"))
            for key in ranks
        }
    return ranks


# What a method makes of rows; the alias that it gives, if any; what it must find, by key, with the values of the alias.
TREES = {
    "descendants_of": (lambda rows, c: rows.descendants_of(c.one), "depth", lambda c: below(c.parents, {c.one})),
    "descendants_of some": (
        lambda rows, c: rows.descendants_of(c.low, include_self=True, max_depth=3),
        "depth",
        lambda c: {k: d for k, d in below(c.parents, c.some).items() if d <= 3} | dict.fromkeys(c.some, 0),
    ),
    "ancestors_of": (
        lambda rows, c: rows.ancestors_of([c.one, c.other]),
        "distance",
        lambda c: over(c.parents, {c.one, c.other}),
    ),
    "children_of": (
        lambda rows, c: rows.children_of(c.low),
        None,
        lambda c: plain(node for node, parent in c.parents.items() if parent in c.some and parent != node),
    ),
    "siblings_of": (lambda rows, c: rows.siblings_of(c.one), None, siblings),
    "roots": (lambda rows, _: rows.roots(), None, lambda c: plain(c.roots)),
    "leaves": (lambda rows, c: rows.leaves(c.one), None, leaves),
    "common_ancestor_of": (lambda rows, c: rows.common_ancestor_of(c.one, c.other), None, common),
    "cyclic": (
        lambda rows, _: rows.cyclic(),
        "cycle_length",
        lambda c: {node: len(ring) for node in c.keys if (ring := on_cycle(c.parents, node))},
    ),
    "tree": (
        lambda rows, _: rows.tree(by="name"),
        "tree_depth",
        lambda c: {node: depth for node, depth, _ in preorder(c.parents, c.names, c.roots)},
    ),
    "with_depth": (lambda rows, _: rows.with_depth(), "depth", depths),
    "with_root": (
        lambda rows, _: rows.with_root(),
        "root",
        lambda c: {node: (ending(c.parents, node) or [None])[0] for node in c.keys},
    ),
    "with_path": (lambda rows, _: rows.with_path(), "path", lambda c: {n: ending(c.parents, n) for n in c.keys}),
    "with_subtree": (lambda rows, _: rows.with_subtree(size=Count("pk")), "size", sizes),
}

EDGES = {
    "reachable_from": (
        lambda rows, c: rows.reachable_from(c.one, include_self=True),
        None,
        lambda c: plain(c.graph.hops([c.one])),
    ),
    "component_of": (
        lambda rows, c: rows.component_of(c.one),
        None,
        lambda c: plain(c.graph.components()[c.one]),
    ),
    "within_hops": (
        lambda rows, c: rows.within_hops(c.low, 2, direction="in", include_self=True),
        "hops",
        lambda c: {key: far for key, far in c.graph.hops(c.some, "in").items() if far <= 2},
    ),
    "shortest_path": (
        lambda rows, c: rows.shortest_path(c.one, c.other, direction="both"),
        "step",
        lambda c: {key: step for step, key in enumerate(c.graph.shortest(c.one, c.other, "both"))},
    ),
    "cheapest_path": (
        lambda rows, c: rows.cheapest_path(c.one, c.other),
        "cost",
        lambda c: {key: cost for key, _, cost in c.graph.cheapest(c.one, c.other)},
    ),
    "linked_to": (
        lambda rows, c: rows.linked_to(c.one),
        None,
        lambda c: plain(c.graph.beside(c.one, "in")),
    ),
    "connected": (lambda rows, _: rows.connected(), None, lambda c: plain(k for k in c.keys if c.graph.beside(k))),
    "mutual": (
        lambda rows, c: rows.mutual(c.one, c.other),
        None,
        lambda c: plain((c.graph.beside(c.one) & c.graph.beside(c.other)) - {c.one, c.other}),
    ),
    "suggested_for": (lambda rows, c: rows.suggested_for(c.one), "score", adamic),
    "with_degree": (
        lambda rows, _: rows.with_degree(direction="in"),
        "degree",
        lambda c: {key: len(c.graph.beside(key, "in")) for key in c.keys},
    ),
    "with_degree_centrality": (
        lambda rows, c: rows.with_degree_centrality(through=c.rows),
        "centrality",
        lambda c: {key: len(c.graph.beside(key)) / max(len(c.keys) - 1, 1) for key in c.keys},
    ),
    "with_triangles": (lambda rows, _: rows.with_triangles(), "triangles", triangles),
    "with_component": (lambda rows, _: rows.with_component(), "component_size", parts),
    "with_pagerank": (lambda rows, c: rows.with_pagerank(5, through=c.rows), "pagerank", pageranks),
    "topological": (
        lambda rows, _: rows.topological(),
        "level",
        lambda c: {key: c.graph.levels().get(key) for key in c.keys},
    ),
}


def test_every_method_on_trees_and_edges_is_tried_here():
    homes = ("graphs.trees", "graphs.places", "graphs.reach", "graphs.neighbours", "graphs.measures")
    found = {name for name, each in methods(PatternQuerySet).items() if each.function.__module__.endswith(homes)}
    terminals = {name for name in found if not methods(PatternQuerySet)[name].is_chainable}
    assert found - terminals == {name.split()[0] for name in (*TREES, *EDGES)}


def ids(rows):
    found = [row.pk for row in rows]
    assert len(found) == len(set(found)), "a row comes twice"
    return set(found)


def same(found, wanted):
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        assert found[key] == (pytest.approx(value) if isinstance(value, float) else value)


def check(case, make, alias, wanted):
    """Every composition: a condition narrows the answer, never the walk; an answer is a set of rows as any other."""
    every, low, some, own = case.rows, case.low, case.some, set(wanted)
    rows = make(every, case)
    if alias:
        same(dict(rows.values_list("pk", alias)), wanted)
    assert ids(rows) == own
    assert ids(rows.filter(pk__in=some)) == ids(make(low, case)) == own & some
    assert ids(rows.exclude(pk__in=some)) == ids(make(every.exclude(pk__in=some), case)) == own - some
    assert ids(rows & low) == ids(low & rows) == own & some
    assert ids(rows | low) == ids(low | rows) == own | some
    assert ids(make(low, case) | make(every.exclude(pk__in=some), case)) == own
    keys = rows.order_by().values("pk")
    assert {row["pk"] for row in keys.union(low.order_by().values("pk"))} == own | some
    assert {row["pk"] for row in keys.intersection(low.order_by().values("pk"))} == own & some
    assert {row["pk"] for row in keys.difference(low.order_by().values("pk"))} == own - some
    assert [row.pk for row in rows.order_by("pk")[1:4]] == sorted(own)[1:4]
    assert ids(rows.ranked("-pk").limited(2)) == set(sorted(own)[-2:])
    assert (rows.count(), rows.exists()) == (len(own), bool(own))
    assert rows.aggregate(n=Count("pk"), last=Max("pk")) == {"n": len(own), "last": max(own, default=None)}
    assert ids(every.filter(Exists(rows.filter(pk=OuterRef("pk"))))) == own
    assert ids(every.filter(~Exists(rows.filter(pk=OuterRef("pk"))))) == set(case.keys) - own
    assert ids(every.filter(pk__in=rows.values("pk"))) == own
    assert case.prefetched(rows) == case.reached(own)
    again = pickle.loads(pickle.dumps(rows))  # noqa: S301
    assert ids(again) == ids(again.filter(pk__gt=0)) == own
    fresh = every.all()
    fresh.query = pickle.loads(pickle.dumps(rows.query))  # noqa: S301
    if alias:
        same(dict(fresh.values_list("pk", alias)), wanted)
    name = "name" if every.model is Node else "bio"
    assert rows.update(**{name: "met"}) == len(own)
    assert ids(every.filter(**{name: "met"})) == own
    assert make(every, case).update_returning("pk", **{name: "again"}) == [{"pk": key} for key in sorted(own)]
    assert ids(every.filter(**{name: "again"})) == own
    assert make(every, case).delete()[1].get(every.model._meta.label, 0) == len(own)
    assert ids(every.all()) == set(case.keys) - own


def tried(make_case, make, alias, meaning):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LIMIT}'")
        case = make_case()
        check(case, make, alias, meaning(case))
        transaction.set_rollback(True)


@pytest.mark.slow
@pytest.mark.parametrize("name", TREES)
@given(parents=forests, chosen=places)
@any_data
def test_a_tree_composes_whatever_its_parents(db, name, parents, chosen):
    tried(lambda: Forest(parents, chosen), *TREES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", EDGES)
@given(drawn=graphs, chosen=places)
@any_data
def test_a_graph_composes_whatever_its_edges(db, name, drawn, chosen):
    tried(lambda: Net(drawn, chosen), *EDGES[name])


@given(parents=forests, chosen=places)
@any_data
def test_a_move_is_made_or_would_close_a_cycle(db, parents, chosen):
    with transaction.atomic():
        case = Forest(parents, chosen)
        one, other, was = case.one, case.other, dict(case.parents)
        if one in {other, *above(was, other)}:
            with pytest.raises(ValueError, match="itself or below it"):
                case.rows.move(one, other)
            now = was
        else:
            assert case.rows.move(one, other) == (was[one] != other)
            now = was | {one: other}
        assert dict(Node.objects.values_list("pk", "parent")) == now
        assert {node for node in now if on_cycle(now, node)} <= {node for node in was if on_cycle(was, node)}
        transaction.set_rollback(True)


# networkx says the same, where it has the measure. It counts loops and parallel edges, so it is given a simple graph.


def simple(graph, kind=nx.DiGraph):
    made = kind()
    made.add_nodes_from(graph.keys)
    made.add_edges_from((one, other) for one, other, _ in graph.edges if one != other)
    return made


@pytest.mark.slow
@given(drawn=graphs, chosen=places)
@any_data
def test_networkx_agrees_on_graphs(db, drawn, chosen):
    with transaction.atomic():
        case = Net(drawn, chosen)
        rows, one, other = case.rows, case.one, case.other
        there, both = simple(case.graph), simple(case.graph, nx.Graph)
        for direction, known in (("out", there), ("in", there.reverse()), ("both", both)):
            far = nx.single_source_shortest_path_length(known, one)
            near = rows.within_hops(one, None, direction=direction, include_self=True)
            assert dict(near.values_list("pk", "hops")) == far
            path = list(rows.shortest_path(one, other, direction=direction).values_list("pk", flat=True))
            assert path in (list(nx.all_shortest_paths(known, one, other)) if other in far else [[]])
        weighed = nx.DiGraph()
        weighed.add_nodes_from(case.keys)
        for source, target, weight in sorted(case.graph.edges, key=lambda edge: -(edge[2] or 0)):
            if weight is not None:  # of parallel edges the lightest is the last
                weighed.add_edge(source, target, weight=weight)
        route = list(rows.cheapest_path(one, other).values_list("pk", "cost"))
        if nx.has_path(weighed, one, other):
            assert route[-1] == (other, nx.dijkstra_path_length(weighed, one, other))
            assert route[-1][1] == nx.path_weight(weighed, [key for key, _ in route], "weight")
        else:
            assert route == []
        parts = {key: (min(part), len(part)) for part in nx.connected_components(both) for key in part}
        found = rows.with_component().values_list("pk", "component", "component_size")
        assert {key: (least, size) for key, least, size in found} == parts
        for direction, central in (
            ("both", nx.degree_centrality(both)),
            ("out", nx.out_degree_centrality(there)),
            ("in", nx.in_degree_centrality(there)),
        ):
            own = rows.with_degree_centrality(direction=direction, through=rows)
            # of a node alone networkx says 1, where there is nobody to be linked with
            same(dict(own.values_list("pk", "centrality")), central if len(case.keys) > 1 else {one: 0.0})
        corners = rows.with_triangles().values_list("pk", "triangles", "clustering")
        assert {key: many for key, many, _ in corners} == nx.triangles(both)
        same({key: share for key, _, share in corners}, {key: float(v) for key, v in nx.clustering(both).items()})
        pairs = [(one, key) for key in nx.non_neighbors(both, one)]
        scores = {key: score for _, key, score in nx.adamic_adar_index(both, pairs) if score}
        same(dict(rows.suggested_for(one).values_list("pk", "score")), scores)
        power = nx.algorithms.link_analysis.pagerank_alg._pagerank_python  # the one without scipy
        ranks = power(there, tol=1e-12, max_iter=500)
        long = dict(rows.with_pagerank(200, through=rows).values_list("pk", "pagerank"))
        assert long == pytest.approx(ranks, abs=1e-9)
        rings = {key for ring in nx.strongly_connected_components(there) if len(ring) > 1 for key in ring}
        rings |= {source for source, target, _ in case.graph.edges if source == target}
        behind = rings.union(*(nx.descendants(there, key) for key in rings))
        ranked = there.subgraph(set(case.keys) - behind)
        levels = {key: level for level, keys in enumerate(nx.topological_generations(ranked)) for key in keys}
        same(dict(rows.topological().values_list("pk", "level")), {key: levels.get(key) for key in case.keys})
        transaction.set_rollback(True)


@pytest.mark.slow
@given(parents=forests, chosen=places)
@any_data
def test_networkx_agrees_on_trees(db, parents, chosen):
    with transaction.atomic():
        case = Forest(parents, chosen)
        down = nx.DiGraph((parent, node) for node, parent in case.parents.items() if parent is not None)
        down.add_nodes_from(case.keys)
        walks = (
            (Node.objects.descendants_of(case.one), "depth", down),
            (Node.objects.ancestors_of(case.one), "distance", down.reverse()),
        )
        for rows, alias, known in walks:
            far = nx.single_source_shortest_path_length(known, case.one)
            assert dict(rows.values_list("pk", alias)) == {key: steps for key, steps in far.items() if steps}
        rings = {key: (min(ring), len(ring)) for ring in nx.simple_cycles(down) for key in ring}
        assert {row.pk: (row.cycle_id, row.cycle_length) for row in Node.objects.cyclic()} == rings
        if nx.is_directed_acyclic_graph(down):
            meeting = nx.lowest_common_ancestor(down, case.one, case.other)
            assert ids(Node.objects.common_ancestor_of(case.one, case.other)) == {meeting} - {None}
        transaction.set_rollback(True)


def test_a_condition_is_one_wherever_it_stands(world):
    """``P`` of a walk in EXISTS, in any_of and in none_of, on data that the world has."""
    below_it = ids(Node.objects.descendants_of(1))
    assert ids(Node.objects.any_of(P.descendants_of(1), P.by(pk=1))) == below_it | {1}
    assert ids(Node.objects.having("parent", P.descendants_of(1))) == {
        node.id for node in world.nodes if node.parent_id in below_it
    }
