"""Keyset pages behind the interfaces of others; each needs its package only where it is used."""

from __future__ import annotations

from .pages import KeysetListMixin, KeysetPagination, KeysetPaginator, ninja_pagination

__all__ = ["KeysetListMixin", "KeysetPagination", "KeysetPaginator", "ninja_pagination"]
