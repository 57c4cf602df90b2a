"""What PostgreSQL alone can do."""

from __future__ import annotations

from querysets._types import M, Row

from .arrays import Arrays
from .json import Json
from .loading import Loading
from .locking import Locking
from .plans import Plans
from .ranges import Ranges
from .sampling import Sampling
from .search import Search
from .similarity import Similarity


class PostgresMixin(
    Search[M, Row],
    Similarity[M, Row],
    Json[M, Row],
    Arrays[M, Row],
    Ranges[M, Row],
    Locking[M, Row],
    Sampling[M, Row],
    Loading[M, Row],
    Plans[M, Row],
):
    """Full-text search, similarity, JSON, arrays, ranges, locks, samples and pages, rows in bulk, and plans."""


__all__ = ["PostgresMixin"]
