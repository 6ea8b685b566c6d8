"""The sentences of a decision: why each check came out as it did, who can put it right, and how.

- A sentence is made of a finding's code and parameters alone, so that the same finding always reads the same.
- No sentence holds anything about a patient.
- Every finding that stands in the way has a remedy that names who can act.
- It does not weigh anything.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from verification.credential_wording import Words, against_sentence, credential_words, label, state_sentence
from verification.findings import Finding
from verification.histories import Basis
from verification.jurisdictions import place_name
from verification.kinds import KINDS
from verification.policy import Policy
from verification.verdicts import Outcome


def words(finding: Finding, policy: Policy) -> Words:
    """The reason as a sentence, and the remedy where there is something to put right."""
    made = SENTENCES.get(finding.reason)
    reason, remedy = made(finding, policy) if made else _credential(finding, policy)
    settled = finding.outcome in {Outcome.PASSED, Outcome.SKIPPED}
    return reason, None if settled else remedy


def because(finding: Finding) -> str | None:
    """What a window rests on, as a sentence; None for a finding that carries nothing."""
    if finding.check == "licence-elsewhere" or finding.reading is None or finding.credential is None:
        return None
    if finding.reading.basis is not Basis.YES or finding.outcome not in {Outcome.PASSED, Outcome.NOTICE}:
        return None
    return state_sentence(finding.credential, finding.reading)


def _credential(finding: Finding, policy: Policy) -> Words:
    if finding.credential is None or finding.reading is None:
        raise LookupError(f"no words for {finding.reason}")
    limit = policy.longest_age(finding.credential.kind)
    reason, remedy = credential_words(finding.credential, finding.reading, limit)
    if finding.check == "title" and finding.outcome is Outcome.NOTICE:
        return f"{reason} {_title_rule(finding)}", remedy
    return reason, remedy


def _fixed(reason: str, remedy: str | None = None) -> Callable[[Finding, Policy], Words]:
    return lambda _, __: (reason, remedy)


def _title_rule(finding: Finding) -> str:
    rule = finding.about
    return f"In {place_name(rule.jurisdiction)} the title of sex therapist is protected ({rule.source})."


def _title_missing(finding: Finding, _: Policy) -> Words:
    kind = KINDS[finding.about.qualification]
    return (
        f"{_title_rule(finding)} No board has confirmed the qualification.",
        f"The holder's board in {place_name(finding.about.jurisdiction)} confirms: {kind.name}.",
    )


def _no_licence(finding: Finding, _: Policy) -> Words:
    place = place_name(finding.about)
    return (
        f"No board has said anything about a licence for independent practice in {place}.",
        f"The licence board in {place} confirms her licence, by its officer or its roster.",
    )


def _not_independent(finding: Finding, _: Policy) -> Words:
    credential = finding.credential
    place = place_name(credential.jurisdiction) if credential else ""
    return (
        f"{label(credential) if credential else 'The licence'} is not for independent practice in {place}.",
        f"The holder obtains an independent licence in {place}, and its board confirms it.",
    )


def _elsewhere(finding: Finding, _: Policy) -> Words:
    said = finding.reading.rests_on if finding.reading else ()
    credential = finding.credential
    reason = against_sentence(credential, said) if credential else ""
    if finding.reason == "LICENCE_ELSEWHERE_REVIEWED":
        return f"{reason} Reviewed by a steward: {finding.about}", "Nothing has to be done; the notice is to be shown."
    if finding.reason == "LICENCE_ELSEWHERE_NOTICE":
        return reason, "Nothing has to be done; the notice is to be shown."
    return reason, "A steward reviews it and records the reason, or that board clears it."


def _no_certificate(finding: Finding, _: Policy) -> Words:
    others = ", ".join(label(credential) for credential in finding.about or ())
    return (
        "No certifying body has confirmed a certificate in sex therapy." + (f" {others} is none." if others else ""),
        "AASECT, or the body that certified her, confirms the certificate.",
    )


def _no_membership(finding: Finding, _: Policy) -> Words:
    kind = KINDS[finding.about].name
    certificate = label(finding.credential) if finding.credential else "The certificate"
    return f"{certificate} needs its holder to be {kind}, and nobody has confirmed that.", "The society confirms it."


def _membership_included(finding: Finding, _: Policy) -> Words:
    certificate = label(finding.credential) if finding.credential else "The certificate"
    return f"{certificate} makes its holder {KINDS[finding.about].name}; nothing else is known of that.", None


def _claimed_twice(finding: Finding, _: Policy) -> Words:
    said = ", ".join(f"{one.kind} {one.number} of {one.body}" for one in finding.about)
    return (
        f"Two persons are said to hold {said}, and it is not decided which of them it is.",
        "A steward decides whose it is; the body that said so can tell.",
    )


def _not_asked(finding: Finding, _: Policy) -> Words:
    return f"The policy in force does not ask for this{': ' if finding.about else ''}{finding.about}.", None


def _npi_deactivated(finding: Finding, _: Policy) -> Words:
    return (
        f"The NPI was deactivated on {finding.about} and has not been reactivated.",
        "The holder has it reactivated with NPPES.",
    )


def _npi_in_use(finding: Finding, policy: Policy) -> Words:
    reason = "The NPI is well-formed and no deactivation is known."
    if finding.about is None:
        return reason, None
    return (
        f"{reason} NPPES was last read on {finding.about.date()}, more than {policy.nppes_age.days} days before.",
        None,
    )


def _npi_invalid(finding: Finding, _: Policy) -> Words:
    return f"The NPI on record {finding.about}.", "A steward corrects the NPI."


def _edition_clear(finding: Finding, _: Policy) -> Words:
    return f"No row of edition {finding.about[0].edition} of the exclusion list (LEIE) is about this person.", None


def _edition_stale(finding: Finding, policy: Policy) -> Words:
    edition, days = finding.about[0], policy.freshness["exclusions"].days
    return (
        f"Edition {edition.edition} of the exclusion list (LEIE) was fetched more than {days} days before.",
        "A steward loads the current edition.",
    )


def _excluded(finding: Finding, _: Policy) -> Words:
    edition, _place, hit = finding.about
    how = "as a person decided" if hit.match.by_person else "by " + " and ".join(hit.match.fields)
    since = f" since {hit.row.excluded_on}" if hit.row.excluded_on else ""
    return (
        f"Excluded from federal programs{since} ({hit.row.exclusion_type}), {how}; LEIE {edition.edition}.",
        "Only OIG can reinstate; its next edition shows it.",
    )


def _waived(finding: Finding, _: Policy) -> Words:
    edition, place, _hit = finding.about
    return (
        f"Excluded from federal programs, but waived for {place_name(place)} alone; LEIE {edition.edition}.",
        "Nothing has to be done; the notice is to be shown.",
    )


def _to_decide(finding: Finding, _: Policy) -> Words:
    edition, _place, hit = finding.about
    fields = " and ".join(field.replace("_", " ") for field in hit.match.fields)
    return (
        f"A row of edition {edition.edition} of the exclusion list (LEIE) has the same {fields}.",
        "A steward decides whether it is the same person, on OIG's own form.",
    )


def _not_member(finding: Finding, _: Policy) -> Words:
    compact, state = finding.about
    return f"{place_name(state)} is not an effective member of {compact}.", "A steward loads the current membership."


def _no_home_licence(finding: Finding, _: Policy) -> Words:
    compact, state = finding.about
    return (
        f"A privilege under {compact} rests on a licence in {place_name(state)}, and no board has confirmed one.",
        f"The licence board in {place_name(state)} confirms it.",
    )


def _compact(reason: str, remedy: str) -> Callable[[Finding, Policy], Words]:
    """Sentences about a privilege that was tried; they share the names of their parameters."""

    def made(finding: Finding, _: Policy) -> Words:
        compact, home, place, privilege, licence, status = finding.about
        values = {
            "compact": compact,
            "home": place_name(home),
            "place": place_name(place),
            "privilege": privilege,
            "licence": licence.lower().replace("_", " "),
            "status": status.lower().replace("_", " "),
        }
        return reason.format(**values), remedy.format(**values)

    return made


SENTENCES: Final = MappingProxyType(
    {
        "IDENTITY_CLAIMED_TWICE": _claimed_twice,
        "NOT_ASKED": _not_asked,
        "POLICY_NONE": _fixed(
            "No policy governs this place, so nobody can be proven fit for a patient there.",
            "Whoever runs this network puts a policy for the place in force.",
        ),
        "NPI_NONE": _fixed("There is no NPI, which only practitioners in the United States have."),
        "NPI_INVALID": _npi_invalid,
        "NPI_DEACTIVATED": _npi_deactivated,
        "NPI_IN_USE": _npi_in_use,
        "LICENCE_NO_STATEMENT": _no_licence,
        "LICENCE_NOT_INDEPENDENT": _not_independent,
        "LICENCE_NOT_NEEDED": _compact("No licence in {place} is needed: {compact} opens the way.", ""),
        "LICENCE_ELSEWHERE_NONE": _fixed("No other licence is known."),
        "LICENCE_ELSEWHERE_CLEAR": _fixed("Nothing is known against any other licence."),
        "LICENCE_ELSEWHERE_DISCIPLINE": _elsewhere,
        "LICENCE_ELSEWHERE_REVIEWED": _elsewhere,
        "LICENCE_ELSEWHERE_NOTICE": _elsewhere,
        "COMPACT_NO_PRIVILEGE": _fixed("No privilege under a compact is on record."),
        "COMPACT_NOT_NEEDED": _fixed("Not needed: there is a full licence."),
        "COMPACT_NOT_MEMBER": _not_member,
        "COMPACT_NO_HOME_LICENCE": _no_home_licence,
        "COMPACT_DEGREE_UNKNOWN": _compact(
            "{compact} is for doctoral psychologists, and the board of {home} has not said which degree was taken.",
            "The board of {home} names the degree in its roster.",
        ),
        "COMPACT_NOT_DOCTORAL": _compact(
            "{compact} is for doctoral psychologists, and the licence in {home} was not given for a doctorate.",
            "The holder obtains a full licence in {place}.",
        ),
        "COMPACT_ENCUMBERED": _compact(
            "{compact} needs an unencumbered licence in {home}, and the licence there is {licence}.",
            "The board of {home} clears the licence.",
        ),
        "COMPACT_NOT_ACTIVE": _compact(
            "The {privilege} of {compact} is {status} and the licence in {home} is {licence}; both must be active.",
            "The commission or the board of {home} confirms what is missing.",
        ),
        "COMPACT_OPEN": _compact(
            "{compact}: {privilege} {status}, licence in {home} {licence}, {home} and {place} effective members.",
            "Nothing has to be done; the notice is to be shown.",
        ),
        "TITLE_NO_STATEMENT": _title_missing,
        "TITLE_NOT_PROTECTED": _fixed("No rule about the title applies here."),
        "CERTIFICATE_NO_STATEMENT": _no_certificate,
        "MEMBERSHIP_NO_CERTIFICATE": _fixed("There is no certificate that could need a membership."),
        "MEMBERSHIP_NOT_NEEDED": _fixed("The certificate needs no membership beside it."),
        "MEMBERSHIP_INCLUDED": _membership_included,
        "MEMBERSHIP_NO_STATEMENT": _no_membership,
        "EXCLUSION_NO_EDITION": _fixed(
            "No edition of the exclusion list (LEIE) is loaded.",
            "A steward loads the current edition.",
        ),
        "EXCLUSION_CLEAR": _edition_clear,
        "EXCLUSION_STALE": _edition_stale,
        "EXCLUSION_MATCH": _excluded,
        "EXCLUSION_WAIVED": _waived,
        "EXCLUSION_PROBABLE": _to_decide,
        "EXCLUSION_POSSIBLE": _to_decide,
        "EXCLUSION_NONE": _to_decide,
    },
)
