"""The main job through the contract: sent, opened, accepted, booked, begun, reported, closed; and the ways off it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from api.execute import Executor
from graph.database import count_statements
from graph.ids import plain_id
from tests.api.conftest import Served
from tests.network import NOW, key
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

LOOK = """
query Look($id: ID!) {
  referral(id: $id) {
    version status reason
    patient { ageBand area payer initials familyName givenName birthDate phone email postalCode }
    currentAttempt { status recipient { npi } proofs { verdict checks { code outcome evidence { source } } } }
    attempts(first: 10) { edges { node { number status } } }
    events(first: 50) { totalCount edges { node { number name toStatus } } }
    availableActions { action allowed }
  }
}
"""


REPORT = {
    "attendance": "Six of six.",
    "formulation": "Performance anxiety.",
    "intervention": "Sensate focus.",
    "progress": "Good.",
    "risks": "None seen.",
    "recommendation": "Nothing further.",
}

SCORE = {"instrument": "PHQ_9", "total": 4, "administeredOn": "2026-11-01"}
REPORTS = """query ($id: ID!) { referral(id: $id) { currentAttempt { reports {
  scores { instrument total band version administeredOn } } } } }"""


async def look(served: Served, token: str, referral: str) -> Any:
    return (await served.data(token, LOOK, id=referral))["referral"]


def later(served: Served, **span: Any) -> Served:
    """The same network with a clock that has moved on."""
    moved = Executor(served.network.database, SHIPPED_POLICIES, lambda: NOW + timedelta(**span))
    return Served(
        moved,
        served.network,
        served.physician,
        served.therapist,
        served.second,
        served.officer,
        served.steward,
        served.therapists,
        served.doctor,
    )


async def test_the_whole_way(served: Served) -> None:
    physician, therapist = served.physician, served.therapist
    referral = await served.moved(physician, "sendReferral", await served.draft())
    referral = await served.moved(therapist, "openReferral", referral)
    referral = await served.moved(therapist, "acceptReferral", referral)
    starts = (NOW + timedelta(days=1)).isoformat()
    referral = await served.moved(therapist, "scheduleVisit", referral, startsAt=starts)
    tomorrow = later(served, days=1, hours=1)
    referral = await tomorrow.moved(therapist, "startTherapy", referral)
    impossible = {"instrument": "PHQ_9", "total": 28, "administeredOn": "2026-11-02"}
    wrong = await tomorrow.change(
        therapist,
        "sendReport",
        {"referral": referral["id"], "expectedVersion": referral["version"], "kind": "FINAL", **REPORT,
         "scores": [SCORE, impossible]},
        "referral { version }",
    )  # fmt: skip
    assert wrong == {"problems": [{"code": "BAD_INPUT", "path": ["scores", "1", "total"]}], "referral": None}
    referral = await tomorrow.moved(therapist, "sendReport", referral, kind="FINAL", **REPORT, scores=[SCORE])
    for token in (physician, therapist):
        [report] = (await tomorrow.data(token, REPORTS, id=referral["id"]))["referral"]["currentAttempt"]["reports"]
        assert report["scores"] == [{**SCORE, "total": 4.0, "band": "below the cut-off", "version": None}]
    assert referral["status"] == "REPORT_SENT"
    referral = await tomorrow.moved(physician, "acknowledgeReport", referral)
    assert referral["status"] == "CLOSED"
    seen = await look(served, physician, referral["id"])
    names = [edge["node"]["name"] for edge in seen["events"]["edges"]]
    assert len(names) == seen["version"] == referral["version"]
    proofs = seen["currentAttempt"]["proofs"]
    assert [proof["verdict"] for proof in proofs] == ["REFERABLE", "REFERABLE"]
    sources = {e["source"] for proof in proofs for check in proof["checks"] for e in check["evidence"]}
    assert {"CA-BBS", "AASECT", "LEIE"} <= sources


async def test_nothing_that_identifies_is_seen_before_acceptance(served: Served) -> None:
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    before = await look(served, served.therapist, referral["id"])
    assert before["patient"]["ageBand"] == "40-49"
    assert before["patient"]["area"] == "946"
    assert {k: v for k, v in before["patient"].items() if v is not None}.keys() == {"ageBand", "area", "payer"}
    assert before["reason"] is None
    assert "canary" not in str(before).lower()
    referral = await served.moved(served.therapist, "acceptReferral", referral)
    after = await look(served, served.therapist, referral["id"])
    assert after["patient"]["familyName"].startswith("Canarywood")
    assert after["reason"].startswith("Canaryreason")


async def test_a_decline_goes_back_and_is_redirected(served: Served) -> None:
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    referral = await served.moved(served.therapist, "declineReferral", referral, reason="AT_CAPACITY")
    assert referral["status"] == "DECLINED"
    referral = await served.moved(served.physician, "redirectReferral", referral)
    assert referral["status"] == "SENT"
    mine = await look(served, served.second, referral["id"])
    assert [edge["node"]["number"] for edge in mine["attempts"]["edges"]] == [
        2
    ]  # who declined before is nobody's business
    own = await look(served, served.therapist, referral["id"])
    assert [edge["node"]["number"] for edge in own["attempts"]["edges"]] == [1]
    assert own["availableActions"] == []


async def test_a_suspended_licence_leaves_search_and_blocks_acceptance_at_once(served: Served) -> None:
    network = served.network
    victim = await network.therapist()
    token = f"bona_{key()}"
    await network.account("therapist", victim.id, token)
    done = await served.change(
        token,
        "updateProfile",
        {
            "concerns": ["low-desire"],
            "languages": ["en"],
            "acceptsNew": True,
            "places": [{"addressPostalCode": "93701"}],
        },
        "therapist { id }",
    )
    assert done["problems"] == []
    licence = (
        f'{{ practitioner(npi: "{victim.npi}") {{ credentials(first: 5) {{ edges {{ node {{ id kind }} }} }} }} }}'
    )
    held = (await served.data(served.officer, licence))["practitioner"]["credentials"]["edges"]
    lmft = next(edge["node"]["id"] for edge in held if edge["node"]["kind"] == "LMFT")
    confirmed = {"credential": lmft, "status": "ACTIVE", "effective": "2025-06-01T00:00:00Z", "expires": "2027-12-31"}
    done = await served.change(served.officer, "confirmCredential", confirmed, "credential { status }")
    assert done == {"problems": [], "credential": {"status": "ACTIVE"}}
    assert await shown(served, victim.npi)
    referral = await served.moved(served.physician, "sendReferral", await served.draft(victim))
    with count_statements() as counted:
        done = await served.change(
            served.officer,
            "suspendCredential",
            {"credential": lmft, "reason": "DISCIPLINARY_ORDER"},
            "credential { status }",
        )
    assert (done["credential"]["status"], done["problems"]) == ("SUSPENDED", [])
    assert counted.count <= 8, "the word, what it means for open referrals, and one of them taken back"
    assert not await shown(served, victim.npi)
    before = await network.snapshot(own_id(referral))
    done = await served.change(
        token,
        "acceptReferral",
        {"referral": referral["id"], "expectedVersion": referral["version"]},
        "referral { status }",
    )
    assert done["referral"] is None
    assert done["problems"][0]["code"] == "STALE_VERSION", "it was taken back in the transaction that suspended"
    assert await network.snapshot(own_id(referral)) == before


def own_id(referral: Mapping[str, Any]) -> str:
    found = plain_id(referral["id"])
    assert found is not None
    return found[1]


async def shown(served: Served, npi: str) -> bool:
    data = await served.data(
        served.physician,
        """query S { therapists(where: {concern: "low-desire", jurisdiction: "CA"}, first: 100) {
             edges { node { npi } } } }""",
    )
    return npi in {edge["node"]["npi"] for edge in data["therapists"]["edges"]}


async def test_worklists(served: Served) -> None:
    referral = await served.moved(served.physician, "sendReferral", await served.draft())
    query = "query W($f: WorklistFolder!) { worklist(folder: $f, first: 100) { edges { node { id } } } }"

    async def lies_in(token: str, folder: str) -> bool:
        page = (await served.data(token, query, f=folder))["worklist"]["edges"]
        return referral["id"] in {edge["node"]["id"] for edge in page}

    assert await lies_in(served.physician, "WAITING")
    assert await lies_in(served.therapist, "NEW")
    assert not await lies_in(served.second, "NEW")
    assert not await lies_in(served.officer, "WAITING")
    referral = await served.moved(served.therapist, "returnReferral", referral, advice="Try a urologist first.")
    assert await lies_in(served.physician, "NEEDS_MY_ACTION")
    assert await lies_in(served.therapist, "DONE")
