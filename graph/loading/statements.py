"""Write what a body states about credentials: observations from one evidence, and what follows for standing.

Rules:
- A body speaks for the kinds and places its authority names; anything else is refused with the reason.
- An observation is the same one however often its file is read: its key is made of the evidence, the credential and
  what is said. Nothing that was said before is ever changed.
- Whoever holds a therapist's licence or a certificate in sex therapy is a therapist from then on.
- Windows and facets are brought up to date in the transaction that writes the observations.

Does not know which file the statements came in.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from graph.database import Statements
from graph.directory import recompute
from graph.instants import millis
from graph.loading.batches import Stamp
from graph.loading.claims import Doubtful, record_claims
from graph.loading.evidence import Evidence
from graph.loading.holders import Doubt, Person, Register, claim_key, person_from
from graph.loading.people import name_properties
from graph.loading.report import Listed, Outcome
from graph.standing import Reader
from verification.calendars import day_at
from verification.credentials import CredentialStatus, is_known_action, is_known_word
from verification.formats.rows import Refused
from verification.formats.statements import Statement
from verification.jurisdictions import JURISDICTIONS
from verification.kinds import KINDS, Body, CredentialRole, credential_key, normal_number
from verification.policies import Policies

_PERSON: Final = ".id, .npi, .familyName, .givenName, .suffix, .birthDate"

_KNOWN_PEOPLE: Final = f"UNWIND $npis AS npi MATCH (n:Practitioner {{npi: npi}}) RETURN n {{{_PERSON}}}"

_KNOWN_HOLDERS: Final = f"""
UNWIND $keys AS key MATCH (n:Practitioner)-[:HOLDS]->(:Credential {{key: key}}) RETURN key, n {{{_PERSON}}}
"""

# Whose it was decided to be; null where it is none of the persons it could be about.
_DECIDED: Final = f"""
UNWIND $keys AS key MATCH (k:Claim {{key: key}}) WHERE k.decidedAt IS NOT NULL
RETURN key, head([(k)-[m:MAY_BE]->(n:Practitioner) WHERE m.verdict = 'same' | n {{{_PERSON}}}])
"""

_LOCK: Final = "UNWIND $ids AS id MATCH (n:Practitioner {id: id}) SET n._lock = $now"

_CREATE_PEOPLE: Final = """
UNWIND $rows AS row
OPTIONAL MATCH (d:DeactivatedNpi {npi: row.npi})
CREATE (n:Practitioner) SET n = row, n.npiDeactivatedOn = d.deactivatedOn, n.npiEvidence = d.evidence,
  n.npiRecordedAt = CASE WHEN d IS NULL THEN null ELSE $now END
"""

# MERGE finds a credential that another transaction made meanwhile; one with another holder is left alone.
_RECORD: Final = """
MATCH (e:Evidence {id: $evidence}) MATCH (b:CertifyingBody {code: $body})
UNWIND $rows AS row
MATCH (n:Practitioner {id: row.holder})
MERGE (c:Credential {key: row.key}) ON CREATE SET c += row.credential
WITH e, b, row, n, c WHERE NOT EXISTS { MATCH (other:Practitioner)-[:HOLDS]->(c) WHERE other <> n }
MERGE (n)-[:HOLDS]->(c)
MERGE (c)-[:ISSUED_BY]->(b)
MERGE (o:Observation {key: row.observation.key}) ON CREATE SET o = row.observation
WITH e, row, n, c, o, o.id = row.observation.id AS news
FOREACH (_ IN CASE WHEN news THEN [1] ELSE [] END | CREATE (o)-[:ABOUT]->(c) CREATE (o)-[:FROM]->(e))
FOREACH (_ IN CASE WHEN row.therapist THEN [1] ELSE [] END | SET n:Therapist)
SET n.revision = coalesce(n.revision, 0) + CASE WHEN news THEN 1 ELSE 0 END,
  n.birthDate = coalesce(n.birthDate, row.birthDate)
