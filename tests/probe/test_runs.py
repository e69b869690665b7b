"""What a job sees and how its ending is told, the same at every level."""

import hashlib
import json
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from fixproof.model.environments import Place
from fixproof.model.errors import InputError, PreparationError
from fixproof.model.runs import Isolation, Job, Limit, Limits
from fixproof.probe.attacks.bench import Bench
from fixproof.probe.projects import copy_project
from fixproof.probe.sandbox import Sandbox
from tests.probe.conftest import Run


def test_the_status_and_both_streams_are_told(run: Run, level: Isolation) -> None:
    ending = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")

    assert (ending.exit_code, ending.signal, ending.limit) == (3, None, None)
    assert (ending.stdout.text, ending.stderr.text) == ("out\n", "err\n")
    assert ending.stdout.sha256 == hashlib.sha256(b"out\n").hexdigest()
    assert ending.isolation is level
    assert ending.seconds > 0


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM])
def test_a_signal_is_told_as_one(run: Run, number: signal.Signals) -> None:
    ending = run(f"import os; os.kill(os.getpid(), {int(number)})")

    assert (ending.exit_code, ending.signal) == (None, number)


def test_it_is_the_environment_that_runs(run: Run, place: Place) -> None:
    ending = run("import sys; print(sys.prefix == sys.base_prefix, sys.base_prefix)")

    assert ending.stdout.text == f"False {place.environment.interpreter.prefix}\n"


@pytest.mark.parametrize("name", ["python", "python3", f"python3.{sys.version_info[1]}"])
def test_every_name_of_python_means_the_environments(run: Run, name: str) -> None:
    ending = run((name, "-c", "import sys; print(sys.prefix != sys.base_prefix)"))

    assert ending.stdout.text == "True\n"


def test_scripts_of_the_environment_come_first(run: Run, place: Place) -> None:
    script = place.root / "bin" / "env"  # a program of this name is on every system
    script.write_text("#!/bin/sh\necho ours\n")
    script.chmod(0o755)
    try:
        assert run(("env",)).stdout.text == "ours\n"
    finally:
        script.unlink()


def test_a_program_that_is_not_there_says_so(run: Run) -> None:
    ending = run(("no-such-program",))

    assert ending.exit_code == 127
    assert "no-such-program" in ending.stderr.text


def test_a_resolver_is_configured_that_knows_nobody(run: Run, level: Isolation) -> None:
    """Libraries that read the file when they are imported fail without one."""
    if level < Isolation.NAMESPACES:
        pytest.skip("below namespaces the machine's own files are what there is")

    assert run("print(open('/etc/resolv.conf').read())").stdout.text == "nameserver 127.0.0.1\n\n"


def test_variables_are_neutral_and_the_jobs_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", "leaks")
    monkeypatch.setenv("SECRET", "leaks")

    ending = run(
        "import json, os; print(json.dumps(dict(os.environ)))", variables=(("OWN", "given"),)
    )
    seen = json.loads(ending.stdout.text)

    assert seen["OWN"] == "given"
    assert "leaks" not in seen.values()
    assert {name for name in seen if name.startswith("PYTHON")} == {"PYTHONDONTWRITEBYTECODE"}
    assert seen["LANG"] == "C.UTF-8"


def test_files_are_laid_into_an_empty_private_directory(run: Run) -> None:
    code = (
        "import os; from pathlib import Path\n"
        "print(sorted(str(p) for p in Path().rglob('*')), Path('a/b.txt').read_text())\n"
        "Path('a/b.txt').write_text('changed'); Path('a/new').write_text('x')\n"
    )

    first, second = (run(code, files=(("a/b.txt", b"laid"), ("c", b""))) for _ in range(2))

    assert first.stdout.text == "['a', 'a/b.txt', 'c'] laid\n"
    assert second.stdout.text == first.stdout.text
    assert first.exit_code == second.exit_code == 0


@pytest.mark.parametrize("name", ["../out", "/abs", "a/../../b", ""])
def test_files_outside_are_refused(run: Run, name: str) -> None:
    with pytest.raises(InputError):
        run("pass", files=((name, b""),))


