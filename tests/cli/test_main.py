"""The door: verbs, messages, exit statuses."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from fixproof.cli.main import VERBS, main
from fixproof.cli.options import limits_of, moment
from fixproof.model.errors import FixproofError, InputError

ROOT = Path(__file__).parents[2]


def test_every_verb_has_its_module_and_answers_help(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        with pytest.raises(SystemExit) as caught:
            main([verb, "--help"])

        assert caught.value.code == 0
        assert f"usage: fixproof {verb}" in capsys.readouterr().out
        assert callable(import_module(f"fixproof.cli.{verb}").run)


def test_the_readme_names_every_verb() -> None:
    table = (ROOT / "README.md").read_text()

    assert [verb for verb in VERBS if f"| `{verb}" not in table] == []


def test_each_exit_status_means_one_thing() -> None:
    own = [kind.exit_code for kind in FixproofError.__subclasses__()]

    assert len(own) == len(set(own))


def test_an_unknown_verb_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["frobnicate"]) == 2
    assert "unknown verb: frobnicate" in capsys.readouterr().err


def test_no_verb_at_all_shows_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: fixproof VERB" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bisect", "no-such-file.py", "-p", "thing"], "no-such-file.py: cannot be read"),
        (["prove", "no-such-case"], "no-such-case"),
        (["prove", "--check", "no-such-case"], "no-such-case"),
    ],
)
def test_bad_input_names_the_place_and_the_next_step(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2

    told = capsys.readouterr()
    assert said in told.err
    assert re.search(r"^hint: \S", told.err, re.MULTILINE)
    assert told.out == ""


def test_a_malformed_case_names_file_line_and_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.toml").write_text('id = "thing/1"\npackage = "thing"\ntitel = "typo"\n')

    assert main(["prove", str(tmp_path)]) == 2

    told = capsys.readouterr().err
    assert "case.toml:3" in told
    assert "titel" in told


def test_a_case_that_claims_without_evidence_does_not_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "repro.py").write_text("print(1)\n")
    (tmp_path / "case.toml").write_text(
        'id = "thing/1"\npackage = "thing"\ntitle = "It breaks"\nbad = "1.0"\nstatus = "proven"\n'
    )

    assert main(["prove", "--check", "--json", str(tmp_path)]) == 1

    document = json.loads(capsys.readouterr().out)
    assert document["problems"][str(tmp_path)]


def test_a_date_means_its_end_and_a_moment_itself() -> None:
    day, exact = moment("2022-02-01", at="--as-of"), moment("2022-02-01T12:00:00Z", at="--as-of")

    assert day is not None
    assert exact is not None
    assert day.isoformat().startswith("2022-02-01T23:59:59")
    assert exact.isoformat() == "2022-02-01T12:00:00+00:00"


@pytest.mark.parametrize("text", ["yesterday", "2022-13-01", "0x7"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        moment(text, at="--good")

    assert (caught.value.at, caught.value.message) == ("--good", f"not a date: {text}")


def test_a_time_must_be_above_zero() -> None:
    with pytest.raises(InputError):
        limits_of(0)
