"""A synthetic network of one state, written as files in the formats the real sources publish.

- Nobody in it is real: NPIs begin with 2, a block that is not in use, and every record is drawn from invented lists.
- The same seed, size and day give the same bytes.
- It writes files and knows nothing of the database: they go in by the ordinary imports.
"""
