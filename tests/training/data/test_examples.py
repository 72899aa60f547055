from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import SourceError, WrongUse
from wenyuan.text.normalise import fold
from wenyuan.training.data.examples import Example, read_examples, split, write_examples

GOOD = {"query": "q", "pos": ["a"], "neg": ["b"]}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    return path


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    examples = [
        Example("什么是向量？", ("向量是…",), ("\u2028 a line", "标量")),
        Example("q", ("a",), ("b", "c"), (7.25,), (-11.5, 0.125), "en", "squad"),
        Example("unlabelled", (), ("a", "b"), (), (3.0, -2.0)),
    ]
    write_examples(tmp_path / name, examples)
    assert read_examples(tmp_path / name) == examples
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        (GOOD | {"query": " "}, "'query'"),
        ({"pos": ["a"], "neg": ["b"]}, "'query'"),
        (GOOD | {"pos": "a"}, "'pos'"),
        (GOOD | {"neg": ["b", ""]}, "'neg'"),
        (GOOD | {"neg": []}, "'neg' is empty"),
        (GOOD | {"pos": []}, "'pos' is empty"),
        (GOOD | {"pos": [], "neg_scores": [1.0]}, "'pos' is empty"),  # one passage: no order to learn
        (GOOD | {"pos_scores": [1.0, 2.0]}, "2 numbers for 1 passages"),
        (GOOD | {"neg_scores": ["1"]}, "finite"),
        (GOOD | {"neg_scores": [True]}, "finite"),
        ('{"query": "q", "pos": ["a"], "neg": ["b"], "pos_scores": [NaN]}', "finite"),
        (GOOD | {"lang": "fr"}, "'fr'"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_what_is_wrong(tmp_path: Path, bad: object, named: str) -> None:
    path = write(tmp_path / "d.jsonl", GOOD, "", bad, GOOD)
    with pytest.raises(SourceError, match=r"d\.jsonl, line 3: .*\.$") as error:
        read_examples(path)
    assert named in str(error.value)


def test_a_file_that_is_absent_cut_off_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="absent"):
        read_examples(tmp_path / "absent.jsonl")
    whole = gzip.compress(json.dumps(GOOD).encode() * 100)
    (tmp_path / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "latin.jsonl").write_bytes(b'{"query": "\xe9"}')
    for name in ("cut.jsonl.gz", "latin.jsonl"):
        with pytest.raises(SourceError, match=name):
            read_examples(tmp_path / name)


few = st.text("ab", min_size=1, max_size=2)
examples_of_few = st.lists(
    st.builds(Example, query=few, positives=st.lists(few, max_size=2).map(tuple), negatives=st.just(("n",))),
    max_size=60,
)


@given(examples_of_few, st.floats(0, 1), st.integers(0, 3))
def test_no_query_and_no_positive_is_on_both_sides(examples: list[Example], share: float, seed: int) -> None:
    train, dev = split(examples, share, seed)
    assert sorted(map(repr, train + dev)) == sorted(map(repr, examples))
    assert len(dev) <= round(share * len(examples))
    for parts in (lambda e: {e.query}, lambda e: set(e.positives)):
        sides = [{text for example in side for text in parts(example)} for side in (train, dev)]
        assert sides[0].isdisjoint(sides[1])
    assert split(examples, share, seed) == (train, dev)


def test_a_split_takes_its_share_and_follows_its_seed() -> None:
    examples = [Example(f"q{n // 2}", (f"p{n // 4}",), ("n",)) for n in range(400)]
    train, dev = split(examples, 0.1)
    assert (len(train), len(dev)) == (360, 40)
    assert {fold(e.query) for e in split(examples, 0.1, seed=1)[1]} != {fold(e.query) for e in dev}


def test_queries_that_differ_in_width_case_or_script_are_one_query() -> None:
    examples = [Example("什麼是ＲＡＧ", ("p",), ("n",)), Example("什么是rag", ("other",), ("n",))]
    assert split(examples, 0.5) == (examples, [])
