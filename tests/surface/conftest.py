"""The classes and methods that the tests of the surface look at."""

from __future__ import annotations

from pathlib import Path

from django.db.models import QuerySet

import querysets
from querysets import PatternQuerySet
from querysets.kinds import methods

PACKAGE = Path(querysets.__file__).parent
METHODS = methods(PatternQuerySet)
LAYERS = [cls for cls in PatternQuerySet.__mro__ if issubclass(cls, QuerySet) and cls is not QuerySet]
"""Every class between ``PatternQuerySet`` and Django's, itself included."""
