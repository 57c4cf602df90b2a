"""Related rows, expressions and writes: sections 181 to 260 of the catalogue."""
