"""The rules of a decision as dated, versioned data: which checks are asked, by whose rule, on how fresh an answer.

- A policy never changes: another reading is another version with its own effective date.
- Every rule names the published source it comes from.
- A table with an unknown, missing or senseless entry is refused, naming the entry, before anything is decided by it.
- A policy governs the places of one country. The one without a country governs nowhere: it asks nothing and leaves
  everything unknown, for the places that no other governs.
- It does not know any practitioner, how a check is made, nor which policy is in force when: that is policies.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from verification.credentials import CredentialStatus
from verification.jurisdictions import COUNTRIES, JURISDICTIONS
from verification.kinds import KINDS, CredentialRole
from verification.tables import table, table_names


class PolicyError(ValueError):
    """A policy's table cannot be used; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One check that a policy asks for, and the published rule it comes from; or does not ask for, and why."""

    code: str
    on: bool
    source: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class TitleRule:
    """Where a licence of one of these kinds needs a qualification before its holder may call herself sex therapist."""

    jurisdiction: str
    licences: frozenset[str]
    qualification: str
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the rules.

    It governs the places of `country` (ISO 3166-1 code), and takes the kinds in `certificates` for a certificate in sex
    therapy. `freshness` holds the longest age of an answer by role of credential, and under "privilege" and
    "exclusions"; `freshness_by_kind` overrides it for single kinds. `nppes_age` is advice only.
    """

    id: str
    version: str
    effective: date
    title: str
    country: str
    certificates: frozenset[str]
    freshness: Mapping[str, timedelta]
    freshness_by_kind: Mapping[str, timedelta]
    nppes_age: timedelta
    elsewhere_unknown: frozenset[CredentialStatus]
    elsewhere_notice: frozenset[CredentialStatus]
    rules: Mapping[str, Rule]
    titles: tuple[TitleRule, ...]
    asks_all: bool

    def longest_age(self, kind: str) -> timedelta:
        """How old a statement about a credential of this kind may be and still carry a yes."""
        own = self.freshness_by_kind.get(kind)
        return own if own is not None else self.freshness[KINDS[kind].role]

    def asks(self, check: str) -> bool:
        """Whether the check is switched on."""
        return self.rules[check].on

    @property
    def governs(self) -> bool:
        """Whether there is any place it decides about."""
        return bool(self.country)

    @property
    def name(self) -> str:
        """The policy as people write it: 'us@1'."""
        return f"{self.id}@{self.version}"


CHECKS: Final = ("npi", "licence", "licence-elsewhere", "compact", "certificate", "membership", "title", "exclusion")
_FRESHNESS: Final = frozenset(CredentialRole) | {"privilege", "exclusions"}
_KEYS: Final = frozenset(
    {
        "id",
        "version",
        "effective",
        "title",
        "country",
        "certificates",
        "freshness",
        "freshness_by_kind",
        "advisory",
        "elsewhere",
        "rules",
        "titles",
    },
)


def policy_from(data: Mapping[str, Any]) -> Policy:
    """A policy from its table; raises PolicyError naming the first entry that is unknown, missing or wrong."""
    _exactly(data, _KEYS, "the policy")
    _exactly(data["advisory"], {"nppes"}, "advisory")
    _exactly(data["elsewhere"], {"unknown", "notice"}, "elsewhere")
    _exactly(data["freshness"], _FRESHNESS, "freshness")
    rules = _rules(data["rules"])
    country = _country(data["country"], rules)
    return Policy(
        id=_text(data, "id", "the policy"),
        version=_text(data, "version", "the policy"),
        effective=_day(data["effective"]),
        title=_text(data, "title", "the policy"),
        country=country,
        certificates=_certificates(data["certificates"], rules),
        freshness=MappingProxyType({key: _days(value, f"freshness.{key}") for key, value in data["freshness"].items()}),
        freshness_by_kind=_by_kind(data["freshness_by_kind"]),
        nppes_age=_days(data["advisory"]["nppes"], "advisory.nppes"),
        elsewhere_unknown=_statuses(data["elsewhere"]["unknown"], "elsewhere.unknown"),
        elsewhere_notice=_statuses(data["elsewhere"]["notice"], "elsewhere.notice"),
        rules=rules,
        titles=tuple(_title(row) for row in _list(data["titles"], "titles")),
        asks_all=all(rule.on for rule in rules.values()),
    )


def policy_table(policy: Policy) -> dict[str, Any]:
    """The table that `policy_from` makes the policy of; what has no order of its own is sorted."""
    return {
        "id": policy.id,
        "version": policy.version,
        "effective": policy.effective,
        "title": policy.title,
        "country": policy.country,
        "certificates": sorted(policy.certificates),
        "freshness": {key: age.days for key, age in policy.freshness.items()},
        "freshness_by_kind": {kind: age.days for kind, age in policy.freshness_by_kind.items()},
        "advisory": {"nppes": policy.nppes_age.days},
        "elsewhere": {"unknown": sorted(policy.elsewhere_unknown), "notice": sorted(policy.elsewhere_notice)},
        "rules": [_rule_row(rule) for rule in policy.rules.values()],
        "titles": [
            {
                "jurisdiction": rule.jurisdiction,
                "licences": sorted(rule.licences),
                "qualification": rule.qualification,
                "source": rule.source,
            }
            for rule in policy.titles
        ],
    }


def _rule_row(rule: Rule) -> dict[str, Any]:
    said = {"source": rule.source, "why": rule.why}
    return {"code": rule.code, "on": rule.on, **{key: text for key, text in said.items() if text}}


def _exactly(given: Mapping[str, Any], wanted: Iterable[str], where: str) -> None:
    if not isinstance(given, Mapping):
        raise PolicyError(f"{where} must be a table")
    for key in sorted(set(given) - set(wanted)):
        raise PolicyError(f"{where} has an unknown entry “{key}”")
    for key in sorted(set(wanted) - set(given)):
        raise PolicyError(f"{where} lacks the entry “{key}”")


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise PolicyError(f"{where} must be a list")
    return value


def _texts(value: Any, where: str) -> list[str]:
    for one in _list(value, where):
        if not isinstance(one, str):
            raise PolicyError(f"{where} must be a list of texts")
    return value  # type: ignore[no-any-return]


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data[key]
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"“{key}” of {where} must be a text that is not blank")
    return value


def _country(value: object, rules: Mapping[str, Rule]) -> str:
    if value == "":
        for rule in rules.values():
            if rule.on:
                raise PolicyError(f"“country” is blank, so the rule “{rule.code}” can be asked nowhere")
        return ""
    if not isinstance(value, str) or value not in COUNTRIES:
        raise PolicyError(f"“country” names “{value}”, which is no country with a place in it")
    return value


def _certificates(kinds: Any, rules: Mapping[str, Rule]) -> frozenset[str]:
    for kind in _texts(kinds, "certificates"):
        if kind not in KINDS or KINDS[kind].role is not CredentialRole.CERTIFICATE:
            raise PolicyError(f"certificates names “{kind}”, which is no kind of certificate")
    if rules["certificate"].on and not kinds:
        raise PolicyError("certificates is empty, and the rule “certificate” is on")
    return frozenset(kinds)


def _day(value: object) -> date:
    if type(value) is not date:
        raise PolicyError("“effective” of the policy must be a date")
    return value


def _days(value: object, where: str) -> timedelta:
    if type(value) is not int or value < 1:
        raise PolicyError(f"{where} must be a whole number of days, 1 or more")
    return timedelta(days=value)


def _by_kind(data: Mapping[str, Any]) -> Mapping[str, timedelta]:
    if not isinstance(data, Mapping):
        raise PolicyError("freshness_by_kind must be a table")
    for kind in sorted(set(data) - set(KINDS)):
        raise PolicyError(f"freshness_by_kind names “{kind}”, which is no kind of credential")
    return MappingProxyType({kind: _days(value, f"freshness_by_kind.{kind}") for kind, value in data.items()})


def _statuses(words: Any, where: str) -> frozenset[CredentialStatus]:
    for word in _texts(words, where):
        if word not in CredentialStatus.__members__ or word in {"ACTIVE", "UNKNOWN"}:
            raise PolicyError(f"{where} names “{word}”, which is no state that discipline leads to")
    return frozenset(CredentialStatus(word) for word in words)


def _rules(rows: Any) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for row in _list(rows, "rules"):
        rule = _rule(row)
        if rule.code in found:
            raise PolicyError(f"the rule “{rule.code}” is there twice")
        found[rule.code] = rule
    _exactly(found, CHECKS, "rules")
    return MappingProxyType(found)


def _rule(row: Mapping[str, Any]) -> Rule:
    """A rule that is on names its source; one that is off may say why."""
    off = isinstance(row, Mapping) and row.get("on") is False
    said = {"source", "why"} & set(row) if off else {"source"}
    _exactly(row, {"code", "on", *said}, "a rule")
    code = _text(row, "code", "a rule")
    if not isinstance(row["on"], bool):
        raise PolicyError(f"“on” of the rule “{code}” must be true or false")
    texts = {key: _text(row, key, f"the rule “{code}”") for key in said}
    return Rule(code, row["on"], texts.get("source", ""), texts.get("why", ""))


def _title(row: Mapping[str, Any]) -> TitleRule:
    _exactly(row, {"jurisdiction", "licences", "qualification", "source"}, "a title rule")
    licences = _texts(row["licences"], "licences of a title rule")
    place = _text(row, "jurisdiction", "a title rule")
    if place not in JURISDICTIONS:
        raise PolicyError(f"a title rule names “{place}”, which is no place")
    qualification = _text(row, "qualification", "a title rule")
    for kind in (*licences, qualification):
        if kind not in KINDS:
            raise PolicyError(f"a title rule names “{kind}”, which is no kind of credential")
    return TitleRule(place, frozenset(licences), qualification, _text(row, "source", "a title rule"))


POLICIES: Final = tuple(policy_from(table(name)) for name in table_names("policies"))
US_POLICY: Final = max((policy for policy in POLICIES if policy.id == "us"), key=lambda policy: policy.effective)