RETURN row.line, news, n.id
"""

THERAPISTS: Final = frozenset({"marriage-and-family", "social-work", "counseling", "psychology"})


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: a body, by one evidence. `number_column` is what the file calls a credential's number."""

    body: Body
    evidence: Evidence
    policies: Policies
    number_column: str

    @property
    def day(self) -> date:
        """The day of the answer on the body's own calendar."""
        return day_at(self.evidence.answered_at, self.body.zone)

    def key(self, statement: Statement) -> str:
        return credential_key(statement.jurisdiction, self.body.code, statement.kind, statement.number)


async def record_statements(
    run: Statements, speaker: Speaker, statements: Sequence[Statement], stamp: Stamp
) -> tuple[Outcome, set[str]]:
    """Write statements of one body; what became of them, and the keys of credentials that were refused."""
    outcome, refused_keys = Outcome(), set[str]()
    allowed = [row for row in statements if has_authority(speaker, row, outcome)]
    register = await _register(run, speaker, allowed, stamp)
    rows, doubtful = [], []
    for statement in allowed:
        holder = register.holder(statement, speaker.key(statement), next(stamp.ids))
        if isinstance(holder, Doubt):
            refused_keys.add(speaker.key(statement))
            refuse(speaker, statement, holder, outcome)
            doubtful.append(Doubtful(statement, speaker.key(statement), holder))
        else:
            rows.append(_row(speaker, statement, holder, stamp))
            outcome.listed += _odd_words(speaker, statement)
    await _create_people(run, register, stamp)
    await _write(run, speaker, rows, stamp, outcome)
    await record_claims(run, doubtful, speaker.body.code, speaker.evidence, speaker.policies, stamp)
    return outcome, refused_keys


def has_authority(speaker: Speaker, statement: Statement, outcome: Outcome) -> bool:
    kind, place = statement.kind, statement.jurisdiction
    if speaker.body.speaks_for(kind, place, speaker.day):
        return True
    reason = f"{speaker.body.code} has no authority over {kind} in {place}"
    outcome.refused.append(Refused(statement.line, speaker.number_column, statement.number, reason))
    return False


def refuse(speaker: Speaker, statement: Statement, doubt: Doubt, outcome: Outcome) -> None:
    outcome.refused.append(Refused(statement.line, speaker.number_column, statement.number, doubt.reason))
    outcome.listed.append(Listed(statement.line, f"{statement.kind} {statement.number}", doubt.reason))


def _odd_words(speaker: Speaker, statement: Statement) -> Iterable[Listed]:
    word, action = _unmapped(speaker, statement)
    if word:
        yield Listed(statement.line, word, "is a status nobody has mapped, and taken as unknown")
    if action:
        yield Listed(statement.line, action, "is an action nobody has mapped, and taken as unknown")


def _unmapped(speaker: Speaker, statement: Statement) -> tuple[str | None, str | None]:
    """The body's word for a state and the one for an action, each where nobody has said what it means."""
    word, action, body = statement.word, statement.discipline_type, speaker.body.code
    odd = statement.status is CredentialStatus.UNKNOWN and not is_known_word(word, body)
    return word if odd else None, action if action and not is_known_action(action, body) else None


async def _register(run: Statements, speaker: Speaker, statements: Sequence[Statement], stamp: Stamp) -> Register:
    """Everybody these statements could be about, locked in the order of their ids."""
    register = await known_people(run.run, speaker, statements)
    await lock_people(run, register.known_ids(), stamp)
    return register


async def known_people(read: Reader, speaker: Speaker, statements: Sequence[Statement]) -> Register:
    """Everybody these statements could be about."""
    npis = sorted({row.npi for row in statements if row.npi is not None})
    keys = sorted({speaker.key(row) for row in statements})
    people = [person_from(found) for (found,) in await read(_KNOWN_PEOPLE, {"npis": npis})]
    holders = {key: person_from(found) for key, found in await read(_KNOWN_HOLDERS, {"keys": keys})}
    claims = {claim_key(speaker.key(row), row) for row in statements}
    decided = {key: person_from(one) if one else None for key, one in await read(_DECIDED, {"keys": sorted(claims)})}
    place = JURISDICTIONS.get(speaker.body.jurisdiction)
    foreign = place is not None and place.country != "US"
    return Register({person.npi: person for person in people if person.npi}, holders, foreign, decided)


