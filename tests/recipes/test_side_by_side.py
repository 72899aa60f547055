"""Sections in both languages, of sites and of manuals."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from wenyuan_models.recipes.side_by_side import side_by_side, start

from wenyuan.errors import WrongUse

ZH = (
    "集群的每个节点都要配置地址，重启之后才会生效；节点之间的时钟相差不能超过一秒，否则选举会失败，"
    "集群便不能对外服务。请先检查每台机器的时钟。"
)
EN = "Every node of a cluster needs an address, which holds after a restart; clocks of nodes may differ by a second."


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)


def page(name: str, pair: str, lang: str, markdown: str) -> dict[str, str]:
    return {"id": name, "pair": pair, "lang": lang, "title": f"T {name}", "markdown": markdown}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write(tmp_path / "enterprise/dev.jsonl", [{"passage": "p1"}, {"passage": "p2"}])
    corpus = [
        {"_id": "p1", "text": "保密 的 一段", "metadata": {"source": "nacos:a.md"}},
        {"_id": "p2", "text": "另一段", "metadata": {"source": "manuals:zh/held"}},
    ]
    write(tmp_path / "enterprise/corpus.jsonl.gz", corpus)
    row = {"source": "nacos:b.md", "zh_title": "集群", "en_title": "Cluster", "zh": ZH, "en": EN}
    write(tmp_path / "parallel/sections_zh_en.jsonl.gz", [row, row | {"zh": "保密的一段", "en": "secret"}])
    manuals = [
        page("zh/a", "en/a", "zh", f"# 题\n\n## 配置\n\n{ZH}\n\n## 短\n\n短"),
        page("en/a", "zh/a", "en", f"# T\n\n## Set-up\n\n{EN}\n\n## Short\n\nShort"),
        page("zh/held", "en/held", "zh", f"## 配置\n\n{ZH}"),
        page("en/held", "zh/held", "en", f"## Set-up\n\n{EN}"),
        page("zh/more", "en/more", "zh", f"## 一\n\n{ZH}\n\n## 二\n\n{ZH}"),
        page("en/more", "zh/more", "en", f"## One\n\n{EN}"),
        page("zh/alone", "en/none", "zh", ZH),
    ]
    write(tmp_path / "manuals/docs.jsonl.gz", manuals)
    return tmp_path


def test_sections_come_with_their_counterpart_and_none_that_is_asked_for(data: Path) -> None:
    site, manual = side_by_side(data)
    assert (site.site, site.passage("zh"), site.passage("en")) == ("nacos", f"集群\n{ZH}", f"Cluster\n{EN}")
    assert (manual.site, manual.texts) == ("manuals", {"zh": ZH, "en": EN})
    assert manual.titles == {"zh": "T zh/a > 配置", "en": "T en/a > Set-up"}


def test_marks_and_white_space_do_not_tell_texts_apart() -> None:
    assert start("保密 的，一段。") == start("保密的一段") != start("保密的二段")


def test_a_missing_set_is_named(data: Path) -> None:
    (data / "parallel" / "sections_zh_en.jsonl.gz").unlink()
    with pytest.raises(WrongUse, match=r"There is no file .*sections_zh_en\.jsonl\.gz"):
        side_by_side(data)
