"""Pictures of graphs."""

from __future__ import annotations

import pytest

from example_project.catalogue import Run, catalogue
from example_project.explorer.drawings import STEPS, drawing


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


@pytest.mark.parametrize("rows", [[], nodes(None), [{"id": 1, "name": "x"}, {"id": 2, "name": "y"}]])
def test_what_is_no_graph_has_no_picture(rows):
    assert drawing(run_of(526, rows)) is None
