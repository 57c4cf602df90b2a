"""The elements of an array as a key of groups: a row is in the group of each of its elements, once."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F

from querysets.scope import Scope
from querysets.sql.beside import Beside, beside
from querysets.sql.postgres.arrays import array_at

ELEMENTS: Final = Beside(
    "elements",
    "SELECT DISTINCT element FROM UNNEST({source}) element",
    {"element": None},
)
"""The different elements of an array; a row without any is left out."""


def element(scope: Scope, name: str) -> Any:
    """An element of the array ``name``."""
    array_at(scope, name)
    return beside(ELEMENTS, F(name), "element")
