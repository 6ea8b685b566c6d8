"""The sweep decides anew on whoever is due, once, and goes on where it was stopped."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from graph.database import Database
from graph.directory import refresh
from graph.instants import millis
from graph.leases import Fence, LeaseLost, give_back, take_lease
from graph.sweeps import LEASE, Swept, next_due, sweep, sweep_everybody, sweep_overdue
from tests.graphs import own_graph
from tests.imports import NOW, Imports
from tests.published import certificate_row, fresh_npis, member_row, membership_row
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A graph of its own: a sweep looks at everybody."""
    async with own_graph(tmp_path_factory.mktemp("swept")) as opened:
        yield opened


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


@pytest.fixture
async def fence(database: Database) -> AsyncIterator[Fence]:
    taken = await take_lease(database, LEASE, f"test {secrets.token_hex(4)}")
    assert taken is not None
    yield taken
    await give_back(database, taken)


async def therapist(imports: Imports, **licence: str) -> str:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi, **licence)])
    await imports.roster([certificate_row(npi, npi), membership_row(npi, npi)], "AASECT")
    return npi


async def settle(imports: Imports, fence: Fence, now: datetime = NOW) -> None:
    await sweep(imports.database, now, SHIPPED_POLICIES, fence)


async def test_nobody_is_due_after_a_sweep(imports: Imports, fence: Fence) -> None:
    await therapist(imports)
    await settle(imports, fence)
    version = await imports.version()
    again = await sweep(imports.database, NOW, SHIPPED_POLICIES, fence)
    assert (again.decided, again.changed) == (0, 0)
    assert again.checked >= 3
    assert await imports.version() == version


async def test_the_passing_of_time_makes_due_at_the_very_instant(imports: Imports, fence: Fence) -> None:
    npi = await therapist(imports, dateOfExpiration="2026-11-30")
    await settle(imports, fence)
    (window,) = (await imports.person(npi))["windows"]
    end = NOW + timedelta(milliseconds=window["until"] - millis(NOW))
    due = await next_due(imports.database, NOW)
    assert due is not None
    assert due <= end
    await settle(imports, fence, end - timedelta(milliseconds=1))
    assert len((await imports.person(npi))["windows"]) == 1
    await settle(imports, fence, end)
    person = await imports.person(npi)
    assert person["windows"] == []
    assert {each["kind"]: each["status"] for each in person["credentials"]}["LMFT"] == "LAPSED"


async def test_who_is_overdue_is_found_without_looking_at_the_rest(imports: Imports, fence: Fence) -> None:
    npi = await therapist(imports, dateOfExpiration="2026-11-28")
    await settle(imports, fence)
    later = NOW + timedelta(days=4)
    swept = await sweep_overdue(imports.database, later, SHIPPED_POLICIES, fence)
    assert swept.decided >= 1
    assert (await imports.person(npi))["windows"] == []
    assert (await sweep_overdue(imports.database, later, SHIPPED_POLICIES, fence)).decided == 0


async def test_other_evidence_and_another_rule_make_due(imports: Imports, fence: Fence) -> None:
    npi = await therapist(imports)
    await settle(imports, fence)
    for change in ("n.revision = n.revision + 1", "n.decidedUnder = 'another policy'", "n.decidedRevision = null"):
        await imports.database.write("MATCH (n:Practitioner {npi: $npi}) SET " + change, {"npi": npi})
        assert (await sweep(imports.database, NOW, SHIPPED_POLICIES, fence)).decided == 1
    await imports.database.write(
        "MATCH (e:ExclusionEdition {key: 'LEIE|2026-11|imports'}) SET e.fetchedAt = e.fetchedAt + 1"
    )
    swept = await sweep(imports.database, NOW, SHIPPED_POLICIES, fence)
    assert swept.decided == len(
        await imports.database.read("MATCH (n:Practitioner) WHERE EXISTS { (n)-[:HOLDS]->(:Credential) } RETURN n.id")
    )


async def test_a_sweep_says_what_deciding_on_each_alone_says(imports: Imports, fence: Fence) -> None:
    npis = [
        await therapist(imports, **said)
        for said in ({}, {"dateOfExpiration": "2026-12-03"}, {"status": "Revoked", "statusDate": "2026-11-01"})
    ]
    later = NOW + timedelta(days=9)
    await settle(imports, fence, later)
    swept = [await imports.person(npi) for npi in npis]
    await refresh(imports.database, [person["id"] for person in swept], later, SHIPPED_POLICIES)
    assert [await imports.person(npi) for npi in npis] == swept


class Killed(Exception):  # noqa: N818 - somebody killed the process
    """The sweep was killed in the middle."""


async def test_a_sweep_over_everybody_goes_on_where_it_was_killed(
    imports: Imports, fence: Fence, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.sweeps.LOOKED_AT", 20)
    for _ in range(3):
        await therapist(imports)
    batches = 0

    def kill(swept: Swept) -> None:
        nonlocal batches
        batches += 1
        if swept.checked >= 4:
            raise Killed

    with pytest.raises(Killed):
        await sweep_everybody(imports.database, NOW, SHIPPED_POLICIES, fence, kill)
    ((credentials,),) = await imports.database.read("RETURN COUNT { (:Credential) }")
    swept = await sweep_everybody(imports.database, NOW, SHIPPED_POLICIES, fence)
    assert swept.resumed
    assert swept.checked == credentials
    assert not await imports.database.read("MATCH (s:Sweep) RETURN s")
    fresh = await sweep_everybody(imports.database, NOW, SHIPPED_POLICIES, fence)
    assert not fresh.resumed
    assert fresh.changed == 0


async def test_whoever_slept_past_the_lease_changes_nobody(imports: Imports, fence: Fence) -> None:
    npi = await therapist(imports, dateOfExpiration="2026-11-30")
    await settle(imports, fence)
    before, version = await imports.person(npi), await imports.version()
    await imports.database.write("MATCH (l:Lease {name: $name}) SET l.until = 0", {"name": LEASE})
    with pytest.raises(LeaseLost):
        await sweep(imports.database, NOW + timedelta(days=7), SHIPPED_POLICIES, fence)
    assert await imports.person(npi) == before
    assert await imports.version() == version


async def test_an_officers_word_during_a_sweep_is_not_overwritten(
    imports: Imports, fence: Fence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was decided ahead of its transaction gives way to what was said in between."""
    npi = await therapist(imports)
    await imports.database.write("MATCH (n:Practitioner {npi: $npi}) SET n.decidedRevision = null", {"npi": npi})
    said = asyncio.Event()

    async def late(*arguments: object) -> object:
        decided = await ahead(*arguments)  # type: ignore[arg-type] # whatever it is called with
        if not said.is_set():
            said.set()
            later = imports.at(minutes=1)
            await later.roster([member_row(npi, npi, status="Revoked", statusDate="2026-11-25")])
        return decided

    from graph.directory import decide_ahead as ahead  # noqa: PLC0415 - the thing itself, before it is replaced

    monkeypatch.setattr("graph.sweeps.decide_ahead", late)
    await sweep(imports.database, NOW + timedelta(minutes=2), SHIPPED_POLICIES, fence)
    assert said.is_set()
    person = await imports.person(npi)
    assert person["windows"] == []
    assert {each["kind"]: each["status"] for each in person["credentials"]}["LMFT"] == "REVOKED"
