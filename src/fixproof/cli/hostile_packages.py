"""Attacks by packages and on readers: what a sandbox alone does not see."""

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fixproof.cli import hostile_wheels
from fixproof.cli.hostile_goods import Good, sdist, served, wheel
from fixproof.environments.index import SimpleIndex
from fixproof.environments.prepare import Environments
from fixproof.environments.settings import Endpoint, IndexSettings
from fixproof.model.environments import Environment, Place, Request
from fixproof.model.errors import FixproofError
from fixproof.model.runs import Job, Unusable
from fixproof.pages.markup import engine
from fixproof.probe.attacks.bench import CANARY, Attack, Bench, Seen
from fixproof.probe.attacks.judging import short

_LATER = datetime(2021, 1, 1, tzinfo=UTC)
_COMMAND = re.compile(r"^\s*(::|##\[)", re.MULTILINE)
_NAME, _VERSION = "hostile", "1.0"
_FILE = f"{_NAME}-{_VERSION}-py3-none-any.whl"


# The build back end travels inside the source: nothing needs to be fetched for it to run.
_BACKEND = """
import base64, hashlib, os, socket, zipfile

def get_requires_for_build_wheel(config_settings=None):
    return []

def tried():
    token = os.environ.get({canary!r}, "")
    found = "token" if token else "none"
    try:
        socket.create_connection(({host!r}, {port}), 3).close()
        found += " network"
    except OSError:
        pass
    for path in ({marker!r}, {cache!r} + "/marker"):
        try:
            open(path, "w").close()
            found += " wrote " + path
        except OSError:
            pass
    return found

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "hostile-1.0-py3-none-any.whl"
    members = {{
        "hostile_found.py": tried(),
        "hostile-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: hostile\\nVersion: 1.0\\n",
        "hostile-1.0.dist-info/WHEEL":
            "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "hostile-1.0.dist-info/RECORD": "",
    }}
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        for path, text in members.items():
            archive.writestr(path, text)
    return name
"""
_PROJECT = b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shop:
    """An index with hostile goods and the room that takes from it, in a cache of its own."""

    environments: Environments
    cache: Path
    bench: Bench

    def place(self) -> tuple[Environment | None, Place | Unusable]:
        """Resolve and lay out."""
        found = self.resolve()
        if isinstance(found, Unusable):
            return None, found
        return found, self.environments.materialise(found)

    def resolve(self) -> Environment | Unusable:
        """Ask for the newest as of a date."""
        interpreter = self.bench.place.environment.interpreter
        request = Request(requirements=(_NAME,), interpreter=interpreter, as_of=_LATER)
        return self.environments.resolve(request)


@contextmanager
def _shop(bench: Bench, *goods: Good) -> Iterator[_Shop]:
    with served(*goods) as address:
        cache = Path(tempfile.mkdtemp(prefix="shop-", dir=bench.scratch))
        cache.chmod(0o755)
        settings = IndexSettings(default=Endpoint(url=address))
        index = SimpleIndex(cache, settings=settings)
        environments = Environments(cache, bench.sandbox, index=index)
        yield _Shop(environments=environments, cache=cache, bench=bench)


def _marker(bench: Bench) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="marker-", dir=bench.scratch))
    folder.chmod(0o777)  # whoever gets here could write
    return folder / "reached"


def _source(bench: Bench) -> Seen:
    """Build a source distribution that looks for secrets, the network and the cache."""
    marker = _marker(bench)
    host, port = bench.bait.ports[0].split()
    with _shop(bench) as probe:
        cache = probe.cache
    backend = _BACKEND.format(
        canary=CANARY, host=host, port=port, marker=str(marker), cache=str(cache)
    )
    members = {"backend.py": backend.encode(), "pyproject.toml": _PROJECT}
    source = Good(
        project=_NAME,
        file=f"{_NAME}-{_VERSION}.tar.gz",
        content=sdist(_NAME, _VERSION, members),
    )
    with _shop(bench, source) as shop:
        try:
            _, place = shop.place()
        except FixproofError as error:
            return Seen(contained=not marker.exists(), observed=short(f"not built: {error}"))
        if isinstance(place, Unusable):
            return Seen(contained=not marker.exists(), observed=short(f"not built: {place.reason}"))
        said = next(place.root.glob("lib/python*/site-packages/hostile_found.py")).read_text()
    return Seen(
        contained=said == "none" and not marker.exists(),
        observed=f"built in the sandbox; found: {said}",
    )


