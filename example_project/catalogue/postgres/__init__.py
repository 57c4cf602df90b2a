"""What PostgreSQL alone can do: patterns 261 to 320."""
