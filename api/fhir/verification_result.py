"""A decision on standing as a FHIR R4 (4.0.1) VerificationResult.

- Only elements of R4, and only codes of the value sets that R4 binds to them.
- The sources are those whose evidence a check of the decision rests on; each tells when it answered last, and the worst
  that any check found with it.
- A notice does not make a validation fail; a verdict of unknown asks for validation anew.
- Of a simulated store it says so first, where people read.
- It is told from a bundle, and cannot be checked as a bundle can: it names the sources, not the facts.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from verification.kinds import BODIES

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
NPI_SYSTEM: Final = "http://hl7.org/fhir/sid/us-npi"

# By verdict, out of the value set verificationresult-status.
_STATUS: Final = {
    "REFERABLE": "validated",
    "REFERABLE_WITH_NOTICE": "validated",
    "NOT_REFERABLE": "val-fail",
    "UNKNOWN": "req-revalid",
}
# Worst first: what one source's part in the checks came to.
_VALIDATION: Final = (("FAILED", "failed"), ("UNKNOWN", "unknown"))
# How an answer reached us: an officer types it here, a body sends its roster, and we fetch published files.
_COMMUNICATION: Final = {"officer": "portal", "roster": "push", "compact": "push", "file": "pull"}
_REGISTERS: Final = {
    "LEIE": ("HHS OIG List of Excluded Individuals and Entities", "auth-source"),
    "NPPES": ("CMS National Plan and Provider Enumeration System", "reg-auth"),
    "COMPACTCONNECT": ("CompactConnect", "auth-source"),
    "STEWARDS": ("The stewards of this network", "auth-source"),
}


def verification_result(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The VerificationResult of a bundle that holds (verification/bundles.py).

    `statusDate` is the instant asked about, `lastPerformed` the one whose knowledge counts, and `nextScheduled` the day
    (UTC) on which the verdict changes if nothing more is heard.
    """
    decision, asked = bundle["decision"], bundle["question"]
    sources = _sources(bundle)
    several = len(sources) > 1
    found = {
        "resourceType": "VerificationResult",
        "text": _narrative(bundle),
        "target": [_target(bundle["subject"])],
        "targetLocation": ["Practitioner.qualification"],
        "need": _concept("need", "periodic"),
        "status": _STATUS[decision["verdict"]],
        "statusDate": asked["at"],
        "validationType": _concept("validation-type", _type(len(sources))),
        "validationProcess": [_concept("validation-process", "multi" if several else "primary")] if sources else None,
        "lastPerformed": asked["knownAt"],
        "nextScheduled": decision["goodUntil"] and decision["goodUntil"][:10],
        "failureAction": _concept("failure-action", "fatal"),
        "primarySource": [_primary_source(source, rows, bundle) for source, rows in sources.items()],
        "attestation": _attestation(sources),
        "validator": [{"organization": {"type": "Organization", "display": "Bonafide"}}],
    }
    return {name: value for name, value in found.items() if value}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": _TERMINOLOGY + system, "code": code}]}


def _type(sources: int) -> str:
    return ("nothing", "primary", "multiple")[min(sources, 2)]


def _target(subject: Mapping[str, Any]) -> dict[str, Any]:
    target = {"type": "Practitioner", "display": subject["name"]}
    return target | ({"identifier": {"system": NPI_SYSTEM, "value": subject["npi"]}} if subject["npi"] else {})


def _sources(bundle: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """By source, in the order of the checks, the evidence that any check rests on."""
    records = {record["id"]: record for record in bundle["evidence"]}
    cited = dict.fromkeys(own for check in bundle["decision"]["checks"] for own in check["evidence"])
    found: dict[str, list[Mapping[str, Any]]] = {}
    for record in (records[own] for own in cited if own in records):
        found.setdefault(record["source"], []).append(record)
    return found


def _who(source: str) -> tuple[dict[str, Any], str]:
    """A source as a reference, and its kind out of the value set verificationresult-primary-source-type."""
    body = BODIES.get(source)
    if body is not None:
        name, kind = body.name, "lic-board" if body.kind == "licence-board" else "issuer"
    else:
        name, kind = _REGISTERS.get(source, (source, "auth-source"))
    return {"type": "Organization", "display": name}, kind


def _primary_source(source: str, rows: list[Mapping[str, Any]], bundle: Mapping[str, Any]) -> dict[str, Any]:
    who, kind = _who(source)
    return {
        "who": who,
        "type": [_concept("primary-source-type", kind)],
        "communicationMethod": [_communication(method) for method in _methods(rows)],
        "validationStatus": _concept("validation-status", _validation({row["id"] for row in rows}, bundle)),
        "validationDate": _newest(rows)["answeredAt"],
    }


def _methods(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    yield from dict.fromkeys(_COMMUNICATION.get(row["method"] or "", "manual") for row in rows)


def _communication(code: str) -> dict[str, Any]:
    return _concept("verificationresult-communication-method", code)


def _validation(evidence: set[str], bundle: Mapping[str, Any]) -> str:
    outcomes = {check["outcome"] for check in bundle["decision"]["checks"] if evidence & set(check["evidence"])}
    return next((code for outcome, code in _VALIDATION if outcome in outcomes), "successful")


def _newest(rows: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(rows, key=lambda row: (row["answeredAt"], row["id"]))


def _attestation(sources: Mapping[str, list[Mapping[str, Any]]]) -> dict[str, Any] | None:
    """R4 has room for one who attests: the first body, in the order of the checks, that issues credentials."""
    for source, rows in sources.items():
        if source in BODIES:
            newest = _newest(rows)
            (method, *_) = _methods([newest])
            return {
                "who": _who(source)[0],
                "communicationMethod": _communication(method),
                "date": newest["answeredAt"][:10],
            }
    return None


def _narrative(bundle: Mapping[str, Any]) -> dict[str, str]:
    """What people read: the verdict, and the sentence of every check."""
    subject, asked, decision = bundle["subject"], bundle["question"], bundle["decision"]
    made_up = "Of a simulated store, and not so: " if bundle["store"]["simulated"] else ""
    head = f"{made_up}{subject['name']}, for a patient in {asked['jurisdiction']}: {decision['verdict']}"
    checks = "".join(f"<li>{escape(check['outcome'])}: {escape(check['reason'])}</li>" for check in decision["checks"])
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{escape(head)}</p><ul>{checks}</ul></div>'
    return {"status": "generated", "div": div}
