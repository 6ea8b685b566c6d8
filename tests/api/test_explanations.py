"""What a check tells programs: its code, what it is about, who can put it right; in a decision that was kept, too."""

from typing import Any

import pytest

from tests.api.conftest import Served

pytestmark = pytest.mark.neo4j

STANDING = """
query Standing($npi: NPI!, $in: JurisdictionCode!) {
  practitioner(npi: $npi) {
    standing(jurisdiction: $in) {
      verdict policy { id version }
      checks { code outcome reason reasonCode params { name value } remedy fixableBy }
    }
  }
}
"""


async def checks(served: Served, place: str) -> dict[str, Any]:
    variables = {"npi": served.therapists[0].npi, "in": place}
    found = (await served.data(served.physician, STANDING, **variables))["practitioner"]["standing"]
    return {"": found} | {one["code"]: one for one in found["checks"]}


async def test_a_reason_is_a_code_with_values(served: Served) -> None:
    found = await checks(served, "CA")
    licence = found["licence"]
    assert (licence["reasonCode"], licence["fixableBy"]) == ("LICENCE_ACTIVE", None)
    values = {each["name"]: each["value"] for each in licence["params"]}
    assert {"kind", "number", "jurisdiction", "body", "state", "source", "confirmedOn"} <= set(values)
    assert (values["jurisdiction"], values["source"]) == ("CA", "CA-BBS")


async def test_who_can_put_it_right(served: Served) -> None:
    licence = (await checks(served, "NY"))["licence"]
    assert (licence["reasonCode"], licence["fixableBy"]) == ("LICENCE_NO_STATEMENT", "BODY")
    assert licence["params"] == [{"name": "jurisdiction", "value": "NY"}]


@pytest.mark.parametrize(("place", "policy"), [("CA", "us"), ("GB", "gb"), ("IE", "none")])
async def test_the_policy_is_the_one_of_the_place(served: Served, place: str, policy: str) -> None:
    found = await checks(served, place)
    assert found[""]["policy"] == {"id": policy, "version": "1"}
    assert (found[""]["verdict"] == "REFERABLE") is (place == "CA")
    assert ("policy" in found) is (place == "IE")


async def test_a_kept_decision_keeps_them(served: Served) -> None:
    query = """
    query Kept($id: ID!) { referral(id: $id) { attempts(first: 1) { edges { node {
      proofs { checks { code reasonCode params { name value } fixableBy } } } } } } }
    """
    found = await served.data(served.physician, query, id=served.referral)
    (edge,) = found["referral"]["attempts"]["edges"]
    kept = {check["code"]: check for check in edge["node"]["proofs"][0]["checks"]}
    assert kept["certificate"]["reasonCode"] == "CERTIFICATE_ACTIVE"
    assert {"name": "body", "value": "AASECT"} in kept["certificate"]["params"]
