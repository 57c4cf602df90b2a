"""The lengths of the example's vectors, named once: no pattern and no model writes such a number itself."""

from __future__ import annotations

TEXT = 384  # all-MiniLM-L6-v2; the default hashing embedder makes as many
IMAGE = 64
SPARSE = 30522  # the vocabulary of the sparse encoders that share BERT's tokenizer
BITS = 64
