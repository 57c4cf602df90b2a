"""A project that uses every pattern: what `make demo` runs, what the tests run on, what the docs are made from."""
