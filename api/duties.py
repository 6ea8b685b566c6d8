"""The duties of a serving process: keep standing up to date, remind before credentials end, watch over sources.

- Whatever changes standing comes before the referrals' clocks, so that nobody is sent to whose time has just run out.
- One list; whatever else is to be done in the background joins it.
- It does not know when each is done, nor by whom.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from api.background import Duty
from graph.clock_work import LEASE as CLOCKS
from graph.clock_work import next_wake, wake_untimed, work_clocks
from graph.database import Database
from graph.leases import Fence
from graph.old_notices import Kept, forget_notices
from graph.reminders import next_reminder, remind
from graph.reply_times import work_out_reply_times
from graph.sources import next_ageing, watch_sources
from graph.sweeps import LEASE, next_due, sweep, sweep_overdue
from verification.ageing import told
from verification.policies import Policies

HOURLY = timedelta(hours=1)
DAILY: Final = timedelta(days=1)
LOOKS_AT_REFERRALS: Final = timedelta(seconds=5)
"""How often it is looked for referrals that are due: somebody may be waiting for the next of a shortlist."""

log = structlog.get_logger(__name__)


def duties(policies: Policies, every: timedelta) -> tuple[Duty, ...]:
    """Every duty of the network; `every` is how often the whole of it is looked over."""

    async def overdue(database: Database, now: datetime, fence: Fence) -> int:
        return (await sweep_overdue(database, now, policies, fence)).decided

    async def reverify(database: Database, now: datetime, fence: Fence) -> int:
        return (await sweep(database, now, policies, fence)).decided

    async def sources(database: Database, now: datetime, fence: Fence) -> int:
        announced = await watch_sources(database, now, policies, fence)
        for source in announced:
            log.warning("source ageing", source=source.source, age=source.age(now).value, told=told(source, now))
        return len(announced)

    async def clocks(database: Database, now: datetime, fence: Fence) -> int:
        worked = await work_clocks(database, now, policies, fence)
        for problem in worked.failed.values():
            log.error("referral not attended to", kind=type(problem).__name__)
        return worked.done

    hourly = max(every, HOURLY)
    return (
        Duty("overdue", every, overdue, next_due),
        Duty(LEASE, every, reverify),
        Duty(CLOCKS, LOOKS_AT_REFERRALS, clocks, next_wake),
        Duty("untimed", hourly, wake_untimed),
        Duty("reminders", hourly, remind, next_reminder),
        Duty("sources", hourly, sources, next_ageing),
        Duty("reply times", max(every, DAILY), work_out_reply_times),
    )


def keeping(kept: Kept) -> Duty:
    """The duty to delete what was told long ago."""

    async def forget(database: Database, now: datetime, fence: Fence) -> int:
        return await forget_notices(database, now, fence, kept)

    return Duty("old notices", DAILY, forget)
