"""Faults on the way: a lying index, a damaged or full disk, a process killed at work."""

import os
import random
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fixproof.environments.disk import read_checked, write_checked
from fixproof.environments.layout import site_packages
from fixproof.environments.prepare import Environments
from fixproof.model.environments import Environment, Interpreter, Place, Request
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Unusable
from tests.support_index import Fault, LocalIndex


def chosen(environments: Environments, interpreter: Interpreter, *lines: str) -> Environment:
    found = environments.resolve(Request(requirements=lines or ("demo",), interpreter=interpreter))
    assert isinstance(found, Environment), found
    return found


def module(place: Place | Unusable, name: str = "demo") -> Path:
    assert isinstance(place, Place), place
    return place.root / site_packages(place.environment.interpreter) / name / "__init__.py"


@pytest.mark.parametrize(
    "fault", [Fault.BUSY, Fault.DOWN, Fault.STALLS, Fault.TRUNCATES, Fault.LIES]
)
def test_a_file_that_arrives_wrong_is_fetched_again(
    fault: Fault, index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    index.add("demo", "1.0")
    environments = index.environments(cache)
    environment = chosen(environments, interpreter)
    index.fail(".whl", fault)

    assert module(environments.materialise(environment)).is_file()


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Fault.LIES, "SHA-256"), (Fault.TRUNCATES, "broke off"), (Fault.DOWN, "status 503")],
)
def test_a_file_that_keeps_arriving_wrong_is_an_error_and_leaves_nothing(
    fault: Fault, said: str, index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Nothing was learned about the release, so it is no verdict; the next call starts afresh."""
    index.add("demo", "1.0")
    environments = index.environments(cache)
    environment = chosen(environments, interpreter)
    index.fail(".whl", *[fault] * 3)

    with pytest.raises(PreparationError, match=said):
        environments.materialise(environment)

    assert not list((cache / "store").rglob("listing.json"))
    assert not list((cache / "scratch").iterdir())
    assert module(environments.materialise(environment)).is_file()


def test_a_file_that_is_gone_is_a_fact_about_the_release(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    index.add("demo", "1.0")
    environments = index.environments(cache)
    environment = chosen(environments, interpreter)
    index.fail("none-any.whl", Fault.GONE)

    assert isinstance(environments.materialise(environment), Unusable)


def test_an_index_in_trouble_is_no_missing_release(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """The resolver's network trouble is an error, never kept as an answer."""
    index.add("demo", "1.0")
    index.fail("/simple/demo", *[Fault.DOWN] * 3)
    environments = index.environments(cache)
    request = Request(requirements=("demo",), interpreter=interpreter)

    with pytest.raises(PreparationError, match="index"):
        environments.resolve(request)

    assert isinstance(environments.resolve(request), Environment)


def test_offline_finds_what_it_has_and_says_what_it_has_not(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    index.add("demo", "1.0")
    index.add("other", "1.0")
    online = index.environments(cache)
    online.materialise(chosen(online, interpreter))
    offline = index.environments(cache, offline=True)
    index.asked.clear()

    assert module(offline.materialise(chosen(offline, interpreter))).is_file()
    with pytest.raises(PreparationError, match="offline"):
        chosen(offline, interpreter, "other")
    assert index.asked == []


def test_a_poisoned_store_is_noticed_set_aside_and_refetched(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Writing through a link of one environment must not reach the next one."""
    index.add("demo", "1.0")
    index.add("other", "1.0")
    environments = index.environments(cache)
    poisoned = module(environments.materialise(chosen(environments, interpreter)))
    poisoned.chmod(0o644)
    poisoned.write_text("__version__ = '6.6'\n")

    later = environments.materialise(chosen(environments, interpreter, "demo", "other"))

    assert module(later).read_text() == "__version__ = '1.0'\n"
    assert list((cache / "store").rglob("*.damaged-*"))


def test_a_bit_that_flipped_on_disk_is_noticed(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Size and time are as they were: only the content tells."""
    index.add("demo", "1.0")
    index.add("other", "1.0")
    flipped = module(
        index.environments(cache).materialise(chosen(index.environments(cache), interpreter))
    )
    status = flipped.stat()
    flipped.chmod(0o644)
    flipped.write_text(flipped.read_text().replace("1.0", "6.6"))
    os.utime(flipped, ns=(status.st_atime_ns, status.st_mtime_ns))

    environments = index.environments(cache)
    later = environments.materialise(chosen(environments, interpreter, "demo", "other"))

    assert module(later).read_text() == "__version__ = '1.0'\n"
    assert list((cache / "store").rglob("*.damaged-*"))


def test_a_damaged_answer_is_asked_again(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    index.add("demo", "1.0")
    first = chosen(index.environments(cache), interpreter)
    (kept,) = (cache / "resolutions").rglob("*.json")
    kept.write_bytes(kept.read_bytes()[:-7])

    assert chosen(index.environments(cache), interpreter) == first
    assert list((cache / "resolutions").rglob("*.damaged-*"))


@pytest.mark.parametrize("part", ["answer", "beginning"])
def test_what_was_learned_under_a_wrong_clock_is_asked_again(
    part: str, index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """An answer from the future would hide what was uploaded since; so would uv's own pages."""
    index.add("demo", "1.0")
    request = Request(
        requirements=("demo",), interpreter=interpreter, as_of=datetime(2025, 1, 1, tzinfo=UTC)
    )
    index.environments(cache).resolve(request)
    far = datetime.now(UTC).timestamp() + 10 * 365 * 86400
    (kept,) = (cache / "resolutions").rglob("*.json")
    if part == "answer":
        answer = msgspec.json.decode(read_checked(kept) or b"")
        write_checked(kept, msgspec.json.encode(answer | {"made": far}))
    else:
        kept.unlink()
        write_checked(cache / "uv" / "since", str(far).encode())
    index.add("demo", "2.0", uploaded="2024-06-01")
    index.asked.clear()

    index.environments(cache).resolve(request)

    again = msgspec.json.decode(read_checked(kept) or b"")
    assert again["made"] < far
    assert part == "answer" or "/simple/demo/" in index.asked


def test_threads_share_the_work(index: LocalIndex, cache: Path, interpreter: Interpreter) -> None:
    """Many at once ask for one environment: each file is fetched once, all get the same place."""
    for number in range(5):
        index.add(f"part{number}", "1.0")
    environments = index.environments(cache)
    environment = chosen(environments, interpreter, *(f"part{n}" for n in range(5)))
    index.asked.clear()

    with ThreadPoolExecutor(8) as pool:
        places = list(pool.map(lambda _: environments.materialise(environment), range(16)))

    assert len({module(place, "part0") for place in places}) == 1
    assert sorted(index.asked) == sorted(set(index.asked))


def test_a_full_disk_is_an_error_with_a_hint(tmp_path: Path) -> None:
    """Nothing half-written stays behind. The limit on file size stands in for a full disk."""
    program = (
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "from pathlib import Path\n"
        "from fixproof.environments.disk import write_checked\n"
        "from fixproof.model.errors import PreparationError\n"
        "try:\n"
        f"    write_checked(Path({str(tmp_path)!r}) / 'file', b'x' * 100_000)\n"
        "except PreparationError as error:\n"
        "    print(error, '|', error.hint)\n"
    )

    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    ).stdout

    assert "cannot write the cache: File too large" in said
    assert "free some space" in said
    assert list(tmp_path.iterdir()) == []


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))


def test_a_disk_that_fills_up_leaves_no_half_environment(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """The wheel does not fit: an error with a hint, nothing left behind; with room it works."""
    index.add("part0", "1.0", files={"part0/__init__.py": f"x = {os.urandom(300_000).hex()!r}\n"})
    command = [sys.executable, "-c", _WORKER, str(cache), index.url, interpreter.version]

    failed = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_small_files,
    )

    assert "PreparationError: cannot write the wheel" in failed.stderr
    assert not list((cache / "store").rglob("listing.json"))
    assert not list((cache / "envs").glob("*"))
    environments = index.environments(cache)
    place = environments.materialise(chosen(environments, interpreter, "part0"))
    assert module(place, "part0").stat().st_size > 500_000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)

    with pytest.raises(PreparationError, match="cannot write"):
        write_checked(tmp_path / "file", b"")


_WORKER = """
import sys
from pathlib import Path
from fixproof.environments.index import SimpleIndex
from fixproof.environments.interpreters import choose, find_interpreters
from fixproof.environments.prepare import Environments
from fixproof.environments.settings import Endpoint, IndexSettings
from fixproof.model.environments import Request
cache, url, version = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
index = SimpleIndex(cache, settings=IndexSettings(default=Endpoint(url=url)))
environments = Environments(cache, index=index)
interpreter = choose(find_interpreters(environ={"HOME": "/x", "PATH": ""}), version)
print("ready", flush=True)
for number in range(5):
    names = tuple(f"part{n}" for n in range(number + 1))
    request = Request(requirements=names, interpreter=interpreter)
    environments.materialise(environments.resolve(request))
    environments.index.timeline(f"part{number}")
print("done", flush=True)
"""


def test_a_process_killed_at_any_moment_leaves_a_usable_cache(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Several at work on one cache, killed at random; the next call is right and complete."""
    for number in range(5):
        index.add(f"part{number}", "1.0", requires=[f"part{number - 1}"] if number else [])
    command = [sys.executable, "-c", _WORKER, str(cache), index.url, interpreter.version]
    moments = random.Random(6)
    for _ in range(6):
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
        for worker in workers:
            try:
                worker.wait(moments.uniform(0, 0.5))
            except subprocess.TimeoutExpired:
                worker.send_signal(signal.SIGKILL)
            worker.communicate()

    environments = index.environments(cache)
    environment = chosen(environments, interpreter, "part4")
    place = environments.materialise(environment)

    for number in range(5):
        assert module(place, f"part{number}").read_text() == "__version__ = '1.0'\n"
    assert not list(cache.rglob("*.damaged-*"))
