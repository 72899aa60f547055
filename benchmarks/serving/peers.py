"""Peers over the same passages with the same vectors: txtai's own API, and Haystack served by hayhooks."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from serving.corpus import stem
from serving.load import K, Served
from serving.processes import Child, NotUp, free_port, served

_ROOT = Path(__file__).resolve().parents[2]
_GROUP = 500  # passages of a request
_CONFIG = """\
path: {index}
writable: true
embeddings:
  method: external
  transform: serving.peer_encoder.transform
  hybrid: true
  content: true
"""


def environment(passages: Path) -> dict[str, str]:
    """What a peer's interpreter is told: where our encoder and the passages are, and to call nobody."""
    places = (_ROOT / "benchmarks", _ROOT / "src", _ROOT / "models" / "src")
    return {
        "PYTHONPATH": ":".join(map(str, places)),
        "BENCH_PASSAGES": str(passages),
        "ALLOW_RESOLVE_TRANSFORM": "True",
        "HAYSTACK_TELEMETRY_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }


@contextmanager
def txtai(python: str, passages: Path) -> Iterator[Served]:
    """Hybrid search with stored texts, its default index (faiss) and its default weights."""
    config = passages / "txtai.yml"
    config.write_text(_CONFIG.format(index=passages / "txtai-index"), "utf-8")
    port = free_port()
    command = [python, "-m", "uvicorn", "txtai.api:app", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--log-level", "warning"]
    told = environment(passages) | {"CONFIG": str(config)}
    with served("txtai", command, port, "/openapi.json", told, passages / "txtai.log") as child:
        _index(child, passages)

        def request(question: str) -> tuple[str, str, None]:
            return "GET", "/search?" + urlencode({"query": question, "limit": K}), None

        yield Served(f"txtai {_version(python, 'txtai')}", child, request, _documents)


@contextmanager
def hayhooks(python: str, passages: Path) -> Iterator[Served]:
    """A pipeline of Haystack, without the tracing that hayhooks does otherwise."""
    port = free_port()
    pipelines = _ROOT / "benchmarks" / "serving" / "pipelines"
    command = [str(Path(python).with_name("hayhooks")), "run", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--pipelines-dir", str(pipelines), "--without-tracing"]
    with served("hayhooks", command, port, "/status", environment(passages), passages / "hayhooks.log") as child:

        def request(question: str) -> tuple[str, str, bytes]:
            return "POST", "/search/run", json.dumps({"question": question}).encode()

        versions = f"hayhooks {_version(python, 'hayhooks')}, Haystack {_version(python, 'haystack-ai')}"
        yield Served(versions, child, request, lambda reply: _documents(reply["result"]))


PEERS: dict[str, Callable[[str, Path], Any]] = {"txtai": txtai, "hayhooks": hayhooks}


def _index(child: Child, passages: Path) -> None:
    rows = [json.loads(line) for line in (passages / "passages.jsonl").read_text("utf-8").splitlines()]
    connection = http.client.HTTPConnection("127.0.0.1", child.port, timeout=180)
    steps = [("POST", "/add", json.dumps(rows[at : at + _GROUP])) for at in range(0, len(rows), _GROUP)]
    for method, path, body in [*steps, ("GET", "/index", None)]:
        connection.request(method, path, body, {"content-type": "application/json"})
        response = connection.getresponse()
        said = response.read()
        if response.status != 200:
            raise NotUp(f"txtai replied {response.status} to {path}: {said[:300].decode('utf-8', 'replace')}")
    connection.close()


def _documents(hits: list[dict[str, Any]]) -> list[str]:
    return [stem(hit["id"]) for hit in hits]


def _version(python: str, package: str) -> str:
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
