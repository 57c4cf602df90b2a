"""JSON documents: paths, conditions, values and writes."""
