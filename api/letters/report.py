"""The therapist's report on paper: the newest version, in the sections of its template.

- It is headed to whoever sent the patient, and says whether it was acknowledged.
- A section without words says so: what is missing is not left to be guessed.
- A score stands beside the newest one of the same instrument and version from before, where whoever reads may see that.
"""

from typing import Final

from api.letters.dates import day, day_of, moment
from api.letters.history import score_line
from api.letters.sheets import Form, Line, Part, Run, Section, Sheet, line, paragraphs
from api.letters.words import Answer, Setting, city_of, letterhead, paper, patient_line, reference, zone_of

FILE_NAME: Final = "report.pdf"
_KINDS: Final = {"INTERIM": "Interim report", "FINAL": "Closing report"}
_SECTIONS: Final = (
    ("attendance", "Sessions"),
    ("formulation", "How I understand it"),
    ("intervention", "What I did"),
    ("progress", "Progress"),
    ("risks", "Risks"),
    ("recommendation", "What I recommend"),
)


def report(referral: Answer, setting: Setting) -> Sheet | None:
    """The newest report as answered; None where there is none to be seen."""
    found = [
        (written["sentAt"], attempt["recipient"], written)
        for attempt in (edge["node"] for edge in referral["attempts"]["edges"])
        for written in attempt["reports"]
    ]
    if not found:
        return None
    _, author, written = max(found, key=lambda one: (one[0], one[2]["version"]))
    sender, patient = referral["sentBy"], referral["patient"]
    zone = zone_of(sender, referral["jurisdiction"])
    number = reference(referral["id"])
    kind = _KINDS.get(written["kind"], "Report")
    return Sheet(
        title="Report",
        heading="Report to the sender",
        footer=f"Referral {number} · {kind}, version {written['version']}",
        made=setting.now,
        paper=paper(referral["jurisdiction"]),
        letterhead=letterhead(author),
        stamp=(
            line(day_of(written["sentAt"], zone)),
            line(f"Referral {number}"),
            line(f"{kind}, version {written['version']}"),
        ),
        opening=(_addressee(sender), _about(patient)),
        sections=tuple(
            _section(heading, written[name], _measured(name, written, referral)) for name, heading in _SECTIONS
        ),
        closing=(
            line(f"{author['name']}, NPI {author['npi']}"),
            line(f"Sent {moment(written['sentAt'], zone)}. {_acknowledged(written, zone)}"),
        ),
    )


def _addressee(sender: Answer) -> Line:
    city = city_of(sender)
    return line("To: ", Run(sender["name"], strong=True), *([f", {city}"] if city else []))


def _about(patient: Answer) -> Line:
    known = (
        patient.get("birthDate") and f", date of birth {day(patient['birthDate'])}",
        patient.get("pronouns") and f", {patient['pronouns']}",
        patient.get("preferredName") and f". Name in use: {patient['preferredName']}.",
    )
    return (*patient_line(patient), *line(*(part for part in known if part)))


def _section(heading: str, text: str | None, measured: tuple[Line, ...]) -> Section:
    said = paragraphs(text) or (() if measured else (line("Not given."),))
    return Section(heading, (*([Part(said)] if said else []), *([Part(measured, Form.BULLETS)] if measured else [])))


def _measured(name: str, written: Answer, referral: Answer) -> tuple[Line, ...]:
    """The report's scores, which stand with the progress, each beside the one from before."""
    if name != "progress":
        return ()
    intake = referral["intake"] or {"scores": []}
    return tuple(line(_beside(score, intake["scores"])) for score in written["scores"])


def _beside(score: Answer, before: list[Answer]) -> str:
    same = [
        other
        for other in before
        if (other["instrument"], other["version"]) == (score["instrument"], score["version"])
        and other["administeredOn"] < score["administeredOn"]
    ]
    if not same:
        return f"{score_line(score)}."
    first = max(same, key=lambda other: other["administeredOn"])
    return f"{score_line(score)}; at referral {first['total']:g}, {first['band']} ({day(first['administeredOn'])})."


def _acknowledged(written: Answer, zone: str | None) -> str:
    if not written["acknowledgedAt"]:
        return "Not yet acknowledged."
    return f"Acknowledged {moment(written['acknowledgedAt'], zone)}."
