"""The surface: names, docstrings, and bodies of a few lines; one file a topic."""
