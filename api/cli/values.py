"""What people write on the command line, as the values they mean; each leaves with a message naming option and value.

- It does not know which command asks.
"""

from datetime import UTC, datetime
from typing import NoReturn

from api.cli.failures import Status, fail
from verification.concerns import CONCERNS, concern_code, modality_code
from verification.jurisdictions import jurisdiction_code
from verification.kinds import body_code
from verification.npi import npi_problem


def known_body(option: str, text: str) -> str:
    """The code of a body as the tables write it."""
    code = body_code(text)
    if code is None:
        wrong(option, text, "there is no such body; `bonafide bodies` lists them")
    return code


def known_jurisdiction(option: str, text: str) -> str:
    """The code of a place, given by its code or its name."""
    code = jurisdiction_code(text)
    if code is None:
        wrong(option, text, "no such place; give a US state such as CA or a country such as GB")
    return code


def known_concern(option: str, text: str) -> str:
    """The code of a concern, given by its code or in common words."""
    code = concern_code(text)
    if code is None:
        wrong(option, text, f"no known concern; they are {', '.join(CONCERNS)}")
    return code


def known_modality(option: str, text: str | None) -> str | None:
    """IN_PERSON or TELEHEALTH; None for none."""
    code = None if text is None else modality_code(text)
    if text is not None and code is None:
        wrong(option, text, "must be in-person or telehealth")
    return code


def valid_npi(option: str, text: str) -> str:
    """An NPI with its check digit right."""
    if problem := npi_problem(text):
        wrong(option, text, problem)
    return text


def known_instant(option: str, text: str | None) -> datetime | None:
    """An instant with its offset; a date or a time without one is no instant. None for none."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        wrong(option, text, "must be an instant such as 2026-11-25T09:00:00Z")
    if at.tzinfo is None:
        wrong(option, text, "needs an offset, such as Z or -08:00")
    return at.astimezone(UTC)


def wrong(option: str, text: str, reason: str) -> NoReturn:
    """Leave with the status of wrong usage."""
    fail(f"{option} {text!r}: {reason}.", Status.WRONG_USAGE)
