"""What the methods of GraphMixin put into a query: recursions inside derived tables."""
