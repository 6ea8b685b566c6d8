"""Why people come and how therapists work: the lists of words the directory is searched by.

- Codes are our own; ICD-10-CM codes are mapped beside them, and no orientation or identity is coded as a disorder.
- A normaliser takes a code or a name in any case and gives the code, or None for a word that is not on the list.
- Payers are free text with a normal form, because their names are not ours to list.
- It does not know which therapist treats what.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from verification.tables import table


@dataclass(frozen=True, slots=True)
class CodeMapping:
    """A code of another system, and how sure it is: `verified`, `seen` in public data, or `recalled`."""

    system: str
    code: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Concern:
    """A reason to see a sex therapist.

    `icd10cm` are the diagnoses it may come with, `payer_icd10cm` those that a payer may ask for and nobody else;
    `mappings` are all codes that may be proposed.
    """

    code: str
    name: str
    description: str
    icd10cm: tuple[str, ...]
    payer_icd10cm: tuple[str, ...]
    mappings: tuple[CodeMapping, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A code of a list with its name in English."""

    code: str
    name: str


def _plain(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", bare.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")))


def _lookup(words: Mapping[str, Iterable[str]]) -> Mapping[str, str]:
    """Each code under its own plain form and those of its names; a name shared by two codes is our mistake."""
    found: dict[str, str] = {}
    for code, names in words.items():
        for plain in {_plain(name) for name in (code, *names)}:
            if found.setdefault(plain, code) != code:
                raise ValueError(f"“{plain}” stands for both {found[plain]} and {code}")
    return MappingProxyType(found)


def _terms(name: str) -> Mapping[str, Term]:
    return MappingProxyType({code: Term(code, names[0]) for code, names in _DATA[name].items()})


def _concern(code: str, row: Mapping[str, Any]) -> Concern:
    others = (
        CodeMapping(system, found["code"], found["certainty"])
        for system, name in (("ICD-11", "icd11"), ("SNOMED CT", "snomed"))
        for found in row.get(name, ())
    )
    own = (CodeMapping("ICD-10-CM", found, "verified") for found in row["icd10cm"])
    payer = tuple(row.get("payer_icd10cm", ()))
    return Concern(code, row["name"], row["description"], tuple(row["icd10cm"]), payer, (*own, *others))


_DATA: Final = table("concerns")

CONCERNS: Final = MappingProxyType({code: _concern(code, row) for code, row in _DATA["concerns"].items()})
APPROACHES: Final = _terms("approaches")
FORMATS: Final = _terms("formats")
MODALITIES: Final = _terms("modalities")
LANGUAGES: Final = _terms("languages")

_CONCERN_WORDS: Final = _lookup({code: (row["name"], *row["words"]) for code, row in _DATA["concerns"].items()})
_APPROACH_WORDS: Final = _lookup(_DATA["approaches"])
_FORMAT_WORDS: Final = _lookup(_DATA["formats"])
_MODALITY_WORDS: Final = _lookup(_DATA["modalities"])
_LANGUAGE_WORDS: Final = _lookup(_DATA["languages"])


def concern_code(word: str) -> str | None:
    """The concern's code for a code, name or common word ('Erectile dysfunction' → 'erectile-difficulty')."""
    return _CONCERN_WORDS.get(_plain(word))


def approach_code(word: str) -> str | None:
    """The code of a way of working ('CBT' → 'cognitive-behavioural')."""
    return _APPROACH_WORDS.get(_plain(word))


def format_code(word: str) -> str | None:
    """INDIVIDUAL, COUPLE or GROUP."""
    return _FORMAT_WORDS.get(_plain(word))


def modality_code(word: str) -> str | None:
    """IN_PERSON or TELEHEALTH."""
    return _MODALITY_WORDS.get(_plain(word))


@lru_cache(maxsize=4096)
def language_code(word: str) -> str | None:
    """The code of a language for its code, with or without a region ('es-MX'), or its English name."""
    plain = _plain(word)
    return _LANGUAGE_WORDS.get(plain) or (
        _LANGUAGE_WORDS.get(plain.split()[0]) if _TAG.fullmatch(word.strip()) else None
    )


def language(word: str) -> Term | None:
    """The language for its code or English name; None for one that is not on the list."""
    code = language_code(word)
    return LANGUAGES[code] if code else None


def payer_name(text: str) -> str:
    """A payer's name as it is shown: as written, with single blanks."""
    return " ".join(text.split())


def payer_code(text: str) -> str:
    """A payer's name for comparing: lower case, letters and digits joined by hyphens ('Blue  Cross' → 'blue-cross')."""
    return _plain(text).replace(" ", "-")


_TAG: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})+")
