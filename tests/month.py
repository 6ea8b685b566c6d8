"""A month of a network's life: events as files through the ordinary imports, held against another reading of the rules.

- Chance makes the events: words of boards, late and early dates, discipline and its end, editions of the excluded.
- What was written into the files is remembered here, in a model of its own; nothing is read back from the graph to
  build it. The verdict on it is the naive interpreter's.
- It wants a graph of its own: its days are in the future of everybody else's.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Final

from graph.instants import millis
from graph.loading.report import Report
from tests.imports import Imports
from tests.published import excluded_row, fresh_npis, member_row, person_row
from tests.verification import interpreter
from tests.verification.people import held, new_id, observed
from verification.credentials import CredentialStatus as S
from verification.evidence import ExclusionEdition, ExclusionRow, Facts, Observation

CONCERN: Final = "low-desire"
START: Final = datetime(2031, 3, 3, 17, tzinfo=UTC)
GOOD: Final = ("Active", "Clear", "Current", "In good standing")
# What the words mean, said here once more and not asked of the table under test.
WORDS: Final[Mapping[str, S]] = {
    **dict.fromkeys(GOOD, S.ACTIVE),
    "Expired": S.LAPSED,
    "Delinquent": S.LAPSED,
    "Suspended": S.SUSPENDED,
    "Revoked": S.REVOKED,
    "Probation": S.RESTRICTED,
    "Accusation Filed": S.ACTIVE_WITH_NOTICE,
    "Registered intern": S.PENDING,
    "Qwxyz": S.UNKNOWN,
}
ACTIONS: Final = ("fine", "probation", "suspension", "reprimand")
HOLDS: Final = (("LMFT", "CA-BBS", "CA"), ("CST", "AASECT", "US"), ("AASECT-MEMBER", "AASECT", "US"))
EDITIONS: Final = ("2031-03", "2031-04")

_WINDOWS: Final = """
MATCH (t:Therapist) WHERE t.npi IN $npis
MATCH (t)-[w:REFERABLE_IN]->(:Jurisdiction {code: 'CA'}) WHERE w.from <= $now AND $now < w.until
RETURN t.npi, w.notice, EXISTS { MATCH (t)-[f:FOUND_UNDER]->(:Facet {key: $facet})
                                 WHERE f.from <= $now AND $now < f.until }
