"""Models of the graph domain."""

from __future__ import annotations

from .memories import MemoryLink
from .nodes import Node
from .relationships import Relationship

__all__ = ["MemoryLink", "Node", "Relationship"]
