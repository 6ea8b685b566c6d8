"""What a therapist says of herself, or a delegate in her name: profile and availability.

- It changes where and whether she is found, and never whether she is fit to be found.
- Words of fixed lists are read as in a profiles file; one that is not on its list is refused here, since a person is
  there to correct it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from api.operations.outcomes import (
    PRACTITIONERS,
    Context,
    Done,
    Operation,
    Outcome,
    Problems,
    Said,
    asked,
    from_refusal,
    new_id,
    not_found,
    own_id,
    refused,
    settled_before,
    tried,
    unusable,
)
from api.problems import Unauthenticated
from graph.commands.profiles import Words, place_properties, read_profile, record_profile
from graph.errors import Conflict
from graph.places import find_place
from verification.access import Action
from verification.concerns import Term, approach_code, language, payer_code, payer_name
from verification.errors import Refusal

MOST_PLACES: Final = 10
MOST_WORDS: Final = 100
LONGEST_WAIT: Final = 104

W = TypeVar("W", str, Term)


async def _update(action: Action, context: Context, said: Said) -> Outcome:
    """Replaces what is given, or says why not."""
    try:
        words = _words(said)
    except Refusal as refusal:
        return from_refusal(refusal)
    if problem := unusable(said):
        return problem
    return await tried(context, said, lambda: _once(action, context, said, words))


async def _once(action: Action, context: Context, said: Said, words: Words) -> Outcome | None:
    try_ = asked(context, action, said)
    who, receipt, own = await read_profile(context.database, try_)
    if who is None:
        raise Unauthenticated
    settled = await settled_before(context, action, try_, who, receipt, label="Therapist")
    if settled is not None:
        return settled
    therapist = _therapist_among(own, said.get("therapist"))
    if isinstance(therapist, Problems):
        return therapist
    try:
        node = await record_profile(context.database, try_, therapist, words, context.answer)
    except Conflict:
        return None
    return None if node is None else Done(node)


def _therapist_among(own: Sequence[str], named: str | None) -> str | Problems:
    """Whose profile it is, of the therapists an account acts for; `named` is an opaque id, where one was given."""
    if not own:
        return refused("FORBIDDEN", "This account acts for no therapist.")
    if named is None:
        if len(own) > 1:
            message = "You act for several therapists; say of which one this is."
            return refused("NAME_THE_THERAPIST", message, "therapist")
        return own[0]
    found = own_id(named, *PRACTITIONERS)
    return found if found is not None and found in own else not_found("therapist")


def _words(said: Said) -> Words:
    changes: dict[str, Any] = {name: said[name] for name in ("acceptsNew", "waitWeeks") if said.get(name) is not None}
    weeks = changes.get("waitWeeks")
    if weeks is not None and not 0 <= weeks <= LONGEST_WAIT:
        raise Refusal("BAD_INPUT", f"A wait is 0 to {LONGEST_WAIT} weeks.", ("waitWeeks",))
    for name, read in (("approaches", approach_code), ("formats", str)):
        if (found := _listed(said, name, read)) is not None:
            changes[name] = found
    return Words(
        changes=changes,
        concerns=_listed(said, "concerns", str),
        languages=_listed(said, "languages", language),
        payers=_listed(said, "payers", _payer),
        modalities=_listed(said, "modalities", str),
        places=_places(said),
    )


def _listed(said: Said, name: str, read: Callable[[str], W | None]) -> list[W] | None:
    """The words of one list as `read` knows them, each once, in order of their codes; None when none was given."""
    given: Sequence[str] | None = said.get(name)
    if given is None:
        return None
    if len(given) > MOST_WORDS:
        raise Refusal("BAD_INPUT", f"At most {MOST_WORDS}.", (name,))
    found: dict[W, None] = {}
    for position, word in enumerate(given):
        known = read(word)
        if known is None:
            raise Refusal("BAD_INPUT", "This word is not on the list.", (name, position))
        found[known] = None
    return sorted(found, key=str)


def _payer(word: str) -> Term | None:
    code = payer_code(word)
    return Term(code, payer_name(word)) if code else None


def _places(said: Said) -> list[dict[str, Any]] | None:
    given: Sequence[Said] | None = said.get("places")
    if given is None:
        return None
    if len(given) > MOST_PLACES:
        raise Refusal("BAD_INPUT", f"At most {MOST_PLACES} places.", ("places",))
    for position, place in enumerate(given):
        if find_place(place["addressPostalCode"]) is None:
            raise Refusal("BAD_INPUT", "This is no US ZIP code.", ("places", position, "addressPostalCode"))
    return [place_properties(place, new_id()) for place in given]


PROFILE_OPERATIONS: Final[dict[Action, Operation]] = {
    action: partial(_update, action) for action in (Action.UPDATE_PROFILE, Action.UPDATE_AVAILABILITY)
}
"""Every mutation by which a therapist speaks of herself."""
