"""What is known about practitioners, out of the graph and into the facts that a decision rests on.

Rules:
- One expression gathers everything about one practitioner; the same one serves a compiled read, a command and a batch.
- It gathers whatever was ever recorded. Which of it was known at some instant is the decision's business, so that a
  verdict can be told again for any day gone by.
- Editions of the exclusion list and the members of compacts are the same for everybody; a batch reads them once.

Does not know what follows from the facts: that is `verification.standing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any, Final, Protocol

from graph.instants import instant, optional_instant
from verification.credentials import CredentialStatus
from verification.evidence import (
    Claim,
    CompactMember,
    ExclusionEdition,
    ExclusionRow,
    Facts,
    HeldCredential,
    MatchVerdict,
    Observation,
    OtherName,
    PairDecision,
    Privilege,
    Review,
    SourceType,
)
from verification.matches import pair_key

# Variables begin with f_, so that the expression can stand inside a compiled statement beside any other.
_OBSERVATION: Final = """{id: f_o.id, status: f_o.status, word: f_o.word, statusDate: f_o.statusDate,
 issued: f_o.issued, expires: f_o.expires, reverifyBy: f_o.reverifyBy, disciplineType: f_o.disciplineType,
 disciplineDate: f_o.disciplineDate, disciplineLiftedDate: f_o.disciplineLiftedDate, degree: f_o.degree,
 answeredAt: f_o.answeredAt, recordedAt: f_o.recordedAt,
 evidence: f_e.id, source: f_e.source, sourceType: f_e.sourceType, method: f_e.method}"""

_CREDENTIAL: Final = f"""{{id: f_c.id, kind: f_c.kind, number: f_c.number, jurisdiction: f_c.jurisdiction,
 body: f_b.code,
 observations: COLLECT {{ MATCH (f_c)<-[:ABOUT]-(f_o:Observation)-[:FROM]->(f_e:Evidence) RETURN {_OBSERVATION} }},
 reviews: COLLECT {{ MATCH (f_c)<-[:ABOUT]-(f_r:Review)
 RETURN {{id: f_r.id, reason: f_r.reason, recordedAt: f_r.recordedAt, evidence: f_r.evidence}} }}}}"""

_CREDENTIALS: Final = f"""COLLECT {{ MATCH ({{n}})-[:HOLDS]->(f_c:Credential)-[:ISSUED_BY]->(f_b:CertifyingBody)
 RETURN {_CREDENTIAL} }}"""

_EXCLUSION: Final = """{id: f_x.row, npi: f_x.npi, familyName: f_x.familyName, givenName: f_x.givenName,
 middleName: f_x.middleName, suffix: f_x.suffix, birthDate: f_x.birthDate, exclusionType: f_x.exclusionType,
 excludedOn: f_x.excludedOn, waiverState: f_x.waiverState, waiverDate: f_x.waiverDate,
 first: f_x.first, last: f_x.last}"""

# A seek by the NPI and one by each name; a person without finds nothing by it, since null equals nothing.
_EXCLUSIONS: Final = f"""COLLECT {{ MATCH (f_x:Exclusion) WHERE f_x.npi = {{n}}.npi RETURN {_EXCLUSION}
 UNION MATCH (f_x:Exclusion) WHERE f_x.foldedName = {{n}}.foldedName RETURN {_EXCLUSION}
 UNION MATCH (f_x:Exclusion) WHERE f_x.foldedName = {{n}}.otherFoldedName RETURN {_EXCLUSION} }}"""

_MATCHES: Final = """COLLECT { MATCH ({n})<-[:OF]-(f_m:Match)
 RETURN {key: f_m.key, verdict: f_m.verdict, decidedAt: f_m.decidedAt, id: f_m.id} }"""

_PRIVILEGES: Final = """COLLECT {
 MATCH ({n})-[:HOLDS]->(f_p:Privilege)<-[:ABOUT]-(f_o:Observation)-[:FROM]->(f_e:Evidence)
 RETURN {id: f_p.id, compact: f_p.compact, kind: f_p.kind, home: f_p.home, jurisdiction: f_p.jurisdiction,
 status: f_o.status, effective: f_o.issued, expires: f_o.expires, answeredAt: f_o.answeredAt,
 recordedAt: f_o.recordedAt, evidence: f_e.id, source: f_e.source} }"""

_CLAIMS: Final = """COLLECT { MATCH ({n})<-[:FREEZES]-(f_cl:Claim)
 RETURN f_cl {.id, .kind, .number, .jurisdiction, .body, .recordedAt, .decidedAt, .evidence} }"""

_EDITIONS: Final = """COLLECT { MATCH (f_l:ExclusionEdition) WHERE f_l.completedAt IS NOT NULL
 RETURN {edition: f_l.edition, fetchedAt: f_l.fetchedAt, recordedAt: f_l.completedAt, evidence: f_l.evidence} }"""

_MEMBERS: Final = """COLLECT { MATCH (f_k:Compact)-[f_i:INCLUDES]->(f_j:Jurisdiction)
 RETURN {compact: f_k.code, jurisdiction: f_j.code, enacted: f_i.enacted, effective: f_i.effective,
 withdrawn: f_i.withdrawn, recordedAt: f_i.recordedAt, evidence: f_i.evidence} }"""

_EVIDENCE: Final = """f_ev {.id, .source, .sourceType, .method, .edition, .fileName, .sha256, .askedAt, .answeredAt,
 .recordedAt, .completedAt, .position, .previous, .chain}"""

# A decision names its evidence by id; what it is comes along, so that showing it needs no second look.
_SOURCES: Final = f"""COLLECT {{
 MATCH ({{n}})-[:HOLDS]->()<-[:ABOUT]-()-[:FROM]->(f_ev:Evidence) RETURN DISTINCT {_EVIDENCE} AS f_row
 UNION
 UNWIND [{{n}}.npiEvidence] + COLLECT {{ MATCH (f_ed:ExclusionEdition) RETURN f_ed.evidence }}
  + COLLECT {{ MATCH ({{n}})<-[:OF]-(f_m:Match) RETURN f_m.id }}
  + COLLECT {{ MATCH (:Compact)-[f_i:INCLUDES]->(:Jurisdiction) RETURN DISTINCT f_i.evidence }}
  + COLLECT {{ MATCH ({{n}})-[:HOLDS]->()<-[:ABOUT]-(f_r:Review) RETURN f_r.evidence }}
  + COLLECT {{ MATCH ({{n}})<-[:FREEZES]-(f_cl:Claim) RETURN f_cl.evidence }} AS f_id
 MATCH (f_ev:Evidence {{id: f_id}}) RETURN DISTINCT {_EVIDENCE} AS f_row }}"""

_OWN: Final = f"""id: {{n}}.id, npi: {{n}}.npi, familyName: {{n}}.familyName, givenName: {{n}}.givenName,
 middleName: {{n}}.middleName, suffix: {{n}}.suffix, birthDate: {{n}}.birthDate,
 npiDeactivatedOn: {{n}}.npiDeactivatedOn, npiReactivatedOn: {{n}}.npiReactivatedOn,
 otherFamilyName: {{n}}.otherFamilyName, otherGivenName: {{n}}.otherGivenName,
 otherMiddleName: {{n}}.otherMiddleName, otherSuffix: {{n}}.otherSuffix, claims: {_CLAIMS},
 npiRecordedAt: {{n}}.npiRecordedAt, npiEvidence: {{n}}.npiEvidence, revision: coalesce({{n}}.revision, 0),
 credentials: {_CREDENTIALS}, exclusions: {_EXCLUSIONS}, matches: {_MATCHES}, privileges: {_PRIVILEGES}"""

_SHARED: Final = f"editions: {_EDITIONS}, members: {_MEMBERS}"


def _bound(expression: str, variable: str) -> str:
    return " ".join(expression.replace("{n}", variable).split())


def facts_expression(variable: str) -> str:
    """A Cypher map expression with everything `facts_from` needs about the practitioner bound to `variable`.

    Under `evidence` it has what is to be shown of each piece of evidence.
    """
    return _bound(f"{{{_OWN}, {_SHARED}, evidence: {_SOURCES}}}", variable)


def own_facts_expression(variable: str) -> str:
    """The same without what is the same for everybody: see `SHARED_FACTS`."""
    return _bound(f"{{{_OWN}}}", variable)


def discipline_expression(variable: str) -> str:
    """A Cypher map expression with what the actions against the credential bound to `variable` are told from."""
    return _bound(
        f"""{{credential: head(COLLECT {{ MATCH ({{n}})-[:ISSUED_BY]->(f_b:CertifyingBody)
        WITH {{n}} AS f_c, f_b RETURN {_CREDENTIAL} }}),
        evidence: COLLECT {{ MATCH ({{n}})<-[:ABOUT]-(f_o:Observation)-[:FROM]->(f_ev:Evidence)
        WHERE f_o.disciplineType IS NOT NULL OR f_o.disciplineDate IS NOT NULL RETURN DISTINCT {_EVIDENCE} }}}}""",
        variable,
    )


SHARED_FACTS: Final = " ".join(f"{{{_SHARED}}}".split())
"""A Cypher map expression over nothing bound, with what is the same for everybody."""

READ_FACTS: Final = f"""
WITH {SHARED_FACTS} AS shared
RETURN shared, COLLECT {{ UNWIND $ids AS id MATCH (n:Practitioner {{id: id}}) RETURN {own_facts_expression("n")} }}
"""

READ_STANDING: Final = f"""
WITH {SHARED_FACTS} AS shared
RETURN shared, COLLECT {{
  UNWIND $ids AS id MATCH (n:Practitioner {{id: id}})
  RETURN {{facts: {own_facts_expression("n")},
    windows: COLLECT {{ MATCH (n)-[w:REFERABLE_IN]->(j:Jurisdiction)
      RETURN {{jurisdiction: j.code, from: w.from, until: w.until, notice: w.notice, because: w.because}}
      ORDER BY j.code, w.from }},
    decided: [n.decidedRevision, n.decidedUnder, n.decidedUntil],
    credentials: COLLECT {{ MATCH (n)-[:HOLDS]->(c:Credential)
      RETURN {{id: c.id, status: c.status, statusUntil: c.statusUntil, statusAfter: c.statusAfter,
        issued: c.issued, expires: c.expires, endsOn: c.endsOn, confirmedAt: c.confirmedAt,
        waits: c.waits, waitsOn: c.waitsOn, lookAt: c.lookAt, reviewDue: c.reviewDue}} ORDER BY c.id }}}}
}}
"""
"""What is known about persons beside what is stored as following from it."""


class Reader(Protocol):
    """Whatever can run one statement: a database by `read`, or the statements of a transaction by `run`."""

    async def __call__(self, text: str, parameters: Mapping[str, Any] | None = None, /) -> Sequence[Sequence[Any]]: ...


async def read_facts(read: Reader, practitioner_ids: Sequence[str]) -> dict[str, Facts]:
    """The facts about each practitioner of the given ids that exists, in one statement.

    `read` is `database.read` or, inside a transaction, `statements.run`.
    """
    ((shared, found),) = await read(READ_FACTS, {"ids": list(practitioner_ids)})
    everybody = shared_facts(shared)
    return {own["id"]: facts_from(own, everybody) for own in found}


Shared = tuple[tuple[ExclusionEdition, ...], tuple[CompactMember, ...]]


def shared_facts(found: Mapping[str, Any]) -> Shared:
    """The editions of the exclusion list, oldest first, and the members of compacts."""
    editions = sorted(map(_edition, found["editions"]), key=lambda edition: (edition.edition, edition.recorded_at))
    return tuple(editions), tuple(map(_member, found["members"]))


def facts_from(found: Mapping[str, Any], shared: Shared | None = None) -> Facts:
    """The facts in a map that `facts_expression` made, or `own_facts_expression` with `shared` beside it."""
    editions, members = shared or shared_facts(found)
    facts = Facts(
        practitioner=found["id"],
        npi=found["npi"],
        family_name=found["familyName"] or "",
        given_name=found["givenName"] or "",
        middle_name=found["middleName"] or "",
        suffix=found["suffix"] or "",
        birth_date=_day(found["birthDate"]),
        npi_deactivated=_day(found["npiDeactivatedOn"]),
        npi_reactivated=_day(found["npiReactivatedOn"]),
        credentials=tuple(map(credential_from, found["credentials"])),
        exclusion_editions=editions,
        exclusions=tuple(map(_exclusion, found["exclusions"])),
        privileges=tuple(map(_privilege, found["privileges"])),
        revision=found["revision"],
        compact_members=members,
        npi_recorded_at=optional_instant(found["npiRecordedAt"]),
        npi_evidence=found["npiEvidence"],
        other_names=_other_names(found),
        claims=tuple(map(_claim, found["claims"])),
    )
    return _remembered(facts, found["matches"]) if found["matches"] and facts.exclusions else facts


def _other_names(found: Mapping[str, Any]) -> tuple[OtherName, ...]:
    family, given = found["otherFamilyName"] or "", found["otherGivenName"] or ""
    if not family and not given:
        return ()
    return (OtherName(family, given, found["otherMiddleName"] or "", found["otherSuffix"] or ""),)


def _claim(found: Mapping[str, Any]) -> Claim:
    return Claim(
        id=found["id"],
        kind=found["kind"],
        number=found["number"],
        jurisdiction=found["jurisdiction"],
        body=found["body"],
        recorded_at=instant(found["recordedAt"]),
        decided_at=optional_instant(found["decidedAt"]),
        evidence=found["evidence"],
    )


def match_key(facts: Facts, row: ExclusionRow) -> str:
    """The key under which a decision about this person and this row is remembered.

    It is made of every field a pair is decided by, so that a decision no longer counts once one of them changes; and
    of the row's fingerprint, since two rows of one name can be two people.
    """
    return f"{facts.practitioner}|{row.id}|{pair_key(facts, row)}"


def with_decisions(facts: Facts, decided: Mapping[str, Mapping[str, Any]]) -> Facts:
    """The facts with what was decided about pairs: by `match_key`, each with `id`, `verdict` and `decidedAt` (ms)."""
    return replace(
        facts, exclusions=tuple(_decided(row, decided.get(match_key(facts, row))) for row in facts.exclusions)
    )


def _remembered(facts: Facts, matches: Sequence[Mapping[str, Any]]) -> Facts:
    """The facts with everything that was ever decided about pairs, each pair's decisions in their order."""
    by_key: dict[str, list[Mapping[str, Any]]] = {}
    for found in sorted(matches, key=lambda match: (match["decidedAt"], match["id"])):
        # One that was replaced keeps its key with its own id behind.
        by_key.setdefault(found["key"].removesuffix(f"|{found['id']}"), []).append(found)
    rows = (reduce(_decided, by_key.get(match_key(facts, row), ()), row) for row in facts.exclusions)
    return replace(facts, exclusions=tuple(rows))


