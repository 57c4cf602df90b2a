"""What the methods of PostgresMixin put into a query, and the statements that they write with."""
