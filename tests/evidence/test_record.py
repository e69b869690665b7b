"""Laws and examples of the run record."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixproof.evidence.canonical import canonical, plain
from fixproof.evidence.record import (
    HEAD,
    KEPT,
    TAIL,
    Tried,
    bounded,
    decode,
    digest,
    encode,
    excerpt,
    probe_id,
    record_of,
)
from fixproof.model.environments import Pin
from fixproof.model.errors import InputError
from fixproof.model.evidence import Machine, RunRecord, Stream
from fixproof.model.failures import Signature
from fixproof.model.findings import Trigger
from fixproof.model.runs import Captured, Ending, Job, Limits, Stage, Unusable
from tests.support_evidence import JOB, MACHINE, STARTED, environment, record

# Arguments and file names may hold lone surrogates; numbers may be whole where floats are meant.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20)
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**53), 2**53).map(float)
)
COUNTS = st.integers(-(2**62), 2**62)
TIMES = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))]
    ),
)


def tuples(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=3).map(tuple)


RECORDS = st.builds(
    RunRecord,
    probe=TEXTS,
    attempt=COUNTS,
    environment=TEXTS,
    pins=tuples(
        st.builds(
            Pin,
            name=TEXTS,
            version=TEXTS,
            file=TEXTS,
            sha256=TEXTS,
            uploaded=st.none() | TIMES,
            size=st.none() | COUNTS,
        )
    ),
    command=tuples(TEXTS),
    files=tuples(st.tuples(TEXTS, TEXTS)),
    limits=st.builds(Limits, wall=NUMBERS, memory=COUNTS),
    machine=st.none() | st.builds(Machine, **dict.fromkeys(plain(MACHINE), TEXTS)),  # type: ignore[arg-type] # a dataclass is plain as a dict
    started=st.none() | TIMES,
    seconds=NUMBERS,
    exit_code=st.none() | COUNTS,
    limit=st.none() | TEXTS,
    stdout=st.none()
    | st.builds(Stream, sha256=TEXTS, size=COUNTS, truncated=st.booleans(), excerpt=TEXTS),
    signature=st.none()
    | st.builds(
        Signature,
        recipe=COUNTS,
        parts=tuples(TEXTS),
        **dict.fromkeys(("exact", "same", "family", "search", "surfaced", "root"), TEXTS),
    ),
    output=TEXTS,
    unusable=st.none()
    | st.builds(Unusable, stage=st.sampled_from(Stage), reason=TEXTS, detail=TEXTS),
)


@given(RECORDS)
def test_spelling_what_was_parsed_gives_the_same_spelling(made: RunRecord) -> None:
    spelled = encode(made)

    assert encode(decode(spelled)) == spelled
    assert digest(decode(spelled)) == digest(made)


@given(RECORDS, TIMES)
def test_a_time_is_the_same_in_every_zone(made: RunRecord, moment: datetime) -> None:
    here = replace(made, started=moment)
    there = replace(made, started=moment.astimezone(timezone(timedelta(hours=3))))

    assert digest(here) == digest(there)


def test_keys_are_sorted_and_nothing_empty_is_spelled() -> None:
    spelled = encode(record())
    keys = list(json.loads(spelled))

    assert keys == sorted(keys)
    assert "signal" not in keys
    assert "unusable" not in keys
    assert len(spelled) == len(json.dumps(json.loads(spelled), separators=(",", ":")))


def test_fields_that_mean_something_when_empty_are_spelled() -> None:
    spelled = encode(replace(record(), isolation="", pins=()))

    assert b'"isolation":""' in spelled
    assert b'"pins":[]' in spelled
    assert decode(spelled).isolation == ""


def test_a_trailing_underscore_is_not_part_of_a_name() -> None:
    trigger = Trigger(axis="dependency", name="h2", from_="4.2.0", to="4.3.0")

    spelled = {"axis": "dependency", "name": "h2", "from": "4.2.0", "to": "4.3.0"}

    assert plain(trigger, sparse=True) == spelled
    assert plain(trigger) == {**spelled, "records": []}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), STARTED.replace(tzinfo=None), b""])
def test_what_has_no_spelling_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="cannot be recorded"):
        canonical(value)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"probe":1}', r"\$\.probe"),
        (b'{"probe":"p","attempt":0,"environment":"e","pins":[{"name":1}]}', r"\$\.pins\[0\]"),
        (b"\xff\xfe", "malformed"),
        (b'{"probe":"\xff"}', "UTF-8"),
        (b"[" * 100_000, "recursion|array"),
    ],
)
def test_a_malformed_record_is_an_error_that_names_the_place(broken: bytes, says: str) -> None:
    with pytest.raises(InputError, match=f"(?i){says}") as caught:
        decode(broken, at="records/x.json")

    assert caught.value.at == "records/x.json"


PROBE = probe_id(environment(("demo", "1.0")), "", JOB, "sandbox 1")


@pytest.mark.parametrize(
    "other",
    [
        probe_id(environment(("demo", "1.1")), "", JOB, "sandbox 1"),
        probe_id(environment(("demo", "1.0")), "abc", JOB, "sandbox 1"),
        probe_id(environment(("demo", "1.0")), "", JOB, "sandbox 2"),
        probe_id(environment(("demo", "1.0")), "", JOB, "sandbox 1", project="tree"),
        *(
            probe_id(environment(("demo", "1.0")), "", replace(JOB, **change), "sandbox 1")
            for change in (
                {"argv": ("python", "-X", "dev", "repro.py")},
                {"files": (("repro.py", b"print('goodbye')\n"),)},
                {"files": (("other.py", b"print('hello')\n"),)},
                {"variables": (("A", "1"),)},
                {"limits": Limits(wall=5)},
                {"network": True},
                {"cpus": 1},
            )
        ),
    ],
)
def test_whatever_decides_the_outcome_makes_another_probe(other: str) -> None:
    assert other != PROBE


def test_what_does_not_decide_the_outcome_is_the_same_probe() -> None:
    job = Job(argv=("python", "x"), variables=(("B", "2"), ("A", "1")))
    swapped = replace(job, variables=(("A", "1"), ("B", "2")))
    dated = replace(environment(("demo", "1.0")), as_of=STARTED)

    assert probe_id(dated, "", job, "s") == probe_id(environment(("demo", "1.0")), "", swapped, "s")


def tried(job: Job = JOB, **more: object) -> Tried:
    fields = {"probe": PROBE, "attempt": 0, "environment": environment(("demo", "1.0"))}
    return Tried(job=job, **(fields | more))  # type: ignore[arg-type] # fields by name


def test_no_credential_reaches_a_record() -> None:
    job = Job(
        argv=("tool", "--index", "https://user:hunter2@mirror.example/x"),
        variables=(("API_TOKEN", "hunter2"), ("DB", "postgres://me:hunter2@db/x"), ("TZ", "UTC")),
    )
    said = Captured(text="connecting to ftp://me:hunter2@files.example")
    made = record_of(tried(job), Ending(exit_code=1, stdout=said, stderr=said))

    assert b"hunter2" not in encode(made)
    assert dict(made.variables)["TZ"] == "UTC"


def test_no_address_of_an_index_reaches_a_record() -> None:
    detail = (
        "No solution: https://index.example/simple/demo/ lists no wheel\n"
        "tried https://files.example/aa/bb/demo-1.0.tar.gz#sha256=12 and http://mirror.example:80"
    )
    made = record_of(tried(), Unusable(stage=Stage.FETCH, reason="no wheel", detail=detail))
    spelled = encode(made)

    assert b"example" not in spelled
    assert b"lists no wheel" in spelled


def test_paths_of_this_machine_get_names() -> None:
    said = Captured(text='File "/var/cache/envs/ab12/lib/python3.11/site-packages/demo/x.py"')
    made = record_of(
        tried(names=(("/var/cache/envs/ab12", "<environment>"),)), Ending(exit_code=1, stderr=said)
    )

    assert made.stderr is not None
    assert made.stderr.excerpt == 'File "<environment>/lib/python3.11/site-packages/demo/x.py"'


@given(st.text(max_size=50), st.integers(0, 3 * (HEAD + TAIL)))
def test_an_excerpt_is_short_and_keeps_both_ends(text: str, filler: int) -> None:
    said = f"{text}{'x' * filler}{text}"
    shown = excerpt(said)

    assert len(shown) <= HEAD + TAIL + 60
    assert shown.startswith(text)
    assert shown.endswith(text)


@given(st.integers(1, 50), st.text(min_size=1, max_size=5))
def test_bounded_texts_still_differ_where_the_texts_differ(room: int, tail: str) -> None:
    long = "x" * (KEPT + room)

    assert bounded(long) != bounded(long + tail)
    assert bounded("short") == "short"


def test_digests_are_stable() -> None:
    """Changing this digest orphans everybody's evidence: add fields, change none."""
    assert digest(record()) == "f22c0d161994ac2bfec2b47d6b166f3b6406d8ca0e5df28f68e8504b17f5a86c"
