"""Full-text search on a stored vector: matches, relevance, headlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from asgiref.sync import sync_to_async
from django.contrib.postgres.search import SearchConfig

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.errors import WrongShape
from querysets.kinds import admits, kinds, shape_of
from querysets.sql.derived import carried, joins_to_many, picking
from querysets.sql.postgres import lexemes, search
from querysets.sql.postgres.headline import headline
from querysets.sql.postgres.search import Sought, Syntax


class Search(PatternBase[M, Row]):
    """Full-text search on a stored vector: matches, relevance, headlines."""

    @kinds("filter")
    def about(
        self,
        query: str,
        *fields: str,
        language: str | SearchConfig | None = None,
        syntax: Syntax = "websearch",
        fallback: str | None = None,
    ) -> Self:
        """Rows whose text is about what was typed: its words, whatever their endings, as the language has them.

        What was searched for is remembered: ``ranked()``, ``with_relevance()`` and ``with_headline()`` speak of it, of
        several the last. A blank query, and one of nothing but stop words, finds no row.

        Parameters
        ----------
        query
            As a user types it, at most 10,000 characters; characters that no text can hold are passed over.
        *fields
            Text fields to search in place of the ``search`` role; they take ``language``.
        language
            The code or name of a language (``"fr"``, ``"french"``, ``"french_unaccent"``), or ``SearchConfig(...)`` for
            a configuration of your own. Default: that with which the vector was made, read from the expression of its
            ``GeneratedField``, for each row its own where that is a ``Case`` over a field.
        syntax : {"websearch", "phrase", "plain", "prefix"}
            ``"websearch"``: all words; ``"in quotes"`` in this order, ``or``, ``-without`` (three dashes and more are
            a line, and say nothing). ``"phrase"``: the words one after the other. ``"plain"``: all words.
            ``"prefix"``: all words, and the last may be a beginning.
        fallback
            A text field: if the search finds nothing among the rows of the chain, those whose field resembles the query
            (similarity of 0.3 or more), and their resemblance is their relevance. This makes it a selection, and no
            condition.

        Raises
        ------
        MissingRole
            There are neither ``fields`` nor the role.
        TypeError
            ``query`` is no ``str``, or a field no text.
        ValueError
            An unknown language or ``syntax``, too long a query, or a vector that does not tell its configuration.

        SQL
        ---
        ``search @@ websearch_to_tsquery('english', %s)``; ``GinIndex(fields=["search"])``. Fields as
        ``to_tsvector('english', COALESCE(title, '') || ' ' || COALESCE(content, ''))``: a GIN index on
        ``SearchVector("title", "content", config="english")``. The fallback is a second branch,
        ``UNION ALL SELECT ... WHERE <resembling> AND NOT EXISTS (...)``, which is not begun where the first has a row.

        Examples
        --------
        >>> found = Post.objects.about('lock "dead end" -thread').ranked()
        >>> completed = Post.objects.about("read the doc", syntax="prefix").ranked()
        >>> discussed = Post.objects.having("comments", P.about("queue"))
        """
        sought = Sought(query, fields, language, syntax, fallback)
        if fallback is None:
            rows = self._where(search.about, query, *fields, language=language, syntax=syntax)
        else:
            rows = self._about_or_resembling(sought)
        return rows._noted(sought=sought)

    @kinds("annotation")
    def with_relevance(
        self, weights: Sequence[float] | None = None, *, cover: bool = False, as_: str = "relevance"
    ) -> Self:
        """Each row with how well it fits what ``about()`` has searched for, from 0 to below 1.

        Parameters
        ----------
        weights
            What a word counts for by the weight of its place, four numbers from 0 to 1 for D, C, B and A. Default:
            0.1, 0.2, 0.4, 1.
        cover
            Whether it counts how near to each other the words stand (and words that stand alone do not).
        as_
            Name of the result.

        Raises
        ------
        MissingQuery
            There is no ``about()`` before it.
        ValueError
            ``weights`` are not four numbers from 0 to 1.

        SQL
        ---
        ``ts_rank(search, query, 32)::double precision``, or ``ts_rank_cd``: r / (r + 1), so that ranks of long texts
        and short ones can be blended with other scores. It is computed for every row that was found.

        Examples
        --------
        >>> fitting = Post.objects.about("queue").with_relevance(as_="fit").at_least(fit=0.1).ranked()
        """
        scope = self._scope("with_relevance")
        sought = search.sought_in(scope)
        value = search.relevance(scope, sought, weights, cover=cover)
        recipe = ("with_relevance", sought, None if weights is None else tuple(weights), cover)
        return self._with(as_, value, recipe)._noted(relevance=f"-{as_}")

    @kinds("annotation")
    def with_headline(
        self, field: str | None = None, as_: str = "headline", *, words: int | None = 35, fragments: int = 0
    ) -> Self:
        """Each row with the passage of a text in which the words of ``about()`` stand, as safe HTML with ``<mark>``.

        All that the text itself says is escaped, and what PostgreSQL takes for tags is left out. A text without the
        words (a title has them) gives its first ones.

        Parameters
        ----------
        field : path to a text
            Default: the ``body`` role.
        as_
            Name of the result.
        words
            At most so many; ``None`` for the whole text.
        fragments
            At most so many passages, with `` … `` between them; 0 for one passage that reads on.

        Raises
        ------
        MissingQuery
            There is no ``about()`` before it.
        ValueError
            ``words`` is less than 2, or ``fragments`` negative.

        SQL
        ---
        ``ts_headline(config, translate(content, ...), query, options)``; marks are private characters that become tags
        in Python, behind the escape. It reads the text of every row that is returned: limit those first.

        Examples
        --------
        >>> snippets = [post.snippet for post in Post.objects.about("queue").with_headline(as_="snippet").ranked()[:10]]
        """
        scope = self._scope("with_headline")
        sought = search.sought_in(scope)
        name = scope.role("body", field)
        value = headline(scope, sought, name, words=words, fragments=fragments)
        return self._with(as_, value, ("with_headline", sought, name, words, fragments))

    @kinds("terminal")
    def frequent_lexemes(self, limit: int = 20, *, field: str | None = None) -> list[dict[str, Any]]:
        """The lexemes that most rows have, as dicts ``lexeme``, ``count`` (of rows) and ``occurrences``.

        Parameters
        ----------
        limit
            How many, the most frequent first, of equally frequent ones the first by name; 0 is none.
        field : path to a text search vector
            Default: the ``search`` role.

        Raises
        ------
        MissingRole
            There is neither ``field`` nor the role.
        TypeError
            ``field`` is no text search vector.
        ValueError
            ``limit`` is negative.

        SQL
        ---
        ``SELECT word, ndoc, nentry FROM ts_stat('SELECT search ...') ORDER BY ndoc DESC, word LIMIT n``. It reads the
        vectors of all rows.

        Examples
        --------
        >>> words = Post.objects.active().frequent_lexemes(10)
        """
        scope = self._scope("frequent_lexemes")
        name = lexemes.vector(scope, field)
        rows = self._frozen() if self.query.distinct or joins_to_many(self.query) else self
        return lexemes.frequent(scope, rows.order_by().values_list(name), limit)

    @kinds("terminal")
    async def afrequent_lexemes(self, limit: int = 20, *, field: str | None = None) -> list[dict[str, Any]]:
        """``frequent_lexemes``, asynchronously."""
        return await sync_to_async(self.frequent_lexemes)(limit, field=field)

    def _about_or_resembling(self, sought: Sought) -> Self:
        scope = self._scope("about")
        if admits(shape_of(self.query), ("selection",)) == "no":
            raise WrongShape(f"{scope.label} with fallback=... selects rows, and there are none any more")
        rows = self._frozen() if carried(self.query) else self  # a window would look at the rows of each branch
        return self._selected(search.about_or_resembling(scope, picking(rows.query), sought))
