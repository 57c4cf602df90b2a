"""Oracles of the patterns 181 to 260."""
