"""One run, worked out: what a backend is told to start, and the running thing it gives back."""

import os
import subprocess
from dataclasses import dataclass

from fixproof.model.runs import Isolation, Limits
from fixproof.probe.layout import Mount


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Host paths that a run without a mount namespace may read, and write."""

    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a backend needs to know. `user` is the identity to drop to when started by root."""

    level: Isolation
    argv: tuple[str, ...]
    variables: dict[str, str]
    directory: str
    limits: Limits
    mounts: tuple[Mount, ...] = ()
    user: int | None = None
    network: bool = False
    filter: bytes | None = None
    reach: Reach | None = None
    joins: tuple[str, ...] = ()  # control groups' files by which the starter enters them


@dataclass(slots=True, kw_only=True)
class Running:
    """A started run that waits at the gate until `gate` is written to.

    `status` carries JSON lines: `child-pid`, then `exit-code` or `signal`. Whatever backend:
    when `process` has ended and nothing holds `child`, everything is gone.
    """

    process: subprocess.Popen[bytes]
    stdout: int
    stderr: int
    status: int
    gate: int
    ready: str = "child-pid"  # the report that says that the gate has been reached
    sweeps: bool = False  # the starter itself ends all that is left, and must live to do so

    def close(self) -> None:
        """Close our ends of the pipes."""
        for descriptor in (self.stdout, self.stderr, self.status, self.gate):
            if descriptor >= 0:
                os.close(descriptor)
        self.stdout = self.stderr = self.status = self.gate = -1
