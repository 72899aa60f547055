"""Docling's test files (MIT): each loads or fails with one sentence, and the text agrees with Docling's own."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from load.makers import loaded
from wenyuan.errors import SourceError
from wenyuan.load import SUPPORTED, discover, load

# (files that load, files that fail, mean word recall); the PDFs that fail are six scans and an encrypted one.
# Docling also writes charts and comments of workbooks and repeats merged cells, which we do not.
MEASURED = {
    "csv": (9, 0, 0.99),
    "docx": (33, 0, 0.93),
    "eml": (2, 0, None),
    "epub": (1, 0, 0.99),
    "html": (32, 0, 0.96),
    "md": (14, 0, 0.98),
    "pdf": (19, 7, 0.95),
    "pptx": (8, 0, 0.90),
    "txt": (1, 0, None),
    "xlsx": (11, 0, 0.78),
}


@pytest.fixture(scope="module")
def corpus(shared_data, tmp_path_factory):
    root = tmp_path_factory.mktemp("docling")
    with tarfile.open(shared_data / "formats" / "docling_tests.tar.gz") as archive:
        archive.extractall(root, filter="data")
    return root


def words(text):
    return Counter(re.findall(r"[\u4e00-\u9fff]|\w+", text.lower()))


def recall(truth, text):
    expected = words(re.sub("<!--.*?-->|&[a-z]+;", " ", truth))
    return (expected & words(text)).total() / max(1, expected.total())


def ground_truth(path):
    folder = path.parent.parent / "groundtruth"
    found = [folder / name for name in (f"{path.name}.md", f"{path.stem}.md") if (folder / name).exists()]
    return found[0].read_text(encoding="utf-8") if found else None


def outcome(path, name):
    """The document, or the sentence why there is none."""
    try:
        return load(path, id=name)
    except SourceError as error:
        return str(error)


def test_every_file_loads_or_fails_with_one_sentence(corpus):
    done, failed, recalls = Counter(), Counter(), defaultdict(list)
    for path in discover(corpus):
        if "groundtruth" in path.parts:
            continue
        kind = SUPPORTED[path.suffix.lower()]
        name = path.relative_to(corpus).as_posix()
        document = outcome(path, name)
        if isinstance(document, str):
            assert re.fullmatch(rf"{re.escape(name)}: [^\n]+", document)
            failed[kind] += 1
            continue
        done[kind] += 1
        assert document.text.strip()
        assert document.title
        offsets = [mark.at for mark in document.marks]
        assert offsets == sorted(set(offsets))
        assert all(0 <= offset < len(document.text) for offset in offsets)
        if truth := ground_truth(path):
            recalls[kind].append(recall(truth, document.text))
    assert {kind: (done[kind], failed[kind]) for kind in done} == {kind: row[:2] for kind, row in MEASURED.items()}
    means = {kind: sum(values) / len(values) for kind, values in recalls.items()}
    floors = {kind: floor for kind, (_, _, floor) in MEASURED.items() if floor is not None}
    assert set(means) == set(floors)
    assert all(means[kind] >= floor for kind, floor in floors.items()), means


def decoded(data):
    try:
        return loaded(data, "a.txt").text
    except SourceError:
        return None


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("cmrc2018-zh", "gb18030"), ("cmrc2018-zh", "gbk"), ("drcd-zh-hant", "big5"), ("drcd-zh-hant", "gbk")],
)
def test_short_real_passages_are_decoded(shared_data, name, encoding):
    """Wikipedia paragraphs cut to 20 characters; those that fail are mostly Japanese names in kana."""
    file = shared_data / "retrieval" / name / "corpus.jsonl"
    lines = (file.read_bytes() if file.exists() else gzip.decompress(Path(f"{file}.gz").read_bytes())).splitlines()
    passages = [json.loads(line)["text"][:20].strip() for line in lines]
    encodable = [text for text in passages if text.encode(encoding, errors="ignore").decode(encoding) == text]
    right = sum(decoded(text.encode(encoding)) == text for text in encodable)
    assert len(encodable) > 800
    assert right >= 0.99 * len(encodable), (right, len(encodable))
