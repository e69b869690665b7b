"""One execution: what is asked of a sandbox, and how it ended."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path


class Isolation(IntEnum):
    """How strongly a run is contained; higher is stronger."""

    NONE = 0
    LANDLOCK = 1
    NAMESPACES = 2
    BUBBLEWRAP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one run. Times in seconds, sizes in bytes."""

    wall: float = 60.0
    cpu: float = 120.0
    memory: int = 2 * 1024**3
    processes: int = 256
    open_files: int = 1024
    file_size: int = 256 * 1024**2
    disk: int = 512 * 1024**2
    output: int = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One command to run once in an environment.

    `argv[0] == "python"` means the environment's interpreter; any other program is looked up in
    the environment's `bin` first. `files` are laid into the empty, private working directory
    (relative name, content) before the start. `variables` are all that the command gets beside
    the sandbox's own neutral ones. `project` is a tree of the user's shown copy-on-write as the
    working directory. `isolation` None asks for the strongest level that the machine has.
    """

    argv: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    limits: Limits = Limits()
    isolation: Isolation | None = None
    project: Path | None = None
    network: bool = False
    cpus: int | None = None  # run on so many processors; None: all


class Limit(StrEnum):
    """The limit that ended a run."""

    WALL = "wall time"
    CPU = "cpu time"
    MEMORY = "memory"
    PROCESSES = "processes"
    OPEN_FILES = "open files"
    FILE_SIZE = "file size"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What one stream said: harmless text (no escapes, valid Unicode), bounded.

    `sha256` is over the raw bytes that were kept, secrets withheld; `size` counts all bytes,
    kept or not.
    """

    text: str = ""
    size: int = 0
    truncated: bool = False
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ended. Exactly one of `exit_code` and `signal` is set.

    `limit` names the limit that was hit, if one was. `suspects` are signs that the sandbox
    itself made the failure (`network`, `read-only file system`, `permission`, a limit's name):
    such a failure is inconclusive, never reproduced.
    """

    exit_code: int | None = None
    signal: int | None = None
    limit: Limit | None = None
    stdout: Captured = Captured()
    stderr: Captured = Captured()
    seconds: float = 0.0
    isolation: Isolation = Isolation.NONE
    suspects: tuple[str, ...] = ()


class Stage(StrEnum):
    """Where the preparation of an environment stopped."""

    INTERPRETER = "interpreter"
    RESOLVE = "resolve"
    FETCH = "fetch"
    BUILD = "build"
    INSTALL = "install"
    SKIPPED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """No environment could be had: a value, not an exception. `detail` is the tool's own text."""

    stage: Stage
    reason: str
    detail: str = ""
