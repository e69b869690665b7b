"""Frameworks, services and terminals tell a failure in forms of their own; all are read alike."""

import json

import pytest

from fixproof.model.failures import FailureKind
from fixproof.signature import parse
from fixproof.signature.identity import package_frames, root_of

_DRY = ("ValueError", "too dry", ["orchard/press.py:press"])

SHORT = """\
=================================== FAILURES ===================================
__________________________________ test_press __________________________________
tests/test_press.py:8: in test_press
    press(None)
/venv/lib/python3.11/site-packages/orchard/press.py:12: in press
    raise ValueError("too dry")
E   ValueError: too dry
=========================== short test summary info ============================
FAILED tests/test_press.py::test_press - ValueError: too dry
"""
LONG = """\
__________________________________ test_press __________________________________

    def test_press():
>       press(None)

tests/test_press.py:8: 
_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 

x = None

    def press(x):
        if x is None:
>           raise ValueError("too dry")
E           ValueError: too dry

/venv/lib/python3.11/site-packages/orchard/press.py:12: ValueError
"""  # noqa: W291 - pytest prints these blanks
PLAIN = """\
Traceback (most recent call last):
  File "main.py", line 3, in <module>
    press(None)
  File "/venv/lib/python3.11/site-packages/orchard/press.py", line 12, in press
    raise ValueError("too dry")
ValueError: too dry
"""

PREFIXES = (
    "2024-03-03T10:11:12.3279991Z ",
    "[2024-03-03 10:11:12] ",
    "app-1  | ",
    "web_1  | ",
    "worker        | ",
    "python3.11-orchard> ",
    "py311 run-test: ",
    "    ",
)


def _facts(text: str) -> tuple[str, str, list[str]]:
    raised = parse(text).raised
    assert raised is not None
    root = root_of(raised)
    frames = [f"{frame.module}:{frame.function}" for frame in package_frames(root)]
    return raised.type, raised.message, frames


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("report", [SHORT, LONG, PLAIN], ids=["short", "long", "plain"])
def test_what_a_log_puts_before_a_report_is_taken_off(report: str, prefix: str) -> None:
    assert _facts("\n".join(f"{prefix}{line}" for line in report.splitlines())) == _DRY


@pytest.mark.parametrize("edges", [("│ ", "│"), ("", "│"), ("", " ┃")])
def test_edges_of_a_terminal_window_are_taken_off(edges: tuple[str, str]) -> None:
    left, right = edges

    assert _facts("\n".join(f"{left}{line:<110}{right}" for line in PLAIN.splitlines())) == _DRY


def test_turned_quotes_of_a_chat() -> None:
    assert _facts(PLAIN.replace(' "', " “").replace('",', "”,")) == _DRY


def test_level_that_a_viewer_puts_before_a_source_line() -> None:
    text = PLAIN.replace("    raise", "Error:     raise")

    assert _facts(text) == _DRY


DJANGO = """\
Traceback (most recent call last):
  File "/srv/venv/lib/python3.10/site-packages/orchard/press.py", line 12, in press
    raise self.model.Missing(

Exception Type: Missing at /trees/
Exception Value: no tree matches
"""
DJANGO_WITHOUT_LINES = """\
Traceback:
File "/usr/lib/python2.7/site-packages/orchard/press.py" in press
  12.         raise self.model.Missing()

Exception Type: Missing at /trees/
Exception Value: no tree matches
"""


@pytest.mark.parametrize("text", [DJANGO, DJANGO_WITHOUT_LINES])
def test_page_of_a_framework_names_the_exception_below_the_stack(text: str) -> None:
    assert _facts(text) == ("Missing", "no tree matches", ["orchard/press.py:press"])


CONSOLE = """\
  Stack trace:

  1  ~/.local/lib/python3.10/site-packages/orchard/console.py:30 in run
       28│         try:
    →  30│             return self._run(io)

  PressError

  The basket is empty
  and the press is dry

  at ~/.local/lib/python3.10/site-packages/orchard/press.py:12 in press
       11│     if x is None:
    →  12│         raise PressError()
"""