"""


@dataclass(slots=True)
class Member:
    """One therapist as the files tell of her; `said` holds what was said of each of her credentials, by kind."""

    npi: str
    family: str
    given: str
    born: date
    numbers: dict[str, str]
    said: dict[str, list[Observation]] = field(default_factory=dict)

    def named(self) -> dict[str, str]:
        return {"familyName": self.family, "givenName": self.given, "dateOfBirth": self.born.isoformat()}


@dataclass(frozen=True, slots=True)
class Difference:
    """A therapist about whom graph and model disagree: the verdict of the model, and what search shows."""

    npi: str
    at: datetime
    model: str
    shown: str


class Month:
    """The network and its model, moved on by `day`."""

    def __init__(self, imports: Imports, seed: int, count: int) -> None:
        self.imports, self.random = imports, Random(seed)
        self.members = [self._member(npi) for npi in fresh_npis(count)]
        self.editions: list[ExclusionEdition] = []
        self.rows: dict[str, list[ExclusionRow]] = {}
        self.checked = self.shown = 0

    def _member(self, npi: str) -> Member:
        letters = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(9)).capitalize()
        born = date(1950, 1, 1) + timedelta(days=self.random.randrange(15000))
        numbers = {kind: secrets.token_hex(5).upper() for kind, *_ in HOLDS}
        return Member(npi, letters, "Robin", born, numbers)

    async def begin(self) -> None:
        """Everybody in the register, with a profile, in good standing as of the first day."""
        imports = self._at(START)
        people = [
            person_row(
                member.npi,
                **{
                    "Provider Last Name (Legal Name)": member.family.upper(),
                    "Provider First Name": member.given.upper(),
                },
            )
            for member in self.members
        ]
        _all_in(await imports.nppes(people))
        for body in ("CA-BBS", "AASECT"):
            await self._roster(
                START, body, [(member, kind) for member in self.members for kind in _kinds(body)], calm=True
            )
        profiles = [{"npi": member.npi, "concerns": CONCERN, "acceptsNew": "true"} for member in self.members]
        _all_in(await imports.profiles(profiles))
        await self._edition(START + timedelta(minutes=10), EDITIONS[0])

    async def day(self, number: int, share: float = 0.1) -> None:
        """The `number`th day: each body speaks of this share of its members; an edition on the seventeenth."""
        at = START + timedelta(days=number, minutes=self.random.randrange(60))
        for body in ("CA-BBS", "AASECT"):
            told = [(member, kind) for member in self.members for kind in _kinds(body) if self.random.random() < share]
            at += timedelta(minutes=self.random.randrange(1, 90))
            if told:
                await self._roster(at, body, told)
        if number == 17:
            await self._edition(at + timedelta(minutes=5), EDITIONS[1])

    async def differences(self, at: datetime) -> list[Difference]:
        """Whoever is shown and should not be at the instant, or should be and is not."""
        npis = [member.npi for member in self.members]
        rows = await self.imports.database.read(
            _WINDOWS, {"npis": npis, "now": millis(at), "facet": f"CA|{CONCERN}|"}, deadline=60
        )
        shown = {
            npi: ("REFERABLE_WITH_NOTICE" if notice else "REFERABLE") if found else "LOST"
            for npi, notice, found in rows
        }
        found = []
        for member in self.members:
            verdict = interpreter.verdict(self.facts(member), "CA", at, at)
            wanted = verdict if verdict.startswith("REFERABLE") else "NOT SHOWN"
            self.checked += 1
            self.shown += member.npi in shown
            if shown.get(member.npi, "NOT SHOWN") != wanted:
                found.append(Difference(member.npi, at, verdict, shown.get(member.npi, "NOT SHOWN")))
        return found

    def facts(self, member: Member) -> Facts:
        """What the files have said of her."""
        credentials = [
            held(kind, body, place, *member.said[kind], number=member.numbers[kind]) for kind, body, place in HOLDS
        ]
        return Facts(
            practitioner=member.npi,
            npi=member.npi,
            family_name=member.family,
            given_name=member.given,
            middle_name="",
            suffix="",
            birth_date=member.born,
            npi_deactivated=None,
            npi_reactivated=None,
            credentials=tuple(credentials),
            exclusion_editions=tuple(self.editions),
            exclusions=tuple(self.rows.get(member.npi, ())),
            privileges=(),
            revision=0,
        )

    def _at(self, at: datetime) -> Imports:
        return Imports(self.imports.database, self.imports.folder, at)

    async def _roster(self, at: datetime, body: str, told: Sequence[tuple[Member, str]], *, calm: bool = False) -> None:
        rows = []
        for member, kind in told:
            row = self._words(at.date(), calm=calm)
            member.said.setdefault(kind, []).append(_observation(row, body, at))
            place = "CA" if body == "CA-BBS" else "US"
            more = {"credentialKind": kind, "jurisdiction": place, **member.named(), **row}
            rows.append(member_row(member.npi, member.numbers[kind], **more))
        _all_in(await self._at(at).roster(rows, body))

    def _words(self, today: date, *, calm: bool) -> dict[str, str]:
        chance = self.random
        row = dict.fromkeys(("disciplineType", "disciplineDate", "disciplineLiftedDate", "reverifyBy"), "")
        if calm or chance.random() < 0.5:
            row |= {"status": chance.choice(GOOD), "statusDate": "2024-01-05", "dateOfIssuance": "2012-01-05"}
        else:
            since = today + timedelta(days=chance.randint(-40, 5))
            row |= {"status": chance.choice(list(WORDS)), "statusDate": since.isoformat(), "dateOfIssuance": ""}
        ends = today + timedelta(
            days=chance.choice([0, 1, 3, 10, 25, 300, 400]) if not calm else chance.randint(2, 400)
        )
        row["dateOfExpiration"] = "" if chance.random() < 0.2 else ends.isoformat()
        if not calm and chance.random() < 0.1:
            begun = today + timedelta(days=chance.randint(-30, 3))
            row |= {"disciplineType": chance.choice(ACTIONS), "disciplineDate": begun.isoformat()}
            if chance.random() < 0.5:
                row["disciplineLiftedDate"] = (begun + timedelta(days=chance.randint(0, 40))).isoformat()
        return row

    async def _edition(self, at: datetime, edition: str) -> None:
        """A new edition: some of us by NPI, some by name in every way a name can be like another."""
        chance = self.random
        self.rows, rows = {}, [excluded_row(LASTNAME="NOBODYHERE", FIRSTNAME="AT ALL")]
        for member in self.members:
            if chance.random() < 0.08:
                row = self._listed(member)
                rows.append(excluded_row(**row))
                self.rows.setdefault(member.npi, []).append(_exclusion(row))
        _all_in(await self._at(at).leie(rows, edition))
        self.editions.append(ExclusionEdition(edition, at, at, new_id("leie")))

    def _listed(self, member: Member) -> dict[str, str]:
        chance, born = self.random, member.born.strftime("%Y%m%d")
        row = {"LASTNAME": member.family.upper(), "FIRSTNAME": member.given.upper(), "DOB": "", "NPI": "0000000000"}
        row["EXCLDATE"] = (START.date() + timedelta(days=chance.randint(-900, 30))).strftime("%Y%m%d")
        kind = chance.choice(["npi", "born", "name", "other birth", "surname", "waived"])
        if kind in {"npi", "waived"}:
            row["NPI"] = member.npi
        if kind == "born":
            row["DOB"] = born
        if kind == "other birth":
            row["DOB"] = "19010203"
        if kind == "surname":
            row["FIRSTNAME"] = "ROBERTA"
        if kind == "waived":
            row |= {"WAIVERDATE": "20310101", "WVRSTATE": "CA"}
        return row


def _kinds(body: str) -> list[str]:
    return [kind for kind, of, _ in HOLDS if of == body]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _observation(row: Mapping[str, str], body: str, at: datetime) -> Observation:
    more: dict[str, Any] = {
        "issued": _day(row["dateOfIssuance"]),
        "expires": _day(row["dateOfExpiration"]),
        "discipline": row["disciplineType"] or None,
        "discipline_date": _day(row["disciplineDate"]),
        "discipline_lifted": _day(row["disciplineLiftedDate"]),
        "method": "roster",
    }
    return observed(WORDS[row["status"]], _day(row["statusDate"]), at, body, **more)


def _exclusion(row: Mapping[str, str]) -> ExclusionRow:
    return ExclusionRow(
        id=new_id("row"),
        npi=None if row["NPI"] == "0000000000" else row["NPI"],
        family_name=row["LASTNAME"],
        given_name=row["FIRSTNAME"],
        middle_name="",
        suffix="",
        birth_date=datetime.strptime(row["DOB"], "%Y%m%d").date() if row["DOB"] else None,  # noqa: DTZ007 - a day
        exclusion_type="1128b4",
        excluded_on=datetime.strptime(row["EXCLDATE"], "%Y%m%d").date(),  # noqa: DTZ007 - a day
        waiver_state=row.get("WVRSTATE"),
    )


def _all_in(report: Report) -> None:
    assert report.refused == 0, report
