"""Every change that people make, as whole Cypher statements: lock, guard, write, record, answer.

- A command is at most two statements. The first reads everything a decision needs, among it the account and the
  receipt of an earlier try; the second takes the locks, tests again what was read, writes, and returns the answer in
  the shape the client asked for.
- Neo4j is read-committed: a guard means something only behind a lock, so `SET n._lock` comes before it, always.
- Locks are taken in one order everywhere: practitioners, referrals, and the directory last; several of a kind by id.
- A record that returns no row has changed nothing. Its caller reads again, and by then the facts say why.
- Ids and instants are parameters, made by the caller; nothing here decides.
"""
