"""The form of a statement: in-toto's, readable, without addresses of an index."""

import json
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from fixproof.evidence.pretty import WIDTH, pretty
from fixproof.evidence.sharing import pack, unpack
from fixproof.evidence.statement import OURS, spell
from tests.support_proof import SCRIPTS, statement

MADE = statement()
DATA = spell(MADE)
DOCUMENT = json.loads(DATA)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


def test_it_is_an_in_toto_statement_with_the_test_result_predicate() -> None:
    predicate = DOCUMENT["predicate"]

    assert DOCUMENT["_type"] == "https://in-toto.io/Statement/v1"
    assert DOCUMENT["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert predicate["result"] == "WARNED", "another outcome lies between last bad and first fixed"
    assert "first fixed: demo 1.5" in predicate["passedTests"]
    assert predicate["warnedTests"] == list(MADE.proof.bisection.open)
    assert "failedTests" not in predicate


def test_its_subjects_are_the_files_of_the_tested_package() -> None:
    names = [subject["name"] for subject in DOCUMENT["subject"]]

    assert "demo-1.2-py3-none-any.whl" in names
    assert all(name.startswith("demo-") for name in names)
    assert all(len(subject["digest"]["sha256"]) == 64 for subject in DOCUMENT["subject"])


def test_every_resource_has_what_the_specification_asks_of_it() -> None:
    resources = DOCUMENT["predicate"]["configuration"]

    assert all(resource.keys() & {"uri", "digest", "content"} for resource in resources)
    assert {*SCRIPTS, "interpreter", "environment"} == {r["name"] for r in resources}


def test_no_address_of_an_index_is_in_it() -> None:
    host = urlsplit(PYPI_SIMPLE_ENDPOINT).hostname or ""

    assert host.encode() not in DATA
    assert DATA.count(b"http") == 2, "the two type names of in-toto"


def test_a_change_of_one_record_is_a_small_change_of_the_text() -> None:
    lines = DATA.decode().splitlines()

    assert len(lines) > 200
    assert max(map(len, lines)) <= WIDTH + 120


def test_what_records_share_is_written_once() -> None:
    shared, packed = pack(MADE.records)
    outputs = [record["pins"] for record in packed.values()]

    assert len({json.dumps(pins) for pins in outputs}) < len(outputs)
    assert set(unpack(shared, packed)) == set(MADE.records)
    assert len(DOCUMENT["predicate"][OURS]["records"]) == len(MADE.records)


@given(JSON)
def test_pretty_json_says_the_same(value: object) -> None:
    assert json.loads(pretty(value)) == value
