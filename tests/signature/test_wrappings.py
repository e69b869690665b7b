"""What logs, chats, trackers and shells put around a traceback does not change how it is read."""

import html
import json
import re
from collections.abc import Callable

import pytest

from fixproof.model.failures import Failure, FailureKind, Raised
from fixproof.signature import parse, sign
from fixproof.signature.identity import package_frames, root_of
from tests.support_samples import sample

Wrapping = Callable[[str], str | bytes]


def _each(make: Callable[[int, str], str]) -> Wrapping:
    return lambda text: "\n".join(make(n, line) for n, line in enumerate(text.splitlines()))


def _wrapped(width: int) -> Wrapping:
    def wrap(text: str) -> str:
        pieces = []
        for line in text.splitlines():
            pieces += [line[at : at + width] for at in range(0, max(len(line), 1), width)]
        return "\n".join(pieces)

    return wrap


WRAPPINGS: dict[str, Wrapping] = {
    "nothing": lambda text: text,
    "bytes": lambda text: text.encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 without mark": lambda text: text.encode("utf-16-le"),
    "utf-8 with mark": lambda text: text.encode("utf-8-sig"),
    "windows line ends": lambda text: text.replace("\n", "\r\n"),
    "docker compose": _each(lambda _, line: f"web-1  | {line}"),
    "docker compose colours": _each(lambda _, line: f"\x1b[36mweb-1  |\x1b[0m {line}"),
    "journald": _each(lambda n, line: f"Mar 03 10:1{n % 10}:0{n % 7} host app[{700 + n}]: {line}"),
    "kubernetes": _each(lambda n, line: f"2024-03-03T10:11:{n:02}.{n}23456789Z stderr F {line}"),
    "github actions": _each(lambda n, line: f"2024-03-03T10:11:{n:02}.3279991Z {line}"),
    "cloud build": _each(lambda _, line: f'Step #5 - "test": {line}'),
    "gunicorn": lambda text: f"[2024-03-03 10:11:12 +0000] [17] [ERROR] Error handling /\n{text}",
    "uvicorn": lambda text: f"ERROR:    Exception in ASGI application\n{text}INFO:     closed",
    "celery": lambda text: (
        f"[2024-03-03 10:11:12,001: ERROR/ForkPoolWorker-2] Task t[0a-1b] raised\n{text}"
    ),
    "markdown fence": lambda text: f"It fails:\n\n```pytb\n{text}```\n\nAny idea? Thanks!",
    "markdown quote": _each(lambda _, line: f"> {line}"),
    "quote in a quote": _each(lambda _, line: f"> > {line}"),
    "details": lambda text: f"<details><summary>log</summary>\n\n```\n{text}\n```\n</details>",
    "html": html.escape,
    "html page": lambda text: f"<pre>{html.escape(text)}</pre>".replace("\n", "<br>\n"),
    "backslashes": json.dumps,
    "json log": lambda text: json.dumps({"level": "error", "event": "failed", "exc_info": text}),
    "nested json log": lambda text: json.dumps({"log": {"stack": text, "n": 1}, "time": "now"}),
    "indented by pip": _each(lambda _, line: f"      {line}"),
    "trailing blanks": _each(lambda _, line: f"{line}          "),
    "colours": _each(lambda _, line: f"\x1b[31m{line}\x1b[0m"),
    "colours without escape": _each(lambda _, line: f"[0;31m{line}[0m"),
    "zero width": _each(lambda _, line: f"\u200b{line}"),
    "prompt": lambda text: f"$ python demo.py\n{text}$ echo $?\n1\n",
    "exit of an editor": lambda text: f"{text}\nProcess finished with exit code 1\n",
    "after another": lambda text: f"{sample('json-3.9').text}\n{text}",
    "narrow terminal": _wrapped(90),
    "no indentation": _each(lambda _, line: line.strip()),
}


def _facts(failure: Failure) -> tuple[object, ...]:
    def names(raised: Raised) -> tuple[object, ...]:
        frames = [f"{f.module}:{f.function}" for f in package_frames(raised)]
        return raised.type, raised.message, frames

    assert failure.raised is not None
    return names(failure.raised), names(root_of(failure.raised))


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("name", ["attribute-3.8", "attribute-3.13", "cause-3.10"])
def test_wrapping_changes_nothing(name: str, wrapping: str) -> None:
    text = sample(name).text

    assert _facts(parse(WRAPPINGS[wrapping](text))) == _facts(parse(text))


FOR_GROUPS = set(WRAPPINGS) - {"narrow terminal", "no indentation", "trailing blanks"}


@pytest.mark.parametrize("wrapping", sorted(FOR_GROUPS))
@pytest.mark.parametrize("name", ["group-3.11", "group-3.8"])
def test_groups_keep_their_members(name: str, wrapping: str) -> None:
    text = sample(name).text

    assert sign(parse(WRAPPINGS[wrapping](text))).same == sign(parse(text)).same


def _sentry(values: list[dict[str, object]]) -> str:
    return json.dumps({"event_id": "0a", "platform": "python", "exception": {"values": values}})


