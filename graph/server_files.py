"""Write what the embedded server reads: its settings, its first password, its command line.

Rules:
- The server listens on the loopback interface alone, for Bolt alone, and reports to nobody.
- Its logs hold statements that were slow, never their parameters.
- A store's password is made once, at random, and is never on a command line.

Does not know how the server is started or watched.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import psutil

from graph.data_folder import DataFolder, write_private
from graph.errors import EmbeddedError

USER = "neo4j"
MAIN_CLASS = "org.neo4j.server.Neo4jCommunity"
HASH_ITERATIONS = 1024
MEGABYTE = 1 << 20
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

JVM_FLAGS = (
    "-XX:+UseParallelGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-OmitStackTraceInFastThrow",
    "-Djdk.nio.maxCachedBufferSize=1024",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "-Dlog4j2.disable.jmx=true",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
)


@dataclass(frozen=True, slots=True)
class Memory:
    """Sizes in megabytes: Java heap and page cache."""

    heap: int
    page_cache: int


def machine_memory() -> int:
    """Bytes of memory this process may count on: the machine's, or its container's if that is less."""
    total = int(psutil.virtual_memory().total)
    try:
        return min(total, int(CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):
        return total


def sized_for(total: int) -> Memory:
    """A quarter of `total` bytes for the heap, 512 MB to 4 GB; an eighth for the page cache, 128 MB to 4 GB."""
    megabytes = total // MEGABYTE
    return Memory(heap=min(max(megabytes // 4, 512), 4096), page_cache=min(max(megabytes // 8, 128), 4096))


def settings_text(port: int, memory: Memory, *, stays_small: bool = False) -> str:
    """neo4j.conf for Bolt on loopback `port`; in a graph that `stays_small` a plan is good for as long as it is."""
    settings = {
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": f"127.0.0.1:{port}",
        "server.bolt.advertised_address": f"127.0.0.1:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.bolt.telemetry.enabled": "false",
        # Without it the driver guards each receive with a timer of its own; ours around the whole call is enough.
        "server.bolt.connection_keep_alive_for_requests": "OFF",
        "server.fleet_discovery.enabled": "false",
        "dbms.fleet_manager.enabled": "false",
        "dbms.usage_report.enabled": "false",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "server.memory.pagecache.size": f"{memory.page_cache}m",
        "db.tx_log.preallocate": "false",
        "db.tx_log.rotation.size": "64m",
        "db.tx_log.rotation.retention_policy": "1 files",
        "db.logs.query.enabled": "INFO",
        "db.logs.query.threshold": "1s",
        "db.logs.query.parameter_logging_enabled": "false",
        **({"dbms.cypher.min_replan_interval": "1h"} if stays_small else {}),
        # Without these two a stop waits ten seconds for connections that are already closed.
        "internal.dbms.bolt.netty_server_shutdown_quiet_period_duration": "0s",
        "internal.dbms.bolt.netty_server_shutdown_timeout": "1s",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def java_arguments(folder: DataFolder, jars: tuple[Path, ...], memory: Memory, *, short_lived: bool = False) -> str:
    """The argument file for `java @FILE`: too long for some command lines, and quieter in a list of processes.

    A `short_lived` server compiles lightly: its start takes half the processor time, its statements twice as much.
    """
    arguments = (
        f"-Xms{min(memory.heap, 512)}m",
        f"-Xmx{memory.heap}m",
        *JVM_FLAGS,
        *(("-XX:TieredStopAtLevel=1",) if short_lived else ()),
        "-cp",
        os.pathsep.join(map(str, jars)),
        MAIN_CLASS,
        f"--home-dir={folder.home}",
        f"--config-dir={folder.settings.parent}",
    )
    return "".join(f"{_quoted(argument)}\n" for argument in arguments)


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def store_password(folder: DataFolder) -> str:
    """The password on file; for a new store a new one, which the server takes over at its first start.

    Raises EmbeddedError for a store whose password file is gone, OSError.
    """
    if folder.password.exists():
        return folder.password.read_text().strip()
    if (folder.home / "data" / "databases").exists():
        raise EmbeddedError(
            f"The file {folder.password} is missing, and without it the database in {folder.root} cannot be opened. "
            "Put it back from a backup."
        )
    password = secrets.token_urlsafe(24)
    initial = folder.home / "data" / "dbms" / "auth.ini"
    initial.parent.mkdir(parents=True, exist_ok=True)
    write_private(initial, f"{USER}:{hashed(password, secrets.token_bytes(32))}:\n")
    write_private(folder.password, password + "\n")
    return password


def hashed(password: str, salt: bytes) -> str:
    """Neo4j's stored form of a password: SHA-256 over salt and password, then over itself, 1,024 times in all.

    `neo4j-admin dbms set-initial-password` writes the same line, but wants the password on its command line, where
    every user of the machine can read it.
    """
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(HASH_ITERATIONS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"SHA-256,{digest.hex()},{salt.hex()},{HASH_ITERATIONS}"
