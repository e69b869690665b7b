"""Attacks on what is private or shared: files, other processes' secrets, the network."""

import socket
import struct
import threading
import time
from pathlib import Path

from fixproof.model.runs import Isolation
from fixproof.probe.attacks.bench import CANARY, Attack, Bench, Seen, Told
from fixproof.probe.attacks.judging import all_refused, answers, short

_DEVICES = (
    *("/dev/mem", "/dev/kmem", "/dev/port", "/dev/kvm", "/dev/kmsg", "/dev/sda", "/dev/vda"),
    *("/dev/nvme0n1", "/dev/fuse", "/dev/net/tun", "/dev/vsock", "/dev/loop-control"),
    *("/var/run/docker.sock", "/run/docker.sock", "/etc/shadow", "/etc/ssh", "/proc/kmsg"),
)
_HOST_DIRECTORIES = ("/sys", "/sys/fs/cgroup", "/home", "/root/.ssh", "/var/lib", "/run", "/boot")
_FACTS = ("kallsyms", "keys", "key-users", "timer_list", "iomem", "ioports", "config.gz")
_METADATA = "169.254.169.254 80"
_UNROUTED = "192.0.2.1"  # reserved for documentation


def _everything_said(told: Told) -> str:
    return told.ending.stdout.text + told.ending.stderr.text


def _secrets(bench: Bench) -> Seen:
    """Look for the token in everything that the payload could find out."""
    told = bench.attempt("files.surroundings")
    leaked = bench.bait.token in _everything_said(told) or CANARY in _everything_said(told)
    seen = f"{len(told.answers)} places looked at, token {'read' if leaked else 'not found'}"
    return Seen(contained=bool(told.answers) and not leaked, observed=seen)


def _command_lines(bench: Bench) -> Seen:
    told = bench.attempt("files.surroundings")
    lines = {
        label: answer
        for label, answer in told.answers.items()
        if label.endswith("cmdline") and answer.startswith("ok")
    }
    own = lines.pop("/proc/self/cmdline", "")
    # without a mount namespace a run must know its own real paths; those of others it need not
    others = [line for line in lines.values() if line != own or bench.level > Isolation.LANDLOCK]
    leaking = [line for line in others if str(bench.scratch) in line]
    observed = f"{len(others)} command lines read, with host paths: {len(leaking)}"
    return Seen(contained=bool(told.answers) and not leaking, observed=observed)


def _facts(bench: Bench) -> Seen:
    told = bench.attempt("files.kernel_facts", *_FACTS)
    telling = [label for label, answer in told.answers.items() if answer.removeprefix("ok").strip()]
    readable = [label for label in telling if label in told.succeeded]
    return Seen(contained=bool(told.answers) and not readable, observed=answers(told))


def _roots(bench: Bench) -> Seen:
    told = bench.attempt("files.roots", str(bench.bait.secret))
    return Seen(
        contained=all_refused(told).contained and bench.bait.token not in _everything_said(told),
        observed=answers(told),
    )


def _devices(bench: Bench) -> Seen:
    told = bench.attempt("files.read", *_DEVICES, str(bench.bait.secret))
    listed = bench.attempt("files.listing", *_HOST_DIRECTORIES)
    empty = [label for label, answer in listed.answers.items() if answer == "ok 0"]
    first, second = all_refused(told), all_refused(listed, besides=empty)
    return Seen(
        contained=first.contained and second.contained,
        observed=short(f"{first.observed}; {second.observed}"),
    )


def _loopback(bench: Bench) -> Seen:
    told = bench.attempt("network.ports", *bench.bait.ports)
    harmless = [label for label in told.succeeded if label.startswith("udp")]
    # a datagram into an empty network namespace is taken and lost
    besides = harmless if bench.level >= Isolation.NAMESPACES else ()
    return all_refused(told, besides)


def _neighbours(bench: Bench) -> Seen:
    """Reaching a closed port would be answered by a refusal, so that counts as reached."""
    addresses = [f"{address} 9" for address in (*_own_addresses(), *_gateways(), _UNROUTED)]
    return _unreachable(bench.attempt("network.ports", *addresses))


def _metadata(bench: Bench) -> Seen:
    return _unreachable(bench.attempt("network.ports", _METADATA))


def _unreachable(told: Told) -> Seen:
    reached = [
        label
        for label, answer in told.answers.items()
        if answer.startswith("ok") or answer in {"ECONNREFUSED", "TimeoutError"}
    ]
    return Seen(contained=bool(told.answers) and not reached, observed=answers(told))


