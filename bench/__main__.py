"""`make bench`: a synthetic state in a throw-away store, measured beside the practical limit.

- Search and referral detail through GraphQL against the barest endpoint with the same Cypher, in turns, medians.
- Import of the register against the standard library's CSV reader alone on the same file.
- Accepting referrals, through GraphQL like everything else.
- The sweep over a small network; `make bench-sweep` measures it over a million credentials.
- Every timed answer is compared with the baseline's, and none may hold errors; one that differs ends the run.
"""

import asyncio
import csv
import json
import multiprocessing
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from api.cli.imports import as_evidence, load_file
from api.clock import utc_now
from api.settings import Settings
from bench.load import Target, ask, loop
from bench.results import Result, against, show, write
from bench.server import REFERRAL, SEARCH, serve
from bench.sweep import measure
from graph.database import Database, ServerAddress
from graph.embedded import Embedded
from graph.loading.nppes import load_nppes
from graph.progress import progress_on

LEVELS: Final = (1, 16, 64)
ROUNDS: Final = 5
SECONDS: Final = 2.0
SEARCHES: Final = 100
ACCEPTS: Final = 400
SWEPT: Final = 20_000
RESULTS: Final = Path(__file__).parent / "results.json"

_PLACES: Final = """
MATCH (f:Facet)<-[o:FOUND_UNDER]-(t) WHERE f.key STARTS WITH 'CA|' AND NOT f.key ENDS WITH '|'
  AND o.location IS NOT NULL AND o.acceptsNew
RETURN f.key, o.location.latitude, o.location.longitude, t.id, t.npi ORDER BY t.id, f.key
"""


def main() -> None:
    """Everything, then the table."""
    with tempfile.TemporaryDirectory(prefix="bonafide-bench-") as folder:
        settings = Settings(data=Path(folder))
        program = Path(sys.executable).parent / "bonafide"
        subprocess.run([program, "demo", "--no-serve", "--data", folder], check=True)
        with Embedded.start(settings.data, progress=progress_on()) as server:
            results = [asyncio.run(_import(settings, server.address))]
            with _served(server.address) as port:
                results += asyncio.run(_serving(settings, server.address, port))
    with (
        tempfile.TemporaryDirectory(prefix="bonafide-sweep-") as folder,
        Embedded.start(Path(folder), progress=progress_on()) as server,
    ):
        results += asyncio.run(measure(server.address, SWEPT))
    show(results)
    write(RESULTS, results)


@contextmanager
def _served(address: ServerAddress) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(address, port))
    process.start()
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.join()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("The application did not start.")


async def _import(settings: Settings, address: ServerAddress) -> Result:
    """Bring the register in once more (every row is compared and none is new), against reading its rows alone."""
    file = next((settings.data / "demo").glob("npidata_pfile_*.csv"))
    began = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as opened:
        rows = sum(1 for _ in csv.reader(opened)) - 1
    alone = rows / (time.perf_counter() - began)
    database = await Database.open(address, clock_deadline=30)
    await database.write("MATCH (e:Evidence) WHERE e.source = 'NPPES' SET e.sha256 = e.sha256 + '-before'")
    report = await load_file(database, settings, file, load_nppes, **as_evidence(None))
    await database.close()
    return against("import NPPES again / CSV reader alone", report.rows_per_second, "rows/s", alone, rows=report.read)


