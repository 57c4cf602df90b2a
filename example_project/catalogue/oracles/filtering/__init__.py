"""Oracles of patterns 1 to 100."""
