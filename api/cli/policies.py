"""Commands about policies: which there are, what each says, and what another one would change.

- A policy is named as `us@1`, or by the path of a TOML file that is being drafted.
- Comparing decides the whole network under both and writes nothing.
- It does not put a policy in force: that is a file of the program with its effective date.
"""

import asyncio
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.counting import counting
from api.cli.failures import Status, fail, plainly
from api.cli.flags import STORE, with_settings
from api.cli.reference import JsonFlag, print_json
from api.cli.store import with_database
from api.cli.values import known_instant
from api.clock import utc_now
from api.settings import Settings
from graph.condition import count_holders
from graph.database import Database
from graph.policy_comparison import Compared, compare_network
from verification.comparisons import Change, Comparison, Difference, changed_entries, comparison
from verification.jurisdictions import JURISDICTIONS
from verification.policies import SHIPPED_POLICIES
from verification.policy import Policy, PolicyError, policy_from, policy_table

app = typer.Typer(
    name="policy",
    help="Policies: what is asked for where, by whose rule, and what another policy would change.",
    no_args_is_help=True,
)


@app.command("list")
def list_policies(*, as_json: JsonFlag = False) -> None:
    """List the versions of every policy, with the day each takes effect."""
    with plainly():
        policies = SHIPPED_POLICIES.all()
        if as_json:
            print_json([_summary(policy) for policy in policies])
            return
        for policy in policies:
            told = _summary(policy)
            state = "in force" if told["inForce"] else "not in force"
            where = policy.country or "..."
            typer.echo(f"{policy.name:<8} {where:<3} from {policy.effective}  {state:<13}  {policy.title}")


