"""What can go wrong, each error also one of Django's or Python's own."""

from __future__ import annotations

from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db.transaction import TransactionManagementError
from django.db.utils import NotSupportedError


class PatternError(Exception):
    """The root of the library's own exceptions, to catch them all."""


class MissingRole(PatternError, ImproperlyConfigured):
    """A pattern needs a field that the model's manager did not declare and that cannot be inferred."""


class UnknownField(PatternError, FieldError):
    """A name is neither a field path, an annotation nor a key of the group."""


class FieldNotAllowed(PatternError, ValueError):
    """A name that came from outside is not on the allow-list."""


class AliasClash(PatternError, ValueError):
    """An alias is no identifier, or already names something else."""


class WrongShape(PatternError, TypeError):
    """A method does not apply to rows of this shape (groups, slices, unions)."""


class MissingQuery(PatternError, TypeError):
    """A method speaks of what an earlier ``about()`` of the chain has searched for, and there is none."""


class InvalidCursor(PatternError, ValueError):
    """The text that should say where a page begins was changed, has expired, or is of another order."""


class LostPosition(PatternError, RuntimeError):
    """Another has gone on with an export under the same name: its position is not where this one has left it."""


class NoTransaction(PatternError, TransactionManagementError):
    """Rows are to be locked where there is no transaction that would hold the locks."""


class ToManyPath(PatternError, FieldError):
    """A path crosses a to-many relation where one value a row is needed."""


class CycleError(PatternError, ValueError):
    """A row cannot be moved below itself or what is below it."""


class ConflictingSettings(PatternError, ValueError):
    """Two parts of one statement ask for different values of one setting."""


class UnknownSetting(PatternError, TypeError):
    """``tuned()`` was given a name that is not on its list."""


class InvalidSetting(PatternError, ValueError):
    """A setting, a time limit or a label has a value that it cannot have."""


class MissingExtension(PatternError, NotSupportedError):
    """The server lacks an extension that was asked for something, or it has one that cannot do it."""
