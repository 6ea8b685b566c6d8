"""Read from what a dead server left behind why it died.

Rules:
- Java and Neo4j give no code for why they did not start, so here, and only here, words are looked for.
- What is not recognised is shown: the last lines that look like the cause.

Does not know how the server is started.
"""

from dataclasses import dataclass
from pathlib import Path

from graph.data_folder import DataFolder

SHOWN_LINES = 6
TAIL_BYTES = 20_000

PORT_WORDS = ("Address already in use", "BindException")
MEMORY_WORDS = (
    "Could not reserve enough space",
    "insufficient memory for the Java Runtime",
    "OutOfMemoryError",
    "Too small maximum heap",
    "Initial heap size set to a larger value",
)
DISK_WORDS = ("No space left on device", "Disk quota exceeded")
PERMISSION_WORDS = ("Permission denied", "AccessDeniedException", "Read-only file system")
LOCKED_WORDS = ("Lock file has been locked by another process", "FileLockException")


@dataclass(frozen=True, slots=True)
class Death:
    """Why a server ended; `message` is for people."""

    message: str
    port_taken: bool = False


def why_it_died(folder: DataFolder, log_from: int) -> Death:
    """The cause, from what its logs say after the first `log_from` bytes, which belong to earlier starts."""
    text = _tail(folder.log, log_from) + "\n" + _tail(folder.output, 0)
    if _has(text, PORT_WORDS):
        return Death("The database server could not get a port on 127.0.0.1. Start again.", port_taken=True)
    return Death(_message(text, folder.home))


def _message(text: str, home: Path) -> str:
    if _has(text, MEMORY_WORDS):
        return "There is too little memory for the database server. Close other programs, or give it a smaller heap."
    if _has(text, DISK_WORDS):
        return f"The disk is full. Make room where {home} is, then start again."
    if _has(text, PERMISSION_WORDS):
        return f"The database server may not write to {home}. Change who owns the folder."
    if _has(text, LOCKED_WORDS):
        return f"The database in {home} is in use by another Neo4j server. Stop that first."
    return "The database server ended while starting. Its last words:\n" + "\n".join(_last_words(text))


def _last_words(text: str) -> list[str]:
    """The lines that say what went wrong, else the last lines at all."""
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "ERROR" in line or "Caused by" in line or "Exception" in line]
    return [line.strip()[:300] for line in (telling or lines)[-SHOWN_LINES:]]


def _has(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _tail(path: Path, start: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(start, path.stat().st_size - TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
