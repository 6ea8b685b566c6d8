"""Attachments over HTTP: who may attach and fetch what and when, what is refused, and what a crash leaves."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from api.attachments.files import Shelf
from api.attachments.routes import Desk, attachment_routes
from api.attachments.scanner import Scanned, Scanner
from api.attachments.scanning import attachment_duties
from graph.leases import take_lease
from tests.api.conftest import Served
from tests.network import NOW, key
from tests.verification.contents import PAGE, pdf, png
from verification.media import LARGEST
from verification.threads import MOST_ATTACHMENTS

pytestmark = pytest.mark.neo4j


@dataclass(frozen=True, slots=True)
class Says(Scanner):
    """A scanner that always says the same."""

    said: Scanned = Scanned.CLEAN

    async def scan(self, data: bytes) -> Scanned:
        assert data
        return self.said


@dataclass(slots=True)
class Office:
    """The routes over one shelf."""

    served: Served
    desk: Desk
    client: httpx.AsyncClient

    async def post(self, token: str | None, referral: Any, data: Any = None, **headers: str) -> httpx.Response:
        given = {"idempotency-key": key(), "content-type": "text/plain"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            given["authorization"] = f"Bearer {token}"
        content = f"Testosterone {key()}".encode() if data is None else data
        return await self.client.post(f"/referrals/{referral['id']}/attachments", content=content, headers=given)

    async def get(self, token: str | None, attachment: str) -> httpx.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await self.client.get(f"/attachments/{attachment}", headers=headers)

    async def accepted(self) -> Any:
        referral = await self.served.moved(self.served.physician, "sendReferral", await self.served.draft())
        return await self.served.moved(self.served.therapist, "acceptReferral", referral)


def opened(served: Served, root: Path, scanner: Scanner | None = None) -> Office:
    desk = Desk(served.network.database, lambda: NOW, Shelf(root / "attachments"), scanner)
    transport = httpx.ASGITransport(Starlette(routes=attachment_routes(desk)))
    return Office(served, desk, httpx.AsyncClient(transport=transport, base_url="http://bonafide.test"))


@pytest.fixture
async def office(served: Served, tmp_path: Path) -> AsyncIterator[Office]:
    found = opened(served, tmp_path)
    async with found.client:
        yield found


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def files(office: Office) -> list[Path]:
    return [path for path in office.desk.shelf.root.rglob("*") if path.is_file()]


async def test_a_file_goes_with_its_referral_and_with_nothing_else(office: Office) -> None:
    """Before acceptance, in charge, and after: the sender always, the recipient while in charge, others never."""
    served, content = office.served, pdf(PAGE)
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    answer = await office.post(
        served.physician, referral, content, content_type="application/pdf", attachment_title="Labs%2C%20M%C3%A4rz"
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()["attachment"]
    assert (told["title"], told["state"], told["size"]) == ("Labs, März", "CLEAN", len(content))
    own = told["id"]
    everybody = (served.physician, served.therapist, served.second, served.officer, served.steward)

    async def statuses() -> list[int]:
        return [(await office.get(token, own)).status_code for token in everybody]

    assert await statuses() == [200, 404, 404, 404, 404]
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    assert await statuses() == [200, 200, 404, 404, 404]
    back = (await office.post(served.therapist, referral, png(), content_type="image/png")).json()["attachment"]
    assert (await office.get(served.physician, back["id"])).content == png()
    referral = await served.moved(served.therapist, "declineReferral", referral, reason="OUTSIDE_SCOPE")
    assert await statuses() == [200, 404, 404, 404, 404]
    assert (await office.get(served.therapist, back["id"])).status_code == 404
    referral = await served.moved(served.physician, "redirectReferral", referral)
    referral = await served.moved(served.second, "acceptReferral", referral)
    assert await statuses() == [200, 404, 200, 404, 404]
    assert (await office.get(served.second, back["id"])).status_code == 404
    assert (await office.get(served.physician, back["id"])).status_code == 200


async def test_it_is_given_out_to_be_saved_and_never_to_be_shown(office: Office) -> None:
    referral = await office.accepted()
    own = (await office.post(office.served.physician, referral, b"<text>")).json()["attachment"]["id"]
    answer = await office.get(office.served.therapist, own)
    assert answer.content == b"<text>"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="text.txt"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "etag" not in answer.headers


async def test_unknown_and_forbidden_look_alike(office: Office) -> None:
    served, referral = office.served, await office.accepted()
    own = (await office.post(served.physician, referral)).json()["attachment"]["id"]
    [file] = files(office)
    answers = [
        await office.get(token, named)
        for token, named in (
            (served.second, own),
            (served.second, "QXR0YWNobWVudDpub25l"),
            (served.second, "no id"),
            (served.physician, file.name),
            (served.physician, referral["id"]),
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    for token in (None, f"bona_{key()}"):
        assert code(await office.get(token, own)) == (401, "UNAUTHENTICATED")
        assert code(await office.post(token, referral)) == (401, "UNAUTHENTICATED")


async def test_who_may_not_attach(office: Office) -> None:
    served = office.served
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    assert code(await office.post(served.therapist, referral)) == (409, "ILLEGAL_TRANSITION")
    assert code(await office.post(served.second, referral)) == (404, "NOT_FOUND")
    assert code(await office.post(served.second, {"id": "UmVmZXJyYWw6bm9uZQ"})) == (404, "NOT_FOUND")
    assert code(await office.post(served.officer, referral)) == (403, "FORBIDDEN")
    assert code(await office.post(served.steward, referral)) == (403, "FORBIDDEN")
    referral = await served.moved(served.physician, "cancelReferral", referral, reason="NO_LONGER_NEEDED")
    assert code(await office.post(served.physician, referral)) == (409, "ILLEGAL_TRANSITION")
    assert files(office) == []


async def test_what_is_not_taken(office: Office) -> None:
    token, referral = office.served.physician, await office.accepted()
    for (status, why), data, headers in (
        ((413, "TOO_LARGE"), b"a" * (LARGEST + 1), {}),
        ((413, "TOO_LARGE"), drip(LARGEST + 1), {}),
        ((422, "EMPTY"), b"", {}),
        ((422, "TYPE_MISMATCH"), b"PK\x03\x04 as a document", {"content_type": "application/pdf"}),
        ((422, "TYPE_MISMATCH"), pdf(PAGE), {}),
        ((422, "CONTENT_REFUSED"), pdf(b"<< /JavaScript 1 >>"), {"content_type": "application/pdf"}),
        ((415, "UNSUPPORTED_MEDIA_TYPE"), b"<p>", {"content_type": "text/html"}),
        ((415, "UNSUPPORTED_MEDIA_TYPE"), b"a", {"content_encoding": "gzip"}),
        ((400, "BAD_INPUT"), b"a", {"idempotency_key": ""}),
        ((400, "BAD_INPUT"), b"a", {"attachment_title": "two%0Alines"}),
        ((400, "BAD_INPUT"), b"a", {"attachment_title": "%ff"}),
        ((400, "BAD_INPUT"), b"a", {"attachment_title": "a" * 201}),
    ):
        assert code(await office.post(token, referral, data, **headers)) == (status, why)
    assert files(office) == []
    assert (await office.post(token, referral, b"a" * LARGEST)).status_code == 201


async def drip(size: int) -> AsyncIterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(0, size, 65_536):
        yield b"a" * 65_536


async def test_a_key_attaches_once(office: Office) -> None:
    token, referral = office.served.physician, await office.accepted()
    same = key()
    answers = await asyncio.gather(*(office.post(token, referral, b"once", idempotency_key=same) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["attachment"]["id"] for answer in answers}) == 1
    other = await office.post(token, referral, b"twice", idempotency_key=same)
    assert code(other) == (409, "IDEMPOTENCY_CONFLICT")


async def test_one_content_lies_there_once_and_belongs_to_each(office: Office) -> None:
    served, first, other = office.served, await office.accepted(), await office.accepted()
    ids = [
        (await office.post(served.physician, referral, b"same")).json()["attachment"]["id"]
        for referral in (first, other)
    ]
    assert len(set(ids)) == 2
    assert len(files(office)) == 1
    await served.moved(served.therapist, "declineReferral", first, reason="OUTSIDE_SCOPE")
    assert [(await office.get(served.therapist, own)).status_code for own in ids] == [404, 200]


async def test_there_are_only_so_many(office: Office) -> None:
    token, referral = office.served.physician, await office.accepted()
    for _ in range(MOST_ATTACHMENTS - 2):
        assert (await office.post(token, referral)).status_code == 201
    answers = await asyncio.gather(*(office.post(token, referral) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]


async def run(office: Office, name: str) -> int:
    """One of the duties, done now."""
    [duty] = [d for d in attachment_duties(office.desk.shelf, office.desk.scanner) if d.name == name]
    database = office.desk.database
    fence = await take_lease(database, key(), "test")
    assert fence is not None
    return await duty.run(database, NOW + timedelta(minutes=1), fence)


@pytest.mark.parametrize(("said", "state", "status"), [(Scanned.CLEAN, "CLEAN", 200), (Scanned.FOUND, "REFUSED", 409)])
async def test_a_scanner_has_the_last_word(
    served: Served, tmp_path: Path, said: Scanned, state: str, status: int
) -> None:
    office = opened(served, tmp_path, Says(said=Scanned.UNKNOWN))
    referral = await office.accepted()
    answer = await office.post(served.physician, referral)
    own = answer.json()["attachment"]["id"]
    assert answer.json()["attachment"]["state"] == "PENDING"
    assert code(await office.get(served.physician, own)) == (409, "PENDING")
    assert (await office.get(served.therapist, own)).status_code == 404
    office.desk = replace(office.desk, scanner=Says(said=said))
    assert await run(office, "scans") >= 1
    assert (await office.get(served.physician, own)).status_code == status
    assert (await office.get(served.therapist, own)).status_code == (200 if state == "CLEAN" else 404)


async def test_a_scanner_answers_right_after_the_upload(served: Served, tmp_path: Path) -> None:
    office = opened(served, tmp_path, Says())
    own = (await office.post(served.physician, await office.accepted())).json()["attachment"]["id"]
    assert (await office.get(served.therapist, own)).status_code == 200


async def test_what_a_crash_leaves_is_tidied_up_and_what_is_needed_stays(office: Office) -> None:
    """The file is there before the graph says so: a crash between the two leaves an orphan, and nothing else."""
    token, referral = office.served.physician, await office.accepted()
    own = (await office.post(token, referral, b"needed")).json()["attachment"]["id"]
    orphan = office.desk.shelf.put(b"nobody's")
    assert await run(office, "orphaned files") == 0
    for file in files(office):
        os.utime(file, (1_000_000, 1_000_000))
    assert await run(office, "orphaned files") == 1
    assert not office.desk.shelf.place(orphan).exists()
    assert (await office.get(token, own)).content == b"needed"


async def test_a_full_disk_changes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    token, referral = office.served.physician, await office.accepted()
    fsync: Callable[[int], None] = os.fsync

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    same = key()
    assert code(await office.post(token, referral, b"a", idempotency_key=same)) == (503, "UNAVAILABLE")
    monkeypatch.setattr(os, "fsync", fsync)
    assert (await office.post(token, referral, b"a", idempotency_key=same)).status_code == 201


async def test_a_damaged_file_is_not_given_out(office: Office) -> None:
    token, referral = office.served.physician, await office.accepted()
    own = (await office.post(token, referral, b"whole")).json()["attachment"]["id"]
    [file] = files(office)
    file.write_bytes(b"whose")
    assert code(await office.get(token, own)) == (500, "INTERNAL")
