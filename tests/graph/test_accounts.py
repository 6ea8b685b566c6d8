"""Accounts act for somebody who is there, keep no token, and end at once when revoked."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from graph.accounts import (
    NewAccount,
    command_line_account,
    create_account,
    list_accounts,
    referable_therapists,
    revoke_account,
)
from graph.condition import count_holders, holds_people, read_condition
from graph.database import Database
from graph.errors import Conflict
from graph.instants import millis
from graph.seeding import seed
from verification.access import Role
from verification.errors import Refusal

pytestmark = pytest.mark.neo4j

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
THERAPIST, PHYSICIAN = "2777000013", "2777000021"


def account(role: Role, npi: str | None = None, body: str | None = None, name: str | None = None) -> NewAccount:
    return NewAccount(f"account-{uuid4()}", uuid4().hex, role, NOW, (npi,) if npi else (), body, name)


@pytest.fixture
async def people(database: Database) -> None:
    await seed(database)
    await database.write(
        """
        UNWIND [[$therapist, 'Thea Rapist'], [$physician, 'Phyllis Ician']] AS row
        MERGE (n:Practitioner {npi: row[0]}) ON CREATE SET n.id = randomUUID() SET n.name = row[1]
        FOREACH (_ IN CASE WHEN row[0] = $therapist THEN [1] ELSE [] END | SET n:Therapist)
        FOREACH (_ IN CASE WHEN row[0] = $physician THEN [1] ELSE [] END | SET n:Physician)
        """,
        {"therapist": THERAPIST, "physician": PHYSICIAN},
    )


def several(*npis: str) -> NewAccount:
    return NewAccount(f"account-{uuid4()}", uuid4().hex, Role.DELEGATE, NOW, npis)


async def found(database: Database, own: str) -> list[list[object]]:
    return await database.read(
        "MATCH (a:Account {id: $id}) OPTIONAL MATCH (a)-[:ACTS_AS]->(x) "
        "RETURN a.role, a.name, a.active, a.tokenHash, a.createdAt, coalesce(x.npi, x.code)",
        {"id": own},
    )


@pytest.mark.usefixtures("people")
async def test_an_account_acts_as_a_practitioner_a_body_or_nobody(database: Database) -> None:
    therapist, officer, steward = (
        account(Role.THERAPIST, npi=THERAPIST),
        account(Role.OFFICER, body="AASECT", name="Desk 1"),
        account(Role.STEWARD),
    )
    assert await create_account(database, therapist) == "Thea Rapist"
    assert await create_account(database, officer) == "Desk 1"
    assert await create_account(database, steward) == "Steward"
    delegate, named = account(Role.DELEGATE, npi=PHYSICIAN), account(Role.DELEGATE, npi=PHYSICIAN, name="Ann")
    assert await create_account(database, delegate) == "Delegate of Phyllis Ician"
    assert await create_account(database, named) == "Ann"
    assert (await found(database, named.id))[0][-1] == PHYSICIAN
    assert await found(database, therapist.id) == [
        ["therapist", "Thea Rapist", True, therapist.token_hash, millis(NOW), THERAPIST]
    ]
    both = several(THERAPIST, PHYSICIAN)
    assert await create_account(database, both) == "Delegate of Phyllis Ician; Thea Rapist"
    assert {row[-1] for row in await found(database, both.id)} == {THERAPIST, PHYSICIAN}
    assert (await found(database, officer.id))[0][-1] == "AASECT"
    assert (await found(database, steward.id))[0][-1] is None
    listed = {each.id: each for each in await list_accounts(database)}
    assert listed[officer.id].body == "AASECT"
    assert set(listed[both.id].npis) == {THERAPIST, PHYSICIAN}
    assert listed[therapist.id].created_at == NOW


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (account(Role.THERAPIST, npi=PHYSICIAN), "UNKNOWN_PRACTITIONER"),
        (account(Role.PHYSICIAN, npi=THERAPIST), "UNKNOWN_PRACTITIONER"),
        (account(Role.PHYSICIAN, npi="2999999990"), "UNKNOWN_PRACTITIONER"),
        (account(Role.OFFICER, body="NOBODY"), "UNKNOWN_BODY"),
        (account(Role.OFFICER, npi=PHYSICIAN), "WRONG_ROLE"),
        (account(Role.STEWARD, npi=PHYSICIAN), "WRONG_ROLE"),
        (account(Role.THERAPIST), "WRONG_ROLE"),
        (account(Role.DELEGATE), "WRONG_ROLE"),
        (account(Role.DELEGATE, npi="2999999990"), "UNKNOWN_PRACTITIONER"),
        (several(PHYSICIAN, "2999999990"), "UNKNOWN_PRACTITIONER"),
        (several(PHYSICIAN, PHYSICIAN), "WRONG_ROLE"),
        (NewAccount("x", "x", Role.PHYSICIAN, NOW, (PHYSICIAN, THERAPIST)), "WRONG_ROLE"),
        (account(Role.ANONYMOUS), "WRONG_ROLE"),
    ],
)
async def test_an_account_that_cannot_act_is_not_made(database: Database, wanted: NewAccount, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await create_account(database, wanted)
    assert refused.value.code == code
    assert await found(database, wanted.id) == []


async def test_two_accounts_never_share_a_token(database: Database) -> None:
    first = account(Role.STEWARD)
    second = NewAccount(f"account-{uuid4()}", first.token_hash, Role.STEWARD, NOW)
    await create_account(database, first)
    with pytest.raises(Conflict):
        await create_account(database, second)
    assert await found(database, second.id) == []


async def test_a_revoked_account_stays_but_is_not_active(database: Database) -> None:
    steward = account(Role.STEWARD, name="Sal")
    await create_account(database, steward)
    assert await revoke_account(database, steward.id) == "Sal"
    assert (await found(database, steward.id))[0][:3] == ["steward", "Sal", False]
    with pytest.raises(Refusal) as refused:
        await revoke_account(database, "nobody")
    assert refused.value.code == "UNKNOWN_ACCOUNT"


async def test_the_command_lines_account_is_active_only_while_it_asks(database: Database) -> None:
    token_hash = uuid4().hex
    async with command_line_account(database, token_hash, NOW):
        assert (await found(database, "command-line"))[0][:4] == ["steward", "Command line", True, token_hash]
    assert (await found(database, "command-line"))[0][2] is False


@pytest.mark.usefixtures("people")
async def test_therapists_for_a_demo_are_referable_now_and_take_patients(database: Database) -> None:
    await database.write(
        """
        MATCH (t:Therapist {npi: $npi}) SET t.acceptsNew = true
        MERGE (place:Jurisdiction {code: 'ZZ'})
        MERGE (t)-[window:REFERABLE_IN]->(place) SET window.from = $from, window.until = $until
        """,
        {"npi": THERAPIST, "from": millis(NOW), "until": millis(NOW + timedelta(days=1))},
    )
    assert await referable_therapists(database, "ZZ", NOW, 5) == [THERAPIST]
    assert await referable_therapists(database, "ZZ", NOW + timedelta(days=1), 5) == []
    assert await referable_therapists(database, "ZZ", NOW - timedelta(milliseconds=1), 5) == []
    await database.write("MATCH (t:Therapist {npi: $npi}) SET t.acceptsNew = false", {"npi": THERAPIST})
    assert await referable_therapists(database, "ZZ", NOW, 5) == []


@pytest.mark.usefixtures("people")
async def test_the_condition_counts_what_is_there(database: Database) -> None:
    before = await read_condition(database)
    await create_account(database, account(Role.STEWARD))
    after = await read_condition(database)
    assert after.counts["Account"] == before.counts["Account"] + 1
    assert after.counts["CertifyingBody"] > 300
    assert "Neo4j" in after.server
    assert [migration.number for migration in after.migrations][:2] == [1, 2]
    assert after.migrations[0].applied_at.tzinfo is UTC
    assert await holds_people(database)
    assert await count_holders(database) >= 0