@app.command()
def show(
    policy: Annotated[str, typer.Argument(help="Such as us, us@1, or the path of a draft.", metavar="ID[@VERSION]")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show what a policy asks for and by whose rule, how old an answer may be, and what it makes of discipline."""
    with plainly():
        found = _policy("ID[@VERSION]", policy)
        if as_json:
            print_json(policy_table(found))
        else:
            _print_policy(found)


@app.command()
@with_settings(STORE)
def diff(
    settings: Settings,
    before: Annotated[str, typer.Argument(help="A policy such as us@1, or a TOML file.", metavar="A")],
    after: Annotated[str, typer.Argument(help="Another for the same country, or a TOML file.", metavar="B")],
    *,
    at: Annotated[str | None, typer.Option(help="As of this instant, such as 2026-11-25T09:00:00Z.")] = None,
    first: Annotated[int, typer.Option(help="How many of those it changes to name.", min=0)] = 20,
    as_json: JsonFlag = False,
) -> None:
    """Decide the whole network under both policies and tell who would gain, who would lose, and why. Writes nothing.

    Example: bonafide policy diff us@1 draft.toml
    """
    one, other = _policy("A", before), _policy("B", after)
    as_of = known_instant("--at", at)
    _comparison(one, other, as_of or utc_now(), utc_now())

    async def work(database: Database) -> tuple[Comparison, Tally]:
        now = utc_now()
        asked = _comparison(one, other, as_of or now, now)
        return asked, await _tallied(database, asked, first)

    asked, tally = with_database(settings, work, brief=False)
    if as_json:
        print_json(_as_json(asked, tally))
    else:
        _print_comparison(asked, tally)


@dataclass(slots=True)
class Tally:
    """What a comparison came to: counts of everything, and the first few by name."""

    most: int
    people: int = 0
    decided: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: Counter[tuple[str, Change]] = field(default_factory=Counter)
    reasons: Counter[tuple[Change, str, str, str]] = field(default_factory=Counter)
    named: list[tuple[Compared, Difference]] = field(default_factory=list)

    def add(self, compared: Compared) -> None:
        """Count one practitioner in one place."""
        self.decided += 1
        difference = compared.difference
        if difference is None:
            return
        change = difference.change
        self.changes[compared.jurisdiction, change] += 1
        self.verdicts[difference.before.value, difference.after.value] += 1
        for reason in difference.why:
            self.reasons[change, reason.check, reason.before, reason.after] += 1
        if len(self.named) < self.most:
            self.named.append((compared, difference))

    def count(self, change: Change) -> int:
        """How often it changes so, over all places."""
        return sum(number for (_, kind), number in self.changes.items() if kind is change)


async def _tallied(database: Database, asked: Comparison, most: int) -> Tally:
    tally = Tally(most)
    tally.people = await count_holders(database)
    with counting("Deciding under both", tally.people) as advance:
        async for compared in compare_network(database, asked, advance):
            tally.add(compared)
            await asyncio.sleep(0)
    return tally


def _comparison(before: Policy, after: Policy, at: datetime, known_at: datetime) -> Comparison:
    try:
        return comparison(before, after, at, known_at)
    except PolicyError as problem:
        fail(f"{problem}.", Status.WRONG_USAGE)


def _policy(option: str, text: str) -> Policy:
    """The policy of that name or in that file; leaves with what is wrong."""
    found = SHIPPED_POLICIES.named(text)
    if found is not None:
        return found
    path = Path(text)
    if not path.exists():
        known = ", ".join(policy.name for policy in SHIPPED_POLICIES.all())
        fail(f"{option} {text!r}: there is no such policy and no such file; policies are {known}.", Status.WRONG_USAGE)
    try:
        return policy_from(tomllib.loads(path.read_text("utf-8")))
    except OSError as problem:
        fail(f"{text}: {problem.strerror or problem}.")
    except UnicodeDecodeError as problem:
        fail(f"{text} is no policy: it is not UTF-8 text at byte {problem.start}.")
    except tomllib.TOMLDecodeError as problem:
        fail(f"{text} is no TOML: {problem}.")
    except PolicyError as problem:
        fail(f"{text} is no policy: {problem}.")


def _summary(policy: Policy) -> dict[str, Any]:
    today = utc_now().date()
    return {
        "id": policy.id,
        "version": policy.version,
        "country": policy.country or None,
        "effective": policy.effective,
        "title": policy.title,
        "inForce": not policy.governs or any(SHIPPED_POLICIES.at(code, today) is policy for code in JURISDICTIONS),
    }


def _print_policy(policy: Policy) -> None:
    where = JURISDICTIONS[policy.country].name if policy.governs else "places that no other policy governs"
    typer.echo(f"{policy.name}: {policy.title}; for {where}, from {policy.effective}")
    for rule in policy.rules.values():
        said = f"asked:     {rule.source}" if rule.on else f"not asked: {rule.why or 'it does not say why'}"
        typer.echo(f"  {rule.code:<18} {said}")
    typer.echo(f"  Certificates that count: {', '.join(sorted(policy.certificates)) or 'none'}")
    ages = [f"{key} {age.days}" for key, age in (*policy.freshness.items(), *policy.freshness_by_kind.items())]
    typer.echo(f"  Longest age of an answer in days: {', '.join(ages)}")
    typer.echo(f"  On another licence, unknown until reviewed: {_words(policy.elsewhere_unknown)}")
    typer.echo(f"  On another licence, a notice: {_words(policy.elsewhere_notice)}")
    for title in policy.titles:
        kinds = ", ".join(sorted(title.licences))
        typer.echo(f"  Title in {title.jurisdiction}: {kinds} need {title.qualification} ({title.source})")


def _words(statuses: frozenset[Any]) -> str:
    return ", ".join(sorted(status.value for status in statuses)) or "nothing"


def _as_json(asked: Comparison, tally: Tally) -> dict[str, Any]:
    return {
        "before": asked.before.name,
        "after": asked.after.name,
        "at": asked.at,
        "knownAt": asked.known_at,
        "entries": [_entry(*entry) for entry in changed_entries(asked.before, asked.after)],
        "people": tally.people,
        "decided": tally.decided,
        "totals": {change.value: tally.count(change) for change in Change},
        "jurisdictions": [{"jurisdiction": place, **counts} for place, counts in _by_place(tally).items()],
        "verdicts": [{"before": one, "after": other, "count": n} for (one, other), n in tally.verdicts.most_common()],
        "reasons": [
            {"change": change.value, "check": check, "before": one, "after": other, "count": number}
            for (change, check, one, other), number in tally.reasons.most_common()
        ],
        "practitioners": [_named(compared, difference) for compared, difference in tally.named],
    }


def _entry(where: str, before: Any, after: Any) -> dict[str, Any]:
    return {"entry": where, "before": before, "after": after}


def _by_place(tally: Tally) -> Mapping[str, dict[str, int]]:
    places = sorted({place for place, _ in tally.changes})
    return {place: {change.value: tally.changes[place, change] for change in Change} for place in places}


def _named(compared: Compared, difference: Difference) -> dict[str, Any]:
    return {
        "npi": compared.npi,
        "name": compared.name,
        "jurisdiction": compared.jurisdiction,
        "change": difference.change.value,
        "before": difference.before.value,
        "after": difference.after.value,
        "why": [{"check": each.check, "before": each.before, "after": each.after} for each in difference.why],
    }


def _print_comparison(asked: Comparison, tally: Tally) -> None:
    typer.echo(f"{asked.before.name} → {asked.after.name} as of {asked.at:%Y-%m-%d %H:%M} UTC")
    for where, before, after in changed_entries(asked.before, asked.after):
        typer.echo(f"  {where}: {_said(before)} → {_said(after)}")
    changed = ", ".join(f"{tally.count(change):,} {_SPOKEN[change]}" for change in Change)
    typer.echo(f"{tally.people:,} people in {tally.decided:,} places of theirs: {changed}.")
    for place, counts in _by_place(tally).items():
        typer.echo(f"  {place}: " + ", ".join(f"{counts[change]:,} {_SPOKEN[change]}" for change in Change))
    for (change, check, one, other), number in tally.reasons.most_common():
        typer.echo(f"  {number:>7,} {_SPOKEN[change]} by {check}: {one} → {other}")
    for compared, difference in tally.named:
        why = "; ".join(f"{reason.check}: {reason.before} → {reason.after}" for reason in difference.why)
        typer.echo(f"{compared.npi or '-':<10}  {compared.name}, {compared.jurisdiction}: {_SPOKEN[difference.change]}")
        typer.echo(f"            {difference.before.value} → {difference.after.value}; {why}")
    if sum(tally.changes.values()) > len(tally.named):
        typer.echo("There are more; --first names more of them.", err=True)


_SPOKEN = {
    Change.GAINS: "gain",
    Change.LOSES: "lose",
    Change.NOTICE: "gain or lose a notice",
    Change.OTHER: "stay out for another reason",
}


def _said(value: Any) -> str:
    return "nothing" if value is None else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
