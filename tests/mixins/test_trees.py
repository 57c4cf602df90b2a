"""Trees against plain Python: random forests with cycles, and every place where Django takes a queryset."""

from __future__ import annotations

import pickle
from dataclasses import replace
from random import Random

import pytest
from asgiref.sync import async_to_sync
from django.db import DataError, transaction
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Rank

from example_project.content.models import Category, Post
from example_project.graph.models import Node
from querysets import P
from querysets.errors import CycleError, WrongShape
from querysets.sql.graphs import tree_plans
from tests.fixtures.calls.graphs.trees import named
from tests.fixtures.graphs import below, ending, on_cycle, over, preorder


@pytest.fixture(params=range(6))
def forest(request, db):
    """Up to 40 nodes in random trees, some of whose roots are put below a node of their own tree."""
    chance = Random(request.param)
    Node.objects.all().delete()
    size = chance.randrange(1, 40)
    nodes = Node.objects.bulk_create(Node(name=chance.choice("abc")) for _ in range(size))
    ids = [node.pk for node in nodes]
    for place, node in enumerate(nodes):
        if place and chance.random() < 0.85:
            node.parent_id = chance.choice(ids[max(0, place - chance.choice((3, 40))) : place])
    parents = {node.pk: node.parent_id for node in nodes}
    for root in [node for node in nodes if node.parent_id is None]:
        if chance.random() < 0.4:
            root.parent_id = chance.choice([root.pk, *below(parents, {root.pk})])
    Node.objects.bulk_update(nodes, ["parent"])
    return {node.pk: node.parent_id for node in nodes}, {node.pk: node.name for node in nodes}


@pytest.fixture
def parents(forest):
    return forest[0]


def pairs(rows, name):
    found = list(rows.values_list("pk", name))
    assert len(found) == len(dict(found)), "a row comes twice"
    return dict(found)


def pks(rows):
    found = list(rows.values_list("pk", flat=True))
    assert len(found) == len(set(found)), "a row comes twice"
    return set(found)


def test_what_is_below_and_above_each_node(parents):
    for node in parents:
        assert pairs(Node.objects.descendants_of(node), "depth") == below(parents, {node})
        assert pairs(Node.objects.ancestors_of(node), "distance") == over(parents, {node})
        assert pairs(Node.objects.descendants_of(node, include_self=True), "depth") == {
            **below(parents, {node}), node: 0,
        }  # fmt: skip
        assert pairs(Node.objects.ancestors_of(node, include_self=True), "distance") == {
            **over(parents, {node}), node: 0,
        }  # fmt: skip


def test_what_is_below_and_above_several(parents):
    chance = Random(len(parents))
    for size in (0, 2, 3, 9):
        starts = set(chance.sample(sorted(parents), min(size, len(parents))))
        for of in (list(starts), Node.objects.filter(pk__in=starts), starts):
            assert pairs(Node.objects.descendants_of(of), "depth") == below(parents, starts)
            assert pairs(Node.objects.ancestors_of(of), "distance") == over(parents, starts)
        own = dict.fromkeys(starts, 0)
        assert pairs(Node.objects.descendants_of(starts, include_self=True), "depth") == below(parents, starts) | own
        assert pairs(Node.objects.ancestors_of(starts, include_self=True), "distance") == over(parents, starts) | own


def test_no_further_than_asked(parents):
    for node in parents:
        reached = below(parents, {node})
        for depth in (0, 1, 2, 99):
            kept = {each: steps for each, steps in reached.items() if steps <= depth}
            assert pairs(Node.objects.descendants_of(node, max_depth=depth), "depth") == kept


def test_children_siblings_roots_and_leaves(parents):
    for node in parents:
        children = {each for each in parents if parents[each] == node and each != node}
        beside = {each for each in parents if parents[each] == parents[node] and each != node}
        assert pks(Node.objects.children_of(node)) == children
        assert pks(Node.objects.siblings_of(node)) == beside
    named = {parent for node, parent in parents.items() if parent != node}
    assert pks(Node.objects.roots()) == {node for node in parents if parents[node] is None}
    assert pks(Node.objects.leaves()) == set(parents) - named
    for node in list(parents)[::5]:
        assert pks(Node.objects.leaves(node)) == set(below(parents, {node})) - named


