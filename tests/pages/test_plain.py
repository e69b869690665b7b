"""The JSON page."""

import json
from dataclasses import replace
from typing import Any

from fixproof.pages.case import render_json
from tests.support_pages import made_up_page


def document() -> Any:
    return json.loads(render_json(made_up_page()))


def test_the_answer_and_its_proof_are_there() -> None:
    found = document()

    assert found["schema_version"] == 1
    assert found["answer"] == "Upgrade wobble to 0.5.0 or newer."
    assert found["requirement"] == "wobble>=0.5.0"
    assert found["confidence"] == 0.9967
    assert found["proof"]["bisection"]["first_fixed"] == "0.5.0"
    assert found["case"]["id"] == "wobble/7"


def test_fields_are_named_as_the_design_names_them() -> None:
    isolation = document()["proof"]["bisection"]["isolation"]

    assert isolation["from"] == "0.4.1"
    assert not [key for key in isolation if key.endswith("_")]


def test_every_statement_says_where_it_comes_from() -> None:
    found = document()
    kinds = {s["provenance"] for s in found["statements"]}

    assert kinds == {"ran", "cited", "written"}
    assert all(s["url"] for s in found["statements"] if s["provenance"] == "cited")


def test_the_ratio_is_the_one_of_the_statements() -> None:
    own = document()["own_content"]

    assert own["ratio"] == round(
        (own["ran"] + own["written"]) / (own["ran"] + own["written"] + own["cited"]), 4
    )
    assert own["cited"] > 0


def test_records_are_named_with_their_files() -> None:
    made = made_up_page()

    assert set(document()["runs"]) == set(made.records)


def test_without_a_proof_there_is_none() -> None:
    found = json.loads(render_json(replace(made_up_page(), proof=None, records={})))

    assert found["proof"] is None
    assert found["confidence"] is None
    assert found["requirement"] is None
