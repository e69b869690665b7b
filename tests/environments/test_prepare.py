"""From requirements to a place on disk, over a local index."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixproof.environments.layout import site_packages
from fixproof.environments.prepare import Environments
from fixproof.model.environments import Environment, Interpreter, Place, Request
from fixproof.model.errors import InputError, PreparationError
from fixproof.model.runs import Stage, Unusable
from tests.support_index import LocalIndex, wheel


def day(said: str) -> datetime:
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def resolved(environments: Environments, request: Request) -> Environment:
    found = environments.resolve(request)
    assert isinstance(found, Environment), found
    return found


def placed(
    environments: Environments,
    environment: Environment,
    overlay: dict[str, bytes | None] | None = None,
) -> Place:
    found = environments.materialise(environment, overlay)
    assert isinstance(found, Place), found
    return found


def site(place: Place) -> Path:
    return place.root / site_packages(place.environment.interpreter)


def python(place: Place, program: str) -> str:
    """Run our own harmless program in an environment that holds nothing but test packages."""
    said = subprocess.run(
        [str(place.root / "bin" / "python"), "-B", "-c", program],
        capture_output=True,
        text=True,
        env={},
        check=True,
        timeout=60,
    )
    return said.stdout.strip()


@pytest.fixture
def demo(index: LocalIndex) -> LocalIndex:
    """`demo` needs `helper`; both move on in time."""
    index.add("demo", "1.0", uploaded="2020-01-01", requires=["helper"])
    index.add("demo", "1.1", uploaded="2021-01-01", requires=["helper"])
    index.add("demo", "2.0b1", uploaded="2021-06-01", requires=["helper"])
    index.add("helper", "1.0", uploaded="2020-02-01")
    index.add("helper", "2.0", uploaded="2022-01-01")
    return index


def test_a_date_holds_every_package(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Each package is the newest of its kind on that day."""
    request = Request(requirements=("demo",), interpreter=interpreter, as_of=day("2020-06-01"))

    found = resolved(demo.environments(cache), request)

    assert [(p.name, p.version) for p in found.pins] == [("demo", "1.0"), ("helper", "1.0")]
    assert request.as_of == found.as_of


