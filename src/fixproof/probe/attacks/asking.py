"""Attacks on processes and the kernel (rows 16 to 47)."""

import os
import signal

from fixproof.model.runs import Isolation
from fixproof.probe.attacks.bench import Attack, Bench, Seen, Told, is_alive
from fixproof.probe.attacks.judging import all_refused, answers, ended, refused

_GLOBAL = (
    "kernel/core_pattern",
    "kernel/modprobe",
    "kernel/hostname",
    "kernel/randomize_va_space",
)
_MACHINE = ("vm/drop_caches", "vm/overcommit_memory", "kernel/pid_max", "net/ipv4/ip_forward")


def _signals(bench: Bench) -> Seen:
    told = bench.attempt("kernel.signals", str(bench.bait.victim))
    seen = all_refused(told, besides=["outsider handle"])
    return Seen(contained=seen.contained and is_alive(bench.bait.victim), observed=seen.observed)


def _others(bench: Bench) -> tuple[str, ...]:
    return ("1", str(bench.bait.victim), str(os.getpid()))


def _trace(bench: Bench) -> Seen:
    return all_refused(bench.attempt("kernel.trace", *_others(bench)))


def _pry(bench: Bench) -> Seen:
    return all_refused(bench.attempt("kernel.pry", *_others(bench)))


def _rights(bench: Bench) -> Seen:
    """Nothing may have been gained; a root without rights may still call himself root."""
    told = bench.attempt("kernel.rights")
    effective, *_, no_new = told.answers.get("left", "ok 1 1 0").removeprefix("ok ").split()
    powerless = int(effective, 16) == 0 and no_new == "1"
    changed = bench.level is not Isolation.LANDLOCK and "setuid" in told.succeeded
    return Seen(contained=powerless and not changed, observed=answers(told))


def _killed(bench: Bench, payload: str) -> Seen:
    told = bench.attempt(payload)
    return Seen(contained=_is_refused_gate(told), observed=ended(told) + " " + answers(told))


def _is_refused_gate(told: Told) -> bool:
    """Killed by the filter, or the kernel was built without that gate."""
    by_filter = told.ending.signal == signal.SIGSYS
    absent = told.ending.signal == signal.SIGSEGV or told.answers.get("x32") == "ok -1"
    return by_filter or absent


def _old_gate(bench: Bench) -> Seen:
    if os.uname().machine != "x86_64":
        return Seen(contained=True, observed="this machine has no such gate")
    first, second = _killed(bench, "kernel.old_gate"), _killed(bench, "kernel.other_table")
    return Seen(
        contained=first.contained and second.contained,
        observed=f"int 0x80: {first.observed}; x32: {second.observed}",
    )


ATTACKS = (
    Attack(id=16, name="kill processes outside", attempt=_signals),
    Attack(id=17, name="attach as a debugger", attempt=_trace),
    Attack(id=18, name="read memory, take descriptors", attempt=_pry),
    Attack(id=22, name="set kernel.core_pattern", attempt=refused("kernel.parameters", *_GLOBAL)),
    Attack(id=23, name="set other parameters", attempt=refused("kernel.parameters", *_MACHINE)),
    Attack(id=33, name="raw and packet sockets", attempt=refused("kernel.families")),
    Attack(id=34, name="speak to the hypervisor", attempt=refused("kernel.hypervisor")),
    Attack(id=38, name="io_uring", attempt=refused("kernel.ring")),
    Attack(id=39, name="nested user namespace", attempt=refused("kernel.nest")),
    Attack(id=40, name="change mounts", attempt=refused("kernel.mounts")),
    Attack(id=41, name="kernel keyrings", attempt=refused("kernel.keys")),
    Attack(id=42, name="bpf, perf, userfaultfd, modules", attempt=refused("kernel.rare")),
    Attack(id=43, name="type into a terminal", attempt=refused("kernel.terminal")),
    Attack(id=44, name="become root", attempt=_rights),
    Attack(id=45, name="set the clock", attempt=refused("kernel.clocks")),
    Attack(id=46, name="personality, segments, gifts", attempt=refused("kernel.oddities")),
    Attack(id=47, name="32-bit and x32 calls", attempt=_old_gate),
)
