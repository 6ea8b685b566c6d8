"""A roster by its officer: seen before it is applied, applied whole, and by two where it lifts or changes much."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.cli.roster_preview import as_plain, in_words
from api.operations.outcomes import Context, Done, Outcome, Problems
from api.operations.proposals import PROPOSAL_OPERATIONS
from api.operations.rosters import apply_roster, preview
from graph.commands.receipts import Answer
from graph.database import Database
from graph.directory import refresh
from graph.ids import global_id
from graph.loading.preview import preview_file
from graph.seeding import seed
from tests.network import NOW, Network, key, npi, surname
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

SHAPE = Answer("{id: node.id, proposal: proposal {.id, .status, .kind, .lifts, .worse}}", {})
SEEN = Answer("{code: node.code}", {})
HEADER = "credentialKind,credentialNumber,jurisdiction,familyName,givenName,npi,status,statusDate,dateOfExpiration\n"
BODY = "NY-PSY"


@dataclass(slots=True)
class Member:
    """Somebody whom the board lists, and how."""

    npi: str
    name: str
    number: str
    status: str = "active"
    date: str = "2026-01-01"

    def row(self, **changes: str) -> str:
        said = {"status": self.status, "date": self.date, "expires": "2027-12-31", "number": self.number, **changes}
        return (
            f"PSYCHOLOGIST,{said['number']},NY,{self.name},Robin,{self.npi},{said['status']},{said['date']},"
            f"{said['expires']}\n"
        )


def member(**changes: Any) -> Member:
    return Member(npi(), surname(), secrets.token_hex(5).upper(), **changes)


@dataclass(slots=True)
class Board:
    """A board with two officers, and rosters of it."""

    database: Database
    network: Network
    ann: str
    bea: str

    async def apply(self, viewer: str, *rows: str, **said: Any) -> Outcome:
        now = said.pop("now", NOW)
        context = Context(self.database, viewer, lambda: now, SHIPPED_POLICIES, SHAPE)
        return await apply_roster(context, {"idempotencyKey": key(), "roster": HEADER + "".join(rows), **said})

    async def see(self, viewer: str, *rows: str, **said: Any) -> Any:
        now = said.pop("now", NOW)
        context = Context(self.database, viewer, lambda: now, SHIPPED_POLICIES, SEEN)
        return await preview(context, {"roster": HEADER + "".join(rows), **said})

    async def state(self, *members: Member) -> list[Any]:
        return await self.database.read(
            """
            UNWIND $npis AS npi
            OPTIONAL MATCH (n:Practitioner {npi: npi})-[:HOLDS]->(c:Credential)
            RETURN npi, c.status, COUNT { (c)<-[:ABOUT]-(:Observation) }, n.revision
            """,
            {"npis": [each.npi for each in members]},
        )

    async def statuses(self, *members: Member) -> list[str]:
        return [row[1] for row in await self.state(*members)]


def code(outcome: Outcome) -> str:
    return outcome.problems[0].code if isinstance(outcome, Problems) else "DONE"


def done(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done), outcome
    return outcome


@pytest.fixture
async def board(database: Database) -> Board:
    """The members of earlier tests are gone from the body, so that a share of it is a share of this test's."""
    await seed(database)
    network = await Network(database).prepare()
    await database.write(
        "MATCH (:CertifyingBody {code: $body})<-[i:ISSUED_BY]-(c:Credential) SET c.key = c.key + c.id DELETE i",
        {"body": BODY},
    )
    ann, bea = [await network.account("officer", BODY) for _ in range(2)]
    return Board(database, network, ann, bea)


async def test_a_preview_tells_every_change_and_makes_none(board: Board) -> None:
    good, bad, gone = member(), member(status="suspended"), member()
    done(await board.apply(board.ann, good.row(), bad.row(), gone.row()))
    before = await board.state(good, bad, gone)
    later = {"date": "2026-11-01"}
    new, odd = member(), member()
    rows = [
        good.row(status="inactive", **later),
        bad.row(**later, status="active"),
        new.row(),
        gone.row(status="zzz", **later),
        odd.row(number=""),
    ]
    seen = done(await board.see(board.ann, *rows, now=NOW + timedelta(minutes=1)))
    values = seen.values
    assert seen.node == {"code": BODY}
    assert (values["read"], values["refused"], values["openReferrals"]) == (5, 1, 0)
    assert [(c["line"], c["before"], c["after"], c["effect"]) for c in values["changes"]] == [
        (2, "ACTIVE", "LAPSED", "LAPSES"),
        (3, "SUSPENDED", "ACTIVE", "LIFTS"),
        (4, None, "ACTIVE", "NEW"),
        (5, "ACTIVE", "UNKNOWN", "UNKNOWN"),
    ]
    assert {t["effect"]: t["count"] for t in values["totals"] if t["count"]} == {
        "LAPSES": 1, "LIFTS": 1, "NEW": 1, "UNKNOWN": 1,
    }  # fmt: skip
    assert values["needsSecondOfficer"] == "It lifts what stands against 1 credential."
    assert seen.problems[0].path == ("roster", 6, "credentialNumber")
    assert await board.state(good, bad, gone) == before
    assert (await board.see(board.ann, *rows, now=NOW + timedelta(minutes=1))).values["digest"] == values["digest"]
    only = done(await board.see(board.ann, *rows, only=["LIFTS"]))
    assert [c["line"] for c in only.values["changes"]] == [3]


