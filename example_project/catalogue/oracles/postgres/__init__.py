"""What the patterns of PostgreSQL must give."""
