"""Trees and graphs beside their neighbours and beside SQL that is written by hand.

``python -m benchmarks.graphs`` takes all lines, ``python -m benchmarks.graphs move hops`` some. It makes 10^5 nodes in
a database of its own on the server of ``DATABASE_URL``, and drops it afterwards. Times are those of whole calls, from a
method to a list of rows, those by hand from ``Model.objects.raw()``, which gives rows of the same kind. Both sides of a
line are run in turn, what is quick several times, of which the shortest counts; the figure is the median of the ratios,
with the least and the greatest.

Exits with 1 if rows differ or a ratio misses its bar.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

import django
from django.conf import settings

NODES, DEEP, ROOTS, SUBTREE = 100_000, 5_000, 10, 1_000
LINKS, LEAST = 500_000, 0.05
SCRATCH = f"querysets_graphs_{os.getpid()}"

BELOW = """
WITH RECURSIVE walk (id, depth) AS (
  SELECT id, 1 FROM benchmarks_node WHERE parent_id = %s
  UNION ALL
  SELECT n.id, depth + 1 FROM walk JOIN benchmarks_node n ON n.parent_id = walk.id
)
SELECT n.*, depth FROM walk JOIN benchmarks_node n USING (id)
"""

# One row of the recursion for each hop, from one end, until the other is among the nodes that are new.
ONE_SIDED = """
WITH RECURSIVE walk (hops, front, seen) AS (
  SELECT 0, ARRAY[%s::bigint], ARRAY[%s::bigint]
  UNION ALL
  SELECT hops + 1, fresh.ids, seen || fresh.ids
  FROM walk
  CROSS JOIN LATERAL (
    SELECT ARRAY(
      SELECT to_node_id FROM benchmarks_node_links WHERE from_node_id = ANY (front) EXCEPT SELECT unnest(seen)
    ) AS ids
    OFFSET 0
  ) fresh
  WHERE cardinality(fresh.ids) > 0 AND NOT %s = ANY (front)
)
SELECT %s AS id, MAX(hops) AS step FROM walk
"""

HOPS_BY_JOINS = """
WITH one AS MATERIALIZED (
  SELECT DISTINCT to_node_id AS id FROM benchmarks_node_links WHERE from_node_id = %(start)s AND to_node_id <> %(start)s
), two AS MATERIALIZED (
  SELECT to_node_id AS id FROM benchmarks_node_links JOIN one ON from_node_id = one.id
  EXCEPT SELECT id FROM one EXCEPT SELECT %(start)s
), three AS MATERIALIZED (
  SELECT to_node_id AS id FROM benchmarks_node_links JOIN two ON from_node_id = two.id
  EXCEPT SELECT id FROM one EXCEPT SELECT id FROM two
)
SELECT n.*, hops
FROM (
  SELECT id, 1 AS hops FROM one UNION ALL SELECT id, 2 FROM two UNION ALL SELECT id, 3 FROM three
) found
JOIN benchmarks_node n USING (id)
"""

HOPS_BY_UNION = """
WITH RECURSIVE walk (id, hops) AS (
  SELECT %(start)s::bigint, 0
  UNION
  SELECT to_node_id, hops + 1 FROM walk JOIN benchmarks_node_links ON from_node_id = walk.id WHERE hops < 3
)
SELECT n.*, hops
FROM (SELECT id, MIN(hops) AS hops FROM walk GROUP BY id) found
JOIN benchmarks_node n USING (id)
WHERE hops > 0
"""


@dataclass(frozen=True)
class Line:
    """Two calls that do the same.

    Attributes
    ----------
    ours, other
        Each gives rows, or numbers.
    same
        What of the rows must be equal.
    bar
        How often the time of ours must go into that of the other; below 1 ours may take longer.
    runs
        How many of each.
    """

    name: str
    ours: Callable[[], Any]
    other: Callable[[], Any]
    bar: float
    same: Callable[[Any], Any] = lambda found: found
    runs: int = 5


def forest(random: Random) -> list[int | None]:
    """The parent of each node, by its place: random trees, and a chain."""
    wide = NODES - DEEP
    parents: list[int | None] = [None if place < ROOTS else random.randrange(place) for place in range(wide)]
    return parents + [None if place == wide else place - 1 for place in range(wide, NODES)]


def sizes(parents: Sequence[int | None]) -> list[int]:
    """How many nodes are in the subtree of each."""
    found = [1] * len(parents)
    for place in range(len(parents) - 1, -1, -1):
        parent = parents[place]
        if parent is not None:
            found[parent] += found[place]
    return found


def nested(parents: Sequence[int | None]) -> list[tuple[int, int, int, int]]:
    """The left, right, tree and level of each node, as nested sets have them; a parent stands before its children."""
    many, made = sizes(parents), list[tuple[int, int, int, int]]()
    following: dict[int, int] = {}  # the next left of a child
    trees = 0
    for place, parent in enumerate(parents):
        if parent is None:
            trees += 1
            left, tree, level = 1, trees, 0
        else:
            left = following.get(parent, made[parent][0] + 1)
            following[parent] = left + 2 * many[place]
            tree, level = made[parent][2], made[parent][3] + 1
        made.append((left, left + 2 * many[place] - 1, tree, level))
    return made


def copied(table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    """Rows put into a table."""
    from django.db import connection

    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"VACUUM ANALYZE {table}")


def linked(random: Random) -> set[tuple[int, int]]:
    """Links between nodes, each both ways."""
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < 2 * LINKS:
        one, other = random.randrange(NODES), random.randrange(NODES)
        if one != other:
            pairs |= {(one, other), (other, one)}
    return pairs


def loaded(parents: Sequence[int | None], random: Random) -> None:
    """All tables, made and filled; the key of a node is its place and 1."""
    from django.db import connection

    from .models import NestedNode, Node, QueriedNode, Route

    with connection.schema_editor() as editor:
        for model in (Node, Route, QueriedNode, NestedNode):
            editor.create_model(model)
        editor.execute("CREATE INDEX ON benchmarks_node_links (to_node_id, from_node_id)")
    rows = [(place + 1, None if of is None else of + 1, f"node {place}") for place, of in enumerate(parents)]
    copied("benchmarks_node", "id, parent_id, name", rows)
    copied("benchmarks_queriednode", "id, parent_id, name", rows)
    sets = nested(parents)
    copied(
        "benchmarks_nestednode", "id, parent_id, name, lft, rght, tree_id, level", (
            (*row, *where) for row, where in zip(rows, sets, strict=True)
        )
    )  # fmt: skip
    links = sorted(linked(random))
    copied("benchmarks_node_links", "from_node_id, to_node_id", ((one + 1, other + 1) for one, other in links))
    chain = range(NODES - DEEP + 1, NODES)
    copied("benchmarks_route", "source_id, target_id, weight", ((key, key + 1, 1.5) for key in chain))


def lines(parents: Sequence[int | None]) -> list[Line]:
    """All of them."""
    from querysets import Edges

    from .models import NestedNode, Node, QueriedNode, Route

    many = sizes(parents)
    top = min(range(ROOTS, NODES - DEEP), key=lambda place: abs(many[place] - SUBTREE)) + 1
    targets = [place + 1 for place in sorted(range(ROOTS), key=many.__getitem__)[-2:]]
    last, routes = NODES, Edges(Route.objects.all(), "source", "target", weight="weight")
    moves = {"ours": 0, "mptt": 0}

    def told(*names: str) -> Callable[[Any], Any]:
        return lambda rows: {(row.pk, *(getattr(row, name) for name in names)) for row in rows}

    def target(of: str) -> int:
        moves[of] += 1
        return targets[moves[of] % len(targets)]

    def nested_move() -> int:
        node = NestedNode.objects.get(pk=top)
        node.move_to(NestedNode.objects.get(pk=target("mptt")))
        return 1

    def by_hand(sql: str, values: Any) -> Callable[[], Any]:
        return lambda: list(Node.objects.raw(sql, values))

    def goals(path: Callable[[int, int], Any]) -> Callable[[], Any]:
        return lambda: [path(start, NODES - start) for start in range(1, 6)]

    def one_sided(start: int, goal: int) -> int:
        (row,) = Node.objects.raw(ONE_SIDED, [start, start, goal, goal])
        return row.step

    return [
        Line(
            "descendants of 1,000 / tree-queries",
            lambda: list(Node.objects.descendants_of(top)),
            lambda: list(QueriedNode.objects.descendants(top)),
            80,
            told(),
        ),
        Line(
            "descendants of 1,000 / by hand",
            lambda: list(Node.objects.descendants_of(top)),
            by_hand(BELOW, [top]),
            1 / 2,
            told("depth"),
            runs=25,
        ),
        Line(
            "ancestors, 5,000 / 8 times those of 625",
            lambda: len(Node.objects.ancestors_of(last)) + 1 - DEEP,
            lambda: sum(len(Node.objects.ancestors_of(last - DEEP + 625)) + 1 - 625 for _ in range(8)),
            1 / 2,
        ),
        Line("move of 1,000 / mptt", lambda: Node.objects.move(top, target("ours")), nested_move, 100, runs=15),
        Line(
            "shortest path / one-sided",
            goals(lambda start, goal: len(Node.objects.shortest_path(start, goal)) - 1),
            goals(one_sided),
            20,
            runs=3,
        ),
        Line(
            "3 hops / by hand, joins",
            lambda: list(Node.objects.within_hops(7, 3)),
            by_hand(HOPS_BY_JOINS, {"start": 7}),
            1 / 1.5,
            told("hops"),
            runs=25,
        ),
        Line(
            "3 hops / by hand, UNION",
            lambda: list(Node.objects.within_hops(7, 3)),
            by_hand(HOPS_BY_UNION, {"start": 7}),
            1 / 1.5,
            told("hops"),
            runs=25,
        ),
        Line(
            "cheapest path, 5,000 / 8 times 625",
            lambda: len(Node.objects.cheapest_path(last - DEEP + 1, last, edges=routes)) - DEEP,
            lambda: sum(
                len(Node.objects.cheapest_path(last - DEEP + 1, last - DEEP + 625, edges=routes)) - 625
                for _ in range(8)
            ),
            1 / 4,
            runs=1,
        ),
        Line(
            "depth of a page / of all",
            lambda: list(Node.objects.with_depth().order_by("pk")[:20]),
            lambda: list(Node.objects.with_depth().order_by("pk"))[:20],
            100,
            told("depth"),
            runs=3,
        ),
    ]


def seconds(call: Callable[[], Any]) -> float:
    """How long a call takes: the shortest of those that a twentieth of a second has time for."""
    taken: list[float] = []
    while sum(taken) < LEAST:
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return min(taken)


def measured(line: Line) -> bool:
    """Print the figures of a line; whether they will do."""
    agree = line.same(line.ours()) == line.same(line.other())  # and both are warm
    times = [(seconds(line.ours), seconds(line.other)) for _ in range(line.runs)]
    ratios = sorted(other / ours for ours, other in times)
    middle = median(ratios)
    verdict = "ok" if agree and middle >= line.bar else "SLOW" if agree else "DIFFERS"
    ours, other = (1000 * median(each) for each in zip(*times, strict=True))
    print(
        f"{verdict:<8}{line.name:<42}{middle:9.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f}, at least {line.bar:.3g})"
        f" {ours:10.1f} {other:10.1f} ms",
        flush=True,
    )
    return verdict == "ok"


def configured() -> dict[str, Any]:
    """Django on a database that is not there yet; the settings of that of ``DATABASE_URL``."""
    from example_project.config.database import database

    given = database(os.environ.get("DATABASE_URL") or "postgresql:///querysets")
    settings.configure(
        DATABASES={"default": {**given, "NAME": SCRATCH}, "server": given},
        INSTALLED_APPS=["querysets", "mptt", "tree_queries", "benchmarks"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()
    return given


def main(words: Sequence[str]) -> int:
    """Print a line a call."""
    from django.db import connection, connections

    configured()
    with connections["server"].cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{SCRATCH}"')
    try:
        random = Random(5)  # noqa: S311 (the same data each time)
        parents = forest(random)
        loaded(parents, random)
        print(f"{'verdict':<8}{'ours / the other':<42}{'times':>9}  (least to greatest)   ours, the other", flush=True)
        chosen = [line for line in lines(parents) if not words or any(word in line.name for word in words)]
        return int(not all(list(map(measured, chosen))))
    finally:
        connection.close()
        with connections["server"].cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{SCRATCH}" WITH (FORCE)')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