def test_depth_root_and_path(forest):
    parents, names = forest
    ways = {node: ending(parents, node) for node in parents}
    rows = Node.objects.with_depth().with_root().with_path().with_path("name", as_="names")
    for row in rows:
        way = ways[row.pk]
        expected = (None,) * 4 if way is None else (len(way) - 1, way[0], way, [names[node] for node in way])
        assert (row.depth, row.root, row.path, row.names) == expected
    assert rows.count() == len(parents)


def test_preorder(forest):
    parents, names = forest
    roots = {node for node in parents if parents[node] is None}
    rows = Node.objects.tree(by="name")
    assert [(row.pk, row.tree_depth, row.tree_path) for row in rows] == list(preorder(parents, names, roots))
    for node in parents:
        found = list(Node.objects.tree(node, by="name", max_depth=2).values_list("pk", "tree_depth", "tree_path"))
        assert found == [each for each in preorder(parents, names, {node}) if each[1] <= 2]


def test_cycles(parents):
    members = {node: on_cycle(parents, node) for node in parents}
    expected = {node: (min(ring), len(ring)) for node, ring in members.items() if ring}
    assert {row.pk: (row.cycle_id, row.cycle_length) for row in Node.objects.cyclic()} == expected


def test_the_nearest_common_ancestor(parents):
    chance = Random(len(parents))
    for size in (1, 2, 3):
        for _ in range(6):
            of = [chance.choice(list(parents)) for _ in range(size)]
            far = [{node: 0} | over(parents, {node}) for node in set(of)]
            common = set.intersection(*map(set, far))
            best = min(common, key=lambda node: (sum(each[node] for each in far), node), default=None)
            assert pks(Node.objects.common_ancestor_of(*of)) == ({best} if common else set())
    assert not Node.objects.common_ancestor_of(next(iter(parents)), -1).exists()


def test_only_what_may_be_passed(parents):
    chance = Random(len(parents))
    kept = {node for node in parents if chance.random() < 0.7}
    inside = {node: parent if parent in kept else None for node, parent in parents.items() if node in kept}
    through = Node.objects.filter(pk__in=kept)
    for node in kept:
        assert pairs(Node.objects.descendants_of(node, through=through), "depth") == below(inside, {node})
        assert pairs(Node.objects.ancestors_of(node, through=through), "distance") == over(inside, {node})


# Wherever Django takes a queryset: the chain narrows the answer, never the walk.


@pytest.fixture
def found(world):
    """The nodes below the deep branch of the world, each with its depth."""
    parents = {node.id: node.parent_id for node in world.nodes}
    (top,) = (node.id for node in world.nodes if node.name == "deep")
    return top, below(parents, {top}), parents


def test_composes_with_all_that_filters(found, world):
    top, depths, _ = found
    rows = Node.objects.descendants_of(top)
    named = {node.id for node in world.nodes if node.name.startswith("level")}
    assert pairs(rows.filter(name__startswith="level"), "depth") == {n: d for n, d in depths.items() if n in named}
    assert pairs(Node.objects.filter(name="level 5").descendants_of(top), "depth").keys() == {
        n for n in depths if world.node(n).name == "level 5"
    }
    assert pairs(rows.exclude(name__startswith="level"), "depth").keys() == depths.keys() - named
    assert pairs(rows.filter(depth__gte=3), "depth") == {n: d for n, d in depths.items() if d >= 3}
    assert pairs(rows.at_least(depth=3), "depth") == {n: d for n, d in depths.items() if d >= 3}
    plain = Node.objects.filter(name__startswith="level")
    for combined, expected in (
        (rows & plain, depths.keys() & named), (plain & rows, depths.keys() & named),
        (rows | plain, depths.keys() | named), (plain | rows, depths.keys() | named),
        (rows & Node.objects.descendants_of(top, max_depth=2), {n for n, d in depths.items() if d <= 2}),
        (rows | Node.objects.ancestors_of(max(depths)), depths.keys() | {top}),
        (plain & Node.objects.tree(top), depths.keys() & named),
        (Node.objects.tree(top) | plain, depths.keys() | named | {top}),
    ):  # fmt: skip
        assert {row.pk for row in combined} == expected
    leaf = max(depths)
    trail = over({node.id: node.parent_id for node in world.nodes}, {leaf})
    united = rows.union(Node.objects.ancestors_of(leaf, as_="depth"))
    assert {(row.pk, row.depth) for row in united} == {*depths.items(), *trail.items()}
    assert {row.pk for row in rows.intersection(rows.filter(depth=1))} == {n for n, d in depths.items() if d == 1}
    assert pks(Node.objects.any_of(P.descendants_of(top), P.by(pk=top))) == {top, *depths}
    assert pks(Node.objects.none_of(P.descendants_of(top))) == set(pks(Node.objects.all())) - depths.keys()
    assert pks(Node.objects.exclude(P.descendants_of(top))) == set(pks(Node.objects.all())) - depths.keys()


