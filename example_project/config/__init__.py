"""The settings of the example project, and the PostgreSQL server that it brings along."""
