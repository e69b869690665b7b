"""Attacks by wheels on the room that unpacks them (rows 64 to 68, 70 and 71)."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from fixproof.cli.hostile_goods import wheel
from fixproof.environments.wheels import HostileWheelError, unpack
from fixproof.probe.attacks.bench import Attack, Bench, Seen
from fixproof.probe.attacks.judging import short

_BOMB = 256 * 1024 * 1024
_NAME, _VERSION = "hostile", "1.0"
_FILE = f"{_NAME}-{_VERSION}-py3-none-any.whl"


def _wheel(content: bytes, bench: Bench) -> tuple[str, Path]:
    """Unpack a wheel as the store does; say why it was turned away, empty where it was not."""
    room = Path(tempfile.mkdtemp(prefix="unpack-", dir=bench.scratch))
    file = room / "wheel"
    file.write_bytes(content)
    folder = room / "folder"
    folder.mkdir()
    try:
        unpack(file, folder, _FILE)
    except HostileWheelError as error:
        return str(error), folder
    return "", folder


def _turned_away(*contents: bytes) -> Callable[[Bench], Seen]:
    def attempt(bench: Bench) -> Seen:
        reasons = [_wheel(content, bench)[0] for content in contents]
        observed = "; ".join(reason or "taken" for reason in reasons)
        return Seen(contained=all(reasons), observed=short(observed))

    return attempt


def _own(path: str) -> bytes:
    return wheel(_NAME, _VERSION, {f"{_NAME}-{_VERSION}.data/data/{path}": b"x"})


def _recorded(bench: Bench) -> Seen:
    """Claim a file outside: what claims it must not be kept, for an uninstaller would believe."""
    outside = bench.scratch / "outside"
    outside.write_text("kept")
    line = f"../../../../../..{outside},,"
    reason, folder = _wheel(wheel(_NAME, _VERSION, {"m.py": b""}, recorded=(line,)), bench)
    records = "".join(path.read_text() for path in folder.rglob("RECORD"))
    kept = outside.read_text() == "kept" and str(outside) not in records
    return Seen(contained=kept, observed=reason or "the line was dropped, the file kept")


def _wheel_link(bench: Bench) -> Seen:
    target = str(bench.bait.secret).encode()
    content = wheel(_NAME, _VERSION, {"linked.py": target}, links=("linked.py",))
    reason, folder = _wheel(content, bench)
    links = [path.name for path in folder.rglob("*") if path.is_symlink()]
    return Seen(contained=not links, observed=reason or f"links: {len(links)}, a plain file")


def _bomb(bench: Bench) -> Seen:
    reason, folder = _wheel(wheel(_NAME, _VERSION, {"bomb.py": bytes(_BOMB)}), bench)
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Seen(contained=bool(reason) and written < _BOMB, observed=reason or "unpacked")


ATTACKS = (
    Attack(
        id=64,
        name="wheel that replaces pyvenv.cfg",
        attempt=_turned_away(_own("pyvenv.cfg"), _own("bin/activate")),
    ),
    Attack(
        id=65,
        name="wheel member outside",
        attempt=_turned_away(
            wheel(_NAME, _VERSION, {"../../reached": b"x"}),
            wheel(_NAME, _VERSION, {"/tmp/reached": b"x"}),  # noqa: S108 - must be turned away
        ),
    ),
    Attack(
        id=66,
        name="entry point outside",
        attempt=_turned_away(
            wheel(_NAME, _VERSION, {}, points="[console_scripts]\n../reached = m:f\n")
        ),
    ),
    Attack(
        id=67,
        name="script named python",
        attempt=_turned_away(
            wheel(_NAME, _VERSION, {}, points="[console_scripts]\npython = m:f\n"),
            wheel(_NAME, _VERSION, {f"{_NAME}-{_VERSION}.data/scripts/python3": b"x"}),
        ),
    ),
    Attack(id=68, name="RECORD that claims a file outside", attempt=_recorded),
    Attack(id=70, name="wheel with a link", attempt=_wheel_link),
    Attack(id=71, name="wheel that swells", attempt=_bomb),
)
