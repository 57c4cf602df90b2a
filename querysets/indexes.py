"""Indexes that the patterns need, for ``Meta.indexes``: each factory has the name of a method that it serves.

What they make are Django's own indexes, under names that Django completes with that of the model:

    class Meta:
        indexes = [
            indexes.newest("created_at"),
            indexes.newest("created_at", per="author"),
            indexes.matching("title"),
            indexes.by("status", condition=Q(is_active=True), name="post_status_active"),
        ]

``manage.py patterns indexes app.Model`` says which of them a model lacks, and ``--migration`` writes them CONCURRENTLY.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack, cast

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db.backends.utils import names_digest
from django.db.models import F, Func, Index, Q, Value
from django.db.models.functions import ExtractDay, ExtractMonth, Length, Lower, Upper

from .sql.postgres.json.documents import Path
from .sql.postgres.json.expressions import at


class Options(TypedDict, total=False):
    """What any index takes: ``condition`` makes it partial, ``include`` lets it answer for further columns."""

    name: str
    condition: Q
    include: Sequence[str]
    db_tablespace: str


def by(*fields: str, **options: Unpack[Options]) -> Index:
    """Equality on all of ``fields`` but the last, on which also comparisons, ranges and orders: a btree.

    Serves ``by``, ``at_least``, ``within``, ``recent`` and all that compare a field with a value; on a foreign key
    ``having``, ``with_count`` and all that look for related rows.
    """
    return _index(Index, "by", fields, options)


def newest(
    field: str, *, per: str | Sequence[str] = (), pk: str = "id", nulls_last: bool = False, **options: Unpack[Options]
) -> Index:
    """The latest first, within each group if ``per`` names its fields; a btree that serves the time's ranges as well.

    Serves ``newest``, ``after``, ``recent``; with ``per`` ``latest_per``, ``top_per``, ``with_latest``. ``nulls_last``
    is for a field that may be NULL.
    """
    return _in_order("newest", (f"-{field}",), per, pk, nulls_last, options)


def ranked(
    *keys: str, per: str | Sequence[str] = (), pk: str = "id", nulls_last: bool = False, **options: Unpack[Options]
) -> Index:
    """The order of ``ranked(*keys)``, ``-`` for descending, with its tie-break; within each group if there is ``per``.

    Serves ``ranked``, ``sorted_by``, ``limited``, ``after``; with ``per`` ``top_per`` and ``with_top``. ``nulls_last``
    is for descending fields that may be NULL.
    """
    return _in_order("ranked", keys, per, pk, nulls_last, options)


def starting(field: str, *, case: bool = True, **options: Unpack[Options]) -> Index:
    """Prefixes: a btree with the operator class that LIKE needs under any collation but C."""
    if not case:
        return caseless(field, **options)
    return _index(Index, "starting", (field,), options, opclasses=["text_pattern_ops"])


def caseless(field: str, **options: Unpack[Options]) -> Index:
    """Equality in any case, and ``starting(case=False)``: a btree on ``UPPER(field)``."""
    return _index(Index, "caseless", (field,), options, OpClass(Upper(field), "text_pattern_ops"))


def matching(field: str, *, case: bool = False, **options: Unpack[Options]) -> Index:
    """Texts that hold three letters or digits in a row: trigrams (``pg_trgm``) in a GIN index.

    Of ``UPPER(field)``, which serves ``matching``, ``resembling``, ``starting`` and ``ending`` in any case. With
    ``case=True`` of the field itself, for ``matching(case=True)``, ``matching_glob``, ``matching_regex``, ``ending``.
    """
    if case:
        return _index(GinIndex, "matching_case", (field,), options, opclasses=["gin_trgm_ops"])
    return _index(GinIndex, "matching", (field,), options, OpClass(Upper(field), "gin_trgm_ops"))


def closest_to(field: str, **options: Unpack[Options]) -> Index:
    """The texts nearest to a term, in order: trigrams in a GiST index."""
    return _index(GistIndex, "closest", (field,), options, opclasses=["gist_trgm_ops"])


def about(*fields: str, language: str | None = None, **options: Unpack[Options]) -> Index:
    """Full-text search: of a stored vector, or of ``fields`` under one configuration, as ``about()`` is told them."""
    if language is None:
        return _index(GinIndex, "about", fields, options)
    return _index(GinIndex, "about", fields, options, SearchVector(*fields, config=language))


def json_containing(field: str, **options: Unpack[Options]) -> Index:
    """Containment, and ``json_at`` by equality: ``jsonb_path_ops``, smaller than what ``json_keys`` needs."""
    return _index(GinIndex, "json", (field,), options, opclasses=["jsonb_path_ops"])


def json_keys(field: str, **options: Unpack[Options]) -> Index:
    """Keys, and all that ``json_containing`` serves: the default ``jsonb_ops``."""
    return _index(GinIndex, "json_keys", (field,), options)


def json_at(field: str, path: Path, **options: Unpack[Options]) -> Index:
    """Comparisons of the value at one path, which containment does not serve: a btree."""
    steps = (path,) if isinstance(path, str) else tuple(path)
    return _index(Index, "json_at", (field, *map(str, steps)), options, at(F(field), steps))


def in_array(field: str, **options: Unpack[Options]) -> Index:
    """Elements of an array, all or any of some: GIN. Serves ``tagged`` too."""
    return _index(GinIndex, "in_array", (field,), options)


def overlapping(field: str, **options: Unpack[Options]) -> Index:
    """Ranges that overlap another or cover a moment: GiST."""
    return _index(GistIndex, "overlapping", (field,), options)


def never_overlapping(
    field: str, *per: str, condition: Q | None = None, name: str | None = None
) -> ExclusionConstraint:
    """No two rows, of those alike in ``per``, may overlap: for ``Meta.constraints``; its GiST index serves as well.

    Columns in ``per`` that are no ranges need the extension ``btree_gist``.
    """
    keys: list[tuple[str, str]] = [(each, RangeOperators.EQUAL) for each in per]
    keys.append((field, RangeOperators.OVERLAPS))
    return ExclusionConstraint(name=name or _name("once", (*per, field)), expressions=keys, condition=condition)


def anniversary_within(field: str, **options: Unpack[Options]) -> Index:
    """Days of the year: a btree on the month and the day of a date."""
    place = cast("Any", ExtractMonth(field)) * 100 + ExtractDay(field)
    return _index(Index, "anniversary", (field,), options, place)


def in_domain(field: str, **options: Unpack[Options]) -> Index:
    """What stands behind the ``@`` of an address: a btree. Subdomains are served by ``matching``."""
    domain = Lower(cast("Any", Func)(F(field), Value("@"), Value(-1), function="SPLIT_PART"))
    return _index(Index, "domain", (field,), options, domain)


def of_length(field: str, **options: Unpack[Options]) -> Index:
    """How long a text is: a btree."""
    return _index(Index, "length", (field,), options, Length(field))


class _Name(str):
    """A name with a place for the model's, ``%(class)s``, that is cut to what Django allows once that is known."""

    __slots__ = ()

    def __mod__(self, values: Any) -> str:
        full, longest = super().__mod__(values), Index.max_name_length
        return full if len(full) <= longest else f"{full[: longest - 7].rstrip('_')}_{names_digest(full, length=6)}"


