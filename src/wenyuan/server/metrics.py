"""Figures for Prometheus: how many, how long, how full. No label names a tenant, a document or a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from wenyuan.server.service import Service
from wenyuan.types import Answer

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # what else callers say is no label
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The figures of one server."""

    def __init__(self, service: Service) -> None:
        self._registry = kept = CollectorRegistry()
        self._requests = Counter("wenyuan_requests", "Requests.", ["method", "route", "status"], registry=kept)
        self._seconds = Histogram("wenyuan_request_seconds", "Of requests.", ["route"], buckets=_BUCKETS, registry=kept)
        self._stages = Histogram("wenyuan_stage_seconds", "Of stages.", ["stage"], buckets=_BUCKETS, registry=kept)
        self._decisions = Counter("wenyuan_answers", "Answers, by what they decide.", ["decision"], registry=kept)
        self._tokens = Counter("wenyuan_model_tokens", "Tokens of language models.", ["kind"], registry=kept)
        self._registry.register(_State(service))

    def served(self, scope: Scope, status: int, seconds: float) -> None:
        """Count a request, by the pattern of its path."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if route != "none" and scope["method"] in _METHODS else ""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def timed(self, timings_ms: Mapping[str, float]) -> None:
        """Count what the stages of a question took."""
        for stage, ms in timings_ms.items():
            self._stages.labels(stage).observe(ms / 1000)

    def answered(self, answer: Answer) -> None:
        """Count an answer."""
        self._decisions.labels(answer.decision.value.lower()).inc()
        for kind, tokens in asdict(answer.usage).items() if answer.usage else ():
            self._tokens.labels(kind).inc(tokens or 0)

    def text(self) -> bytes:
        """All of it, in Prometheus' format."""
        return generate_latest(self._registry)


class _State(Collector):
    """What is looked up when it is asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> list[Metric]:
        service = self._service
        figures = {
            "wenyuan_open_knowledge_bases": ("Knowledge bases that are open.", service.shelf.open()),
            "wenyuan_jobs_waiting": ("Jobs in the queue.", service.jobs.waiting()),
            "wenyuan_questions_waiting": ("Questions that wait for a thread.", service.asking.waiting),
            "wenyuan_questions_working": ("Questions at work.", service.asking.working),
        }
        return [GaugeMetricFamily(name, said, value=value) for name, (said, value) in figures.items()]
