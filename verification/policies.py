"""Which policy counts where and when: the versions that are known, and the one in force for a place on a day.

- A version is in force from the start of its day, in the zone of the place, until another version for the same country
  takes effect. A decision about a day gone by is made under the version of that day.
- A day before the first version of a country is decided under that first one: there was no other rule.
- A place whose country no policy governs gets the policy that governs nothing, and so is unknown, never a yes.
- It does not know what a policy asks.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Final

from verification.calendars import start_of
from verification.clock_settings import SHIPPED_CLOCKS, Clocks
from verification.jurisdictions import JURISDICTIONS
from verification.policy import POLICIES, Policy, PolicyError, policy_table

Span = tuple[datetime, Policy]


@dataclass(frozen=True, slots=True, eq=False)
class Policies:
    """Versions of policies by the country each governs, the earliest first; `otherwise` is for every other place.

    `without_licence` are the versions that ask for no licence. `clocks` are the figures of the referrals' clocks, which
    are one for every place.
    """

    versions: Mapping[str, tuple[Policy, ...]]
    otherwise: Policy
    without_licence: tuple[Policy, ...]
    clocks: Clocks = SHIPPED_CLOCKS

    def at(self, jurisdiction: str, day: date) -> Policy:
        """The policy in force for a patient in the place on a day of that place's calendar."""
        first, *later = self._of(jurisdiction)
        return next((policy for policy in reversed(later) if policy.effective <= day), first)

    def in_force(self, jurisdiction: str, instant: datetime) -> Policy:
        """The policy in force for a patient in the place at an instant."""
        return self.spans(jurisdiction, instant)[0][1]

    def spans(self, jurisdiction: str, start: datetime) -> tuple[Span, ...]:
        """The policies in force for a patient in the place from `start` on, each with the instant it begins at.

        The first begins at `start`.
        """
        versions = self._of(jurisdiction)
        if len(versions) == 1:
            return ((start, versions[0]),)
        zone = _zone(jurisdiction)
        begun = [policy for policy in versions if start_of(policy.effective, zone) <= start]
        later = versions[max(len(begun), 1) :]
        return ((start, versions[max(len(begun), 1) - 1]), *((start_of(p.effective, zone), p) for p in later))

    def named(self, text: str) -> Policy | None:
        """The version that people write as 'us@1'; the newest of 'us'. None when there is none."""
        wanted, _, version = text.partition("@")
        found = [policy for policy in self.all() if policy.id == wanted and version in {"", policy.version}]
        return max(found, key=attrgetter("effective"), default=None)

    def all(self) -> tuple[Policy, ...]:
        """Every version, by id and then by the day it takes effect."""
        known = [policy for versions in self.versions.values() for policy in versions]
        return tuple(sorted([*known, self.otherwise], key=lambda policy: (policy.id, policy.effective)))

    def fingerprint(self, day: date) -> str:
        """A text that changes whenever what is decided from `day` on could: the versions then in force, and those that
        are known to follow, each with a hash of what it says.
        """
        followed = [_still_to_count(versions, day) for versions in self.versions.values()]
        policies = sorted({policy.name: policy for versions in followed for policy in versions}.items())
        return " ".join(f"{name}:{_digest(policy)}" for name, policy in policies)

    def _of(self, jurisdiction: str) -> tuple[Policy, ...]:
        place = JURISDICTIONS.get(jurisdiction)
        return self.versions.get(place.country, (self.otherwise,)) if place else (self.otherwise,)


def policies_of(versions: Iterable[Policy]) -> Policies:
    """The versions, put in order. Raises PolicyError when two cannot be told apart, or none is for other places."""
    by_country: dict[str, list[Policy]] = {}
    names: set[str] = set()
    for policy in sorted(versions, key=attrgetter("effective")):
        if policy.name in names:
            raise PolicyError(f"there are two policies {policy.name}")
        names.add(policy.name)
        others = by_country.setdefault(policy.country, [])
        if others and others[-1].effective == policy.effective:
            raise PolicyError(f"{others[-1].name} and {policy.name} take effect for the same places on the same day")
        others.append(policy)
    if "" not in by_country:
        raise PolicyError("no policy is for the places that no other governs")
    otherwise = by_country.pop("")[-1]
    return _policies({country: tuple(found) for country, found in by_country.items()}, otherwise)


def only(policy: Policy, policies: Policies) -> Policies:
    """The policies as if this one were in force for its country on every day, past ones included."""
    one = _policies({**policies.versions, policy.country: (policy,)}, policies.otherwise)
    return replace(one, clocks=policies.clocks)


def _policies(versions: Mapping[str, tuple[Policy, ...]], otherwise: Policy) -> Policies:
    every = (policy for found in versions.values() for policy in found)
    return Policies(versions, otherwise, tuple(policy for policy in every if not policy.asks("licence")))


def _zone(jurisdiction: str) -> str:
    place = JURISDICTIONS.get(jurisdiction)
    return place.zone if place else "UTC"


def _still_to_count(versions: tuple[Policy, ...], day: date) -> tuple[Policy, ...]:
    begun = sum(policy.effective <= day for policy in versions)
    return versions[max(begun, 1) - 1 :]


@lru_cache(maxsize=256)
def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _digest(policy: Policy) -> str:
    return _digest_of(json.dumps(policy_table(policy), default=str, sort_keys=True))


SHIPPED_POLICIES: Final = policies_of(POLICIES)
"""The policies that come with this program."""
