"""A decision as FHIR: only what R4 knows, as often as R4 allows it, in the codes R4 binds."""

import re
from typing import Any

import pytest
from hypothesis import given, settings

from api.fhir.verification_result import verification_result
from tests.verification.bundled import bundle_for, linked_evidence
from tests.verification.histories import histories, instants, places
from tests.verification.people import NOW, S, certificate, held, licence, membership, observed, person, row
from verification.bundles import bundle_of
from verification.evidence import Facts, MatchVerdict
from verification.policy import US_POLICY

# FHIR 4.0.1, VerificationResult: element -> (least, most, type), written down by hand. None: as many as wanted.
CODEABLE, REFERENCE = "CodeableConcept", "Reference"
Elements = dict[str, tuple[int, int | None, str]]
TOP: Elements = {
    "resourceType": (1, 1, "code"),
    "id": (0, 1, "id"),
    "text": (0, 1, "Narrative"),
    "target": (0, None, REFERENCE),
    "targetLocation": (0, None, "string"),
    "need": (0, 1, CODEABLE),
    "status": (1, 1, "code"),
    "statusDate": (0, 1, "dateTime"),
    "validationType": (0, 1, CODEABLE),
    "validationProcess": (0, None, CODEABLE),
    "frequency": (0, 1, "Timing"),
    "lastPerformed": (0, 1, "dateTime"),
    "nextScheduled": (0, 1, "date"),
    "failureAction": (0, 1, CODEABLE),
    "primarySource": (0, None, "primarySource"),
    "attestation": (0, 1, "attestation"),
    "validator": (0, None, "validator"),
}
PARTS: dict[str, Elements] = {
    "primarySource": {
        "who": (0, 1, REFERENCE),
        "type": (0, None, CODEABLE),
        "communicationMethod": (0, None, CODEABLE),
        "validationStatus": (0, 1, CODEABLE),
        "validationDate": (0, 1, "dateTime"),
        "canPushUpdates": (0, 1, CODEABLE),
        "pushTypeAvailable": (0, None, CODEABLE),
    },
    "attestation": {
        "who": (0, 1, REFERENCE),
        "onBehalfOf": (0, 1, REFERENCE),
        "communicationMethod": (0, 1, CODEABLE),
        "date": (0, 1, "date"),
        "sourceIdentityCertificate": (0, 1, "string"),
        "proxyIdentityCertificate": (0, 1, "string"),
        "proxySignature": (0, 1, "Signature"),
        "sourceSignature": (0, 1, "Signature"),
    },
    "validator": {
        "organization": (1, 1, REFERENCE),
        "identityCertificate": (0, 1, "string"),
        "attestationSignature": (0, 1, "Signature"),
    },
    "Narrative": {"status": (1, 1, "code"), "div": (1, 1, "xhtml")},
    REFERENCE: {
        "reference": (0, 1, "string"),
        "type": (0, 1, "uri"),
        "identifier": (0, 1, "Identifier"),
        "display": (0, 1, "string"),
    },
    "Identifier": {"system": (0, 1, "uri"), "value": (0, 1, "string")},
    CODEABLE: {"coding": (0, None, "Coding"), "text": (0, 1, "string")},
    "Coding": {"system": (0, 1, "uri"), "code": (0, 1, "code"), "display": (0, 1, "string")},
}
PATTERNS = {
    "dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "date": r"\d{4}-\d\d-\d\d",
    "code": r"[^\s]+( [^\s]+)*",
    "uri": r"\S+",
    "string": r"\S(.*\S)?",
    "xhtml": r"<div xmlns=\"http://www\.w3\.org/1999/xhtml\">.*</div>",
}
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem/"
# By element, the code system of the value set that R4 binds it to, and its codes.
BOUND = {
    "need": ("need", {"none", "initial", "periodic"}),
    "validationType": ("validation-type", {"nothing", "primary", "multiple"}),
    "validationProcess": (
        "validation-process",
        {"edit-check", "valueset", "primary", "multi", "standalone", "in-context"},
    ),
    "failureAction": ("failure-action", {"fatal", "warn", "rec-only", "none"}),
    "type": (
        "primary-source-type",
        {"lic-board", "prim", "cont-ed", "post-serv", "rel-own", "reg-auth", "legal", "issuer", "auth-source"},
    ),
    "communicationMethod": ("verificationresult-communication-method", {"manual", "portal", "pull", "push"}),
    "validationStatus": ("validation-status", {"successful", "failed", "unknown"}),
}
STATUSES = {"attested", "validated", "in-process", "req-revalid", "val-fail", "reval-fail"}


