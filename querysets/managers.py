# pyright: reportRedeclaration=false, reportIncompatibleMethodOverride=false, reportInvalidTypeArguments=false
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# ruff: noqa: D101, D102
"""The manager: one line on a model opens every pattern."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Unpack

from django.core import checks
from django.db.models import Manager, Model, QuerySet
from typing_extensions import TypeVar

from ._types import M
from .queryset import PatternQuerySet
from .roles import Roles, declared

MYPY = False  # mypy reads a variable of this name as True; Python and pyright do not

if MYPY or not TYPE_CHECKING:
    _Base = Manager.from_queryset(PatternQuerySet)

    class PatternManager(_Base[M]):
        """A manager with every pattern; its keywords say which field plays which role.

        Parameters
        ----------
        **roles
            Role name = field name, see ``querysets.roles.ROLES``. A role left out is inferred where exactly one field
            fits it.

        Examples
        --------
        >>> manager = PatternManager(timestamp="created_at", rank="rating")
        """

        def __init__(self, **roles: Unpack[Roles]) -> None:
            super().__init__()
            self.roles = declared(roles)

        def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
            """Django's system checks, and those of the roles."""
            from .checks import problems

            return [*super().check(**kwargs), *problems(self, kwargs.get("databases"))]

else:
    # Pyright has no Django plugin: say what attribute access on a model class gives.
    _Owner = TypeVar("_Owner", bound=Model)
    _Q = TypeVar("_Q", bound=QuerySet[Any, Any])

    class PatternManager(Manager[M]):
        roles: Mapping[str, Any]

        def __init__(self, **roles: Unpack[Roles]) -> None: ...
        def __get__(self, instance: object, cls: type[_Owner]) -> PatternQuerySet[_Owner]: ...
        @classmethod
        def from_queryset(cls, queryset_class: type[_Q], class_name: str | None = None) -> type[_Bound[_Q]]: ...

    class _Bound(PatternManager[Any], Generic[_Q]):
        def __get__(self, instance: object, cls: type[Any]) -> _Q: ...
