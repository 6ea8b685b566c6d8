"""A command on a tether ends with whoever holds it, and is kept up only when asked."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from graph import tether

SLEEPER = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-I",
    "-S",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


def tied(pid_file: Path, command: list[str], grace: float = 5) -> list[str]:
    return [sys.executable, "-I", "-S", tether.__file__, str(grace), str(pid_file), *command]


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pid"


@pytest.fixture
def hold(pid_file: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a command on a tether; all are let go at the end."""
    held: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], grace: float = 5) -> subprocess.Popen[bytes]:
        pid_file.unlink(missing_ok=True)
        held.append(
            subprocess.Popen(
                tied(pid_file, command, grace), stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        )
        until(pid_file.exists)
        return held[-1]

    yield start
    for process in held:
        process.communicate(timeout=10)


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def child(pid_file: Path) -> psutil.Process:
    until(lambda: bool(pid_file.exists() and pid_file.read_text().strip()))
    return psutil.Process(int(pid_file.read_text()))


def test_letting_go_ends_the_command(hold: Callable[..., subprocess.Popen[bytes]], pid_file: Path) -> None:
    process = hold(SLEEPER)
    command = child(pid_file)
    process.communicate(timeout=10)
    assert not command.is_running()
    assert process.returncode != 0


def test_a_command_that_does_not_listen_is_killed_after_its_grace(
    hold: Callable[..., subprocess.Popen[bytes]], pid_file: Path
) -> None:
    process = hold(STUBBORN, 0.3)
    command = child(pid_file)
    assert process.stdout is not None
    assert process.stdout.readline() == b"deaf\n"
    process.communicate(timeout=10)
    assert not command.is_running()


def test_a_command_that_ends_ends_the_tether_with_its_status(hold: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = hold([sys.executable, "-I", "-S", "-c", "raise SystemExit(7)"])
    assert process.wait(10) == 7


def test_a_command_to_be_kept_up_is_started_again_a_few_times(
    hold: Callable[..., subprocess.Popen[bytes]], pid_file: Path
) -> None:
    process = hold(SLEEPER)
    assert process.stdin is not None
    process.stdin.write(b"u")
    process.stdin.flush()
    seen: set[str] = set()
    for _ in range(tether.MOST_RESTARTS + 1):
        until(lambda: pid_file.read_text().strip() not in seen | {""})
        seen.add(pid_file.read_text().strip())
        assert process.poll() is None
        child(pid_file).kill()
    assert process.wait(10) != 0
    assert len(seen) == tether.MOST_RESTARTS + 1


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own tether is Linux's")
def test_killing_the_tether_itself_ends_the_command(
    hold: Callable[..., subprocess.Popen[bytes]], pid_file: Path
) -> None:
    process = hold(SLEEPER)
    command = child(pid_file)
    process.kill()
    until(lambda: not command.is_running() or command.status() == psutil.STATUS_ZOMBIE)


def test_killing_the_asker_ends_the_command(pid_file: Path) -> None:
    asking = (
        "import subprocess, sys, time\n"
        "held = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, start_new_session=True)\n"
        "time.sleep(60)"
    )
    asker = subprocess.Popen([sys.executable, "-c", asking, *tied(pid_file, SLEEPER)])
    command = child(pid_file)
    os.kill(asker.pid, signal.SIGKILL)
    asker.wait(10)
    until(lambda: not command.is_running() or command.status() == psutil.STATUS_ZOMBIE)
