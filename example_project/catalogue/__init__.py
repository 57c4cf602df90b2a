"""The catalogue: numbered patterns, one short typed function each, every one held against an oracle.

``catalogue[11].function(hours=24)`` is the queryset of pattern 11; ``run`` executes an entry and shows what it did,
``plan`` what PostgreSQL made of it.
"""

from __future__ import annotations

from .registry import Catalogue, Entry, Parameter, Section, UnknownPattern, catalogue, pattern
from .running import Run, Statement, plan, run

__all__ = [
    "Catalogue",
    "Entry",
    "Parameter",
    "Run",
    "Section",
    "Statement",
    "UnknownPattern",
    "catalogue",
    "pattern",
    "plan",
    "run",
]
