"""An app of a user: its models are what the type checkers read."""
