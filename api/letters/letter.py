"""The referral letter: what a recipient reads, and what a sender keeps of it.

- It holds what the asker may see: before acceptance an age band and an area in place of the patient.
- It is in the sender's name. Where a delegate sent it, both names are on it.
- The proof of standing is the decision it was sent on, as frozen; what was learnt since is said beside it.
- The codes open the public check page for the recipient's own credentials, and hold nothing of the patient.
"""

from typing import Final
from urllib.parse import urlencode

from api.letters.dates import day, day_of, moment
from api.letters.history import history, safety
from api.letters.sheets import Code, Line, Panel, Part, Run, Section, Sheet, line, paragraphs
from api.letters.words import (
    Answer,
    Setting,
    city_of,
    credentials,
    letterhead,
    paper,
    patient_line,
    profession,
    reference,
    same_address,
    subject,
    zone_of,
)

FILE_NAME: Final = "referral.pdf"
_PRIORITIES: Final = {"URGENT": "Urgent", "SOON": "Soon", "ROUTINE": "Routine"}
_FOR_COUNSELING: Final = "Referral for specialist counseling"
_FOR_REVIEW: Final = "Referral for medical review"
_TO_TREAT: Final = "Please assess and treat, and send me a report at the end."
_AGREED_FOR_COUNSELING: Final = "this referral and to a report back to me."
# A question to a physician rests on the consent to the referral that it goes with.
_AGREED_FOR_REVIEW: Final = "the referral that this one goes with."
_ASKS: Final = {
    "INVESTIGATE": "Please examine the patient and order what tests you find needed, and tell me what you find.",
    "PRESCRIBE_OR_DEPRESCRIBE": "Please review the patient's medicines, what to start, change or stop, and tell me "
    "what you decide.",
    "URGENT_REVIEW": "Please see the patient urgently, and tell me what you find.",
    "SHARE_RESULT": "Please share the results you have with me.",
}
_TELLING: Final = frozenset({"PASSED", "NOTICE"})
_ISSUED: Final = (("licence", "License"), ("certificate", "Certificate"))


def letter(referral: Answer, setting: Setting) -> Sheet | None:
    """The letter of a referral as answered; None while it was sent to nobody."""
    attempt = referral.get("currentAttempt")
    if attempt is None or attempt["sentAt"] is None:
        return None
    sender, recipient, patient = referral["sentBy"], attempt["recipient"], referral["patient"]
    zone = zone_of(recipient, referral["jurisdiction"])
    number = reference(referral["id"])
    return Sheet(
        title="Referral letter",
        heading=_FOR_REVIEW if referral.get("request") else _FOR_COUNSELING,
        footer=f"Referral {number}",
        made=setting.now,
        paper=paper(referral["jurisdiction"]),
        letterhead=letterhead(sender),
        stamp=(
            line(day_of(attempt["sentAt"], zone)),
            line(f"Referral {number}"),
            line(_PRIORITIES[referral["priority"]]),
        ),
        opening=(_addressee(recipient, referral["jurisdiction"]), _about(patient)),
        sections=tuple(section for section in _sections(referral, zone) if section.parts),
        closing=(line(f"{sender['name']}, NPI {sender['npi']}"), *_prepared(attempt)),
        panel=_proof(attempt, referral["jurisdiction"], zone, setting),
    )


def _prepared(attempt: Answer) -> tuple[Line, ...]:
    """Both names, where somebody who acts for the sender sent it."""
    by = attempt.get("by")
    if by is None or by["role"] != "DELEGATE":
        return ()
    return (line(f"Prepared by {by['name']} for {by['actsFor']}"),)


def _addressee(recipient: Answer, jurisdiction: str) -> Line:
    rest = (profession(recipient, jurisdiction), city_of(recipient))
    return line("To: ", Run(recipient["name"], strong=True), *(f", {part}" for part in rest if part))


def _about(patient: Answer) -> Line:
    known = [
        patient.get("birthDate") and f", date of birth {day(patient['birthDate'])}",
        patient.get("pronouns") and f", {patient['pronouns']}",
        patient.get("preferredName") and f". Please use the name {patient['preferredName']}.",
    ]
    if patient.get("givenName") and not patient.get("birthDate") and patient.get("ageBand"):
        known.insert(0, f", age {patient['ageBand']}")
    return (*patient_line(patient), *line(*(part for part in known if part)))


def _sections(referral: Answer, zone: str | None) -> tuple[Section, ...]:
    attempt, patient = referral["currentAttempt"], referral["patient"]
    return (
        Section(
            "Why I am writing", (Part((line(f"{referral['concern']['name']}."), *paragraphs(referral["reason"]))),)
        ),
        Section("History and results", history(referral.get("intake"))),
        Section("Safety questions", safety(referral.get("redFlags"), zone)),
        Section("Consent and safe contact", _contact(referral, patient, zone)),
        Section("What I ask", (Part(_asks(referral, attempt, zone)),)),
    )