def _startup(name: str, code: str) -> Callable[[Bench], Seen]:
    """Have an environment run code whenever its interpreter starts, and handle it."""

    def attempt(bench: Bench) -> Seen:
        marker = _marker(bench)
        content = wheel(_NAME, _VERSION, {name: code.format(marker=str(marker)).encode()})
        with _shop(bench, Good(project=_NAME, file=_FILE, content=content)) as shop:
            found, place = shop.place()
            if found is None or isinstance(place, Unusable):
                return Seen(contained=not marker.exists(), observed=f"refused: {place}")
            shop.environments.contents(found, _NAME)
            handled = marker.exists()
            ending = bench.sandbox.run(Job(argv=("python", "-c", "print('ran')")), place)
        return Seen(
            contained=not handled and not marker.exists() and "ran" in ending.stdout.text,
            observed=f"ran outside: {handled}, reached from inside: {marker.exists()}",
        )

    return attempt


def _archive_link(bench: Bench) -> Seen:
    """Put a link into a source distribution and a file through it."""
    marker = _marker(bench)
    content = sdist(
        _NAME,
        _VERSION,
        {f"link/{marker.name}": b"x", "pyproject.toml": _PROJECT},
        links={"link": str(marker.parent)},
    )
    good = Good(project=_NAME, file=f"{_NAME}-{_VERSION}.tar.gz", content=content)
    with _shop(bench, good) as shop:
        try:
            found = shop.resolve()
        except FixproofError as error:
            return Seen(contained=not marker.exists(), observed=short(f"refused: {error}"))
    reason = found.reason if isinstance(found, Unusable) else "taken"
    return Seen(
        contained=isinstance(found, Unusable) and not marker.exists(),
        observed=short(f"{reason}, file outside: {marker.exists()}"),
    )


def _undated(bench: Bench) -> Seen:
    """Offer newer files without a date and with one after the date that was asked for."""

    def good(version: str, uploaded: str) -> Good:
        file = f"{_NAME}-{version}-py3-none-any.whl"
        content = wheel(_NAME, version, {"m.py": b""})
        return Good(project=_NAME, file=file, content=content, uploaded=uploaded)

    goods = {"1.0": "2020-01-01T00:00:00Z", "2.0": "", "3.0": "2022-01-01T00:00:00Z"}
    with _shop(bench, *(good(*pair) for pair in goods.items())) as shop:
        found = shop.resolve()
    version = found.version_of(_NAME) if isinstance(found, Environment) else found.reason
    return Seen(contained=version == "1.0", observed=f"chosen: {version}")


def _commands(bench: Bench) -> Seen:
    """Speak to the machine that runs continuous integration through what the doctor prints."""
    from fixproof.cli.doctor import Attempted, rows

    told = bench.attempt("said.say", "commands")
    kept = told.ending.stdout.text
    attempts = [
        Attempted(id=56, name="x", level="x", contained=True, observed=line)
        for line in kept.splitlines()
    ]
    shown = "\n".join(rows(attempts))
    obeyed = _COMMAND.findall(shown)
    return Seen(contained="error" in shown and not obeyed, observed=f"lines obeyed: {len(obeyed)}")


def _markup(bench: Bench) -> Seen:
    kept = bench.attempt("said.say", "markup").ending.stdout.text
    page = engine().from_string("<pre>{{ said }}</pre>").render(said=kept)
    live = [tag for tag in ("<script", "</pre></pre>", "<img") if tag in page]
    kept_apart = "{{7*7}}" in page
    return Seen(
        contained="alert" in page and kept_apart and not live,
        observed=f"live: {' '.join(live) or 'none'}",
    )


_REACH = "open({marker!r}, 'w').close()"
ATTACKS = (
    *hostile_wheels.ATTACKS,
    Attack(id=56, name="commands to the build machine", attempt=_commands),
    Attack(id=57, name="markup in a page", attempt=_markup),
    Attack(id=61, name="source that attacks when built", attempt=_source),
    Attack(
        id=62,
        name="code in a .pth file",
        attempt=_startup("hostile.pth", "import builtins; " + _REACH + "\n"),
    ),
    Attack(
        id=63,
        name="code in sitecustomize",
        attempt=_startup("sitecustomize.py", f"try:\n    {_REACH}\nexcept OSError:\n    pass\n"),
    ),
    Attack(id=69, name="source archive with a link", attempt=_archive_link),
    Attack(id=72, name="upload without a date", attempt=_undated),
)
