"""Pictures of graphs."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from example_project.catalogue import Run, catalogue
from example_project.explorer.drawings import NAMED, STEPS, drawing
from example_project.graph.models import Node


def run_of(number, rows):
    return Run(
        catalogue[number], {}, "queryset", list(rows[0]) if rows else [], rows, more=False, statements=[],
        milliseconds=0.0,
    )  # fmt: skip


def nodes(*parents):
    """Nodes 1, 2, 3 ..., the parent of each."""
    return [
        {"id": key, "name": f"n{key}", "parent_id": parent, "depth": 0} for key, parent in enumerate(parents, start=1)
    ]


def test_a_tree_has_each_row_below_its_parent_and_further_in():
    drawn = drawing(run_of(526, nodes(None, 1, 1, 2)))
    assert [dot.label for dot in drawn.dots] == ["n1", "n2", "n4", "n3"]
    assert [dot.level for dot in drawn.dots] == [0, 1, 2, 1]
    assert len(drawn.lines) == 3


def test_rows_on_a_cycle_are_drawn_once():
    drawn = drawing(run_of(526, nodes(2, 1, 3)))
    assert sorted(dot.label for dot in drawn.dots) == ["n1", "n2", "n3"]


def test_a_path_goes_on_in_the_line_below():
    rows = [{"id": key, "name": f"n{key}", "step": key, "cost": key / 2} for key in range(STEPS + 1)]
    drawn = drawing(run_of(538, rows[::-1]))
    assert [dot.label for dot in drawn.dots] == [f"n{key}" for key in range(STEPS + 1)]
    assert len({dot.y for dot in drawn.dots}) == 2
    assert len(drawn.lines) == STEPS
    assert drawn.dots[3].title == "n3: step 3, cost 1.5"


CAPTIONS = {
    "each below its parent": (521, 524, 526),
    "by the number of hops": (529,),
    "from the first step to the last": (538, 539),
    "from the farthest to the node itself": (531,),
    "each component around its best connected node": (540,),
}


@pytest.mark.parametrize(("caption", "number"), [(text, number) for text, all_ in CAPTIONS.items() for number in all_])
def test_the_page_of_a_walk_has_a_picture(caption, number, page):
    assert page(f"/patterns/{number}/").says(caption)


@pytest.mark.django_db
def test_a_neighbourhood_has_the_edges_between_its_rows(world):
    pair = next(row for row in world.relationships if row.source_id != row.target_id)
    rows = [
        {"id": key, "username": f"u{key}", "hops": hops} for hops, key in enumerate((pair.source_id, pair.target_id))
    ]
    drawn = drawing(run_of(529, rows))
    assert (len(drawn.dots), len(drawn.lines)) == (2, 1)
    assert drawn.dots[0].x < drawn.dots[1].x


@pytest.mark.django_db
def test_many_neighbours_stand_in_rings_around_the_start(world):
    rows = [{"id": user.id, "username": user.username, "hops": 1 + user.id % 3} for user in world.users[1 : NAMED + 9]]
    drawn = drawing(replace(run_of(529, rows), arguments={"entity_id": world.users[0].id}))
    assert drawn.form == "rings"
    *others, start = drawn.dots
    assert start.label == world.users[0].username
    assert {dot.label for dot in others} == {""}
    assert sorted(dot.level for dot in others) == sorted(row["hops"] for row in rows)
    assert inside(drawn)
    assert apart(drawn)


@pytest.mark.django_db
def test_a_map_has_each_component_whole_and_apart(world):
    rows = [
        {"id": row.pk, "name": row.name, "component": row.component, "component_size": row.component_size}
        for row in Node.objects.with_component()
    ]
    drawn = drawing(run_of(540, rows))
    names = [dot for dot in drawn.dots if dot.anchor == "name"]
    sizes = Counter(row["component"] for row in rows)
    assert len(names) == sum(size > 1 for size in sizes.values())
    assert {int(dot.label.split(" · ")[1]) for dot in names} == {size for size in sizes.values() if size > 1}
    assert len(drawn.dots) - len(names) == len(rows)
    assert len(drawn.lines) == len(rows) - len(sizes)  # each component is a tree of ways
    assert inside(drawn)
    assert apart(drawn)


def test_a_component_that_is_cut_says_so(db):
    rows = [{"id": key, "name": f"n{key}", "component": 1, "component_size": 9} for key in (1, 2)]
    assert "n1 · 2 of 9" in [dot.label for dot in drawing(run_of(540, rows)).dots]


def test_trees_stand_beside_each_other_each_in_one_column():
    drawn = drawing(run_of(526, nodes(*[None] * 12)))
    assert len({dot.x for dot in drawn.dots}) == 4
    assert drawn.height < 12 * 24
    drawn = drawing(run_of(526, nodes(None, 1, 1, 1, 1, 1, None)))
    assert len({dot.x for dot in drawn.dots if dot.level == 1}) == 1


def inside(drawn):
    return all(0 <= dot.x <= drawn.width and 0 <= dot.y <= drawn.height for dot in drawn.dots)


def apart(drawn):
    """No dot hides another."""
    dots = [(dot.x, dot.y) for dot in drawn.dots if dot.anchor != "name"]
    return all(math.dist(one, other) >= 2 * drawn.radius for one, other in combinations(dots, 2))


@pytest.mark.parametrize("rows", [[], nodes(None), [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]])
def test_what_is_no_graph_has_no_picture(rows):
    assert drawing(run_of(526, rows)) is None
