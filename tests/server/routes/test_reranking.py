"""Documents put in order, for Cohere's own clients and those that send what Jina takes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cohere
import httpx
import pytest

from running import Running, running
from wenyuan.server.routes.reranking import relevance, scored
from wenyuan.types import CrossEncoder, Vector

QUERY = "How long does the warranty last?"
DOCUMENTS = ["Cats sleep.", "The warranty lasts two years.", "Cats sleep."]


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with the shipped reranker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WENYUAN_RERANK__MODEL")
        with running(tmp_path_factory.mktemp("reading")) as server:
            server.make("manuals", {"a.md": "# A\n\nPumps.\n"})
            yield server


@pytest.fixture
def caller(reading: Running) -> Iterator[httpx.Client]:
    with reading.client(reading.key("read")) as made:
        yield made


def test_cohere_s_clients_get_the_best_first(reading: Running) -> None:
    key = reading.key("read")
    with httpx.Client(timeout=60) as wire:
        options = {"base_url": reading.url, "httpx_client": wire}
        first = cohere.Client(key, **options).rerank(
            model="rerank", query=QUERY, documents=[DOCUMENTS[0], {"text": DOCUMENTS[1]}], return_documents=True
        )
        second = cohere.ClientV2(key, **options).rerank(model="kb:manuals", query=QUERY, documents=DOCUMENTS, top_n=1)
    assert [each.index for each in first.results] == [1, 0]
    assert first.results[0].document.text == DOCUMENTS[1]
    assert 1 >= first.results[0].relevance_score > first.results[1].relevance_score >= 0
    assert first.meta.api_version.version == "1"
    assert [each.index for each in second.results] == [1]
    assert second.meta.api_version.version == "2"


def test_jina_s_shape_has_usage_and_documents_where_they_are_wanted(caller: httpx.Client) -> None:
    body = {"model": "rerank", "query": QUERY, "documents": DOCUMENTS, "top_n": 10, "return_documents": True}
    for path in ("/v1/rerank", "/rerank"):
        said = caller.post(path, json=body).json()
        assert [each["index"] for each in said["results"]] == [1, 0, 2]  # equal ones by their place
        assert said["results"][1]["relevance_score"] == said["results"][2]["relevance_score"]
        assert said["results"][0]["document"] == {"text": DOCUMENTS[1]}
        assert said["usage"]["total_tokens"] > 5
        assert said["model"].startswith("rerank@")
    del body["model"], body["return_documents"]
    assert "document" not in caller.post("/rerank", json=body).json()["results"][0]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"documents": []}, "documents"),
        ({"documents": ["x"] * 1001}, "documents"),
        ({"documents": ["x" * 600_000] * 2}, "documents"),
        ({"documents": [{"title": "x"}]}, "documents"),
        ({"query": ""}, "query"),
        ({"top_n": 0}, "top_n"),
    ],
)
def test_what_makes_no_sense_is_refused(caller: httpx.Client, change: dict[str, Any], param: str) -> None:
    response = caller.post("/v1/rerank", json={"model": "rerank", "query": QUERY, "documents": DOCUMENTS} | change)
    assert response.status_code == 400
    assert response.json()["error"]["param"].startswith(param)


class Counting:
    """Says how long a text is, and keeps what it was asked."""

    id, max_tokens = "length@1", 512

    def __init__(self) -> None:
        self.read: list[str] = []
        self.query = ""

    def score(self, query: str, passages: Any) -> Vector:
        import numpy as np

        self.query = query
        self.read += passages
        return np.array([len(each) for each in passages], np.float32)

    def truncated(self) -> int:
        return 0


def test_reading_ends_when_the_caller_is_gone() -> None:
    model = Counting()
    _: CrossEncoder = model
    assert len(scored(model, "ｑ", ["x"] * 100, lambda: len(model.read) > 10)) == len(model.read) < 100
    assert model.query == "q"


def test_a_logit_is_a_share_however_large_it_is() -> None:
    assert relevance(0) == 0.5
    assert relevance(1000) == 1
    assert relevance(-1000) == 0
    assert relevance(2) == pytest.approx(1 / (1 + math.exp(-2)))