def test_sentry_event_is_a_chain_of_its_values() -> None:
    frames = [
        {"filename": "demo.py", "function": "<module>", "lineno": 2, "in_app": True},
        {
            "filename": "orchard/press.py",
            "abs_path": "/home/user/venv/lib/python3/site-packages/orchard/press.py",
            "function": "use",
            "lineno": 21,
        },
    ]
    values: list[dict[str, object]] = [
        {"type": "KeyError", "value": "'oak'", "stacktrace": {"frames": frames[1:]}},
        {"type": "PressError", "value": "no press", "stacktrace": {"frames": frames}},
    ]

    raised = parse(_sentry(values)).raised

    assert raised is not None
    assert (raised.type, raised.message) == ("PressError", "no press")
    assert root_of(raised).type == "KeyError"
    assert [frame.module for frame in package_frames(raised)] == ["orchard/press.py"]


def test_traceback_on_one_line_gets_its_lines_back() -> None:
    text = sample("attribute-3.8").text

    assert _facts(parse(re.sub(r"\s*\n\s*", " ", text))) == _facts(parse(text))


def test_lines_of_other_programs_between_the_lines() -> None:
    lines = sample("cause-3.9").text.splitlines()
    noise = [f"INFO:     127.0.0.1:5000 - GET /{n}" for n in range(len(lines))]
    mixed = [line for pair in zip(lines, noise, strict=True) for line in pair]

    raised = parse("\n".join(mixed)).raised

    assert raised is not None
    assert (raised.type.rsplit(".", 1)[-1], raised.message) == (
        "PressError",
        "no press called 'oak'",
    )


@pytest.mark.parametrize("cut", range(1, 7))
def test_head_cut_off(cut: int) -> None:
    lines = sample("attribute-3.8").text.splitlines()

    raised = parse("\n".join(lines[cut:])).raised

    assert raised is not None
    assert raised.type == "AttributeError"
    assert package_frames(raised)[-1].function == "weigh"


@pytest.mark.parametrize("cut", range(1, 6))
def test_tail_cut_off_leaves_the_frames(cut: int) -> None:
    lines = sample("attribute-3.8").text.splitlines()

    raised = parse("\n".join(lines[:-cut])).raised

    assert raised is not None
    assert raised.type == ""
    assert package_frames(raised)[0].function == "squeeze"


def test_middle_left_out() -> None:
    lines = sample("attribute-3.8").text.splitlines()

    raised = parse("\n".join([*lines[:3], "  ...", "[snip]", *lines[-3:]])).raised

    assert raised is not None
    assert raised.message == "'Basket' object has no attribute 'weight'"
    assert package_frames(raised)[-1].function == "weigh"


def test_the_last_of_several_ended_it_and_the_others_are_kept() -> None:
    first, second = sample("json-3.9").text, sample("attribute-3.9").text

    failure = parse(f"{first}\nretrying\n{second}")

    assert failure.raised is not None
    assert failure.raised.type == "AttributeError"
    assert [other.type for other in failure.others] == ["json.decoder.JSONDecodeError"]


def test_an_ignored_exception_is_not_what_ended_the_run() -> None:
    failure = parse(f"{sample('attribute-3.9').text}{sample('ignored-3.9').text}")

    assert failure.raised is not None
    assert failure.raised.type == "AttributeError"
    assert failure.others[-1].type == "ValueError"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("ImportError: cannot import name Celery", "ImportError", "cannot import name Celery"),
        (
            "run.sh -> module 'np' has no attribute 'x'",
            "AttributeError",
            "module 'np' has no attribute 'x'",
        ),
        ("why No module named 'a.b'?", "ModuleNotFoundError", "No module named 'a.b'"),
        ("worker died: KeyError('oak')", "KeyError", "oak"),
        ("tests/a.py:3: in f\nE   pkg.Bad: no", "pkg.Bad", "no"),
    ],
)
def test_exceptions_without_a_traceback(text: str, kind: str, message: str) -> None:
    raised = parse(text).raised

    assert raised is not None
    assert (raised.type, raised.message) == (kind, message)


@pytest.mark.parametrize(
    ("text", "crash"),
    [
        (
            "demo.sh: line 3:  1234 Segmentation fault      (core dumped) python x.py",
            "Segmentation fault",
        ),
        ("free(): invalid pointer\nAborted (core dumped)", "free(): invalid pointer"),
        (
            "terminate called after throwing an instance of 'X'\n  what():  out of range",
            "terminate called after throwing an instance of 'X': out of range",
        ),
        (
            "Windows fatal exception: access violation\n",
            "Windows fatal exception: access violation",
        ),
    ],
)
def test_crashes_below_python(text: str, crash: str) -> None:
    failure = parse(text)

    assert (failure.kind, failure.crash) == (FailureKind.CRASH, crash)


@pytest.mark.parametrize("text", ["", "\n\n", "all good", "\x00\x01", "ð\x9f", "File"])
def test_what_says_nothing_is_kept_as_text(text: str) -> None:
    failure = parse(text)

    assert failure.kind is FailureKind.TEXT
    assert failure.raised is None
    assert failure.unread == "".join(c for c in text if c.isprintable()).strip()
