"""Accounts: who may speak to Bonafide, and for whom.

- An account has one role and acts as one practitioner or one certifying body; a steward acts as nobody. A delegate
  acts for one practitioner or for several. Several delegates may act for one, each under a name of their own.
- Only the SHA-256 of a token is kept, and an account that is revoked stays: what it did keeps its author.
- It does not make tokens and does not decide what an account may do.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from graph.database import Database
from graph.instants import instant, millis
from verification.access import Role
from verification.errors import Refusal

# The label a practitioner must bear for a role.
_LABELS: Final = {Role.PHYSICIAN: "Physician", Role.THERAPIST: "Therapist"}

WHO_DID_IT: Final = (
    "head([({n})-[:BY]->(by_{n}:Account) | {name: by_{n}.name, role: toUpper(by_{n}.role), actsFor: "
    "CASE by_{n}.role WHEN 'delegate' THEN "
    "head(COLLECT { MATCH (for_{n}:Practitioner {id: {n}.actsFor}) RETURN for_{n}.name }) END}])"
)
"""The account behind the event bound to `{n}`, and whom a delegate did it for, as the event says."""

WHO_SENT_IT: Final = (
    "head(COLLECT { MATCH ({n})-[:OF]->(of_{n}:Referral) MATCH (of_{n})<-[:OF]-(e_{n}:Event {attempt: {n}.id}) "
    f"WHERE e_{{n}}.toStatus = 'SENT' RETURN {WHO_DID_IT.replace('{n}', 'e_{n}')} LIMIT 1 }})"
)
"""The account that sent the attempt bound to `{n}`, as `WHO_DID_IT`; null where the network did."""

_CREATE = """
CREATE (account:Account {id: $id, tokenHash: $tokenHash, role: $role, active: true, createdAt: $createdAt})
"""
_AS_PRACTITIONER = f"""
MATCH (target:Practitioner {{npi: $npi}}) WHERE $label IN labels(target)
{_CREATE}-[:ACTS_AS]->(target)
SET account.name = coalesce($name, target.name)
RETURN account.name
"""
# Whoever is missing costs the whole account: nobody is to believe that somebody is cared for who is not.
_AS_DELEGATE = f"""
UNWIND $npis AS npi
MATCH (target:Practitioner {{npi: npi}}) WHERE target:Physician OR target:Therapist
WITH target ORDER BY coalesce(target.searchName, toUpper(target.name)), target.id
WITH collect(target) AS targets WHERE size(targets) = size($npis)
{_CREATE}
SET account.name = coalesce($name, 'Delegate of ' + reduce(said = '', target IN targets |
  said + CASE WHEN said = '' THEN '' ELSE '; ' END + target.name))
FOREACH (target IN targets | CREATE (account)-[:ACTS_AS]->(target))
RETURN account.name
"""
_KNOWN = """
UNWIND $npis AS npi
RETURN npi, EXISTS { MATCH (p:Practitioner {npi: npi}) WHERE p:Physician OR p:Therapist }
"""
_AS_BODY = f"""
MATCH (target:CertifyingBody {{code: $body}})
{_CREATE}-[:ACTS_AS]->(target)
SET account.name = coalesce($name, 'Officer of ' + target.name)
RETURN account.name
"""
_AS_NOBODY = f"""
{_CREATE}
SET account.name = coalesce($name, 'Steward')
RETURN account.name
"""
_ROLE = "MATCH (account:Account {tokenHash: $tokenHash}) WHERE account.active RETURN account.role"
_LIST = """
MATCH (account:Account)
RETURN account.id, account.role, account.name, account.active, account.createdAt,
  COLLECT {
    MATCH (account)-[:ACTS_AS]->(p:Practitioner)
    RETURN p.npi ORDER BY coalesce(p.searchName, toUpper(p.name)), p.id
  },
  head([(account)-[:ACTS_AS]->(b:CertifyingBody) | b.code])
