"""The index: found again, replaced, taken out, read while it is written."""

import sqlite3
import threading
from pathlib import Path

import pytest

from fixproof.library.index import Entry, Index
from fixproof.model.errors import PreparationError
from fixproof.signature import parse
from fixproof.signature.features import Features, features_of
from fixproof.signature.known import Known
from fixproof.signature.rank import THRESHOLD


def _features(text: str, title: str = "") -> Features:
    return features_of(parse(text), title)


def _said(kind: str, message: str, module: str = "orchard/press.py") -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "/x/site-packages/{module}", line 3, in squeeze\n'
        f"    return crush(fruit)\n{kind}: {message}\n"
    )


TEXTS = {
    "weight": _said("AttributeError", "'Basket' object has no attribute 'weight'"),
    "colour": _said("AttributeError", "'Basket' object has no attribute 'colour'"),
    "loader": _said(
        "TypeError", "load() missing 1 required positional argument: 'Loader'", "a/b.py"
    ),
    "core": _said("ImportError", "core.multiarray failed to import", "c/d.py"),
    "denied": "PermissionError: [Errno 13] Permission denied: 'a'",
    "version": _said(
        "VersionMismatch", "transport requires barrel versions 3.2.0 or later", "e.py"
    ),
}


def _entry(key: str, text: str, **known: str) -> Entry:
    return Entry(
        known=Known(key=key, title=known.get("title", ""), package="orchard"),
        features=_features(text, known.get("title", "")),
        source="test",
        stamp=str(hash(text)),
    )


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.writing(tmp_path / "index.sqlite")
    made.put(_entry(key, text) for key, text in TEXTS.items())
    return made


def _keys(index: Index, text: str) -> list[str]:
    return [hit.known.key for hit in index.search(_features(text)) if hit.match.score >= THRESHOLD]


@pytest.mark.parametrize("key", sorted(set(TEXTS) - {"denied"}))
def test_each_is_found_first_by_its_own_text(index: Index, key: str) -> None:
    assert _keys(index, TEXTS[key])[0] == key


def test_another_name_in_the_same_sentence_ranks_below(index: Index) -> None:
    hits = {hit.known.key: hit.match.score for hit in index.search(_features(TEXTS["weight"]))}

    assert hits["weight"] > 0.8
    assert hits["colour"] < hits["weight"] - 0.2


def test_type_and_message_alone_are_no_match(index: Index) -> None:
    text = "PermissionError: [Errno 13] Permission denied: 'b'"

    assert index.search(_features(text))[0].known.key == "denied"
    assert _keys(index, text) == []


def test_nothing_is_found_for_what_is_unknown(index: Index) -> None:
    assert _keys(index, _said("RuntimeError", "the lantern went out", "quarry/lamp.py")) == []
    assert _keys(index, "") == []


def test_a_text_cut_before_its_message_is_found_by_its_frames(index: Index) -> None:
    cut = TEXTS["core"].rsplit("\n", 2)[0]

    assert index.search(_features(cut))[0].known.key == "core"


def test_putting_again_replaces(index: Index) -> None:
    index.put([_entry("weight", TEXTS["core"], title="moved")])

    assert len(index) == len(TEXTS)
    assert "weight" not in _keys(index, TEXTS["weight"])
    assert set(_keys(index, TEXTS["core"])) == {"weight", "core"}


def test_putting_one_key_twice_at_once_keeps_the_last(index: Index) -> None:
    index.put([_entry("new", TEXTS["core"]), _entry("new", _said("KeyError", "'sundial'"))])

    assert _keys(index, _said("KeyError", "'sundial'"))[0] == "new"
    assert len(index) == len(TEXTS) + 1


def test_taken_out_is_not_found_and_leaves_no_trace_in_scores(index: Index) -> None:
    before = index.search(_features(TEXTS["weight"]))
    index.put([_entry("extra", TEXTS["weight"])])
    assert index.remove(["extra", "never there"]) == 1

    assert index.search(_features(TEXTS["weight"])) == before


def test_a_failed_change_changes_nothing(index: Index) -> None:
    broken = Entry(
        known=Known(key="x", title="", package={1}),  # type: ignore[arg-type]  # cannot be written
        features=_features(TEXTS["core"]),
        source="test",
    )
    with pytest.raises(TypeError):
        index.put([_entry("good", TEXTS["core"]), broken])

    assert len(index) == len(TEXTS)
    assert "good" not in _keys(index, TEXTS["core"])


def test_readers_read_while_a_writer_writes(index: Index, tmp_path: Path) -> None:
    stop, problems = threading.Event(), list[str]()

    def read() -> None:
        with Index.reading(tmp_path / "index.sqlite") as reader:
            while not stop.is_set():
                if reader.search(_features(TEXTS["loader"]))[0].known.key != "loader":
                    problems.append("lost")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    for number in range(20):
        index.put([_entry(f"n{number}", _said("KeyError", f"'bell_{number}'"))])
    stop.set()
    for thread in readers:
        thread.join()

    assert problems == []
    assert len(index) == len(TEXTS) + 20


def test_a_broken_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(b"no database at all" * 100)

    for opener in (Index.reading, Index.writing):
        with pytest.raises(PreparationError) as caught:
            opener(path)
        assert caught.value.hint is not None


def test_nothing_to_put_takes_no_lock(index: Index, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert index.put([]) == 0
    other.close()


def test_the_evidence_is_told(index: Index) -> None:
    hit = index.search(_features(TEXTS["weight"]))[0]

    assert {"t:attributeerror", "s:weight", "f:orchard/press.py:squeeze"} <= set(hit.shared)
    assert hit.match.frames > 0
    assert hit.match.type == 1.0
