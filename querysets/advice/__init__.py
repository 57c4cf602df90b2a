"""Which indexes a model needs, which it has, and what to do about the difference."""