def _decided(row: ExclusionRow, match: Mapping[str, Any] | None) -> ExclusionRow:
    if match is None:
        return row
    earlier = row.earlier
    if row.decided is not None and row.decided_at is not None:
        earlier = (*earlier, PairDecision(row.decided, row.decided_at, row.decision_evidence or ""))
    return replace(
        row,
        earlier=earlier,
        decided=MatchVerdict(match["verdict"]),
        decided_at=optional_instant(match["decidedAt"]),
        decision_evidence=match["id"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def credential_from(found: Mapping[str, Any]) -> HeldCredential:
    """A credential as it stands in the map of the facts."""
    return HeldCredential(
        id=found["id"],
        kind=found["kind"],
        number=found["number"],
        jurisdiction=found["jurisdiction"],
        body=found["body"],
        observations=tuple(map(_observation, found["observations"])),
        reviews=tuple(_review(review, found["id"]) for review in found["reviews"]),
    )


def _observation(found: Mapping[str, Any]) -> Observation:
    return Observation(
        id=found["id"],
        status=CredentialStatus(found["status"]),
        word=found["word"] or "",
        status_date=_day(found["statusDate"]),
        issued=_day(found["issued"]),
        expires=_day(found["expires"]),
        reverify_by=_day(found["reverifyBy"]),
        discipline=found["disciplineType"] or None,
        discipline_date=_day(found["disciplineDate"]),
        discipline_lifted=_day(found["disciplineLiftedDate"]),
        degree=found["degree"] or None,
        answered_at=instant(found["answeredAt"]),
        recorded_at=instant(found["recordedAt"]),
        evidence=found["evidence"],
        source=found["source"],
        source_type=SourceType(found["sourceType"]),
        method=found["method"] or "",
    )


def _review(found: Mapping[str, Any], credential: str) -> Review:
    return Review(found["id"], credential, found["reason"], instant(found["recordedAt"]), found["evidence"] or "")


def _exclusion(found: Mapping[str, Any]) -> ExclusionRow:
    return ExclusionRow(
        id=found["id"],
        npi=found["npi"],
        family_name=found["familyName"] or "",
        given_name=found["givenName"] or "",
        middle_name=found["middleName"] or "",
        suffix=found["suffix"] or "",
        birth_date=_day(found["birthDate"]),
        exclusion_type=found["exclusionType"] or "",
        excluded_on=_day(found["excludedOn"]),
        waiver_state=found["waiverState"] or None,
        waiver_date=_day(found["waiverDate"]),
        first_edition=found["first"],
        last_edition=found["last"],
    )


def _edition(found: Mapping[str, Any]) -> ExclusionEdition:
    return ExclusionEdition(
        found["edition"], instant(found["fetchedAt"]), instant(found["recordedAt"]), found["evidence"]
    )


def _privilege(found: Mapping[str, Any]) -> Privilege:
    return Privilege(
        id=found["id"],
        compact=found["compact"],
        kind=found["kind"],
        home=found["home"],
        jurisdiction=found["jurisdiction"] or "",
        status=CredentialStatus(found["status"]),
        effective=_day(found["effective"]),
        expires=_day(found["expires"]),
        answered_at=instant(found["answeredAt"]),
        recorded_at=instant(found["recordedAt"]),
        evidence=found["evidence"],
        source=found["source"],
    )


def _member(found: Mapping[str, Any]) -> CompactMember:
    return CompactMember(
        compact=found["compact"],
        jurisdiction=found["jurisdiction"],
        enacted=_day(found["enacted"]),
        effective=_day(found["effective"]),
        withdrawn=_day(found["withdrawn"]),
        recorded_at=instant(found["recordedAt"]),
        evidence=found["evidence"],
    )
