"""Streams, pages and tails."""