def test_console_that_names_the_exception_above_its_last_place() -> None:
    kind, message, frames = _facts(CONSOLE)
    raised = parse(CONSOLE).raised

    assert kind == "PressError"
    assert message.split("\n")[:2] == ["The basket is empty", "and the press is dry"]
    assert frames == ["orchard/console.py:run", "orchard/press.py:press"]
    assert raised is not None
    assert raised.frames[0].source == "return self._run(io)"


@pytest.mark.parametrize(
    "stack",
    [
        [f'  File "{"/opt/lib/python3.9/site-packages/orchard/press.py"}", line 12, in press\n'],
        [["/opt/lib/python3.9/site-packages/orchard/press.py", 12, "press", "raise x"]],
    ],
)
def test_error_document_of_a_cloud_function(stack: list[object]) -> None:
    answer = {"errorMessage": "too dry", "errorType": "ValueError", "stackTrace": stack}

    assert _facts(json.dumps(answer)) == _DRY


def test_error_of_another_process_inside_a_message() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 9, in <module>\n'
        "    farm.get(press.remote())\n"
        "farm.errors.TaskError(ValueError): farm::press() (pid=123, ip=10.0.0.3)\n"
        '  File "/venv/lib/python3.8/site-packages/orchard/press.py", line 12, in press\n'
        '    raise ValueError("too dry")\n'
        "ValueError: too dry\n"
    )

    assert _facts(text) == _DRY
    assert [other.type for other in parse(text).others] == ["farm.errors.TaskError"]


def test_place_in_a_template_stays_part_of_the_message() -> None:
    text = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\nx.BadTemplate: no end\n'
    )
    raised = parse(f'{text}  File "page.html", line 7, in template\n').raised

    assert raised is not None
    assert raised.message.splitlines() == ["no end", '  File "page.html", line 7, in template']


def test_current_thread_is_what_died_wherever_it_stands() -> None:
    failure = parse(
        "Fatal Python error: Segmentation fault\n\n"
        "Thread 0x00007f0a (most recent call first):\n"
        '  File "/usr/lib/python3.10/threading.py", line 324 in wait\n\n'
        "Current thread 0x00007f0b (most recent call first):\n"
        '  File "/venv/lib/python3.10/site-packages/orchard/press.py", line 12 in press\n'
    )

    assert failure.kind is FailureKind.CRASH
    assert failure.raised is not None
    assert (failure.raised.type, failure.raised.message) == (
        "Fatal Python error",
        "Segmentation fault",
    )
    assert [frame.module for frame in package_frames(failure.raised)] == ["orchard/press.py"]


@pytest.mark.parametrize(
    "text",
    [
        "Program received signal SIGSEGV, Segmentation fault.",
        "INFO exited: app (terminated by SIGSEGV (core dumped); not expected)",
        "Process finished with exit code 139 (interrupted by signal 11: SIGSEGV)",
    ],
)
def test_signal_that_another_program_tells(text: str) -> None:
    failure = parse(text)

    assert (failure.kind, failure.crash) == (FailureKind.CRASH, "SIGSEGV")


def test_announcement_is_not_the_message_of_the_stack_it_announces() -> None:
    text = f"Error: While importing 'app', an ImportError was raised:\n\n{PLAIN}"
    cut = "\n".join(text.splitlines()[:-1])

    raised = parse(cut).raised

    assert raised is not None
    assert (raised.type, raised.message) == ("", "")


def test_type_told_apart_inside_a_message_is_no_line_of_it() -> None:
    text = (
        'Traceback (most recent call last):\n  File "a.py", line 1, in f\n'
        "ValueError: one\n  Exception Type: X at /a\nfurther\n"
    )
    between = 'Traceback:\nFile "a.py" in f\n  1.   g()\nException Type: X at /a\nfurther\n'

    assert _facts(text)[0] == "ValueError"
    assert _facts(between)[0] == "X"
