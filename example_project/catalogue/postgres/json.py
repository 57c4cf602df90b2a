"""Patterns about JSON documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from django.db.models import QuerySet

from example_project.catalogue import pattern
from example_project.content.models import Post
from querysets.sql.postgres.json.values import KeyStats


@pattern(263, "Documents with a value")
def filter_by_json(key: str = "kind", value: object = "class") -> QuerySet[Post]:
    """Posts whose metadata has this value under the key, which is taken as it stands: ``a__b`` is no path.

    Types count: 1 is not "1". An object or an array must be equal as a whole.
    """
    return Post.objects.json_at(key, value)


@pattern(266, "Documents with a key")
def posts_with_json_key(key: str = "editor") -> QuerySet[Post]:
    """Posts whose metadata is an object with this key, even if there is null under it."""
    return Post.objects.json_keys(key)


@pattern(269, "The keys of documents")
def json_key_list() -> QuerySet[Post]:
    """Every post, once, with the sorted keys of its metadata; an empty list where that is no object."""
    return Post.objects.with_json_keys(as_="keys")


@pattern(271, "Columns as an object")
def json_objects() -> QuerySet[Post]:
    """Every post with its title and rating as one object, made by the server; numbers stay numbers."""
    return Post.objects.with_object("json_data", title="title", rating="rating")


@pattern(273, "Documents with a nested value")
def json_nested_filter(key: str = "source", subkey: str = "level", value: object = 2) -> QuerySet[Post]:
    """Posts whose metadata has an object under the key, and in it the value under the subkey; both as they stand.

    Of an object or an array it is enough to be contained.
    """
    return Post.objects.json_containing({key: {subkey: value}})


@pattern(287, "Numbers in a range")
def json_number_between(path: Sequence[int | str] = ("level",), low: float = 1, high: float = 3.5) -> QuerySet[Post]:
    """Posts with a number from ``low`` to ``high``, both included, at the path; what is no number never matches."""
    return Post.objects.json_at(path, (low, high), op="between")


@pattern(288, "Documents without a value")
def json_absent(
    path: Sequence[int | str] = ("editor",), kind: Literal["missing", "null"] = "missing"
) -> QuerySet[Post]:
    """Posts where there is nothing at the path; or where there is null.

    A post without metadata has nothing there.
    """
    return Post.objects.json_at(path, op=kind)


@pattern(289, "Documents with one of several values")
def json_value_in(path: Sequence[int | str] = ("level",), values: Collection[object] = (1, 3.5)) -> QuerySet[Post]:
    """Posts with one of the values at the path; types count: 1 is not "1". No values, no post."""
    return Post.objects.json_at(path, values, op="in")


@pattern(290, "Arrays with an element")
def json_array_has(path: Sequence[int | str] = ("stages",), value: object = "draft") -> QuerySet[Post]:
    """Posts with an array at the path that has this single value among its elements; the bare value is no array."""
    return Post.objects.json_at(path, value, op="has_element")


@pattern(291, "Arrays with an object")
def json_any_item(path: Sequence[int | str] = ("links",), **conditions: object) -> QuerySet[Post]:
    """Posts with an array at the path of which one object has all these values, not one of them here and one there."""
    return Post.objects.json_at(path, conditions, op="has_item")


@pattern(292, "Documents by jsonpath")
def json_path_match(expr: str = "$.source.level == 2", **variables: Any) -> QuerySet[Post]:
    """Posts in whose metadata a jsonpath finds something, or whose metadata fulfils it.

    ``variables`` are the values of its ``$names``, never part of the language; a malformed path is a ``ValueError``.
    """
    return Post.objects.json_matching(expr, **variables)


@pattern(293, "Texts in documents")
def json_text_contains(path: Sequence[int | str] = ("source", "path"), text: str = "QUEUE") -> QuerySet[Post]:
    """Posts with a text at the path that contains this one, in any case; numbers are no texts."""
    return Post.objects.json_at(path, text, op="matches")


@pattern(294, "Documents without this value")
def json_excluding(path: Sequence[int | str] = ("kind",), value: object = "class") -> QuerySet[Post]:
    """Posts that do not have the value at the path: all others, those without metadata or without the key included."""
    return Post.objects.json_at(path, value, op="ne")


@pattern(295, "Numbers of documents")
def posts_with_json_number(path: Sequence[int | str] = ("level",)) -> QuerySet[Post]:
    """Every post with the number at the path as a Decimal, ``None`` where there is none; no document is an error."""
    return Post.objects.with_json_value(path, Decimal, as_="number")


@pattern(296, "Posts by a value of their documents")
def count_by_json(path: Sequence[int | str] = ("editor",)) -> QuerySet[Post, dict[str, Any]]:
    """How many posts have each value at the path, as text, the most frequent first.

    Nothing and null are one group, ``None``.
    """
    return Post.objects.count_by_json(path).ranked("-count")


@pattern(297, "What the documents hold")
def json_key_stats() -> list[KeyStats]:
    """Each key of the metadata with how many posts have it, their share of all posts, and the types of its values."""
    return Post.objects.json_key_stats()


@pattern(298, "Merge into documents")
def merge_metadata(
    ids: Collection[int] = (1, 2, 3), patch: Mapping[str, object] = MappingProxyType({"reviewed": True})
) -> int:
    """How many of the posts were changed by giving the keys of their metadata new values; null metadata is empty.

    Values are replaced as a whole. Metadata that is no object stays as it is and does not count.
    """
    return Post.objects.by(pk=ids).json_merge(patch)


@pattern(299, "Set a value in a document")
def set_metadata(post_id: int = 1, path: Sequence[int | str] = ("review", "state"), value: object = "open") -> int:
    """1 if the post was changed by putting the value at the path, else 0.

    Objects on the way are made where they are missing or a single value stands in their place.
    """
    return Post.objects.by(pk=post_id).json_set(path, value)


@pattern(300, "Remove values from documents")
def prune_metadata(paths: Sequence[Sequence[int | str]] = (["editor"], ["source", "level"])) -> int:
    """How many posts had something at one of the paths, which is gone now."""
    return Post.objects.all().json_remove(*paths)


@pattern(301, "Count in a document")
def bump_metadata(post_id: int = 1, path: Sequence[int | str] = ("reads",), by: int = 1) -> int:
    """1 if the number at the path was changed by adding to it, else 0; what is missing or no number counts as 0.

    Of many calls at a time none is lost.
    """
    return Post.objects.by(pk=post_id).json_increment(path, by)


@pattern(302, "Log in a document")
def log_to_metadata(
    post_id: int = 1, path: Sequence[int | str] = ("log",), entry: object = "read", keep: int = 3
) -> int:
    """1 if the entry was appended to the array at the path, of which the last ``keep`` elements stay; else 0."""
    return Post.objects.by(pk=post_id).json_append(path, entry, keep=keep)
