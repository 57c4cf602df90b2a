"""The engine room: expressions and SQL, unaware of querysets and their surface."""
