"""What became of a proposal, as Cypher over what is stored of it."""

from typing import Final

PROPOSAL_STATUS: Final = "CASE WHEN {n}.status = 'OPEN' AND {n}.expiresAt <= $now THEN 'EXPIRED' ELSE {n}.status END"
"""What became of the proposal bound to `{n}`; one that nobody answered in time has expired with no job run."""