def test_composes_with_all_that_is_computed(found):
    top, depths, parents = found
    rows = Node.objects.descendants_of(top)
    assert rows.count() == len(depths)
    assert rows.exists()
    assert rows.aggregate(Max("depth"), Count("pk")) == {"depth__max": max(depths.values()), "pk__count": len(depths)}
    groups = rows.values("depth").annotate(n=Count("pk")).order_by("depth")
    levels = sorted(set(depths.values()))
    assert [(row["depth"], row["n"]) for row in groups] == [
        (level, list(depths.values()).count(level)) for level in levels
    ]
    assert {row["depth"]: row["count"] for row in rows.count_by("depth")} == {
        level: list(depths.values()).count(level) for level in levels
    }
    children = rows.annotate(n=Count("children")).filter(n__gt=0)
    assert pks(children) == {parents[n] for n in depths} - {top}
    ranks = {row.pk: row.r for row in rows.annotate(r=Window(Rank(), order_by=F("depth").asc())).filter(r__lte=4)}
    assert ranks == {n: 1 + sum(o < d for o in depths.values()) for n, d in depths.items() if 1 + sum(
        o < d for o in depths.values()) <= 4}  # fmt: skip
    nearest = sorted(depths, key=lambda n: (depths[n], n))
    assert [row.pk for row in rows.order_by("depth", "pk")[2:5]] == nearest[2:5]
    assert [row.pk for row in rows.ranked("depth").limited(4)] == nearest[:4]
    assert pairs(rows.ranked("depth").limited(4), "depth") == {n: depths[n] for n in nearest[:4]}
    assert rows.order_by("depth", "pk").last().pk == nearest[-1]
    assert rows.get(pk=nearest[0]).depth == 1
    assert rows.in_bulk([nearest[0]])[nearest[0]].depth == 1
    assert [row.pk for row in Node.objects.tree(top).limited(3)] == [row.pk for row in Node.objects.tree(top)[:3]]
    assert rows.distinct().count() == len(depths)
    assert "Subquery" in rows.explain() or "CTE" in rows.explain()


def test_composes_with_what_is_loaded_and_how(found, django_assert_num_queries):
    top, depths, parents = found
    rows = Node.objects.descendants_of(top)
    with django_assert_num_queries(1):
        assert {row.parent.pk for row in rows.select_related("parent")} == {parents[n] for n in depths}
    with django_assert_num_queries(2):
        assert {c.pk for row in rows.prefetch_related("children") for c in row.children.all()} == {
            n for n in depths if parents[n] != top
        }
    below_each = Node.objects.prefetch_related(Prefetch("children", rows)).get(pk=top)
    assert {row.pk: row.depth for row in below_each.children.all()} == {n: 1 for n, d in depths.items() if d == 1}
    assert {row.pk: row.depth for row in rows.only("name")} == depths
    assert {row.pk for row in rows.iterator(chunk_size=2)} == depths.keys()
    assert {row.pk: row.depth for row in rows.using("default")} == depths

    async def collect():
        return {row.pk: row.depth async for row in rows.all()}

    assert async_to_sync(collect)() == depths
    again = pickle.loads(pickle.dumps(rows))  # noqa: S301
    assert pairs(again.filter(depth=1), "depth") == {n: 1 for n, d in depths.items() if d == 1}
    fresh = Node.objects.all()
    fresh.query = pickle.loads(pickle.dumps(rows.query))  # noqa: S301
    assert pairs(fresh, "depth") == depths
    assert pks(Node.objects.get(pk=top).children.descendants_of(top, max_depth=1)) == {
        n for n, d in depths.items() if d == 1
    }


