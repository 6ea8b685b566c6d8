"""The command that tells somebody's standing: now or on any day gone by, as known then, and what was learnt since.

- It goes the way every client goes, through `api.execute`: the same document, limits and rules.
- A negative verdict is an answer, not a failure: the exit status is 0.
- What is printed comes from sources and is shown without anything that could steer a terminal.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from api.cli.asking import ask, instant_text
from api.cli.failures import fail
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.values import known_jurisdiction, valid_npi
from api.settings import Settings

_CHECKS = """
code outcome reason reasonCode remedy
evidence { id source sourceType method edition fileName answeredAt recordedAt sha256 position chain }
"""
STANDING = f"""
query Standing($npi: NPI!, $jurisdiction: JurisdictionCode!, $at: DateTime, $knownAt: DateTime, $history: Boolean!) {{
  practitioner(npi: $npi) {{
    npi
    name
    standing(jurisdiction: $jurisdiction, at: $at, knownAt: $knownAt) {{
      verdict at knownAt goodUntil policy {{ id version }} checks {{ {_CHECKS} }}
    }}
    asKnownNow: standing(jurisdiction: $jurisdiction, at: $at) {{
      verdict knownAt goodUntil policy {{ id version }} checks {{ {_CHECKS} }}
    }}
    standingHistory(jurisdiction: $jurisdiction, knownAt: $knownAt, first: 100) @include(if: $history) {{
      edges {{ node {{
        start until verdict policy {{ id version }}
        changed {{ code outcome reason reasonCode }} evidence {{ id source answeredAt }}
      }} }}
      pageInfo {{ hasNextPage }}
    }}
  }}
}}
"""


@with_settings(STORE)
def standing(
    settings: Settings,
    npi: Annotated[str, typer.Argument(help="NPI of the practitioner, ten digits.")],
    jurisdiction: Annotated[str, typer.Option("--in", help="Where the patient is, such as CA.")],
    *,
    at: Annotated[str | None, typer.Option(help="As of this instant, such as 2026-11-25T09:00:00Z.")] = None,
    known_at: Annotated[str | None, typer.Option(help="With what was known at this instant.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Every change of the verdict, past and foreseen.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Tell whether somebody may be referred to, with every check: why, on which evidence, and who can mend it.

    With --at and --known-at it tells what held on a day gone by as it was known then, and what was learnt since.
    Examples: bonafide standing 2100000019 --in CA
    bonafide standing 2100000019 --in CA --at 2026-03-03T17:00:00Z --known-at 2026-03-03T17:00:00Z --history
    """
    place = known_jurisdiction("--in", jurisdiction)
    variables = {
        "npi": valid_npi("NPI", npi),
        "jurisdiction": place,
        "at": instant_text("--at", at),
        "knownAt": instant_text("--known-at", known_at),
        "history": history,
    }
    practitioner = ask(settings, STANDING, variables)["practitioner"]
    if practitioner is None:
        fail(f"NPI {npi} is not in this store. `bonafide import nppes` brings the registry in.")
    if as_json:
        print_json(practitioner)
        return
    for line in _lines(practitioner, place):
        typer.echo(printable(line))


def printable(text: str) -> str:
    """A line without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _lines(practitioner: Mapping[str, Any], place: str) -> Iterator[str]:
    found, now = practitioner["standing"], practitioner["asKnownNow"]
    until = f", good until {found['goodUntil']}" if found["goodUntil"] else ""
    yield f"{practitioner['name']} (NPI {practitioner['npi']}), for a patient in {place}: {found['verdict']}"
    yield f"as of {found['at']}, known at {found['knownAt']}{until}, under policy {_policy(found)}"
    for check in found["checks"]:
        yield f"  {check['outcome']:<8} {check['reason']}"
        if check["remedy"]:
            yield f"           {check['remedy']}"
        for evidence in check["evidence"]:
            yield f"           by {_evidence(evidence)}"
    yield from _learnt(found, now)
    if "standingHistory" in practitioner:
        yield from _history(practitioner["standingHistory"])


def _policy(decided: Mapping[str, Any]) -> str:
    return f"{decided['policy']['id']} {decided['policy']['version']}"


def _evidence(evidence: Mapping[str, Any]) -> str:
    edition = f" {evidence['edition']}" if evidence["edition"] else ""
    how = f" ({evidence['method']})" if evidence["method"] else ""
    place = f"; chain {evidence['position']}" if evidence["position"] else ""
    when = f"answered {evidence['answeredAt']}, on record {evidence['recordedAt']}"
    return f"{evidence['source']}{edition}{how}, {when}{place}"


def _learnt(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """What is known now of the same instant and was not then; nothing when it comes out the same."""
    if then["knownAt"] == now["knownAt"]:
        return
    before = {check["code"]: _essence(check) for check in then["checks"]}
    changed = [check for check in now["checks"] if before[check["code"]] != _essence(check)]
    if not changed:
        yield f"As known now, at {now['knownAt']}: the same."
        return
    same = "still" if then["verdict"] == now["verdict"] else "it would be"
    yield f"As known now, at {now['knownAt']}: {same} {now['verdict']}. Learnt since:"
    for check in changed:
        yield f"  {check['outcome']:<8} {check['reason']}"
        for evidence in check["evidence"]:
            yield f"           by {_evidence(evidence)}"


def _essence(check: Mapping[str, Any]) -> tuple[Any, ...]:
    return (check["outcome"], check["reasonCode"], tuple(evidence["id"] for evidence in check["evidence"]))


def _history(found: Mapping[str, Any]) -> Iterator[str]:
    yield "History:"
    for index, edge in enumerate(found["edges"]):
        span = edge["node"]
        yield f"  from {span['start']} until {span['until'] or 'further notice'}: {span['verdict']} ({_policy(span)})"
        shown = span["changed"] if index else [c for c in span["changed"] if c["outcome"] not in {"PASSED", "SKIPPED"}]
        for check in shown:
            yield f"    {check['outcome']:<8} {check['reason']}"
    if found["pageInfo"]["hasNextPage"]:
        yield "  and so on; GraphQL's standingHistory gives all of it."