ORDER BY account.createdAt, account.id
"""
_REVOKE = """
MATCH (account:Account {id: $id})
SET account.active = false
RETURN account.name
"""
_OPEN_COMMAND_LINE = """
MERGE (account:Account {id: 'command-line'})
ON CREATE SET account.role = 'steward', account.name = 'Command line', account.createdAt = $now
SET account.tokenHash = $tokenHash, account.active = true
"""
_CLOSE_COMMAND_LINE = """
MATCH (account:Account {id: 'command-line', tokenHash: $tokenHash})
SET account.active = false
"""
_REFERABLE = """
MATCH (therapist:Therapist)-[window:REFERABLE_IN]->(:Jurisdiction {code: $jurisdiction})
WHERE window.from <= $now AND window.until > $now AND therapist.acceptsNew
RETURN DISTINCT therapist.npi ORDER BY therapist.npi LIMIT $count
"""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made. `npis` is one for a physician or therapist, one or several for a delegate; `body` is
    needed for an officer, and neither for a steward.
    """

    id: str
    token_hash: str
    role: Role
    created_at: datetime
    npis: tuple[str, ...] = ()
    body: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands; nothing of its token."""

    id: str
    role: Role
    name: str
    active: bool
    created_at: datetime
    npis: tuple[str, ...]
    body: str | None


async def create_account(database: Database, account: NewAccount) -> str:
    """Make the account and return the name it goes by.

    Raises Refusal: UNKNOWN_PRACTITIONER or UNKNOWN_BODY when there is nobody to act as, WRONG_ROLE when the role and
    what was given do not go together.
    """
    statement = _statement(account)
    rows = await database.write(
        statement,
        {
            "id": account.id,
            "tokenHash": account.token_hash,
            "role": account.role.value,
            "createdAt": millis(account.created_at),
            "npi": next(iter(account.npis), None),
            "npis": list(account.npis),
            "body": account.body,
            "name": account.name,
            "label": _LABELS.get(account.role),
        },
    )
    if rows:
        return str(rows[0][0])
    if account.body:
        raise Refusal("UNKNOWN_BODY", f"There is no body {account.body}; `bonafide bodies` lists them.", ("body",))
    wanted = "physician or therapist" if account.role is Role.DELEGATE else account.role
    npi = await _first_unknown(database, account)
    raise Refusal("UNKNOWN_PRACTITIONER", f"NPI {npi} is no {wanted} in this store.", ("npi",))


async def _first_unknown(database: Database, account: NewAccount) -> str:
    """Of those an account was to act for, the one who is not there."""
    if len(account.npis) > 1:
        known = dict(await database.read(_KNOWN, {"npis": list(account.npis)}, leader=True))
        return next((npi for npi in account.npis if not known.get(npi)), account.npis[0])
    return account.npis[0]


async def list_accounts(database: Database) -> list[Account]:
    """Every account, oldest first."""
    rows = await database.read(_LIST)
    return [
        Account(own, Role(role), name, active, instant(created), tuple(npis), body)
        for own, role, name, active, created, npis, body in rows
    ]


async def role_of(database: Database, token_hash: str) -> Role | None:
    """The role of the active account with this token; None when there is none."""
    rows = await database.read(_ROLE, {"tokenHash": token_hash}, leader=True)
    return Role(rows[0][0]) if rows else None


async def revoke_account(database: Database, account_id: str) -> str:
    """Make an account's token worthless at once and return its name. Raises Refusal UNKNOWN_ACCOUNT."""
    rows = await database.write(_REVOKE, {"id": account_id})
    if not rows:
        raise Refusal("UNKNOWN_ACCOUNT", f"There is no account {account_id}; `bonafide token --list` lists them.")
    return str(rows[0][0])


@asynccontextmanager
async def command_line_account(database: Database, token_hash: str, now: datetime) -> AsyncIterator[None]:
    """Whoever can start the store may ask it: an account of the command line's own, good while the block runs."""
    await database.write(_OPEN_COMMAND_LINE, {"tokenHash": token_hash, "now": millis(now)})
    try:
        yield
    finally:
        await database.write(_CLOSE_COMMAND_LINE, {"tokenHash": token_hash})


async def referable_therapists(database: Database, jurisdiction: str, now: datetime, count: int) -> list[str]:
    """NPIs of up to `count` therapists who may be referred to in a jurisdiction now and accept new patients."""
    parameters = {"jurisdiction": jurisdiction, "now": millis(now), "count": count}
    return [npi for (npi,) in await database.read(_REFERABLE, parameters, deadline=60.0)]


def _statement(account: NewAccount) -> str:
    if account.role in _LABELS and len(account.npis) == 1 and not account.body:
        return _AS_PRACTITIONER
    distinct = len(set(account.npis)) == len(account.npis)
    if account.role is Role.DELEGATE and account.npis and distinct and not account.body:
        return _AS_DELEGATE
    if account.role is Role.OFFICER and account.body and not account.npis:
        return _AS_BODY
    if account.role is Role.STEWARD and not account.npis and not account.body:
        return _AS_NOBODY
    raise Refusal(
        "WRONG_ROLE",
        "A physician or therapist needs one NPI, a delegate one or several, an officer a body, a steward neither.",
        ("role",),
    )
