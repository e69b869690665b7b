"""case.toml: read with errors that say where, written back without touching people's words."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixproof.library.cases import read_case, read_cases, write_summary
from fixproof.model.cases import OptionKind, Source, Status, Summary
from fixproof.model.errors import InputError

GOOD = """\
# a comment at the top
id = "demo/7"
package = "demo"
title = "It says oops"   # and one beside a value
bad = "1.2"
python = "3.11"
as_of = 2021-08-31
requirements = ["other>=1", "demo-extra=={version}"]
command = ["python", "-X", "dev", "{repro}"]
timeout = 30
expect = "exit:0"
related = ["demo/8"]

[report]
url = "https://example.org/issues/7"
date = 2021-08-11

[narrative]
symptom = '''
A line that looks like a table:
[options]
and one that looks like a key:
bad = 1
'''
cause = "It is broken."

[[options]]
id = "upgrade"
kind = "upgrade"
title = "Upgrade"
when = "Always."
when_not = "Never."
requirement = "demo>=1.5"

# a comment between
[[options]]
id = "around"
kind = "workaround"
title = "Go around"
when = "Now."
when_not = "Later."
script = "around.py"

[[quotes]]
text = "oops"
url = "https://example.org/issues/7"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    case = tmp_path / "cases" / "pypi" / "demo" / "7"
    case.mkdir(parents=True)
    for name in ("repro.py", "around.py"):
        (case / name).write_text("")
    (case / "case.toml").write_text(GOOD)
    return case


def test_a_case_is_read_whole(folder: Path) -> None:
    case = read_case(folder)

    assert case.id == "demo/7"
    assert case.status is Status.REPORTED
    assert case.as_of == date(2021, 8, 31)
    assert case.report == Source(url="https://example.org/issues/7", date=date(2021, 8, 11))
    assert case.symptom.startswith("A line that looks like a table")
    assert [option.kind for option in case.options] == [OptionKind.UPGRADE, OptionKind.WORKAROUND]
    assert case.command == ("python", "-X", "dev", "{repro}")


def test_all_cases_below_a_folder_are_read_in_order(folder: Path) -> None:
    other = folder.parent / "10"
    other.mkdir()
    (other / "repro.py").write_text("")
    (other / "case.toml").write_text('id = "demo/10"\npackage = "demo"\ntitle = "t"\nbad = "1"\n')

    found = read_cases(folder.parents[2])
    assert [(path, case.id) for path, case in found] == [(other, "demo/10"), (folder, "demo/7")]


WRONG = [
    # what is changed, into what, the place that the error names, what it says, its hint
    ('bad = "1.2"\n', "", "case.toml: bad", "missing", 'add bad = "0.16.0"'),
    ('bad = "1.2"', "bad = 1.2", ":5: bad", "expected a string, found a number", ""),
    ('bad = "1.2"', 'bad = "one"', ":5: bad", "not a version: one", ""),
    ('bad = "1.2"', 'bda = "1.2"', ":5: bda", "unknown key: bda", "did you mean: bad"),
    ('id = "demo/7"', 'id = "demo"', ":2: id", "not PACKAGE/SLUG: demo", ""),
    ('id = "demo/7"', 'id = "demo/../x"', ":2: id", "not PACKAGE/SLUG", ""),
    ('package = "demo"', 'package = "de mo"', ":3: package", "not the name of a package", ""),
    ('python = "3.11"', "python = 3.11", ":6: python", "expected a string, found a number", ""),
    ('python = "3.11"', 'python = ">=3"', ":6: python", "not a Python version", "3.11"),
    ("2021-08-31", '"31 August"', ":7: as_of", "not a date", "2021-08-31"),
    ("2021-08-31", "2021-08-31T00:00:00Z", ":7: as_of", "expected a date", ""),
    ("other>=1", "other>>1", ":8: requirements[0]", "not a requirement: other>>1", ""),
    ("timeout = 30", "timeout = 0", ":10: timeout", "not a number of seconds", ""),
    ("timeout = 30", 'timeout = "30"', ":10: timeout", "expected a number, found a string", ""),
    ('"exit:0"', '"exit:x"', ":11: expect", "not an exit status: x", "exit:N"),
    ('"exit:0"', '"("', ":11: expect", "not a regular expression", ""),
    ('[report]\nurl = "', '[report]\nurl = "x', ":15: report.url", "not a web address", "https"),
    ("cause =", "casue =", ":25: narrative.casue", "unknown key: casue", "did you mean: cause"),
    ("cause =", "cause = 1\nmore =", ":26: narrative.more", "unknown key: more", "known: cause"),
    ("[narrative]", "", ":19: report.symptom", "unknown key: symptom", "known: date"),
    ('cause = "It', "cause = 1 #", ":25: narrative.cause", "expected a string", ""),
    ("[narrative]", "[[narrative]]", ":18: narrative", "expected a table", "[narrative]"),
    ('kind = "upgrade"', 'kind = "up"', ":29: options[0].kind", "enum", "upgrade, pin, backport"),
    ('when_not = "Later."\n', "", ":36: options[1].when_not", "missing", "add when_not"),
    ("demo>=1.5", "demo=>1.5", ":33: options[0].requirement", "not a requirement", ""),
    ('script = "around.py"\n', "", ":36: options[1].script", "missing", "workaround.py"),
    ("around.py", "gone.py", ":42: options[1].script", "no such file: gone.py", ""),
    ("around.py", "../x.py", ":42: options[1].script", "outside the case's folder", ""),
    ('id = "around"', 'id = "upgrade"', ":37: options[1].id", "used twice: upgrade", ""),
    ('text = "oops"\n', "", ":44: quotes[0].text", "missing", ""),
    ("related = [", "related = [1, ", ":12: related[0]", "expected a string", ""),
    ("[report]", "[report", ":14", "not TOML", ""),
    ("bad =", "bad", ":5", "not TOML", ""),
    ('url = "https://example.org/issues/7"\n', 'url = "', ":15", "not TOML", ""),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "says", "hint"), WRONG)
