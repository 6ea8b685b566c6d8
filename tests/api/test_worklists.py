"""Worklists: order, age, lateness and counts, and pages that go on right while rows move and time passes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from api.execute import Executor, Request
from graph.database import Database, count_statements
from graph.ids import global_id
from graph.instants import millis
from tests.network import NOW
from tests.world import World, make_world
from verification.access import Action
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

DAY: Final = timedelta(days=1)
LIST: Final = """query W($folder: WorklistFolder!, $first: Int!, $after: String) {
  worklist(folder: $folder, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    edges { node { id status since overdue dueAt turn } } } }"""
COUNTS: Final = "{ worklistCounts { folder count overdue } }"


@dataclass
class Desk:
    """A world with a clock, and how everybody looks at their lists."""

    world: World
    tokens: Mapping[str, str]
    now: datetime = NOW
    executor: Executor = field(init=False)

    def __post_init__(self) -> None:
        self.executor = Executor(self.world.database, SHIPPED_POLICIES, lambda: self.now, deadline=60)

    async def ask(self, who: str, query: str, **variables: Any) -> Any:
        with count_statements() as counted:
            answer = await self.executor.run(Request(query, variables, None, self.tokens[who]))
        assert "errors" not in answer.result, answer.result
        assert counted.count == 1
        return answer.result["data"]

    async def page(self, who: str, folder: str, first: int = 50, after: str | None = None) -> Any:
        return (await self.ask(who, LIST, folder=folder, first=first, after=after))["worklist"]

    async def rows(self, who: str, folder: str) -> list[Any]:
        return [edge["node"] for edge in (await self.page(who, folder))["edges"]]

    async def counts(self, who: str) -> dict[str, tuple[int, int]]:
        rows = (await self.ask(who, COUNTS))["worklistCounts"]
        return {row["folder"]: (row["count"], row["overdue"]) for row in rows if row["count"]}

    async def due(self, node: Any, at: datetime, turn: str | None = None) -> str:
        """The opaque id of a referral that is due at an instant from now on."""
        await self.world.database.write(
            "MATCH (r:Referral {id: $id}) SET r.dueAt = $at, r.turn = coalesce($turn, r.turn)",
            {"id": node["id"], "at": millis(at), "turn": turn},
        )
        return global_id(f"Referral:{node['id']}")


@pytest.fixture
async def desk(database: Database) -> Desk:
    world = await make_world(database)
    tokens = {name: secrets.token_urlsafe(24) for name in ("physician", "therapist", "second", "officer")}
    await world.network.account("physician", world.physician.id, tokens["physician"])
    await world.network.account("therapist", world.therapist.id, tokens["therapist"])
    await world.network.account("therapist", world.second.id, tokens["second"])
    await world.network.account("officer", "CA-BBS", tokens["officer"])
    return Desk(world, tokens)


async def test_overdue_first_then_by_when(desk: Desk) -> None:
    sent = [await desk.world.sent(desk.world.therapist) for _ in range(5)]
    late = await desk.due(sent[3], NOW - 2 * DAY)
    later = await desk.due(sent[1], NOW - DAY)
    soon = await desk.due(sent[4], NOW + DAY)
    far = await desk.due(sent[0], NOW + 9 * DAY)
    # Not the therapist's turn: behind everything that is, however long it has been due.
    others = await desk.due(sent[2], NOW - 5 * DAY, "NETWORK")
    rows = await desk.rows("therapist", "NEW")
    assert [row["id"] for row in rows] == [late, later, soon, far, others]
    assert [row["overdue"] for row in rows] == [True, True, False, False, False]
    assert await desk.counts("therapist") == {"NEW": (5, 2)}
    assert not any(row["overdue"] for row in await desk.rows("physician", "WAITING"))
    assert await desk.counts("physician") == {"WAITING": (5, 0)}
    assert await desk.counts("officer") == await desk.counts("second") == {}


async def test_pages_go_on_while_time_passes_and_rows_move(desk: Desk) -> None:
    sent = [await desk.world.sent(desk.world.therapist) for _ in range(6)]
    ids = [await desk.due(node, NOW + (number + 1) * DAY) for number, node in enumerate(sent)]
    first = await desk.page("therapist", "NEW", 2)
    assert [edge["node"]["id"] for edge in first["edges"]] == ids[:2]
    # What was shown goes, what was not shown becomes overdue, and one that was not shown is put off.
    await desk.world.did(desk.world.by_therapist, Action.ACCEPT_REFERRAL, sent[0])
    await desk.due(sent[3], NOW + 30 * DAY)
    desk.now = NOW + 4 * DAY
    seen, after = [], first["pageInfo"]["endCursor"]
    while after:
        page = await desk.page("therapist", "NEW", 2, after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert seen == [ids[2], ids[4], ids[5], ids[3]]
    assert page["totalCount"] == 5


async def test_therapy_moves_to_the_reports_due(desk: Desk) -> None:
    world = desk.world
    node = await world.did(
        world.by_therapist, Action.SCHEDULE_VISIT, await world.accepted(), startsAt=NOW + timedelta(hours=1)
    )
    assert await desk.counts("therapist") == {"BOOKED": (1, 0)}
    begun = NOW + timedelta(hours=2)
    await world.did(world.by_therapist, Action.START_THERAPY, node, now=begun)
    desk.now = begun
    [row] = await desk.rows("therapist", "IN_THERAPY")
    assert (row["status"], row["since"], row["turn"]) == ("IN_THERAPY", "2026-11-25T20:00:00.000Z", "RECIPIENT")
    assert await desk.rows("therapist", "REPORT_DUE") == []
    desk.now = datetime.fromisoformat(row["dueAt"]) - 6 * DAY
    assert await desk.rows("therapist", "IN_THERAPY") == []
    assert [found["id"] for found in await desk.rows("therapist", "REPORT_DUE")] == [row["id"]]
    assert await desk.counts("therapist") == {"REPORT_DUE": (1, 0)}
    desk.now += 7 * DAY
    assert await desk.counts("therapist") == {"REPORT_DUE": (1, 1)}
    assert await desk.counts("physician") == {"ACTIVE": (1, 0)}


async def test_since_counts_from_the_last_change_of_state(desk: Desk) -> None:
    world = desk.world
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, await world.sent(), now=NOW + DAY)
    desk.now = NOW + 3 * DAY
    [row] = await desk.rows("physician", "WAITING")
    assert row["since"] == "2026-11-26T18:00:00.000Z"
    # Of somebody whose part has ended it stands where that ended, whatever came after.
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="AT_CAPACITY", now=NOW + 2 * DAY)
    await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node, now=NOW + 3 * DAY)
    [mine] = await desk.rows("therapist", "DONE")
    assert (mine["status"], mine["since"], mine["dueAt"], mine["overdue"]) == (
        "DECLINED", "2026-11-27T18:00:00.000Z", None, False,
    )  # fmt: skip
    assert [row["since"] for row in await desk.rows("second", "NEW")] == ["2026-11-28T18:00:00.000Z"]


async def test_who_is_asked_twice_has_it_once(desk: Desk) -> None:
    world = desk.world
    node = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, await world.sent(), reason="AT_CAPACITY")
    assert await desk.counts("therapist") == {"DONE": (1, 0)}
    node = await world.did(world.by_physician, Action.REDIRECT_REFERRAL, node, candidate=world.therapist.opaque)
    assert await desk.counts("therapist") == {"NEW": (1, 0)}
    assert await desk.rows("therapist", "DONE") == []


async def test_what_is_over_comes_newest_first(desk: Desk) -> None:
    world = desk.world
    ended = []
    for day in (1, 3, 2):
        node = await world.sent()
        await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="PATIENT_MOVED", now=NOW + day * DAY)
        ended.append(global_id(f"Referral:{node['id']}"))
    expected = [ended[1], ended[2], ended[0]]
    assert [row["id"] for row in await desk.rows("physician", "CLOSED")] == expected
    assert [row["id"] for row in await desk.rows("therapist", "DONE")] == expected


MANY: Final = 10_000
_FILL: Final = """
MATCH (p:Practitioner {id: $physician}), (t:Practitioner {id: $therapist}), (c:Concern {code: $concern})
UNWIND range(1, $many) AS i
CREATE (r:Referral {id: 'many-' + p.id + '-' + i, version: 2, jurisdiction: 'CA', priority: 'ROUTINE',
  status: CASE i % 4 WHEN 0 THEN 'CLOSED' WHEN 1 THEN 'IN_THERAPY' ELSE 'SENT' END, turn: 'RECIPIENT',
  requisition: 'many', createdAt: $now - i, sentAt: $now - i, since: $now - i, dueAt: $now + (i * 7919) % 10007,
  consentAt: $now})