def _contact(referral: Answer, patient: Answer, zone: str | None) -> tuple[Part, ...]:
    rows: list[Line] = []
    if referral.get("consentAt"):
        how = f" ({referral['consentMethod']})" if referral.get("consentMethod") else ""
        agreed = f"{subject(patient)} agreed on {day_of(referral['consentAt'], zone)}{how}"
        rows.append(line(f"{agreed} to {_AGREED_FOR_REVIEW if referral.get('request') else _AGREED_FOR_COUNSELING}"))
    if not patient.get("familyName"):
        rows.append(line("How to reach the patient opens on acceptance."))
        return (Part(tuple(rows)),)
    safe = patient.get("safeContact") or {}
    rows.extend(_ways(patient, safe))
    if patient.get("payer"):
        rows.append(line(f"Who is to pay: {patient['payer']}."))
    if safe.get("note"):
        rows.extend(paragraphs(safe["note"]))
    return (Part(tuple(rows)),)


def _ways(patient: Answer, safe: Answer) -> list[Line]:
    """How the patient is reached: the safe number alone where there is one, and every caution in strong words."""
    number = safe.get("phone") or patient.get("phone")
    hours = f", {safe['hours']}" if safe.get("hours") else ""
    e_mail = None if safe.get("phone") else patient.get("email")
    ways = ([f"Telephone {number}{hours}. "] if number else []) + ([f"E-mail {e_mail}. "] if e_mail else [])
    cautions = [
        safe.get("voicemailAllowed") is False and "No voicemail.",
        safe.get("doNotWriteHome") and "No letters to the home.",
        safe.get("neutralWording") and "Use neutral words: say only that it is about an appointment.",
        safe.get("partnerUnaware") and "The partner does not know.",
    ]
    strong = " ".join(caution for caution in cautions if caution)
    may = "Messages may be left. " if safe.get("voicemailAllowed") else ""
    found = line(*ways, *([may] if may else []), *([Run(strong, strong=True)] if strong else []))
    return [found] if found else []


def _asks(referral: Answer, attempt: Answer, zone: str | None) -> tuple[Line, ...]:
    asked = referral.get("request")
    rows = [line(_ASKS[asked] if asked else _TO_TREAT)]
    if attempt.get("dueAt"):
        rows[0] = (*rows[0], Run(f" Please answer by {moment(attempt['dueAt'], zone)}."))
    if same_address(referral["sentBy"], attempt["recipient"]):
        rows.append(line(Run("Disclosure: sender and recipient work at the same address.", strong=True)))
    return tuple(rows)


def _proof(attempt: Answer, jurisdiction: str, zone: str | None, setting: Setting) -> Panel | None:
    if not attempt["proofs"]:
        return None
    proof = attempt["proofs"][0]
    told = [line(check["reason"]) for check in proof["checks"] if check["outcome"] in _TELLING]
    since = [
        line(Run(f"Found since, on {day_of(later['knownAt'], zone)}: {' '.join(later['reasons'])}", strong=True))
        for later in proof.get("reconsiderations") or ()
    ]
    codes = _codes(attempt["recipient"], jurisdiction, setting.check_page)
    scan = [line("Scan to check again today. The page shows no patient.")] if codes else []
    policy = f"Decision {reference(proof['id'])}, policy {proof['policyId']}, version {proof['policyVersion']}."
    heading = f"Proof of standing when sent, {moment(proof['at'], zone)}"
    return Panel(heading, (*told, *since, line(policy), *scan), codes)


def _codes(recipient: Answer, jurisdiction: str, check_page: str) -> tuple[Code, ...]:
    """A code for the licence of that place and one for the certificate, where there are such."""
    found = []
    for role, caption in _ISSUED:
        held = [
            node for node in credentials(recipient, role) if role != "licence" or node["jurisdiction"] == jurisdiction
        ]
        if held:
            description = f"Code that opens the public check page for the {caption.lower()}"
            found.append(Code(_check_address(held[0], recipient, check_page), description, caption))
    return tuple(found)


def _check_address(credential: Answer, recipient: Answer, check_page: str) -> str:
    asked = {
        "body": credential["issuedBy"]["code"],
        "kind": credential["kind"],
        "number": credential["number"],
        "familyName": recipient.get("familyName") or "",
        "jurisdiction": credential["jurisdiction"],
    }
    return f"{check_page}?{urlencode(asked)}"
