"""From a command line and a script's own metadata to a question."""

import argparse
from datetime import datetime

from fixproof.cli.options import isolation_of, limits_of, moment, read_script
from fixproof.issues.script import ScriptMetadata, script_metadata
from fixproof.workflows.question import Question


def question_of(args: argparse.Namespace) -> Question:
    """Read the reproduction and the options into one question.

    Raises InputError for what cannot be read, with the option or the file named.
    """
    content = read_script(args.script)
    metadata = script_metadata(content.decode("utf-8", "replace"))
    return Question(
        package=args.package,
        bad=args.bad,
        good=args.good,
        script=args.script.name,
        content=content,
        requirements=(*metadata.dependencies, *args.requirements),
        python=args.python,
        requires_python=metadata.requires_python,
        as_of=_as_of(args, metadata),
        expect=args.expect,
        command=args.command,
        limits=limits_of(args.timeout),
        isolation=isolation_of(args),
        prereleases=args.pre,
        exhaustive=args.all,
        serial=args.serial,
        isolate=args.isolate,
    )


def _as_of(args: argparse.Namespace, metadata: ScriptMetadata) -> datetime | None:
    if args.as_of:
        return moment(args.as_of, at="--as-of")
    return metadata.exclude_newer
