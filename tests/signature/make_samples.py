"""Makes the samples by really raising: `python tests/signature/make_samples.py LAB INTERPRETER…`.

LAB is an empty folder outside the repository. The interpreters are tried with every scenario.
One of them must be a virtual environment with pytest, IPython, rich, stackprinter,
better-exceptions, loguru, anyio<4 and exceptiongroup, for the formats of those tools.
Paths of the machine are replaced, nothing else is changed; the truth about each sample is
written by hand in `truth.toml`, never read from a sample.
"""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.support_programs import MODERN, NEWEST, PACKAGE, PYTEST, SCENARIOS, TESTS, TOOLS

HERE = Path(__file__).parent / "samples"


def main(arguments: list[str]) -> None:
    lab, interpreters = Path(arguments[0]).absolute(), arguments[1:]
    site = lab / "lib" / "site-packages"
    _lay(site / "orchard", PACKAGE)
    work = lab / "project"
    _lay(work, TESTS)
    HERE.mkdir(exist_ok=True)
    for interpreter in interpreters:
        _with_interpreter(interpreter, lab, site, work)


def _lay(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"))


def _with_interpreter(interpreter: str, lab: Path, site: Path, work: Path) -> None:
    asked = "import sys; sys.stdout.write('%d.%d ' % sys.version_info[:2] + sys.prefix)"
    version, prefix = subprocess.run(
        [interpreter, "-c", asked], capture_output=True, text=True, check=True
    ).stdout.split(" ", 1)
    scenarios = dict(SCENARIOS)
    number = tuple(map(int, version.split(".")))
    if number >= (3, 8):
        scenarios |= MODERN
    if number >= (3, 11):
        scenarios |= NEWEST
    has_tools = any(Path(prefix).glob("lib/python*/site-packages/stackprinter"))
    if has_tools:
        for name, options in PYTEST.items():
            _keep(
                name,
                [interpreter, "-m", "pytest", "-p", "no:cacheprovider", *options],
                lab,
                site,
                work,
            )
        _keep("unittest", [interpreter, "test_unit.py"], lab, site, work)
        _keep("doctest", [interpreter, "docs.py"], lab, site, work)
        scenarios = TOOLS
    for name, program in scenarios.items():
        (work / "demo.py").write_text(textwrap.dedent(program).lstrip("\n") + "\n")
        label = name if has_tools else f"{name}-{version}"
        _keep(label, [interpreter, "demo.py"], lab, site, work)


def _keep(name: str, command: list[str], lab: Path, site: Path, work: Path) -> None:
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(site),
        "COLUMNS": "100",
        "HOME": str(lab),
    }
    ended = subprocess.run(
        command, check=False, cwd=work, env=variables, capture_output=True, timeout=120
    )
    said = ended.stdout + ended.stderr
    text = _scrubbed(said.decode("utf-8", "replace"), lab)
    (HERE / f"{name}.txt").write_text(text)


def _scrubbed(text: str, lab: Path) -> str:
    """Replace the machine's paths by somebody's."""
    text = text.replace(f"{lab}/lib/site-packages", "/home/user/venv/lib/python3/site-packages")
    text = text.replace(f"{lab}/tools", "/home/user/venv").replace(
        f"{lab}/project", "/home/user/project"
    )
    text = re.sub(r"(?:/[\w.-]+)*/versions/\d[\w.]*/lib", "/usr/lib", text)
    return text.replace(str(lab), "/home/user")


if __name__ == "__main__":
    main(sys.argv[1:])
