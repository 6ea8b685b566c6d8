"""Evidence is linked where it is added, whoever adds it, and whatever is done to it afterwards shows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from uuid_utils import uuid7

from graph.chain_checks import Walked, heads, walk
from graph.chains import close, extend, link_unlinked, unlinked
from graph.database import Database, Statements
from tests.imports import NOW, Imports
from tests.network import npi
from verification.chains import Head

pytestmark = pytest.mark.neo4j

ADD = "UNWIND $rows AS row CREATE (e:Evidence:Link) SET e = row"
ROW = {
    "credentialKind": "LMFT",
    "jurisdiction": "CA",
    "familyName": "Achterberg",
    "givenName": "Delphine",
    "status": "active",
    "statusDate": "2024-05-01",
}


def own_source() -> str:
    return f"TEST-{uuid7()}".upper()


def record(source: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "source": source, "sha256": "ab" * 32, "recordedAt": 1_700_000_000_000, **more}


async def add(database: Database, *records: dict[str, Any]) -> list[dict[str, Any]]:
    async def work(statements: Statements) -> list[dict[str, Any]]:
        rows = await extend(statements, records[0]["source"], records, NOW)
        await statements.run(ADD, {"rows": rows})
        return rows

    return await database.transact(work)


async def walked(database: Database, source: str, **how: Any) -> Walked:
    (head,) = await heads(database, source)
    return await walk(database, head, **how)


@asynccontextmanager
async def put(database: Database, text: str, back: str, parameters: dict[str, Any]) -> AsyncIterator[None]:
    """The graph as another hand leaves it, and as it was again."""
    await database.write(text, parameters)
    try:
        yield
    finally:
        await database.write(back, parameters)


async def test_records_follow_each_other(database: Database) -> None:
    source = own_source()
    rows = [*await add(database, record(source)), *await add(database, record(source), record(source))]
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert [row["previous"] for row in rows] == [None, rows[0]["chain"], rows[1]["chain"]]
    found = await walked(database, source)
    assert found == Walked(Head(source, 3, rows[2]["chain"]), None)


async def test_many_at_once_make_one_chain(database: Database) -> None:
    source = own_source()
    await asyncio.gather(*(add(database, record(source)) for _ in range(24)))
    found = await walked(database, source)
    assert (found.problem, found.head.position) == (None, 24)


@pytest.mark.parametrize(
    ("change", "position", "problem"),
    [
        ("SET e.sha256 = 'forged'", 2, "the record or its hash was changed"),
        ("SET e.answeredAt = 5", 2, "the record or its hash was changed"),
        ("SET e.chain = 'forged'", 2, "the record or its hash was changed"),
        ("SET e.previous = 'forged'", 2, "It does not follow"),
        ("SET e.position = 9", 2, "Nothing stands at position 2"),
        ("SET e.source = 'OTHER-' + e.source", 2, "Nothing stands at position 2"),
        ("REMOVE e:Link", 2, "Nothing stands at position 2"),
        ("DETACH DELETE e", 2, "Nothing stands at position 2"),
        ("MATCH (k:Chain {source: $source}) SET k.position = 2", 2, "another hash than the last record"),
        ("MATCH (k:Chain {source: $source}) SET k.position = 2, k.head = $second", 3, "behind the end"),
        ("MATCH (k:Chain {source: $source}) SET k.position = 4", 4, "The chain ends here"),
        ("MATCH (k:Chain {source: $source}) SET k.head = 'forged'", 3, "another hash than the last record"),
    ],
)
async def test_whatever_is_done_to_a_chain_shows(database: Database, change: str, position: int, problem: str) -> None:
    source = own_source()
    rows = await add(database, *(record(source) for _ in range(3)))
    find = "MATCH (e:Evidence {id: $id}) " if not change.startswith("MATCH") else ""
    await database.write(find + change, {"id": rows[1]["id"], "source": source, "second": rows[1]["chain"]})
    found = (await walked(database, source)).problem
    assert found is not None
    assert found.position == position
    assert problem in found.problem


async def test_a_chain_linked_anew_shows_by_a_head_that_was_written_down(database: Database) -> None:
    source = own_source()
    first = await add(database, record(source), record(source))
    await database.write("MATCH (e:Evidence|Chain {source: $source}) DETACH DELETE e", {"source": source})
    await add(database, record(source), record(source))
    assert (await walked(database, source)).problem is None
    found = (await walked(database, source, known={2: first[1]["chain"]})).problem
    assert found is not None
    assert (found.position, found.problem) == (2, "Another hash was written down for this position.")


async def test_what_stands_in_no_chain_is_told_and_linked_when_asked_for(database: Database) -> None:
    source = own_source()
    rows = [record(source, recordedAt=at) for at in (3, 1, 2)]
    await database.write("UNWIND $rows AS row CREATE (e:Evidence) SET e = row", {"rows": rows})
    await add(database, record(source))
    assert (await unlinked(database))[source] == 3
    assert (await link_unlinked(database, NOW))[source] == 3
    assert source not in await unlinked(database)
    assert (await walked(database, source)).problem is None
    found = await database.read(
        "MATCH (e:Link {source: $source}) RETURN e.recordedAt ORDER BY e.position", {"source": source}
    )
    assert [at for (at,) in found][1:] == [1, 2, 3]


async def said(imports: Imports, rows: list[dict[str, str]], **more: Any) -> str:
    """Import a roster; the id of its evidence."""
    file_name = ""
    await imports.roster(rows, **more)
    ((found, file_name),) = await imports.database.read(
        "MATCH (e:Evidence {source: 'CA-BBS'}) RETURN e.id, e.fileName ORDER BY e.position DESC LIMIT 1"
    )
    assert file_name
    return str(found)


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


def rows(count: int) -> list[dict[str, str]]:
    return [{**ROW, "credentialNumber": str(uuid7()), "npi": npi()} for _ in range(count)]


async def test_an_import_is_one_link_and_what_it_said_is_another(imports: Imports) -> None:
    database = imports.database
    before = {head.chain: head.position for head in await heads(database, "CA-BBS")}.get("CA-BBS", 0)
    given = rows(3)
    evidence = await said(imports, given)
    (head,) = await heads(database, "CA-BBS")
    assert head.position == before + 2
    await imports.roster(given)
    assert (await heads(database, "CA-BBS"))[0].position == before + 2, "the same bytes say nothing new"
    ((count,),) = await database.read(
        "MATCH (c:Closing {evidence: $id})-[:CLOSES]->(:Evidence {id: $id}) RETURN c.said", {"id": evidence}
    )
    assert count == 3
    assert (await walked(database, "CA-BBS")).problem is None


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ("SET o.status = 'REVOKED'", "SET o.status = 'ACTIVE'"),
        ("SET o.recordedAt = o.recordedAt + 1", "SET o.recordedAt = o.recordedAt - 1"),
        ("SET o.note = 'x'", "REMOVE o.note"),
    ],
)
async def test_what_an_import_said_cannot_be_changed_unseen(imports: Imports, change: str, back: str) -> None:
    database = imports.database
    evidence = await said(imports, rows(2))
    find = "MATCH (:Evidence {id: $id})<-[:FROM]-(o:Observation) WITH o ORDER BY o.id LIMIT 1 "
    async with put(database, find + change, find + back, {"id": evidence}):
        found = (await walked(database, "CA-BBS")).problem
        assert found is not None
        assert "said 2 things of credentials" in found.problem
        assert (await walked(database, "CA-BBS", rows=False)).problem is None
    assert (await walked(database, "CA-BBS")).problem is None


async def test_a_closing_is_written_anew_only_when_more_was_said(imports: Imports) -> None:
    database = imports.database
    evidence = await said(imports, rows(2))

    async def again(statements: Statements) -> None:
        await close(statements, evidence, NOW)

    (before,) = await heads(database, "CA-BBS")
    await database.transact(again)
    assert await heads(database, "CA-BBS") == [before]
