"""Words that nobody has said the meaning of: found with their body, counted by credential, gone when put otherwise."""

from pathlib import Path

import pytest

from graph.database import Database
from graph.words import UnmappedWord, unmapped_words
from tests.imports import NOW, Imports
from tests.published import fresh_npis, member_row
from verification.confirmations import MISSING_WORD

pytestmark = pytest.mark.neo4j


@pytest.fixture
async def imports(database: Database, tmp_path: Path) -> Imports:
    return await Imports(database, tmp_path).prepare()


async def found(imports: Imports, body: str, mark: str) -> dict[tuple[str, str], UnmappedWord]:
    """The words with this mark in them: other runs leave theirs in the store."""
    words = await unmapped_words(imports.database, body)
    return {(word.about, word.word.replace(mark, "")): word for word in words if mark in word.word}


async def test_a_strange_word_is_listed_until_the_body_puts_it_otherwise(imports: Imports) -> None:
    one, two, three = fresh_npis(3)
    rows = [member_row(npi, npi, credentialKind="LMFT", jurisdiction="NV") for npi in (one, two, three)]
    rows = [row | {"credentialKind": "MFT"} for row in rows]
    odd = [rows[0] | {"status": f"In Limbo{one}"}, rows[1] | {"status": f"in limbo{one}"}]
    third = rows[2] | {"disciplineType": f"Put in the stocks{one}", "disciplineDate": "2026-01-05"}
    report = await imports.roster([*odd, third], "NV-MFT")
    assert report.listed_count == 3
    listed = await found(imports, "NV-MFT", one)
    assert {key: word.credentials for key, word in listed.items()} == {
        ("status", "In Limbo"): 1,
        ("status", "in limbo"): 1,
        ("action", "Put in the stocks"): 1,
    }
    assert all(word.since == NOW and word.body == "NV-MFT" and not word.known_now for word in listed.values())
    assert (await imports.person(one))["credentials"][0]["status"] == "UNKNOWN"
    await imports.at(days=1).roster([odd[0], rows[1], third], "NV-MFT")
    later = await found(imports, "NV-MFT", one)
    assert set(later) == {("status", "In Limbo"), ("action", "Put in the stocks")}
    assert later["status", "In Limbo"].since == NOW


async def test_words_that_are_known_and_silence_are_no_work(imports: Imports) -> None:
    one, two = fresh_npis(2)
    rows = [member_row(npi, npi, credentialKind="LCSW", jurisdiction="NM") for npi in (one, two)]
    await imports.roster([rows[0], rows[1] | {"status": "not found"}], "NM-SW")
    await imports.at(days=1).roster([rows[0]], "NM-SW", complete=True)
    assert await unmapped_words(imports.database, "NM-SW") == []
    said = await imports.database.read(
        "MATCH (o:Observation {word: $word}) RETURN count(o) > 0 AND all(x IN collect(o.unmappedWord) WHERE x IS NULL)",
        {"word": MISSING_WORD},
    )
    assert said == [[True]]


async def test_other_adjudicated_action_is_known_to_have_no_meaning(imports: Imports) -> None:
    (npi,) = fresh_npis(1)
    row = member_row(npi, npi, credentialKind="LPC", jurisdiction="OK", disciplineType="other adjudicated action")
    report = await imports.roster([row | {"disciplineDate": "2026-01-05"}], "OK-COU")
    assert await unmapped_words(imports.database, "OK-COU") == []
    assert report.listed_count == 0
