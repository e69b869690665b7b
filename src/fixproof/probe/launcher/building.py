"""Build a file system from a list of mounts inside a fresh mount namespace, and move into it."""
# Started for every run: pathlib would take as long to import as all the rest.
# ruff: noqa: PTH101, PTH102, PTH103, PTH110, PTH112, PTH123, PTH211

import os

from fixproof.probe.launcher import kernel

_OLD, _NEW = "/old", "/new"
_BASES = ("/tmp", "/run", "/mnt", "/var")  # noqa: S108 - covered by our own mount, never written
_NODES = ("null", "zero", "full", "random", "urandom", "tty")
_CAUTION = kernel.NO_SETUID | kernel.NO_DEVICES

Step = dict[str, object]


def build(steps: "list[Step]", scratch: int) -> None:
    """Take the steps in order, then leave the host's file system behind."""
    base = next(path for path in _BASES if os.path.isdir(path))
    kernel.mount("none", "/", flags=kernel.RECURSIVE | kernel.SLAVE)
    kernel.mount("tmpfs", base, "tmpfs", _CAUTION, f"mode=0755,size={scratch}")
    os.mkdir(base + _OLD)
    os.mkdir(base + _NEW)
    kernel.pivot(base, base + _OLD)
    os.chdir("/")
    kernel.mount("tmpfs", _NEW, "tmpfs", _CAUTION, "mode=0755,size=16m")
    for step in steps:
        _BUILDERS[str(step["kind"])](step, _NEW + str(step["target"]).rstrip("/"))
    kernel.unmount(_OLD)
    os.chdir(_NEW)
    kernel.pivot(".", ".")
    kernel.unmount(".")
    os.chdir("/")


def _directory(step: Step, target: str) -> None:
    if not os.path.isdir(target):
        os.mkdir(target)
        os.chmod(target, _number(step, "mode"))


def _scratch(step: Step, target: str) -> None:
    os.makedirs(target, exist_ok=True)
    options = f"mode={_number(step, 'mode'):04o},size={_number(step, 'size')}"
    kernel.mount("tmpfs", target, "tmpfs", _CAUTION, options)


def _read(step: Step, target: str) -> None:
    _bind(step, target)
    kernel.restrict(target, kernel.READ_ONLY | _CAUTION)


def _write(step: Step, target: str) -> None:
    _bind(step, target)
    kernel.restrict(target, _CAUTION)


def _bind(step: Step, target: str) -> None:
    source = _OLD + str(step["source"])
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    kernel.mount(source, target, flags=kernel.BIND | kernel.RECURSIVE)


def _file(step: Step, target: str) -> None:
    content = step["content"]
    if not isinstance(content, bytes):
        raise TypeError(target)
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, _number(step, "mode"))
        file.write(content)


def _link(step: Step, target: str) -> None:
    os.symlink(str(step["source"]), target)


def _proc(_step: Step, target: str) -> None:
    os.makedirs(target, exist_ok=True)
    kernel.mount("proc", target, "proc", _CAUTION | kernel.NO_PROGRAMS)


def _devices(_step: Step, target: str) -> None:
    os.makedirs(target, exist_ok=True)
    kernel.mount("tmpfs", target, "tmpfs", kernel.NO_SETUID, "mode=0755,size=64k")
    for name in _NODES:
        node = f"{target}/{name}"
        os.close(os.open(node, os.O_CREAT | os.O_WRONLY, 0o600))
        kernel.mount(f"{_OLD}/dev/{name}", node, flags=kernel.BIND)
        kernel.restrict(node, kernel.NO_SETUID | kernel.NO_PROGRAMS)
    for name in ("shm", "pts"):
        os.mkdir(f"{target}/{name}")
    options = "newinstance,ptmxmode=0666,mode=0620"
    flags = kernel.NO_SETUID | kernel.NO_PROGRAMS
    kernel.mount("devpts", f"{target}/pts", "devpts", flags, options)
    os.symlink("pts/ptmx", f"{target}/ptmx")
    os.symlink("/proc/self/fd", f"{target}/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{target}/{name}")


def _mask(_step: Step, target: str) -> None:
    kernel.mount(f"{_OLD}/dev/null", target, flags=kernel.BIND)
    kernel.restrict(target, kernel.READ_ONLY | _CAUTION)  # without devices: cannot be opened


def _seal(_step: Step, target: str) -> None:
    kernel.restrict(target, kernel.READ_ONLY, below=False)


def _number(step: Step, key: str) -> int:
    value = step[key]
    if not isinstance(value, int):
        raise TypeError(key)
    return value


_BUILDERS = {
    "directory": _directory,
    "scratch": _scratch,
    "read": _read,
    "write": _write,
    "file": _file,
    "link": _link,
    "proc": _proc,
    "devices": _devices,
    "mask": _mask,
    "seal": _seal,
}