def test_what_is_wrong_is_said_with_file_line_and_key(
    folder: Path, old: str, new: str, at: str, says: str, hint: str
) -> None:
    path = folder / "case.toml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))

    with pytest.raises(InputError) as caught:
        read_case(folder)

    error = caught.value
    assert str(path) in str(error.at)
    assert f"{at}" in f"{error.at}"
    assert says in error.message
    assert hint in (error.hint or "")
    assert not error.message.endswith(".")


def test_a_narrative_at_the_top_is_sent_to_its_place(folder: Path) -> None:
    (folder / "case.toml").write_text(GOOD.replace("timeout = 30", 'cause = "x"', 1))

    with pytest.raises(InputError) as caught:
        read_case(folder)

    assert caught.value.hint == "it belongs under [narrative]: cause"


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "no such file"), (b"title = '\xff'", "not UTF-8"), (b"x = '''", "not TOML")],
)
def test_a_file_that_cannot_be_read_is_named(
    folder: Path, content: bytes | None, says: str
) -> None:
    path = folder / "case.toml"
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match=says) as caught:
        read_case(folder)

    assert str(path) in str(caught.value.at)


def test_no_folder_of_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_cases(tmp_path / "nowhere")


SUMMARY = Summary(
    introduced="1.1",
    last_bad="1.3",
    first_fixed="1.5",
    also_fixed=("1.2.1",),
    recommended="2.0",
    evidence="proof.json",
    digest="0" * 64,
)


def test_a_summary_is_added_and_nothing_else_changes(folder: Path) -> None:
    case = replace(read_case(folder), status=Status.PROVEN, summary=SUMMARY)
    write_summary(folder, case)
    text = (folder / "case.toml").read_text()

    assert read_case(folder) == case
    kept = [line for line in GOOD.splitlines() if line]
    written = [line for line in text.splitlines() if line]
    assert [line for line in written if line in kept] == kept


def test_a_summary_is_replaced_where_it_stands(folder: Path) -> None:
    case = replace(read_case(folder), status=Status.PROVEN, summary=SUMMARY)
    write_summary(folder, case)
    path = folder / "case.toml"
    path.write_text(path.read_text().replace("[summary]", "[summary]  # by prove", 1))
    once = path.read_text()
    less = replace(case, status=Status.REPRODUCED, summary=Summary(introduced="1.1"))
    write_summary(folder, less)

    assert read_case(folder) == less
    assert "[summary]  # by prove" in path.read_text()
    write_summary(folder, case)
    assert read_case(folder) == case
    assert sorted(path.read_text().splitlines()) == sorted(once.splitlines())


def test_line_ends_of_windows_stay(folder: Path) -> None:
    path = folder / "case.toml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    case = replace(read_case(folder), status=Status.BISECTED)
    write_summary(folder, case)

    assert read_case(folder).status is Status.BISECTED
    assert path.read_bytes().count(b"\r\n") >= GOOD.count("\n")


WORDS = st.text(max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(title=WORDS, cause=WORDS, first=st.none() | WORDS.filter(bool))
def test_whatever_people_write_survives(
    folder: Path, title: str, cause: str, first: str | None
) -> None:
    document = tomlkit.parse(GOOD)
    document["title"] = title
    document["narrative"]["cause"] = cause
    (folder / "case.toml").write_bytes(tomlkit.dumps(document).encode())
    case = read_case(folder)
    assert (case.title, case.cause) == (title, cause)

    summed = replace(case, summary=Summary(first_fixed=first))
    write_summary(folder, summed)
    assert read_case(folder) == summed