CREATE (r)-[:SENT_BY]->(p) CREATE (r)-[:ABOUT]->(c)
CREATE (r)-[:FOR]->(:Patient {id: 'many-' + p.id + '-' + i, birthDate: '1980-01-01', postalCode: '94610'})
CREATE (a:Attempt {id: 'many-' + p.id + '-' + i, number: 1, status: r.status, sentAt: r.sentAt,
  endedAt: CASE r.status WHEN 'CLOSED' THEN $now END})
CREATE (a)-[:OF]->(r) CREATE (a)-[:TO]->(t)
"""


async def test_a_long_list_goes_on_page_by_page(desk: Desk) -> None:
    world = desk.world
    await world.database.write(
        _FILL,
        {
            "physician": world.physician.id, "therapist": world.therapist.id, "concern": "erectile-difficulty",
            "many": MANY, "now": millis(NOW),
        },
        deadline=120,
    )  # fmt: skip
    # Plans for a handful of referrals are no good for thousands, and a test server makes none anew by itself.
    await world.database.read("CALL db.clearQueryCaches() YIELD value RETURN value")
    seen: list[str] = []
    after = None
    for _ in range(5):
        page = await desk.page("therapist", "NEW", 100, after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 500
    assert page["totalCount"] == MANY // 2
    assert await desk.counts("physician") == {
        "WAITING": (MANY // 2, 0), "ACTIVE": (MANY // 4, 0), "CLOSED": (MANY // 4, 0),
    }  # fmt: skip
