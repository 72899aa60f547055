"""A knowledge base that a server holds, asked over HTTP: by the owner of its folder, or from afar with a key."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import typer

from wenyuan.cli import printing
from wenyuan.cli.holder import Manner
from wenyuan.cli.progress import progress
from wenyuan.cli.wire import Wire, error_of
from wenyuan.desk import Event, Looking, Shape
from wenyuan.errors import Busy, EndpointError, WrongUse
from wenyuan.trace import filter_tree

if TYPE_CHECKING:
    from wenyuan.engine.progress import OnProgress
    from wenyuan.types import Filter, Message, Value

_ENDS = ("done", "failed", "cancelled")  # states of a job that stay
_AGAIN_S = 0.3  # until a job whose events have ended is looked at again


class There:
    """A `Desk` at which a server answers. With `folder`, it holds that folder of this machine, whose owner asks."""

    def __init__(self, wire: Wire, name: str, manner: Manner, folder: Path | None = None) -> None:
        self._wire, self._name, self._manner, self._folder = wire, name, manner, folder
        self._root = f"/api/knowledge-bases/{quote(name, safe='')}"

    @classmethod
    def at(cls, url: str, name: str, manner: Manner) -> Self:
        """At the server with that URL, with the key of the environment.

        Raises:
            WrongUse, MissingExtra: it is no URL, or httpx is not installed.
        """
        return cls(Wire(url, os.environ.get("WENYUAN_API_KEY", "").strip()), name, manner)

    @classmethod
    def holding(cls, kb: Path, said: Mapping[str, str], busy: Busy, manner: Manner) -> Self:
        """At the server that holds the folder `kb`, by what it left there; `busy` is raised where it is gone."""
        return cls(Wire(said["url"], said["token"], refused=busy, direct=True), said["kb"], manner, kb)

    def search(self, question: str, looking: Looking, *, history: Sequence[Message], filter: Filter | None) -> Shape:
        """The best passages."""
        options = asdict(looking)
        turns = {"history": _turns(history)}
        body = self._question(question, filter) | turns | options | {"trace": self._manner.trace}
        return self._own(self._wire.post(f"{self._root}/search", body))

    def offer(self, file: Path | None, run: str | None) -> None:
        """Functions run in the process that holds the knowledge base, which is not this one."""
        if file or run:
            raise WrongUse(
                f"A server holds {self._name}, and --tools and --run call functions in the process that does; "
                "stop the server, or leave them out."
            )

    def ask(self, question: str, *, history: Sequence[Message], filter: Filter | None) -> Generator[Event, None, None]:
        """What happens as it happens."""
        manner = {"llm": self._manner.llm, "trace": self._manner.trace, "stream": True, "history": _turns(history)}
        for name, data in self._wire.events("POST", f"{self._root}/ask", self._question(question, filter) | manner):
            if name == "error":
                raise error_of(data.get("error", data))
            yield name, self._own(data) if name == "answer" else data
            if name == "answer":
                return
        raise EndpointError(f"{self._wire.url} broke the connection (no answer); ask again.", "closed")

    def why(self, question: str, document: str, *, k: int, filter: Filter | None, ask: bool) -> Shape:
        """The stage that lost a document."""
        meant = self._meant(document) or document
        body = self._question(question, filter) | {"document": meant, "k": k, "ask": ask}
        return self._own(self._wire.post(f"{self._root}/why", body))

    def add(self, paths: Sequence[Path], *, metadata: Mapping[str, Value], exclude: Sequence[str]) -> Shape:
        """Bring files in: those of this machine's disk where the server reads it, else sent to it."""
        if self._folder is None:
            return self._sent(paths, metadata, exclude)
        from wenyuan.engine.places import require_place

        places = [str(require_place(path)) for path in paths]
        body = {"paths": places, "metadata": dict(metadata), "exclude": [*exclude]}
        return self._worked("add", body)

    def sync(self, *, rebuild: bool) -> Shape:
        """Look at everything again."""
        return self._worked("sync", {"rebuild": rebuild})

    def delete(self, documents: Sequence[str]) -> Shape:
        """Remove documents."""
        return self._wire.post(f"{self._root}/delete", {"documents": [*map(self._known, documents)]})

    def documents(self, folder: str | None, *, filter: Filter | None) -> Shape:
        """Which documents there are, whatever number the server tells at a time."""
        return {"documents": self._listed({} if folder is None else {"folder": self._known(folder)}, filter)}

    def document(self, name: str) -> Shape:
        """A document with its text."""
        return self._wire.get(f"{self._root}/documents/{quote(self._known(name), safe='')}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def _question(self, question: str, filter: Filter | None) -> dict[str, Any]:
        tree = None if filter is None else filter_tree(filter)
        return {"question": question, "filter": tree, "constraints": self._manner.constraints}

    def _own(self, said: Shape) -> Shape:
        """The shape without what the server adds to it."""
        left = {"trace_id"} if self._manner.trace else {"trace_id", "trace"}
        return {name: value for name, value in said.items() if name not in left}

    def _listed(self, asked: Mapping[str, str], filter: Filter | None) -> list[Shape]:
        """All documents, whatever number the server tells at a time."""
        tree = {} if filter is None else {"filter": json.dumps(filter_tree(filter), ensure_ascii=False)}
        shape = self._wire.get(f"{self._root}/documents", {**asked, **tree})
        found: list[Shape] = shape["documents"]
        while (after := shape.get("next")) is not None:
            shape = self._wire.get(f"{self._root}/documents", {**asked, **tree, "after": after})
            found += shape["documents"]
        return found

    def _known(self, name: str) -> str:
        """As `_meant`, of a document or folder that must be there; the server says so of what is an id.

        Raises:
            WrongUse: a path from here leads to none, whatever it may mean to the server, or the name is empty.
        """
        empty = not name.strip("/ ")
        if not empty and (meant := self._meant(name)) is not None:
            return meant
        from wenyuan.engine.naming import unknown

        raise WrongUse(unknown(name, () if empty else [each["id"] for each in self._listed({}, None)]))

    def _meant(self, name: str) -> str | None:
        """The id by which the server knows it, or None; a path leads from this process's folder, not the server's."""
        if self._folder is None:
            return name
        from wenyuan.engine.naming import ids_meant

        base = self._folder.resolve().parent
        ids = dict.fromkeys(ids_meant(name, base))
        if "." in ids:  # where ids begin: to the server "." is its own working folder
            return str(base)
        if [*ids] == [name.rstrip("/")]:  # from here the path is the id
            return name
        return next(filter(self._holds, ids), None)

    def _holds(self, id: str) -> bool:
        """Whether a document or folder of documents has that id."""
        tree = json.dumps({"field": "source", "op": "eq", "value": id}, ensure_ascii=False)
        return bool(self._wire.get(f"{self._root}/documents", {"filter": tree, "limit": 1})["documents"])

    def _worked(self, kind: str, body: Mapping[str, Any]) -> Shape:
        with progress() as on_progress, _left():
            return self._done(self._wire.post(f"{self._root}/{kind}", body), on_progress)

    def _sent(self, paths: Sequence[Path], metadata: Mapping[str, Value], exclude: Sequence[str]) -> Shape:
        from wenyuan.cli.uploading import batches, find_uploads, join, opened
        from wenyuan.engine.report import Report
        from wenyuan.shapes import report_shape

        report = Report()
        uploads = find_uploads(paths, metadata, exclude, report)
        with progress() as on_progress, _left():
            begun = 0
            for batch in batches(uploads):
                with opened(batch) as files:
                    job = self._wire.upload(f"{self._root}/documents", files, {"metadata": batch[0].fields})
                join(report, self._done(job, _after(begun, len(uploads), on_progress)))
                begun += len(batch)
        if not uploads:
            report.version = self._wire.get(self._root)["version"]
        return report_shape(report)

    def _done(self, job: Shape, on_progress: OnProgress) -> Shape:
        """The report of a job, once it is done; its events only say how far it is."""
        from wenyuan.engine.progress import Progress

        if "job" not in job:  # it was done at once
            return job
        path, pause = f"/api/jobs/{quote(str(job['job']), safe='')}", 0.0
        while (state := self._wire.get(path))["state"] not in _ENDS:
            time.sleep(pause)
            pause = _AGAIN_S
            try:
                for _, data in self._wire.events("GET", f"{path}/events"):
                    if step := data.get("progress", data if "done" in data else None):
                        done, total = step["done"], step.get("total")
                        part = done / total if total else None
                        on_progress(Progress(done, total, step.get("document") or "", part))
            except EndpointError as error:
                if error.fault not in ("timeout", "closed"):
                    raise
        if state["state"] == "failed":
            raise error_of(state.get("error") or {})
        if state["state"] == "cancelled":
            raise EndpointError(f"The work on {self._name} was cancelled at the server; begin it again.", "closed")
        report: Shape = state["report"]
        return report


def _after(begun: int, total: int, on_progress: OnProgress) -> OnProgress:
    """Tells of a batch as a part of all files, so many of which were sent before."""
    from wenyuan.engine.progress import Progress

    def tell(step: Progress) -> None:
        done = begun + step.done
        on_progress(Progress(done, total, step.document, done / total))

    return tell


@contextmanager
def _left() -> Iterator[None]:
    """Where a person does not wait for the end: say that the server works on."""
    try:
        yield
    except KeyboardInterrupt:
        printing.say_aside("Stopped waiting: the server goes on with what it has; `wenyuan list` shows what is there.")
        raise typer.Exit(130) from None


def _turns(history: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in history]
