"""A small network for tests that need the server: a licensed therapist, a physician, officers, and their accounts.

- Everybody is made anew with own ids, so that tests share a graph without knowing of each other.
- NPIs begin with 2, a block that is not in use.
- It writes the graph as it is stored and goes through no door: what is tested comes after it.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from uuid_utils import uuid7

from api.tokens import hash_token
from graph.database import Database
from graph.ids import global_id
from graph.instants import millis
from verification.names import display_name, fold, full_name_key

NOW: Final = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
CONCERN: Final = "erectile-difficulty"

_SHARED: Final = """
UNWIND $bodies AS row
MERGE (b:CertifyingBody {code: row.code})
  ON CREATE SET b.id = row.id, b.name = row.name, b.kind = row.kind, b.zone = row.zone,
    b.jurisdiction = row.jurisdiction
WITH count(*) AS _
MERGE (c:Concern {code: $concern}) ON CREATE SET c.name = 'Erectile difficulty'
MERGE (edition:ExclusionEdition {key: 'LEIE|2026-11|test'})
  ON CREATE SET edition.id = $editionId
  SET edition.edition = '2026-11', edition.fetchedAt = $asOf, edition.completedAt = $asOf, edition.recordedAt = $asOf,
      edition.evidence = $evidence
MERGE (e:Evidence {id: $evidence}) SET e.source = 'LEIE', e.sourceType = 'primary', e.method = 'file',
  e.edition = '2026-11', e.sha256 = 'test', e.answeredAt = $asOf, e.recordedAt = $asOf
"""

_PERSON: Final = """
CREATE (p:Practitioner:$($label))
SET p = $person
CREATE (place:Practice)
SET place = $place
CREATE (p)-[:PRACTISES_AT]->(place)
WITH p
CALL (p) { MATCH (c:Concern {code: $concern}) WHERE $label = 'Therapist' CREATE (p)-[:TREATS]->(c) }
"""

_CREDENTIAL: Final = """
MATCH (p:Practitioner {id: $practitioner})
MATCH (b:CertifyingBody {code: $body})
CREATE (p)-[:HOLDS]->(c:Credential)-[:ISSUED_BY]->(b)
SET c = $credential
CREATE (e:Evidence)
SET e = $evidence
CREATE (o:Observation)-[:ABOUT]->(c)
SET o = $observation
CREATE (o)-[:FROM]->(e)
"""

_ACCOUNT: Final = """
MATCH (target:Practitioner|CertifyingBody WHERE target.id = $target OR target.code = $target)
CREATE (a:Account)-[:ACTS_AS]->(target)
SET a = $account
"""

_ALSO: Final = """
MATCH (a:Account {id: $id})
UNWIND $also AS id
MATCH (target:Practitioner {id: id})
CREATE (a)-[:ACTS_AS]->(target)
"""

_BODIES: Final = (
    ("CA-BBS", "California Board of Behavioral Sciences", "licence-board", "America/Los_Angeles", "CA"),
    ("AASECT", "American Association of Sexuality Educators", "certifier", "America/New_York", ""),
)


def own() -> str:
    return str(uuid7())


def key() -> str:
    """An idempotency key nobody used before."""
    return secrets.token_hex(12)


def surname() -> str:
    """An invented family name of letters alone, since digits do not count when names are compared."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(10)).capitalize()


