"""Source distributions are built inside a real sandbox; what they try there comes to nothing."""

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixproof.environments.layout import site_packages
from fixproof.environments.prepare import Environments
from fixproof.model.environments import Environment, Interpreter, Place, Request
from fixproof.model.errors import PreparationError
from fixproof.model.runs import Ending, Isolation, Stage, Unusable
from fixproof.probe.sandbox import Sandbox
from tests.support_builds import source
from tests.support_index import Fault, LocalIndex

LATER = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def environments(index: LocalIndex, cache: Path, tmp_path: Path) -> Environments:
    sandbox = Sandbox(tmp_path / "sandbox", Isolation.BUBBLEWRAP)
    return index.environments(cache, sandbox=sandbox)


def ask(environments: Environments, interpreter: Interpreter, *lines: str, **more: Any) -> Any:
    requirements = lines or ("demo",)
    return environments.resolve(
        Request(requirements=requirements, interpreter=interpreter, as_of=LATER, **more)
    )


def notes(environments: Environments, environment: Environment, package: str = "demo") -> Any:
    """Read what the build of a package left in it."""
    assert isinstance(environment, Environment), environment
    place = environments.materialise(environment)
    assert isinstance(place, Place), place
    site = place.root / site_packages(environment.interpreter)
    text = (site / package / "__init__.py").read_text()
    return ast.literal_eval(text.partition("=")[2].strip())


