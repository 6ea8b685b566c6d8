"""Folders: every state in exactly one of each side, and nothing is lost in counting."""

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from verification.referral_states import State
from verification.worklists import REPORTING, WORKLIST_FOLDERS, Side, Tally, counted, folder_of

SIDES: tuple[Side, ...] = get_args(Side)


def test_every_state_lies_in_exactly_one_folder_of_each_side() -> None:
    for side in SIDES:
        for state in State:
            for due in (False, True):
                folders = [
                    name
                    for name, folder in WORKLIST_FOLDERS.items()
                    if folder.side == side
                    and state in folder.states
                    and folder.report_due in (None, due and state is REPORTING)
                ]
                assert len(folders) == (0 if side == "recipient" and state is State.DRAFT else 1), (side, state, due)
                assert folder_of(side, state, report_due=due) == (folders[0] if folders else None)


def test_only_therapy_under_way_lies_elsewhere_because_a_report_is_due() -> None:
    moved = {
        state for state in State if folder_of("recipient", state) != folder_of("recipient", state, report_due=True)
    }
    assert moved == {State.IN_THERAPY}
    assert folder_of("recipient", State.IN_THERAPY, report_due=True) == "REPORT_DUE"
    assert folder_of("sender", State.IN_THERAPY, report_due=True) == "ACTIVE"


@given(
    st.lists(
        st.builds(
            Tally,
            st.sampled_from(SIDES),
            st.sampled_from([state for state in State if state is not State.DRAFT]),
            st.booleans(),
            st.integers(0, 9),
            st.integers(0, 9),
        )
    )
)
def test_what_is_counted_adds_up(tallies: list[Tally]) -> None:
    rows = counted(tallies)
    assert [row.folder for row in rows] == list(WORKLIST_FOLDERS)
    assert sum(row.count for row in rows) == sum(tally.count for tally in tallies)
    assert sum(row.overdue for row in rows) == sum(tally.overdue for tally in tallies)
