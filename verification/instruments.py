"""Screening instruments, as far as a referral carries them: a code, a total, and the band it falls into.

- The wording of an item is never here: it belongs to its publisher.
- A band is computed from published cut-offs and never taken from whoever sends the total.
- A total outside the instrument's range, or between its steps, is no total.
- It does not know what a score means for a patient.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from verification.tables import table


@dataclass(frozen=True, slots=True)
class Band:
    """Totals above the band before and up to `to`, that bound included."""

    to: float
    name: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument: totals run from `lowest` to `highest` in steps of `step`.

    `concerns` are those it is offered for, none meaning every one; `evidence` says whether its cut-offs were checked
    against a publication ("verified") or not yet ("recalled").
    """

    code: str
    name: str
    lowest: float
    highest: float
    step: float
    bands: Sequence[Band]
    concerns: frozenset[str]
    evidence: str
    licence: str

    def problem(self, total: float) -> str | None:
        """Why `total` cannot be one of this instrument; None when it can."""
        if not self.lowest <= total <= self.highest:
            return f"A total of {self.code} is from {self.lowest:g} to {self.highest:g}."
        if Fraction(str(total)) % Fraction(str(self.step)):
            return f"A total of {self.code} goes in steps of {self.step:g}."
        return None

    def band(self, total: float) -> str:
        """The name of the band that `total` falls into. Raises ValueError for a total out of range."""
        for band in self.bands:
            if self.lowest <= total <= band.to:
                return band.name
        raise ValueError(f"{total:g} is no total of {self.code}")

    def offered_for(self, concern: str) -> bool:
        """Whether a form for `concern` asks for it."""
        return not self.concerns or concern in self.concerns


def _instrument(code: str, row: Mapping[str, Any]) -> Instrument:
    bands = tuple(Band(float(band["to"]), band["name"]) for band in row["bands"])
    bounds = [band.to for band in bands]
    if bounds != sorted(set(bounds)) or bounds[-1] != row["highest"] or row["lowest"] > bounds[0]:
        raise ValueError(f"the bands of {code} do not cover its range")
    return Instrument(
        code,
        row["name"],
        float(row["lowest"]),
        float(row["highest"]),
        float(row["step"]),
        bands,
        frozenset(row["concerns"]),
        row["evidence"],
        row["licence"],
    )


INSTRUMENTS: Final[Mapping[str, Instrument]] = MappingProxyType(
    {code: _instrument(code, row) for code, row in table("instruments").items()}
)
"""Every instrument by its code."""
