"""What `drift` and `fix` share: the project here, its interpreter and its command."""

import argparse
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fixproof.capture.declared import declared
from fixproof.capture.locked import HINT, lock_text
from fixproof.capture.project import Project, digest_of_tree, project_at
from fixproof.cli.options import isolation_of, limits_of
from fixproof.model.environments import Environment, Interpreter, Place
from fixproof.model.errors import InputError
from fixproof.model.releases import canonical
from fixproof.model.repairs import FailureNote
from fixproof.model.runs import Job
from fixproof.scan.locks import read_lock
from fixproof.strategy.pythons import choose_interpreter
from fixproof.workflows.ask import Edges
from fixproof.workflows.drift_between import Pinned
from fixproof.workflows.drift_report import Declared
from fixproof.workflows.drift_wish import Wish

VARIABLE = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")
OWN = {"HOME", "LANG", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"}  # a sandbox has its own


def add_project(parser: argparse.ArgumentParser) -> None:
    """Declare what says which project and how its command runs."""
    parser.add_argument(
        "-r",
        "--requirement",
        dest="files",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a requirement file (default: the project in this folder)",
    )
    parser.add_argument("--python", metavar="X.Y", help="the interpreter to run with")
    parser.add_argument(
        "--expect", help="a working run: exit:N, exception:TYPE or a pattern of its output"
    )
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME",
        help="let the command see this variable of yours",
    )
    parser.add_argument(
        "--allow-network", action="store_true", help="let the command use the network"
    )


def project_of(args: argparse.Namespace) -> Project:
    """Find the project: the named files, or what stands here."""
    prefix = os.environ.get("VIRTUAL_ENV")
    return project_at(Path.cwd(), args.files, prefix=Path(prefix) if prefix else None)


def locked_ends(args: argparse.Namespace) -> tuple[Pinned, Pinned] | None:
    """Read both ends as locks; None where they are dates.

    Raises InputError where one is a lock and the other is not.
    """
    found = [_pinned(said) for said in (args.good, args.bad)]
    if found == [None, None]:
        return None
    good, bad = found
    if good is None or bad is None:
        raise InputError("one end is a lock and the other is not", at="--good, --bad", hint=HINT)
    return good, bad


def _pinned(said: str | None) -> Pinned | None:
    if not said or (read := lock_text(said, Path.cwd())) is None:
        return None
    lock = read_lock(*read)
    return Pinned(label=said, pins=lock.pins, roots=lock.roots)


def wish_of(
    args: argparse.Namespace, project: Project | None, world: Edges, *, locked: bool = False
) -> Wish:
    """Put project, interpreter and command together; two locks need no project.

    `locked` keeps what the project's lock pins, wherever that still fits.

    Raises InputError where no command is given.
    """
    if not args.command:
        raise InputError("no command", hint="write it after --, for example -- python app.py")
    root = project.root if project else Path.cwd()
    return Wish(
        requirements=project.requirements if project else (),
        constraints=project.constraints if project else (),
        interpreter=_interpreter(args, project, world),
        job=Job(
            argv=tuple(args.command),
            project=root,
            variables=tuple((name, _variable(name)) for name in args.env),
            limits=limits_of(args.timeout),
            isolation=isolation_of(args),
            network=args.allow_network,
        ),
        expect=args.expect,
        present=_present(project) if project and locked else (),
        project=digest_of_tree(root),
    )


def unseen(failure: FailureNote | None, passed: Sequence[str]) -> tuple[str, ...]:
    """Hint at variables that a failure speaks of, that are set here, and that were kept from it."""
    said = f"{failure.says} {failure.search}" if failure else ""
    names = sorted((set(VARIABLE.findall(said)) & set(os.environ)) - set(passed) - OWN)
    return tuple(
        f"it speaks of {name}, which is set here and was not passed: --env {name}" for name in names
    )


def declares(world: Edges) -> Declared:
    """Look up what an environment's distributions require, laying it out where needed."""

    def look(environment: Environment) -> dict[str, tuple[str, ...]]:
        place = world.environments.materialise(environment)
        return declared(place) if isinstance(place, Place) else {}

    return look


def _interpreter(args: argparse.Namespace, project: Project | None, world: Edges) -> Interpreter:
    return choose_interpreter(
        world.environments.interpreters(),
        wanted=args.python,
        requires=project.python if project else None,
        release=None,
        day=None,
    )


def _present(project: Project) -> tuple[tuple[str, str], ...]:
    """Split `name==version`; a name that is locked twice is left to the resolver."""
    pairs = [pin.split("==", 1) for pin in project.pins]
    count = Counter(name for name, _ in pairs)
    return tuple((canonical(name), version) for name, version in pairs if count[name] == 1)


def _variable(name: str) -> str:
    if name not in os.environ:
        raise InputError(f"not set: {name}", at="--env")
    return os.environ[name]
