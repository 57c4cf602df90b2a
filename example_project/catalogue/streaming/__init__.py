"""Async and streaming: patterns 461-490."""
