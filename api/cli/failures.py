"""How the command line fails: one plain sentence on standard error and an exit status, never a traceback.

- 0 all done; 1 nothing was done; 2 wrong usage or a wrong setting; 3 done, with rows refused; 130 stopped.
- A message names the place and the value: the file, the flag, the address.
- A fault of our own says so, and shows its traceback only when the log level is debug.
- It does not know what a command does.
"""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer

from api.settings import LogLevel, SettingsProblem
from graph.errors import (
    Conflict,
    DeadlineExceeded,
    EmbeddedError,
    MigrationError,
    OutcomeUnknown,
    Unavailable,
)
from graph.reading import ImportRefused
from verification.errors import Refusal


class Status(IntEnum):
    """Exit statuses of every command."""

    DONE = 0
    NOTHING_DONE = 1
    WRONG_USAGE = 2
    ROWS_REFUSED = 3
    STOPPED = 130


def fail(message: str, status: Status = Status.NOTHING_DONE) -> NoReturn:
    """Say why on standard error and leave."""
    typer.echo(f"bonafide: {message}", err=True)
    raise typer.Exit(status)


def warn(message: str) -> None:
    """Say something on standard error and go on."""
    typer.echo(f"bonafide: {message}", err=True)


# Their messages are sentences for people already.
_TOLD_PLAINLY = (
    Conflict,
    DeadlineExceeded,
    EmbeddedError,
    ImportRefused,
    MigrationError,
    OutcomeUnknown,
    Refusal,
    Unavailable,
)


@contextmanager
def plainly(log_level: LogLevel = LogLevel.INFO) -> Iterator[None]:
    """Turn whatever goes wrong inside into one sentence and the exit status that belongs to it."""
    try:
        yield
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        fail("stopped. What was written stays and is whole; the same command goes on from there.", Status.STOPPED)
    except SettingsProblem as problem:
        fail(str(problem), Status.WRONG_USAGE)
    except _TOLD_PLAINLY as problem:
        fail(str(problem))
    except OSError as problem:
        fail(_file_problem(problem))
    except Exception as fault:
        if log_level is LogLevel.DEBUG:
            traceback.print_exc()
        logging.getLogger(__name__).debug("fault", exc_info=fault)
        fail(
            f"this is a fault in Bonafide: {type(fault).__name__}: {fault}. "
            "The same command with --log-level debug shows where it happened."
        )


def _file_problem(problem: OSError) -> str:
    reason = problem.strerror or str(problem) or type(problem).__name__
    return f"{problem.filename}: {reason[:1].lower()}{reason[1:]}." if problem.filename else f"{reason}."
