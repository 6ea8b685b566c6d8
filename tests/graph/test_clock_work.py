"""What the network does by itself when time runs out: in order, once, and never dated back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.operations.outcomes import Done
from graph import clock_work
from graph.clock_work import LEASE, Worked, next_wake, wake_untimed, work_clocks
from graph.commands.system_moves import Subject
from graph.database import Database
from graph.instants import instant, millis
from graph.leases import Fence, LeaseLost
from tests.graphs import held
from tests.network import NOW
from tests.world import World, make_world
from verification.access import Action
from verification.clock_settings import Clocks
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j
DAY = timedelta(days=1)
LONG_AFTER = NOW + 400 * DAY


@pytest.fixture
async def world(database: Database) -> World:
    made = await make_world(database)
    # Other tests' referrals are not to be done here.
    await database.write("MATCH (r:Referral) REMOVE r.wakeAt")
    return made


@pytest.fixture
async def fence(database: Database) -> AsyncIterator[Fence]:
    async with held(database, LEASE) as ours:
        yield ours


async def work(world: World, fence: Fence, now: datetime) -> Worked:
    return await work_clocks(world.database, now, SHIPPED_POLICIES, fence)


async def told(world: World, referral: str) -> list[tuple[str, str]]:
    rows = await world.database.read(
        "MATCH (o:Outbox {object: $id}) RETURN o.topic, o.recipient, o.at ORDER BY o.at, o.topic, o.recipient",
        {"id": referral},
    )
    names = {world.physician.id: "author", world.therapist.id: "first", world.second.id: "second"}
    return [(str(topic).removeprefix("referral."), names.get(who, "another")) for topic, who, _ in rows]


async def found(world: World, referral: str) -> dict[str, Any]:
    [[node]] = await world.database.read(
        """
        MATCH (r:Referral {id: $id})
        RETURN r {.*, attempts: COLLECT { MATCH (r)<-[:OF]-(a:Attempt) WITH a ORDER BY a.number
                    RETURN a {.*, to: head([(a)-[:TO]->(p) | p.id]), proofs: COUNT { (a)-[:PROVEN_BY]->(:Decision) }} },
                  events: COLLECT { MATCH (r)<-[:OF]-(e:Event) WITH e ORDER BY e.number RETURN properties(e) }}
        """,
        {"id": referral},
    )
    assert node["version"] == len(node["events"])
    assert [event["number"] for event in node["events"]] == list(range(1, node["version"] + 1))
    return dict(node)


def names(node: dict[str, Any]) -> list[str]:
    return [event["name"] for event in node["events"]]


async def sent(world: World, *, automatic: bool = False) -> Any:
    draft = await world.draft(autoAdvance=automatic)
    return await world.did(world.by_physician, Action.SEND_REFERRAL, draft)


async def test_reminders_then_expiry_then_the_authors_turn(world: World, fence: Fence) -> None:
    node = await sent(world)
    before = await found(world, node["id"])
    assert (before["turn"], before["dueAt"]) == ("RECIPIENT", before["attempts"][0]["dueAt"])
    half, nearly = before["remindAt"]
    assert before["wakeAt"] == half < nearly < before["dueAt"] < before["expiresAt"]
    assert await next_wake(world.database, NOW) == instant(half)
    assert (await work(world, fence, instant(half) - timedelta(milliseconds=1))).done == 0
    for at, expected in ((half, 1), (half, 1), (nearly, 2), (nearly + 1, 2)):
        await work(world, fence, instant(at))
        assert (await told(world, node["id"])).count(("reminder", "first")) == expected
    assert (await found(world, node["id"]))["wakeAt"] == before["overdueAt"] == before["dueAt"]
    assert ("overdue", "author") not in await told(world, node["id"])
    for at in (before["dueAt"], before["dueAt"], before["dueAt"] + 1):
        await work(world, fence, instant(at))
        assert [each for each in await told(world, node["id"]) if each[0] == "overdue"] == [("overdue", "author")]
    late = await found(world, node["id"])
    assert ("overdueAt" in late, late["wakeAt"]) == (False, before["expiresAt"])
    await work(world, fence, instant(before["expiresAt"]))
    after = await found(world, node["id"])
    assert (after["status"], after["turn"]) == ("EXPIRED", "AUTHOR")
    assert "overdueAt" not in after, "nobody waits for whom no attempt is open with"
    assert (after["attempts"][0]["endReason"], names(after)[-1]) == ("NO_RESPONSE", "ReferralExpired")
    assert after["dueAt"] == before["expiresAt"] + millis(datetime(1970, 1, 8, tzinfo=UTC))
    assert (await told(world, node["id"]))[-2:] == [("expired", "author"), ("expired", "first")]
    for days, reminders in ((7, 1), (14, 2), (20, 2)):
        await work(world, fence, instant(before["expiresAt"]) + days * DAY)
        assert (await told(world, node["id"])).count(("reminder", "author")) == reminders
    await work(world, fence, instant(before["expiresAt"]) + 30 * DAY)
    over = await found(world, node["id"])
    assert (over["status"], over["turn"], over["cancelReason"]) == ("CANCELLED", "NOBODY", "UNATTENDED")
    assert over["attempts"][0] == after["attempts"][0], "an attempt that has ended never changes"
    assert "wakeAt" not in over
    assert "dueAt" not in over


async def test_after_a_week_asleep_everything_is_done_once_and_at_its_real_time(world: World, fence: Fence) -> None:
    node = await sent(world)
    reminded = await world.accepted()
    reminded = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, reminded, startsAt=NOW + timedelta(hours=1))
    due = (await found(world, node["id"]))["expiresAt"]
    awake = instant(due) + 7 * DAY
    worked = await work(world, fence, awake)
    assert not worked.failed
    after = await found(world, node["id"])
    last = after["events"][-1]
    assert (last["name"], last["at"], last["dueAt"]) == ("ReferralExpired", millis(awake), due)
    assert ("reminder", "first") not in await told(world, node["id"]), "what has run out needs no reminder"
    assert ("overdue", "author") not in await told(world, node["id"]), "nor is it told of twice"
    assert (await told(world, reminded["id"])).count(("overdue", "author")) == 1
    assert (await told(world, reminded["id"])).count(("reminder", "first")) == 1, "one for the week, not one for each"
    assert (await found(world, reminded["id"]))["wakeAt"] == millis(awake + 7 * DAY)
    before = [await found(world, each["id"]) for each in (node, reminded)]
    assert (await work(world, fence, awake)).done == 0
    assert [await found(world, each["id"]) for each in (node, reminded)] == before


async def test_the_next_of_the_shortlist_is_asked_after_a_decline(world: World, fence: Fence) -> None:
    node = await sent(world, automatic=True)
    declined = await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="AT_CAPACITY")
    waiting = await found(world, declined["id"])
    assert (waiting["turn"], waiting["wakeAt"]) == ("NETWORK", millis(NOW))
    await work(world, fence, NOW)
    after = await found(world, node["id"])
    assert (after["status"], after["turn"]) == ("SENT", "RECIPIENT")
    first, second = after["attempts"]
    assert (second["to"], second["number"], second["proofs"], second["sentAt"]) == (
        world.second.id, 2, 1, millis(NOW),
    )  # fmt: skip
    assert (first["status"], second["status"]) == ("DECLINED", "SENT")
    assert names(after)[-1] == "ReferralAdvanced"
    news = await told(world, node["id"])
    assert {("sent", "second"), ("advanced", "author"), ("declined", "author")} <= set(news)
    assert [topic for topic, who in news if who == "first"] == ["sent"], "who declined is told nothing more"
    done = await world.did(world.by_second, Action.ACCEPT_REFERRAL, {"id": node["id"], "version": after["version"]})
    assert done["status"] == "ACCEPTED"


@pytest.mark.parametrize("reason", ["PATIENT_DECLINED", "DUPLICATE"])
async def test_some_declines_go_back_to_the_author(world: World, fence: Fence, reason: str) -> None:
    node = await sent(world, automatic=True)
    await world.did(world.by_therapist, Action.DECLINE_REFERRAL, node, reason=reason)
    await work(world, fence, NOW)
    after = await found(world, node["id"])
    assert (after["status"], after["turn"], len(after["attempts"])) == ("DECLINED", "AUTHOR", 1)


async def test_who_cannot_be_asked_is_passed_over_and_then_it_is_the_authors_turn(world: World, fence: Fence) -> None:
    full = await world.network.therapist(acceptsNew=False)
    unproven = await world.network.person("Therapist", acceptsNew=True)
    draft = await world.draft(world.therapist, full, unproven, autoAdvance=True)
    node = await world.did(world.by_physician, Action.SEND_REFERRAL, draft)
    await world.did(world.by_therapist, Action.RETURN_REFERRAL, node, advice="Rule out diabetes.")
    await work(world, fence, NOW)
    after = await found(world, node["id"])
    assert (after["status"], after["turn"], len(after["attempts"])) == ("RETURNED", "AUTHOR", 1)
    passed = [event for event in after["events"] if event["name"] == "CandidatePassedOver"]
    assert [(event["candidate"], event["reason"]) for event in passed] == [
        (full.id, "RECIPIENT_NOT_ACCEPTING"),
        (unproven.id, "STANDING_UNKNOWN"),
    ]
    assert all("attempt" not in event for event in passed), "nobody but the author sees it"
    news = await told(world, node["id"])
    assert news.count(("passed-over", "author")) == 2
    assert ("unplaced", "author") in news
    assert (await work(world, fence, NOW)).done == 0
    await world.did(
        world.by_physician,
        Action.REDIRECT_REFERRAL,
        {"id": node["id"], "version": after["version"]},
        candidate=world.second.opaque,
    )


async def test_expiry_and_the_next_attempt_in_one_run(world: World, fence: Fence) -> None:
    node = await sent(world, automatic=True)
    due = (await found(world, node["id"]))["expiresAt"]
    await work(world, fence, instant(due) + DAY)
    after = await found(world, node["id"])
    assert [attempt["status"] for attempt in after["attempts"]] == ["EXPIRED", "SENT"]
    assert after["attempts"][1]["runsFrom"] == millis(instant(due) + DAY), "the next one's clock starts when it is sent"


async def test_information_that_is_not_given(world: World, fence: Fence) -> None:
    node = await sent(world)
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, node)
    node = await world.did(world.by_therapist, Action.REQUEST_INFORMATION, node, question="Any medication?")
    asked = await found(world, node["id"])
    assert (asked["turn"], asked["attempts"][0].get("dueAt")) == ("AUTHOR", None)
    await work(world, fence, instant(asked["remindAt"][0]))
    assert ("reminder", "author") in await told(world, node["id"])
    for _ in range(2):
        await work(world, fence, instant(asked["dueAt"]))
        assert [each for each in await told(world, node["id"]) if each[0] == "overdue"] == [("overdue", "first")]
    await work(world, fence, instant(asked["expiresAt"]))
    after = await found(world, node["id"])
    assert (after["status"], after["attempts"][0]["endReason"]) == ("EXPIRED", "INFORMATION_NOT_GIVEN")


async def test_an_answer_that_comes_when_it_is_late_is_the_news(world: World, fence: Fence) -> None:
    """Opened after it was due: whoever waits has been told of that, and is not told again of the same."""
    node = await sent(world)
    before = await found(world, node["id"])
    await work(world, fence, instant(before["dueAt"]))
    node = await world.did(world.by_therapist, Action.OPEN_REFERRAL, node, now=instant(before["dueAt"]) + DAY / 24)
    opened = await found(world, node["id"])
    assert ("overdueAt" in opened, opened["dueAt"]) == (False, before["dueAt"])
    await work(world, fence, instant(before["expiresAt"]))
    assert [topic for topic, who in await told(world, node["id"]) if who == "author"] == [
        "overdue",
        "opened",
        "expired",
    ]


async def test_an_unread_report_closes_and_says_so(world: World, fence: Fence) -> None:
    node = await world.accepted()
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    node = await world.did(world.by_therapist, Action.START_THERAPY, node, now=later)
    said = {"kind": "FINAL", "recommendation": "None."}
    node = await world.did(world.by_therapist, Action.SEND_REPORT, node, now=later, **said)
    await work(world, fence, later + 29 * DAY)
    assert (await found(world, node["id"]))["status"] == "REPORT_SENT"
    await work(world, fence, later + 30 * DAY)
    after = await found(world, node["id"])
    assert (after["status"], after["autoClosed"], after["turn"]) == ("CLOSED", True, "NOBODY")


async def test_an_unanswered_request_to_cancel_counts_as_confirmed(world: World, fence: Fence) -> None:
    node = await world.accepted()
    node = await world.did(world.by_therapist, Action.SCHEDULE_VISIT, node, startsAt=NOW + DAY)
    node = await world.did(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED")
    asked = await found(world, node["id"])
    assert (asked["turn"], asked["dueAt"]) == ("RECIPIENT", asked["expiresAt"])
    await work(world, fence, instant(asked["remindAt"][0]))
    assert ("reminder", "first") in await told(world, node["id"])
    await work(world, fence, instant(asked["expiresAt"]))
    after = await found(world, node["id"])
    assert (after["status"], names(after)[-1]) == ("CANCELLED", "CancellationConfirmed")
    assert "overdue" not in [topic for topic, _ in await told(world, node["id"])], "the network acts at that instant"
    assert after["events"][-1]["reason"] == "CANCELLATION_UNANSWERED"


async def test_one_that_cannot_be_done_keeps_no_other_waiting(
    world: World, fence: Fence, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [await sent(world) for _ in range(3)]
    attend = clock_work.attend

    def broken(subject: Subject, now: datetime, clocks: Clocks) -> Any:
        if subject.id == nodes[1]["id"]:
            raise ValueError("a mistake")
        return attend(subject, now, clocks)

    monkeypatch.setattr(clock_work, "attend", broken)
    worked = await work(world, fence, NOW + 60 * DAY)
    assert list(worked.failed) == [nodes[1]["id"]]
    states = [(await found(world, node["id"]))["status"] for node in nodes]
    assert states == ["EXPIRED", "SENT", "EXPIRED"]
    monkeypatch.undo()
    assert not (await work(world, fence, NOW + 60 * DAY)).failed
    assert (await found(world, nodes[1]["id"]))["status"] == "EXPIRED"


async def test_two_at_once_do_each_thing_once(world: World, fence: Fence) -> None:
    """Even two that hold the same fence, which two processes never do."""
    nodes = [await sent(world, automatic=True) for _ in range(6)]
    awake = instant((await found(world, nodes[-1]["id"]))["expiresAt"]) + DAY
    await asyncio.gather(*(work(world, fence, awake) for _ in range(2)))
    for node in nodes:
        after = await found(world, node["id"])
        assert names(after).count("ReferralExpired") == 1
        assert names(after).count("ReferralAdvanced") == 1
        assert [attempt["status"] for attempt in after["attempts"]] == ["EXPIRED", "SENT"]


async def test_whoever_lost_the_lease_writes_nothing(world: World) -> None:
    node = await sent(world)
    before = await world.network.snapshot(node["id"])
    with pytest.raises(LeaseLost):
        await work(world, Fence(LEASE, "somebody", -1), LONG_AFTER)
    assert await world.network.snapshot(node["id"]) == before


async def test_an_open_referral_from_before_there_were_clocks_gets_one(world: World, fence: Fence) -> None:
    node = await sent(world)
    names_ = ("turn", "dueAt", "wakeAt", "remindAt", "expiresAt")
    await world.database.write(
        "MATCH (r:Referral {id: $id}) REMOVE " + ", ".join(f"r.{name}" for name in names_), {"id": node["id"]}
    )
    assert await wake_untimed(world.database, NOW, fence) >= 1
    await work(world, fence, NOW)
    after = await found(world, node["id"])
    assert (after["turn"], after["dueAt"]) == ("RECIPIENT", after["attempts"][0]["dueAt"])


async def test_accept_cancel_recall_and_expiry_at_once(world: World, fence: Fence) -> None:
    """Whoever comes first, exactly one of them happens, and never two attempts are open."""
    winners: dict[str, int] = {}
    for round_ in range(12):
        node = await sent(world, automatic=bool(round_ % 2))
        due = instant((await found(world, node["id"]))["expiresAt"])
        outcomes = await asyncio.gather(
            world.act(world.by_therapist, Action.ACCEPT_REFERRAL, node),
            world.act(world.by_physician, Action.CANCEL_REFERRAL, node, reason="NO_LONGER_NEEDED"),
            world.act(world.by_therapist, Action.DECLINE_REFERRAL, node, reason="AT_CAPACITY"),
            world.act(world.by_physician, Action.REDIRECT_REFERRAL, node, candidate=world.second.opaque),
            work(world, fence, due),
        )
        after = await found(world, node["id"])
        done = sum(isinstance(outcome, Done) for outcome in outcomes[:4])
        own = [name for name in names(after)[2:] if name not in {"ReferralAdvanced", "CandidatePassedOver"}]
        expired = own.count("ReferralExpired")
        assert done + expired >= 1
        assert done <= 1, "they all saw the same version"
        assert sum("endedAt" not in attempt for attempt in after["attempts"]) <= 1
        winners[own[0]] = winners.get(own[0], 0) + 1
        await world.database.write("MATCH (r:Referral {id: $id}) REMOVE r.wakeAt", {"id": node["id"]})
    assert sum(winners.values()) == 12
