"""What a reason is about, as named values for programs: the credential, its body, the day, the zone, the edition.

- Together with the reason's code they say what its sentence says, so that nobody has to read a sentence by machine.
- Days are ISO 8601 dates on the wall of the body concerned; a value that is not known is left out.
- It does not know what follows from any of them.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from verification.calendars import day_at
from verification.evidence import HeldCredential
from verification.findings import Finding
from verification.histories import Basis, Reading
from verification.policy import Policy
from verification.statements import Statement, zone_of

Parameters = Mapping[str, str]


def parameters(finding: Finding, policy: Policy) -> Parameters:
    """The values of a finding by name, in a fixed order."""
    made = OF_REASON.get(finding.reason)
    return _of_credential(finding, policy) if made is None else made(finding, policy)


def _of_credential(finding: Finding, policy: Policy) -> Parameters:
    credential, reading = finding.credential, finding.reading
    if credential is None or reading is None:
        raise LookupError(f"no parameters for {finding.reason}")
    named = _named(credential)
    named.update(_OF_BASIS[reading.basis](credential, reading, policy))
    return named


def _named(credential: HeldCredential) -> dict[str, str]:
    return {
        "kind": credential.kind,
        "number": credential.number,
        "jurisdiction": credential.jurisdiction,
        "body": credential.body,
    }


def _yes(credential: HeldCredential, reading: Reading, _: Policy) -> dict[str, str]:
    found = {"state": reading.status.value}
    if reading.carrier is not None:
        found["source"] = reading.carrier.source
        found["confirmedOn"] = _day(reading.carrier, credential)
    if reading.governing is not None and reading.governing.said.expires is not None:
        found["expires"] = reading.governing.said.expires.isoformat()
        found["zone"] = zone_of(credential)
    return found | _against(reading.against) if reading.against else found


def _no(_: HeldCredential, reading: Reading, __: Policy) -> dict[str, str]:
    return {"state": reading.status.value} | _against(reading.rests_on)


def _expired(credential: HeldCredential, reading: Reading, _: Policy) -> dict[str, str]:
    printed = reading.governing.said.expires if reading.governing else None
    return _known(expires=printed, zone=zone_of(credential))


def _stale(credential: HeldCredential, reading: Reading, policy: Policy) -> dict[str, str]:
    carrier = reading.carrier
    return _known(
        source=carrier.source if carrier else None,
        confirmedOn=_day(carrier, credential) if carrier else None,
        days=policy.longest_age(credential.kind).days,
    )


def _reverify(credential: HeldCredential, reading: Reading, _: Policy) -> dict[str, str]:
    due = reading.governing.said.reverify_by if reading.governing else None
    return _known(reverifyBy=due, zone=zone_of(credential))


def _sources(_: HeldCredential, reading: Reading, __: Policy) -> dict[str, str]:
    return {"sources": _list(s.source for s in reading.rests_on)}


def _unreadable(_: HeldCredential, reading: Reading, __: Policy) -> dict[str, str]:
    words = (s.said.discipline or "" if s.action else s.said.word for s in reading.rests_on)
    return {"sources": _list(s.source for s in reading.rests_on), "words": _list(words)}


def _not_yet(credential: HeldCredential, reading: Reading, _: Policy) -> dict[str, str]:
    first = min((s.start for s in reading.rests_on), default=None)
    return _known(since=None if first is None else day_at(first, zone_of(credential)))


def _nothing_said(_: HeldCredential, __: Reading, ___: Policy) -> dict[str, str]:
    return {}


_OF_BASIS: Final[MappingProxyType[Basis, Callable[[HeldCredential, Reading, Policy], dict[str, str]]]] = (
    MappingProxyType(
        {
            Basis.YES: _yes,
            Basis.NO: _no,
            Basis.EXPIRED: _expired,
            Basis.STALE: _stale,
            Basis.REVERIFY: _reverify,
            Basis.CONFLICT: _sources,
            Basis.UNREADABLE: _unreadable,
            Basis.NOT_PRIMARY: _sources,
            Basis.NOT_YET: _not_yet,
            Basis.NOTHING_SAID: _nothing_said,
        },
    )
)


def _against(said: tuple[Statement, ...]) -> dict[str, str]:
    """What speaks against a credential: since when at the earliest, who says so, and in which words."""
    if not said:
        return {}
    return _known(
        since=min(s.dated for s in said),
        against=_list(s.status.value for s in said),
        sources=_list(s.source for s in said),
        words=_list(s.said.discipline or "" if s.action else s.said.word for s in said),
    )


def _day(statement: Statement, credential: HeldCredential) -> str:
    return day_at(statement.answered, zone_of(credential)).isoformat()


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted({value for value in values if value}))


def _known(**values: Any) -> dict[str, str]:
    """The values that are known, as text."""
    return {name: str(value) for name, value in values.items() if value is not None and value != ""}


_NOTHING: Final[Parameters] = MappingProxyType({})


def _nothing(_: Finding, __: Policy) -> Parameters:
    return _NOTHING


def _about(name: str) -> Callable[[Finding, Policy], Parameters]:
    """The one value a finding is about, under a name."""
    return lambda finding, _: _known(**{name: finding.about})


def _not_asked(finding: Finding, policy: Policy) -> Parameters:
    return _known(policy=policy.name, why=finding.about)


def _claimed_twice(finding: Finding, _: Policy) -> Parameters:
    first = finding.about[0]
    named = _known(kind=first.kind, number=first.number, jurisdiction=first.jurisdiction, body=first.body)
    return named | _known(since=first.recorded_at.date(), claims=len(finding.about))


def _npi_in_use(finding: Finding, policy: Policy) -> Parameters:
    return {} if finding.about is None else _known(readOn=finding.about.date(), days=policy.nppes_age.days)


def _only_credential(finding: Finding, _: Policy) -> Parameters:
    return _named(finding.credential) if finding.credential else {}


def _elsewhere(finding: Finding, _: Policy) -> Parameters:
    said = finding.reading.rests_on if finding.reading else ()
    named = _named(finding.credential) if finding.credential else {}
    return named | _against(said) | _known(review=finding.about)


def _compact(finding: Finding, _: Policy) -> Parameters:
    names = ("compact", "home", "jurisdiction", "privilege", "licence", "status")
    return _known(**dict(zip(names, finding.about, strict=True)))


def _compact_state(finding: Finding, _: Policy) -> Parameters:
    compact, state = finding.about
    return {"compact": compact, "jurisdiction": state}


def _title_missing(finding: Finding, _: Policy) -> Parameters:
    rule = finding.about
    return {"jurisdiction": rule.jurisdiction, "qualification": rule.qualification, "rule": rule.source}


def _others(finding: Finding, _: Policy) -> Parameters:
    return _known(others=_list(f"{one.kind} {one.number}".strip() for one in finding.about or ()))


def _membership(finding: Finding, _: Policy) -> Parameters:
    certificate = {"certificate": finding.credential.kind} if finding.credential else {}
    return certificate | _known(membership=finding.about)


def _exclusion(finding: Finding, policy: Policy) -> Parameters:
    edition, jurisdiction, *hits = finding.about
    found = _known(edition=edition.edition, jurisdiction=jurisdiction)
    if finding.reason == "EXCLUSION_STALE":
        found |= _known(fetchedOn=edition.fetched_at.date(), days=policy.freshness["exclusions"].days)
    for hit in hits:
        row, by_person = hit.row, "yes" if hit.match.by_person else None
        found |= _known(row=row.id, fields=", ".join(hit.match.fields), decided=by_person)
        found |= _known(exclusionType=row.exclusion_type, excludedOn=row.excluded_on, waiver=row.waiver_state)
    return found


OF_REASON: Final[MappingProxyType[str, Callable[[Finding, Policy], Parameters]]] = MappingProxyType(
    {
        "POLICY_NONE": _nothing,
        "IDENTITY_CLAIMED_TWICE": _claimed_twice,
        "NOT_ASKED": _not_asked,
        "NPI_NONE": _nothing,
        "NPI_IN_USE": _npi_in_use,
        "NPI_INVALID": _about("problem"),
        "NPI_DEACTIVATED": _about("deactivatedOn"),
        "LICENCE_NO_STATEMENT": _about("jurisdiction"),
        "LICENCE_NOT_INDEPENDENT": _only_credential,
        "LICENCE_NOT_NEEDED": _compact,
        "LICENCE_ELSEWHERE_NONE": _nothing,
        "LICENCE_ELSEWHERE_CLEAR": _about("licences"),
        "LICENCE_ELSEWHERE_DISCIPLINE": _elsewhere,
        "LICENCE_ELSEWHERE_REVIEWED": _elsewhere,
        "LICENCE_ELSEWHERE_NOTICE": _elsewhere,
        "COMPACT_NO_PRIVILEGE": _about("jurisdiction"),
        "COMPACT_NOT_NEEDED": _about("jurisdiction"),
        "COMPACT_NOT_MEMBER": _compact_state,
        "COMPACT_NO_HOME_LICENCE": _compact_state,
        "COMPACT_DEGREE_UNKNOWN": _compact,
        "COMPACT_NOT_DOCTORAL": _compact,
        "COMPACT_ENCUMBERED": _compact,
        "COMPACT_NOT_ACTIVE": _compact,
        "COMPACT_OPEN": _compact,
        "TITLE_NO_STATEMENT": _title_missing,
        "TITLE_NOT_PROTECTED": _about("jurisdiction"),
        "CERTIFICATE_NO_STATEMENT": _others,
        "MEMBERSHIP_NO_CERTIFICATE": _nothing,
        "MEMBERSHIP_NOT_NEEDED": _membership,
        "MEMBERSHIP_INCLUDED": _membership,
        "MEMBERSHIP_NO_STATEMENT": _membership,
        "EXCLUSION_NO_EDITION": _nothing,
        "EXCLUSION_CLEAR": _exclusion,
        "EXCLUSION_STALE": _exclusion,
        "EXCLUSION_MATCH": _exclusion,
        "EXCLUSION_WAIVED": _exclusion,
        "EXCLUSION_PROBABLE": _exclusion,
        "EXCLUSION_POSSIBLE": _exclusion,
        "EXCLUSION_NONE": _exclusion,
    },
)