def test_home_and_temporary_files_are_private(run: Run) -> None:
    code = (
        "import os, pathlib, tempfile\n"
        "home = os.listdir(pathlib.Path.home())\n"
        "print(home in ([], ['tmp']), os.listdir(tempfile.gettempdir()))\n"
        "(pathlib.Path.home() / 'left').write_text('x'); tempfile.mkstemp()\n"
    )

    first, second = run(code), run(code)

    assert first.exit_code == 0, first.stderr.text
    assert first.stdout.text == second.stdout.text


def test_the_user_has_a_name(run: Run, level: Isolation) -> None:
    ending = run("import getpass, os; print(getpass.getuser(), os.path.expanduser('~'))")

    assert ending.exit_code == 0
    if level >= Isolation.NAMESPACES:
        assert ending.stdout.text == "probe /tmp/home\n"


def test_ordinary_programs_work(target: Bench, level: Isolation) -> None:
    """What the sandbox breaks by itself would be taken for a bug."""
    told = target.attempt("use.controls")
    broken = {label for label, answer in told.answers.items() if not answer.startswith("ok")}

    # without a mount namespace there is no shared memory of one's own to put a lock into
    assert broken == ({"lock"} if level is Isolation.LANDLOCK else set()), told.answers


def test_input_is_empty_and_no_terminal(run: Run) -> None:
    assert run("import sys; print(sys.stdin.isatty(), sys.stdin.read())").stdout.text == "False \n"


def test_no_descriptor_is_inherited(run: Run) -> None:
    code = (
        "import os\n"
        "for n in range(3, 200):\n"
        "    try: os.fstat(n); print(n)\n"
        "    except OSError: pass\n"
    )
    assert run(code).stdout.text == ""


def test_time_runs_out(run: Run) -> None:
    ending = run("import time; time.sleep(60)", limits=Limits(wall=0.3))

    assert ending.limit is Limit.WALL
    assert ending.signal == signal.SIGKILL
    assert ending.suspects == ("wall time",)


def test_output_is_bounded_and_keeps_both_ends(run: Run) -> None:
    code = "print('first'); print('x' * 300_000); print('last')"
    ending = run(code, limits=Limits(output=10_000))

    assert ending.stdout.truncated
    assert ending.stdout.size == 300_012
    assert ending.stdout.text.startswith("first\n")
    assert ending.stdout.text.endswith("last\n")
    assert len(ending.stdout.text) < 11_000


def test_signs_of_the_sandbox_are_named(run: Run, level: Isolation) -> None:
    ending = run("import socket; socket.create_connection(('192.0.2.1', 80), 2)")

    expected = "permission" if level is Isolation.LANDLOCK else "network"
    assert expected in ending.suspects
    assert run("print('Network is unreachable')").suspects == ()


def test_processors_are_pinned(run: Run) -> None:
    assert run("import os; print(len(os.sched_getaffinity(0)))", cpus=1).stdout.text == "1\n"


def test_a_network_is_shared_only_when_asked_for(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5); print('in')"

        assert run(code).exit_code == 1
        assert run(code, network=True).stdout.text == "in\n"


def test_a_project_is_shown_in_place_and_never_changed(
    run: Run, level: Isolation, tmp_path: Path
) -> None:
    tmp_path.chmod(0o755)
    project = tmp_path / "project"
    (project / "pkg").mkdir(parents=True)
    (project / "pkg" / "data.txt").write_text("original")
    (project / "link").symlink_to("pkg/data.txt")
    (project / ".venv").mkdir()
    (project / ".venv" / "pyvenv.cfg").write_text("home = /nowhere\n")
    code = (
        "import os; from pathlib import Path\n"
        "print(os.getcwd(), sorted(os.listdir()), Path('link').read_text())\n"
        "Path('pkg/data.txt').write_text('changed'); Path('new').write_text('x')\n"
        "os.remove('link')\n"
    )

    first, second = (run(code, project=project, files=(("extra", b""),)) for _ in range(2))

    assert first.exit_code == 0, first.stderr.text
    where, rest = first.stdout.text.split(" ", 1)
    assert rest == "['extra', 'link', 'pkg'] original\n"
    assert second.stdout.text.split(" ", 1)[1] == rest
    assert (where == str(project)) is (level >= Isolation.NAMESPACES)
    assert (project / "pkg" / "data.txt").read_text() == "original"
    assert sorted(p.name for p in project.iterdir()) == [".venv", "link", "pkg"]


