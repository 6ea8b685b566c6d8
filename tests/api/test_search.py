"""Search through the contract: who is found, in which order, why, and who is not."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from api.execute import Executor, Request
from graph.directory import refresh
from tests.api.conftest import Served
from tests.network import CONCERN, NOW
from verification.policies import SHIPPED_POLICIES

pytestmark = pytest.mark.neo4j

SEARCH = """
query Search($where: TherapistFilter!, $near: Near, $orderBy: TherapistOrder, $first: Int!, $after: String) {
  therapists(where: $where, near: $near, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { distanceKm because cursor node { id npi name acceptsNew } }
  }
}
"""
WHERE = {"concern": CONCERN, "jurisdiction": "CA"}
FROM_SAN_FRANCISCO = {"postalCode": "94110", "withinKm": 1000}


@pytest.fixture(autouse=True)
async def at_the_time_of_the_tests(served: Served) -> None:
    """Other tests bring news at other times, and what is stored follows whoever looked last."""
    ids = [therapist.id for therapist in served.therapists]
    await refresh(served.network.database, ids, NOW, SHIPPED_POLICIES)


async def found(served: Served, where: Mapping[str, Any], near: Any = FROM_SAN_FRANCISCO, **more: Any) -> Any:
    """The page of results, with only this test's own therapists among them."""
    data = await served.data(
        served.physician, SEARCH, where={**WHERE, **where}, near=near, **{"first": 100, "orderBy": None, **more}
    )
    own = {therapist.npi: number for number, therapist in enumerate(served.therapists)}
    page = data["therapists"]
    page["numbers"] = [own[edge["node"]["npi"]] for edge in page["edges"] if edge["node"]["npi"] in own]
    return page


async def test_nearest_first_with_true_distance(served: Served) -> None:
    page = await found(served, {})
    assert page["numbers"] == [0, 1, 4, 5, 2, 3]  # San Francisco, Oakland, Sacramento, Fresno, Los Angeles, San Diego
    distances = [edge["distanceKm"] for edge in page["edges"]]
    assert distances == sorted(distances)
    by_npi = {edge["node"]["npi"]: edge["distanceKm"] for edge in page["edges"]}
    assert by_npi[served.therapists[3].npi] == pytest.approx(737, abs=15)


async def test_a_circle(served: Served) -> None:
    assert (await found(served, {}, {"postalCode": "94110", "withinKm": 30}))["numbers"] == [0, 1]
    assert (await found(served, {}, {"latitude": 32.7, "longitude": -117.2, "withinKm": 30}))["numbers"] == [3]


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({"concern": "low-desire"}, [1, 5, 3]),
        ({"acceptingNew": True}, [0, 1, 4, 2, 3]),
        ({"acceptingNew": False}, [5]),
        ({"payer": "BLUE  cross"}, [0, 3]),
        ({"payer": "Nobody Mutual"}, []),
        ({"language": "Spanish"}, [1, 5, 3]),
        ({"modality": "TELEHEALTH"}, [1, 5, 3]),
        ({"jurisdiction": "NV"}, []),
    ],
)
async def test_filters(served: Served, where: dict[str, Any], numbers: list[int]) -> None:
    assert (await found(served, where))["numbers"] == numbers


async def test_by_part_of_a_name(served: Served) -> None:
    wanted = served.therapists[2]
    assert (await found(served, {"name": wanted.name.split()[-1][2:7].lower()}))["numbers"] == [2]


async def test_pages_follow_each_other_to_the_end(served: Served) -> None:
    whole = await found(served, {})
    seen, after = [], None
    while True:
        page = await found(served, {}, first=2, after=after)
        assert page["totalCount"] == whole["totalCount"]
        seen += [edge["node"]["npi"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [edge["node"]["npi"] for edge in whole["edges"]]


async def test_other_orders(served: Served) -> None:
    assert (await found(served, {}, None, orderBy="SOONEST"))["numbers"] == [0, 1, 2, 3, 4, 5]
    families = {number: person.name.split()[-1].upper() for number, person in enumerate(served.therapists)}
    expected = sorted(families, key=lambda number: families[number])
    # Whoever comes first by family name comes last by the name as shown, so only the right order passes.
    first = {"id": served.therapists[expected[0]].id}
    database = served.network.database
    await database.write("MATCH (t:Therapist {id: $id}) SET t.kept = t.searchName, t.searchName = 'ZZZ'", first)
    try:
        by_name = await found(served, {}, None)
    finally:
        await database.write("MATCH (t:Therapist {id: $id}) SET t.searchName = t.kept REMOVE t.kept", first)
    assert by_name["numbers"] == expected
    assert all(edge["distanceKm"] is None for edge in by_name["edges"])


async def test_because(served: Served) -> None:
    page = await found(served, {"payer": "Aetna"})
    because = page["edges"][0]["because"]
    assert any("CA-BBS" in line for line in because)
    assert any("AASECT" in line for line in because)
    assert "Treats erectile difficulty" in because
    assert any("Aetna" in line for line in because)


@pytest.mark.parametrize(
    ("near", "message"),
    [
        ({"postalCode": "00000", "withinKm": 5}, "00000"),
        ({"withinKm": 5}, "postalCode"),
        ({"postalCode": "94110", "latitude": 1.0, "withinKm": 5}, "both"),
        ({"latitude": 91.0, "longitude": 0.0, "withinKm": 5}, "latitude"),
        ({"postalCode": "94110", "withinKm": 0}, "withinKm"),
    ],
)
async def test_a_place_that_cannot_be_used(served: Served, near: dict[str, Any], message: str) -> None:
    result = await served.ask(served.physician, SEARCH, where=WHERE, near=near, first=1)
    assert result["data"] is None
    assert result["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert message in result["errors"][0]["message"]


async def test_what_lapses_is_gone_at_that_instant_without_any_job(served: Served) -> None:
    """The certificate's statement goes stale 30 days after it was made: found a millisecond before, gone then."""
    stale = NOW - timedelta(days=1) + timedelta(days=30, milliseconds=1)
    for instant, count in ((stale - timedelta(milliseconds=1), 6), (stale, 0)):
        executor = Executor(served.network.database, SHIPPED_POLICIES, lambda at=instant: at)  # type: ignore[misc] # bound per turn
        # The exclusion list has to be young enough at that time for the statement to be what ends it.
        query = (
            f'{{ practitioner(npi: "{served.therapists[0].npi}") {{ standing(jurisdiction: "CA") {{ verdict }} }} }}'
        )
        answer = (await executor.run(Request(query, token=served.physician))).result
        page = (
            await executor.run(
                Request(SEARCH, {"where": WHERE, "near": FROM_SAN_FRANCISCO, "first": 100}, token=served.physician)
            )
        ).result["data"]["therapists"]
        own = {therapist.npi for therapist in served.therapists}
        assert len([edge for edge in page["edges"] if edge["node"]["npi"] in own]) == count
        assert (answer["data"]["practitioner"]["standing"]["verdict"] == "REFERABLE") == bool(count)
