"""The parts of a letter that come from the structured intake and its red flags.

- What was not asked is told apart from a "no" and never left out where it matters to a red flag.
- An override is printed with its reason. Rules that no clinician has signed are marked as draft decision support.
- Both are absent for whoever may not see them, and then nothing is printed.
"""

from typing import Final

from api.letters.dates import day, day_of
from api.letters.sheets import Form, Line, Part, Run, line
from api.letters.words import Answer
from verification.instruments import INSTRUMENTS
from verification.intake import MEDICINES, ORGANS, QUESTIONS

_SEVERITIES: Final = {"STOP": "Stop", "URGENT": "Urgent", "WORKUP": "Work-up", "ADVISE": "Advice"}
_WORK_UPS: Final = {"ORDERED": "work-up ordered", "DONE": "work-up done", "NOT_INDICATED": "work-up not indicated"}


def history(intake: Answer | None) -> tuple[Part, ...]:
    """What was answered, what was denied, and screening scores."""
    if not intake:
        return ()
    answers = intake["answers"]
    said = tuple(line(_answer(answer)) for answer in answers if answer["answer"] == "YES")
    denied = [_question(answer) for answer in answers if answer["answer"] == "NO"]
    scores = tuple(line(score_line(score)) for score in intake["scores"])
    organs = ", ".join(ORGANS.get(organ, organ).lower() for organ in intake["anatomy"])
    rest = [line("Scores: ", *_joined(scores))] if scores else []
    rest += [line("Answered no: ", " ".join(denied))] if denied else []
    rest += [line(f"Anatomy: {organs}.")] if organs else []
    return (*([Part(said, Form.BULLETS)] if said else []), *([Part(tuple(rest))] if rest else []))


def safety(flags: Answer | None, zone: str | None) -> tuple[Part, ...]:
    """What the rules found, what was said to it, and what could not be ruled out."""
    if not flags:
        return ()
    found = tuple(row for finding in flags["findings"] for row in _finding(finding, zone))
    rules = flags["rules"]
    signed = f", signed by {flags['signedBy']}" if flags["signedBy"] else ""
    rest = [] if found else [line("No red flag was found.")]
    unasked = " ".join(item["text"] for item in flags["notAsked"])
    rest += [line("Not ruled out, since not asked: ", unasked)] if unasked else []
    rest.append(line(f"Rules {rules['id']}, version {rules['version']}{signed}."))
    if flags["draft"]:
        rest.append(line(Run(flags["notice"] or "Draft decision support, not signed by a clinician.", strong=True)))
    return (*([Part(found, Form.BULLETS)] if found else []), Part(tuple(rest)))


def _finding(finding: Answer, zone: str | None) -> list[Line]:
    severity = _SEVERITIES.get(finding["severity"], finding["severity"])
    start = line(Run(f"{severity}: ", strong=True), f"{finding['text']} {finding['action']}")
    answer = finding["answer"]
    return [start if not answer else (*start, *_reply(finding, answer, zone))]


def _reply(finding: Answer, answer: Answer, zone: str | None) -> Line:
    """What the sender said to it; to a stop that is an override, and is called one."""
    label = "Overridden" if finding["severity"] == "STOP" else "Sender"
    when = day_of(answer["at"], zone)
    told = [
        answer["workUp"] and _WORK_UPS.get(answer["workUp"], answer["workUp"]),
        answer["reason"] and answer["reason"].rstrip(". "),
        answer["legalBasis"] and f"legal basis: {answer['legalBasis']}",
    ]
    return line(Run(f" {label} ({when}): ", strong=True), f"{'; '.join(part for part in told if part)}.")


def _answer(answer: Answer) -> str:
    question = QUESTIONS.get(answer["question"])
    medicines = ", ".join(MEDICINES.get(code, code) for code in answer["medicines"])
    unit = f" {question.unit}" if question and question.unit else ""
    number = None if answer["number"] is None else f"{answer['number']:g}{unit}"
    choice = question.choices.get(answer["choice"], answer["choice"]) if question else answer["choice"]
    value = number or (answer["on"] and day(answer["on"])) or choice or medicines or "yes"
    return f"{_question(answer)} {value[:1].upper()}{value[1:]}."


def _question(answer: Answer) -> str:
    return answer["text"] or answer["question"]  # type: ignore[no-any-return]  # an answer is JSON


def score_line(score: Answer) -> str:
    """One screening score with its instrument, version, total, band and day."""
    known = INSTRUMENTS.get(score["instrument"])
    version = f", version {score['version']}" if score["version"] else ""
    taken = day(score["administeredOn"])
    return f"{known.name if known else score['instrument']}{version} {score['total']:g}, {score['band']} ({taken})"


def _joined(rows: tuple[Line, ...]) -> list[Run]:
    parts: list[Run] = []
    for number, row in enumerate(rows):
        parts += [*(() if number == 0 else (Run("; "),)), *row]
    return [*parts, Run(".")]
