"""A small world for killing whole verbs in: a local index, a case, a project, and three calls."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support_builds import source
from tests.support_index import LocalIndex

MINOR = f"{sys.version_info[0]}.{sys.version_info[1]}"
CASE = f"""id = "thing/1"
package = "thing"
title = "work raises"
status = "reported"
bad = "1.2"
python = "{MINOR}"
as_of = 2023-06-01

[report]
url = "https://example.org/thing/1"
title = "work raises"
date = 2023-06-01

[narrative]
symptom = "It raises."
"""
REPRODUCTION = "import thing\nprint(thing.work())\n"
PROGRAM = "import app, lib\nassert lib.works, 'lib is broken'\n"
GOOD = "import helper\ndef work():\n    return 'fine'\n"
BAD = "import helper\ndef work():\n    raise ValueError('broken inside')\n"
SAME = ("status", "introduced", "last_bad", "first_fixed", "also_fixed", "remedy", "verified")
NAMED = ("package", "from", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One verb as a user would call it."""

    verb: str
    words: tuple[str, ...]
    folder: Path

    def start(self, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
        """Start it, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "fixproof", self.verb, *self.words],
            cwd=self.folder,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )


def read(output: str, errors: str) -> str:
    """Read what a call found, without times, digests and paths."""
    try:
        document = json.loads(output)
    except json.JSONDecodeError:
        return f"no document: {errors[-800:]}"
    said = {key: document[key] for key in SAME if key in document}
    for key in ("culprits", "changes"):
        if key in document:
            said[key] = [[one[part] for part in NAMED] for one in document[key]]
    if document.get("isolation"):
        said["hunks"] = document["isolation"]["hunks_needed"]
    return json.dumps(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Where everything is. `temporary` is the calls' own temporary directory."""

    cache: Path
    case: Path
    temporary: Path
    calls: tuple[Call, ...]
    environment: Mapping[str, str]


@contextmanager
def opened(top: Path) -> Iterator[Shop]:
    """Stock the index, write the case and the project."""
    case, project = top / "cases/pypi/thing/1", top / "project"
    for folder in (case, project, top / "tmp", top / "home"):
        folder.mkdir(parents=True)
    (case / "case.toml").write_text(CASE)
    (case / "repro.py").write_text(REPRODUCTION)
    (project / "prog.py").write_text(PROGRAM)
    (project / "requirements.txt").write_text("app\n")
    here = ("--python", MINOR, "--json")
    program = ("--", "python", "prog.py")
    span = ("--good", "2023-01-10", "--bad", "2023-06-01")
    with LocalIndex() as index:
        _stock(index)
        yield Shop(
            cache=top / "cache",
            case=case,
            temporary=top / "tmp",
            calls=(
                Call(verb="prove", words=(str(case), "--json"), folder=top),
                Call(verb="drift", words=(*span, *here, *program), folder=project),
                Call(verb="fix", words=("--as-of", "2023-06-01", *here, *program), folder=project),
            ),
            environment={
                **{k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "LANG"))},
                "PATH": "/usr/bin:/bin",
                "HOME": str(top / "home"),
                "TMPDIR": str(top / "tmp"),
                "FIXPROOF_CACHE": str(top / "cache"),
                "UV_DEFAULT_INDEX": index.url,
            },
        )


def _stock(index: LocalIndex) -> None:
    """Upload histories in which some releases are source distributions that must be built."""
    index.add("helper", "1.0", uploaded="2022-12-01")
    for number, (version, body) in enumerate(
        (("1.0", GOOD), ("1.1", BAD), ("1.2", BAD), ("1.3", GOOD), ("1.4", GOOD)), 1
    ):
        files = {"thing.py": f"{body}\nNUMBER = {number}\n"}
        index.add(
            "thing", version, uploaded=f"2023-01-{number:02}", files=files, requires=["helper"]
        )
    index.add_source(
        "app", "1.0", uploaded="2023-01-01", files=source("app", "1.0", dependencies=("lib>=1",))
    )
    for version, day, works in (("1.0", "01-02", True), ("1.1", "02-01", True)):
        index.add("lib", version, uploaded=f"2023-{day}", files={"lib.py": f"works = {works}"})
    index.add_source("helper", "1.1", uploaded="2023-02-10", files=source("helper", "1.1"))
    index.add("lib", "2.0", uploaded="2023-03-01", files={"lib.py": "works = False"})
    index.add("lib", "2.1", uploaded="2023-04-01", files={"lib.py": "works = False"})
