"""Where real edges meet the workflows."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fixproof.cli.places import cache_dir
from fixproof.cli.progress import watching
from fixproof.environments.index import SimpleIndex
from fixproof.environments.prepare import Environments
from fixproof.library.files import write_whole
from fixproof.library.occupied import occupied
from fixproof.library.store import RecordStore
from fixproof.model.errors import PreparationError
from fixproof.model.evidence import Machine
from fixproof.model.runs import Isolation
from fixproof.probe.pool import LocalPool
from fixproof.probe.rooms import sweep
from fixproof.probe.sandbox import Sandbox
from fixproof.workflows.ask import Edges


class SystemClock:
    """The time of day, in UTC."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


@contextmanager
def edges(
    *,
    quiet: bool,
    title: str = "",
    isolation: Isolation | None = None,
    serial: bool = False,
    offline: bool = False,
) -> Iterator[Edges]:
    """Build everything a workflow needs of this machine, and tidy up after it."""
    cache = _ready(cache_dir())
    sweep(cache / "scratch")
    index = SimpleIndex(cache, offline=offline)
    sandbox = Sandbox(cache / "scratch", isolation, secrets=index.settings.secrets)
    pool = LocalPool(1 if serial else None)
    with occupied(cache), watching(quiet=quiet, title=title) as progress:
        try:
            yield Edges(
                index=index,
                environments=Environments(cache, sandbox, offline=offline, index=index),
                runner=sandbox,
                records=RecordStore(cache / "records"),
                clock=SystemClock(),
                workers=pool,
                progress=progress,
                machine=this_machine(),
            )
        finally:
            pool.close()


def this_machine() -> Machine:
    """Describe the host; the probed interpreter's own facts are filled in by each record."""
    libc = " ".join(part for part in platform.libc_ver() if part)
    return Machine(
        python="",
        implementation="",
        build="",
        system=f"{platform.system()} {platform.release()}",
        architecture=platform.machine(),
        libc=libc,
    )


def _ready(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PreparationError(
            f"cannot be created: {error.strerror}",
            at=str(folder),
            hint="set FIXPROOF_CACHE to a folder that can be written",
        ) from error
    if not os.access(folder, os.W_OK):
        raise PreparationError(
            "cannot be written",
            at=str(folder),
            hint="set FIXPROOF_CACHE to a folder that can be written",
        )
    _mark(folder / "CACHEDIR.TAG")
    return folder


def _mark(tag: Path) -> None:
    """Mark the cache as one (bford.info/cachedir): copies and back-ups leave it out."""
    if not tag.exists():
        write_whole(tag, b"Signature: 8a477f597d28d172789f06886806bc55\n")