def test_composes_inside_other_statements(found):
    top, depths, parents = found
    rows = Node.objects.descendants_of(top)
    assert pks(Node.objects.filter(pk__in=rows)) == depths.keys()
    assert pks(Node.objects.filter(parent__in=rows.values("pk"))) == {n for n in depths if parents[n] != top}
    assert pks(Node.objects.filter(Exists(rows.filter(pk=OuterRef("pk"))))) == depths.keys()
    assert pks(Node.objects.filter(Exists(Node.objects.descendants_of(OuterRef("pk"), max_depth=1)))) == {
        parent for node, parent in parents.items() if parent is not None and parent != node
    }
    size = Node.objects.descendants_of(OuterRef("pk")).order_by().values(one=F("pk") * 0).annotate(n=Count("pk"))
    counted = Node.objects.filter(Q(pk=top) | Q(pk__in=depths)).annotate(n=Subquery(size.values("n")))
    assert pairs(counted, "n") == {n: len(below(parents, {n})) or None for n in (top, *depths)}
    nested = Node.objects.filter(pk__in=Node.objects.filter(any_below(OuterRef("pk"))))
    assert pks(nested) == {node for node in parents if below(parents, {node})}


def test_what_may_be_passed_is_a_condition_too_and_may_speak_of_the_row_outside(found):
    top, depths, parents = found
    leaf = max(depths, key=lambda node: (depths[node], node))
    way = over(parents, {leaf})
    gap = next(node for node, distance in way.items() if distance == 2)
    for through in (Node.objects.exclude(pk=gap), ~Q(pk=gap), P.excluding(pk=gap)):
        assert pairs(Node.objects.ancestors_of(leaf, through=through), "distance") == {parents[leaf]: 1}
        assert Node.objects.with_depth(through=through).get(pk=leaf).depth is None
        assert gap not in pks(Node.objects.descendants_of(top, through=through))
    passing = Node.objects.exclude(pk=OuterRef("pk"))  # who is passed on the way from the top to the leaf
    cut = Node.objects.filter(~Exists(Node.objects.descendants_of(top, through=passing).filter(pk=leaf)))
    assert pks(cut) == {leaf} | {node for node in way if node in depths}
    depth = Node.objects.with_depth(through=passing).filter(pk=leaf)
    unknown = Node.objects.annotate(n=Subquery(depth.values("depth"))).filter(n=None)
    assert pks(unknown) == {leaf, *way}


def any_below(pk):
    return Q(Exists(Node.objects.filter(P.descendants_of(pk))))


def test_composes_with_writes(found):
    top, depths, _ = found
    rows = Node.objects.descendants_of(top)
    assert rows.update(name="below") == len(depths)
    assert pks(Node.objects.filter(name="below")) == depths.keys()
    deepest = Subquery(rows.filter(pk=OuterRef("pk")).values("depth"))
    assert rows.filter(depth__gt=2).update(name=deepest) == sum(depth > 2 for depth in depths.values())
    assert pairs(rows.filter(depth__gt=2), "name") == {n: str(d) for n, d in depths.items() if d > 2}
    assert {row.pk for row in rows.select_for_update()} == depths.keys()
    assert rows.filter(depth__gte=5).delete()[1]["graph.Node"] == sum(depth >= 5 for depth in depths.values())
    assert pairs(rows, "depth") == {n: d for n, d in depths.items() if d < 5}


SET = {
    "descendants_of": ("depth", lambda: Node.objects.descendants_of([1, 2, 3], include_self=True)),
    "ancestors_of": ("distance", lambda: Node.objects.ancestors_of(Node.objects.leaves())),
    "with_depth": ("depth", Node.objects.with_depth),
    "tree": ("tree_depth", Node.objects.tree),
    "cyclic": ("cycle_length", Node.objects.cyclic),
    "within_hops": ("hops", lambda: Node.objects.within_hops(3, 2)),
    "with_component": ("component_size", Node.objects.with_component),
    "suggested_for": ("score", lambda: Node.objects.suggested_for(3)),
    "selection": ("rank", lambda: Node.objects.with_rank("-pk").limited(5)),
}


