"""What the methods of SubqueryMixin put into a query, and the statements that they write with."""