async def _serving(settings: Settings, address: ServerAddress, port: int) -> list[Result]:
    database = await Database.open(address, clock_deadline=30)
    found = await database.read(_PLACES)
    await database.close()
    accounts = json.loads((settings.data / "accounts.json").read_text())
    physician = next(account["token"] for account in accounts if account["role"] == "physician")
    therapist = next(account for account in accounts if account["role"] == "therapist")
    results = []
    bodies = [_search_body(found[len(found) * number // SEARCHES]) for number in range(SEARCHES)]
    results += await _compared("search", port, physician, bodies, "/bare/search")
    accepted, rate = await _accept(port, physician, therapist)
    results.append(Result("accept a referral", rate, "transactions/s", concurrency=16, rows=len(accepted)))
    details = [orjson.dumps({"query": REFERRAL, "variables": {"id": own}}) for own in accepted[:50]]
    results += await _compared("referral detail", port, physician, details, "/bare/referral")
    return results


def _search_body(row: list[Any]) -> bytes:
    key, latitude, longitude, *_ = row
    jurisdiction, concern, payer = key.split("|")
    where = {"jurisdiction": jurisdiction, "concern": concern, "payer": payer, "acceptingNew": True}
    near = {"latitude": latitude, "longitude": longitude, "withinKm": 50.0}
    return orjson.dumps({"query": SEARCH, "variables": {"where": where, "near": near, "first": 20}})


async def _compared(name: str, port: int, token: str, bodies: list[bytes], bare: str) -> list[Result]:
    ours, limit = Target(port, "/graphql", token), Target(port, bare, token)
    expected = []
    for body in bodies:
        answers = [orjson.loads(await ask(target, body)) for target in (ours, limit)]
        if answers[0] != answers[1] or "errors" in answers[0]:
            sys.exit(f"{name}: the answers differ: {answers[0]} and {answers[1]}")
        expected.append(answers[0])
    check = _checker(name, expected)
    results = []
    for level in LEVELS:
        rates: dict[str, list[float]] = {ours.path: [], limit.path: []}
        for turn in range(ROUNDS):
            for target in (ours, limit) if turn % 2 else (limit, ours):
                rate = await loop(target, bodies, level, SECONDS, check)
                rates[target.path].append(rate.per_second)
        medians = {path: statistics.median(found) for path, found in rates.items()}
        results.append(
            against(f"{name} / bare endpoint", medians[ours.path], "answers/s", medians[bare], concurrency=level)
        )
    return results


def _checker(name: str, expected: list[Any]) -> Callable[[int, bytes], None]:
    """Compares each answer with the first; bytes that were seen to be right are not parsed again."""
    right: list[set[bytes]] = [set() for _ in expected]

    def check(index: int, body: bytes) -> None:
        if body in right[index]:
            return
        if orjson.loads(body) != expected[index]:
            sys.exit(f"{name}: a timed answer differs: {body[:300]!r}")
        right[index].add(body)

    return check


async def _accept(port: int, physician: str, therapist: dict[str, str]) -> tuple[list[str], float]:
    """Referrals made and sent beforehand, then accepted by 16 at once; their ids and the rate."""
    who = "query N($npi: NPI!) { practitioner(npi: $npi) { id } }"
    doctor, other = Target(port, "/graphql", physician), Target(port, "/graphql", therapist["token"])
    candidate = (await _said(doctor, who, npi=therapist["npi"]))["practitioner"]["id"]
    ids: list[str] = []
    for _ in range(ACCEPTS):
        written = {
            "idempotencyKey": secrets.token_hex(8),
            "patient": {
                "familyName": secrets.token_hex(8).translate(_LETTERS),
                "givenName": "A",
                "birthDate": "1980-01-01",
            },
            "concern": "erectile-difficulty",
            "jurisdiction": "CA",
            "priority": "ROUTINE",
            "candidates": [candidate],
            "consent": {"given": True, "at": (utc_now() - timedelta(minutes=1)).isoformat()},
        }
        made = await _change(doctor, "createReferral", written)
        sent = {"idempotencyKey": secrets.token_hex(8), "referral": made, "expectedVersion": 1}
        ids.append(await _change(doctor, "sendReferral", sent))
    waiting = iter(ids)

    async def accept() -> None:
        for own in waiting:
            said = {"idempotencyKey": secrets.token_hex(8), "referral": own, "expectedVersion": 2}
            await _change(other, "acceptReferral", said)

    began = time.perf_counter()
    await asyncio.gather(*(accept() for _ in range(16)))
    return ids, ACCEPTS / (time.perf_counter() - began)


_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


async def _said(target: Target, query: str, **variables: Any) -> Any:
    answer = orjson.loads(await ask(target, orjson.dumps({"query": query, "variables": variables})))
    if "errors" in answer:
        sys.exit(f"{answer['errors']}")
    return answer["data"]


async def _change(target: Target, name: str, said: dict[str, Any]) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    query = (
        f"mutation M($input: {kind}) {{ {name}(input: $input) {{ problems {{ code message }} referral {{ id }} }} }}"
    )
    done = (await _said(target, query, input=said))[name]
    if done["problems"]:
        sys.exit(f"{name}: {done['problems']}")
    return str(done["referral"]["id"])


if __name__ == "__main__":
    main()
