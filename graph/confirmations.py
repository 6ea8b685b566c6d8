"""Why a credential waits for its body, as Cypher over what is stored of it, and the lists made of that.

- What is stored says why a credential waits now; what time alone brings about (an answer grown stale, an expiry come
  near) is told by comparing stored days with `$now`, so that no job has to run for it.
- Most urgent first, then by the day it is about. The day of an expiry is the last on which the credential holds.
- Reasons are told to the body that issued the credential, and to nobody else.
"""

from typing import Final

from verification.confirmations import FILTERS, HORIZONS, Waiting
from verification.credentials import YES

_PASSED: Final = "({n}.statusUntil IS NOT NULL AND {n}.statusUntil <= $now)"
_TODAY: Final = "date(datetime({epochMillis: $now}))"
_GOOD: Final = sorted(status.value for status in YES)


def _ahead(days: int) -> str:
    return f"toString({_TODAY} + duration({{days: {days}}}))"


WAITS_FOR: Final = f"""CASE
 WHEN {_PASSED} THEN CASE {{n}}.statusAfter WHEN 'UNKNOWN' THEN '{Waiting.STALE}' END
 WHEN {{n}}.waits IS NOT NULL THEN {{n}}.waits
 WHEN {{n}}.confirmedAt IS NULL OR {{n}}.status = 'PENDING' THEN '{Waiting.NEW_CLAIM}'
 WHEN {{n}}.status IN {_GOOD} AND {{n}}.expires <= {_ahead(HORIZONS[-1])} THEN '{Waiting.EXPIRING}'
END"""
"""Why the credential bound to `{n}` waits; null when it does not."""

WAITS_ON: Final = f"""CASE
 WHEN {_PASSED} THEN toString(date(datetime({{epochMillis: {{n}}.statusUntil}})))
 WHEN {{n}}.waits IS NOT NULL THEN {{n}}.waitsOn
 ELSE {{n}}.expires
END"""
"""The day that is about, ISO text."""

IS_ISSUER: Final = "EXISTS { (viewer)-[:ACTS_AS]->(:CertifyingBody)<-[:ISSUED_BY]-({n}) }"

# The days ahead are made once, not for every credential of a large body.
_DAYS: Final = ", ".join(f"{_ahead(days)} AS d{days}_{{n}}" for days in HORIZONS)
_NAMED: Final = ", ".join(f"d{days}_{{n}}" for days in HORIZONS)

CLAIMS: Final = f"""WITH {_DAYS}
 MATCH (viewer)-[:ACTS_AS]->(:CertifyingBody)<-[:ISSUED_BY]-({{n}}:Credential)
 WHERE viewer.role = 'officer' AND coalesce({{n}}.lookAt, 0) <= $now
 WITH {{n}}, {_NAMED}, {WAITS_FOR.replace(_ahead(HORIZONS[-1]), f"d{HORIZONS[-1]}_{{n}}")} AS why_{{n}}
 WHERE why_{{n}} IS NOT NULL
 WITH {{n}}, {_NAMED}, why_{{n}}, coalesce({WAITS_ON}, '') AS day_{{n}}"""
"""Every credential of the viewer's body that waits, as `{n}`, with `why_{n}` and `day_{n}`."""

URGENCY: Final = "CASE why_{n} " + " ".join(f"WHEN '{why}' THEN {rank}" for rank, why in enumerate(Waiting)) + " END"

TESTS: Final = {
    name: "true"
    if name == "ALL"
    else f"why_{{n}} IN {sorted(why.value for why in found)}"
    + (f" AND day_{{n}} <= d{name.split('_')[1]}_{{n}}" if name.startswith("EXPIRING") else "")
    for name, found in FILTERS.items()
}
"""What each filter lets through."""
