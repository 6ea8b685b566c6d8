"""A network of any size for the sweep, written straight into the graph in the form in which imports leave it.

- Each therapist holds a licence, a certificate and a membership, each with one statement out of its body's roster.
- Nobody is real: NPIs begin with 2, a block that is not in use, and names are made of letters of a number.
- Licences expire over the coming two years, so that windows end on many different days.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from uuid_utils import uuid7

from graph.database import Database
from graph.instants import millis
from verification.names import display_name, fold, full_name_key

EACH: Final = 3
"""Credentials of one therapist."""
BATCH: Final = 5_000
_LETTERS: Final = str.maketrans("0123456789", "abcdefghij")

_SHARED: Final = """
UNWIND $evidence AS row
MERGE (e:Evidence {id: row.id}) SET e += row
WITH count(*) AS _
MERGE (x:ExclusionEdition {key: 'LEIE|bench'})
SET x.edition = '2026-11', x.fetchedAt = $now, x.completedAt = $now, x.evidence = 'bench-LEIE'
"""

# Every property by its name: a map would have to be looked through before the next node is made.
_PEOPLE: Final = """
MATCH (board:CertifyingBody {code: 'CA-BBS'}) MATCH (society:CertifyingBody {code: 'AASECT'})
MATCH (said1:Evidence {id: 'bench-CA-BBS'}) MATCH (said2:Evidence {id: 'bench-AASECT'})
UNWIND $rows AS row
CREATE (n:Practitioner:Therapist {id: row.ids[0], npi: row.npi, familyName: row.family, givenName: row.given,
    name: row.name, searchName: row.search, foldedName: row.folded, revision: 1, npiRecordedAt: $said}),
  (n)-[:HOLDS]->(c1:Credential {id: row.ids[1], key: 'CA|CA-BBS|LMFT|' + row.number, kind: 'LMFT', number: row.number,
    normalNumber: row.number, jurisdiction: 'CA'})-[:ISSUED_BY]->(board),
  (n)-[:HOLDS]->(c2:Credential {id: row.ids[2], key: 'US|AASECT|CST|' + row.number, kind: 'CST', number: row.number,
    normalNumber: row.number, jurisdiction: 'US'})-[:ISSUED_BY]->(society),
  (n)-[:HOLDS]->(c3:Credential {id: row.ids[3], key: 'US|AASECT|AASECT-MEMBER|' + row.number, kind: 'AASECT-MEMBER',
    number: row.number, normalNumber: row.number, jurisdiction: 'US'})-[:ISSUED_BY]->(society),
  (c1)<-[:ABOUT]-(:Observation {id: row.ids[4], status: 'ACTIVE', word: 'active', statusDate: '2025-01-01',
    issued: '2020-01-01', expires: row.expires, answeredAt: $said, recordedAt: $said})-[:FROM]->(said1),
  (c2)<-[:ABOUT]-(:Observation {id: row.ids[5], status: 'ACTIVE', word: 'active', statusDate: '2025-01-01',
    issued: '2020-01-01', expires: row.expires, answeredAt: $said, recordedAt: $said})-[:FROM]->(said2),
  (c3)<-[:ABOUT]-(:Observation {id: row.ids[6], status: 'ACTIVE', word: 'active', statusDate: '2025-01-01',
    issued: '2020-01-01', expires: $year, answeredAt: $said, recordedAt: $said})-[:FROM]->(said2)
"""


async def write_people(database: Database, people: int, now: datetime) -> None:
    """That many therapists, of whom everything was said a day before `now`."""
    said = millis(now - timedelta(days=1))
    evidence = [
        {"id": f"bench-{source}", "source": source, "sourceType": "primary", "method": method, "sha256": "bench",
         "answeredAt": said, "recordedAt": said, "completedAt": said}
        for source, method in (("CA-BBS", "roster"), ("AASECT", "roster"), ("LEIE", "file"))
    ]  # fmt: skip
    await database.write(_SHARED, {"evidence": evidence, "now": said}, deadline=120)
    for start in range(0, people, BATCH):
        rows = [_person(number, now) for number in range(start, min(start + BATCH, people))]
        parameters = {"rows": rows, "said": said, "year": f"{now.year + 1}-12-31"}
        await database.write(_PEOPLE, parameters, deadline=120)


def _npi(number: int) -> str:
    digits = f"2{number:08}"
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[::-2])
    return digits + str(-(24 + doubled + sum(map(int, digits[-2::-2]))) % 10)


def _person(number: int, now: datetime) -> dict[str, Any]:
    letters = f"{number:07}".translate(_LETTERS)
    family, given = letters.capitalize(), letters[::-1].capitalize()
    return {
        "ids": [str(uuid7()) for _ in range(1 + 2 * EACH)],
        "npi": _npi(number),
        "family": family,
        "given": given,
        "name": display_name(given, "", family),
        "search": fold(f"{given} {family}"),
        "folded": full_name_key(given, family),
        "number": f"B{number}",
        "expires": (now.date() + timedelta(days=1 + number % 700)).isoformat(),
    }
