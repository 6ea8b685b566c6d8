"""A state's licence upload to CompactConnect: the board's statements, and nothing that must not be read."""

import asyncio
from typing import Any

import pytest

from graph.loading.compact import load_compact
from graph.loading.memberships import load_memberships
from graph.loading.privileges import load_privileges
from graph.loading.report import Report
from graph.reading import ImportRefused
from tests.imports import Imports
from tests.published import as_csv, certificate_row, fresh_npis, member_row, membership_row
from verification.formats.compact import LAYOUTS, Compact

pytestmark = pytest.mark.neo4j

HIDDEN = {"ssn": "529-31-5408", "homeAddressStreet1": "77 Hidden Street", "homeAddressCity": "Hiddenville"}
LICENCE = {
    "licenseType": "licensed professional counselor",
    "familyName": "Guðmundsdóttir",
    "givenName": "Björk",
    "licenseStatus": "active",
    "compactEligibility": "eligible",
    "dateOfIssuance": "2014-06-30",
    "dateOfExpiration": "2027-06-30",
    "dateOfBirth": "1984-06-30",
    **HIDDEN,
}


async def load(imports: Imports, state: str, which: Compact, *rows: dict[str, str]) -> Report:
    layout = LAYOUTS[which]
    file = imports.folder / imports.named(".csv")
    columns = (*layout.required, *layout.optional, *layout.unread)
    await asyncio.to_thread(file.write_bytes, as_csv(columns, rows))
    return await load_compact(imports.database, file, jurisdiction=state, compact=which, **imports.details())


async def test_a_counselor_becomes_a_holder_of_the_states_own_title(imports: Imports) -> None:
    npi, broken = fresh_npis(2)
    row = LICENCE | {"npi": npi, "licenseNumber": f"A{npi}"}
    report = await load(
        imports, "KY", Compact.COUNSELING, row, row | {"npi": broken, "licenseNumber": "", "ssn": "529-31-5409"}
    )
    assert (report.written, report.refused, report.unknown_columns) == (1, 1, ())
    person = await imports.person(npi)
    (licence,) = person["credentials"]
    assert (licence["kind"], licence["jurisdiction"], licence["status"]) == ("LPCC", "KY", "ACTIVE")
    assert "Therapist" in person["labels"]
    assert person["foldedName"] == "BJORK GUDMUNDSDOTTIR"
    assert report.refused_file is not None
    everything = report.refused_file.read_text() + str(person)
    stored = await imports.database.read(
        """MATCH (:Practitioner {npi: $npi})-[*1..4]-(m) WHERE NOT m:CertifyingBody
        RETURN collect(DISTINCT properties(m))""",
        {"npi": npi},
    )
    everything += str(stored)
    assert not any(secret in everything for secret in (*HIDDEN.values(), "529-31-5409"))


async def test_a_social_worker_is_matched_by_the_credential(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    row = LICENCE | {
        "licenseType": "licensed clinical social worker",
        "licenseScope": "single-state",
        "licenseNumber": npi,
    }
    report = await load(imports, "CA", Compact.SOCIAL_WORK, row)
    assert (report.written, report.refused, report.listed_count) == (0, 1, 1)
    names = {"familyName": "Gudmundsdottir", "givenName": "Bjork", "dateOfBirth": "1984-06-30"}
    await imports.roster([member_row(npi, npi, credentialKind="LCSW", **names)])
    report = await load(imports.at(days=1), "CA", Compact.SOCIAL_WORK, row)
    assert report.written == 1
    assert (await imports.person(npi))["said"] == 2


async def test_a_multistate_licence_leads_into_effective_member_states(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    names = {"familyName": "Gudmundsdottir", "givenName": "Bjork", "dateOfBirth": "1984-06-30"}
    await imports.roster([member_row(npi, npi, credentialKind="LCSW", jurisdiction="KY", **names)], "KY-SW")
    rows = [certificate_row(npi, npi, **names), membership_row(npi, npi, **names)]
    await imports.roster(rows, "AASECT")
    assert places(await imports.person(npi)) == ["KY"]
    row = LICENCE | {
        "licenseType": "licensed clinical social worker",
        "licenseScope": "multi-state",
        "licenseNumber": npi,
    }
    assert (await load(imports, "KY", Compact.SOCIAL_WORK, row)).written == 1
    await members(imports, KY="2025-01-01", OH="2025-06-01", TN="")
    assert places(await imports.person(npi)) == ["KY", "OH"]
    later = imports.at(days=1)
    await load(later, "KY", Compact.SOCIAL_WORK, row | {"licenseScope": "single-state"})
    assert places(await imports.person(npi)) == ["KY"]


async def test_a_privilege_leads_into_one_state(imports: Imports) -> None:
    npi, unknown = fresh_npis(2)
    await imports.roster([member_row(npi, npi, credentialKind="LPCC", jurisdiction="KY")], "KY-COU")
    await imports.roster([certificate_row(npi, npi), membership_row(npi, npi)], "AASECT")
    await members(imports, "COUNSELING", KY="2025-01-01", OH="2025-06-01", TN="2025-06-01")
    grant = {
        "npi": npi,
        "compact": "counseling",
        "kind": "PRIVILEGE",
        "homeJurisdiction": "KY",
        "jurisdiction": "OH",
        "number": f"P{npi}",
        "status": "active",
        "effective": "2026-01-01",
        "expires": "2026-12-31",
    }
    file = imports.folder / imports.named(".csv")
    await asyncio.to_thread(file.write_bytes, as_csv(list(grant), [grant, grant | {"npi": unknown}]))
    report = await load_privileges(imports.database, file, **imports.details())
    assert (report.written, report.refused) == (1, 1)
    assert places(await imports.person(npi)) == ["KY", "OH"]
    window = next(each for each in (await imports.person(npi))["windows"] if each["jurisdiction"] == "OH")
    assert window["until"] <= 1_798_776_000_000  # 2027-01-01 04:00 UTC: through the printed day at UTC-4
    again = await load_privileges(imports.database, file, **imports.details())
    assert (again.written, again.unchanged) == (0, 1)


def places(person: dict[str, Any]) -> list[str]:
    return [window["jurisdiction"] for window in person["windows"]]


async def members(imports: Imports, compact: str = "SOCIAL-WORK", **effective: str) -> None:
    file = imports.folder / imports.named(".csv")
    columns = ("compact", "jurisdiction", "enacted", "effective", "withdrawn")
    rows = [
        {"compact": compact, "jurisdiction": state, "enacted": "2024-01-01", "effective": day}
        for state, day in effective.items()
    ]
    await asyncio.to_thread(file.write_bytes, as_csv(columns, rows))
    await load_memberships(imports.database, file, **imports.details())
    again = await load_memberships(imports.database, file, **imports.details())
    assert (again.written, again.unchanged) == (0, len(rows))


async def test_what_is_no_state_or_compact_is_refused(imports: Imports) -> None:
    with pytest.raises(ImportRefused, match="no state"):
        await load(imports, "GB", Compact.COUNSELING, LICENCE)
    with pytest.raises(ImportRefused, match="no compact 'psypact'"):
        await load_compact(imports.database, imports.folder, jurisdiction="CA", compact="psypact", **imports.details())
