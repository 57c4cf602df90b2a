"""Counts, sums, ranks and groups: sections 101 to 180 of the catalogue."""
