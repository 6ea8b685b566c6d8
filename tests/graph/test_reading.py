"""Whatever state a file is in, its rows come out or it is refused with words."""

import os
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from graph.loading.batches import open_table
from graph.reading import LONGEST_LINE, ImportRefused, Line, open_source, read_lines, read_sheet
from verification.formats.columns import Layout
from verification.formats.rows import Refused, Row, parse_row

LAYOUT = Layout("a test file", required=("a", "b"))


def lines(path: Path, content: bytes) -> list[Line]:
    file = path / "table.csv"
    file.write_bytes(content)
    return list(read_lines(open_source(file)))


def cells(path: Path, content: bytes) -> list[list[str]]:
    return [line.cells for line in lines(path, content)]


def parsed(path: Path, content: bytes) -> list[str | Refused]:
    file = path / "table.csv"
    file.write_bytes(content)
    return list(open_table(open_source(file), LAYOUT).rows(lambda row: parse_row(row, _joined)))


def _joined(row: Row) -> str:
    return row.text("a") + row.text("b")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end(tmp_path: Path, end: bytes) -> None:
    found = lines(tmp_path, end.join([b"a,b", b"1,2", b"", b" , ", b"3,4"]))
    assert [(line.number, line.cells) for line in found] == [(1, ["a", "b"]), (2, ["1", "2"]), (5, ["3", "4"])]


def test_a_mark_at_the_beginning_is_no_text(tmp_path: Path) -> None:
    assert cells(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_with_words(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(ImportRefused, match="save it as UTF-8"):
        lines(tmp_path, "credentialKind,credentialNumber\nLMFT,1\n".encode(encoding))


def test_a_quoted_line_end_belongs_to_its_cell(tmp_path: Path) -> None:
    found = lines(tmp_path, b'a,b\r\n1,"x\r\ny"\r\n3,4\r\n')
    assert [(line.number, line.cells) for line in found[1:]] == [(2, ["1", "x\r\ny"]), (4, ["3", "4"])]


@pytest.mark.parametrize("broken", [b'1,"2', b'1,"Jack "S" x"', b'"1"x,2'])
def test_a_broken_quotation_costs_its_own_line_alone(tmp_path: Path, broken: bytes) -> None:
    found = lines(tmp_path, b"a,b\n" + broken + b"\n" + b"3,4\n" * 50)
    assert found[1].problem is not None
    assert "quotation mark" in found[1].problem
    assert [line.cells for line in found[2:]] == [["3", "4"]] * 50


@pytest.mark.parametrize("length", [200_000, LONGEST_LINE + 1, 3 * LONGEST_LINE])
def test_a_monstrous_cell_costs_its_own_line_alone(tmp_path: Path, length: int) -> None:
    found = lines(tmp_path, b"a,b\n1," + b"x" * length + b"\n3,4\n")
    assert found[1].problem is not None
    assert "longer than" in found[1].problem
    assert found[2] == Line(3, ["3", "4"])


def test_many_columns_are_only_many_columns(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(10_000)).encode()
    assert len(lines(tmp_path, header + b"\n")[0].cells) == 10_000


@pytest.mark.parametrize("odd", [b"1\x00,2", b"1,\xff\xfe2"])
def test_bytes_that_are_no_text_refuse_their_row(tmp_path: Path, odd: bytes) -> None:
    refused, taken = parsed(tmp_path, b"a,b\n" + odd + b"\n3,4\n")
    assert isinstance(refused, Refused)
    assert refused.line == 2
    assert taken == "34"


@pytest.mark.parametrize("tail", [b"5", b'5,"6', b"5,6,7"])
def test_a_line_that_was_cut_off_is_refused_and_the_rest_is_in(tmp_path: Path, tail: bytes) -> None:
    taken, refused = parsed(tmp_path, b"a,b\n3,4\n" + tail)
    assert taken == "34"
    assert isinstance(refused, Refused)
    assert refused.line == 3


def test_a_whole_last_line_needs_no_end(tmp_path: Path) -> None:
    assert parsed(tmp_path, b"a,b\n3,4") == ["34"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "has no header"),
        (b"a,b\n", "no rows under it"),
        (b"a;b\n1;2\n", "separated by ';'"),
        (b"a,b,A\n1,2,3\n", "named twice"),
        (b"x,y\n1,2\n", "no column 'a', 'b'"),
        (b'"a,b\n1,2\n', "quotation mark"),
        (b"PK\x03\x04 this is no archive", "damaged zip"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_words(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ImportRefused, match=re.escape(words)):
        parsed(tmp_path, content)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="is a folder"):
        open_source(tmp_path)
    with pytest.raises(ImportRefused, match="no file"):
        open_source(tmp_path / "nothing.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "closed.csv"
    file.touch(0o000)
    with pytest.raises(ImportRefused, match="no permission"):
        open_source(file)


def test_an_archive_is_streamed(tmp_path: Path) -> None:
    archive = tmp_path / "NPPES.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("npidata_pfile_20260101-20260131.csv", "a,b\n1,2\n")
        writing.writestr("npidata_pfile_20260101-20260131_fileheader.csv", "a,b\n")
        writing.writestr("Readme.pdf", "words")
    source = open_source(archive, member=re.compile(r"npidata_pfile_(?!.*fileheader).*\.csv"))
    told: list[int] = []
    assert [line.cells for line in read_lines(source, told.append)] == [["a", "b"], ["1", "2"]]
    assert sum(told) == source.size == 8
    with pytest.raises(ImportRefused, match="more than one file"):
        open_source(archive)


def test_a_bomb_is_not_opened(tmp_path: Path) -> None:
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("table.csv", b"0" * 20_000_000)
    with pytest.raises(ImportRefused, match="would swell"):
        open_source(archive)


def test_a_damaged_archive_breaks_off_with_words(tmp_path: Path) -> None:
    archive = tmp_path / "damaged.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as writing:
        writing.writestr("table.csv", "a,b\n" + "1,2\n" * 100)
    archive.write_bytes(archive.read_bytes().replace(b"1,2\n1,2\n", b"1,2\n1,3\n"))
    with pytest.raises(ImportRefused, match="broke off"):
        list(read_lines(open_source(archive)))


def test_a_sheet_comes_out_as_text(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    book = openpyxl.Workbook()
    sheet = book.create_sheet("DeactivatedNPIs")
    for row in (["As of today", None], ["NPI", "Date"], [None, None], ["2000000069", "02/11/2025"]):
        sheet.append(row)
    book.save(file)
    found = list(read_sheet(open_source(file), "DeactivatedNPIs"))
    assert [line.cells for line in found] == [["As of today", ""], ["NPI", "Date"], ["2000000069", "02/11/2025"]]
    with pytest.raises(ImportRefused, match="with a sheet 'Other'"):
        list(read_sheet(open_source(file), "Other"))
    file.write_bytes(b"PK\x03\x04 no workbook")
    with pytest.raises(ImportRefused, match="not an Excel workbook"):
        list(read_sheet(open_source(file), "DeactivatedNPIs"))


def test_what_was_read_is_told_to_the_last_byte(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_bytes(b"a,b\n" + b"1," + b"2" * 100_000 + b"\n" + (b"1," + b"2" * 1000 + b"\n") * 2500)
    told: list[int] = []
    assert sum(1 for _ in read_lines(open_source(file), told.append)) == 2502
    assert sum(told) == file.stat().st_size
    assert len(told) == 3


def test_a_workbook_is_no_csv(tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    openpyxl.Workbook().save(file)
    with pytest.raises(ImportRefused, match="save the table as CSV UTF-8"):
        list(read_lines(open_source(file)))
