"""Attacks on whoever reads the results (rows 52 to 60)."""

import time
import unicodedata
from pathlib import Path

from fixproof.model.errors import InputError
from fixproof.probe.artifacts import read_artifact
from fixproof.probe.attacks.bench import Attack, Bench, Seen
from fixproof.probe.attacks.judging import answers, ended, short
from fixproof.probe.trees import remove_tree

_MEGABYTE = 1024 * 1024


def _out(bench: Bench) -> Path:
    out = bench.scratch / f"out-{time.monotonic_ns()}"
    out.mkdir()
    out.chmod(0o777)
    return out


def _artifacts(bench: Bench, *names: str) -> Seen:
    out = _out(bench)
    told = bench.attempt("files.artifacts", "/out", str(bench.bait.secret), writable={"/out": out})
    taken = []
    for name in names:
        try:
            read_artifact(out, name, limit=_MEGABYTE)
        except InputError:
            continue
        taken.append(name)
    device = "device" in told.succeeded
    return Seen(
        contained=bool(told.answers) and not taken and not device,
        observed=short(f"{answers(told)}; taken: {' '.join(taken) or 'none'}"),
    )


def _symlink(bench: Bench) -> Seen:
    return _artifacts(bench, "symlink", "once", "twice")


def _fifo(bench: Bench) -> Seen:
    return _artifacts(bench, "fifo", "device")


def _warren(bench: Bench) -> Seen:
    out = _out(bench)
    told = bench.attempt("files.warren", "/out", writable={"/out": out})
    remove_tree(out)
    return Seen(
        contained=bool(told.answers) and not out.exists(),
        observed=short(f"{answers(told)}; removed: {not out.exists()}"),
    )


def _hostile(bench: Bench) -> Seen:
    told = bench.attempt("said.say", "hostile")
    kept = told.ending.stdout.text + told.ending.stderr.text
    raw = sorted({f"U+{ord(c):04X}" for c in kept if _is_hostile(c)})
    return Seen(
        contained=bool(told.answers) and not raw, observed=f"raw: {' '.join(raw) or 'none'}"
    )


def _is_hostile(character: str) -> bool:
    return character not in "\n\t" and unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}


def _forged(bench: Bench) -> Seen:
    told = bench.attempt("said.forge")
    return Seen(contained=told.ending.exit_code == 3, observed=f"{ended(told)}, as it was")


def _canary(bench: Bench) -> Seen:
    tops = ("/home", "/root", "/tmp", "/var/tmp", "/run", str(bench.scratch))  # noqa: S108
    told = bench.attempt("files.everything", *tops)
    said = told.ending.stdout.text + told.ending.stderr.text
    leaked = bench.bait.token in said
    observed = f"{told.ending.stdout.size} bytes found, token read: {leaked}"
    return Seen(contained=bool(told.answers) and not leaked, observed=observed)


def _behave(bench: Bench) -> Seen:
    """Judge that the ending names its level: a payload can always tell where it is."""
    told = bench.attempt("said.behave")
    marked = told.ending.isolation is bench.level
    return Seen(
        contained=bool(told.answers) and marked,
        observed=short(f"{answers(told)}; recorded as {told.ending.isolation.name.lower()}"),
    )


ATTACKS = (
    Attack(id=52, name="result that is a link", attempt=_symlink),
    Attack(id=53, name="result that is a pipe or a device", attempt=_fifo),
    Attack(id=54, name="names and depths that hurt", attempt=_warren),
    Attack(id=55, name="escape sequences", attempt=_hostile),
    Attack(id=58, name="secrets on the host's disk", attempt=_canary),
    Attack(id=59, name="forged record of the ending", attempt=_forged),
    Attack(id=60, name="recognise the sandbox", attempt=_behave),
)
