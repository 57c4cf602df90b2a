"""The web pages of the catalogue: every pattern with its source, its SQL, its plan and its rows."""
