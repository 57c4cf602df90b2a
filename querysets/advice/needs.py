"""Which index serves each method: the one place that says so, for checks, the command and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField, RangeField
from django.contrib.postgres.indexes import GistIndex, OpClass, SpGistIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Index
from django.db.models.functions import Upper

from querysets import indexes
from querysets._types import meta
from querysets.roles import ROLES, role_of, roles_of, value_type

from .forms import Form, form_of

FOREIGN_KEYS: Final = "foreign keys"
"""In place of a role: every foreign key of the model whose rows are looked for."""
GIVEN: Final = "given"
"""In place of a role: the fields that the method is given."""

_COMPARED: Final = r"{key} (=|<>|<|>|<=|>=|in|between|is null)( |$)"
_TEXTS: Final = (models.CharField, models.TextField)
_DATES: Final = (models.DateField,)
_COMPARABLE: Final = (
    *_TEXTS, *_DATES, models.TimeField, models.DurationField, models.IntegerField, models.FloatField,
    models.DecimalField, models.UUIDField,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """An index that methods need.

    Attributes
    ----------
    index
        Its factory in ``querysets.indexes``.
    role
        The role of the field that it is on, or ``FOREIGN_KEYS``, or ``GIVEN``.
    methods
        The methods that it serves, on that role or on the fields that they are given.
    probe
        A chain that it serves, of rows and the name of the field.
    options
        Further arguments of the factory.
    instead
        Indexes on the same field that serve as well.
    enough
        How many of its first columns will do, where it has more than that for orders.
    expected
        Whether a model that declares the role is told so by the system check.
    fits
        The types of the fields that it may be on.
    seen
        How its use is recognised in a statement, ``{key}`` being what the index holds.
    """

    index: Callable[..., Index]
    role: str
    methods: tuple[str, ...]
    probe: Callable[[Any, str], Any]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    instead: tuple[Callable[[str], Index], ...] = ()
    enough: int | None = None
    expected: bool = False
    fits: tuple[Any, ...] = (models.Field,)
    seen: str = _COMPARED

    @property
    def name(self) -> str:
        """The call of the factory, without the field."""
        return f"{self.index.__name__}({', '.join(f'{key}={value!r}' for key, value in self.options.items())})"

    def fields(self, model: type[models.Model], *, inferred: bool = False) -> Iterator[str]:
        """The fields of ``model``'s own table that play the role, also where it is inferred if so wanted."""
        for name in self._named(model, inferred=inferred):
            if "__" not in name and meta(model).get_field(name).model is model:
                yield name

    def _named(self, model: type[models.Model], *, inferred: bool) -> Iterator[str]:
        if self.role in ROLES:
            if (self.role in roles_of(model) or inferred) and (found := role_of(model, self.role)) is not None:
                yield from found.field if ROLES[self.role].several else (found.field,)
            return
        for each in model._meta.local_concrete_fields:
            kind = models.ForeignKey if self.role == FOREIGN_KEYS else self.fits
            if isinstance(value_type(each), kind):
                yield each.name

    def arguments(self, model: type[models.Model], name: str) -> dict[str, Any]:
        """Further arguments of the factory, as they are for a field of ``model``."""
        found, pk = dict(self.options), meta(model).pk
        if self.index in {indexes.newest, indexes.ranked}:
            found |= {"pk": pk.name} if pk is not None and pk.name != "id" else {}
            found |= {"nulls_last": True} if meta(model).get_field(name).null else {}
        return found

    def made(self, model: type[models.Model], name: str) -> Index:
        """The index on a field of ``model``, with its name."""
        index: Index = self.index(self._argument(name), **self.arguments(model, name))
        index.name %= {"class": model._meta.model_name, "app_label": model._meta.app_label}
        return index

    def line(self, model: type[models.Model], name: str) -> str:
        """What to add to ``Meta.indexes``."""
        rest = "".join(f", {key}={value!r}" for key, value in self.arguments(model, name).items())
        return f"indexes.{self.index.__name__}({self._argument(name)!r}{rest})"

    def _argument(self, name: str) -> str:
        return f"-{name}" if self.index is indexes.ranked else name

    def forms(self, model: type[models.Model], name: str) -> list[Form]:
        """What serves it on a field of ``model``: its own index first."""
        return [form_of(model, make) for make in (self.made(model, name), *(each(name) for each in self.instead))]

    def served_by(self, model: type[models.Model], name: str, have: Mapping[str, Form]) -> list[str]:
        """Those of the indexes ``have`` that serve it."""
        first, *others = self.forms(model, name)
        return [
            each
            for each, form in have.items()
            if form.serves(first, enough=self.enough) or any(map(form.serves, others))
        ]

    def missed_by(self, model: type[models.Model], name: str, have: Mapping[str, Form]) -> list[str]:
        """Those of the indexes ``have`` that look as if they were for it, and serve nothing of it."""
        forms = self.forms(model, name)
        column: str = meta(model).get_field(name).column
        if (access := forms[0].access) == "btree":
            return []
        anyhow = isinstance(value_type(meta(model).get_field(name)), _SEARCHED)
        like = {
            each: form
            for each, form in have.items()
            if (form.access == access or anyhow) and not form.condition and form.resembles(forms[0], column)
        }
        return [each for each, form in like.items() if not any(map(form.serves, forms))]


