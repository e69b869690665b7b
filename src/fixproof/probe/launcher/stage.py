"""Start one run inside namespaces or behind Landlock, report how it ended, leave nothing behind.

Two processes stand before the command: this one, outside, which ends everything when its own
parent goes away; and, with namespaces, the first process inside, with which the kernel ends
all others.
"""
# Started for every run: pathlib would take as long to import as all the rest.
# ruff: noqa: PTH123, S606

import marshal
import os
import select
import sys

from fixproof.probe.launcher import building, kernel, landlock, sweep

TYPE_CHECKING = False  # typing itself would take as long to import as all the rest
if TYPE_CHECKING:
    from typing import Any

_INSIDE = "1000"  # the user that an ordinary caller is inside
_CANNOT_RUN = 127


def main(plan_from: int, report: int, gate: int) -> None:
    """Read the plan and carry it out."""
    with open(plan_from, "rb") as source:
        plan: dict[str, Any] = marshal.loads(source.read())  # noqa: S302 - written by our parent
    os.umask(0o022)
    if plan["namespaces"]:
        kernel.die_with_parent()
        _separate(plan)
    else:  # must outlive our parent for a moment: nobody else would end what the command left
        kernel.adopt()
    child = os.fork()
    if child == 0:
        _guarded(_first if plan["namespaces"] else _command, plan, report, gate)
    if plan["namespaces"]:
        _say(report, "child-pid", child)  # otherwise the child does, once it can be limited
    os.close(1)
    os.close(2)
    _watch(child, report, gate, plan)


def _separate(plan: "dict[str, Any]") -> None:
    """Leave the host's namespaces; an ordinary user needs one for users to be allowed the rest."""
    user, group = os.getuid(), os.getgid()
    flags = kernel.NEW_NAMESPACE | kernel.NEW_PID | kernel.NEW_IPC | kernel.NEW_UTS
    flags |= kernel.NEW_CGROUP | (0 if plan["network"] else kernel.NEW_NET)
    kernel.unshare(flags | (kernel.NEW_USER if plan["user"] is None else 0))
    if plan["user"] is None:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{_INSIDE} {user} 1"),
            ("gid_map", f"{_INSIDE} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def _guarded(action: "Any", plan: "dict[str, Any]", report: int, gate: int) -> None:
    try:
        action(plan, report, gate)
    except BaseException as error:  # noqa: BLE001 - a forked child must never return
        os.write(2, f"{error}\n".encode())
    os._exit(_CANNOT_RUN)


def _first(plan: "dict[str, Any]", report: int, gate: int) -> None:
    """Be the first process inside: build, wait for the gate, start the command, reap."""
    kernel.die_with_parent()
    kernel.forget_arguments()
    kernel.hide()
    building.build(plan["mounts"], plan["scratch"])
    kernel.name_host(b"sandbox")
    if not plan["network"]:
        kernel.raise_loopback()
    _say(report, "ready", 1)
    _await(gate)
    child = os.fork()
    if child == 0:
        _guarded(_become, plan, report, gate)
    os.closerange(0, 3)
    while True:
        pid, status = os.wait()
        if pid == child:
            _tell(report, status)
            os._exit(0)


def _command(plan: "dict[str, Any]", report: int, gate: int) -> None:
    """Be the command itself, without namespaces."""
    kernel.die_with_parent()
    _say(report, "child-pid", os.getpid())
    _say(report, "ready", 1)
    _await(gate)
    _become(plan, report, gate)


def _become(plan: "dict[str, Any]", _report: int, _gate: int) -> None:
    """Give up all rights and turn into the command."""
    os.setsid()
    os.chdir(plan["directory"])
    user = plan["user"]
    if plan["confined"]:
        kernel.empty_bounding_set()
        if user is not None and plan["namespaces"]:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        kernel.drop_capabilities()
        kernel.forbid_new_rights()
    os.closerange(3, 65536)
    kernel.default_signals()
    if plan["reach"] is not None:
        readable, writable, network = plan["reach"]
        here = f"/proc/{os.getpid()}"
        landlock.enforce([*readable, here], writable, network=network)
    if plan["filter"] is not None:
        kernel.install_filter(plan["filter"])
    _execute(plan["argv"], plan["variables"])


def _execute(argv: "list[str]", variables: "dict[str, str]") -> None:
    program = argv[0]
    paths = [program] if "/" in program else []
    if not paths:
        paths = [f"{top}/{program}" for top in variables.get("PATH", "").split(":") if top]
    problem: OSError = FileNotFoundError(2, os.strerror(2))
    for path in paths:
        try:
            os.execve(path, argv, variables)
        except FileNotFoundError:
            continue
        except OSError as error:
            problem = error
    raise OSError(problem.errno, f"cannot run {program}: {problem.strerror}")


def _watch(child: int, report: int, gate: int, plan: "dict[str, Any]") -> None:
    """Wait for the end of the child, or of our parent; then end all that is left."""
    handle = os.pidfd_open(child)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.register(gate, 0)  # only the hang-up is of interest: our parent is gone or wants an end
    while True:
        ready = {descriptor for descriptor, _ in poll.poll(1000)}
        if handle in ready:
            break
        if gate in ready:
            os.kill(child, kernel.KILL)
            break
    _, status = os.waitpid(child, 0)
    if not plan["namespaces"]:
        sweep.end_descendants()
        _tell(report, status)


def _await(gate: int) -> None:
    if not os.read(gate, 1):
        os._exit(_CANNOT_RUN)


def _tell(report: int, status: int) -> None:
    code = os.waitstatus_to_exitcode(status)
    _say(report, "signal" if code < 0 else "exit-code", abs(code))


def _say(report: int, key: str, value: int) -> None:
    os.write(report, b'{"%s": %d}\n' % (key.encode(), value))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