def test_the_package_under_test_is_exempt_from_the_date(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Its own date may be later, or there may be none; the others stay where they are."""
    environments = demo.environments(cache)
    for limit in (None, day("2021-01-01")):
        request = Request(
            requirements=("demo==1.1",),
            interpreter=interpreter,
            as_of=day("2020-06-01"),
            exempt=(("Demo", limit),),
        )

        found = resolved(environments, request)

        assert found.version_of("demo") == "1.1"
        assert found.version_of("helper") == "1.0"


def test_a_file_of_the_very_moment_is_let_in(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """A limit includes its own moment, to the microsecond, and nothing a millisecond later."""
    moment = datetime(2023, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    index.add("demo", "1.0", uploaded=moment)
    environments = index.environments(cache)
    at = Request(requirements=("demo",), interpreter=interpreter, as_of=moment)
    before = Request(
        requirements=("demo",), interpreter=interpreter, as_of=moment - timedelta(milliseconds=2)
    )

    assert resolved(environments, at).version_of("demo") == "1.0"
    assert isinstance(environments.resolve(before), Unusable)


def test_an_undated_file_counts_as_newer(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """What the index does not date cannot be placed before a date."""
    index.add("demo", "1.0", uploaded=None)
    environments = index.environments(cache)
    dated = Request(requirements=("demo",), interpreter=interpreter, as_of=day("2023-01-01"))

    assert isinstance(environments.resolve(dated), Unusable)
    undated = Request(requirements=("demo",), interpreter=interpreter)
    assert resolved(environments, undated).version_of("demo") == "1.0"


def test_what_happens_to_be_cached_does_not_decide(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Having looked at an old release before, a question about the newest gets the newest."""
    for version in ("1.0", "1.1", "1.2"):
        index.add("demo", version, requires=["helper"])
    index.add("helper", "1.0")
    first = index.environments(cache)
    asked = Request(requirements=("demo<1.1",), interpreter=interpreter, as_of=day("2021-01-01"))
    resolved(first, asked)
    again = Request(requirements=("demo",), interpreter=interpreter, as_of=day("2021-01-02"))

    with pytest.raises(PreparationError, match="offline"):
        index.environments(cache, offline=True).resolve(again)
    assert resolved(first, again).version_of("demo") == "1.2"


def test_a_yanked_release_is_taken_only_when_pinned(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Boundaries may lie on withdrawn releases, so they can be probed."""
    index.add("demo", "1.0")
    index.add("demo", "1.1", yanked="broken")
    environments = index.environments(cache)

    loose = resolved(environments, Request(requirements=("demo",), interpreter=interpreter))
    pinned = resolved(environments, Request(requirements=("demo==1.1",), interpreter=interpreter))

    assert loose.version_of("demo") == "1.0"
    assert pinned.version_of("demo") == "1.1"


def test_a_prerelease_is_taken_when_pinned_or_allowed(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    environments = demo.environments(cache)
    pinned = Request(requirements=("demo==2.0b1",), interpreter=interpreter)
    allowed = Request(requirements=("demo",), interpreter=interpreter, prereleases=("demo",))
    plain = Request(requirements=("demo",), interpreter=interpreter)

    assert resolved(environments, pinned).version_of("demo") == "2.0b1"
    assert resolved(environments, allowed).version_of("demo") == "2.0b1"
    assert resolved(environments, plain).version_of("demo") == "1.1"


def test_preferences_are_kept_wherever_they_fit(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """What moves, moves as little as possible; what nobody needs is not brought in."""
    environments = demo.environments(cache)
    preferences = (("Helper", "1.0"), ("demo", "1.0"), ("absent", "7"))

    kept = resolved(
        environments,
        Request(requirements=("demo",), interpreter=interpreter, preferences=preferences),
    )
    moved = resolved(
        environments,
        Request(requirements=("demo>1",), interpreter=interpreter, preferences=preferences),
    )

    assert [(p.name, p.version) for p in kept.pins] == [("demo", "1.0"), ("helper", "1.0")]
    assert [(p.name, p.version) for p in moved.pins] == [("demo", "1.1"), ("helper", "1.0")]


def test_a_python_too_old_for_the_resolver_is_said_to_be(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    old = Interpreter(version="2.7.18", path=interpreter.path, prefix=interpreter.prefix)

    found = demo.environments(cache).resolve(Request(requirements=("demo",), interpreter=old))

    assert isinstance(found, Unusable)
    assert found.stage is Stage.INTERPRETER


def test_a_conflict_is_a_value_with_a_reason(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """No solution is an answer; it names the package and no address."""
    request = Request(requirements=("demo", "helper>=9"), interpreter=interpreter)

    found = demo.environments(cache).resolve(request)

    assert isinstance(found, Unusable)
    assert Stage.RESOLVE is found.stage
    assert "helper" in found.reason
    assert "127.0.0.1" not in found.reason + found.detail


@pytest.mark.parametrize(
    "line",
    [
        "--index-url http://127.0.0.1:1/simple",
        "-r /etc/passwd",
        "./local",
        "demo @ http://127.0.0.1:1/demo-1.0-py3-none-any.whl",
        "demo @ git+https://127.0.0.1/demo",
        "demo==1.0 --hash=sha256:00",
    ],
)
def test_only_plain_requirements_reach_the_resolver(
    line: str, index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Options, paths and addresses in somebody's requirements are turned away."""
    found = index.environments(cache).resolve(
        Request(requirements=(line,), interpreter=interpreter)
    )

    assert isinstance(found, Unusable)
    assert index.asked == []


def test_an_environment_runs_what_was_installed_and_nothing_else(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """The packages import; the base's own site-packages are out of sight."""
    environments = demo.environments(cache)
    place = placed(
        environments,
        resolved(environments, Request(requirements=("demo==1.0",), interpreter=interpreter)),
    )

    assert (
        python(place, "import demo, helper; print(demo.__version__, helper.__version__)")
        == "1.0 2.0"
    )
    assert (
        python(
            place,
            "import sys; print([p for p in sys.path if 'site-packages' in p] == "
            f"[sys.prefix + '/{site_packages(interpreter)}'])",
        )
        == "True"
    )


def test_what_is_installed_can_be_listed_by_metadata(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """RECORD lists files that exist with their digests, as uninstallers and importers expect."""
    environments = demo.environments(cache)
    place = placed(
        environments,
        resolved(environments, Request(requirements=("demo==1.0",), interpreter=interpreter)),
    )

    assert (
        python(
            place,
            "from importlib.metadata import distribution as d; x = d('demo');"
            "print(x.requires, x.read_text('INSTALLER').strip(),"
            "all(f.locate().exists() for f in x.files))",
        )
        == "['helper'] fixproof True"
    )


def test_modules_are_compiled_beforehand(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """An environment is read-only in a probe, so a cached module must be there, and be used."""
    environments = demo.environments(cache)
    place = placed(
        environments,
        resolved(environments, Request(requirements=("demo==1.0",), interpreter=interpreter)),
    )

    said = subprocess.run(
        [str(place.root / "bin" / "python"), "-B", "-v", "-c", "import demo"],
        capture_output=True,
        text=True,
        check=True,
        env={},
    ).stderr

    cached = place.root / site_packages(interpreter) / "demo" / "__pycache__"
    assert f"# code object from '{cached}" in said


def test_a_module_that_its_compiler_warns_about_says_so_in_every_run(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """On a first import the warning shows; compiled beforehand it would never be seen."""
    demo.add(
        "warned", "1.0", uploaded=day("2021-01-01"), files={"warned.py": "same = 'a' is 'a'\n"}
    )
    environments = demo.environments(cache)
    place = placed(
        environments,
        resolved(environments, Request(requirements=("warned",), interpreter=interpreter)),
    )

    run = subprocess.run(
        [str(place.root / "bin" / "python"), "-B", "-c", "import warned"],
        capture_output=True,
        text=True,
        check=True,
        env={},
    )

    assert 'SyntaxWarning: "is" with' in run.stderr


def test_a_warm_answer_asks_nobody(demo: LocalIndex, cache: Path, interpreter: Interpreter) -> None:
    """A second process finds resolution and environment on disk, even with the index gone."""
    request = Request(requirements=("demo",), interpreter=interpreter, as_of=day("2021-02-01"))
    first = demo.environments(cache)
    place = placed(first, resolved(first, request))
    demo.asked.clear()

    second = demo.environments(cache)
    again = placed(second, resolved(second, request))

    assert place.root == again.root
    assert demo.asked == []


def test_neighbours_share_what_they_have_in_common(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Files are links to one store; equal answers are one environment."""
    environments = demo.environments(cache)
    places = [
        placed(
            environments,
            resolved(environments, Request(requirements=(line,), interpreter=interpreter)),
        )
        for line in ("demo==1.0", "demo==1.1", "demo<1.1")
    ]
    inodes = {(site(place) / "helper" / "__init__.py").stat().st_ino for place in places}

    assert len(inodes) == 1
    assert places[0].root == places[2].root != places[1].root


def test_a_copied_environment_shares_nothing(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Where nothing protects an environment, it has its own files."""
    request = Request(requirements=("demo==1.0",), interpreter=interpreter)
    linked = demo.environments(cache)
    copied = demo.environments(cache, copy=True)
    one = site(placed(linked, resolved(linked, request)))
    other = site(placed(copied, resolved(copied, request)))

    assert (other / "demo" / "__init__.py").stat().st_nlink == 1
    assert (one / "demo" / "__init__.py").stat().st_nlink > 1


def test_an_overlay_changes_one_environment_only(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Changed files are fresh ones: store and neighbour keep theirs; absent ones are gone."""
    environments = demo.environments(cache)
    environment = resolved(
        environments, Request(requirements=("demo==1.0",), interpreter=interpreter)
    )
    plain = placed(environments, environment)

    patched = placed(
        environments,
        environment,
        {
            "demo/__init__.py": b"__version__ = 'patched'\n",
            "demo/more.py": b"x = 1\n",
            "helper/__init__.py": None,
        },
    )

    program = "import demo; print(demo.__version__)"
    assert [python(plain, program), python(patched, program)] == ["1.0", "patched"]
    assert plain.root != patched.root
    assert patched.overlay
    assert python(patched, "import demo.more; print(demo.more.x)") == "1"
    assert not list(site(patched).glob("helper/**/*.py*"))
    assert patched == placed(
        environments,
        environment,
        {
            "helper/__init__.py": None,
            "demo/more.py": b"x = 1\n",
            "demo/__init__.py": b"__version__ = 'patched'\n",
        },
    )


@pytest.mark.parametrize("path", ["../x.py", "/etc/x", "a//b", "a/../../b", "a\\b", ""])
def test_an_overlay_stays_inside(
    path: str, demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    environments = demo.environments(cache)
    environment = resolved(environments, Request(requirements=("demo",), interpreter=interpreter))

    with pytest.raises(InputError):
        environments.materialise(environment, {path: b""})


def test_contents_are_the_modules_of_one_distribution(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    environments = demo.environments(cache)
    environment = resolved(
        environments, Request(requirements=("demo==1.0",), interpreter=interpreter)
    )

    assert environments.contents(environment, "Demo") == {
        "demo/__init__.py": b"__version__ = '1.0'\n"
    }
    with pytest.raises(InputError):
        environments.contents(environment, "absent")


def test_scripts_start_the_python_beside_them_wherever_the_environment_is_shown(
    index: LocalIndex, cache: Path, interpreter: Interpreter, tmp_path: Path
) -> None:
    """Entry points and scripts of a wheel work from another path too."""
    content = wheel(
        "demo",
        "1.0",
        {
            "demo/__init__.py": "import sys\n\ndef main():\n    print(sys.prefix, sys.argv[1:])\n",
            "demo-1.0.data/scripts/plain": "#!python\nimport demo; demo.main()\n",
            "demo-1.0.data/scripts/shell": "#!/bin/sh\necho shell\n",
            "demo-1.0.data/data/share/demo.txt": "data",
        },
        more_metadata={"entry_points.txt": "[console_scripts]\nentry = demo:main\n"},
    )
    index.add("demo", "1.0", content=content)
    environments = index.environments(cache)
    environment = resolved(environments, Request(requirements=("demo",), interpreter=interpreter))
    shown = tmp_path / "a place with spaces"
    shown.symlink_to(placed(environments, environment).root)

    def say(name: str) -> str:
        return subprocess.run(
            [str(shown / "bin" / name), "a b"], capture_output=True, text=True, check=True
        ).stdout.strip()

    root = os.path.realpath(shown)
    assert [f"{root} ['a b']"] * 2 == [say("entry"), say("plain")]
    assert say("shell") == "shell"
    assert (shown / "share" / "demo.txt").read_text() == "data"


def test_one_file_in_two_wheels_is_that_of_the_later_name(
    index: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """Which file wins does not depend on who was fetched first."""
    for name in ("first", "second"):
        files = {"shared.py": f"origin = {name!r}\n", f"{name}.py": ""}
        index.add(name, "1.0", files=files)
    environments = index.environments(cache)
    environment = resolved(
        environments, Request(requirements=("second", "first"), interpreter=interpreter)
    )

    place = placed(environments, environment)

    assert python(place, "import shared; print(shared.origin)") == "second"


def test_the_time_machine_tests_itself(
    demo: LocalIndex, cache: Path, interpreter: Interpreter
) -> None:
    """The canary is content with uv, and complains about an index that dates nothing."""
    environments = demo.environments(cache)
    environments.canary("helper")
    demo.add("undated", "1.0", uploaded=None)

    with pytest.raises(PreparationError, match="does not date"):
        environments.canary("undated")


def test_only_old_eras_are_seeded(cache: Path, index: LocalIndex, interpreter: Interpreter) -> None:
    environments = index.environments(cache)

    def seeded(version: str) -> tuple[str, ...]:
        return environments.seeds(
            Interpreter(version=version, path=interpreter.path, prefix=interpreter.prefix)
        )

    assert [seeded(version) for version in ("3.8.18", "3.11.7", "3.12.1", "3.13.0")] == [
        ("setuptools",),
        ("setuptools",),
        (),
        (),
    ]
