"""Screening instruments: ranges and bands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.concerns import CONCERNS
from verification.instruments import INSTRUMENTS


@pytest.mark.parametrize(
    ("code", "total", "band"),
    [
        ("IIEF_5", 7, "severe"),
        ("IIEF_5", 8, "moderate"),
        ("IIEF_5", 21, "mild"),
        ("IIEF_5", 22, "none"),
        ("PEDT", 8, "none"),
        ("PEDT", 9, "probable"),
        ("PEDT", 11, "present"),
        ("FSFI", 26.5, "dysfunction likely"),
        ("FSFI", 26.6, "dysfunction unlikely"),
        ("PHQ_2", 3, "positive"),
        ("CSI_4", 13, "dissatisfied"),
        ("HITS", 10, "negative"),
        ("HITS", 11, "positive"),
        ("AUDIT_C", 3, "positive by the lower cut-off"),
    ],
)
def test_bands_follow_the_published_cut_offs(code: str, total: float, band: str) -> None:
    assert INSTRUMENTS[code].problem(total) is None
    assert INSTRUMENTS[code].band(total) == band


@pytest.mark.parametrize(("code", "total"), [("IIEF_5", 0), ("IIEF_5", 26), ("PHQ_9", 27.5), ("FSFI", 1.9)])
def test_what_is_no_total(code: str, total: float) -> None:
    assert INSTRUMENTS[code].problem(total)


@given(st.sampled_from(sorted(INSTRUMENTS)), st.floats(0, 100, allow_nan=False))
def test_every_total_has_one_band(code: str, total: float) -> None:
    instrument = INSTRUMENTS[code]
    if instrument.problem(total) is None:
        assert instrument.band(total) in [band.name for band in instrument.bands]
    else:
        assert total < instrument.lowest or total > instrument.highest or total * 10 % (instrument.step * 10)


def test_instruments_are_offered_for_concerns_of_ours() -> None:
    for instrument in INSTRUMENTS.values():
        assert set(CONCERNS) >= instrument.concerns
        assert instrument.evidence in {"verified", "recalled"}
