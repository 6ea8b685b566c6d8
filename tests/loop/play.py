"""The loop played: steps are done through GraphQL, and after each one what was promised is looked at.

- `availableActions` is asked before, and has to have told the truth.
- What is refused has changed nothing; the same key is one effect; of two at the same moment at most one is made.
- Every answer that anybody gets is searched for what they must not see.
- Faults are collected in words; nothing is raised, so that a fault can be played again with fewer steps.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import orjson

from api.attachments.routes import Desk
from graph.ids import global_id, plain_id
from graph.instants import millis
from tests.loop.canaries import Canaries, Of, ReferralNow, may_see
from tests.loop.people import Actor, Company
from tests.loop.promises import Promises
from tests.loop.steps import Step
from tests.loop.watch import Watch
from tests.loop.words import Said, Speaker, spoil
from tests.network import key
from verification.referral_states import CLOSED_STATES, State

READ: Final = """
query Before($id: ID!) {
  referral(id: $id) { id version status turn dueAt overdue availableActions { action allowed why } }
}
"""
CODES: Final = frozenset({"INTERNAL", "DEADLINE_EXCEEDED", "OUTCOME_UNKNOWN", "UNAVAILABLE"})


def mutation(action: str) -> str:
    """The document for one action on a referral."""
    kind = action[0].upper() + action[1:] + "Input"
    partner = "partner { id version }" if action == "createReferral" else ""
    return (
        f"mutation M($input: {kind}!) {{ done: {action}(input: $input) {{ problems {{ code message path }} "
        f"referral {{ id version status reason patient {{ familyName initials phone }} }} {partner} }} }}"
    )


@dataclass(slots=True)
class Came:
    """What came of asking: the problems' codes, or the referral as answered; `errors` are GraphQL's own."""

    body: bytes
    codes: tuple[str, ...] = ()
    referral: Mapping[str, Any] | None = None
    partner: Mapping[str, Any] | None = None
    errors: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return not self.codes and not self.errors

    @classmethod
    def read(cls, body: bytes) -> "Came":
        answer = orjson.loads(body)
        errors = tuple(each.get("extensions", {}).get("code", "") for each in answer.get("errors", ()))
        done = (answer.get("data") or {}).get("done") or {}
        codes = tuple(each["code"] for each in done.get("problems") or ())
        return cls(body, codes, done.get("referral"), done.get("partner"), errors)


@dataclass(slots=True)
class Loop:
    """One run: who is there, what was seen, what was found."""

    company: Company
    promises: Promises
    canaries: Canaries
    watch: Watch
    desk: Desk
    order: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    async def play(self, step: Step) -> list[str]:
        """Do one step and look; what is wrong."""
        before = len(self.faults)
        referral = self._target(step)
        self._count(step.kind)
        if referral is None and step.target >= 0:
            return []
        await getattr(self, f"_{step.kind}")(step, referral)
        at = millis(self.company.clock())
        self.faults += await self.promises.look(at, after_duties=step.kind == "pass")
        self.order += sorted(self.promises.ids - set(self.order))
        if referral is not None:
            await self.watch.read_some(self, self.promises.now[referral.id], Random(step.words))
        return self.faults[before:]

    def _target(self, step: Step) -> ReferralNow | None:
        if not 0 <= step.target < len(self.order):
            return None
        return self.promises.now.get(self.order[step.target])

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def fault(self, text: str) -> None:
        self.faults.append(text)

    def look_through(self, actor: Actor, answer: bytes, where: str) -> None:
        """Nothing in an answer is for somebody else's eyes."""
        for found in self.canaries.found(answer):
            if isinstance(found, str):
                if where != "problems":
                    self.fault(f"{where}: {actor.name} sees {found}, which nobody wrote")
            elif not may_see(actor.practitioner, found, self.promises.now):
                status = self.promises.now[found.referral].status
                self.fault(f"{where}: {actor.name} sees {found.field} ({found.of.value}) of a referral {status}")

    def speaker(self, step: Step) -> Speaker:
        other = self.company.person("other physician").opaque
        therapists = tuple(person.opaque for person in self.company.therapists)
        return Speaker(self.canaries, self.company.clock(), Random(step.words), other, therapists)

    async def _write(self, step: Step, _: ReferralNow | None) -> None:
        speaker, chance = self.speaker(step), Random(step.words)
        shortlist = [person.opaque for person in self.company.therapists]
        chance.shuffle(shortlist)
        candidates = shortlist[: chance.choice([0, 1, 2, 3, 4, 4])]
        own, partner = speaker.referral(candidates, couple=chance.random() < 0.15)
        if step.way:
            spoil(own.input, chance)
        if "delegate" in step.actor:
            # To override a red flag is the physician's own.
            for each in (own.input, own.input.get("partner", {})):
                each.pop("redFlagAnswers", None)
        actor, counts = self.company.actors[step.actor], await self.promises.fingerprint(None)
        came = await self._ask(actor, "createReferral", {"idempotencyKey": key(), **own.input})
        if came.done and came.referral:
            self._keep(own, came.referral["id"], None)
            if came.partner:
                self._keep(partner, came.partner["id"], None)
            await self.promises.look(millis(self.company.clock()))
            self.look_through(actor, came.body, "createReferral")
        elif not step.way:
            self.fault(f"a referral could not be written: {came.codes} {came.errors}")
        elif await self.promises.fingerprint(None) != counts:
            self.fault("a refused referral was written")

    def _keep(self, said: Said, opaque: str, attempt: str | None) -> None:
        found = plain_id(opaque)
        assert found is not None
        self.promises.ids.add(found[1])
        for of, name, text in said.texts:
            self.canaries.keep(found[1], of, [(name, text)], attempt)

    async def _ask(self, actor: Actor, action: str, said: Mapping[str, Any]) -> Came:
        came = Came.read(await self.company.ask(actor, mutation(action), {"input": said}))
        self._count("done" if came.done else "refused")
        if bad := CODES & {*came.codes, *came.errors}:
            self.fault(f"{action} by {actor.name} came to {bad}")
        return came

    async def _move(self, step: Step, referral: ReferralNow | None) -> None:
        assert referral is not None
        actor = self.company.actors[step.actor]
        node = await self._offered(actor, referral)
        said = self.speaker(step).words(step.action, referral.status)
        await self._told_truly(step, actor, referral, node, said)

    async def _offered(self, actor: Actor, referral: ReferralNow) -> Mapping[str, Any] | None:
        body = await self.company.ask(actor, READ, {"id": global_id(f"Referral:{referral.id}")})
        self.look_through(actor, body, "availableActions")
        node: Mapping[str, Any] | None = (orjson.loads(body).get("data") or {}).get("referral")
        if (node is not None) != referral.is_party(actor.practitioner):
            self.fault(f"{actor.name} {'sees' if node else 'does not see'} a referral {referral.status}")
        return node

    async def _told_truly(
        self, step: Step, actor: Actor, referral: ReferralNow, node: Mapping[str, Any] | None, said: Said
    ) -> Came:
        offered = {each["action"]: each for each in (node or {}).get("availableActions", ())}
        named = offered.get(step.action)
        allowed = named is not None and named["allowed"]
        if step.action == "markEnteredInError" and actor.role == "steward":
            allowed = State(referral.status) not in CLOSED_STATES
        before = await self.promises.fingerprint(referral.id)
        came = await self._do(actor, step.action, referral, said)
        where = f"{step.action} by {actor.name} on {referral.status}"
        if came.done and not allowed and "candidate" not in said.input:
            self.fault(f"{where} was made, though {named['why'] if named else 'it was not offered'}")
        # Asked of whoever sent it, that can be oneself, and then somebody is to be named.
        unnamed = step.action == "referBack" and b'"SELF_REFERRAL"' in came.body
        if not came.done and allowed and not unnamed and not {"physician", "candidate"} & set(said.input):
            self.fault(f"{where} was offered and refused: {came.body[:300]!r}")
        if not came.done and await self.promises.fingerprint(referral.id) != before:
            self.fault(f"{where} was refused and changed something")
        if actor.token is None and came.errors != () and b"problems" in came.body:
            self.fault("somebody without an account was told something")
        return came

    async def _do(
        self, actor: Actor, action: str, referral: ReferralNow, said: Said, *, alone: bool = True, **more: Any
    ) -> Came:
        """Ask for one action, and keep what was written. Not `alone`, rights may change before the answer is read."""
        given = {
            "idempotencyKey": key(), "referral": global_id(f"Referral:{referral.id}"),
            "expectedVersion": referral.version, **said.input, **more,
        }  # fmt: skip
        came = await self._ask(actor, action, given)
        await self._keep_said(action, referral, said, came)
        if alone:
            self.look_through(actor, came.body, action)
        return came

    async def _keep_said(self, action: str, referral: ReferralNow, said: Said, came: Came) -> None:
        if not came.done:
            # What was refused is nobody's: it must never come up again.
            for of, name, text in said.texts:
                self.canaries.keep("", of, [(name, text)])
            return
        known = set(self.promises.ids)
        await self.promises.look(millis(self.company.clock()))
        attempt = referral.current.id if referral.current and not referral.current.ended else None
        about = referral.id
        if action in ("referBack", "orderWorkUp"):
            children = self.promises.ids - known
            about = next(iter(children), about)
            attempt = None
        for of, name, text in said.texts:
            self.canaries.keep(about, of, [(name, text)], attempt)

    async def _wrong(self, step: Step, referral: ReferralNow | None) -> None:
        """Something is said wrong: it is refused, and changes nothing."""
        assert referral is not None
        actor, speaker = self.company.actors[step.actor], self.speaker(step)
        said = speaker.words(step.action, referral.status)
        given = {
            "idempotencyKey": key(), "referral": global_id(f"Referral:{referral.id}"),
            "expectedVersion": referral.version, **said.input,
        }  # fmt: skip
        must = speaker.broken(given, step.way)
        before = await self.promises.fingerprint(referral.id)
        came = await self._do(actor, step.action, referral, Said(given, said.texts))
        if came.done and must:
            self.fault(f"{step.action} by {actor.name} was made though said wrong ({step.way}): {given}")
        if not came.done and await self.promises.fingerprint(referral.id) != before:
            self.fault(f"{step.action} said wrong ({step.way}) was refused and changed something")

    async def _stale(self, step: Step, referral: ReferralNow | None) -> None:
        """Somebody looked at an older version."""
        assert referral is not None
        said = self.speaker(step).words(step.action, referral.status)
        before = await self.promises.fingerprint(referral.id)
        behind = Random(step.words).choice([1, 1, 2, referral.version])
        actor = self.company.actors[step.actor]
        came = await self._do(actor, step.action, referral, said, expectedVersion=referral.version - behind)
        if came.done:
            self.fault(f"{step.action} by {actor.name} was made on a version {behind} behind")
        if await self.promises.fingerprint(referral.id) != before:
            self.fault("a stale version changed something")

    async def _again(self, step: Step, referral: ReferralNow | None) -> None:
        """The same key twice is one effect, whatever came in between; with other words it is refused."""
        assert referral is not None
        actor, own = self.company.actors[step.actor], key()
        said = self.speaker(step).words(step.action, referral.status)
        if Random(step.words).random() < 0.5:
            both = [self._do(actor, step.action, referral, said, alone=False, idempotencyKey=own) for _ in range(2)]
            first, second = await asyncio.gather(*both)
            await self._keep_said(step.action, referral, said, first if first.done else second)
        else:
            first = await self._do(actor, step.action, referral, said, idempotencyKey=own)
            second = await self._do(actor, step.action, referral, said, idempotencyKey=own)
            if first.done:
                await self._keep_said(step.action, referral, said, first)
        where = f"{step.action} by {actor.name} on {referral.status}, the same key twice"
        if first.done != second.done:
            self.fault(f"{where}: {first.codes} and {second.codes}")
        now = self.promises.now[referral.id]
        if now.version > referral.version + (2 if step.action == "redirectReferral" else 1):
            self.fault(f"{where} took version {referral.version} to {now.version}")
        if first.done:
            other = await self._ask(
                actor, step.action,
                {"idempotencyKey": own, "referral": global_id(f"Referral:{referral.id}"), **said.input,
                 "expectedVersion": referral.version + 1},
            )  # fmt: skip
            if "IDEMPOTENCY_CONFLICT" not in other.codes:
                self.fault(f"{where}, then with other words, came to {other.codes}")

    async def _pair(self, step: Step, referral: ReferralNow | None) -> None:
        """Two at the same moment, having looked at the same version: at most one of them is made."""
        assert referral is not None
        assert step.other is not None
        actors = [self.company.actors[name] for name in (step.actor, step.other[0])]
        actions = (step.action, step.other[1])
        said = [self.speaker(step).words(action, referral.status) for action in actions]
        came = await asyncio.gather(
            *(
                self._do(actor, action, referral, each, alone=False)
                for actor, action, each in zip(actors, actions, said, strict=True)
            )
        )
        if all(each.done for each in came):
            self.fault(f"{actions} were both made of one version of a referral {referral.status}")
        if any(each.done for each in came):
            self._count("races won")

    async def _beside(self, step: Step, referral: ReferralNow | None) -> None:
        """Somebody acts while the clock moves on and the network does what is due."""
        assert referral is not None
        said = self.speaker(step).words(step.action, referral.status)
        wanted = self.company.clock() + timedelta(hours=step.hours)
        actor = self.company.actors[step.actor]
        moving = asyncio.create_task(self.company.background.move_to(wanted))
        await asyncio.sleep(Random(step.words).random() * 0.05)
        await self._do(actor, step.action, referral, said, alone=False)
        moved = await moving
        if moved.failed:
            self.fault(f"duties failed: {moved.failed}")

    async def _pass(self, step: Step, _: ReferralNow | None) -> None:
        wanted = self.company.clock() + timedelta(hours=step.hours)
        moved = await self.company.background.move_to(wanted)
        if moved.failed:
            self.fault(f"duties failed: {moved.failed}")
        if self.company.said_at and wanted - self.company.said_at > timedelta(days=20):
            await self.company.renew()

    async def _sleep(self, step: Step, _: ReferralNow | None) -> None:
        """Time goes by and nobody does what falls due; it is caught up with later."""
        self.company.clock.move(self.company.clock() + timedelta(hours=step.hours))

    async def _renew(self, _step: Step, _: ReferralNow | None) -> None:
        await self.company.renew()

    async def _suspend(self, step: Step, _: ReferralNow | None) -> None:
        await self._officer("officer 1", "suspendCredential", step, {"reason": "DISCIPLINARY_ORDER"})

    async def _reinstate(self, step: Step, _: ReferralNow | None) -> None:
        for officer in ("officer 1", "officer 2"):
            await self._officer(
                officer, "reinstateCredential", step, {"reason": "APPEAL_UPHELD", "expires": "2099-12-31"}
            )

    async def _officer(self, name: str, action: str, step: Step, said: Mapping[str, Any]) -> None:
        kind = action[0].upper() + action[1:] + "Input"
        query = (
            f"mutation M($input: {kind}!) {{ done: {action}(input: $input) {{ problems {{ code message path }} "
            "credential { id status } } }"
        )
        licence = self.company.person(step.actor).credentials["LMFT"]
        given = {"idempotencyKey": key(), "credential": global_id(f"Credential:{licence}"), **said}
        actor = self.company.actors[name]
        came = Came.read(await self.company.ask(actor, query, {"input": given}))
        self.look_through(actor, came.body, action)
        if bad := CODES & {*came.codes, *came.errors}:
            self.fault(f"{action} came to {bad}")

    async def _capacity(self, step: Step, _: ReferralNow | None) -> None:
        query = (
            "mutation M($input: UpdateAvailabilityInput!) { done: updateAvailability(input: $input) "
            "{ problems { code message path } } }"
        )
        said = {"idempotencyKey": key(), "acceptsNew": Random(step.words).random() < 0.6}
        body = await self.company.ask(self.company.actors[step.actor], query, {"input": said})
        if Came.read(body).errors:
            self.fault(f"updateAvailability came to {body!r}")

    async def _message(self, step: Step, referral: ReferralNow | None) -> None:
        assert referral is not None
        speaker, actor, said = self.speaker(step), self.company.actors[step.actor], Said({})
        text = speaker.text(said, Of.THREAD, "message")
        given = {"idempotencyKey": key(), "referral": global_id(f"Referral:{referral.id}"), "text": text}
        before = await self.promises.fingerprint(referral.id)
        came = await self._ask(actor, "sendMessage", given)
        await self._keep_said("sendMessage", referral, said, came)
        self.look_through(actor, came.body, "sendMessage")
        if not came.done and await self.promises.fingerprint(referral.id) != before:
            self.fault("a refused message changed something")
        if came.done and not referral.is_party(actor.practitioner):
            self.fault(f"{actor.name} wrote in a thread that is none of theirs")
        await self._ask(actor, "markRead", {"idempotencyKey": key(), "referral": given["referral"]})

    async def _attach(self, step: Step, referral: ReferralNow | None) -> None:
        assert referral is not None
        await self.watch.attach(self, self.company.actors[step.actor], referral, Random(step.words))

    async def _letter(self, step: Step, referral: ReferralNow | None) -> None:
        assert referral is not None
        await self.watch.letters(self, self.company.actors[step.actor], referral)
