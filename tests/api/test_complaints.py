"""What users of referral systems complain about in public, each as what they wanted to have instead."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette

from api.attachments.files import Shelf
from api.attachments.routes import Desk, attachment_routes
from api.execute import Executor
from api.letters.routes import letter_routes
from graph.directory import refresh
from graph.ids import plain_id
from tests.api.conftest import LETTERS, Served
from tests.api.letters.reading import opened
from tests.network import CONCERN, NOW, Person, key
from verification.policies import SHIPPED_POLICIES
from verification.worklists import WORKLIST_FOLDERS

pytestmark = pytest.mark.neo4j

SEARCH: Final = """
query Search($where: TherapistFilter!, $near: Near, $orderBy: TherapistOrder, $first: Int!, $after: String) {
  therapists(where: $where, near: $near, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { distanceKm node { id npi acceptsNew waitWeeks profileUpdatedAt practices { latitude longitude } } }
  }
}
"""
LIST: Final = """
query List($folder: WorklistFolder!, $first: Int!, $after: String) {
  worklist(folder: $folder, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id status turn since dueAt overdue currentAttempt { status openedAt } } }
  }
}
"""
STORY: Final = """
query Story($id: ID!) {
  referral(id: $id) {
    createdAt sentAt status turn currentAttempt { openedAt visits { startsAt zone } }
    events(first: 50) { edges { node { number name at fromStatus toStatus reason by { name role } } } }
  }
}
"""
WHERE: Final = {"concern": CONCERN, "jurisdiction": "CA"}
SAN_FRANCISCO: Final = {"postalCode": "94110", "withinKm": 1000}


@pytest.fixture
async def web(served: Served, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    desk = Desk(served.network.database, lambda: NOW, Shelf(tmp_path / "attachments"), None)
    routes = [*letter_routes(served.executor, "https://bonafide.example"), *attachment_routes(desk)]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://bonafide.test") as client:
        yield client


@pytest.fixture
async def fresh(served: Served) -> None:
    """Other tests bring news at other times, and what is stored follows whoever looked last."""
    ids = [therapist.id for therapist in served.therapists]
    await refresh(served.network.database, ids, NOW, SHIPPED_POLICIES)


def at(served: Served, when: datetime) -> Served:
    """The same network at another time."""
    return replace(served, executor=Executor(served.network.database, SHIPPED_POLICIES, lambda: when))


def told(when: datetime) -> str:
    """An instant as the contract writes it."""
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def follow(served: Served, first: int = 2, **asked: Any) -> list[Any]:
    """Every edge of a search, page after page."""
    edges: list[Any] = []
    after = None
    while True:
        page = (await served.data(served.physician, SEARCH, first=first, after=after, **asked))["therapists"]
        edges += page["edges"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(edges) == page["totalCount"]
            return edges


async def folder(served: Served, token: str, name: str, first: int = 100) -> list[Any]:
    """Every row of a folder, page after page."""
    rows: list[Any] = []
    after = None
    while True:
        page = (await served.data(token, LIST, folder=name, first=first, after=after))["worklist"]
        rows += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert len(rows) == page["totalCount"]
            return rows


async def sent(served: Served, *candidates: Person) -> Any:
    return await served.moved(served.physician, "sendReferral", await served.draft(*candidates))


def written(served: Served) -> dict[str, Any]:
    return {
        "patient": {**served.patient(), "familyName": "Twice" + key()[:8].translate(LETTERS)},
        "concern": CONCERN,
        "jurisdiction": "CA",
        "priority": "ROUTINE",
        "candidates": [served.therapists[0].opaque],
        "consent": {"given": True},
    }


# What is printed


async def test_the_clinics_copy_and_the_patients_copy_are_sheets_of_their_own(
    served: Served, web: httpx.AsyncClient
) -> None:
    headers = {"authorization": f"Bearer {served.physician}"}
    sheets = {}
    for name in ("letter", "handout"):
        answer = await web.get(f"/referrals/{served.referral}/{name}.pdf", headers=headers)
        sheets[name] = opened(answer.content)
        assert f"{name}.pdf" in str(answer.request.url)
    assert sheets["letter"].title != sheets["handout"].title
    assert "Canaryreason" in sheets["letter"].text
    assert "Canaryreason" not in sheets["handout"].text


async def test_a_printed_referral_says_how_old_the_patient_is(served: Served, web: httpx.AsyncClient) -> None:
    headers = {"authorization": f"Bearer {served.physician}"}
    answer = await web.get(f"/referrals/{served.referral}/letter.pdf", headers=headers)
    assert "May 6, 1984" in opened(answer.content).text


# What came of it


async def test_the_sender_sees_that_it_was_received_and_when(served: Served) -> None:
    referral = await sent(served)
    assert (await served.data(served.physician, STORY, id=referral["id"]))["referral"]["currentAttempt"][
        "openedAt"
    ] is None
    later = at(served, NOW + timedelta(minutes=5))
    await later.moved(served.therapist, "openReferral", referral)
    story = (await later.data(served.physician, STORY, id=referral["id"]))["referral"]
    assert story["status"] == "RECEIVED"
    assert story["currentAttempt"]["openedAt"] == told(NOW + timedelta(minutes=5))


async def test_every_change_of_status_is_told_with_who_and_when(served: Served) -> None:
    referral = await sent(served)
    referral = await served.moved(served.therapist, "openReferral", referral)
    referral = await served.moved(served.therapist, "declineReferral", referral, reason="AT_CAPACITY")
    story = (await served.data(served.physician, STORY, id=referral["id"]))["referral"]
    events = [edge["node"] for edge in story["events"]["edges"]]
    assert [(each["fromStatus"], each["toStatus"], each["reason"]) for each in events] == [
        (None, "DRAFT", None),
        ("DRAFT", "SENT", None),
        ("SENT", "RECEIVED", None),
        ("RECEIVED", "DECLINED", "AT_CAPACITY"),
    ]
    assert [each["by"]["role"] for each in events] == ["PHYSICIAN", "PHYSICIAN", "THERAPIST", "THERAPIST"]
    assert all(each["at"] for each in events)


async def test_a_referral_is_as_old_as_its_sending_and_not_as_its_entry(served: Served) -> None:
    draft = await served.draft()
    later = at(served, NOW + timedelta(days=3))
    await later.moved(served.physician, "sendReferral", draft)
    story = (await later.data(served.therapist, STORY, id=draft["id"]))["referral"]
    assert story["sentAt"] == told(NOW + timedelta(days=3))
    row = next(row for row in await folder(later, served.therapist, "NEW") if row["id"] == draft["id"])
    assert row["since"] == story["sentAt"]


async def test_a_no_goes_back_to_the_sender_who_has_to_act(served: Served) -> None:
    for refusing in ({"action": "declineReferral", "reason": "OUTSIDE_SCOPE"}, {"action": "returnReferral"}):
        referral = await sent(served)
        said = {"reason": refusing["reason"]} if "reason" in refusing else {"advice": "Ask the cardiologist."}
        referral = await served.moved(served.therapist, refusing["action"], referral, **said)
        rows = await folder(served, served.physician, "NEEDS_MY_ACTION")
        row = next(row for row in rows if row["id"] == referral["id"])
        assert (row["turn"], row["dueAt"] is not None) == ("AUTHOR", True)
        found = plain_id(referral["id"])
        assert found is not None
        notices = await served.network.database.read(
            "MATCH (o:Outbox {object: $id, recipient: $who}) RETURN o.topic ORDER BY o.at",
            {"id": found[1], "who": served.doctor.id},
        )
        assert notices[-1][0] in ("referral.declined", "referral.returned")


async def test_who_was_asked_first_has_nothing_open_once_another_is_asked(served: Served) -> None:
    referral = await sent(served)
    await served.moved(served.physician, "redirectReferral", referral)
    for name in ("NEW", "NEEDS_INFORMATION", "TO_BOOK", "BOOKED", "IN_THERAPY"):
        assert referral["id"] not in [row["id"] for row in await folder(served, served.therapist, name)]
    assert referral["id"] in [row["id"] for row in await folder(served, served.therapist, "DONE")]


# Lists


async def test_a_row_of_a_list_says_how_it_stands_without_being_opened(served: Served) -> None:
    referral = await sent(served)
    row = next(row for row in await folder(served, served.physician, "WAITING") if row["id"] == referral["id"])
    assert (row["status"], row["turn"], row["overdue"]) == ("SENT", "RECIPIENT", False)
    assert row["dueAt"] > row["since"]
    assert row["currentAttempt"] == {"status": "SENT", "openedAt": None}


async def test_every_referral_is_in_exactly_one_folder_of_each_side(served: Served) -> None:
    own = []
    referral = await served.draft()
    own.append(referral["id"])
    ways: tuple[tuple[tuple[str, dict[str, Any]], ...], ...] = (
        (),
        (("openReferral", {}),),
        (("openReferral", {}), ("requestInformation", {"question": "Since when?"})),
        (("waitlistReferral", {}),),
        (("acceptReferral", {}), ("holdReferral", {"reason": "PATIENT_PAUSE"})),
        (("acceptReferral", {}), ("scheduleVisit", {"startsAt": (NOW + timedelta(days=1)).isoformat()})),
        (("declineReferral", {"reason": "OUTSIDE_SCOPE"}),),
    )
    for way in ways:
        referral = await sent(served)
        for action, said in way:
            referral = await served.moved(served.therapist, action, referral, **said)
        own.append(referral["id"])
    for token, side in ((served.physician, "sender"), (served.therapist, "recipient")):
        found: list[str] = []
        for name, each in WORKLIST_FOLDERS.items():
            if each.side == side:
                found += [row["id"] for row in await folder(served, token, name, first=7)]
        wanted = own if side == "sender" else own[1:]
        assert len(found) == len(set(found))
        assert set(wanted) <= set(found)


async def test_what_comes_in_around_midnight_is_on_the_list_at_once(served: Served) -> None:
    """In Oakland it is still the day before when it is past midnight in UTC; no list asks which day it is."""
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for moment in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=8)):
        then = at(served, moment)
        referral = await sent(then)
        assert referral["id"] in [row["id"] for row in await folder(then, served.therapist, "NEW")]


# Doing it once, and knowingly


async def test_a_double_click_writes_one_referral(served: Served) -> None:
    said = {**written(served), "idempotencyKey": key()}
    shape = "referral { id version }"
    first, *others = await asyncio.gather(
        *(served.change(served.physician, "createReferral", said, shape) for _ in range(4))
    )
    assert first["problems"] == []
    assert all(each == first for each in others)
    rows = await served.network.database.read(
        "MATCH (p:Patient {familyName: $name}) RETURN count(p)", {"name": said["patient"]["familyName"]}
    )
    assert rows == [[1]]


async def test_the_same_key_with_another_patient_is_refused(served: Served) -> None:
    said = {**written(served), "idempotencyKey": key()}
    assert (await served.change(served.physician, "createReferral", said, ""))["problems"] == []
    other = {**said, "patient": {**said["patient"], "givenName": "Another"}}
    refused = await served.change(served.physician, "createReferral", other, "")
    assert [each["code"] for each in refused["problems"]] == ["IDEMPOTENCY_CONFLICT"]
    rows = await served.network.database.read(
        "MATCH (p:Patient {familyName: $name}) RETURN p.givenName", {"name": said["patient"]["familyName"]}
    )
    assert rows == [["Quillon"]]


async def test_a_change_without_the_version_one_looked_at_is_not_made(served: Served) -> None:
    referral = await sent(served)
    query = "mutation M($input: OpenReferralInput!) { openReferral(input: $input) { problems { code } } }"
    for version in ({}, {"expectedVersion": None}):
        said = {"idempotencyKey": key(), "referral": referral["id"], **version}
        result = await served.ask(served.therapist, query, input=said)
        assert "errors" in result
        assert result.get("data") is None
    again = {"referral": referral["id"], "expectedVersion": referral["version"] - 1}
    refused = await served.change(served.therapist, "openReferral", again, "")
    assert [(each["code"], each["path"]) for each in refused["problems"]] == [("STALE_VERSION", ["expectedVersion"])]
    story = (await served.data(served.physician, STORY, id=referral["id"]))["referral"]
    assert story["status"] == "SENT"


async def test_what_is_closed_stays_closed(served: Served) -> None:
    referral = await served.moved(served.physician, "cancelReferral", await sent(served), reason="TREATED_ELSEWHERE")
    said = {"referral": referral["id"], "expectedVersion": referral["version"]}
    for token, action in (
        (served.physician, "redirectReferral"),
        (served.physician, "sendReferral"),
        (served.therapist, "acceptReferral"),
        (served.physician, "markEnteredInError"),
    ):
        more = {"reason": "TEST"} if action == "markEnteredInError" else {}
        refused = await served.change(token, action, {**said, **more}, "")
        assert [each["code"] for each in refused["problems"]] == ["ILLEGAL_TRANSITION"], action


async def test_what_was_entered_in_error_needs_a_reason(served: Served) -> None:
    referral = await sent(served)
    query = "mutation M($input: MarkEnteredInErrorInput!) { markEnteredInError(input: $input) { problems { code } } }"
    said = {"idempotencyKey": key(), "referral": referral["id"], "expectedVersion": referral["version"]}
    assert "errors" in await served.ask(served.physician, query, input=said)


async def test_a_file_goes_to_no_other_patient(served: Served, web: httpx.AsyncClient) -> None:
    """Neither by somebody who has no part in the referral nor by naming another's file or message."""
    mine = await served.moved(served.therapist, "acceptReferral", await sent(served))
    others = await served.moved(served.second, "acceptReferral", await sent(served, served.therapists[1]))

    async def post(token: str, referral: Any, media: str = "text/plain", data: bytes = b"Labs.") -> httpx.Response:
        headers = {"authorization": f"Bearer {token}", "idempotency-key": key(), "content-type": media}
        return await web.post(f"/referrals/{referral['id']}/attachments", content=data, headers=headers)

    assert (await post(served.therapist, others)).status_code == 404
    assert (await post(served.therapist, mine, "application/pdf")).status_code in (415, 422)
    file = (await post(served.therapist, mine)).json()["attachment"]["id"]
    for token in (served.second, served.steward):
        answer = await web.get(f"/attachments/{file}", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 404
    named = {"referral": others["id"], "through": file}
    refused = await served.change(served.second, "markRead", named, "")
    assert [each["code"] for each in refused["problems"]] == ["NOT_FOUND"]


# Finding somebody


@pytest.mark.usefixtures("fresh")
async def test_nearest_is_nearest_over_the_ground(served: Served) -> None:
    """By degrees added up Fresno is nearer to here than Sacramento; over the ground it is the other way round."""
    here = (38.0, -120.2)
    near = {"latitude": here[0], "longitude": here[1], "withinKm": 1500}
    edges = await follow(served, where=WHERE, near=near, orderBy="DISTANCE")
    for edge in edges:
        places = [(each["latitude"], each["longitude"]) for each in edge["node"]["practices"] if each["latitude"]]
        assert edge["distanceKm"] == pytest.approx(min(_apart(here, place) for place in places), rel=0.01)
    distances = [edge["distanceKm"] for edge in edges]
    assert distances == sorted(distances)
    order = [edge["node"]["npi"] for edge in edges]
    assert order.index(served.therapists[4].npi) < order.index(served.therapists[5].npi)


@pytest.mark.usefixtures("fresh")
async def test_the_distance_is_told_on_every_page(served: Served) -> None:
    edges = await follow(served, first=1, where=WHERE, near=SAN_FRANCISCO, orderBy=None)
    assert len(edges) >= len(served.therapists)
    assert all(edge["distanceKm"] is not None for edge in edges)


@pytest.mark.parametrize("order", ["DISTANCE", "SOONEST", "NAME"])
@pytest.mark.usefixtures("fresh")
async def test_pages_keep_every_filter_to_the_end(served: Served, order: str) -> None:
    where = {**WHERE, "language": "es", "modality": "TELEHEALTH"}
    whole = await follow(served, first=100, where=where, near=SAN_FRANCISCO, orderBy=order)
    for size in (1, 2):
        assert await follow(served, first=size, where=where, near=SAN_FRANCISCO, orderBy=order) == whole


@pytest.mark.usefixtures("fresh")
async def test_whoever_is_proven_is_found_by_everything_they_say_of_themselves(served: Served) -> None:
    for number, therapist in enumerate(served.therapists):
        filters: list[Mapping[str, Any]] = [{}, {"payer": "Aetna"}, {"language": "en"}, {"modality": "IN_PERSON"}]
        if number % 2:
            filters += [{"concern": "low-desire"}, {"language": "es"}, {"modality": "TELEHEALTH"}]
        for each in filters:
            edges = await follow(served, first=100, where={**WHERE, **each}, near=None, orderBy=None)
            assert therapist.npi in [edge["node"]["npi"] for edge in edges], each


@pytest.mark.usefixtures("fresh")
async def test_a_zip_code_and_its_place_on_the_map_give_the_same_list(served: Served) -> None:
    by_code = await follow(served, first=100, where=WHERE, near=SAN_FRANCISCO, orderBy=None)
    oakland = next(edge for edge in by_code if edge["node"]["npi"] == served.therapists[0].npi)
    place = oakland["node"]["practices"][0]
    near = {"latitude": place["latitude"], "longitude": place["longitude"], "withinKm": 1000}
    by_map = await follow(served, first=100, where=WHERE, near=near, orderBy=None)
    assert [edge["node"]["npi"] for edge in by_map] == [edge["node"]["npi"] for edge in by_code]


@pytest.mark.usefixtures("fresh")
async def test_a_second_place_of_the_same_name_is_found_too(served: Served) -> None:
    token = f"bona_{key()}"
    therapist = await served.network.therapist()
    await served.network.account("therapist", therapist.id, token)
    places = [{"placeName": "The Practice", "addressPostalCode": code} for code in ("94110", "92101")]
    done = await served.change(token, "updateProfile", {"concerns": [CONCERN], "places": places}, "")
    assert done["problems"] == []
    await refresh(served.network.database, [therapist.id], NOW, SHIPPED_POLICIES)
    try:
        for code in ("94110", "92101"):
            near = {"postalCode": code, "withinKm": 20}
            edges = await follow(served, first=100, where=WHERE, near=near, orderBy=None)
            assert [edge["node"]["npi"] for edge in edges].count(therapist.npi) == 1
    finally:
        # Other tests count who is found here.
        await served.network.database.write(
            "MATCH (t:Therapist {id: $id})-[f:FOUND_UNDER|REFERABLE_IN]->() DELETE f", {"id": therapist.id}
        )


async def test_a_way_of_searching_that_is_not_known_is_refused_and_not_ignored(served: Served) -> None:
    for near in (
        {"postcode": "94110", "withinKm": 5},
        {"postalCode": "94110", "withinMiles": 5},
        {"postalCode": "94110"},
    ):
        result = await served.ask(served.physician, SEARCH, where=WHERE, near=near, first=1)
        assert result.get("data") is None
        assert result["errors"]


@pytest.mark.usefixtures("fresh")
async def test_capacity_is_told_with_how_long_and_when_it_was_said(served: Served) -> None:
    token = f"bona_{key()}"
    therapist = await served.network.therapist()
    await served.network.account("therapist", therapist.id, token)
    shape = "therapist { acceptsNew waitWeeks profileUpdatedAt }"
    later = at(served, NOW + timedelta(hours=2))
    done = await later.change(token, "updateAvailability", {"acceptsNew": True, "waitWeeks": 6}, shape)
    assert done["therapist"] == {
        "acceptsNew": True,
        "waitWeeks": 6,
        "profileUpdatedAt": told(NOW + timedelta(hours=2)),
    }


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Kilometres between two places on a sphere (haversine)."""
    (north, east), (far, side) = ((radians(each[0]), radians(each[1])) for each in (one, other))
    half = sin((far - north) / 2) ** 2 + cos(north) * cos(far) * sin((side - east) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(half))
