"""What each mutation does, one function each: facts, decision, record.

- An operation takes the context and the coerced input, under the contract's own field names, and returns `Done` with
  the changed object or `Problems`; it raises only for a missing account and for what is our fault or the database's.
- It knows no GraphQL and no HTTP.
"""