@pytest.mark.parametrize("name", SET)
def test_what_a_walk_says_is_set_by_sync_from_and_refused_by_update(name, world):
    alias, rows = SET[name]
    for value in (F(alias), F(alias) + 1, Case(When(P.at_least(**{alias: 1}), then=Value("x")), default=F("name"))):
        with pytest.raises(WrongShape, match=r"use sync_from\('name', F\(...\)\), or Subquery"), transaction.atomic():
            rows().update(name=value)
    expected = {pk: str(value) for pk, value in rows().values_list("pk", alias) if value is not None}
    assert len(expected) > 3
    some = rows().exclude(**{alias: None})
    for write in (
        lambda: some.sync_from("name", F(alias)),
        lambda: some.set_case("name", (P.present("name"), Cast(F(alias), TextField()))),
        lambda: len(some.update_returning(name=Cast(F(alias), TextField()))),
        lambda: Node.objects.filter(pk__in=expected).update(
            name=Subquery(rows().filter(pk=OuterRef("pk")).order_by().values(alias))
        ),
    ):
        Node.objects.update(name="as it was")
        assert write() == len(expected)
        assert pairs(Node.objects.exclude(name="as it was"), "name") == expected


def test_rows_of_a_walk_are_locked(found):
    top, depths, _ = found
    for rows in (Node.objects.descendants_of(top), Node.objects.with_depth().descendants_of(top, as_="below")):
        assert {row.pk for row in rows.locked()} == depths.keys()
        assert [row.pk for row in rows.ranked("-pk").limited(2).locked()] == sorted(depths)[:-3:-1]
    for row in Node.objects.tree(top).locked():
        assert (row.tree_depth, len(row.tree_path)) == (
            (depths[row.pk], depths[row.pk] + 1) if row.pk != top else (0, 1)
        )


def test_posts_of_a_subtree_of_categories(world):
    parents = {category.id: category.parent_id for category in world.categories}
    for root in (1, *(category.id for category in world.categories if category.slug in {"archive", "ring-two-a"})):
        shelves = {root, *below(parents, {root})}
        found = Post.objects.having("category", P.descendants_of(root, include_self=True))
        assert pks(found) == {post.id for post in world.posts if post.category_id in shelves}


def test_subtrees_add_up(world):
    parents = {category.id: category.parent_id for category in world.categories}
    rows = Category.objects.with_subtree(n=Count("posts"), views=Sum("posts__views"), last=Max("posts__views"))
    for row in rows:
        posts = [post for shelf in (row.pk, *below(parents, {row.pk})) for post in world.posts_in[shelf]]
        expected = len(posts), sum(post.views for post in posts), max((post.views for post in posts), default=None)
        assert (row.n, row.views, row.last) == expected


def test_a_move_writes_one_row_once_and_closes_no_cycle(found):
    top, depths, parents = found
    leaf = max(depths, key=lambda node: (depths[node], node))
    assert Node.objects.move(leaf, top) == 1
    assert Node.objects.get(pk=leaf).parent_id == top
    assert Node.objects.move(leaf, top) == 0
    assert Node.objects.move(leaf, None) == 1
    assert Node.objects.move(leaf, None) == 0
    assert Node.objects.filter(name="no such name").move(leaf, top) == 0
    assert Node.objects.move(-1, top) == 0
    for target in (top, *(node for node in depths if node != leaf)):
        with pytest.raises(CycleError, match="itself or below it"):
            Node.objects.move(top, target)
    with pytest.raises(ValueError, match=r"there is no graph\.Node -1"):
        Node.objects.move(top, -1)
    ring = next(node for node in parents if len(on_cycle(parents, node)) == 3)
    assert Node.objects.move(ring, None) == 1
    assert not on_cycle(dict(Node.objects.values_list("pk", "parent")), ring)


