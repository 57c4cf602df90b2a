"""Filters on what a row says."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters import text
from querysets.sql.filters.text import Mode


class Text(PatternBase[M, Row]):
    r"""What stands in a row's texts.

    Terms are what a user types: ``%``, ``_`` and ``\`` stand for themselves, a term of white space alone restricts
    nothing, and one that no text can hold (a NUL byte) finds no row. A field that is NULL has no part in a match.

    *In any case* means that both sides are equal in PostgreSQL's ``UPPER``, as in Django's ``icontains``: ``é`` is
    ``É``, both small sigmas are the capital one, a dotless i is an i, but ``ß`` is not ``SS``, and ``e`` with a
    combining accent is not ``é``. Outside of ASCII this takes a database whose LC_CTYPE is not C.
    """

    @kinds("filter")
    def matching(self, term: str, *fields: str, mode: Mode = "contains", case: bool = False) -> Self:
        """Rows in which the term occurs, in at least one of the fields.

        Parameters
        ----------
        term
            White space at its ends is ignored. Blank: every row.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.
        mode : {"contains", "words", "word", "exact"}
            ``"contains"``: somewhere. ``"words"``: each of its words, at most 100, somewhere; they may be spread over
            the fields. ``"word"``: as a whole word, at most 1000 characters: no letter, digit or underscore stands
            directly before or after it, so that neither ``"party"`` has the word ``"art"`` nor ``"C++11"`` the word
            ``"C++"``. ``"exact"``: the whole text is the term.
        case
            Whether case counts.

        Raises
        ------
        MissingRole
            There are neither ``fields`` nor the role.
        TypeError
            ``term`` is no ``str``, or a field no text.
        ValueError
            Too many words, or too long a word; an unknown ``mode``.

        SQL
        ---
        ``UPPER(title) LIKE UPPER('%term%')``; for a word ``UPPER(title) ~ ...``. Both are served by
        ``GinIndex(OpClass(Upper("title"), "gin_trgm_ops"))``, if the term has three letters or digits in a row.
        With ``case=True`` ``title LIKE '%term%'`` or ``title ~ ...``, served by
        ``GinIndex(fields=["title"], opclasses=["gin_trgm_ops"])``. ``"exact"`` is ``caseless``, or ``title = 'term'``.

        Examples
        --------
        >>> posts = Post.objects.matching("queue")
        >>> posts = Post.objects.matching("lock timeout", "title", "content", mode="words")
        """
        return self._where(text.matching, term, *fields, mode=mode, case=case)

    @kinds("filter")
    def starting(self, prefix: str, *fields: str, case: bool = True) -> Self:
        """Rows with a field that begins with ``prefix``.

        Parameters
        ----------
        prefix
            Taken as it is, spaces included. Blank: every row.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.
        case
            Whether case counts.

        SQL
        ---
        ``username LIKE 'prefix%'``: ``Index(fields=["username"], opclasses=["text_pattern_ops"])``. In any case
        ``UPPER(username) LIKE UPPER('prefix%')``: ``Index(OpClass(Upper("username"), "text_pattern_ops"))``. The
        trigram indexes of ``matching`` serve as well.

        Examples
        --------
        >>> users = User.objects.starting("ad", "username", "email", case=False)
        """
        return self._where(text.starting, prefix, *fields, case=case)

    @kinds("filter")
    def ending(self, suffix: str, *fields: str, case: bool = True) -> Self:
        """Rows with a field that ends in ``suffix``.

        Parameters
        ----------
        suffix
            Taken as it is, spaces included. Blank: every row.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.
        case
            Whether case counts.

        SQL
        ---
        ``title LIKE '%suffix'``, in any case with ``UPPER``. The trigram indexes of ``matching``.

        Examples
        --------
        >>> posts = Post.objects.ending("?", "title")
        """
        return self._where(text.ending, suffix, *fields, case=case)

    @kinds("filter")
    def matching_glob(self, pattern: str, *fields: str) -> Self:
        """Rows with a field that fits ``pattern`` as a whole, case and all.

        Parameters
        ----------
        pattern
            ``*`` stands for any text, the empty one included, at most 100 times; ``?`` for any one character;
            everything else for itself. Blank: every row.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.

        SQL
        ---
        ``title LIKE 'What a %'``. ``GinIndex(fields=["title"], opclasses=["gin_trgm_ops"])``.

        Examples
        --------
        >>> posts = Post.objects.matching_glob("*queue*", "title")
        """
        return self._where(text.matching_glob, pattern, *fields)

    @kinds("filter")
    def matching_regex(self, pattern: str, *fields: str, case: bool = True, max_length: int = 200) -> Self:
        r"""Rows with a field in which a regular expression matches somewhere.

        The expression may come from outside: what PostgreSQL would refuse, and what would cost it seconds for a row, is
        refused here. The worst of the rest takes 0.3 ms for a text of some hundred characters, and where no index helps
        all rows are read: chain ``timeout(ms)``.

        Parameters
        ----------
        pattern
            A subset of PostgreSQL's own (POSIX ARE), not Python's: literals, ``.``, sets ``[a-z[:alpha:]]``, groups,
            ``|``, ``^``, ``$``, the repeats ``* + ? {m,n}`` up to 50, ``\d \s \w \D \S \W``, the word boundaries
            ``\m \M \y``, and ``\`` before any sign. No back-references, no lookaround; at most 8 anchors and
            boundaries, none of them in a group that is repeated. Blank: every row.
        *fields
            Text fields or to-one paths. Default: the ``search_fields`` role.
        case
            Whether case counts.
        max_length
            Of the pattern, and of the pattern with its repeats written out: ``(ab{3}){4}`` counts as 16 characters.

        Raises
        ------
        ValueError
            The pattern is longer, or not within the subset.

        SQL
        ---
        ``username ~ 'pattern'``, in any case ``~*``. ``GinIndex(fields=["username"], opclasses=["gin_trgm_ops"])``
        serves it where the pattern asks for three letters or digits in a row.

        Examples
        --------
        >>> users = User.objects.matching_regex(r"^[a-z]+\d{2,}$", "username").timeout(500)
        """
        return self._where(text.matching_regex, pattern, *fields, case=case, max_length=max_length)

    @kinds("filter")
    def in_domain(self, domain: str, field: str = "email", *, subdomains: bool = False) -> Self:
        """Rows whose address is in a domain, in any case: ``evil-example.com`` is not in ``example.com``.

        Parameters
        ----------
        domain
            White space around it and a leading ``@`` or ``.`` are ignored. Blank: every row.
        field
            A text field or to-one path. The domain is what follows the last ``@``; without one there is none.
        subdomains
            Whether ``mail.example.com`` is in ``example.com``, too.

        SQL
        ---
        ``LOWER(SPLIT_PART(email, '@', -1)) = LOWER(%s)``: a btree on that expression. Subdomains are
        ``OR UPPER(email) LIKE UPPER('%@%.example.com')``: the trigram index of ``matching`` beside that btree.

        Examples
        --------
        >>> users = User.objects.in_domain("example.com", subdomains=True)
        """
        return self._where(text.in_domain, domain, field, subdomains=subdomains)

    @kinds("filter")
    def caseless(self, /, **values: Any) -> Self:
        """Rows whose fields have exactly these texts, in any case.

        Parameters
        ----------
        **values
            Text field or to-one path = a text, whose white space at the ends is ignored (what is stored is compared as
            it is); ``None`` for NULL; a list, tuple or set for any of its members; an expression such as ``F("slug")``.
            A blank text is the empty text: it does not stand for every row.

        Raises
        ------
        TypeError
            A value is no ``str``, or a field no text.

        SQL
        ---
        ``UPPER(email) = UPPER(%s)``: ``Index(Upper("email"))``.

        Examples
        --------
        >>> users = User.objects.caseless(email="Ada@Example.com ")
        """
        return self._where(text.caseless, **values)

    @kinds("filter")
    def of_length(self, field: str, min: int | None = None, max: int | None = None) -> Self:  # noqa: A002
        """Rows whose text has ``min`` to ``max`` characters, both included; NULL has no length.

        Parameters
        ----------
        field
            A text field or to-one path.
        min, max
            Characters, not bytes; ``None`` for an open end.

        Raises
        ------
        TypeError
            The field is no text, or a bound no whole number.
        ValueError
            A bound is negative.

        SQL
        ---
        ``LENGTH(content) >= %s``. A btree on ``Length("content")``.

        Examples
        --------
        >>> posts = Post.objects.of_length("content", min=1000)
        """
        return self._where(text.of_length, field, min, max)

    @kinds("filter")
    def blank(self, *fields: str) -> Self:
        r"""Rows in which all of the fields are blank.

        Parameters
        ----------
        *fields
            Fields or to-one paths. NULL is blank; so is a text of nothing but spaces and ``\t \n \r \f \v``, an array
            without elements, and the JSON documents ``null``, ``{}``, ``[]`` and ``""``. 0 and False are not.

        SQL
        ---
        ``bio IS NULL OR bio ~ '^[ \t\n\r\f\v]*$'``; ``tags IS NULL OR tags = '{}'``. A full scan.

        Examples
        --------
        >>> users = User.objects.blank("bio")
        """
        return self._where(text.blank, *fields)

    @kinds("filter")
    def present(self, *fields: str) -> Self:
        """Rows in which none of the fields is blank.

        Parameters
        ----------
        *fields
            As in ``blank``.

        SQL
        ---
        ``bio IS NOT NULL AND (bio ~ ...) IS NOT TRUE``. A full scan.

        Examples
        --------
        >>> users = User.objects.present("bio", "dob")
        """
        return self._where(text.present, *fields)
