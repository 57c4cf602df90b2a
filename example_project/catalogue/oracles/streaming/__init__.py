"""What the patterns of streams and queues must give."""
