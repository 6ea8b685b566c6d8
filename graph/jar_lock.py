"""Name every jar of the Neo4j server: coordinates, size and SHA-256, in the committed file `neo4j.lock`.

Rules:
- At run time the lock is read and never written; what it does not name is not used.
- `python -m graph.jar_lock [VERSION]` remakes it: jgo resolves the server once, every jar is downloaded and hashed.
- One jar a line, sorted, so that a change of version reads as a list of changed jars.

Does not know where jars are kept or how the server is run.
"""

import hashlib
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

SERVER = "org.neo4j:neo4j"
LOCK = "neo4j.lock"

NOT_NEEDED = frozenset(
    {
        # jgo follows optional and test dependencies of third parties that Maven itself leaves out.
        "com.google.code.gson:gson",
        "junit:junit",
        "net.bytebuddy:byte-buddy",
        "net.bytebuddy:byte-buddy-agent",
        "org.bouncycastle:bcpkix-jdk18on",
        "org.bouncycastle:bcprov-jdk18on",
        "org.bouncycastle:bcutil-jdk18on",
        "org.hamcrest:hamcrest",
        "org.jspecify:jspecify",
        "org.mockito:mockito-core",
        "org.objenesis:objenesis",
    }
)


@dataclass(frozen=True, slots=True, order=True)
class Jar:
    """One file of the server; `classifier` is empty for most, `size` is in bytes, `sha256` in lower hex."""

    group: str
    artifact: str
    version: str
    classifier: str
    size: int
    sha256: str

    @property
    def path(self) -> PurePosixPath:
        """Where a Maven repository keeps it, below its root."""
        tail = f"-{self.classifier}" if self.classifier else ""
        folder = PurePosixPath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}{tail}.jar"

    @property
    def coordinates(self) -> str:
        return ":".join(part for part in (self.group, self.artifact, self.version, self.classifier) if part)

    def line(self) -> str:
        return f"{self.coordinates} {self.size} sha256:{self.sha256}"


def parse_lock(text: str) -> tuple[Jar, ...]:
    """The jars of a lock file's text. Raises ValueError naming a line that is not in its form."""
    return tuple(_parse_line(line) for line in text.splitlines() if line and not line.startswith("#"))


def _parse_line(line: str) -> Jar:
    coordinates, size, digest = line.split(" ")
    group, artifact, version, *classifier = coordinates.split(":")
    algorithm, sha256 = digest.split(":")
    if algorithm != "sha256" or len(sha256) != hashlib.sha256().digest_size * 2:
        raise ValueError(f"Not a jar of the lock: {line}")
    return Jar(group, artifact, version, "".join(classifier), int(size), sha256)


def read_lock() -> tuple[Jar, ...]:
    """The jars of the committed lock."""
    return parse_lock(files("graph").joinpath(LOCK).read_text("utf-8"))


def server_version(jars: tuple[Jar, ...]) -> str:
    """The version of Neo4j that these jars make."""
    return next(jar.version for jar in jars if f"{jar.group}:{jar.artifact}" == SERVER)


def resolve(version: str, scratch: Path) -> tuple[Jar, ...]:
    """Ask jgo for everything that the server of `version` needs, download it into `scratch` and hash it."""
    from jgo.maven import MavenContext  # noqa: PLC0415 - only remaking the lock needs the resolver

    context = MavenContext(repo_cache=scratch, timeout=60)
    inputs, needed = context.resolver.resolve([context.create_dependency(f"{SERVER}:{version}")])
    artifacts = [
        dependency.artifact
        for dependency in [*inputs, *needed]
        if dependency.type == "jar" and f"{dependency.groupId}:{dependency.artifactId}" not in NOT_NEEDED
    ]
    with ThreadPoolExecutor(8) as pool:
        return tuple(sorted(pool.map(_hashed, artifacts)))


def _hashed(artifact: Any) -> Jar:
    content = artifact.resolve().read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Jar(artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier or "", len(content), sha256)


def lock_text(jars: tuple[Jar, ...]) -> str:
    """The lock file for these jars."""
    head = (
        f"# Every jar of Neo4j Community {server_version(jars)}: coordinates, bytes, SHA-256.\n"
        "# Remade by: python -m graph.jar_lock VERSION\n"
    )
    return head + "".join(f"{jar.line()}\n" for jar in jars)


def main() -> None:
    """Remake the committed lock, for the version given or the one it has."""
    version = sys.argv[1] if len(sys.argv) > 1 else server_version(read_lock())
    with tempfile.TemporaryDirectory() as scratch:
        jars = resolve(version, Path(scratch))
    Path(__file__).with_name(LOCK).write_text(lock_text(jars), "utf-8")
    sys.stdout.write(f"{len(jars)} jars, {sum(jar.size for jar in jars) / 1e6:.0f} MB\n")


if __name__ == "__main__":
    main()
