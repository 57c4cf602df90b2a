"""What the patterns of JSON documents must give."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

from example_project.catalogue.checking import (
    Noted,
    Written,
    case,
    empty,
    everything,
    noted,
    oracle,
    refused,
)
from example_project.world import World
from example_project.world.rows import JSON_NULL, Post

Path = Sequence[int | str]
NOTHING = object()
"""What stands at a path where nothing stands; JSON null is None."""


def _at(post: Post, path: Path) -> Any:
    if post.metadata is None:
        return NOTHING
    here: Any = None if post.metadata is JSON_NULL else post.metadata
    for step in path:
        if isinstance(step, str):
            there = isinstance(here, dict) and step in here
        else:
            there = isinstance(here, list) and -len(here) <= step < len(here)
        if not there:
            return NOTHING
        here = here[step]
    return here


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    """Numbers are equal by value; for the rest types count."""
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return type(one) is type(other) and bool(one == other)


def _holds(one: Any, other: Any) -> bool:
    """Whether ``one`` has all that ``other`` has."""
    if isinstance(other, dict):
        return isinstance(one, dict) and all(key in one and _holds(one[key], each) for key, each in other.items())
    if isinstance(other, list):
        return isinstance(one, list) and all(any(_holds(own, each) for own in one) for each in other)
    return _same(one, other)


LINKS = [{"to": "queue", "kind": "term"}, {"to": "lock", "kind": "see also"}]


@oracle(
    263,
    case(key="level", value=1),
    case(key="level", value="1"),
    case(key="level", value=True),
    case(key="editor", value=None),
    case(key="links", value=LINKS),
    case(key="source", value={"path": "queue.py", "level": 2}),
    empty(key="source", value={"level": 2}),
    case(key="stages", value="draft"),
    case(key="editor__name", value="ada"),
    case(key="a.b", value=1),
    case(key="", value=2),
    case(key="ключ", value=3),
    case(key="it's", value="100%"),
    case(key="$", value=4),
    empty(key="0", value=1),
    empty(key="has_key", value="kind"),
    empty(key="kind__in", value="class"),
    empty(key="kind", value="cl\0ass"),
    refused(TypeError, value=object()),
)
def filter_by_json(world: World, key: str, value: Any) -> list[Post]:
    return [post for post in world.posts if _same(_at(post, [key]), value)]


@oracle(266, case(key="level"), case(key="$"), case(key=""), empty(key="two"), empty(key="just text"), empty(key="\0"))
def posts_with_json_key(world: World, key: str) -> list[Post]:
    return [post for post in world.posts if isinstance(post.metadata, dict) and key in post.metadata]


@oracle(269)
def json_key_list(world: World) -> list[Noted]:
    return [noted(post, keys=sorted(post.metadata) if isinstance(post.metadata, dict) else []) for post in world.posts]


@oracle(271)
def json_objects(world: World) -> list[Noted]:
    return [noted(post, json_data={"title": post.title, "rating": post.rating}) for post in world.posts]


@oracle(
    273,
    case(value=0),
    case(subkey="path", value="queue.py"),
    empty(value="2"),
    empty(key="links", subkey="to", value="queue"),
    empty(key="level", subkey="0", value=1),
)
def json_nested_filter(world: World, key: str, subkey: str, value: Any) -> list[Post]:
    return [post for post in world.posts if _holds(_at(post, [key, subkey]), value)]


@oracle(
    287,
    case(low=0.99, high=1),
    case(low=1, high=1),
    case(path=["source", "level"], low=1, high=2),
    case(path=["quality"], low=2.5, high=2.5),
    empty(low=3.5, high=1),
    empty(path=["editor"], low=-(10**40), high=10**40),
    empty(path=["links", 0, "to"]),
    refused(ValueError, low=float("nan")),
)
def json_number_between(world: World, path: Path, low: float, high: float) -> list[Post]:
    return [post for post in world.posts if _is_number(_at(post, path)) and low <= _at(post, path) <= high]


@oracle(
    288,
    case(kind="null"),
    case(path=["level"]),
    case(path=["source", "level"]),
    case(path=["links", 0], kind="missing"),
    empty(path=["level"], kind="null"),
    everything(path=["nonsense"]),
    everything(path=[0, "to"]),
    case(path=[2], kind="null"),
    empty(path=[1], kind="null"),
    refused(ValueError, path=[]),
)
def json_absent(world: World, path: Path, kind: str) -> list[Post]:
    wanted = NOTHING if kind == "missing" else None
    return [post for post in world.posts if _at(post, path) is wanted]


@oracle(
    289,
    case(values=[1, "1", True]),
    case(path=["editor"], values={"ada", None}),
    case(path=["links"], values=[LINKS, []]),
    empty(path=["source"], values=[{"path": "queue.py"}, {"level": 2}]),
    empty(values=[]),
    empty(values=["3.5", [1]]),
    refused(TypeError, values="1"),
)
def json_value_in(world: World, path: Path, values: Collection[Any]) -> list[Post]:
    return [post for post in world.posts if any(_same(_at(post, path), value) for value in values)]


@oracle(
    290,
    case(value="review"),
    empty(value="stale"),
    empty(path=["source"], value="queue.py"),
    empty(path=["level"], value=1),
    refused(TypeError, value=["draft"]),
)
def json_array_has(world: World, path: Path, value: Any) -> list[Post]:
    return [
        post
        for post in world.posts
        if isinstance(there := _at(post, path), list) and any(_same(each, value) for each in there)
    ]


@oracle(
    291,
    case(to="queue"),
    case(to="queue", kind="term"),
    case(to="queue", kind="see also"),
    empty(to="queue", kind="nonsense"),
    empty(path=["source"], level=2),
    refused(TypeError, to=["queue"]),
)
def json_any_item(world: World, path: Path, **conditions: Any) -> list[Post]:
    return [
        post
        for post in world.posts
        if isinstance(there := _at(post, path), list)
        and any(isinstance(each, dict) and _holds(each, conditions) for each in there)
    ]


def _links(post: Post) -> list[Any]:
    there = _at(post, ["links"])
    return there if isinstance(there, list) else []


PATHS: Mapping[str, Callable[..., bool]] = {
    "$.source.level == 2": lambda post: _same(_at(post, ["source", "level"]), 2),
    "$.source.level > 1": lambda post: _is_number(there := _at(post, ["source", "level"])) and there > 1,
    "$.source.level": lambda post: _at(post, ["source", "level"]) is not NOTHING,
    '$.kind == $a && $."a.b" == $b': lambda post, a, b: _same(_at(post, ["kind"]), a) and _same(_at(post, ["a.b"]), b),
    '$."a.b" == $b': lambda post, b: _same(_at(post, ["a.b"]), b),
    "$.links[*] ? (@.to == $to && @.kind == $kind)": lambda post, to, kind: any(
        each["to"] == to and each["kind"] == kind for each in _links(post)
    ),
    "$.editor == $who": lambda post, who: _same(_at(post, ["editor"]), who),
}
"""What those paths mean that the cases have."""


@oracle(
    292,
    case(expr="$.source.level"),
    case(expr="$.source.level > 1"),
    case(expr='$."a.b" == $b', b=1),
    empty(expr='$."a.b" == $b', b="1"),
    case(expr="$.links[*] ? (@.to == $to && @.kind == $kind)", to="queue", kind="term"),
    case(expr="$.editor == $who", who="ada"),
    case(expr="$.editor == $who", who=None),
    empty(expr="$.editor == $who", who='" || true'),
    empty(expr='$.kind == $a && $."a.b" == $b', a="class", b=1),
    refused(ValueError, expr="$.editor == $who"),
    refused(ValueError, expr="$.editor =="),
    refused(ValueError, expr="editor"),
    refused(ValueError, expr=""),
)
def json_path_match(world: World, expr: str, **variables: Any) -> list[Post]:
    return [post for post in world.posts if PATHS[expr](post, **variables)]


@oracle(
    293,
    case(text="queue.PY"),
    case(path=["module"], text="e"),
    case(path=["it's"], text="0%"),
    case(path=["editor"], text=""),
    empty(path=["source", "level"], text="2"),
    case(path=["source"], text="queue"),
    empty(path=["links"], text="queue"),
    empty(text="%"),
    empty(text="que\0e"),
)
def json_text_contains(world: World, path: Path, text: str) -> list[Post]:
    return [post for post in world.posts if isinstance(there := _at(post, path), str) and text.upper() in there.upper()]


@oracle(
    294,
    case(path=["level"], value=1),
    case(path=["editor"], value=None),
    case(path=["links"], value=LINKS),
    everything(value="nonsense"),
    everything(path=["nonsense", 3], value=None),
)
def json_excluding(world: World, path: Path, value: Any) -> list[Post]:
    return [post for post in world.posts if not _same(_at(post, path), value)]


@oracle(295, case(path=["source", "level"]), case(path=["quality"]), everything(path=["editor"]))
def posts_with_json_number(world: World, path: Path) -> list[Noted]:
    there = ((post, _at(post, path)) for post in world.posts)
    return [noted(post, number=Decimal(str(value)) if _is_number(value) else None) for post, value in there]


@oracle(296, case(path=["level"]), case(path=["source", "level"]), case(path=["stages"]), ordered=True)
def count_by_json(world: World, path: Path) -> list[dict[str, Any]]:
    counts = Counter(_text(_at(post, path)) for post in world.posts)
    ranked = sorted(counts, key=lambda value: (-counts[value], value is None, value or ""))
    return [{"value": value, "count": counts[value]} for value in ranked]


def _text(value: Any) -> str | None:
    if value is NOTHING or value is None:
        return None
    return value if isinstance(value, str) else json.dumps(value)


@oracle(297)
def json_key_stats(world: World) -> list[dict[str, Any]]:
    names = {str: "string", bool: "boolean", int: "number", float: "number", type(None): "null", list: "array"}
    kinds: dict[str, list[str]] = {}
    for post in world.posts:
        for key, value in (post.metadata if isinstance(post.metadata, dict) else {}).items():
            kinds.setdefault(key, []).append(names.get(type(value), "object"))
    return [
        {
            "key": key,
            "count": len(kinds[key]),
            "share": len(kinds[key]) / len(world.posts),
            "types": sorted({*kinds[key]}),
        }
        for key in sorted(kinds, key=lambda key: (-len(kinds[key]), key))
    ]


def _written(posts: Sequence[Post], change: Callable[[dict[str, Any]], Any]) -> Written:
    """What a write leaves that changes the objects among the documents, NULL being an empty one."""
    rows: list[Post] = []
    for post in posts:
        if post.metadata is None or isinstance(post.metadata, dict):
            document = deepcopy(post.metadata or {})
            if change(document) is not False and not (post.metadata is not None and _same(document, post.metadata)):
                rows.append(replace(post, metadata=document))
    return Written(len(rows), rows)


PLANTED = (
    "metadata-null", "metadata-json-null", "metadata-empty", "metadata-list", "metadata-scalar", "metadata-number",
    "metadata-key-null", "metadata-deep", "metadata-deep-scalar", "metadata-array", "metadata-items",
)  # fmt: skip


def _planted(world: World) -> list[int]:
    return [world.planted(slug).id for slug in PLANTED]


def _id(slug: str) -> Callable[[World], int]:
    return lambda world: world.planted(slug).id


@oracle(
    298,
    case(ids=_planted),
    case(ids=_planted, patch={"level": 1, "editor": None, "source": {"path": "x"}}),
    empty(ids=_planted, patch={}),
    empty(ids=[]),
    refused(TypeError, patch=[1]),
    refused(ValueError, patch={"a": "\0"}),
)
def merge_metadata(world: World, ids: Collection[int], patch: Mapping[str, Any]) -> Written:
    return _written([world.post(number) for number in ids], lambda own: own.update(patch) if patch else False)


@oracle(
    299,
    case(post_id=_id("metadata-null")),
    case(post_id=_id("metadata-null"), path=["a", "b", "c"]),
    case(post_id=_id("metadata-deep"), path=["source", "level"], value=3),
    empty(post_id=_id("metadata-deep"), path=["source", "level"], value=2),
    case(post_id=_id("metadata-deep-scalar"), path=["source", "level"], value=None),
    case(post_id=_id("metadata-array"), path=["stages"], value={"a": [1]}),
    empty(post_id=_id("metadata-array"), path=["stages", "a"]),
    empty(post_id=_id("metadata-items"), path=["links", "a", "b"]),
    empty(post_id=_id("metadata-json-null")),
    empty(post_id=_id("metadata-list")),
    empty(post_id=_id("metadata-number")),
    case(post_id=_id("metadata-odd-keys"), path=["editor__name"], value="grace"),
    empty(post_id=0),
    refused(ValueError, path=[0]),
    refused(ValueError, value=float("inf")),
)
def set_metadata(world: World, post_id: int, path: Sequence[str], value: Any) -> Written:
    return _written(_posts(world, post_id), lambda own: _set(own, path, lambda _: value))


def _posts(world: World, post_id: int) -> list[Post]:
    return [post for post in world.posts if post.id == post_id]


def _set(document: dict[str, Any], path: Sequence[str], value: Callable[[Any], Any]) -> bool:
    """Put a value at a path of keys; False where an array stands in the way."""
    for key in path[:-1]:
        there = document.get(key)
        if isinstance(there, list):
            return False
        document[key] = document = there if isinstance(there, dict) else {}
    document[path[-1]] = value(document.get(path[-1]))
    return True


@oracle(
    300,
    case(paths=[["editor"]]),
    case(paths=["links", ["level"]]),
    case(paths=[["source", "path"], ["source"]]),
    case(paths=[["links", 0], ["links", 1, "kind"]]),
    case(paths=[["stages", 1], ["stages", 0], ["source", "level"]]),
    empty(paths=[["stages", "0"], ["nonsense"], [0]]),
    refused(TypeError, paths=[]),
)
def prune_metadata(world: World, paths: Sequence[Path]) -> Written:
    gone = [[path] if isinstance(path, str) else list(path) for path in paths]

    def kept(value: Any, here: list[Any]) -> Any:
        if isinstance(value, dict):
            return {key: kept(each, [*here, key]) for key, each in value.items() if [*here, key] not in gone}
        if isinstance(value, list):
            return [kept(each, [*here, place]) for place, each in enumerate(value) if [*here, place] not in gone]
        return value

    rows = [
        post
        for post in world.posts
        if isinstance(post.metadata, dict) and any(_at(post, p) is not NOTHING for p in gone)
    ]
    return Written(len(rows), [replace(post, metadata=kept(post.metadata, [])) for post in rows])


@oracle(
    301,
    case(post_id=_id("metadata-null")),
    case(post_id=_id("metadata-null"), path=["reads", "today"]),
    case(post_id=_id("metadata-deep"), path=["source", "level"], by=5),
    case(post_id=_id("metadata-deep"), path=["source", "path"], by=-2),
    case(post_id=_id("metadata-level-below"), path=["level"]),
    case(post_id=_id("metadata-level-text"), path=["level"], by=0),
    empty(post_id=_id("metadata-level-above"), path=["level"], by=0),
    empty(post_id=_id("metadata-array"), path=["stages", "reads"]),
    empty(post_id=_id("metadata-scalar")),
    empty(post_id=0),
    refused(TypeError, by="1"),
)
def bump_metadata(world: World, post_id: int, path: Sequence[str], by: int) -> Written:
    def plus(there: Any) -> Any:
        total = (Decimal(str(there)) if _is_number(there) else 0) + by
        return int(total) if total == int(total) else float(total)

    return _written(_posts(world, post_id), lambda own: _set(own, path, plus))


@oracle(
    302,
    case(post_id=_id("metadata-null")),
    case(post_id=_id("metadata-array"), path=["stages"]),
    case(post_id=_id("metadata-array"), path=["stages"], keep=2),
    case(post_id=_id("metadata-array"), path=["stages"], keep=1, entry={"at": 1}),
    case(post_id=_id("metadata-array-bare"), path=["stages"]),
    case(post_id=_id("metadata-items"), path=["links"], entry=[1, 2], keep=2),
    empty(post_id=_id("metadata-deep"), path=["source"]),
    empty(post_id=_id("metadata-list")),
    empty(post_id=0),
    refused(ValueError, keep=0),
)
def log_to_metadata(world: World, post_id: int, path: Sequence[str], entry: Any, keep: int) -> Written:
    def change(own: dict[str, Any]) -> bool:
        there: Any = own
        for key in path:
            there = there.get(key) if isinstance(there, dict) else None
        return not isinstance(there, dict) and _set(own, path, longer)

    def longer(there: Any) -> list[Any]:
        return [*(there if isinstance(there, list) else []), entry][-keep:]

    return _written(_posts(world, post_id), change)
