"""Many words of one body at once: every one its own evidence, all of them in one transaction or none.

- Only the body's own credentials are found; the others are not there.
- The holders are locked in the order of their ids before their revisions are tested.
- What follows for the directory and for open referrals goes through the one door, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graph.chains import extend
from graph.commands.receipts import ENTER, FIND_RECEIPT, LEAVE_RECEIPT, Answer, Asked, Receipt, Who
from graph.database import Database, Statements
from graph.directory import recompute
from graph.standing import read_facts
from verification.access import Role
from verification.chains import Said
from verification.evidence import Facts
from verification.policies import Policies

DEADLINE: Final = 30.0

_READ: Final = f"""{ENTER}{FIND_RECEIPT}
OPTIONAL MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody)
RETURN {{account: viewer.id, role: viewer.role, actsAs: body.id}} AS who, receipt, body.code AS body,
  COLLECT {{ UNWIND $credentials AS id
    MATCH (body)<-[:ISSUED_BY]-(:Credential {{id: id}})<-[:HOLDS]-(holder:Practitioner)
    RETURN [id, holder.id] }} AS holders
"""

_GUARD: Final = f"""{ENTER} AND viewer.role = $role
MATCH (viewer)-[:ACTS_AS]->(body:CertifyingBody {{id: $body}})
UNWIND $holders AS holder
MATCH (t:Practitioner {{id: holder.id}})
SET t._lock = $now
WITH t, holder WHERE coalesce(t.revision, 0) = holder.revision
RETURN count(t)
"""

_WRITE: Final = """
UNWIND $words AS word
MATCH (:CertifyingBody {id: $body})<-[:ISSUED_BY]-(about:Credential {id: word.credential})<-[:HOLDS]-(t:Practitioner)
CREATE (evidence:Evidence:Link)
SET evidence = word.evidence
CREATE (observation:Observation)-[:ABOUT]->(about)
SET observation = word.observation
CREATE (observation)-[:FROM]->(evidence)
SET t.revision = coalesce(t.revision, 0) + 1
WITH about
CALL (about) {
  MATCH (waiting:Proposal {status: 'OPEN'})-[:ABOUT]->(about)
  SET waiting.status = 'VOID', waiting.settledAt = $now, waiting.openKey = null
}
RETURN count(*)
"""

_LEAVE: Final = f"""{ENTER}
MATCH (viewer)-[:ACTS_AS]->(node:CertifyingBody {{id: $body}})
{LEAVE_RECEIPT.replace("at: $now", "at: $now, result: $result")}
"""


@dataclass(frozen=True, slots=True)
class Claims:
    """What many words rest on: the body, and for each credential of it that was asked for the facts on its holder."""

    who: Who | None
    receipt: Receipt | None = None
    result: str | None = None
    body: str | None = None
    facts: Mapping[str, Facts] | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One word to be written: of which credential, with the properties of its evidence and observation."""

    credential: str
    evidence: Mapping[str, Any]
    observation: Mapping[str, Any]


async def read_claims(database: Database, asked: Asked, credentials: Sequence[str]) -> Claims:
    """What an officer's words about these credentials need, in two statements."""
    rows = await database.read(_READ, {**asked.parameters(), "credentials": list(credentials)})
    if not rows:
        return Claims(None)
    who, receipt, body, holders = rows[0]
    facts = await read_facts(database.read, sorted({holder for _, holder in holders})) if holders else {}
    return Claims(
        Who(who["account"], who["role"], who["actsAs"]),
        Receipt(receipt["inputHash"], receipt["object"]) if receipt else None,
        receipt.get("result") if receipt else None,
        body,
        {credential: facts[holder] for credential, holder in holders if holder in facts},
    )


async def record_words(
    database: Database,
    asked: Asked,
    body: tuple[str, str],
    revisions: Mapping[str, int],
    words: Sequence[Confirmed],
    result: str,
    answer: Answer,
    policies: Policies,
) -> Any:
    """Writes all the words and returns the answer; None when facts have changed since and nothing was written.

    `body` is its id and its code, `revisions` are those the facts about each holder were read at. Raises
    graph.errors.Conflict when a try with the same key was committed in the meantime.
    """
    own, code = body
    holders = [{"id": holder, "revision": revisions[holder]} for holder in sorted(revisions)]
    common = {**asked.parameters(), "body": own, "role": Role.OFFICER.value}

    async def work(run: Statements) -> Any:
        ((count,),) = await run.run(_GUARD, {**common, "holders": holders})
        if count != len(holders):
            return None
        linked = await extend(run, code, [_with_said(word) for word in words], asked.now)
        rows = [
            {"credential": word.credential, "evidence": evidence, "observation": word.observation}
            for word, evidence in zip(words, linked, strict=True)
        ]
        await run.run(_WRITE, {**common, "words": rows})
        await recompute(run, revisions, asked.now, policies)
        found = await run.run(answer.wanted(_LEAVE), {**answer.parameters, **common, "result": result})
        return found[0][0] if found else None

    return await database.transact(work, deadline=DEADLINE)


def _with_said(word: Confirmed) -> dict[str, Any]:
    """The evidence together with a hash of the one thing it says."""
    said = Said()
    said.add({**word.observation, "about": word.credential})
    return {**word.evidence, "said": said.count, "saidHash": said.hash}
