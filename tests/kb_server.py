"""A small server that holds one knowledge base and speaks of it as `wenyuan serve` does."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.errors import SourceError, WenyuanError, WrongUse
from wenyuan.filters import read_tree
from wenyuan.load import load
from wenyuan.messages import told
from wenyuan.trace import Trace
from wenyuan.types import Message

Json = dict[str, Any]
Reply = Json | Iterator[tuple[str, Json]]


class Refused(Exception):
    """A status and what is said with it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass
class Job:
    """Work that goes on while its client looks on."""

    steps: list[Progress] = field(default_factory=list)
    state: str = "running"
    report: Json | None = None
    error: Json | None = None


@dataclass
class Served:
    """A knowledge base that is served, and what was asked of it."""

    folder: Path
    token: str
    page: int = 1000  # documents in a reply
    seen: list[tuple[str, str]] = field(default_factory=list)  # method and path
    bodies: list[Json] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    url: str = ""
    refuses: Refused | None = None  # whatever is asked
    fails: Json | None = None  # every job
    cuts: bool = False  # streams, before their last event
    goes_on: threading.Event = field(default_factory=threading.Event)  # jobs, once it is set

    def __post_init__(self) -> None:
        self.goes_on.set()

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.seen]


class Server(ThreadingHTTPServer):
    """Listens at a free port."""

    def __init__(self, served: Served, base: KnowledgeBase) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.served, self.base = served, base


