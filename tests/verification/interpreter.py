"""A second, naive reading of the rules, to hold the real one against.

- It is written from the rules alone and shares no code with the decision but the facts' shapes and the tables.
- It knows nothing of speed: every question is answered from the whole list of observations, by definition.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from verification.credentials import CredentialStatus as S
from verification.credentials import encumbrance_status
from verification.evidence import Facts, HeldCredential, Observation
from verification.kinds import BODIES, KINDS, is_independent

YES = {S.ACTIVE, S.ACTIVE_WITH_NOTICE}
BAD = set(S) - YES - {S.UNKNOWN}
LIMIT: Final = 30
# What each country's rules ask for, and which certificates in sex therapy they count.
ASKED = {
    "US": {"npi", "licence", "licence-elsewhere", "title", "certificate", "exclusion"},
    "GB": {"licence-elsewhere", "certificate"},
}
COUNTED = {"US": {"CST", "COSRT-ACCREDITED", "ECPS"}, "GB": {"COSRT-ACCREDITED"}}
# Which membership a certificate falls with, and whether it falls too when nothing is known of that.
BESIDE = {"CST": ("AASECT-MEMBER", True), "COSRT-ACCREDITED": ("COSRT-MEMBER", False)}
COMPACT = "Etc/GMT+4"
TICK = timedelta(milliseconds=1)


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


class Claim(NamedTuple):
    word: S
    first: datetime
    last: datetime | None
    weight: date
    primary: bool
    source: str
    answered: datetime
    recorded: datetime
    over: datetime | None
    due: datetime | None
    action: bool
    printed: date | None

    def is_yes(self) -> bool:
        return self.word in YES and not self.action

    def holds(self, t: datetime) -> bool:
        return self.first <= t and (self.last is None or t < self.last)


def listen(o: Observation, c: HeldCredential, known: datetime) -> bool:
    if o.recorded_at > known or o.source_type == "self":
        return False
    if o.source not in BODIES:
        return o.source_type != "primary"
    return any(
        c.kind in part.kinds and (part.jurisdictions is None or c.jurisdiction in part.jurisdictions)
        for part in BODIES[o.source].authority
    )


def claims(c: HeldCredential, known: datetime) -> list[Claim]:
    heard = [o for o in c.observations if listen(o, c, known)]
    home = BODIES[c.body].zone
    found = []
    for o in heard:
        zone = COMPACT if o.source == "COMPACTCONNECT" or o.method == "compact" else home
        own = BODIES[o.source].zone if o.source in BODIES else zone
        weight = o.status_date or o.answered_at.astimezone(ZoneInfo(own)).date()
        over = None
        if o.expires:
            over = midnight(o.expires + timedelta(days=1), zone)
            if c.kind == "AASECT-MEMBER" and (o.expires.month, o.expires.day) == (12, 31):
                over = midnight(date(o.expires.year + 1, 4, 1), zone)
        due = midnight(o.reverify_by + timedelta(days=1), zone) if o.reverify_by else None
        first = midnight(max(weight, o.issued or weight), zone)
        primary = o.source_type == "primary"
        found.append(
            Claim(
                o.status,
                first,
                None,
                weight,
                primary,
                o.source,
                o.answered_at,
                o.recorded_at,
                over,
                due,
                action=False,
                printed=o.status_date,
            ),
        )
        if o.discipline or o.discipline_date:
            begun = o.discipline_date or weight
            lifted = lift(o, heard)
            last = midnight(lifted, zone) if lifted else None
            found.append(
                Claim(
                    encumbrance_status(o.discipline or ""),
                    midnight(begun, zone),
                    last,
                    max(begun, weight),
                    primary,
                    o.source,
                    o.answered_at,
                    o.recorded_at,
                    None,
                    None,
                    action=True,
                    printed=o.discipline_date or o.status_date,
                ),
            )
    return found


def lift(o: Observation, heard: list[Observation]) -> date | None:
    alike = [p for p in heard if (p.discipline, p.discipline_date) == (o.discipline, o.discipline_date)]
    board = [p for p in alike if p.source_type == "primary"]
    voices = board or [p for p in alike if p.source == o.source]
    last = max(p.answered_at for p in voices)
    days = [p.discipline_lifted for p in voices if p.answered_at == last]
    return None if None in days else max(d for d in days if d)


def beats(p: Claim, n: Claim) -> bool:
    if not (p.primary and p.is_yes()):
        return False
    if n.word is S.ACTIVE_WITH_NOTICE and p.word is not S.ACTIVE:
        return False
    if p.weight > n.weight:
        return True
    return p.weight == n.weight and n.primary and p.source == n.source and p.answered > n.answered


def objection(n: Claim) -> bool:
    if n.word is S.UNKNOWN:
        return n.primary or n.action
    return n.action or n.word is not S.ACTIVE


def objections(c: HeldCredential, t: datetime, known: datetime) -> list[Claim]:
    now = [x for x in claims(c, known) if x.holds(t)]
    return [n for n in now if objection(n) and not any(beats(p, n) for p in now)]


def status(c: HeldCredential, t: datetime, known: datetime, days: int = LIMIT) -> tuple[str, bool]:  # noqa: PLR0911 - a list of rules
    """PASSED, NOTICE, UNKNOWN or FAILED, and whether anybody who could know has said anything."""
    now = [x for x in claims(c, known) if x.holds(t)]
    if not now:
        return "UNKNOWN", bool(claims(c, known))
    left = objections(c, t, known)
    bad = [n for n in left if n.word in BAD]
    if any(not contradicted(n, now) for n in bad):
        return "FAILED", True
    if bad or any(n.word is S.UNKNOWN for n in left):
        return "UNKNOWN", True
    board = [x for x in now if x.primary and x.is_yes()]
    if not board:
        return "UNKNOWN", False
    newest = max(board, key=age)
    if newest.over is not None and t >= newest.over:
        return "FAILED", True
    if newest.due is not None and t >= newest.due:
        return "UNKNOWN", True
    beaten = [n for n in now if objection(n) and n not in left]
    fresh = [x for x in board if x is newest or (not ended(x, t) and all(beats(x, n) for n in beaten))]
    oldest_allowed = timedelta(days=days)
    # The clock of the rules ticks in milliseconds: exactly the limit is fresh, one more is not.
    if all((t - x.answered) // TICK * TICK > oldest_allowed for x in fresh):
        return "UNKNOWN", True
    return ("NOTICE" if left else "PASSED"), True


def ended(x: Claim, t: datetime) -> bool:
    return any(end is not None and end <= t for end in (x.over, x.due))


def age(x: Claim) -> tuple[object, ...]:
    words = "ACTIVE ACTIVE_WITH_NOTICE UNKNOWN PENDING LAPSED RESTRICTED CANCELLED DENIED SUSPENDED SURRENDERED"
    order = [*words.split(), "REVOKED", "DECEASED"]
    far = datetime(9999, 1, 1, tzinfo=UTC)
    return (x.weight, x.answered, order.index(x.word), far - (x.over or far), far - (x.due or far))


def contradicted(n: Claim, now: list[Claim]) -> bool:
    for y in now:
        if y.is_yes() and y.source != n.source and y.weight == n.weight:
            later_no = [
                m for m in now
                if m.source == y.source and m.weight == y.weight and m.word in BAD and m.answered >= y.answered
            ]  # fmt: skip
            if not later_no:
                return True
    return False


ORDER = {"PASSED": 0, "SKIPPED": 0, "NOTICE": 1, "UNKNOWN": 2, "FAILED": 3}


def weigh(found: tuple[str, bool]) -> int:
    return ORDER[found[0]] if found[1] else 4


def any_claim(c: HeldCredential, known: datetime) -> bool:
    return bool(claims(c, known))


def licence_checks(facts: Facts, place: str, t: datetime, known: datetime, days: int, asked: bool) -> list[str]:
    licences = [c for c in facts.credentials if KINDS[c.kind].role == "licence"]
    here = [c for c in licences if c.jurisdiction == place and is_independent(c.kind, place) and any_claim(c, known)]
    options = []
    for c in here:
        found = status(c, t, known, days)
        title = title_check(facts, place, c.kind, t, known, days)
        options.append((max(weigh(found), ORDER[title]), weigh(found), found[0], title, c))
    if options:
        options.sort(key=lambda o: (o[0], o[1], o[4].kind, o[4].jurisdiction, o[4].number, o[4].id))
        _, _, licence, title, used = options[0]
    else:
        licence, title, used = dependent(facts, place, t, known, days), "SKIPPED", None
    others = [elsewhere(c, t, known) for c in licences if not asked or c is not used]
    return [licence, title, max(others, key=ORDER.__getitem__, default="SKIPPED")]


def dependent(facts: Facts, place: str, t: datetime, known: datetime, days: int) -> str:
    found = [
        (weigh(status(c, t, known, days)), c.kind, c.number, c.id, shown(c, t, known, days))
        for c in facts.credentials
        if KINDS[c.kind].role == "licence" and c.jurisdiction == place and not is_independent(c.kind, place)
        if any_claim(c, known)
    ]
    return "FAILED" if found and min(found)[4] else "UNKNOWN"


def shown(c: HeldCredential, t: datetime, known: datetime, days: int) -> bool:
    """Whether a licence that is not independent is still one: active, or under discipline, but not over."""
    found = status(c, t, known, days)[0]
    if found in {"PASSED", "NOTICE"}:
        return True
    if found == "UNKNOWN":
        return False
    now = [x for x in claims(c, known) if x.holds(t)]
    firm = [n for n in objections(c, t, known) if n.word in BAD and not contradicted(n, now)]
    if not firm:
        return False  # it expired
    latest: dict[bool, Claim] = {}
    for n in sorted((n for n in firm if n.primary), key=age):
        latest[n.word in {S.RESTRICTED, S.SUSPENDED, S.SURRENDERED, S.REVOKED}] = n
    words = {n.word for n in latest.values()} | {n.word for n in firm if not n.primary}
    worst = max(words, key=lambda w: age(firm[0]._replace(word=w))[2])  # type: ignore[arg-type,return-value]
    return worst not in {S.LAPSED, S.CANCELLED}


def title_check(facts: Facts, place: str, kind: str, t: datetime, known: datetime, days: int) -> str:
    if place != "FL" or kind not in {"LCSW", "LMFT", "LMHC"}:
        return "SKIPPED"
    held = [c for c in facts.credentials if c.kind == "FL-SEX-THERAPIST" and any_claim(c, known)]
    return "PASSED" if any(status(c, t, known, days)[0] == "PASSED" for c in held) else "NOTICE"


def elsewhere(c: HeldCredential, t: datetime, known: datetime) -> str:
    left = objections(c, t, known)
    grave = [n for n in left if n.word in {S.SUSPENDED, S.REVOKED, S.SURRENDERED, S.DECEASED}]
    if grave:
        reviews = [r.recorded_at for r in c.reviews if r.recorded_at <= known]
        for n in grave:
            same = [m.recorded for m in grave if (m.source, m.word, m.printed) == (n.source, n.word, n.printed)]
            if not reviews or max(reviews) <= min(same):
                return "UNKNOWN"
        return "NOTICE"
    light = [n for n in left if n.word in {S.RESTRICTED, S.ACTIVE_WITH_NOTICE} or (n.action and n.word is S.UNKNOWN)]
    return "NOTICE" if light else "PASSED"


def certificate_check(facts: Facts, country: str, t: datetime, known: datetime, days: int) -> str:
    options = []
    for c in facts.credentials:
        if c.kind in COUNTED[country] and any_claim(c, known):
            found = status(c, t, known, days)
            member = ("SKIPPED", True)
            if c.kind in BESIDE:
                kind, needed = BESIDE[c.kind]
                held = [m for m in facts.credentials if m.kind == kind and any_claim(m, known)]
                states = [status(m, t, known, days) for m in held]
                member = min(states, key=weigh) if states else ("UNKNOWN" if needed else "SKIPPED", True)
            legs = (weigh(found), weigh(member))
            total = ORDER["FAILED"] if ORDER["FAILED"] in legs else max(legs)
            options.append((total, ORDER[found[0]], ORDER[member[0]]))
    if not options:
        return "UNKNOWN"
    best = min(total for total, *_ in options)
    answers = {max(parts) for total, *parts in options if total == best}
    assert len(answers) == 1
    return ["PASSED", "NOTICE", "UNKNOWN", "FAILED"][answers.pop()]


def npi_check(facts: Facts, t: datetime) -> str:
    if not facts.npi:
        return "SKIPPED"
    zone = "America/New_York"
    if facts.npi_deactivated and midnight(facts.npi_deactivated, zone) <= t:
        back = facts.npi_reactivated
        if back is None or back < facts.npi_deactivated or t < midnight(back, zone):
            return "FAILED"
    return "PASSED"


def exclusion_check(facts: Facts, place: str, t: datetime, known: datetime, days: int) -> str:
    loaded = [e for e in facts.exclusion_editions if e.recorded_at <= known]
    if not loaded:
        return "UNKNOWN"
    newest = max(e.edition for e in loaded)
    fetched = max(e.fetched_at for e in loaded if e.edition == newest)
    old = (t - fetched) // timedelta(milliseconds=1) > timedelta(days=days) // timedelta(milliseconds=1)
    found = ["UNKNOWN" if old else "PASSED"]
    zone = "America/New_York"
    for r in facts.exclusions:
        if r.excluded_on and t < midnight(r.excluded_on, zone):
            continue
        same = bool(facts.npi) and r.npi == facts.npi
        decided = r.decided if r.decided_at is None or r.decided_at <= known else None
        if same or decided == "same":
            found.append("NOTICE" if r.waiver_state == place else "FAILED")
        elif decided != "different" and (decided == "unknown" or alike(facts, r)):
            found.append("NOTICE" if r.waiver_state == place else "UNKNOWN")
    return max(found, key=ORDER.__getitem__)


def alike(facts: Facts, r: object) -> bool:
    """Full name equal, and the birth date equal or nothing that conflicts."""
    family, given = getattr(r, "family_name", ""), getattr(r, "given_name", "")
    if (family.upper(), given.upper()) != (facts.family_name.upper(), facts.given_name.upper()):
        return False
    born, middle = getattr(r, "birth_date", None), getattr(r, "middle_name", "")
    suffix, npi = getattr(r, "suffix", ""), getattr(r, "npi", None)
    if born and facts.birth_date and born == facts.birth_date:
        return True
    if born and facts.birth_date:
        return False
    if middle and facts.middle_name and middle[0] != facts.middle_name[0]:
        return False
    if suffix and facts.suffix and suffix != facts.suffix:
        return False
    return not (npi and npi != "0000000000" and facts.npi and npi != facts.npi)


def checks(facts: Facts, place: str, t: datetime, known: datetime, days: int | None = None) -> dict[str, str]:
    """What every check comes to; the two legs of a certificate are one. `days` stands for every limit of age."""
    country = "GB" if place == "GB" else "US"
    asked, limit = ASKED[country], days or LIMIT
    licence, title, other = licence_checks(facts, place, t, known, limit, "licence" in asked)
    found = {
        "npi": npi_check(facts, t),
        "licence": licence,
        "licence-elsewhere": other,
        "title": title,
        "certificate": certificate_check(facts, country, t, known, limit),
        "exclusion": exclusion_check(facts, place, t, known, days or 31),
    }
    answers = {check: outcome if check in asked else "SKIPPED" for check, outcome in found.items()}
    if any(c.recorded_at <= known and not (c.decided_at and c.decided_at <= known) for c in facts.claims):
        answers["identity"] = "UNKNOWN"
    return answers


def verdict(facts: Facts, place: str, t: datetime, known: datetime, days: int | None = None) -> str:
    names = {0: "REFERABLE", 1: "REFERABLE_WITH_NOTICE", 2: "UNKNOWN", 3: "NOT_REFERABLE"}
    return names[max(ORDER[found] for found in checks(facts, place, t, known, days).values())]
