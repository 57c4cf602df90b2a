"""Text search configurations by the names that are known: those of PostgreSQL and those that its migrations add."""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.search import SearchConfig

from querysets.roles import did_you_mean
from querysets.scope import Scope
from querysets.sql.values import text

LANGUAGES: Final = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nb": "norwegian",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Code of a language (ISO 639-1) -> PostgreSQL's configuration for it, in every version that Django supports."""

UNACCENTED: Final = "_unaccent"
NAMES: Final = {*LANGUAGES.values(), "simple"}


def configuration(scope: Scope, language: str | SearchConfig) -> SearchConfig:
    """The configuration for a language that comes from outside, or the one that the programmer names."""
    if isinstance(language, SearchConfig):
        return language
    given = text(scope, "language", language)
    name = LANGUAGES.get(given, given)
    if name.removesuffix(UNACCENTED) not in NAMES:
        raise ValueError(
            f"{scope.label}: no language {given!r}{did_you_mean(given, sorted({*NAMES, *LANGUAGES}))}; a configuration "
            f"of your own is SearchConfig({given!r})"
        )
    return SearchConfig(name)
