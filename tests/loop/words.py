"""What people say with each action: as it should be, and in all the ways it should not.

- Words are drawn from the step's own chance, so that a step says the same whenever it is played again; texts that
  are watched are made anew each time, and told to whoever keeps them.
- It does not know who says them nor what comes of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from tests.loop.canaries import Canaries, Of
from tests.network import CONCERN
from verification.referral_reasons import CancelReason, DeclineReason, EndReason, ErrorReason, HoldReason

REPORT: Final = ("attendance", "formulation", "intervention", "progress", "risks", "recommendation")
HOLDABLE: Final = ("ACCEPTED", "WAITLISTED", "SCHEDULED", "IN_THERAPY")
ACTIONS: Final = (
    "sendReferral", "openReferral", "acceptReferral", "waitlistReferral", "declineReferral", "returnReferral",
    "requestInformation", "answerInformation", "redirectReferral", "cancelReferral", "scheduleVisit", "recordNoShow",
    "cancelVisit", "startTherapy", "holdReferral", "resumeReferral", "clearMedicalReview", "sendReport", "referBack",
    "endReferral", "acknowledgeReport", "confirmCancellation", "refuseCancellation", "markEnteredInError",
    "answerRedFlags", "orderWorkUp",
)  # fmt: skip
"""Everything that moves a referral."""

BROKEN: Final = ("blank", "other", "past", "zone", "huge", "odd", "key", "foreign", "negative", "far")
"""Ways to say it wrong."""
FAR: Final = {"startsAt": "9999-12-31T23:59:59Z", "waitWeeks": 2**31 - 1, "expectedBy": "9999-12-31"}


@dataclass(slots=True)
class Said:
    """An input, the texts in it that are watched, and what they belong to."""

    input: dict[str, Any]
    texts: list[tuple[Of, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Speaker:
    """Makes inputs."""

    canaries: Canaries
    now: datetime
    chance: Random
    other_physician: str = ""
    therapists: tuple[str, ...] = ()

    def words(self, action: str, status: str) -> Said:
        """What is said with an action as it should be, in a state in which it could be done."""
        said = Said({})
        make = _WORDS.get(action)
        if make is not None:
            make(self, said, status)
        return said

    def text(self, said: Said, of: Of, name: str) -> str:
        """A text that is watched."""
        text = self.canaries.text()
        said.texts.append((of, name, text))
        return f"So it is: {text}."

    def referral(self, candidates: list[str], *, couple: bool) -> tuple[Said, Said]:
        """A referral to be written, and the words about the partner."""
        own, partner = Said({}), Said({})
        own.input = {
            **self._person(own),
            "concern": CONCERN,
            "jurisdiction": "CA",
            "priority": self.chance.choice(["URGENT", "SOON", "ROUTINE"]),
            "candidates": candidates,
            "autoAdvance": self.chance.random() < 0.6,
        }
        if couple:
            own.input["partner"] = self._person(partner)
            for each in (own.input, own.input["partner"]):
                each["patient"]["safeContact"].pop("partnerUnaware")
        return own, partner

    def _person(self, said: Said) -> dict[str, Any]:
        def new(of: Of, name: str) -> str:
            text = self.canaries.text()
            said.texts.append((of, name, text))
            return text

        patient: dict[str, Any] = {
            name: new(Of.PATIENT, name)
            for name in ("familyName", "givenName", "preferredName", "pronouns", "phone", "email")
        }
        born, postal = self.canaries.birth_date(), self.canaries.postal_code()
        said.texts += [(Of.PATIENT, "birthDate", born), (Of.PATIENT, "postalCode", postal)]
        patient |= {"birthDate": born, "postalCode": postal, "payer": "Aetna"}
        patient["safeContact"] = {
            **{name: new(Of.PATIENT, f"safeContact.{name}") for name in ("phone", "hours", "note")},
            "partnerUnaware": True, "neutralWording": True,
        }  # fmt: skip
        given: dict[str, Any] = {"patient": patient, "consent": {"given": True, "method": new(Of.PATIENT, "method")},
                                 "reason": new(Of.REFERRAL, "reason")}  # fmt: skip
        if self.chance.random() < 0.5:
            version = new(Of.REFERRAL, "score version")
            score = {"instrument": "PHQ_9", "total": 3, "administeredOn": "2026-11-01", "version": version}
            given["intake"] = {"scores": [score], "anatomy": ["PENIS", "TESTES"], "answers": []}
            if self.chance.random() < 0.5:
                given["intake"]["answers"] = [{"question": "erection-over-four-hours", "answer": "YES"}]
                given["redFlagAnswers"] = [{"rule": "RF01", "reason": new(Of.REFERRAL, "override")}]
        return given

    def broken(self, said: dict[str, Any], way: str) -> bool:
        """The input said wrong, in place; whether it must be refused."""
        envelope: dict[str, tuple[str, Any]] = {
            "huge": ("expectedVersion", 2**31 - 1),
            "negative": ("expectedVersion", -1),
            "key": ("idempotencyKey", self.chance.choice(["", "k" * 201])),
            "foreign": ("referral", self.chance.choice(["", "UmVmZXJyYWw6", "💥", "VGhlcmFwaXN0OjE", "x" * 5000])),
        }
        if way in envelope:
            name, value = envelope[way]
            said[name] = value
            return True
        texts = [name for name in ("advice", "question", "answer", "recommendation") if name in said]
        match way:
            case "blank" if texts:
                said[texts[0]] = " \t "
            case "other" if "comment" in said or said.get("reason") in set(CancelReason) | set(DeclineReason):
                said |= {"reason": "OTHER", "comment": ""}
            case "past" if "startsAt" in said:
                said["startsAt"] = (self.now - timedelta(minutes=1)).isoformat()
            case "zone" if "startsAt" in said:
                said["zone"] = "Mars/Olympus"
            case "odd" if texts:
                said[texts[0]] = self.chance.choice(["\u202e\x00", "a" * 300_000, "{{7*7}}'\"`$n", "\ud7ff\U0010ffff"])
                return False
            case "far" if set(FAR) & set(said):
                name = next(name for name in FAR if name in said)
                said[name] = FAR[name]
            case _:
                said["expectedVersion"] -= 1
        return True


def spoil(said: dict[str, Any], chance: Random) -> None:
    """A referral that must not be written."""
    match chance.randrange(5):
        case 0:
            said["consent"]["given"] = False
        case 1:
            said["patient"]["familyName"] = "  "
        case 2:
            said["candidates"] = ["VGhlcmFwaXN0OjE"]
        case 3:
            said["patient"]["birthDate"] = "2199-01-01"
        case _:
            said["concern"] = "no-such-concern"


def _coded(reasons: Any, of: Of) -> Callable[[Speaker, Said, str], None]:
    def make(speaker: Speaker, said: Said, _: str) -> None:
        said.input["reason"] = speaker.chance.choice(list(reasons)).value
        if said.input["reason"] == "OTHER" or speaker.chance.random() < 0.4:
            said.input["comment"] = speaker.text(said, of, "comment")

    return make


def _free(name: str, of: Of) -> Callable[[Speaker, Said, str], None]:
    def make(speaker: Speaker, said: Said, _: str) -> None:
        said.input[name] = speaker.text(said, of, name)

    return make


def _report(speaker: Speaker, said: Said, status: str) -> None:
    interim = status == "IN_THERAPY" and speaker.chance.random() < 0.4
    said.input["kind"] = "INTERIM" if interim else "FINAL"
    said.input |= {name: speaker.text(said, Of.RECIPIENT, name) for name in REPORT}


def _visit(speaker: Speaker, said: Said, _: str) -> None:
    hours = speaker.chance.choice([0.05, 2, 26, 100])
    said.input["startsAt"] = (speaker.now + timedelta(hours=hours)).isoformat()


def _back(speaker: Speaker, said: Said, status: str) -> None:
    said.input["request"] = speaker.chance.choice(["INVESTIGATE", "PRESCRIBE_OR_DEPRESCRIBE", "SHARE_RESULT"])
    said.input["hold"] = status in HOLDABLE and speaker.chance.random() < 0.5
    said.input["comment"] = speaker.text(said, Of.REFERRAL, "comment")
    if speaker.chance.random() < 0.4:
        said.input["physician"] = speaker.other_physician


def _order(speaker: Speaker, said: Said, status: str) -> None:
    _back(speaker, said, status)
    said.input["physician"] = speaker.other_physician


def _onward(speaker: Speaker, said: Said, _: str) -> None:
    """Mostly to the next; now and then to somebody named."""
    if speaker.chance.random() < 0.3:
        said.input["candidate"] = speaker.chance.choice(speaker.therapists)


def _end(speaker: Speaker, said: Said, status: str) -> None:
    _coded(EndReason, Of.RECIPIENT)(speaker, said, status)
    said.input["noContact"] = True


def _hold(speaker: Speaker, said: Said, _: str) -> None:
    said.input["reason"] = speaker.chance.choice([HoldReason.MEDICAL_REVIEW_PENDING, HoldReason.PATIENT_PAUSE]).value


def _wait(speaker: Speaker, said: Said, _: str) -> None:
    if speaker.chance.random() < 0.5:
        said.input["waitWeeks"] = speaker.chance.randint(0, 20)


def _accept(speaker: Speaker, said: Said, _: str) -> None:
    if speaker.chance.random() < 0.3:
        said.input["expectedBy"] = (speaker.now + timedelta(days=speaker.chance.randint(0, 30))).date().isoformat()


def _error(speaker: Speaker, said: Said, _: str) -> None:
    said.input["reason"] = speaker.chance.choice(list(ErrorReason)).value


_WORDS: Final[Mapping[str, Callable[[Speaker, Said, str], None]]] = {
    "declineReferral": _coded(DeclineReason, Of.RECIPIENT),
    "cancelReferral": _coded(CancelReason, Of.SENDER),
    "returnReferral": _free("advice", Of.RECIPIENT),
    "requestInformation": _free("question", Of.THREAD),
    "answerInformation": _free("answer", Of.THREAD),
    "redirectReferral": _onward,
    "refuseCancellation": _free("reason", Of.RECIPIENT),
    "scheduleVisit": _visit,
    "holdReferral": _hold,
    "sendReport": _report,
    "referBack": _back,
    "orderWorkUp": _order,
    "endReferral": _end,
    "waitlistReferral": _wait,
    "acceptReferral": _accept,
    "markEnteredInError": _error,
    "answerRedFlags": lambda _speaker, said, _status: said.input.update(answers=[]),
}
