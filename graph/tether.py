"""Run one command so that it never outlives the process that asked for it. Started as a script, not imported for use.

Rules:
- Standard input is the tether: the asker holds the other end, and when it is let go, for whatever reason, the command
  is asked to end (SIGTERM), given its grace, then killed.
- One byte on the tether says that the command is up and is to be kept up: from then on it is started again when it
  dies, a few times at most, so that a crash heals and a fault that stays does not spin.
- It lives in its own session, so that Ctrl-C at a terminal reaches the asker alone, which then decides.
- On Linux the kernel also ends the command should this process be killed.
- Standard library only, so that it starts in some 20 ms and stays small.

Does not know what the command is.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

LOOK_EVERY = 1.0
MOST_RESTARTS = 5
RESTARTS_WITHIN = 600.0
PR_SET_PDEATHSIG = 1


def run(grace: float, pid_file: Path, command: list[str]) -> int:
    """Run `command` until it or the tether ends; `grace` in seconds. Its exit status."""
    asker, news = os.getppid(), _news_of_children()
    kept_up, starts = False, [time.monotonic()]
    child = _start(command, pid_file)
    while True:
        said = _listen(asker, news)
        if said is None:
            return _end(child, grace)
        kept_up = kept_up or bool(said)
        if child.poll() is not None:
            starts = [start for start in starts if time.monotonic() - start < RESTARTS_WITHIN]
            if not kept_up or len(starts) > MOST_RESTARTS:
                return child.returncode
            starts.append(time.monotonic())
            child = _start(command, pid_file)


def _start(command: list[str], pid_file: Path) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def die_with_me() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    # One thread runs here, so code between fork and exec is safe.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=die_with_me)  # noqa: PLW1509, S603
    pid_file.write_text(f"{child.pid}\n")
    return child


def _news_of_children() -> int:
    """A descriptor that becomes readable when a child dies."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return readable


def _listen(asker: int, news: int) -> bytes | None:
    """What came over the tether within a short while; None if it was let go."""
    readable, _, _ = select.select([0, news], [], [], LOOK_EVERY)
    if news in readable:
        os.read(news, 512)
    said = os.read(0, 1) if 0 in readable else b""
    # A child that the asker forked may hold the other end as well, so its life is looked at too.
    return None if os.getppid() != asker or (0 in readable and not said) else said


def _end(child: subprocess.Popen[bytes], grace: float) -> int:
    child.terminate()
    try:
        return child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


if __name__ == "__main__":
    sys.exit(run(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
