"""What is written of an entry is read again; words are told once."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from fixproof.library.packing import known_of, packable, packed, unpacked
from fixproof.signature import parse
from fixproof.signature.features import Part, features_of
from fixproof.signature.known import Known
from tests.support_samples import samples

WORDS = st.sampled_from(["press", "orchard.press", "_x", "a1", "été"])
FEATURES = st.one_of(
    st.tuples(st.sampled_from("tswqou"), WORDS).map(":".join),
    st.tuples(st.sampled_from("be"), WORDS, WORDS).map(lambda p: f"{p[0]}:{p[1]} {p[2]}"),
    st.tuples(st.sampled_from("xfmcv"), st.text(st.characters(codec="utf-8"), max_size=20)).map(
        ":".join
    ),
)
WEIGHTS = st.dictionaries(FEATURES, st.integers(1, 100).map(lambda n: n / 100), max_size=30)


def _clean(weights: dict[str, float]) -> dict[str, float]:
    """Leave out what `packable` does; a message's pair stands anywhere too."""
    kept = {
        f: w for f, w in packable(weights).items() if f.encode("utf-8", "replace").decode() == f
    }
    pairs = {f[1:]: w for f, w in kept.items() if f[0] == Part.PAIR}
    return kept | {f"{Part.ANY_PAIR}{pair}": weight for pair, weight in pairs.items()}


@given(WEIGHTS)
def test_features_come_back(weights: dict[str, float]) -> None:
    weights = _clean(weights)

    assert unpacked(packed(Known(key="a#1", title=""), weights))[1] == weights


def test_every_sample_comes_back() -> None:
    for sample in samples():
        weights = packable(features_of(parse(sample.text), "the press is dry").weights)

        read = unpacked(packed(Known(key="a#1", title=""), weights))[1]
        assert {f: round(w * 100) for f, w in read.items() if f in weights} == {
            f: round(w * 100) for f, w in weights.items()
        }
        assert all(feature[0] == Part.ANY_PAIR for feature in read.keys() - weights.keys())


def test_what_is_known_comes_back() -> None:
    bare = Known(key="a#1", title="")
    full = Known(
        key="a#1",
        title="dry",
        package="orchard",
        status="proven",
        fix="orchard>=2",
        introduced="1.0",
        also_fixed=("1.5", "1.6"),
    )

    for known in (bare, full):
        assert known_of("a#1", unpacked(packed(known, {}))[0]) == known


def test_marks_of_the_form_on_disk_are_kept_out() -> None:
    assert packable({"w:a": 1.0, "x:a\x1fb": 1.0, "c:\x1e": 1.0}) == {"w:a": 1.0}


def test_an_entry_takes_less_than_its_features_compressed() -> None:
    text = next(sample.text for sample in samples() if sample.name == "attribute-3.12")
    weights = features_of(parse(text), "no weight").weights
    plain = zlib.compress("\n".join(f"{f} {w}" for f, w in weights.items()).encode(), 9)

    assert len(packed(Known(key="a#1", title="no weight"), weights)) < 0.8 * len(plain)
