"""Printing beside the event loop: in time, few at once, and nobody waits for what hangs."""

import asyncio
import sys
import time

import pytest

from api.letters import press as module
from api.letters.press import Press, Unprintable
from api.letters.sheets import Run, Sheet, line
from tests.api.letters.answers import SETTING

SHEET = Sheet("A title", "A heading", "A footer", SETTING.now, lead=(line(Run("Words.")),))


async def test_a_sheet_comes_back_as_pdf() -> None:
    assert (await Press().print(SHEET)).startswith(b"%PDF-1.7")


async def test_the_loop_goes_on_meanwhile() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.001)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await Press().print(SHEET)
    ticking.cancel()
    assert ticks > 10


async def test_what_hangs_is_ended_with_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await Press(deadline=0.3).print(SHEET)
    assert time.monotonic() - started < 5


async def test_whoever_waits_too_long_for_a_place_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND", (sys.executable, "-c", "import time; time.sleep(60)"))
    press = Press(at_once=1, deadline=0.3)
    outcomes = await asyncio.gather(*(press.print(SHEET) for _ in range(4)), return_exceptions=True)
    assert all(isinstance(outcome, TimeoutError) for outcome in outcomes)


async def test_what_cannot_be_set_is_told_without_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_COMMAND", (sys.executable, "-c", "import sys; print('secret'); sys.exit(1)"))
    with pytest.raises(Unprintable) as problem:
        await Press().print(SHEET)
    assert "secret" not in str(problem.value)