_SEARCHED: Final = (ArrayField, models.JSONField, SearchVectorField)
"""Types whose values are looked into: an index of any other kind finds nothing there."""

_IN_TIME: Final = ("recent", "older_than", "between", "during", "this", "upcoming")
_ANY_CASE: Final = ("matching", "resembling", "starting", "ending", "in_domain")
_ALONG_EDGES: Final = (  # whose ends are foreign keys
    "linked_to", "connected", "mutual", "suggested_for", "reachable_from", "component_of", "within_hops",
    "shortest_path", "cheapest_path", "with_degree", "with_degree_centrality",
)  # fmt: skip

NEEDS: Final = (
    Need(indexes.newest, "timestamp", (*_IN_TIME, "newest", "after"), lambda rows, name: rows.newest(name)[:5],
         enough=1, expected=True, fits=_DATES, seen=r"({key} (=|<|>|<=|>=|between) |order by [^;]*{key} desc)"),
    Need(indexes.by, "updated", (*_IN_TIME, "stuck"), lambda rows, name: rows.recent(1, field=name),
         expected=True, fits=_DATES),
    Need(indexes.by, "lease_until", ("in_progress", "expired"), lambda rows, _: rows.expired(),
         fits=_DATES),
    Need(indexes.matching, "search_fields", _ANY_CASE, lambda rows, name: rows.matching("abcdef", name),
         instead=(lambda name: GistIndex(OpClass(Upper(name), "gist_trgm_ops"), name="gist"),),
         expected=True, fits=_TEXTS, seen=r"{key} (like|~|%|%>|<%) "),
    Need(indexes.about, "search", ("about",), lambda rows, _: rows.about("abc", language="english"),
         instead=(lambda name: GistIndex(fields=[name], name="gist"),), expected=True, seen=r"{key} @@ "),
    Need(indexes.in_array, "tags", ("tagged", "in_array"), lambda rows, name: rows.in_array(name, all=["abc"]),
         expected=True, seen=r"{key} (@>|&&|<@) "),
    Need(indexes.json_containing, "metadata", ("json_containing", "json_at", "json_matching"),
         lambda rows, name: rows.json_containing({"abc": 1}, field=name), instead=(indexes.json_keys,),
         expected=True, seen=r"{key} (@>|@\?|@@) "),
    Need(indexes.json_keys, "metadata", ("json_keys", "json_at"), lambda rows, name: rows.json_keys("abc", field=name),
         seen=r"{key} (\?|\?&|\?\|) "),
    Need(indexes.overlapping, "range", ("overlapping", "covering"), lambda rows, name: rows.covering(field=name),
         instead=(lambda name: SpGistIndex(fields=[name], name="spgist"),),
         expected=True, fits=(RangeField,), seen=r"{key} (&&|@>) "),
    Need(indexes.ranked, "rank", ("ranked", "sorted_by", "limited", "paged", "after"),
         lambda rows, name: rows.ranked(f"-{name}")[:5], seen=r"order by [^;]*{key} desc"),
    Need(indexes.by, FOREIGN_KEYS,
         ("having", "lacking", "having_only", "having_each", "with_count", "with_exists", "with_rollup", "with_sum",
          "with_avg", "with_min", "with_max", "with_list", "with_json_list", "with_joined", "with_mode", *_ALONG_EDGES),
         lambda rows, name: rows.by(**{name: 1}), expected=True),
    Need(indexes.by, "parent",
         ("descendants_of", "children_of", "siblings_of", "leaves", "roots", "tree", "with_subtree"),
         lambda rows, name: rows.by(**{name: 1})),
    Need(indexes.newest, GIVEN, ("top_per", "latest_per", "with_latest", "with_earliest", "whose_latest",
         "whose_earliest", "with_as_of"), lambda rows, name: rows.newest(name)[:5],
         seen=r"$^"),
    Need(indexes.by, GIVEN, ("by", "at_least", "at_most", "above", "below", "within", "aged", "covering", "overlapping",
         "in_order_of", "also_in", "missing_from", "differing_from", "allowed"),
         lambda rows, name: rows.order_by(name)[:5], fits=_COMPARABLE),
    Need(indexes.caseless, GIVEN, ("caseless", "starting"), lambda rows, name: rows.caseless(**{name: "abc"}),
         instead=(lambda name: Index(Upper(name), name="upper"),), fits=_TEXTS, seen=r"{key} (=|in) "),
    Need(indexes.matching, GIVEN, ("matching", "matching_glob", "matching_regex", "starting", "ending"),
         lambda rows, name: rows.matching("abcdef", name, case=True), {"case": True}, fits=_TEXTS,
         seen=r"{key} (like|~|~\*) "),
    Need(indexes.starting, GIVEN, ("starting",), lambda rows, name: rows.starting("abc", name), fits=_TEXTS,
         instead=(lambda name: indexes.matching(name, case=True),), seen=r"$^"),
    Need(indexes.closest_to, GIVEN, ("closest_to",), lambda rows, name: rows.closest_to("abc", name)[:5], fits=_TEXTS,
         seen=r"{key} <-> "),
    Need(indexes.about, GIVEN, ("about",), lambda rows, name: rows.about("abc", name, language="english"),
         {"language": "english"}, fits=_TEXTS, seen=r"{key} @@ "),
    Need(indexes.json_at, GIVEN, ("json_at",), lambda rows, name: rows.json_at("abc", 3, op="gt", field=name),
         {"path": "abc"}, fits=(models.JSONField,), seen=r"$^"),
    Need(indexes.anniversary_within, GIVEN, ("anniversary_within",),
         lambda rows, name: rows.anniversary_within(3, field=name), fits=_DATES, seen=r"{key} (<=|>=) "),
    Need(indexes.in_domain, GIVEN, ("in_domain",), lambda rows, name: rows.in_domain("abc.org", name), fits=_TEXTS,
         seen=r"{key} = "),
    Need(indexes.of_length, GIVEN, ("of_length",), lambda rows, name: rows.of_length(name, min=10**6), fits=_TEXTS,
         seen=r"{key} (<=|>=) "),
)  # fmt: skip