async def test_the_command_line_shows_the_same(board: Board, tmp_path: Path) -> None:
    good, silent = member(), member(status="suspended")
    done(await board.apply(board.ann, good.row(), silent.row()))
    undated = "PSYCHOLOGIST,X1,NY,Nobody,Robin,,active,soon,\n"
    rows = [good.row(status="inactive", date="2026-11-01"), member().row(), undated]
    now = NOW + timedelta(minutes=1)
    seen = done(await board.see(board.ann, *rows, complete=True, now=now))
    file = tmp_path / "roster.csv"
    file.write_text(HEADER + "".join(rows), encoding="utf-8")
    found = await preview_file(board.database, file, body=BODY, now=now, policies=SHIPPED_POLICIES, complete=True)
    told = as_plain(found)
    assert told["digest"] == seen.values["digest"]
    assert [c["effect"] for c in told["changes"]] == ["LAPSES", "NEW", "MISSING"]
    lines = in_words(found)
    assert lines[0] == f"roster of {BODY}, not applied: 3 rows read, 1 refused."
    assert lines[1] == "  new 1, lapses 1, missing 1; 0 open referrals affected."
    assert any("active → lapsed" in line and good.number in line for line in lines)
    assert any(line.startswith("  line 4, statusDate") for line in lines)
    assert lines[-1] == f"  digest {told['digest']}"


async def test_what_was_seen_is_what_is_applied_or_nothing(board: Board) -> None:
    one, two = member(), member()
    rows = [one.row(), two.row()]
    digest = done(await board.see(board.ann, *rows)).values["digest"]
    applied = done(await board.apply(board.ann, *rows, expectedDigest=digest))
    assert (applied.values["written"], applied.node["proposal"]) == (2, None)
    before = await board.state(one, two)
    assert code(await board.apply(board.ann, *rows, expectedDigest=digest)) == "STALE_PREVIEW"
    assert await board.state(one, two) == before
    digest = done(await board.see(board.ann, *rows)).values["digest"]
    again = done(await board.apply(board.ann, *rows, expectedDigest=digest))
    assert (again.values["written"], again.values["unchanged"]) == (0, 2)


async def test_one_that_lifts_is_applied_by_two(board: Board) -> None:
    bad, good = member(status="revoked"), member()
    done(await board.apply(board.ann, bad.row()))
    rows = [bad.row(status="active", date="2026-11-01"), good.row()]
    now = NOW + timedelta(minutes=1)
    first = done(await board.apply(board.ann, *rows, now=now))
    assert first.node["proposal"]["status"] == "OPEN"
    assert (first.node["proposal"]["lifts"], first.values["written"]) == (1, 0)
    assert await board.statuses(bad, good) == ["REVOKED", None]
    assert code(await board.apply(board.ann, *rows, now=now)) == "SAME_OFFICER"
    other = done(await board.apply(board.bea, rows[0], now=now))
    assert other.node["proposal"]["status"] == "OPEN", "another roster is another proposal"
    second = done(await board.apply(board.bea, *rows, now=now))
    assert second.node["proposal"] == {**first.node["proposal"], "status": "APPLIED"}
    assert await board.statuses(bad, good) == ["ACTIVE", "ACTIVE"]
    [[asked_by, agreed_by]] = await board.database.read(
        """
        MATCH (p:Proposal {id: $id})-[:BECAME]->(e:Evidence)
        MATCH (a:Account {id: e.askedBy}) MATCH (b:Account {id: e.agreedBy}) RETURN a.tokenHash, b.tokenHash
        """,
        {"id": first.node["proposal"]["id"]},
    )
    assert (asked_by, agreed_by) == (board.ann, board.bea)


async def test_approving_a_roster_by_its_id(board: Board) -> None:
    bad = member(status="suspended")
    done(await board.apply(board.ann, bad.row()))
    now = NOW + timedelta(minutes=1)
    first = done(await board.apply(board.ann, bad.row(status="active", date="2026-11-01"), now=now))
    context = Context(board.database, board.bea, lambda: now, SHIPPED_POLICIES, SHAPE)
    said = {"idempotencyKey": key(), "proposal": global_id(f"Proposal:{first.node['proposal']['id']}")}
    approved = done(await PROPOSAL_OPERATIONS[Action.APPROVE_PROPOSAL](context, said))
    assert approved.node["proposal"]["status"] == "APPLIED"
    assert await board.statuses(bad) == ["ACTIVE"]
    assert code(await PROPOSAL_OPERATIONS[Action.APPROVE_PROPOSAL](context, said | {"idempotencyKey": key()})) == (
        "PROPOSAL_CLOSED"
    )


