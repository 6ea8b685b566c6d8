"""Sheets over HTTP: the author, the therapist in charge, one who has not accepted, and those who have no part in it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from api.letters.routes import letter_routes
from tests.api.conftest import Served
from tests.api.letters.reading import opened
from tests.api.test_straight_path import REPORT, later
from tests.network import NOW, key

pytestmark = pytest.mark.neo4j

CANARIES = ("Canarywood", "Quillon", "1984", "Canaryreason", "555-0177", "quillon@example.invalid")


@pytest.fixture
async def client(served: Served) -> AsyncIterator[httpx.AsyncClient]:
    application = Starlette(routes=letter_routes(served.executor, "https://bonafide.example"))
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://bonafide.test") as opened_client:
        yield opened_client


async def fetch(client: httpx.AsyncClient, token: str | None, referral: str, name: str) -> httpx.Response:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    return await client.get(f"/referrals/{referral}/{name}.pdf", headers=headers)


async def text_of(client: httpx.AsyncClient, token: str, referral: str, name: str) -> str:
    answer = await fetch(client, token, referral, name)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    return opened(answer.content).text


async def test_author_and_accepter_read_the_whole_letter(client: httpx.AsyncClient, served: Served) -> None:
    for token in (served.physician, served.therapist):
        text = await text_of(client, token, served.referral, "letter")
        for said in ("Quillon Canarywood", "date of birth May 6, 1984", "Canaryreason", "agreed on", "(spoken)"):
            assert said in text
        assert "Proof of standing when sent" in text


async def test_before_acceptance_the_letter_tells_nobody_who_it_is_about(
    client: httpx.AsyncClient, served: Served
) -> None:
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    sealed = await text_of(client, served.therapist, referral["id"], "letter")
    assert "age 40-49, area 946" in sealed
    handout = await text_of(client, served.therapist, referral["id"], "handout")
    for canary in CANARIES:
        assert canary not in sealed
        assert canary not in handout
    assert "Canarywood" in await text_of(client, served.physician, referral["id"], "letter")


async def test_a_stranger_cannot_tell_a_referral_from_none(client: httpx.AsyncClient, served: Served) -> None:
    for name in ("letter", "handout", "report"):
        answers = [
            await fetch(client, token, referral, name)
            for token in (served.second, served.officer, served.steward)
            for referral in (served.referral, "UmVmZXJyYWw6bm9uZQ", "no id at all")
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1


async def test_without_an_account_nothing_is_said(client: httpx.AsyncClient, served: Served) -> None:
    for token in (None, "", f"bona_{key()}"):
        answer = await fetch(client, token, served.referral, "letter")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await client.get(f"/referrals/{served.referral}/letter.pdf?token={served.physician}")).status_code == 401


async def test_a_draft_has_no_papers_yet(client: httpx.AsyncClient, served: Served) -> None:
    draft = await served.draft()
    for name in ("letter", "handout", "report"):
        assert (await fetch(client, served.physician, draft["id"], name)).status_code == 404


async def test_file_names_are_neutral(client: httpx.AsyncClient, served: Served) -> None:
    for name, offered in (("letter", "referral.pdf"), ("handout", "appointment.pdf")):
        answer = await fetch(client, served.physician, served.referral, name)
        assert answer.headers["content-disposition"] == f'inline; filename="{offered}"'


async def test_the_handout_says_no_clinical_word(client: httpx.AsyncClient, served: Served) -> None:
    text = await text_of(client, served.physician, served.referral, "handout")
    assert "For Quillon" in text
    for word in ("Erectile", "sex", "therap", "Canarywood", "Canaryreason", "1984"):
        assert word.lower() not in text.lower()


async def test_the_report_is_read_by_both_sides_and_says_when_it_was_acknowledged(
    client: httpx.AsyncClient, served: Served
) -> None:
    tomorrow = later(served, days=1, hours=1)
    referral = await in_therapy(served, tomorrow)
    assert (await fetch(client, served.physician, referral["id"], "report")).status_code == 404
    referral = await tomorrow.moved(served.therapist, "sendReport", referral, kind="FINAL", **REPORT)
    for token in (served.physician, served.therapist):
        text = await text_of(client, token, referral["id"], "report")
        assert "Closing report, version 1" in text
        assert "Performance anxiety." in text
        assert "Not yet acknowledged." in text
    assert (await fetch(client, served.second, referral["id"], "report")).status_code == 404
    await tomorrow.moved(served.physician, "acknowledgeReport", referral)
    assert "Acknowledged November 26, 2026" in await text_of(client, served.physician, referral["id"], "report")


async def in_therapy(served: Served, tomorrow: Served) -> Any:
    """A referral in therapy, and its handout while a visit was booked."""
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "openReferral", referral)
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    starts = (NOW + timedelta(days=1)).isoformat()
    referral = await served.moved(served.therapist, "scheduleVisit", referral, startsAt=starts)
    return await tomorrow.moved(served.therapist, "startTherapy", referral)
