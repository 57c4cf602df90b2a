"""What an agent remembers: recall, fading, reinforcement, near copies, and facts that change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import Q

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.roles import role_of
from querysets.sql.graphs import memories
from querysets.sql.graphs.computed import Column
from querysets.sql.graphs.memories import Curve, Normalised, Vector
from querysets.sql.ordering import order_terms
from querysets.sql.subqueries.columns import column
from querysets.sql.values import amount

DAYS = timedelta(days=30)
FADES = timedelta(hours=138.3)
"""0.995 of the recency is left after an hour, as in Park and others, Generative Agents (2023), section 4.1."""


class Memories(PatternBase[M, Row]):
    """Rows with a vector, a strength and a count of their uses; the roles of both times say how old they are."""

    @kinds("selection", "annotation", "ordering")
    def recalled(
        self,
        vector: Vector,
        k: int = 10,
        *,
        recency: float = 1.0,
        importance: float = 1.0,
        relevance: float = 1.0,
        half_life: timedelta = FADES,
        normalize: Normalised = None,
        pool: int | None = None,
        field: str | None = None,
        at: datetime | None = None,
        as_: str = "recall",
    ) -> Self:
        """The ``k`` rows that come to mind by recency, importance and relevance, the best first; ties by primary key.

        Nothing is written: to remember that rows were recalled, ``reinforce`` them.

        Parameters
        ----------
        vector : (d,) floats
            What is asked for; ``d`` is that of the column. Rows without a vector, or with one of length 0, have a
            relevance of 0.
        k
            How many rows; 0 is none.
        recency, importance, relevance
            The weight of each part, 0 or more. The parts are ``0.5 ** (age / half_life)``, a tenth of the
            ``importance`` role, and the cosine of both vectors.
        half_life
            Longer than 0. The age is that since the later of the roles ``timestamp`` and ``accessed``; what lies ahead
            has none.
        normalize : {None, "minmax"}
            ``"minmax"``: each part from 0, the least in the chain, to 1, the greatest; 0.5 where all are one.
        pool
            Only the so many rows nearest to the vector are looked at. Default: all of the chain, which is exact, and
            right for the memories of one owner; of a whole table take 100 times ``k``.
        field : path to a vector column
            Default: the ``embedding`` role.
        at
            The moment taken as now.
        as_
            Name of the weighted sum; the parts are ``<as_>_recency``, ``<as_>_importance`` and ``<as_>_relevance``.

        Raises
        ------
        MissingRole
            One of ``timestamp``, ``importance`` and ``embedding`` is neither given nor a role.
        TypeError
            ``vector`` is no list of finite numbers, ``field`` no vector, or a weight no number.
        ValueError
            The vector has another number of dimensions, a weight, ``k`` or ``pool`` is negative, ``half_life`` is 0 or
            less, or ``normalize`` is unknown.

        SQL
        ---
        ``INNER JOIN (SELECT id ... ORDER BY recall DESC, id LIMIT k) ON id``. A btree on the owner; with a ``pool`` the
        inner query is ``ORDER BY embedding <=> %s LIMIT pool``, an HNSW index of cosines, with ``ef_search`` raised to
        the pool.

        Examples
        --------
        >>> mind = MemoryLink.objects.by(user=1).recalled([0.0] * 383 + [1.0], 5)
        """
        scope, rows = self._scope("recalled"), self
        near = memories.distance(scope, vector, field)
        parts = memories.parts(scope, near, half_life, at, normalize)
        if pool is not None:
            # An index looks at the nearest of all owners: it goes on until there are enough that the chain keeps.
            rows = self._selected(memories.nearest(scope, near, pool)).tuned(
                ef_search=min(max(pool, 1), 1000), iterative_scan="relaxed_order", max_scan_tuples=2**31 - 1
            )
        recipe = "recalled", str(vector), half_life, at, normalize, field
        for name, value in parts.items():
            rows = rows._with(f"{as_}_{name}", value, (*recipe, name))
        weights = {"recency": recency, "importance": importance, "relevance": relevance}
        rows = rows._with(as_, memories.weighted(scope, as_, weights), (*recipe, *weights.values()))
        rows = rows._noted(score=f"-{as_}")
        return rows.order_by(*order_terms(rows._scope("recalled"), [f"-{as_}", "pk"])).limited(k)

    @kinds("annotation")
    def with_retention(
        self, half_life: timedelta = DAYS, *, curve: Curve = "half-life", at: datetime | None = None,
        as_: str = "retention",
    ) -> Self:  # fmt: skip
        """Each row with what is left of its strength by now, as a float; nothing that is stored decays.

        Parameters
        ----------
        half_life
            Longer than 0: until half of the strength of a row is gone that was used once; it lasts ``1 + ln(uses)``
            times as long. Its age is that since the later of the roles ``timestamp`` and ``accessed``; what lies ahead
            has none.
        curve : {"half-life", "fsrs"}
            ``strength * 0.5 ** t``, ``t`` being the half-lives that have passed; or ``strength * (1 + 3 t) ** -0.5``,
            the power law of FSRS, which forgets as fast at first and slower later.
        at
            The moment taken as now.
        as_
            Name of the result.

        Raises
        ------
        MissingRole
            The model has no ``rank``, which is the strength, or no ``timestamp``.
        TypeError
            ``half_life`` is no timedelta.
        ValueError
            ``half_life`` is 0 or less, or ``curve`` is unknown.

        SQL
        ---
        ``strength * POWER(0.5, ...)``.

        Examples
        --------
        >>> fading = MemoryLink.objects.with_retention().below(retention=0.05).ranked("retention")
        """
        value = memories.retention(self._scope("with_retention"), half_life, curve, at)
        return self._with(as_, value, ("with_retention", half_life, curve, at))

    @kinds("write", queryset_only=True)
    def reinforce(self, gain: float = 0.2, *, at: datetime | None = None) -> int:
        """How many rows were used once more, now, and are stronger by a share of what they lack to 1.

        Of many calls at a time, none is lost.

        Parameters
        ----------
        gain
            The share, 0 to 1: the strength becomes ``1 - (1 - strength) * (1 - gain)``, which never leaves 0 to 1.
        at
            The moment of the use. Default: now.

        Raises
        ------
        MissingRole
            The model has no ``rank``, ``uses`` or ``accessed``.
        TypeError
            ``gain`` is no number.
        ValueError
            ``gain`` is not in 0..1.

        SQL
        ---
        ``UPDATE ... SET frequency = frequency + 1, ...``, of rows that are locked in the order of their keys: one
        statement.

        Examples
        --------
        >>> used = MemoryLink.objects.by(pk=[1, 2, 2]).reinforce()
        """
        scope = self._scope("reinforce")
        return self._rewritten(scope, memories.reinforced(scope, gain, at), where=Q())

    @kinds("write", queryset_only=True)
    async def areinforce(self, gain: float = 0.2, *, at: datetime | None = None) -> int:
        """``reinforce``, asynchronously."""
        return await sync_to_async(self.reinforce)(gain, at=at)

    @kinds("selection", "annotation")
    def near_duplicates(
        self, threshold: float = 0.95, *, per: str | Sequence[str] | None = None, field: str | None = None,
        as_: str = "canonical",
    ) -> Self:  # fmt: skip
        """Rows that have near copies among those of the same owner, each with the one that stands for all of them.

        Copies of copies are copies. That one is the strongest, then the one of most uses, then the first by key.

        Parameters
        ----------
        threshold
            The least cosine of two vectors, -1 to 1. One of length 0 is near to none.
        per
            What near copies have in common; NULL is one group, and ``()`` is all rows. Default: the ``owner`` role.
        field : path to a vector column
            Default: the ``embedding`` role.
        as_
            Name of the primary key of the row that stands for all.

        Raises
        ------
        MissingRole
            The model has no ``embedding``, ``owner``, ``rank`` or ``uses``.
        TypeError
            ``threshold`` is no number, or ``field`` no vector.
        ValueError
            ``threshold`` is not in -1..1.

        SQL
        ---
        ``LEFT JOIN (WITH RECURSIVE ...) ON id``: all pairs of one owner are compared, and clusters found as in
        ``with_component``. For owners of up to some 20,000 rows.

        Examples
        --------
        >>> repeated = MemoryLink.objects.near_duplicates().ranked("canonical")
        """
        scope = self._scope("near_duplicates")
        table = memories.canonical(scope, self, threshold, field, per)
        recipe = "near_duplicates", threshold, per, field
        rows = self._with(as_, Column(table, "canonical"), recipe)
        return rows.filter(**{f"{as_}__isnull": False})._noted(canonical=as_)

    @kinds("write", queryset_only=True)
    def consolidate(self) -> int:
        """How many near copies were deleted, each cluster of ``near_duplicates`` made one; called again, none.

        The row that stands for a cluster has the sum of the uses, and the greatest strength and importance.

        Raises
        ------
        MissingRole
            The model has no ``rank`` or ``uses``.
        WrongShape
            There is no ``near_duplicates`` before it.

        SQL
        ---
        One transaction: the rows are locked in the order of their keys, one UPDATE writes those that stay, and others
        are deleted as by ``delete()``.

        Examples
        --------
        >>> removed = MemoryLink.objects.near_duplicates(0.97).consolidate()
        """
        scope = self._scope("consolidate")
        rated = role_of(self.model, "importance")
        names = [scope.role("uses"), scope.role("rank"), *([] if rated is None else [rated.field])]
        columns = [column(scope, name) for name in names]
        canonical = memories.noted(scope)
        with transaction.atomic(using=self._target()):
            held = self._held(scope, canonical, *names)
            values, gone = memories.merged(held, columns)
            if gone:
                every: Any = self.model._base_manager.using(self.db)
                kept = self.filter(pk__in={one for _, one, *_ in held})
                self._rewritten(kept._scope("consolidate"), values)
                every.filter(pk__in=gone).delete()
        return len(gone)

    @kinds("write", queryset_only=True)
    async def aconsolidate(self) -> int:
        """``consolidate``, asynchronously."""
        return await sync_to_async(self.consolidate)()

    @kinds("filter", "annotation")
    def sharing_memory(
        self, threshold: float = 0.9, *, relation: str | None = None, field: str | None = None,
        as_: str = "shared_similarity",
    ) -> Self:  # fmt: skip
        """Rows whose vector is near to that of a memory of another, each with the cosine of the nearest of those.

        Parameters
        ----------
        threshold
            The least cosine, -1 to 1. Vectors of length 0 are near to none.
        relation
            The relation by which a row reaches its memories. Default: the one to rows whose ``owner`` is a row of this
            model and which have an ``embedding``.
        field : path to a vector column
            Of the row. Default: the ``embedding`` role.
        as_
            Name of the cosine.

        Raises
        ------
        MissingRole
            There is no ``embedding``, or not one such relation.
        TypeError
            ``threshold`` is no number, or ``field`` no vector.
        ValueError
            ``threshold`` is not in -1..1.

        SQL
        ---
        ``(SELECT MIN(embedding <=> memory_embedding) FROM memories WHERE NOT user_id = id) <= %s``: every row is
        compared with every memory; narrow the chain first.

        Examples
        --------
        >>> kindred = User.objects.sharing_memory(0.8).ranked("-shared_similarity")
        """
        scope = self._scope("sharing_memory")
        nearest = memories.others(scope, relation, field)
        least = float(amount(scope, "threshold", threshold, -1, 1))
        rows = self._with(as_, memories.similarity(nearest), ("sharing_memory", least, relation, field))
        return rows.filter(memories.within(nearest, least))