async def test_a_mass_change_is_applied_by_two(board: Board) -> None:
    members = [member() for _ in range(12)]
    done(await board.apply(board.ann, *(each.row() for each in members)))
    now = NOW + timedelta(minutes=1)

    def lapsing(count: int) -> list[str]:
        return [each.row(status="inactive", date="2026-11-02") for each in members[:count]]

    few = done(await board.apply(board.ann, *lapsing(4), now=now))
    assert few.node["proposal"] is None
    many = done(await board.apply(board.ann, *lapsing(9), now=now))
    assert (many.node["proposal"]["status"], many.node["proposal"]["worse"]) == ("OPEN", 5)
    assert (await board.statuses(*members)).count("LAPSED") == 4
    assert done(await board.apply(board.bea, *lapsing(9), now=now)).node["proposal"]["status"] == "APPLIED"
    assert (await board.statuses(*members)).count("LAPSED") == 9


async def test_a_complete_roster_shows_whom_it_is_silent_about(board: Board) -> None:
    listed, silent = member(), member()
    done(await board.apply(board.ann, listed.row(), silent.row()))
    now = NOW + timedelta(minutes=1)
    seen = done(await board.see(board.ann, listed.row(), complete=True, now=now)).values
    assert [(c["line"], c["number"], c["effect"]) for c in seen["changes"]] == [
        (2, listed.number, "UNCHANGED"),
        (0, silent.number, "MISSING"),
    ]
    digest = seen["digest"]
    done(await board.apply(board.ann, listed.row(), complete=True, expectedDigest=digest, now=now))
    assert await board.statuses(listed, silent) == ["ACTIVE", "UNKNOWN"]


async def test_everything_or_nothing(board: Board) -> None:
    """The database fails after the first thousand rows: none of them is there."""
    members = [member() for _ in range(1100)]
    taken = {"id": key(), "key": f"NY|{BODY}|PSYCHOLOGIST|{members[-1].number}"}
    await board.database.write(
        """
        CREATE (:Practitioner {id: $id, npi: null})-[:HOLDS]->(c:Credential {id: $id, key: $key})
        WITH c MATCH (b:CertifyingBody {code: $body}) CREATE (c)-[:ISSUED_BY]->(b)
        """,
        {**taken, "body": BODY},
    )
    rows = [each.row() for each in members]
    outcome = done(await board.apply(board.ann, *rows, now=NOW + timedelta(minutes=1)))
    assert outcome.values["written"] + outcome.values["refused"] == 1100
    fresh = [member() for _ in range(3)]
    with pytest.raises(RuntimeError):
        await _failing(board, fresh)
    assert await board.statuses(*fresh) == [None] * 3


async def _failing(board: Board, members: list[Member]) -> None:
    """The clock breaks when everything but the receipt is written."""
    calls = 0

    def clock() -> Any:
        nonlocal calls
        calls += 1
        return NOW

    class Broken(Answer):
        def wanted(self, statement: str) -> str:
            if "Receipt" in statement:
                raise RuntimeError("no receipt")
            return super().wanted(statement)

    context = Context(board.database, board.ann, clock, SHIPPED_POLICIES, Broken(SHAPE.text, {}))
    rows = "".join(each.row() for each in members)
    await apply_roster(context, {"idempotencyKey": key(), "roster": HEADER + rows})


async def test_two_second_officers_at_once_apply_it_once(board: Board) -> None:
    bad = member(status="suspended")
    done(await board.apply(board.ann, bad.row()))
    cai = await board.network.account("officer", BODY)
    row, now = bad.row(status="active", date="2026-11-01"), NOW + timedelta(minutes=1)
    done(await board.apply(board.ann, row, now=now))
    outcomes = [done(o) for o in await asyncio.gather(*(board.apply(who, row, now=now) for who in (board.bea, cai)))]
    assert sorted(outcome.values["written"] for outcome in outcomes) == [0, 1]
    assert await board.statuses(bad) == ["ACTIVE"]


async def test_open_referrals_are_counted_and_nothing_more(database: Database) -> None:
    world: World = await make_world(database)
    await refresh(database, [world.therapist.id], NOW, SHIPPED_POLICIES)
    await world.sent()
    officer = await world.network.account("officer", "CA-BBS")
    [[number, name]] = await database.read(
        "MATCH (c:Credential {id: $id})<-[:HOLDS]-(n) RETURN c.number, n.familyName",
        {"id": world.therapist.credentials["LMFT"]},
    )
    row = f"LMFT,{number},CA,{name},Robin,{world.therapist.npi},suspended,2026-11-20,\n"
    context = Context(database, officer, lambda: NOW, SHIPPED_POLICIES, SEEN)
    seen = done(await preview(context, {"roster": HEADER + row}))
    assert seen.values["openReferrals"] == 1
    assert "referral" not in str(seen.values["changes"]).lower()


@pytest.mark.parametrize("role", ["physician", "therapist"])
async def test_nobody_else_sees_a_preview(database: Database, role: str) -> None:
    world = await make_world(database)
    viewer = world.by_physician if role == "physician" else world.by_therapist
    context = Context(database, viewer, lambda: NOW, SHIPPED_POLICIES, SEEN)
    assert code(await preview(context, {"roster": HEADER})) == "FORBIDDEN"
