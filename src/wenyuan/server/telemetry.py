"""OpenTelemetry: a span a question, with the names of its conventions for generative AI, where an exporter is set up.

What is asked and answered is no part of it, unless the environment says so as the conventions have it:
`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wenyuan.errors import MissingExtra

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

_EXPORTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


def _nothing() -> None:
    pass


class Telemetry:
    """Makes spans; nothing where there is nowhere to send them."""

    def __init__(
        self, tracer: Tracer | None = None, *, content: bool = False, end: Callable[[], None] = _nothing
    ) -> None:
        """`content`: words are part of it; `end` sends what has not been sent."""
        self._tracer, self._content, self._end = tracer, content, end

    def close(self) -> None:
        """Send what has not been sent."""
        self._end()

    @contextmanager
    def question(self, operation: str, kb: str, question: str) -> Iterator[Asked]:
        """The span of one question; `operation` is "retrieval" or "chat"."""
        if self._tracer is None:
            yield Asked(None, content=False)
            return
        names = {"gen_ai.operation.name": operation, "gen_ai.provider.name": "wenyuan", "gen_ai.request.model": kb}
        with self._tracer.start_as_current_span(f"{operation} {kb}", attributes=names) as span:
            if self._content:
                span.set_attribute("gen_ai.input.messages", question)
            yield Asked(span, content=self._content, tracer=self._tracer)


class Asked:
    """A question whose span is open."""

    def __init__(self, span: Span | None, *, content: bool, tracer: Tracer | None = None) -> None:
        self._span, self._content, self._tracer = span, content, tracer
        self._begun = time.time_ns()

    def told(self, shape: Mapping[str, Any]) -> None:
        """Keep what came of it: the shape of a search or an answer."""
        if self._span is None:
            return
        for name, value in _facts(shape).items():
            self._span.set_attribute(name, value)
        if self._content and "answer" in shape:
            self._span.set_attribute("gen_ai.output.messages", str(shape["answer"]))
        self._stages(shape.get("timings_ms", {}))

    def _stages(self, timings_ms: Mapping[str, float]) -> None:
        """A span a stage, one after the other, as long as it took."""
        at = self._begun
        for stage, ms in timings_ms.items() if self._tracer else ():
            assert self._tracer is not None
            span = self._tracer.start_span(f"wenyuan.{stage}", start_time=at)
            at += int(ms * 1e6)
            span.end(at)


def _facts(shape: Mapping[str, Any]) -> dict[str, str | int | float]:
    facts: dict[str, str | int | float] = {}
    if "hits" in shape:
        facts["gen_ai.retrieval.documents.count"] = len({hit["document"] for hit in shape["hits"]})
    if "decision" in shape:
        facts |= {"wenyuan.decision": shape["decision"], "wenyuan.confidence": shape["confidence"]}
    if usage := shape.get("usage"):
        facts["gen_ai.usage.input_tokens"] = usage["prompt"] or 0
        facts["gen_ai.usage.output_tokens"] = usage["completion"] or 0
    if shape.get("model"):
        facts["gen_ai.response.model"] = shape["model"]
    return facts


def set_up(environment: Mapping[str, str] = os.environ) -> Telemetry:
    """Spans for the exporter that the environment names; none where it names none.

    Raises:
        MissingExtra: it names one, and what sends spans is not installed.
    """
    if not any(environment.get(name) for name in _EXPORTS):
        return Telemetry()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise MissingExtra("Sending spans needs the extra: `pip install 'wenyuan[otel]'`.") from error
    name = environment.get("OTEL_SERVICE_NAME", "wenyuan")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    content = environment.get(_CONTENT, "").lower() == "true"
    return Telemetry(provider.get_tracer("wenyuan"), content=content, end=provider.shutdown)
