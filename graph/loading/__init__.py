"""Published files into the graph: a module for each import, and what they share.

- An import is set-based and resumable: batches of rows, each in its own transaction together with the windows of the
  persons it touches. Run again, also after it was stopped in the middle, it ends as one clean run would.
- A row that cannot be taken is refused with its place and value and written down; the rest goes in.
- A file that cannot be taken at all raises `ImportRefused`, and nothing of it counts.
- Instants come from the clock passed in; ids are made before a transaction begins.
"""