@pytest.fixture(params=["few", "many"])
def looked(request, monkeypatch):
    """Places are looked up from each of a few rows; or, as if two were many, found on a walk down from all roots."""
    if request.param == "many":
        for name in ("ROOTED", "PATHED"):
            plan = getattr(tree_plans, name)
            template = plan.template.replace(str(tree_plans.FEW + 1), "2").replace(f"<= {tree_plans.FEW}", "<= 1")
            assert template != plan.template
            monkeypatch.setattr(tree_plans, name, replace(plan, template=template))


def test_places_are_known_of_any_few_rows(looked, parents):
    chance = Random(len(parents))
    ends = {node: ending(parents, node) for node in parents}
    for size in (0, 1, 2, 5):
        some = chance.sample(sorted(parents), min(size, len(parents)))
        rows = Node.objects.filter(pk__in=some).with_depth().with_root().with_path()
        told = {row.pk: (row.depth, row.root, row.path) for row in rows}
        assert told == {n: (len(ends[n]) - 1, ends[n][0], ends[n]) if ends[n] else (None, None, None) for n in some}


SHOWN = {
    "first": lambda rows: rows.order_by("pk")[:5],
    "further": lambda rows: rows.order_by("-pk")[3:9],
    "from": lambda rows: rows.order_by("pk")[180:],
    "in ties": lambda rows: rows.order_by("parent")[:7],
    "in no order": lambda rows: rows.order_by()[:7],
    "in any order": lambda rows: rows.order_by("?")[:7],
    "in any total order": lambda rows: rows.order_by("?", "pk")[:7],
    "by name": lambda rows: rows.ranked("name")[:6],
    "by another": lambda rows: rows.order_by("parent__name", "pk")[40:50],
    "by several": lambda rows: rows.order_by("children__name", "pk")[:40],
    "by itself": lambda rows: rows.order_by("-depth", "pk")[2:9],
    "by what is made of it": lambda rows: rows.annotate(m=F("depth") + 1).order_by("m", "pk")[:9],
    "by itself unsaid": lambda rows: rows.order_by(F("depth").desc(nulls_last=True), "pk")[:9],
    "by a count": lambda rows: rows.annotate(n=Count("children")).order_by("-n", "pk")[:5],
    "of a count": lambda rows: rows.annotate(n=Count("children")).filter(n__gt=2, name__gte="c"),
    "of itself": lambda rows: rows.filter(depth=2, name__gte="c"),
    "of itself, first": lambda rows: rows.filter(depth__gt=1).order_by("pk")[:3],
    "of either": lambda rows: rows.filter(Q(depth=3) | Q(name__startswith="s")),
    "of no": lambda rows: rows.exclude(depth=1).exclude(name__startswith="s"),
    "of others": lambda rows: rows.filter(children__name__startswith="s").order_by("pk").distinct()[:4],
    "of the outside": lambda rows: rows.filter(Exists(Node.objects.filter(parent=OuterRef("pk")))).order_by("pk")[:5],
    "of itself outside": lambda rows: rows.filter(Exists(Node.objects.filter(pk=OuterRef("depth") + 1))),
    "none": lambda rows: rows.none(),
    "a window": lambda rows: rows.with_rank("name", as_="place").filter(place__lte=9),
    "a window, first": lambda rows: rows.annotate(r=Window(Rank(), order_by="name")).filter(r__lt=9).order_by("pk")[:4],
    "selected": lambda rows: rows.order_by("name").limited(8).filter(pk__gt=20),
    "best": lambda rows: rows.top_per("parent", 1, "name").filter(depth__gte=1),
    "both": lambda rows: rows.filter(name__gte="d") & rows.filter(name__lt="p"),
    "either": lambda rows: rows.filter(name__lt="d") | rows.filter(pk__lt=30),
    "united": lambda rows: rows.filter(pk__lt=9).union(rows.filter(pk__gt=190)),
    "below": lambda rows: rows.descendants_of(named("deep"), as_="far").order_by("far", "pk")[:4],
    "with all": lambda rows: rows.with_root().with_path(as_="way").filter(name__gte="c").order_by("root", "pk")[:9],
    "by two": lambda rows: rows.with_depth(as_="again").filter(again__gt=0).order_by("pk")[:9],
    "locked": lambda rows: rows.filter(pk__lt=9).select_for_update(),
    "held": lambda rows: rows.order_by("pk").locked()[:5],
    "deferred": lambda rows: rows.only("name", "parent").select_related("parent").filter(name__gte="c"),
}