async def lock_people(run: Statements, ids: Iterable[str], stamp: Stamp) -> None:
    """Lock these persons until the transaction ends, in the order of their ids."""
    await run.run(_LOCK, {"ids": sorted(ids), "now": millis(stamp.now)})


async def _create_people(run: Statements, register: Register, stamp: Stamp) -> None:
    if register.new:
        rows = [_person_row(person, statement) for person, statement in register.new]
        await run.run(_CREATE_PEOPLE, {"rows": rows, "now": millis(stamp.now)})


def _person_row(person: Person, statement: Statement) -> dict[str, Any]:
    names = name_properties(statement.family_name, statement.given_name, statement.middle_name, statement.suffix)
    return {**names, "id": person.id, "npi": person.npi, "birthDate": person.birth_date, "revision": 0}


def makes_therapist(kind: str) -> bool:
    """Whether its holder is a therapist: a therapist's licence, or a certificate in sex therapy."""
    found = KINDS[kind]
    return found.sex_therapy or (found.role is CredentialRole.LICENCE and found.family in THERAPISTS)


def _row(speaker: Speaker, statement: Statement, holder: Person, stamp: Stamp) -> dict[str, Any]:
    key = speaker.key(statement)
    return {
        "line": statement.line,
        "key": key,
        "holder": holder.id,
        "therapist": makes_therapist(statement.kind),
        "birthDate": _iso(statement.birth_date),
        "credential": {
            "id": next(stamp.ids),
            "kind": statement.kind,
            "number": statement.number,
            "normalNumber": normal_number(statement.number),
            "jurisdiction": statement.jurisdiction,
        },
        "observation": _observation(speaker, statement, key, stamp),
    }


def _observation(speaker: Speaker, statement: Statement, key: str, stamp: Stamp) -> dict[str, Any]:
    word, action = _unmapped(speaker, statement)
    return {
        "key": observation_key(speaker.evidence, key, statement.fingerprint),
        "id": next(stamp.ids),
        "status": statement.status.value,
        "word": statement.word,
        "statusDate": _iso(statement.status_date),
        "issued": _iso(statement.issued),
        "expires": _iso(statement.expires),
        "reverifyBy": _iso(statement.reverify_by),
        "disciplineType": statement.discipline_type or None,
        "disciplineDate": _iso(statement.discipline_date),
        "disciplineLiftedDate": _iso(statement.discipline_lifted),
        "degree": statement.degree or None,
        "note": statement.note or None,
        "unmappedWord": word,
        "unmappedAction": action,
        "answeredAt": millis(speaker.evidence.answered_at),
        "recordedAt": millis(stamp.now),
    }


def observation_key(evidence: Evidence, credential: str, said: str) -> str:
    """What makes an observation the same one in every run: who said it when, of what, and what."""
    return hashlib.sha256(f"{evidence.key}|{credential}|{said}".encode()).hexdigest()[:40]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


async def _write(run: Statements, speaker: Speaker, rows: list[dict[str, Any]], stamp: Stamp, outcome: Outcome) -> None:
    parameters = {"evidence": speaker.evidence.id, "body": speaker.body.code, "rows": rows}
    written = await run.run(_RECORD, parameters) if rows else []
    outcome.written += sum(news for _, news, _ in written)
    outcome.unchanged += sum(not news for _, news, _ in written)
    taken = {line for line, _, _ in written}
    outcome.refused += [
        Refused(row["line"], speaker.number_column, row["credential"]["number"], "is held by somebody else meanwhile")
        for row in rows
        if row["line"] not in taken
    ]
    await recompute(run, {person for _, news, person in written if news}, stamp.now, speaker.policies)