def _name(use: str, words: Sequence[str]) -> str:
    return _Name("_".join(("%(class)s", *(re.sub(r"\W+", "_", word.strip("-")) for word in words), use)))


def _index(kind: type[Index], use: str, words: Sequence[str], options: Options, *made: Any, **keys: Any) -> Index:
    """An index of ``kind`` on the expressions that are ``made``, or else on the fields that ``words`` are."""
    if not made:
        keys = {"fields": list(words), **keys}
    name = _name(f"{use}_part" if "condition" in options else use, words)
    return cast("Index", cast("Any", kind)(*made, **{"name": name, **keys, **options}))


def _in_order(  # noqa: PLR0917 (as its callers were called)
    use: str,
    keys: Sequence[str],
    per: str | Sequence[str],
    pk: str,
    nulls_last: bool,  # noqa: FBT001
    options: Options,
) -> Index:
    groups = (per,) if isinstance(per, str) else tuple(per)
    tie_break = () if {pk, f"-{pk}"} & set(keys) else (f"-{pk}" if keys[-1].startswith("-") else pk,)
    words = (*groups, *keys)
    if not nulls_last:
        return _index(Index, use, words, options, fields=[*words, *tie_break])
    made = [_term(key, nulls_last=key in keys) for key in (*words, *tie_break)]
    return _index(Index, use, words, options, *made)


def _term(key: str, *, nulls_last: bool) -> Any:
    if not key.startswith("-"):
        return F(key).asc()
    return F(key[1:]).desc(nulls_last=True if nulls_last else None)
