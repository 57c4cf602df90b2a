"""Texts that resemble each other by trigrams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.errors import WrongShape
from querysets.kinds import group_keys, kinds
from querysets.sql.derived import joins_to_many, picking
from querysets.sql.postgres import similarity
from querysets.sql.postgres.natural import natural

if TYPE_CHECKING:
    from querysets.queryset import PatternQuerySet


class Similarity(PatternBase[M, Row]):
    """How alike two texts are: the share of trigrams that they have in common, in any case, 0 to 1 (``pg_trgm``)."""

    @kinds("filter")
    def resembling(self, term: str, *fields: str, threshold: float = 0.3, word: bool = False) -> Self:
        """Rows in which at least one of the fields resembles the term, misspelt as it may be.

        Parameters
        ----------
        term
            Blank, or without a letter or digit: no row.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.
        threshold
            The least similarity, above 0 and at most 1; included.
        word
            Whether it is enough that a part of the text resembles the term: then it is the greatest similarity with
            any part.

        Raises
        ------
        MissingRole
            There are neither ``fields`` nor the role.
        TypeError
            ``term`` is no ``str``, or a field no text.
        ValueError
            ``threshold`` is not above 0 and at most 1.

        SQL
        ---
        ``UPPER(title) % UPPER(%s) AND SIMILARITY(UPPER(%s), UPPER(title)) >= %s``; for a part ``%>`` and
        ``WORD_SIMILARITY``. The bound of the operator is set for the statement. The index of ``matching``, on each
        field: ``GinIndex(OpClass(Upper("title"), "gin_trgm_ops"))``.

        Examples
        --------
        >>> near = Post.objects.resembling("qeue size", "title").with_resemblance("qeue size", "title")
        """
        return self._where(similarity.resembling, term, *fields, threshold=threshold, word=word)

    @kinds("annotation")
    def with_resemblance(self, term: str, *fields: str, word: bool = False, as_: str = "resemblance") -> Self:
        """Each row with how much the field that does so most resembles the term, 0 to 1.

        Parameters
        ----------
        term
            Blank: 0.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.
        word
            Whether it is the greatest similarity with any part of the text.
        as_
            Name of the result: a float of six digits, 0 where all fields are NULL.

        SQL
        ---
        ``GREATEST(SIMILARITY(UPPER(%s), UPPER(title)), ...)``. No index; for every row that is returned or compared.

        Examples
        --------
        >>> users = User.objects.with_resemblance("jon", "username", as_="alike").at_least(alike=0.5).ranked("-alike")
        """
        scope = self._scope("with_resemblance")
        value = similarity.resemblance(scope, term, *fields, word=word)
        return self._with(as_, value, ("with_resemblance", term, fields, word))

    @kinds("filter", "ordering")
    def closest_to(self, term: str, field: str) -> Self:
        """The rows by how much a text resembles the term, the most first; rows whose text is NULL are left out.

        Parameters
        ----------
        term
            There is no least similarity: ``[:k]`` always has its k rows.
        field
            A text field or to-one path.

        Raises
        ------
        TypeError
            ``term`` is no ``str``, or the field no text.

        SQL
        ---
        ``ORDER BY username <-> %s, id``. ``GistIndex(fields=["username"], opclasses=["gist_trgm_ops"])`` gives the
        first ones without sorting the rest; before PostgreSQL 17 all rows are sorted.

        Examples
        --------
        >>> meant = User.objects.closest_to("amelie", "username").values_list("username", flat=True)[:3]
        """
        terms = similarity.closest(self._scope("closest_to"), term, field)
        return self._where(similarity.closest_to, field).order_by(*terms)

    @kinds("grouping")
    def resembling_pairs(self, field: str, threshold: float = 0.3) -> PatternQuerySet[M, dict[str, Any]]:
        """The pairs of rows whose texts resemble each other, each once: dicts of ``a``, ``b`` and ``resemblance``.

        ``a`` and ``b`` are primary keys, ``a`` the lesser, both of rows of the chain. The most alike pair is the first.

        Parameters
        ----------
        field
            A text field or to-one path.
        threshold
            The least similarity, above 0 and at most 1; included.

        Raises
        ------
        ValueError
            ``threshold`` is not above 0 and at most 1.
        WrongShape
            The rows are groups.

        SQL
        ---
        ``CROSS JOIN LATERAL (SELECT ... WHERE UPPER(title) % UPPER(outer.title) AND id > outer.id)``: one look into the
        index of ``resembling`` for each row. Narrow the chain first.

        Examples
        --------
        >>> copies = Post.objects.by(status="draft").resembling_pairs("title", 0.8).ranked("-resemblance")
        """
        scope = self._scope("resembling_pairs")
        if group_keys(self.query) is not None:
            raise WrongShape(f"{scope.label} cannot add a key to groups that have measures, or to any; pair rows")
        settled = self._frozen() if self.query.distinct or joins_to_many(self.query) else self
        inner, rows = picking(settled.query), settled._chain()
        columns = similarity.paired(scope, rows.query, inner, field, threshold)
        for name in columns:
            scope.alias(name)
        pairs: PatternQuerySet[M, dict[str, Any]] = rows.order_by().annotate(**columns).values(*columns)
        return pairs._noted(groups=tuple(columns)).order_by("-resemblance", "a", "b")

    @kinds("ordering")
    def ordered_naturally(self, field: str) -> Self:
        """The rows by a text in which numbers count by their value: ``Part 2`` before ``Part 10``.

        Parameters
        ----------
        field
            A text field, to-one path or annotation, ``-name`` for descending. Numbers have up to 20 digits; ties by
            primary key, NULLs last.

        Raises
        ------
        TypeError
            The field is no text.
        WrongShape
            The rows are those of a union.

        SQL
        ---
        ``ORDER BY REGEXP_REPLACE(REGEXP_REPLACE(title, ...), ...), id``: numbers are padded with zeros. No index.

        Examples
        --------
        >>> chapters = Post.objects.ordered_naturally("title")
        """
        return self.order_by(*natural(self._scope("ordered_naturally"), field))
