"""Everything that can be asked for: each action and the operation that does it.

- An action that is not here is not in the contract: no mutation, and not among what is offered to do.
"""

from collections.abc import Mapping
from typing import Final

from api.operations.confirmations import confirm_credentials
from api.operations.credentials import CREDENTIAL_OPERATIONS
from api.operations.endpoints import ENDPOINT_OPERATIONS
from api.operations.matches import decide_match
from api.operations.new_referrals import create_referral_draft
from api.operations.outcomes import Operation
from api.operations.profiles import PROFILE_OPERATIONS
from api.operations.proposals import PROPOSAL_OPERATIONS
from api.operations.referrals import REFERRAL_OPERATIONS
from api.operations.reviews import review_credential
from api.operations.rosters import apply_roster, preview
from api.operations.threads import THREAD_OPERATIONS
from verification.access import Action

OPERATIONS: Final[Mapping[Action, Operation]] = {
    **REFERRAL_OPERATIONS,
    **CREDENTIAL_OPERATIONS,
    **PROFILE_OPERATIONS,
    **ENDPOINT_OPERATIONS,
    **THREAD_OPERATIONS,
    Action.CREATE_REFERRAL: create_referral_draft,
    **PROPOSAL_OPERATIONS,
    Action.CONFIRM_CREDENTIALS: confirm_credentials,
    Action.PREVIEW_ROSTER: preview,
    Action.APPLY_ROSTER: apply_roster,
    Action.RECORD_REVIEW: review_credential,
    Action.DECIDE_MATCH: decide_match,
}
