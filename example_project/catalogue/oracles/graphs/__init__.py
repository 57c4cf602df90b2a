"""Oracles of the graphs section."""