class Handler(BaseHTTPRequestHandler):
    """Answers for the knowledge base of its server."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        served = self.server.served
        data = self.rfile.read(int(self.headers["Content-Length"] or 0))
        served.seen.append((method, self.path))
        served.languages.append(self.headers["Accept-Language"])
        try:
            if served.refuses:
                raise served.refuses
            if self.headers["Authorization"] != f"Bearer {served.token}":
                raise Refused(401, "The key is not known.")
            reply = Room(served, self.server.base, method, self.path).reply(self.headers["Content-Type"] or "", data)
        except (Refused, WenyuanError) as error:
            self._send(*_envelope(error, self.headers["Accept-Language"]))
            return
        if isinstance(reply, dict):
            self._send(202 if "job" in reply else 200, reply)
        else:
            self._stream(reply)

    def _stream(self, events: Iterator[tuple[str, Json]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b": a comment\n\n")
        for name, said in events:
            if self.server.served.cuts and name in ("answer", "done"):
                break
            self.wfile.write(f"event: {name}\ndata: {json.dumps(said)}\n\n".encode())
        self.close_connection = True

    def _send(self, status: int, said: Json) -> None:
        content = json.dumps(said, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def kb_server(folder: Path, *, token: str = "key", leaves: bool = True) -> Iterator[Served]:
    """The server of a folder, which it holds; it leaves word there, as long as it runs."""
    served, word = Served(folder, token), folder / "server.json"
    with KnowledgeBase.open(folder) as base, Server(served, base) as server:
        served.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        if leaves:
            word.write_text(json.dumps({"url": served.url, "kb": folder.name, "token": token}), "utf-8")
        try:
            yield served
        finally:
            word.unlink(missing_ok=True)
            server.shutdown()
            thread.join()


def _envelope(error: Exception, language: str) -> tuple[int, Json]:
    status = error.status if isinstance(error, Refused) else 400 if isinstance(error, WrongUse) else 500
    kind = "invalid_request_error" if status < 500 else "server_error"
    message = told(str(error), "zh" if language.startswith("zh") else "en")
    return status, {"error": {"message": message, "type": kind, "code": "x", "param": None}}


@dataclass
class Room:
    """One request."""

    served: Served
    base: KnowledgeBase
    method: str
    path: str

    def reply(self, kind: str, data: bytes) -> Reply:
        place = urlsplit(self.path)
        parts = [unquote(part) for part in place.path.split("/")[2:]]
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        if parts[0] == "jobs":
            job = self.served.jobs[int(parts[1])]
            return _events(job) if parts[2:] else _state(job)
        if parts[1] != self.served.folder.name:
            raise Refused(404, "There is no such knowledge base.")
        if kind.startswith("multipart/"):
            return self._upload(kind, data)
        body = json.loads(data) if data else query
        if data:
            self.served.bodies.append(body)
        match self.method, parts[2:]:
            case "GET", []:
                return {"version": self.base.version}
            case "GET", ["documents"]:
                return self._documents(body)
            case "GET", ["documents", name]:
                document = self.base.document(name)
                return shapes.document_shape(document, document.text)
            case "POST", [what]:
                return getattr(self, f"_{what}")(body)
        raise Refused(404, "not found")

    def _documents(self, query: Mapping[str, str]) -> Json:
        narrowed = read_tree(json.loads(query["filter"])) if "filter" in query else None
        shape = shapes.documents_shape(self.base.documents(query.get("folder"), filter=narrowed))
        found = [each for each in shape["documents"] if each["id"] > query.get("after", "")]
        page = found[: int(query.get("limit", self.served.page))]
        return {"documents": page, "next": page[-1]["id"] if len(page) < len(found) else None}

    def _search(self, body: Json) -> Json:
        names = ("k", "legs", "rerank", "rerank_ms")
        found = self.base.search(**self._asked(body), **{name: body[name] for name in names})
        trace = {"trace": found.trace.as_json()} if body["trace"] else {}
        return shapes.search_shape(found, body["explain"]) | {"trace_id": "1"} | trace

    def _ask(self, body: Json) -> Reply:
        def events() -> Iterator[tuple[str, Json]]:
            trace = Trace()
            try:
                for name, said in map(shapes.event_shape, self.base.stream(**self._asked(body), trace=trace)):
                    traced = {"trace": trace.as_json()} if body["trace"] else {}
                    yield name, said | {"trace_id": "1"} | traced if name == "answer" else said
            except WenyuanError as error:
                yield "error", _envelope(error, "en")[1]

        return events()

    def _why(self, body: Json) -> Json:
        asked = self._asked(body)
        why = self.base.why(asked["question"], body["document"], k=body["k"], filter=asked["filter"], ask=body["ask"])
        return shapes.why_shape(why) | {"trace_id": "1"}

    def _delete(self, body: Json) -> Json:
        return shapes.report_shape(self.base.delete(*body["documents"]))

    def _add(self, body: Json) -> Json:
        metadata = {
            name: tuple(value) if isinstance(value, list) else value for name, value in body["metadata"].items()
        }
        return self._work(
            lambda told: self.base.add(*body["paths"], metadata=metadata, exclude=body["exclude"], on_progress=told)
        )

    def _sync(self, body: Json) -> Json:
        return self._work(lambda told: self.base.sync(on_progress=told))

    def _upload(self, kind: str, data: bytes) -> Json:
        parts = [*_parts(kind, data)]
        metadata = json.loads(next(content for name, _, content in parts if name == "metadata"))
        staging = self.served.folder / "staging"
        names = [filename for name, filename, _ in parts if name == "files"]
        for filename, content in ((filename, content) for _, filename, content in parts if filename):
            path = staging / filename
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.served.bodies.append({"files": names, "metadata": metadata})
        return self._work(lambda told: self._put({name: staging / name for name in names}, metadata, told))

    def _put(self, files: Mapping[str, Path], metadata: Json, told: Callable[[Progress], None]) -> Report:
        documents, failed = [], {}
        for name, path in files.items():
            try:
                documents.append(load(path, id=name, metadata=metadata))
            except SourceError as error:
                failed[name] = str(error)
        report = self.base.put(documents, on_progress=told)
        report.failed |= failed
        return report

    def _work(self, do: Callable[[Callable[[Progress], None]], Report]) -> Json:
        job = Job()
        self.served.jobs.append(job)

        def work() -> None:
            self.served.goes_on.wait()
            try:
                job.report = shapes.report_shape(do(job.steps.append))
                job.error = self.served.fails
            except WenyuanError as error:
                job.error = _envelope(error, "en")[1]["error"]
            job.state = "failed" if job.error else "done"

        threading.Thread(target=work).start()
        return {"job": str(len(self.served.jobs) - 1)}

    def _asked(self, body: Json) -> Json:
        """The question, with what it is asked in the light of; without conditions of its own, where none are wanted."""
        turns = [Message(turn["role"], turn["content"]) for turn in body.get("history", ())]
        narrowed = None if body["filter"] is None else read_tree(body["filter"])
        question = body["question"]
        if not body["constraints"]:
            question = replace(self.base.understand(question, narrowed, turns), constraints=())
        return {"question": question, "history": turns, "filter": narrowed}


def _parts(kind: str, form: bytes) -> Iterator[tuple[str, str, bytes]]:
    """The fields of a form: name, the file's name or none, content."""
    boundary = b"--" + kind.partition("boundary=")[2].encode()
    for part in form.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        names = dict(re.findall('(name|filename)="(.*?)"', head.decode()))
        yield names["name"], names.get("filename", ""), content.removesuffix(b"\r\n")


def _state(job: Job) -> Json:
    return {"state": job.state, "report": job.report, "error": job.error}


def _events(job: Job) -> Iterator[tuple[str, Json]]:
    for step in [*job.steps]:
        progress = {"done": step.done, "total": step.total, "document": step.document}
        yield "progress", {"state": "running", "progress": progress}
    yield "done", _state(job)