UNSERVED: Final[Mapping[str, tuple[str, ...]]] = {
    "it names its conditions, each of which has its own index": ("any_of", "none_of"),
    "it leaves out: most rows are left": ("excluding",),
    "a boolean is true of too many rows: give condition=Q(...) to the index of what stands beside it": ("active",),
    "it compares what is computed of each row": (
        "between_hours", "on_weekdays", "blank", "present", "differing", "ordered_naturally",
    ),
    "a queue has indexes of its own, each over several roles: see claim()": ("ready", "retryable"),
    "it leaves out the newest: what follows reads the rest by an index on (tx, id)": ("settled",),
    "it takes a share of all rows": ("sampled", "sharded", "table_sampled"),
    "it looks at all rows of the chain, whose indexes serve": (
        "above_peers", "outliers", "top_percent", "within_budget", "duplicated", "superseded", "frozen",
        "with_session", "locked",
    ),
    "it walks up, from one primary key to the next": ("ancestors_of", "common_ancestor_of"),
    "it looks at the whole tree, or at the whole graph": ("cyclic", "topological"),
    "it compares vectors of all rows of the chain, whose indexes serve; recalled(pool=...) is served by that of HNSW": (
        "recalled", "near_duplicates", "sharing_memory",
    ),
    "its two conditions stand beside what a fact is about, whose index serves": ("valid_at", "known_at"),
}  # fmt: skip
"""Methods that no index serves, by the reason."""


def needs_of(method: str) -> tuple[Need, ...]:
    """The indexes that serve a method, each in some of its uses."""
    return tuple(need for need in NEEDS if method in need.methods)
