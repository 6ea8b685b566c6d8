"""Idempotency: a receipt for every success, written in the transaction that made it.

- A key belongs to an account. The same key with the same input is answered with the same object and has no second
  effect; with other input it is a conflict. Only successes leave a receipt.
- Two tries at once with one key: the uniqueness constraint on the receipt lets one commit.
- A statement does not see one moment: the receipt may be looked for before a commit and the object after it. Whoever
  would refuse therefore asks once more whether the key has left a receipt.
- A commit can be in doubt when the connection dies; asking again with the same key settles it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson

from graph.database import Database
from graph.instants import millis

ENTER: Final = """
MATCH (viewer:Account {tokenHash: $viewer}) WHERE viewer.active
"""
"""Who asks. No account that is active, no row, and nothing else is looked at."""

FIND_RECEIPT: Final = """
OPTIONAL MATCH (receipt:Receipt {key: viewer.id + '|' + $idempotencyKey})
"""

_FIND_PROPOSAL: Final = "OPTIONAL MATCH (proposal:Proposal {id: receipt.proposal})\n"

FIND_PARTNER: Final = """
OPTIONAL MATCH (node)-[:COUPLED_WITH]->(partner:Referral)
"""
"""The referral that was written together with the one bound to `node`, for the partner of a couple."""

LEAVE_RECEIPT: Final = """
CREATE (:Receipt {key: viewer.id + '|' + $idempotencyKey, inputHash: $inputHash, object: node.id, at: $now})
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One try: whose token it came with (hashed), its key, a hash of what it says, and the clock."""

    viewer: str
    key: str
    input_hash: str
    now: datetime

    def parameters(self) -> dict[str, Any]:
        return {
            "viewer": self.viewer,
            "idempotencyKey": self.key,
            "inputHash": self.input_hash,
            "now": millis(self.now),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The shape of the answer: a Cypher map expression over `node` (and `viewer`, `$now`), and its parameters."""

    text: str
    parameters: Mapping[str, Any]
    lets: tuple[tuple[str, str], ...] = ()

    def wanted(self, statement: str) -> str:
        """`statement` ending with the answer; what its parts share is found out first."""
        named = "".join(f", {text} AS {name}" for name, text in self.lets)
        return f"{statement}{'WITH *' if named else ''}{named}\nRETURN {self.text} AS answer"


@dataclass(frozen=True, slots=True)
class Who:
    """The account behind the request, as read with the facts; `acts_as` is a practitioner's or body's id."""

    account: str
    role: str
    acts_as: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an earlier try with the same key left."""

    input_hash: str
    object: str


def input_hash(action: str, said: Mapping[str, Any]) -> str:
    """SHA-256 of what a mutation says: its name and its input in canonical JSON, the key itself left out."""
    rest = {name: value for name, value in said.items() if name != "idempotencyKey"}
    return sha256(orjson.dumps([action, rest], option=orjson.OPT_SORT_KEYS)).hexdigest()


async def has_receipt(database: Database, viewer: str, key: str) -> bool:
    """Whether a try of `viewer` (a token's hash) with `key` has been committed by now."""
    rows = await database.read(
        f"{ENTER}{FIND_RECEIPT}RETURN receipt IS NOT NULL", {"viewer": viewer, "idempotencyKey": key}
    )
    return bool(rows and rows[0][0])


async def answer_again(database: Database, asked: Asked, label: str, object_id: str, answer: Answer) -> Any:
    """The object of an earlier success, in the shape asked for now; None when it may no longer be seen."""
    text = answer.wanted(f"{ENTER}MATCH (node:{label} {{id: $object}})\n{FIND_RECEIPT}{_FIND_PROPOSAL}{FIND_PARTNER}")
    rows = await database.read(text, {**answer.parameters, **asked.parameters(), "object": object_id})
    return rows[0][0] if rows else None
