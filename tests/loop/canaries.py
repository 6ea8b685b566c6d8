"""Texts that are nowhere else, one for each sensitive field of each referral, and who may come to see which.

- What may be seen is said here in few words, from the graph's plain facts, and not by the rules it checks:
  whoever sent a referral sees all of it; its recipient sees who the patient is from the acceptance until the attempt
  ends, and keeps the own thread and reports; nobody else sees anything of it, ever.
- Dates of birth and postal codes are told by their shape: no other date here lies in those years, no other number of
  five digits begins with nine.
- It does not ask anybody anything.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Final

_MARK: Final = re.compile(rb"zq[0-9a-f]{14}", re.IGNORECASE)
_BORN: Final = re.compile(rb"\b19[3-6]\d-\d\d-\d\d\b")
_LONG: Final = re.compile(
    rb"\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}, 19[3-6]\d\b"
)
_POSTAL: Final = re.compile(rb"(?<![\w-])9\d{4}(?![\w-])")


class Of(Enum):
    """What a text belongs to, and with it who may see it."""

    PATIENT = "patient"  # sender, and recipient in charge, of any referral of this patient
    REFERRAL = "referral"  # sender, and recipient in charge
    RECIPIENT = "recipient"  # the recipient's own words about an attempt: sender, and that recipient
    SENDER = "sender"  # the sender's words to whoever has accepted: sender, and that recipient once accepted
    THREAD = "thread"  # sender, and the recipient of that attempt while it goes on, or for good once accepted
    FILE = "file"  # sender, and the recipient in charge; of a recipient's file, that recipient alone


@dataclass(frozen=True, slots=True)
class Canary:
    """One text. `referral` is an own id; `attempt` is that of the attempt it was said in, None for none."""

    text: str
    field: str
    of: Of
    referral: str
    attempt: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptNow:
    """An attempt as the graph has it."""

    id: str
    number: int
    status: str
    recipient: str
    accepted: bool
    ended: bool
    words: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class ReferralNow:
    """A referral as the graph has it."""

    id: str
    version: int
    status: str
    author: str
    patient: str
    attempts: tuple[AttemptNow, ...]

    def in_charge(self, practitioner: str) -> bool:
        mine = (a for a in self.attempts if a.recipient == practitioner)
        return self.author == practitioner or any(a.accepted and not a.ended for a in mine)

    def is_party(self, practitioner: str | None) -> bool:
        return practitioner is not None and (
            self.author == practitioner or any(a.recipient == practitioner for a in self.attempts)
        )

    @property
    def current(self) -> AttemptNow | None:
        return self.attempts[-1] if self.attempts else None


@dataclass(slots=True)
class Canaries:
    """Every text there is."""

    by_text: dict[str, Canary] = field(default_factory=dict)
    born: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """A text nobody used before."""
        return f"Zq{secrets.token_hex(7)}"

    def birth_date(self) -> str:
        """A day that no other patient of this run was born on."""
        chance = Random(secrets.randbits(64))
        while True:
            day = f"19{chance.randint(30, 69)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            if day not in self.by_text:
                return day

    def postal_code(self) -> str:
        chance = Random(secrets.randbits(64))
        while True:
            code = f"9{chance.randint(0, 9999):04}"
            if code not in self.by_text:
                return code

    def keep(self, referral: str, of: Of, fields: Iterable[tuple[str, str]], attempt: str | None = None) -> None:
        """What was written where, an empty `referral` for nowhere; what is known to be somewhere stays there."""
        for name, text in fields:
            canary = Canary(text, name, of, referral, attempt)
            known = self.by_text.get(text.lower())
            if known is not None and known.referral:
                continue
            self.by_text[text.lower()] = canary
            if name == "birthDate":
                self.by_text[_spoken(text).lower()] = canary

    def found(self, answer: bytes) -> Iterator[Canary | str]:
        """The texts in an answer; of what looks like one and is none of ours, the text itself."""
        for pattern in (_MARK, _BORN, _LONG, _POSTAL):
            for match in set(pattern.findall(answer)):
                text = match.decode()
                yield self.by_text.get(text.lower(), text)


def may_see(practitioner: str | None, canary: Canary, referrals: dict[str, ReferralNow]) -> bool:
    """Whether somebody who acts for that practitioner may see the text at this moment."""
    referral = referrals.get(canary.referral)
    if referral is None or practitioner is None:
        return False
    if practitioner == referral.author:
        return True
    attempt = next((a for a in referral.attempts if a.id == canary.attempt), None)
    match canary.of:
        case Of.PATIENT:
            seen = any(each.in_charge(practitioner) for each in referrals.values() if each.patient == referral.patient)
        case Of.REFERRAL:
            seen = referral.in_charge(practitioner)
        case Of.FILE:
            seen = (attempt is None or attempt.recipient == practitioner) and referral.in_charge(practitioner)
        case _:
            mine = attempt is not None and attempt.recipient == practitioner and referral.status != "ENTERED_IN_ERROR"
            seen = mine and attempt is not None and _opened(canary.of, attempt)
    return seen


def _opened(of: Of, attempt: AttemptNow) -> bool:
    """Whether words of an attempt are for its recipient, as it stands."""
    if of is Of.THREAD:
        return attempt.accepted or not attempt.ended
    return of is Of.RECIPIENT or attempt.accepted


def _spoken(day: str) -> str:
    months = (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    )  # fmt: skip
    year, month, number = day.split("-")
    return f"{months[int(month) - 1]} {int(number)}, {year}"