@pytest.mark.parametrize("narrowed", SHOWN)
def test_places_are_those_of_the_rows_that_are_shown(looked, world, narrowed):
    parents = {node.id: node.parent_id for node in world.nodes}
    rows = list(SHOWN[narrowed](Node.objects.with_depth()))
    assert bool(rows) == (narrowed != "none")
    for row in rows:
        way = ending(parents, row.pk)
        assert row.depth == (len(way) - 1 if way else None)


def test_places_in_groups_and_subqueries_are_those_of_their_rows(looked, world):
    parents = {node.id: node.parent_id for node in world.nodes}
    low = {n: ending(parents, n) for n in parents if n < 120}
    groups = Node.objects.filter(pk__lt=120).with_root().count_by("root")
    tops = [way[0] if way else None for way in low.values()]
    assert {row["root"]: row["count"] for row in groups} == {top: tops.count(top) for top in tops}
    assert Node.objects.filter(pk__lt=120).with_depth().aggregate(n=Max("depth"))["n"] == max(
        len(way) - 1 for way in low.values() if way
    )
    own = Node.objects.with_depth().filter(pk=OuterRef("pk")).values("depth")
    for row in Node.objects.annotate(n=Subquery(own)).order_by("pk")[:20]:
        assert row.n == (len(low[row.pk]) - 1 if low[row.pk] else None)
    with transaction.atomic():
        assert Node.objects.with_depth().filter(depth=1, pk__lt=120).update(name="first") == sum(
            len(way or ()) == 2 for way in low.values()
        )


def test_a_page_asks_for_its_rows_alone(world):
    rows = Node.objects.with_depth().order_by("pk")
    assert 'LIMIT 5) "row"' in str(rows[:5].query)
    assert "WHERE" in str(rows.filter(name="deep").query).split('"row"')[0].rsplit("SELECT", 1)[1]
    for unbound in (rows, Node.objects.with_depth()[:5], rows.filter(depth=2), rows.order_by("depth", "pk")[:5]):
        assert " WHERE " not in str(unbound.query).split('"row"')[0]


def chain(length):
    """One node below the other, so many."""
    Node.objects.all().delete()
    nodes = Node.objects.bulk_create(Node(name="link") for _ in range(length))
    for node, parent in zip(nodes[1:], nodes, strict=False):
        node.parent = parent
    Node.objects.bulk_update(nodes, ["parent"], batch_size=1000)
    return [node.pk for node in nodes]


@pytest.mark.slow
def test_a_deep_chain_and_a_large_cycle_end(db):
    ids = chain(5000)
    assert Node.objects.timeout(20_000).descendants_of(ids[0]).count() == 4999
    assert Node.objects.timeout(20_000).ancestors_of(ids[-1]).count() == 4999
    assert Node.objects.timeout(20_000).with_depth().aggregate(n=Max("depth"))["n"] == 4999
    assert not Node.objects.timeout(20_000).cyclic().exists()
    for rows in (Node.objects.with_path(), Node.objects.tree()):
        with pytest.raises(DataError, match="more than 500 levels"), transaction.atomic():
            list(rows)
    assert Node.objects.tree(max_depth=40).count() == 41
    Node.objects.filter(pk=ids[0]).update(parent=ids[999])  # a cycle of 1000 with a tail of 4000
    assert Node.objects.timeout(20_000).descendants_of(ids[5]).count() == 4999
    assert Node.objects.timeout(20_000).ancestors_of(ids[-1]).count() == 4999
    assert Node.objects.timeout(20_000).ancestors_of(ids[5]).count() == 999
    rings = Node.objects.timeout(20_000).cyclic()
    assert set(rings.values_list("cycle_id", "cycle_length")) == {(ids[0], 1000)}
    assert rings.count() == 1000
    assert not Node.objects.timeout(20_000).with_depth().exclude(depth=None).exists()


