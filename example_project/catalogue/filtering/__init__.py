"""Patterns 1 to 100: filtering, and what goes with it."""
