"""What is taken as an attachment and what is not, on files made byte by byte."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verification.contents import PAGE, chunk, jpeg, packed, pdf, png
from verification.errors import Refusal
from verification.media import LARGEST, Media, check_content, file_name, media_of

FLATE = b"/Filter /FlateDecode"
OBJECTS = b"/Type /ObjStm /N 1 /First 4 "
SCRIPT = b"1 0 << /S /JavaScript /JS (app.alert(1)) >>"
ARCHIVE = b"PK\x05\x06" + b"\0" * 18
WHOLE = {
    "pdf": (Media.PDF, pdf(PAGE)),
    "pdf with packed content": (Media.PDF, pdf(PAGE, packed(FLATE, b"BT (Hello) Tj ET"))),
    "pdf with packed objects": (Media.PDF, pdf(PAGE, packed(OBJECTS + FLATE, b"1 0 << /Type /Page >>"))),
    "pdf with a picture": (Media.PDF, pdf(PAGE, b"<< /Filter /DCTDecode >>\nstream\n" + jpeg() + b"\nendstream")),
    "png": (Media.PNG, png()),
    "jpeg": (Media.JPEG, jpeg()),
    "text": (Media.TEXT, "Testosterone 11.2 nmol/l, März\r\n\tfasting".encode()),
    "text with a mark": (Media.TEXT, b"\xef\xbb\xbfNothing to add."),
    "text as large as may be": (Media.TEXT, b"a" * LARGEST),
}
REFUSED = {
    "empty": (Media.TEXT, b"", "EMPTY"),
    "a byte too large": (Media.TEXT, b"a" * (LARGEST + 1), "TOO_LARGE"),
    "png called jpeg": (Media.JPEG, png(), "TYPE_MISMATCH"),
    "pdf called text": (Media.TEXT, pdf(PAGE), "TYPE_MISMATCH"),
    "text called pdf": (Media.PDF, b"Hello", "TYPE_MISMATCH"),
    "archive called pdf": (Media.PDF, b"PK\x03\x04" + b"\0" * 40 + ARCHIVE, "TYPE_MISMATCH"),
    "program called text": (Media.TEXT, b"MZ\x90\x00\x03", "CONTENT_REFUSED"),
    "header not at the start": (Media.PDF, b"\n" + pdf(PAGE), "TYPE_MISMATCH"),
    "pdf cut off": (Media.PDF, pdf(PAGE)[:-30], "CONTENT_REFUSED"),
    "pdf with an archive behind": (Media.PDF, pdf(PAGE, tail=ARCHIVE), "CONTENT_REFUSED"),
    "pdf in an archive's comment": (Media.PDF, pdf(PAGE, b"(" + ARCHIVE + b")"), "CONTENT_REFUSED"),
    "pdf with a page in it": (Media.PDF, pdf(PAGE, b"(<ScRipt>alert(1)</script>)"), "CONTENT_REFUSED"),
    "script": (Media.PDF, pdf(b"<< /OpenAction << /S /JavaScript /JS (1) >> >>"), "CONTENT_REFUSED"),
    "script spelt otherwise": (Media.PDF, pdf(b"<< /S /J#61vaScript >>"), "CONTENT_REFUSED"),
    "script in packed objects": (Media.PDF, pdf(PAGE, packed(OBJECTS + FLATE, SCRIPT)), "CONTENT_REFUSED"),
    "script in a stream of no type": (Media.PDF, pdf(PAGE, packed(FLATE, SCRIPT)), "CONTENT_REFUSED"),
    "script packed twice": (
        Media.PDF,
        pdf(PAGE, packed(OBJECTS + b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(SCRIPT))),
        "CONTENT_REFUSED",
    ),
    "script behind a predictor": (
        Media.PDF,
        pdf(PAGE, packed(OBJECTS + FLATE + b" /DecodeParms << /Predictor 12 >>", b"x")),
        "CONTENT_REFUSED",
    ),
    "filter named elsewhere": (Media.PDF, pdf(PAGE, packed(OBJECTS + b"/Filter 9 0 R", b"x")), "CONTENT_REFUSED"),
    "another beginning in a comment": (
        Media.PDF,
        pdf(PAGE, packed(OBJECTS + b"/Filter [/A85 /FlateDecode] %9 0 obj <<\n/Y 1", b"x")),
        "CONTENT_REFUSED",
    ),
    "another beginning in a string": (
        Media.PDF,
        pdf(PAGE, packed(OBJECTS + b"/Filter [/A85 /FlateDecode] /X (\n9 0 obj <<) /Y 1", b"x")),
        "CONTENT_REFUSED",
    ),
    "file in a file": (Media.PDF, pdf(b"<< /Type /EmbeddedFile >>"), "CONTENT_REFUSED"),
    "program to start": (Media.PDF, pdf(b"<< /S /Launch /F (cmd.exe) >>"), "CONTENT_REFUSED"),
    "encrypted": (Media.PDF, pdf(b"<< /Encrypt 5 0 R >>"), "CONTENT_REFUSED"),
    "more than can be looked through": (
        Media.PDF,
        pdf(PAGE, *[packed(FLATE, b"\0" * 4_500_000)] * 30),
        "CONTENT_REFUSED",
    ),
    "objects that unfold too far": (
        Media.PDF, pdf(PAGE, packed(OBJECTS + FLATE, b" " * 4_500_000 + SCRIPT)), "CONTENT_REFUSED",
    ),
    "png cut off": (Media.PNG, png()[:-5], "CONTENT_REFUSED"),
    "png with something behind": (Media.PNG, png() + b"x", "CONTENT_REFUSED"),
    "png with a wrong sum": (Media.PNG, png().replace(b"IDAT", b"IDAU"), "CONTENT_REFUSED"),
    "png of too many pixels": (Media.PNG, png(30_000, 30_000), "CONTENT_REFUSED"),
    "png with a page in it": (Media.PNG, png(1, 1, chunk(b"tEXt", b"Comment\0<script>")), "CONTENT_REFUSED"),
    "jpeg cut off": (Media.JPEG, jpeg()[:-2], "CONTENT_REFUSED"),
    "jpeg with something behind": (Media.JPEG, jpeg() + ARCHIVE, "CONTENT_REFUSED"),
    "jpeg of no picture": (Media.JPEG, b"\xff\xd8\xff\xd9", "CONTENT_REFUSED"),
    "jpeg of too many pixels": (Media.JPEG, jpeg(60_000, 60_000), "CONTENT_REFUSED"),
    "page called text": (Media.TEXT, b" <!DOCTYPE html><p>", "CONTENT_REFUSED"),
    "drawing called text": (Media.TEXT, b"<svg onload=alert(1)>", "CONTENT_REFUSED"),
    "other letters": (Media.TEXT, "März".encode("latin-1"), "CONTENT_REFUSED"),
    "zero bytes": (Media.TEXT, b"a\0b", "CONTENT_REFUSED"),
}  # fmt: skip


@pytest.mark.parametrize(("media", "data"), WHOLE.values(), ids=WHOLE)
def test_what_is_taken(media: Media, data: bytes) -> None:
    check_content(data, media)


@pytest.mark.parametrize(("media", "data", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(media: Media, data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_content(data, media)
    assert refused.value.code == code


@pytest.mark.parametrize("media", Media)
@given(cut=st.integers(1, 40), data=st.binary(max_size=300))
def test_nothing_breaks_it(media: Media, cut: int, data: bytes) -> None:
    """Whatever follows the right beginning is taken or refused, and nothing else happens."""
    begins = {Media.PDF: pdf(PAGE), Media.PNG: png(), Media.JPEG: jpeg(), Media.TEXT: b"text"}[media]
    for content in (begins[:cut] + data, begins + data, begins[:-cut]):
        try:
            check_content(content, media)
        except Refusal as refused:
            assert refused.code in {"EMPTY", "TYPE_MISMATCH", "CONTENT_REFUSED"}  # noqa: PT017 - it may also pass


def test_declared_types() -> None:
    assert media_of("Text/Plain; charset=UTF-8") is Media.TEXT
    assert media_of("application/pdf") is Media.PDF
    for other in ("", "text/html", "image/svg+xml", "application/zip", "text/plain; charset=utf-7", "image/*"):
        with pytest.raises(Refusal):
            media_of(other)


def test_names_say_nothing() -> None:
    assert {file_name(media) for media in Media} == {"document.pdf", "image.png", "image.jpg", "text.txt"}
