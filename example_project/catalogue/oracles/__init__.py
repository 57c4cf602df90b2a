"""What every pattern must give, in plain Python: written from its meaning, never from its SQL."""
