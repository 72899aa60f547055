"""Documents that come in while questions are asked, by uploads and jobs, as callers bring them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from serving.corpus import KB

_BATCH = 10  # files of an upload
_LOOK = 0.05  # seconds between two looks at a job
_PATIENCE = 120.0  # seconds that a job may take
_BORDER = "wenyuan-benchmark-border"


@dataclass
class Uploads:
    """One caller who brings documents, a batch after the other as soon as the last is in; a context."""

    port: int
    documents: dict[str, str]
    keep: bool = True  # else each batch is deleted before the next: what is served stays as large
    done: int = 0
    seconds: float = 0.0
    failed: Counter[str] = field(default_factory=Counter)

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._bring, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(2 * _PATIENCE)

    @property
    def rate(self) -> float:
        """Documents a second, from the first upload to the end of the last job."""
        return self.done / self.seconds if self.seconds else 0.0

    def _bring(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        names, begun = list(self.documents), time.perf_counter()
        batches = [names[at : at + _BATCH] for at in range(0, len(names), _BATCH)]
        at = 0
        while not self._over.is_set() and batches:
            batch = batches[at % len(batches)]
            try:
                self._upload(batch)
                if not self.keep:
                    body = json.dumps({"documents": [f"{name}.md" for name in batch]}).encode()
                    self._call("POST", f"/api/knowledge-bases/{KB}/delete", body)
            except (OSError, http.client.HTTPException, _Wrong) as error:
                self.failed[str(error)[:80]] += 1
                self._connection.close()
                time.sleep(0.25)
            at += 1
            if self.keep and at == len(batches):
                break
            self.seconds = time.perf_counter() - begun
        self.seconds = time.perf_counter() - begun
        self._connection.close()

    def _upload(self, batch: list[str]) -> None:
        parts = []
        for name in batch:
            head = f'Content-Disposition: form-data; name="files"; filename="{name}.md"\r\nContent-Type: text/markdown'
            parts.append(f"--{_BORDER}\r\n{head}\r\n\r\n{self.documents[name]}\r\n")
        body = "".join([*parts, f"--{_BORDER}--\r\n"]).encode()
        kind = f"multipart/form-data; boundary={_BORDER}"
        job = self._call("POST", f"/api/knowledge-bases/{KB}/documents", body, kind)["job"]
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            told = self._call("GET", f"/api/jobs/{job}")
            if told["state"] == "done":
                self.done += len(batch) - len(told["report"]["failed"])
                return
            if told["state"] in ("failed", "cancelled"):
                raise _Wrong(f"job {told['state']}: {told['error']}")
            time.sleep(_LOOK)
        raise _Wrong("a job took too long")

    def _call(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> dict[str, Any]:
        self._connection.request(method, path, body, {"content-type": kind})
        response = self._connection.getresponse()
        said = response.read()
        if response.status >= 300:
            raise _Wrong(f"{method}: {response.status}")
        return dict(json.loads(said))


class _Wrong(Exception):
    """A reply that is none."""