def test_an_empty_table_has_an_answer_to_everything(db):
    Node.objects.all().delete()
    for rows in (
        Node.objects.descendants_of(1), Node.objects.ancestors_of(1), Node.objects.siblings_of(1), Node.objects.tree(),
        Node.objects.cyclic(), Node.objects.common_ancestor_of(1, 2), Node.objects.with_depth(), Node.objects.leaves(1),
        Node.objects.descendants_of(Node.objects.none()), Node.objects.descendants_of([]),
        Node.objects.descendants_of(None), Node.objects.tree(7), Node.objects.with_path("name"),
    ):  # fmt: skip
        assert list(rows) == []


def test_a_row_that_is_its_own_parent_is_a_cycle_of_one(db):
    Node.objects.all().delete()
    top = Node.objects.create(name="top")
    Node.objects.filter(pk=top.pk).update(parent=top)
    low = Node.objects.create(name="low", parent=top)
    rows = Node.objects.timeout(2000)
    for start in (top.pk, [top.pk], Node.objects.filter(pk=top.pk)):
        assert pairs(rows.descendants_of(start), "depth") == {low.pk: 1}
        assert pairs(rows.descendants_of(start, include_self=True), "depth") == {top.pk: 0, low.pk: 1}
    assert pairs(rows.ancestors_of(low, include_self=True), "distance") == {low.pk: 0, top.pk: 1}
    assert pks(rows.ancestors_of(top)) == pks(rows.roots()) == set()
    assert pks(rows.children_of(top)) == pks(rows.leaves()) == pks(rows.leaves(top)) == {low.pk}
    assert pks(rows.common_ancestor_of(top, low)) == {top.pk}
    assert list(rows.cyclic().values_list("pk", "cycle_id", "cycle_length")) == [(top.pk, top.pk, 1)]
    placed = rows.with_depth().with_root().with_path()
    assert set(placed.values_list("depth", "root", "path")) == {(None, None, None)}
    assert list(rows.tree()) == []
    assert list(rows.tree(top).values_list("pk", "tree_depth")) == [(top.pk, 0), (low.pk, 1)]
    assert pairs(rows.with_subtree(n=Count("pk")), "n") == {top.pk: 2, low.pk: 1}


def test_a_cycle_of_a_thousand_is_walked_once(db):
    ids = chain(1000)
    Node.objects.filter(pk=ids[0]).update(parent=ids[-1])
    rows = Node.objects.timeout(5000)
    assert pairs(rows.descendants_of(ids[7]), "depth") == {
        key: (place - 7) % 1000 for place, key in enumerate(ids) if place != 7
    }
    assert pairs(rows.ancestors_of(ids[7]), "distance") == {
        key: (7 - place) % 1000 for place, key in enumerate(ids) if place != 7
    }
    assert rows.descendants_of(ids[:500], include_self=True).count() == 1000
    assert rows.ancestors_of(ids[:500], include_self=True).count() == 1000
    assert pks(rows.common_ancestor_of(ids[3], ids[9])) == {ids[3]}
    assert pks(rows.siblings_of(ids[3])) == pks(rows.leaves(ids[3])) == set()
    assert rows.tree(ids[5], max_depth=40).count() == 41
    assert rows.get(pk=rows.with_subtree(n=Count("pk")).filter(pk=ids[5]).get(n=1000).pk).pk == ids[5]
    for placed in (rows.with_depth(), rows.with_depth().order_by("pk")[:20]):
        assert {row.depth for row in placed} == {None}
    assert {row.path for row in rows.with_path().with_root().filter(pk__in=ids[:9], root=None)} == {None}


@pytest.mark.slow
def test_what_a_few_rows_of_a_deep_chain_are_told_costs_no_square(db):
    ids = chain(5000)
    rows = Node.objects.timeout(2000)
    assert [row.depth for row in rows.with_depth().order_by("-pk")[:20]] == [*range(4999, 4979, -1)]
    assert set(rows.with_root().filter(pk__in=ids[4000:]).values_list("root", flat=True)) == {ids[0]}
    assert rows.with_path().get(pk=ids[500]).path == ids[:501]
    assert rows.tree(ids[4499]).count() == 501
    with pytest.raises(DataError, match="more than 500 levels"), transaction.atomic():
        rows.tree(ids[4498]).count()
    with pytest.raises(DataError, match="more than 500 levels"), transaction.atomic():
        rows.with_path().get(pk=ids[501])
