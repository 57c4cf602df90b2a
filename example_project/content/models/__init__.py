"""Models of the content domain."""

from __future__ import annotations

from .orders import Order, Rate
from .people import User
from .posts import ArchivedPost, Category, Post
from .responses import Bookmark, Comment, Reaction
from .rooms import Booking, Room

__all__ = [
    "ArchivedPost",
    "Booking",
    "Bookmark",
    "Category",
    "Comment",
    "Order",
    "Post",
    "Rate",
    "Reaction",
    "Room",
    "User",
]
