"""What the encoder learns from: questions, those across languages more often, twins, and sections side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from wenyuan_models.recipes import embed_data
from wenyuan_models.recipes.embed_data import ACROSS, write_mix
from wenyuan_models.recipes.side_by_side import SideBySide

from wenyuan.errors import WrongUse
from wenyuan.training.data.examples import Example, read_examples
from wenyuan.training.data.reading import GradedPassage, ReadingExample

SECTIONS = [
    SideBySide(
        "nacos",
        {"zh": f"集群 > 第{n}节", "en": f"Cluster > Part {n}"},
        {
            "zh": f"第{n}个节点需要配置地址，重启之后生效。",
            "en": f"Node number {n} needs an address, valid after a restart.",
        },
    )
    for n in range(8)
]


def question(text: str, passage: str) -> ReadingExample:
    return ReadingExample(text, (GradedPassage(passage, 3), GradedPassage("another passage")), source="enterprise")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Example]:
    asked = [
        question("节点怎么配置？", SECTIONS[0].passage("zh")),
        question("节点怎样才生效？", SECTIONS[1].passage("en")),
        question("How is a pump fitted?", "A pump is fitted by hand."),
        ReadingExample("Who made the pump?", (GradedPassage("A pump is fitted by hand."),), source="enterprise"),
    ]
    (tmp_path / "enterprise").mkdir()
    (tmp_path / "enterprise" / "train.jsonl").touch()
    monkeypatch.setattr(embed_data, "from_evidence", lambda folder, file: asked)
    monkeypatch.setattr(embed_data, "side_by_side", lambda data: SECTIONS)
    monkeypatch.setattr(embed_data, "read_judged", lambda folder: None)
    public = Example("Which bridge?", ("The bridge.",), ("The tower.",), source="squad")
    monkeypatch.setattr(embed_data, "answered", lambda folder, source, n, *_: [public] if source == "squad" else [])
    write_mix(tmp_path, tmp_path / "train.jsonl")
    return read_examples(tmp_path / "train.jsonl")


def test_questions_across_languages_come_more_often_and_with_their_twins(made: list[Example]) -> None:
    found = {query: [each.positives[0] for each in made if each.query == query] for query in {m.query for m in made}}
    assert found["节点怎么配置？"] in (
        [SECTIONS[0].passage("zh"), SECTIONS[0].passage("en")],
        [SECTIONS[0].passage("en"), SECTIONS[0].passage("zh")],
    )
    assert sorted(found["节点怎样才生效？"]) == sorted(
        [SECTIONS[1].passage("en")] * ACROSS + [SECTIONS[1].passage("zh")]
    )
    assert found["How is a pump fitted?"] == ["A pump is fitted by hand."]
    assert "Who made the pump?" not in found, "no passage answers it"
    assert found["Which bridge?"] == ["The bridge."]


def test_sections_are_asked_for_in_the_other_language_beside_others_of_both(made: list[Example]) -> None:
    across = [each for each in made if each.source == "parallel-nacos"]
    assert len(across) == 2 * len(SECTIONS)
    for each in across:
        [right] = [one for one in SECTIONS if each.positives[0] in (one.passage("zh"), one.passage("en"))]
        other = "zh" if each.positives[0] == right.passage("en") else "en"
        assert each.query.split()[-1] in right.passage(other)
        assert right.passage("zh") not in each.negatives
        assert right.passage("en") not in each.negatives
        assert sum(one.passage(other) in each.negatives for one in SECTIONS) > 2


def test_without_the_questions_there_is_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r"has no train\.jsonl"):
        write_mix(tmp_path, tmp_path / "out.jsonl")
