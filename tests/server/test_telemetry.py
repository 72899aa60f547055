"""Spans of questions."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from wenyuan.server.telemetry import Telemetry, set_up

pytest.importorskip("opentelemetry.sdk")
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

ANSWER = {
    "decision": "ANSWERED", "confidence": 0.9, "answer": "Secret words.", "model": "qwen",
    "usage": {"prompt": 100, "completion": None}, "timings_ms": {"encode": 5.0, "recall": 2.0},
}  # fmt: skip


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    yield exporter
    exporter.shutdown()


def telemetry(spans: InMemorySpanExporter, **options: bool) -> Telemetry:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return Telemetry(provider.get_tracer("t"), **options)


def test_a_question_is_a_span_with_its_stages_and_without_its_words(spans: InMemorySpanExporter) -> None:
    with telemetry(spans).question("chat", "kb", "What is the secret?") as asked:
        asked.told(ANSWER)
    *stages, whole = spans.get_finished_spans()
    assert [span.name for span in stages] == ["wenyuan.encode", "wenyuan.recall"]
    assert stages[0].end_time - stages[0].start_time == 5_000_000
    assert all(span.parent.span_id == whole.context.span_id for span in stages)
    assert whole.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "wenyuan",
        "gen_ai.request.model": "kb",
        "gen_ai.response.model": "qwen",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 0,
        "wenyuan.decision": "ANSWERED",
        "wenyuan.confidence": 0.9,
    }


def test_words_are_part_of_it_where_that_is_wanted(spans: InMemorySpanExporter) -> None:
    with telemetry(spans, content=True).question("chat", "kb", "What is the secret?") as asked:
        asked.told(ANSWER)
    whole = spans.get_finished_spans()[-1]
    assert whole.attributes["gen_ai.input.messages"] == "What is the secret?"
    assert whole.attributes["gen_ai.output.messages"] == "Secret words."


def test_a_search_says_how_many_documents_it_found(spans: InMemorySpanExporter) -> None:
    with telemetry(spans).question("retrieval", "kb", "x") as asked:
        asked.told({"hits": [{"document": "a"}, {"document": "a"}, {"document": "b"}]})
    assert spans.get_finished_spans()[-1].attributes["gen_ai.retrieval.documents.count"] == 2


def test_a_failure_is_part_of_the_span(spans: InMemorySpanExporter) -> None:
    with pytest.raises(LookupError), telemetry(spans).question("chat", "kb", "x"):
        raise LookupError("broken")
    assert spans.get_finished_spans()[-1].status.status_code.name == "ERROR"


def test_without_an_exporter_nothing_is_made() -> None:
    with set_up({}).question("chat", "kb", "x") as asked:
        asked.told(ANSWER)


def test_spans_are_sent_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    made = set_up()
    with made.question("chat", "kb", "x") as asked:
        asked.told(ANSWER)
    made.close()
    server.shutdown()
    server.server_close()
    assert b"gen_ai.operation.name" in b"".join(got)
    assert b"Secret words" not in b"".join(got)