def check_object(value: Any, elements: Elements) -> None:
    assert isinstance(value, dict)
    assert value
    assert set(value) <= set(elements)
    for name, (least, most, kind) in elements.items():
        if name not in value:
            assert least == 0, name
            continue
        found = value[name]
        assert isinstance(found, list) == (most is None), name
        if isinstance(found, list):
            assert found, "FHIR has no empty lists"
        for item in found if isinstance(found, list) else [found]:
            check_value(name, item, kind)


def check_value(name: str, value: Any, kind: str) -> None:
    if kind in PARTS:
        check_object(value, PARTS[kind])
    else:
        assert isinstance(value, str)
        assert re.fullmatch(PATTERNS[kind], value, re.DOTALL), (name, value)
    if kind == CODEABLE:
        system, codes = BOUND[name]
        for coding in value["coding"]:
            assert coding["system"] == TERMINOLOGY + system
            assert coding["code"] in codes


def code(concept: dict[str, Any]) -> str:
    return str(concept["coding"][0]["code"])


@given(histories, places, instants, instants)
@settings(max_examples=60)
def test_the_shape_is_that_of_r4(facts: Facts, place: str, at: Any, known_at: Any) -> None:
    found = verification_result(bundle_for(facts, place, at, known_at))
    check_object(found, TOP)
    assert found["resourceType"] == "VerificationResult"
    assert found["status"] in STATUSES


def test_a_good_standing_is_validated_by_board_certifier_and_list() -> None:
    bundle = bundle_for(person())
    found = verification_result(bundle)
    assert found["status"] == "validated"
    assert found["target"] == [
        {
            "type": "Practitioner",
            "display": "Delphine Achterberg",
            "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "2000000010"},
        }
    ]
    assert found["statusDate"] == bundle["question"]["at"]
    assert found["nextScheduled"] == bundle["decision"]["goodUntil"][:10]
    assert code(found["validationType"]) == "multiple"
    assert {code(source["type"][0]) for source in found["primarySource"]} == {"lic-board", "issuer", "auth-source"}
    assert {code(source["validationStatus"]) for source in found["primarySource"]} == {"successful"}
    assert found["attestation"]["who"]["display"] == "California Board of Behavioral Sciences"
    assert found["validator"] == [{"organization": {"type": "Organization", "display": "Bonafide"}}]


@pytest.mark.parametrize(
    ("facts", "status", "validation"),
    [
        (person(licence(observed(S.REVOKED)), certificate(), membership()), "val-fail", "failed"),
        (person(exclusions=(row(decided=MatchVerdict.SAME),)), "val-fail", "failed"),
        (person(licence(observed(S.UNKNOWN)), certificate(), membership()), "req-revalid", "unknown"),
    ],
)
def test_what_stands_in_the_way_is_on_its_source(facts: Facts, status: str, validation: str) -> None:
    found = verification_result(bundle_for(facts))
    assert found["status"] == status
    assert validation in {code(source["validationStatus"]) for source in found["primarySource"]}


def test_where_nobody_said_anything_no_source_is_named() -> None:
    found = verification_result(bundle_for(person(held("LMFT", "CA-BBS", "CA"), exclusion_editions=(), npi=None)))
    check_object(found, TOP)
    assert code(found["validationType"]) == "nothing"
    assert not {"primarySource", "attestation", "validationProcess", "nextScheduled"} & set(found)
    assert "identifier" not in found["target"][0]


def test_names_cannot_break_the_narrative() -> None:
    div = verification_result(bundle_for(person(family_name="<b>&Co")))["text"]["div"]
    assert "&lt;b&gt;&amp;co" in div.lower()
    assert "<b>" not in div.lower()


def test_a_simulated_store_is_told_where_people_read() -> None:
    facts = person()
    evidence, chains = linked_evidence(facts)
    for simulated in (False, True):
        bundle = bundle_of(facts, evidence, "CA", NOW, NOW, US_POLICY, chains, simulated=simulated)
        told = verification_result(bundle)["text"]["div"]
        assert ("simulated store, and not so" in told) is simulated
