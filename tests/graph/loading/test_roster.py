"""A body's roster: statements and what follows, refusals that change nothing, and what silence says."""

import pytest

from graph.loading import roster
from graph.reading import ImportRefused
from tests.imports import Imports, Stopped, stops_after
from tests.published import certificate_row, fresh_npis, member_row, membership_row, person_row

pytestmark = pytest.mark.neo4j


async def certified(imports: Imports, npi: str) -> None:
    """AASECT's word on a person of the licence roster."""
    await imports.roster([certificate_row(npi, npi), membership_row(npi, npi)], "AASECT")


async def test_a_licence_and_a_certificate_open_a_window(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    report = await imports.roster([member_row(npi, f"LMFT-{npi}", suffix="Jr")])
    assert (report.read, report.written, report.refused, report.listed) == (1, 1, 0, ())
    licensed = await imports.person(npi)
    assert (licensed["name"], licensed["birthDate"]) == ("Ada Invented, Jr", "1970-04-05")
    assert "Therapist" in licensed["labels"]
    assert licensed["windows"] == []
    (licence,) = licensed["credentials"]
    assert licence["key"] == f"CA|CA-BBS|LMFT|LMFT{npi}"
    assert (licence["number"], licence["status"], licence["expires"]) == (f"LMFT-{npi}", "ACTIVE", "2027-06-30")
    await certified(imports, npi)
    person = await imports.person(npi)
    (window,) = person["windows"]
    assert window["jurisdiction"] == "CA"
    assert not window["notice"]
    assert any(f"LMFT-{npi}" in sentence for sentence in window["because"])


async def test_the_same_file_again_is_the_same_answer_that_day_and_a_new_one_on_the_next(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    rows = [member_row(npi, npi)]
    await imports.roster(rows)
    once = await imports.counts([npi])
    again = await imports.at(hours=3).roster(rows)
    assert (again.written, again.unchanged) == (0, 1)
    assert await imports.counts([npi]) == once
    tomorrow = await imports.at(days=1).roster(rows)
    assert tomorrow.written == 1
    assert (await imports.person(npi))["said"] == 2


async def test_a_suspension_in_the_next_roster_closes_the_window(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi)])
    await certified(imports, npi)
    assert (await imports.person(npi))["windows"]
    later = imports.at(days=1)
    await later.roster([member_row(npi, npi, status="Suspended", statusDate="2026-11-26")])
    person = await imports.person(npi)
    assert person["windows"] == []
    licence = next(each for each in person["credentials"] if each["kind"] == "LMFT")
    assert licence["status"] == "SUSPENDED"


async def test_an_unmapped_word_is_unknown_and_listed(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    report = await imports.roster([member_row(npi, npi, status="Flumoxed", disciplineType="tickled")])
    assert report.written == 1
    assert {(each.line, each.subject) for each in report.listed} == {(2, "Flumoxed"), (2, "tickled")}
    assert (await imports.person(npi))["credentials"][0]["status"] == "UNKNOWN"


@pytest.mark.parametrize(
    "values",
    [
        {"credentialKind": "CST", "jurisdiction": "US"},
        {"jurisdiction": "NV"},
        {"credentialKind": "PSYCHOLOGIST"},
    ],
)
async def test_a_body_speaks_for_its_own_kinds_and_places_only(imports: Imports, values: dict[str, str]) -> None:
    (npi,) = fresh_npis(1)
    report = await imports.roster([member_row(npi, npi, **values)])
    assert (report.written, report.refused) == (0, 1)
    assert report.refused_file is not None
    assert "CA-BBS has no authority over" in report.refused_file.read_text()
    assert await imports.person(npi) == {}


async def test_a_body_nobody_knows_is_refused(imports: Imports) -> None:
    with pytest.raises(ImportRefused, match="no body with the code 'IASP'"):
        await imports.roster([], "IASP")


async def test_two_persons_cannot_hold_one_credential(imports: Imports) -> None:
    first, second = fresh_npis(2)
    await imports.roster([member_row(first, first)])
    before = await imports.person(first)
    report = await imports.roster([member_row(second, first, familyName="Other"), member_row(second, second)])
    assert (report.written, report.refused, report.listed_count) == (1, 1, 1)
    assert "two persons claim it" in report.listed[0].note
    after = await imports.person(first)
    assert after["credentials"] == before["credentials"]
    assert (after["said"], after["revision"]) == (before["said"], before["revision"] + 1), "the claim itself is news"
    assert [each["number"] for each in (await imports.person(second))["credentials"]] == [second]


async def test_two_persons_in_one_file_cannot_either(imports: Imports) -> None:
    first, second = fresh_npis(2)
    report = await imports.roster([member_row(first, first), member_row(second, first, familyName="Other")])
    assert (report.written, report.refused) == (1, 1)
    assert await imports.person(second) == {}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"familyName": "Smith", "givenName": "John"}, "names somebody else"),
        ({"suffix": "Sr"}, "names SR, and this person is JR"),
        ({"dateOfBirth": "1970-04-06"}, "another date of birth"),
    ],
)
async def test_a_mistyped_npi_gives_nobody_a_licence(imports: Imports, values: dict[str, str], reason: str) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, f"1{npi}", suffix="Jr")])
    report = await imports.roster([member_row(npi, f"2{npi}", **values)])
    assert (report.written, report.refused) == (0, 1)
    assert report.refused_file is not None
    assert reason in report.refused_file.read_text()
    assert len((await imports.person(npi))["credentials"]) == 1


