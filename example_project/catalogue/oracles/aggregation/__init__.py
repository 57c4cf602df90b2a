"""Oracles of the patterns 101 to 180."""