def test_host_directories_are_shown_as_asked(run: Run, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    out, given = tmp_path / "out", tmp_path / "given"
    out.mkdir()
    out.chmod(0o777)
    given.mkdir()
    (given / "text").write_text("read me")
    code = (
        "import sys; from pathlib import Path\n"
        "source, target = map(Path, sys.argv[1:])\n"
        "(target / 'copy').write_text((source / 'text').read_text())\n"
        "(source / 'text').write_text('changed')\n"
    )

    ending = run(
        ("python", "-c", code, "/given", "/out"),
        extra={"readable": {"/given": given}, "writable": {"/out": out}},
    )

    assert (out / "copy").read_text() == "read me", ending.stderr.text
    assert (given / "text").read_text() == "read me"
    assert ending.exit_code == 1


def greet(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"hello")


def test_one_door_can_be_opened(run: Run, level: Isolation, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    door = tmp_path / "door"
    code = (
        "import socket, sys\n"
        "with socket.socket(socket.AF_UNIX) as s:\n"
        "    s.connect(sys.argv[1]); print(s.recv(5).decode())\n"
    )
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(door))
        door.chmod(0o777)
        server.listen()
        if level is Isolation.LANDLOCK:
            with pytest.raises(PreparationError, match="socket"):
                run(("python", "-c", code, str(door)), extra={"door": door})
            return
        thread = threading.Thread(target=greet, args=(server,))
        thread.start()
        ending = run(("python", "-c", code, str(door)), extra={"door": door})
        thread.join()

    assert ending.stdout.text == "hello\n", ending.stderr.text


def test_runs_side_by_side_do_not_meet(run: Run) -> None:
    """Each writes its own mark where another would find it."""
    code = (
        "import os, sys, tempfile, time\n"
        "open('mark', 'x').write(sys.argv[1])\n"
        "open(os.path.join(tempfile.gettempdir(), 'mark'), 'x').write(sys.argv[1])\n"
        "time.sleep(0.2); print(open('mark').read())\n"
    )
    said: dict[str, str] = {}

    def go(mark: str) -> None:
        said[mark] = run(("python", "-c", code, mark)).stdout.text

    threads = [threading.Thread(target=go, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert said == {str(n): f"{n}\n" for n in range(6)}


def test_nothing_is_left_on_the_hosts_disk(run: Run, scratch: Path) -> None:
    before = set(scratch.iterdir())
    run("import os; [os.makedirs(f'd{n}/e') for n in range(9)]; open('d1/f', 'w').write('x')")

    assert set(scratch.iterdir()) == before


def test_a_job_may_ask_for_its_own_level(level: Isolation, scratch: Path, place: Place) -> None:
    job = Job(argv=("python", "-c", "pass"), isolation=level)

    assert Sandbox(scratch).run(job, place).isolation is level


def test_no_isolation_runs_when_asked_for_by_name(scratch: Path, place: Place) -> None:
    sandbox = Sandbox(scratch, Isolation.NONE)
    ending = sandbox.run(Job(argv=("python", "-c", "import os; print(os.getcwd())")), place)

    assert ending.isolation is Isolation.NONE
    assert ending.exit_code == 0
    assert Sandbox(scratch).isolation is not Isolation.NONE


def test_a_cache_in_the_project_is_not_copied_into_itself(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    marked = tmp_path / "other"
    marked.mkdir()
    (marked / "CACHEDIR.TAG").touch()
    target = tmp_path / "cache/scratch/run"
    target.parent.mkdir(parents=True)

    copy_project(tmp_path, target, None)

    assert sorted(path.name for path in target.rglob("*")) == ["app.py"]
