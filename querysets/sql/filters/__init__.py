"""What the methods of FilterMixin put into a query."""