async def test_a_married_name_is_the_same_person(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.nppes([person_row(npi, **{"Provider Last Name (Legal Name)": "OBRIEN-NUNEZ"})])
    assert (await imports.roster([member_row(npi, npi, familyName="Smith", givenName="Ada")])).written == 1


async def test_without_an_npi_the_holder_of_the_credential_is_meant(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    unknown = await imports.roster([member_row("", f"X{npi}")])
    assert (unknown.written, unknown.refused, unknown.listed_count) == (0, 1, 1)
    await imports.roster([member_row(npi, npi)])
    report = await imports.at(days=1).roster([member_row("", npi, status="Expired")])
    assert (report.written, report.refused) == (1, 0)
    assert (await imports.person(npi))["said"] == 2


async def test_a_body_abroad_names_persons_without_an_npi(imports: Imports) -> None:
    (number,) = fresh_npis(1)
    row = member_row("", number, credentialKind="COSRT-ACCREDITED", jurisdiction="GB")
    assert (await imports.roster([row], "COSRT")).written == 1
    again = await imports.at(days=1).roster([row], "COSRT")
    assert again.written == 1
    rows = await imports.database.read(
        "MATCH (n:Practitioner)-[:HOLDS]->(c:Credential {number: $number}) RETURN n.npi, count(c)", {"number": number}
    )
    assert rows == [[None, 1]]


async def test_a_complete_roster_says_something_by_silence(imports: Imports) -> None:
    stays, missing, ended = fresh_npis(3)
    rows = [member_row(npi, npi) for npi in (stays, missing)]
    kind = {"credentialKind": "SSTAR-MEMBER", "jurisdiction": "US"}
    rows = [row | kind for row in (*rows, member_row(ended, ended, status="Revoked"))]
    await imports.roster(rows, "SSTAR")
    await imports.at(days=1).roster(rows[:1], "SSTAR")
    assert (await imports.person(missing))["credentials"][0]["status"] == "ACTIVE"
    later = imports.at(days=2)
    report = await later.roster(rows[:1], "SSTAR", complete=True)
    assert [each.subject for each in report.listed] == [f"SSTAR-MEMBER {missing} of Ada Invented"]
    assert (await imports.person(missing))["credentials"][0]["status"] == "UNKNOWN"
    assert (await imports.person(stays))["credentials"][0]["status"] == "ACTIVE"
    assert (await imports.person(ended))["credentials"][0]["status"] == "REVOKED"
    once = await imports.counts([stays, missing, ended])
    assert (await later.roster(rows[:1], "SSTAR", complete=True)).listed_count == 1
    assert await imports.counts([stays, missing, ended]) == once
    await imports.at(days=3).roster(rows, "SSTAR", complete=True)
    assert (await imports.person(missing))["credentials"][0]["status"] == "ACTIVE"


async def test_whoever_is_mentioned_in_a_refused_row_is_not_missing(imports: Imports) -> None:
    npi, other = fresh_npis(2)
    kind = {"credentialKind": "AAMFT-MEMBER", "jurisdiction": "US"}
    rows = [member_row(npi, npi) | kind, member_row(other, other) | kind]
    await imports.roster(rows, "AAMFT")
    later = imports.at(days=1)
    report = await later.roster([rows[0], rows[1] | {"dateOfBirth": "?"}], "AAMFT", complete=True)
    assert (report.refused, report.listed_count) == (1, 0)
    report = await later.roster([rows[0], rows[1] | {"credentialNumber": ""}], "AAMFT", complete=True)
    assert "nobody is taken for missing" in report.listed[0].note
    assert (await imports.person(other))["credentials"][0]["status"] == "ACTIVE"


async def test_stopped_in_the_middle_and_run_again_is_one_clean_run(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "BATCH", 10)
    npis = fresh_npis(75)
    rows = [member_row(npi, npi) for npi in npis]
    with pytest.raises(Stopped):
        await imports.roster(rows, clock=stops_after(4))
    (some, *_) = await imports.counts(npis)
    assert 0 < some < 75
    report = await imports.at(days=1).roster(rows)
    assert (report.written, report.unchanged) == (75 - some, some)
    persons, _, _, revisions, observations = await imports.counts(npis)
    assert (persons, revisions, observations) == (75, 75, 75)
    evidence = await imports.database.read(
        """MATCH (p:Practitioner)-[:HOLDS]->()<-[:ABOUT]-(:Observation)-[:FROM]->(e:Evidence) WHERE p.npi IN $npis
        RETURN count(DISTINCT e), min(e.completedAt) IS NOT NULL""",
        {"npis": npis},
    )
    assert evidence == [[1, True]]


async def test_an_answer_from_the_future_is_refused(imports: Imports) -> None:
    with pytest.raises(ImportRefused, match="cannot have been answered"):
        await imports.roster([member_row(*fresh_npis(1) * 2)], answered_at=imports.at(days=1).now)


async def test_an_old_answer_is_worth_what_it_was_then(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    await imports.roster([member_row(npi, npi)], answered_at=imports.at(days=-40).now)
    await certified(imports, npi)
    person = await imports.person(npi)
    assert person["windows"] == []
    assert next(each for each in person["credentials"] if each["kind"] == "LMFT")["status"] == "UNKNOWN"
