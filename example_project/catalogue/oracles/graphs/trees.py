"""What the patterns on trees must give, by following parents one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from example_project.catalogue.checking import Noted, Written, case, empty, noted, oracle, refused
from example_project.world.rows import Category, Node
from example_project.world.whole import World
from querysets.errors import CycleError

Tree = Sequence[Node] | Sequence[Category]


def trail(rows: Tree, number: int) -> list[int]:
    """The ancestors, nearest first, each once, without the row itself; ids count from 1."""
    found: list[int] = []
    place = rows[number - 1].parent_id if 0 < number <= len(rows) else None
    while place is not None and place != number and place not in found:
        found.append(place)
        place = rows[place - 1].parent_id
    return found


def below(rows: Tree, number: int) -> dict[int, int]:
    """What is below a row, with the number of steps."""
    trails = {row.id: trail(rows, row.id) for row in rows}
    return {each: found.index(number) + 1 for each, found in trails.items() if number in found}


def cycle(rows: Tree, number: int) -> set[int]:
    """The members of the cycle that a row is on; none if it is on none."""
    above = trail(rows, number)
    return {number, *above} if rows[(above or [number])[-1] - 1].parent_id == number else set()


def is_rooted(rows: Tree, number: int) -> bool:
    """Whether the way up ends at a root."""
    return rows[(trail(rows, number) or [number])[-1] - 1].parent_id is None


def named(name: str, place: int = 0) -> object:
    """The id of a node of this name, in the world at hand."""
    return lambda world: [node.id for node in world.nodes if node.name == name][place]


def slugged(slug: str) -> object:
    """The id of the category of this slug, in the world at hand."""
    return lambda world: next(category.id for category in world.categories if category.slug == slug)


@oracle(
    521, case(max_depth=0), case(max_depth=1), case(root_id=slugged("archive")), case(root_id=slugged("empty")),
    case(root_id=slugged("archive"), max_depth=1), case(root_id=slugged("ring-three-b")),
    case(root_id=slugged("ring-two-a"), max_depth=1), case(root_id=slugged("ring-self")), empty(root_id=-1),
    ordered=True,
)  # fmt: skip
def category_tree(world: World, root_id: int | None, max_depth: int | None) -> list[Noted]:
    def visit(row: Category, path: list[int]) -> Iterator[Noted]:
        yield noted(row, tree_depth=len(path), tree_path=[*path, row.id])
        if max_depth is None or len(path) < max_depth:
            children = [child for child in world.categories_below[row.id] if child.id not in {row.id, root_id}]
            for child in sorted(children, key=lambda each: (each.name, each.id)):
                yield from visit(child, [*path, row.id])

    starts = [row for row in world.categories if (row.parent_id is None if root_id is None else row.id == root_id)]
    return [each for row in sorted(starts, key=lambda row: (row.name, row.id)) for each in visit(row, [])]


@oracle(524)
def graph_depth(world: World) -> list[Noted]:
    nodes = world.nodes
    return [noted(node, depth=len(trail(nodes, node.id)) if is_rooted(nodes, node.id) else None) for node in nodes]


@oracle(
    526, case(max_depth=1), case(node_id=named("deep")), case(node_id=named("deep"), max_depth=3),
    case(node_id=named("ring of 3, 2")), case(node_id=named("ring of 2, 1"), max_depth=1),
    case(node_id=named("ring of 1, 1")), case(node_id=named("under ring of 3")), empty(node_id=named("alone")),
    empty(max_depth=0), empty(node_id=-1), refused(ValueError, max_depth=-1),
)  # fmt: skip
def node_children(world: World, node_id: int, max_depth: int | None) -> list[Noted]:
    found = below(world.nodes, node_id)
    return [noted(world.node(n), depth=depth) for n, depth in found.items() if max_depth is None or depth <= max_depth]


@oracle(
    531, case(node_id=named("level 6")), case(node_id=named("ring of 3, 2")), case(node_id=named("ring of 2, 1")),
    case(node_id=named("further under ring of 3")), case(node_id=named("under ring of 1")),
    empty(node_id=named("ring of 1, 1")), empty(node_id=named("deep")), empty(node_id=-1), ordered=True,
)  # fmt: skip
def node_ancestors(world: World, node_id: int) -> list[Noted]:
    above = list(enumerate(trail(world.nodes, node_id), 1))
    return [noted(world.node(number), distance=distance) for distance, number in reversed(above)]


@oracle(
    532, case(node_id=named("level 1")), case(node_id=named("same name")), case(node_id=named("deep")),
    case(node_id=named("ring of 1, 1")), case(node_id=named("ring of 3, 2")), case(node_id=named("ring of 2, 1")),
    empty(node_id=named("ring of 2, 2")), empty(node_id=named("ring of 3, 1")), empty(node_id=-1),
)  # fmt: skip
def sibling_nodes(world: World, node_id: int) -> list[Node]:
    beside = [node.parent_id for node in world.nodes if node.id == node_id]
    return [node for node in world.nodes if node.parent_id in beside and node.id != node_id]


@oracle(
    533, case(under=named("deep")), case(under=named("ring of 3, 2")), case(under=named("ring of 1, 1")),
    empty(under=named("alone")), empty(under=-1),
)  # fmt: skip
def leaf_nodes(world: World, under: int | None) -> list[Node]:
    parents = {node.parent_id for node in world.nodes if node.parent_id != node.id}
    kept = {node.id for node in world.nodes} if under is None else below(world.nodes, under).keys()
    return [node for node in world.nodes if node.id in kept and node.id not in parents]


@oracle(534)
def category_rollup(world: World) -> list[Noted]:
    def posts(row: Category) -> list[int]:
        return [post.views for shelf in (row.id, *below(world.categories, row.id)) for post in world.posts_in[shelf]]

    return [noted(row, posts_below=len(posts(row)), views_below=sum(posts(row))) for row in world.categories]


@oracle(535)
def cyclic_nodes(world: World) -> list[Noted]:
    rings = {node.id: cycle(world.nodes, node.id) for node in world.nodes}
    return [noted(world.node(n), cycle_id=min(ring), cycle_length=len(ring)) for n, ring in rings.items() if ring]


def _nodes(*names: str) -> object:
    return lambda world: [next(node.id for node in world.nodes if node.name == name) for name in names]


@oracle(
    536, case(node_ids=_nodes("level 6", "beside level 3")), case(node_ids=_nodes("level 2", "level 6")),
    case(node_ids=_nodes("level 6", "beside level 4", "beside level 1")), case(node_ids=_nodes("level 4")),
    case(node_ids=_nodes("level 4", "level 4")), case(node_ids=_nodes("ring of 3, 1", "ring of 3, 2")),
    case(node_ids=_nodes("further under ring of 3", "ring of 3, 2")),
    case(node_ids=_nodes("further under ring of 3", "ring of 3, 1")),
    case(node_ids=_nodes("ring of 2, 1", "ring of 2, 2")), empty(node_ids=_nodes("level 1", "alone")),
    empty(node_ids=[1, -1]), refused(TypeError, node_ids=[]),
)  # fmt: skip
def lowest_common_ancestor(world: World, node_ids: Collection[int]) -> list[Node]:
    ways = [[number, *trail(world.nodes, number)] for number in dict.fromkeys(node_ids) if number > 0]
    common = [node for node in world.nodes if all(node.id in way for way in ways)]
    if len(ways) < len(set(node_ids)):
        return []
    return sorted(common, key=lambda node: (sum(way.index(node.id) for way in ways), node.id))[:1]


@oracle(
    537, case(node_id=named("level 3"), parent_id=named("topics")), case(node_id=named("ring of 3, 1"), parent_id=1),
    case(node_id=named("ring of 1, 1")), case(node_id=named("alone"), parent_id=named("level 6")),
    *(case(node_id=named("alone"), parent_id=named(f"further under ring of {size}")) for size in (1, 2, 3)),
    empty(node_id=named("alone")), empty(node_id=named("level 2"), parent_id=named("level 1")), empty(node_id=-1),
    empty(node_id=-1, parent_id=1), refused(ValueError, parent_id=-1),
    refused(CycleError, node_id=2, parent_id=2), refused(CycleError, node_id=named("deep"), parent_id=named("level 6")),
    refused(CycleError, node_id=named("ring of 3, 1"), parent_id=named("ring of 3, 2")),
)  # fmt: skip
def move_subtree(world: World, node_id: int, parent_id: int | None) -> Written:
    moved = [node for node in world.nodes if node.id == node_id and node.parent_id != parent_id]
    return Written(len(moved), rows=[replace(node, parent_id=parent_id) for node in moved])