def test_a_source_is_built_installed_and_pinned_as_what_it_is(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    """The pin names the source; its dependencies come from the metadata it was asked for."""
    index.add_source("demo", "1.0", files=source("demo", "1.0", dependencies=("helper",)))
    index.add("helper", "2.0")

    found = ask(environments, interpreter)

    assert notes(environments, found) == []
    assert [pin.file for pin in found.pins] == ["demo-1.0.tar.gz", "helper-2.0-py3-none-any.whl"]
    assert found.pins[0].uploaded == datetime(2020, 1, 1, tzinfo=UTC)
    assert environments.contents(found, "demo") == {"demo/__init__.py": b"notes = []\n"}


def test_what_it_was_built_with_is_held_at_the_date_and_recorded(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    """Declared and dynamic build requirements alike; a build constraint moves them."""
    hook = "import tool, late; notes.append((tool.__version__, late.__version__))"
    files = source("demo", "1.0", hook=hook, requires=("tool",), dynamic=("late",))
    index.add_source("demo", "1.0", files=files)
    for name in ("tool", "late"):
        index.add(name, "1.0")
        index.add(name, "2.0", uploaded="2023-01-01")
        index.add(name, "3.0", uploaded="2025-01-01")

    plain = ask(environments, interpreter)
    held = ask(environments, interpreter, build_constraints=("tool<2",))

    assert notes(environments, plain) == [("2.0", "2.0")]
    assert notes(environments, held) == [("1.0", "2.0")]
    assert [(p.name, p.version) for p in held.build_pins] == [("late", "2.0"), ("tool", "1.0")]
    assert plain.digest != held.digest


def test_a_build_is_kept_by_content_and_made_anew_on_demand(
    environments: Environments, index: LocalIndex, interpreter: Interpreter, cache: Path
) -> None:
    """Another process finds it, another question shares it; `fresh_builds` does not look."""
    index.add_source("demo", "1.0", files=source("demo", "1.0"))
    index.add("other", "1.0")
    first = ask(environments, interpreter)
    built = set((cache / "built").rglob("*.json"))

    shared = ask(environments, interpreter, "demo", "other")
    assert built == set((cache / "built").rglob("*.json"))
    assert notes(environments, shared) == []

    times = {path: path.stat().st_mtime_ns for path in built}
    assert ask(environments, interpreter, fresh_builds=True) == first
    assert any(path.stat().st_mtime_ns != times[path] for path in built)


def test_a_lost_build_is_made_again_from_its_build_pins(
    environments: Environments, index: LocalIndex, interpreter: Interpreter, cache: Path
) -> None:
    """A record on another machine says which source and what built it: that is enough."""
    hook = "import tool; notes.append(tool.__version__)"
    index.add_source("demo", "1.0", files=source("demo", "1.0", hook=hook, requires=("tool",)))
    index.add("tool", "1.0")
    index.add("tool", "2.0")
    held = ask(environments, interpreter, build_constraints=("tool<2",))
    for path in (cache / "built").rglob("*.json"):
        path.unlink()

    assert notes(environments, held) == ["1.0"]


def test_a_failing_build_is_a_value_that_says_why(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    """The reason is the build's own last word; no path of this machine is in it."""
    hook = "import sys; sys.stderr.write('warming up\\n'); raise KeyError('no such option')"
    index.add_source("demo", "1.0", files=source("demo", "1.0", hook=hook))

    found = ask(environments, interpreter)

    assert isinstance(found, Unusable)
    assert found.stage is Stage.BUILD
    assert found.reason == "KeyError: 'no such option'"
    assert "warming up" in found.detail
    assert "scratch" not in found.detail


def test_build_requirements_that_cannot_be_had_are_named(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    index.add_source("demo", "1.0", files=source("demo", "1.0", requires=("absent>3",)))

    found = ask(environments, interpreter)

    assert isinstance(found, Unusable)
    assert found.stage is Stage.BUILD
    assert "absent" in found.reason


def test_a_newer_source_is_not_passed_over_for_an_older_wheel(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    """A user's resolver takes the newest release, wheel or not; so do we."""
    index.add("demo", "1.0")
    index.add_source("demo", "2.0", files=source("demo", "2.0"))
    index.add_source("demo", "3.0", uploaded="2025-01-01", files=source("demo", "3.0"))

    assert ask(environments, interpreter).version_of("demo") == "2.0"
    assert ask(environments, interpreter, "demo<2").version_of("demo") == "1.0"


def test_preferences_hold_where_sources_are_chosen_too(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    for version in ("1.0", "2.0"):
        index.add_source("demo", version, files=source("demo", version))

    found = ask(environments, interpreter, preferences=(("demo", "1.0"),))

    assert found.version_of("demo") == "1.0"


def test_without_a_sandbox_nothing_is_built(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    index.add_source("demo", "1.0", files=source("demo", "1.0"))

    found = ask(index.environments(cache), interpreter)

    assert isinstance(found, Unusable)


def test_an_index_that_fails_during_a_build_is_no_failed_build(
    environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    """Nothing was learned about the release, and nothing is kept."""
    index.add_source("demo", "1.0", files=source("demo", "1.0", requires=("tool",)))
    index.add("tool", "1.0")
    index.fail("tool-1.0-py3-none-any.whl", *[Fault.DOWN] * 40)

    with pytest.raises(PreparationError, match="index"):
        ask(environments, interpreter)


_ATTEMPTS = """
import glob, os, socket, urllib.request
def attempt(name, work):
    try:
        notes.append((name, repr(work())))
    except BaseException as error:
        notes.append((name, "refused: " + type(error).__name__))
attempt("token", lambda: [v for v in os.environ.values() if "hunter2" in v])
attempt("parents", lambda: [p for p in glob.glob("/proc/[0-9]*/environ")
                            if b"hunter2" in open(p, "rb").read()])
attempt("root", lambda: os.getuid() == 0)
attempt("cache", lambda: open({cache!r} + "/poison", "w"))
attempt("store", lambda: os.listdir({cache!r} + "/store"))
attempt("tool", lambda: open(glob.glob({cache!r} + "/tools/*/uv")[0], "ab"))
attempt("host", lambda: socket.create_connection(("127.0.0.1", {port}), 2))
base = os.environ["UV_DEFAULT_INDEX"].rsplit("/", 1)[0]
attempt("index", lambda: urllib.request.urlopen(base + "/simple/tool/").status)
for path in ("/files/tool/../../etc/passwd", "/files/tool/absent.whl", "/etc/passwd", "/",
             "/simple/", "/simple/absent/", "/files/http://127.0.0.1/x"):
    attempt(path, lambda: urllib.request.urlopen(base + path).status)
"""


def test_what_a_build_tries_comes_to_nothing(
    environments: Environments,
    index: LocalIndex,
    interpreter: Interpreter,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No variables of ours, no other host, no cache, no path through the door but the index's."""
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    hook = _ATTEMPTS.format(cache=str(cache), port=index.port)
    index.add_source("demo", "1.0", files=source("demo", "1.0", hook=hook))
    index.add("tool", "1.0")

    said = dict(notes(environments, ask(environments, interpreter)))

    assert said.pop("index") == "200"
    assert said.pop("token") == "[]"
    assert said.pop("parents") in {"[]", "refused: PermissionError"}
    assert said.pop("root") == "False"
    assert {name: answer for name, answer in said.items() if not answer.startswith("refused")} == {}
    assert not (cache / "poison").exists()


@pytest.mark.parametrize(
    "hook",
    [
        "os.symlink('/etc/passwd', os.path.join(folder, 'x-1.0-py3-none-any.whl'))",
        "os.mkfifo(os.path.join(folder, 'x-1.0-py3-none-any.whl'))",
        (
            "os.link(__file__, os.path.join(folder, 'y'))\n"
            "open(os.path.join(folder, 'x-1.0-py3-none-any.whl'), 'w').write('no archive')"
        ),
    ],
)
def test_what_a_build_leaves_is_read_with_care(
    hook: str, environments: Environments, index: LocalIndex, interpreter: Interpreter
) -> None:
    """Links, pipes and rubbish where the wheel should be are a failed build, and no hang."""
    hook += "\nreturn 'x-1.0-py3-none-any.whl'"
    index.add_source("demo", "1.0", files=source("demo", "1.0", hook=hook))

    assert isinstance(ask(environments, interpreter), Unusable)


@pytest.mark.index
@pytest.mark.slow
@pytest.mark.parametrize(
    ("requirement", "date", "constraints", "said"),
    [
        ("asciitree", "2023-07-19", (), ""),
        ("pyyaml==5.4.1", "2023-07-15", (), ""),
        ("pyyaml==5.4.1", "2023-07-19", (), "AttributeError: cython_sources"),
        ("pyyaml==5.4.1", "2023-07-19", ("cython<3",), ""),
        ("pylint-flask", "2025-03-26", ("setuptools==78.0.1",), "InvalidConfigError"),
        ("pylint-flask", "2025-03-26", ("setuptools<78",), ""),
    ],
)
def test_real_sources_build_as_they_did_on_that_day(
    requirement: str,
    date: str,
    constraints: tuple[str, ...],
    said: str,
    tmp_path: Path,
) -> None:
    """Build requirements of the day decide: one upload later the same source does not build."""
    environments = Environments(tmp_path / "cache", Sandbox(tmp_path / "sandbox"))
    old = [i for i in environments.interpreters() if i.minor in {"3.9", "3.10"}]
    if not old:
        pytest.skip("needs Python 3.9 or 3.10")
    request = Request(
        requirements=(requirement,),
        interpreter=old[0],
        as_of=datetime.fromisoformat(date).replace(tzinfo=UTC),
        build_constraints=constraints,
    )

    found = environments.resolve(request)

    if said:
        assert isinstance(found, Unusable)
        assert said in found.reason
        assert found.stage is Stage.BUILD
    else:
        assert isinstance(found, Environment), found
        assert found.build_pins
        assert isinstance(environments.materialise(found), Place)


@pytest.mark.parametrize("harm", ["content", "listing", "gone"])
def test_a_damaged_built_wheel_is_set_aside_and_built_again(
    harm: str,
    environments: Environments,
    index: LocalIndex,
    cache: Path,
    interpreter: Interpreter,
    tmp_path: Path,
) -> None:
    """No index has it, so it cannot be fetched; an environment that is new gets it whole."""
    index.add_source("demo", "1.0", files=source("demo", "1.0", hook="notes.append('built')"))
    index.add("other", "1.0")
    ask(environments, interpreter)
    (wheel,) = (cache / "store" / "wheels").glob("*/*")
    hurt = wheel / ("listing.json" if harm == "listing" else "site/demo/__init__.py")
    hurt.chmod(0o644)
    hurt.write_text("notes = ['damaged']\n")
    if harm == "gone":
        hurt.unlink()

    later = index.environments(cache, sandbox=Sandbox(tmp_path / "sandbox", Isolation.BUBBLEWRAP))

    assert notes(later, ask(later, interpreter, "demo", "other")) == ["built"]
    assert list((cache / "store").rglob("*.damaged-*"))


def test_a_cache_may_lie_deeper_than_a_sockets_name_may_be_long(
    index: LocalIndex, interpreter: Interpreter, tmp_path: Path
) -> None:
    """Nothing of a build is left anywhere but below the cache, so that it can be swept."""
    cache = tmp_path / ("deep" * 20) / ("deeper" * 20)
    environments = index.environments(cache, sandbox=Sandbox(tmp_path / "s", Isolation.BUBBLEWRAP))
    index.add_source("demo", "1.0", files=source("demo", "1.0", requires=("tool",)))
    index.add("tool", "1.0")

    assert notes(environments, ask(environments, interpreter)) == []
    assert not list((cache / "scratch").iterdir())


def test_a_failed_build_is_not_tried_again(
    environments: Environments,
    index: LocalIndex,
    cache: Path,
    interpreter: Interpreter,
) -> None:
    """Nor by the next process: it finds the answer, and starts no sandbox at all."""
    index.add_source(
        "demo", "1.0", files=source("demo", "1.0", hook="raise OSError('no compiler')")
    )
    first = ask(environments, interpreter)
    index.asked.clear()

    later = index.environments(cache, sandbox=Forbidden())

    assert isinstance(first, Unusable)
    assert ask(later, interpreter) == first
    assert (first.stage, "no compiler" in first.reason) == (Stage.BUILD, True)
    assert index.asked == []


class Forbidden:
    """A sandbox that nobody may start."""

    def run(self, *_: object, **__: object) -> Ending:
        raise AssertionError("a sandbox was started")
