"""What the methods of AggregateMixin put into a query."""
