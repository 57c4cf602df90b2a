"""Trees, graphs and memories: patterns 521-550."""