def npi() -> str:
    """An invented NPI that begins with 2 and has a right check digit (Luhn over 80840 and the NPI)."""
    digits = "2" + "".join(secrets.choice("0123456789") for _ in range(8))
    total = 24 + sum(
        sum(divmod(2 * int(d), 10)) if position % 2 == 0 else int(d) for position, d in enumerate(reversed(digits))
    )
    return digits + str(-total % 10)


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner of the test network: own id, opaque id, and the credentials by kind."""

    id: str
    opaque: str
    npi: str
    name: str
    credentials: Mapping[str, str] = field(default_factory=dict)


class Network:
    """Makes people in one graph."""

    def __init__(self, database: Database, now: datetime = NOW) -> None:
        self.database, self.now = database, now

    async def prepare(self) -> "Network":
        """What everybody shares: bodies, the concern, and a fresh edition of the exclusion list."""
        as_of = millis(datetime.now(UTC))
        parameters = {
            "bodies": [
                {"id": own(), "code": code, "name": name, "kind": kind, "zone": zone, "jurisdiction": place or None}
                for code, name, kind, zone, place in _BODIES
            ],
            "concern": CONCERN,
            "editionId": own(),
            "evidence": "test-leie",
            "asOf": min(as_of, millis(self.now - timedelta(hours=1))),
        }
        await self.database.write(_SHARED, parameters)
        return self

    async def person(self, label: str, **properties: Any) -> Person:
        """A practitioner with a practice in Oakland and no credential."""
        family, given = surname(), "Robin"
        person = {
            "id": own(),
            "npi": npi(),
            "familyName": family,
            "givenName": given,
            "name": display_name(given, "", family),
            "searchName": fold(f"{given} {family}"),
            "foldedName": full_name_key(given, family),
            "revision": 1,
            "npiRecordedAt": millis(self.now - timedelta(days=1)),
            **properties,
        }
        place = {"id": own(), "city": "Oakland", "state": "CA", "country": "US", "zone": "America/Los_Angeles"}
        await self.database.write(_PERSON, {"label": label, "person": person, "place": place, "concern": CONCERN})
        return Person(person["id"], global_id(f"{label}:{person['id']}"), person["npi"], person["name"])

    async def therapist(self, **properties: Any) -> Person:
        """A therapist with an active licence, certificate and membership, confirmed yesterday: referable in CA."""
        found = await self.person("Therapist", **{"acceptsNew": True, "waitWeeks": 2, **properties})
        held = {
            "LMFT": await self.credential(found, "LMFT", "CA-BBS", "CA"),
            "CST": await self.credential(found, "CST", "AASECT", "US"),
            "AASECT-MEMBER": await self.credential(found, "AASECT-MEMBER", "AASECT", "US"),
        }
        return Person(found.id, found.opaque, found.npi, found.name, held)

    async def credential(
        self, holder: Person, kind: str, body: str, jurisdiction: str, *, status: str = "ACTIVE"
    ) -> str:
        """A credential that its body spoke of yesterday; its own id."""
        credential, number = own(), secrets.token_hex(5).upper()
        said = millis(self.now - timedelta(days=1))
        evidence = {
            "id": own(), "source": body, "sourceType": "primary", "method": "roster", "sha256": secrets.token_hex(32),
            "answeredAt": said, "recordedAt": said,
        }  # fmt: skip
        await self.database.write(
            _CREDENTIAL,
            {
                "practitioner": holder.id,
                "body": body,
                "credential": {
                    "id": credential,
                    "key": f"{jurisdiction}|{body}|{kind}|{number}",
                    "kind": kind,
                    "number": number,
                    "normalNumber": number,
                    "jurisdiction": jurisdiction,
                    "status": status,
                    "confirmedAt": said,
                },
                "evidence": evidence,
                "observation": {
                    "id": own(),
                    "status": status,
                    "word": status.lower(),
                    "statusDate": "2025-01-01",
                    "issued": "2020-01-01",
                    "expires": "2027-12-31",
                    "answeredAt": said,
                    "recordedAt": said,
                },
            },
        )
        return credential

    async def account(self, role: str, acts_as: str, token: str | None = None, *, also: Sequence[str] = ()) -> str:
        """An account of that role for a practitioner's id or a body's code, and for further ones; its token's hash."""
        token_hash = hash_token(token or secrets.token_hex(32))
        account = {
            "id": own(), "tokenHash": token_hash, "role": role, "name": f"A {role}", "active": True,
            "createdAt": millis(self.now),
        }  # fmt: skip
        await self.database.write(_ACCOUNT, {"target": acts_as, "account": account})
        if also:
            await self.database.write(_ALSO, {"id": account["id"], "also": list(also)})
        return token_hash

    async def snapshot(self, referral: str) -> list[list[Any]]:
        """Everything about one referral that a refused move must leave as it was."""
        return await self.database.read(
            """
            MATCH (r:Referral {id: $id})
            RETURN r {.*, _lock: null},
              COLLECT { MATCH (r)<-[:OF]-(a:Attempt) WITH a ORDER BY a.number RETURN properties(a) },
              COLLECT { MATCH (r)<-[:OF]-(e:Event) WITH e ORDER BY e.number RETURN properties(e) },
              COUNT { (r)<-[:OF]-(:Attempt)<-[:OF]-(:Visit) }, COUNT { (r)<-[:OF]-(:Attempt)<-[:OF]-(:Report) },
              COUNT { (r)<-[:OF]-(:Attempt)-[:PROVEN_BY]->(:Decision) }
            """,
            {"id": referral},
        )
