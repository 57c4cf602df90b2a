"""Annotations by the texts of a row, and by a hash."""

from __future__ import annotations

from typing import Any, Self

from querysets._types import M, Row
from querysets.base import PatternBase
from querysets.kinds import kinds
from querysets.sql.filters import identity
from querysets.sql.subqueries import wording


class Texts(PatternBase[M, Row]):
    """What a row gains by its texts."""

    @kinds("annotation")
    def with_text(self, as_: str, *parts: Any, sep: str = " ") -> Self:
        """Each row or group with a text of several parts; one that is NULL or empty is left out with its separator.

        Parameters
        ----------
        as_
            Name of the result; the empty text where no part is left.
        *parts
            Fields, annotations, keys or measures by name; expressions; or texts with fields in braces, such as
            ``"<{email}>"``, left out if one of these is NULL or empty.
        sep
            What stands between two parts.

        Raises
        ------
        TypeError
            There is no part.
        ValueError
            Braces do not match, or hold more than the name of a field.

        SQL
        ---
        ``CONCAT_WS(' ', NULLIF(username, ''), '<' || NULLIF(email, '') || '>')``.

        Examples
        --------
        >>> labelled = User.objects.with_text("label", "username", "<{email}>")
        """
        found = wording.joined(self._scope("with_text"), parts, sep)
        return self._with(as_, found, ("with_text", parts, sep))

    @kinds("annotation")
    def with_words(self, field: str, as_: str | None = None) -> Self:
        """Each row or group with how many words a text has: what stands between spaces, tabs and line ends.

        Parameters
        ----------
        field
            A text by name. NULL stays NULL; the empty text has 0 words.
        as_
            Default: ``<field>_words``.

        Raises
        ------
        TypeError
            The field is no text.

        SQL
        ---
        ``REGEXP_COUNT(content, '[^ ...]+')``.

        Examples
        --------
        >>> long_reads = Post.objects.with_words("content", as_="words").at_least(words=500)
        """
        found = wording.words(self._scope("with_words"), field)
        return self._with(as_ or f"{field.replace('__', '_')}_words", found, ("with_words", field))

    @kinds("annotation")
    def with_arm(self, experiment: str, arms: int = 2, *, as_: str = "arm") -> Self:
        """Each row with its arm of an experiment, ``0..arms - 1``: the same every time, and in every language.

        The arm is the first 32 bits of ``md5(f"{experiment}:{pk}")``, modulo ``arms``.

        Parameters
        ----------
        experiment
            Its name; under another one the rows fall otherwise.
        arms
            How many.
        as_
            Name of the result.

        Raises
        ------
        ValueError
            ``arms`` is below 1.

        SQL
        ---
        ``MOD(('x' || SUBSTR(MD5('name:' || id), 1, 8))::bit(32)::bigint, 2)``.

        Examples
        --------
        >>> treated = User.objects.with_arm("new-editor").by(arm=1)
        """
        found = identity.arm(self._scope("with_arm"), experiment, arms)
        return self._with(as_, found, ("with_arm", experiment, arms))
