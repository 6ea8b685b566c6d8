"""Whoever holds a credential that ends, and its body, are told 90, 60, 30 and 7 days before, once each."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph.database import Database
from graph.leases import Fence, LeaseLost, take_lease
from graph.reminders import next_reminder, remind
from tests.imports import NOW, Imports
from tests.published import fresh_npis, member_row

pytestmark = pytest.mark.neo4j


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


@pytest.fixture
async def fence(database: Database) -> Fence:
    taken = await take_lease(database, f"reminders {secrets.token_hex(4)}", "test")
    assert taken is not None
    return taken


async def licensed(imports: Imports, expires: str) -> str:
    """The id of the licence of somebody new."""
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, dateOfExpiration=expires)])
    (licence,) = (await imports.person(npi))["credentials"]
    return str(licence["id"])


async def told(imports: Imports, credential: str) -> list[list[str]]:
    """The labels of those who were told of this credential, with the days before."""
    return await imports.database.read(
        """
        MATCH (o:Outbox {object: $id}) WHERE o.topic = 'credential.expiring'
        MATCH (who:Practitioner|CertifyingBody {id: o.recipient})
        RETURN split(o.dedupe, '|')[3], CASE WHEN who:CertifyingBody THEN 'body' ELSE 'holder' END AS kind
        ORDER BY o.at, kind
        """,
        {"id": credential},
    )


def day(days: int) -> str:
    return (NOW.date() + timedelta(days)).isoformat()


async def test_each_reminder_goes_to_holder_and_body_once(imports: Imports, fence: Fence) -> None:
    licence = await licensed(imports, day(91))
    for passed in (0, 1, 1, 20, 31, 61, 84, 84, 92):
        await remind(imports.database, NOW + timedelta(passed), fence)
    both = [["90", "body"], ["90", "holder"], ["60", "body"], ["60", "holder"], ["30", "body"], ["30", "holder"],
            ["7", "body"], ["7", "holder"]]  # fmt: skip
    assert await told(imports, licence) == both


async def test_after_a_sleep_only_the_latest_goes(imports: Imports, fence: Fence) -> None:
    licence = await licensed(imports, day(33))
    await remind(imports.database, NOW + timedelta(days=27), fence)
    assert await told(imports, licence) == [["7", "body"], ["7", "holder"]]


async def test_a_renewed_credential_begins_anew(imports: Imports, fence: Fence) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, dateOfExpiration=day(5))])
    await remind(imports.database, NOW, fence)
    later = imports.at(days=1)
    await later.roster([member_row(npi, npi, dateOfExpiration=day(60), statusDate=day(1))])
    await remind(imports.database, later.now, fence)
    (licence,) = (await imports.person(npi))["credentials"]
    assert licence["endsOn"] == day(60)
    assert [days for days, _ in await told(imports, licence["id"])] == ["7", "7", "60", "60"]


async def test_what_is_over_or_revoked_is_not_reminded_of(imports: Imports, fence: Fence) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, status="Revoked", statusDate=day(-3), dateOfExpiration=day(5))])
    (licence,) = (await imports.person(npi))["credentials"]
    over = await licensed(imports, day(-1))
    await remind(imports.database, NOW, fence)
    assert await told(imports, licence["id"]) == []
    assert await told(imports, over) == []


async def test_without_the_lease_nothing_is_sent(imports: Imports, fence: Fence) -> None:
    licence = await licensed(imports, day(6))
    await imports.database.write("MATCH (l:Lease {name: $name}) SET l.fence = l.fence + 1", {"name": fence.name})
    with pytest.raises(LeaseLost):
        await remind(imports.database, NOW, fence)
    assert await told(imports, licence) == []
    rows = await imports.database.read("MATCH (c:Credential {id: $id}) RETURN c.remindedFor", {"id": licence})
    assert rows == [[None]]


async def test_the_next_reminder_is_known_ahead(imports: Imports) -> None:
    await licensed(imports, day(95))
    found = await next_reminder(imports.database, NOW)
    assert found is not None
    assert NOW < found <= datetime.combine(NOW.date() + timedelta(days=5), datetime.min.time(), UTC)