def _own_addresses() -> list[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect((_UNROUTED, 9))  # sends nothing: only chooses a route
        except OSError:
            return []
        return [asking.getsockname()[0]]


def _gateways() -> list[str]:
    found = []
    for line in Path("/proc/net/route").read_text().splitlines()[1:]:
        _, destination, gateway, *_ = line.split()
        if int(destination, 16) == 0:
            found.append(socket.inet_ntoa(struct.pack("<I", int(gateway, 16))))
    return found


def _names(bench: Bench) -> Seen:
    started = time.monotonic()
    told = bench.attempt("network.look_up", "name.invalid")
    quick = time.monotonic() - started < 10.0
    marked = bool({"network", "permission"} & set(told.ending.suspects))
    return Seen(
        contained=not told.answers and quick and marked,
        observed=f"fails, suspects: {', '.join(told.ending.suspects) or 'none'}",
    )


def _sockets(bench: Bench, *names: str) -> Seen:
    return all_refused(bench.attempt("network.unix", *names))


def _abstract(bench: Bench) -> Seen:
    return _sockets(bench, f"@{bench.bait.abstract}")


def _by_path(bench: Bench) -> Seen:
    system = ("/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "/dev/log")
    return _sockets(bench, str(bench.bait.path_socket), *system)


def _own_network(bench: Bench) -> Seen:
    """Control: a run may serve itself; where it cannot, its failure must be marked as ours."""
    told = bench.attempt("network.own")
    works = {"loopback", "pair"} <= set(told.succeeded)
    if bench.level is Isolation.LANDLOCK:
        return Seen(contained="pair" in told.succeeded, observed=answers(told))
    return Seen(contained=works, observed=answers(told))


def _shared(bench: Bench) -> tuple[str, ...]:
    env = "/env" if bench.level >= Isolation.NAMESPACES else str(bench.place.root)
    return (f"{env}/pyvenv.cfg", "/usr/bin/env", "/etc/hosts")


def _change(bench: Bench) -> Seen:
    mark = bench.place.root / "pyvenv.cfg"
    before = (mark.read_bytes(), mark.stat().st_mode, mark.stat().st_mtime_ns)
    seen = all_refused(bench.attempt("files.change", *_shared(bench)))
    after = (mark.read_bytes(), mark.stat().st_mode, mark.stat().st_mtime_ns)
    return Seen(contained=seen.contained and before == after, observed=seen.observed)


def _link(bench: Bench) -> Seen:
    return all_refused(bench.attempt("files.link", _shared(bench)[0]))


def _lock(bench: Bench) -> Seen:
    """Judge whether anybody waits for the lock, which itself is granted."""
    held: list[Told] = []
    path = _shared(bench)[0]
    holder = threading.Thread(target=lambda: held.append(bench.attempt("files.lock", path, "1.5")))
    holder.start()
    started = time.monotonic()
    other = bench.attempt("network.own")
    waited = time.monotonic() - started
    holder.join()
    got = held[0].ending.stdout.text.split()[:1]
    return Seen(
        contained=bool(other.answers) and waited < 1.5,
        observed=f"lock: {' '.join(got)}; another run in the same environment was not held up",
    )


def _poison(bench: Bench) -> Seen:
    """Link a file of a store into the environment, as installers do, and have it attacked."""
    store = bench.scratch / "store.py"
    store.write_text("ORIGINAL = True\n")
    packages = next(bench.place.root.glob("lib/python*/site-packages"))
    linked = packages / "stored.py"
    linked.unlink(missing_ok=True)
    linked.hardlink_to(store)
    before = (store.read_bytes(), store.stat().st_mode)
    relative = linked.relative_to(bench.place.root)
    env = Path("/env") if bench.level >= Isolation.NAMESPACES else bench.place.root
    seen = all_refused(bench.attempt("files.change", str(env / relative)))
    same = before == (store.read_bytes(), store.stat().st_mode)
    linked.unlink()
    return Seen(contained=seen.contained and same, observed=f"store unchanged: {same}")


ATTACKS = (
    Attack(id=24, name="read secrets of other processes", attempt=_secrets),
    Attack(id=25, name="read host paths from command lines", attempt=_command_lines),
    Attack(id=26, name="read what the kernel tells", attempt=_facts),
    Attack(id=27, name="the host through /proc/1", attempt=_roots),
    Attack(id=28, name="devices, sockets, private files", attempt=_devices),
    Attack(id=29, name="the host's loopback", attempt=_loopback),
    Attack(id=30, name="the host's address, the gateway", attempt=_neighbours),
    Attack(id=31, name="the cloud's metadata", attempt=_metadata),
    Attack(id=32, name="look up a name", attempt=_names),
    Attack(id=35, name="abstract unix socket", attempt=_abstract),
    Attack(id=36, name="unix sockets by path", attempt=_by_path),
    Attack(id=37, name="control: one's own loopback", attempt=_own_network),
    Attack(id=48, name="change the environment", attempt=_change),
    Attack(id=49, name="link a shared file", attempt=_link),
    Attack(id=50, name="lock a shared file", attempt=_lock),
    Attack(id=51, name="poison the store by hard links", attempt=_poison),
)
