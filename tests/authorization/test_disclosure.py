"""Minimum disclosure: an unmistakable text in each sensitive field, and everybody asking for everything, all the time.

- What is asked for is made from the schema, so that a field added later is asked for too.
- The sender and whoever acts for the sender see all of it; the recipient from the acceptance until the attempt ends;
  nobody else ever sees any of it, nor does it stand in a problem, an error, a log or a notice.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pytest
from structlog.testing import capture_logs

from api.execute import Executor, Request
from graph.database import Database
from tests.everything import OWN, PIECES, WORKLIST, documents
from tests.network import CONCERN, key
from tests.world import World, make_world
from verification.policies import SHIPPED_POLICIES
from verification.worklists import WORKLIST_FOLDERS

pytestmark = pytest.mark.neo4j

TRIES: Final = 8
LATE: Final = (b'"DEADLINE_EXCEEDED"', b'"OUTCOME_UNKNOWN"')


def canaries() -> dict[str, str]:
    """A text that is nowhere else, for each sensitive field that takes one."""
    names = (
        "familyName", "givenName", "preferredName", "pronouns", "phone", "email", "reason",
        "safePhone", "safeHours", "safeNote", "scoreVersion", "override",
    )  # fmt: skip
    return {name: f"Q{name}{secrets.token_hex(5)}" for name in names}


@dataclass(slots=True)
class Stage:
    """The referral, everybody who asks, and what must not be seen."""

    world: World
    executor: Executor
    tokens: Mapping[str, str | None]
    canaries: Mapping[str, str]
    node: Any = None

    async def ask(self, who: str, query: str, **variables: Any) -> bytes:
        """The answer's bytes. A busy machine may plan the longest question too late; it is asked again, key and all."""
        for _ in range(TRIES):
            answer = await self.executor.run(Request(query, variables, token=self.tokens[who]))
            if not any(code in answer.body for code in LATE):
                break
        assert not any(code in answer.body for code in LATE), answer.body
        return answer.body

    async def change(self, who: str, name: str, said: Mapping[str, Any]) -> Any:
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation M($input: {kind}Input!) {{ {name}(input: $input) {{ problems {{ code message path }} "
            "referral { id version status } } }"
        )
        answer = orjson.loads(await self.ask(who, query, input={"idempotencyKey": key(), **said}))
        assert "errors" not in answer, answer
        return answer["data"][name]

    async def move(self, who: str, name: str, **said: Any) -> None:
        given = {"referral": self.node["id"], "expectedVersion": self.node["version"], **said}
        done = await self.change(who, name, given)
        assert done["problems"] == [], done
        self.node = done["referral"]

    async def seen(self, who: str, names: Iterable[str] = PIECES) -> set[str]:
        """The canaries in whatever this viewer can get at."""
        answers = [await self.ask(who, query, id=self.node["id"]) for query in documents(names)]
        if names is not PIECES:
            return set(self.found(b" ".join(answers)))
        answers += [await self.ask(who, WORKLIST, folder=folder) for folder in WORKLIST_FOLDERS]
        stale = {"referral": self.node["id"], "expectedVersion": 0, "idempotencyKey": key()}
        problem = "mutation M($input: OpenReferralInput!) { openReferral(input: $input) { problems { message path } } }"
        answers.append(await self.ask(who, problem, input=stale))
        return set(self.found(b" ".join(answers)))

    def found(self, text: bytes) -> Iterator[str]:
        return (name for name, canary in self.canaries.items() if canary.encode() in text)

    async def check(self, *may_see: str) -> None:
        for who in self.tokens:
            assert await self.seen(who) == (set(self.canaries) if who in may_see else set()), (who, self.node["status"])


@pytest.fixture
async def stage(database: Database) -> Stage:
    world = await make_world(database)
    stranger = await world.network.person("Physician")
    tokens: dict[str, str | None] = {"anonymous": None}
    accounts = {
        "author": ("physician", world.physician.id),
        "author's delegate": ("delegate", world.physician.id),
        "first": ("therapist", world.therapist.id),
        "first's delegate": ("delegate", world.therapist.id),
        "second": ("therapist", world.second.id),
        "stranger": ("physician", stranger.id),
        "officer": ("officer", "CA-BBS"),
    }
    for who, (role, acts_as) in accounts.items():
        tokens[who] = token = secrets.token_urlsafe(24)
        await world.network.account(role, acts_as, token)
    tokens["steward"] = token = secrets.token_urlsafe(24)
    await world.network.account("steward", world.second.id, token)
    await database.write(
        "MATCH (a:Account {role: 'steward'})-[acts:ACTS_AS]->(:Practitioner {id: $id}) DELETE acts RETURN 1",
        {"id": world.second.id},
    )
    return Stage(world, Executor(database, SHIPPED_POLICIES, lambda: world.now, deadline=60), tokens, canaries())


def referral(stage: Stage) -> dict[str, Any]:
    c = stage.canaries
    return {
        "patient": {
            **{name: c[name] for name in ("familyName", "givenName", "preferredName", "pronouns", "phone", "email")},
            "birthDate": "1984-05-06",
            "postalCode": "94610",
            "payer": "Aetna",
            "safeContact": {
                "phone": c["safePhone"], "hours": c["safeHours"], "note": c["safeNote"], "neutralWording": True,
                "partnerUnaware": True, "doNotWriteHome": True, "voicemailAllowed": False,
            },
        },
        "concern": CONCERN,
        "jurisdiction": "CA",
        "priority": "SOON",
        "candidates": [stage.world.therapist.opaque, stage.world.second.opaque],
        "reason": c["reason"],
        "consent": {"given": True},
        "intake": {
            "answers": [{"question": "erection-over-four-hours", "answer": "YES"}],
            "scores": [
                {"instrument": "PHQ_9", "total": 3, "administeredOn": "2026-11-01", "version": c["scoreVersion"]}
            ],
        },
        "redFlagAnswers": [{"rule": "RF01", "reason": c["override"]}],
    }  # fmt: skip


AUTHOR: Final = ("author", "author's delegate")
FIRST: Final = ("first", "first's delegate")


async def test_nothing_is_seen_before_its_time_nor_by_anybody_else(stage: Stage) -> None:
    with capture_logs() as logs:
        done = await stage.change("author", "createReferral", referral(stage))
        assert done["problems"] == []
        stage.node = done["referral"]
        await stage.check(*AUTHOR)
        await stage.move("author", "sendReferral")
        await stage.check(*AUTHOR)
        await stage.move("first", "openReferral")
        await stage.check(*AUTHOR)
        await stage.move("first", "acceptReferral")
        await stage.check(*AUTHOR, *FIRST)
        await stage.move("first", "declineReferral", reason="OUTSIDE_SCOPE")
        await stage.check(*AUTHOR)
        await stage.move("author", "redirectReferral")
        await stage.check(*AUTHOR)
        await stage.move("second", "acceptReferral")
        await stage.check(*AUTHOR, "second")
        await stage.move("author", "cancelReferral", reason="NO_LONGER_NEEDED")
        await stage.check(*AUTHOR)
    assert not list(stage.found(repr(logs).encode()))
    rows = await stage.world.database.read("MATCH (n:Outbox|Event|Receipt|AuditEntry) RETURN collect(properties(n))")
    assert not list(stage.found(repr(rows).encode()))


async def test_the_recipient_sees_a_card_before_accepting(stage: Stage) -> None:
    stage.node = (await stage.change("author", "createReferral", referral(stage)))["referral"]
    await stage.move("author", "sendReferral")
    query = (
        "query C($id: ID!) { referral(id: $id) { reason couple intake { form } redFlags { draft } partner { id } "
        "concern { code } patient { ageBand area payer initials birthDate postalCode safeContact { phone } } } }"
    )
    card = orjson.loads(await stage.ask("first", query, id=stage.node["id"]))["data"]["referral"]
    patient = card.pop("patient")
    assert card == {
        "reason": None, "couple": None, "intake": None, "redFlags": None, "partner": None, "concern": {"code": CONCERN},
    }  # fmt: skip
    assert patient == {
        "ageBand": "40-49", "area": "946", "payer": "Aetna", "initials": None, "birthDate": None, "postalCode": None,
        "safeContact": None,
    }  # fmt: skip
    await stage.move("first", "acceptReferral")
    shown = (
        "query C($id: ID!) { referral(id: $id) { intake { answers { question text answer } scores { band } } "
        "redFlags { draft notice findings { rule severity open answer { reason } } frozenAt } "
        "patient { safeContact { neutralWording partnerUnaware doNotWriteHome voicemailAllowed } } } }"
    )
    found = orjson.loads(await stage.ask("first", shown, id=stage.node["id"]))["data"]["referral"]
    assert found["intake"]["answers"][0]["question"] == "erection-over-four-hours"
    assert found["intake"]["answers"][0]["text"]
    assert found["redFlags"]["draft"]
    assert found["redFlags"]["notice"] == "Draft decision support, not signed by a clinician."
    assert found["redFlags"]["findings"] == [
        {"rule": "RF01", "severity": "STOP", "open": False, "answer": {"reason": stage.canaries["override"]}}
    ]
    assert found["patient"]["safeContact"] == {
        "neutralWording": True, "partnerUnaware": True, "doNotWriteHome": True, "voicemailAllowed": False,
    }  # fmt: skip


async def test_nothing_of_one_partner_is_in_the_others_copy(stage: Stage) -> None:
    """The therapist who has accepted one of a couple sees that they belong together, and nothing of the other."""
    said = referral(stage)
    said["patient"]["safeContact"]["partnerUnaware"] = False
    plain = {"familyName": "Plain", "givenName": "Kim", "birthDate": "1985-05-06"}
    said["partner"] = {"patient": plain, "consent": {"given": True}, "reason": "Kim's own words."}
    query = (
        "mutation M($input: CreateReferralInput!) { createReferral(input: $input) { problems { code path } "
        "referral { id version } partner { id version } } }"
    )
    answer = await stage.ask("author", query, input={"idempotencyKey": key(), **said})
    done = orjson.loads(answer)["data"]["createReferral"]
    assert done["problems"] == []
    stage.node = done["partner"]
    assert await stage.seen("author", OWN) == set()
    await stage.move("author", "sendReferral")
    await stage.move("first", "acceptReferral")
    assert await stage.seen("first") == set()
    partner, stage.node = stage.node, done["referral"]
    await stage.move("author", "sendReferral")
    assert await stage.seen("first") == set()
    both = "query C($id: ID!) { referral(id: $id) { couple partner { id couple patient { familyName ageBand } } } }"
    seen = orjson.loads(await stage.ask("first", both, id=partner["id"]))["data"]["referral"]
    assert seen["couple"]
    assert seen["partner"] == {
        "id": stage.node["id"], "couple": None, "patient": {"familyName": None, "ageBand": "40-49"},
    }  # fmt: skip
    assert orjson.loads(await stage.ask("first", both, id=stage.node["id"]))["data"]["referral"]["partner"] is None
