"""The patient's handout: plain words, large type, and not a word of why.

- Its question to the network names nothing clinical, and neither the names of practices nor credentials or degrees are
  printed.
- Where the partner does not know or neutral words are wanted, it says still less.
- The patient is `you`, by the name in use; a therapist's pronoun is not guessed.
"""

from typing import Any, Final

from api.letters.dates import moment
from api.letters.sheets import Form, Line, Part, Run, Section, Sheet, line
from api.letters.words import Answer, Setting, city_of, in_the_us, paper, place_of, reference, zone_of

FILE_NAME: Final = "appointment.pdf"
_WAYS: Final = {
    frozenset({"IN_PERSON"}): "Visits are in person.",
    frozenset({"TELEHEALTH"}): "Visits are on screen.",
    frozenset({"IN_PERSON", "TELEHEALTH"}): "Visits can be on screen or in person. You choose.",
}


def handout(referral: Answer, setting: Setting) -> Sheet | None:
    """The handout of a referral as answered; None while nobody is asked to see the patient."""
    attempt = referral.get("currentAttempt")
    if attempt is None or attempt.get("endedAt") is not None:
        return None
    number = reference(referral["id"])
    patient, recipient = referral["patient"], attempt["recipient"]
    name = patient.get("preferredName") or patient.get("givenName")
    return Sheet(
        title="Your appointment",
        heading="Your appointment",
        footer=f"Number {number}",
        made=setting.now,
        paper=paper(referral["jurisdiction"]),
        large=True,
        lead=(*((line("For ", Run(name, strong=True)),) if name else ()), _asked(referral, attempt)),
        sections=(
            Section("What happens now", (Part(tuple(_next(referral, attempt)), Form.STEPS),)),
            Section("Good to know", (Part(tuple(_good_to_know(referral)), Form.BULLETS),)),
            *_reaching(recipient),
            Section("If you have not heard in a week", (Part((_call(referral["sentBy"], number),)),)),
        ),
        small=(line(_HELP),) if in_the_us(referral["jurisdiction"]) else (),
    )


_HELP: Final = "If you feel unsafe or very unwell, call 911. To talk to someone day or night, call or text 988."


def _proven(attempt: Answer) -> bool:
    """Whether it was sent on a proof: what goes to a therapist always is, what a physician is asked never."""
    return bool(attempt.get("proofs"))


def _asked(referral: Answer, attempt: Answer) -> Line:
    recipient = attempt["recipient"]
    checked = " Their credentials were checked with those who issued them." if _proven(attempt) else ""
    city = place_of(recipient).get("city")
    where = f" in {city}" if city else ""
    return line(
        f"{_name(referral['sentBy'])} has asked ",
        Run(_name(recipient), strong=True),
        f"{where} to see you.{checked}",
    )


def _name(person: Answer) -> str:
    """Given and family name, without the degrees that would tell a trade."""
    return " ".join(part for part in (person.get("givenName"), person.get("familyName")) if part) or person["name"]


def _next(referral: Answer, attempt: Answer) -> list[Line]:
    safe = _safe(referral)
    zone = zone_of(attempt["recipient"], referral["jurisdiction"])
    booked = [visit for visit in attempt.get("visits") or () if visit["status"] == "BOOKED"]
    rows = [line("Their office will call you, only on the number you gave us.")]
    rows.append(line(_message(safe.get("voicemailAllowed"))))
    if booked:
        when = moment(booked[-1]["startsAt"], booked[-1]["zone"] or zone)
        rows = [line("Your first visit is on ", Run(when, strong=True), "."), rows[1]]
    elif attempt["recipient"].get("waitWeeks") is not None:
        rows.append(line(_wait(attempt["recipient"]["waitWeeks"])))
    ways = _WAYS.get(frozenset(attempt["recipient"].get("modalities") or ()))
    return [*rows, *([line(ways)] if ways else [])]


def _message(allowed: bool | None) -> str:
    if allowed is None:
        return "They will not leave a message unless you said they may."
    return "They may leave a message, as you agreed." if allowed else "They will not leave a message."


def _wait(weeks: int) -> str:
    if weeks == 0:
        return "There is no wait for a first visit at present."
    return f"The first visit will be about {weeks} week{'s' if weeks > 1 else ''} later, as far as they can tell now."


def _good_to_know(referral: Answer) -> list[Line]:
    quiet, talk = _quiet(referral), _proven(referral["currentAttempt"])
    payer = referral["patient"].get("payer")
    plan = f"Your plan is {payer}. Ask" if payer and not quiet else "Ask"
    rows = [
        "Visits are talk only, and private." if talk and not quiet else "Visits are private.",
        "You can stop, pause or ask for someone else at any time.",
        f"{plan} what you will pay before the first visit, and where they send letters.",
    ]
    if not quiet:
        rows.append(f"{_name(referral['sentBy'])} gets a short report. Ask to see it.")
    return [line(row) for row in rows]


def _reaching(recipient: Answer) -> tuple[Section, ...]:
    phone = place_of(recipient).get("phone")
    if not phone:
        return ()
    city = city_of(recipient)
    where = f", {city}" if city else ""
    return (Section("How to reach them", (Part((line(f"{_name(recipient)}{where}: ", Run(phone, strong=True)),)),)),)


def _call(sender: Answer, number: str) -> Line:
    phone = place_of(sender).get("phone")
    start = [line("Call us at ", Run(phone, strong=True))] if phone else [line("Call us")]
    rest = line(" and give this number: ", Run(number, strong=True), ". You do not need to say anything else.")
    return (*start[0], *rest)


def _safe(referral: Answer) -> dict[str, Any]:
    return referral["patient"].get("safeContact") or {}


def _quiet(referral: Answer) -> bool:
    safe = _safe(referral)
    return bool(safe.get("neutralWording") or safe.get("partnerUnaware") or safe.get("doNotWriteHome"))
