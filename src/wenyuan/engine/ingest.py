"""The document flow: load → chunk → encode → store, for whole folders, re-encoding only what is new."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from wenyuan.chunk import chunk
from wenyuan.engine.places import File, document_id, files_under, is_text
from wenyuan.errors import SourceError, WrongUse
from wenyuan.load import Limits, load
from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.store.change import Change
from wenyuan.summarise import summaries_of
from wenyuan.text.bm25 import section_vectors
from wenyuan.text.fingerprint import fingerprint
from wenyuan.text.sections import sections
from wenyuan.types import Chunk, Document, Encoder, SparseVector, TokenScorer, Value

# Chunks encoded, and documents committed, together: enough for full batches, little to lose or to hold back.
_GROUP_CHUNKS = 256


@dataclass(slots=True)
class Report:
    """What `add`, `sync` or `delete` did; documents by their ids."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)  # (old id, new id)
    deleted: list[str] = field(default_factory=list)
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # id → one sentence; an earlier version stays searchable
    warnings: list[str] = field(default_factory=list)
    encoded: int = 0  # chunks given to the encoder
    reused: int = 0  # chunks whose vectors were known
    version: int = 0  # of the knowledge base, after the last commit


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: files looked at, or given documents stored, of how many, and what is being read."""

    done: int
    total: int | None  # None: not known
    document: str


OnProgress = Callable[[Progress], None]

OnStored = Callable[[int], None]
"""Called after each commit with the number of documents in it."""


class Ingest:
    """One run over some files; `report` grows with each commit."""

    def __init__(
        self, archive: Archive, encoder: Encoder, scorer: TokenScorer | None, settings: Settings, base: Path
    ) -> None:
        self.report = Report(version=archive.version)
        self._archive = archive
        self._encoder = encoder
        self._scorer = scorer
        self._settings = settings
        self._base = base

    def add(self, path: Path, metadata: Mapping[str, Value], own: Path, on_progress: OnProgress | None) -> None:
        """Bring in a file or folder, and remember it for `sync`; what lies in the folder `own` is left alone."""
        root = path.resolve()
        files = files_under(root, metadata, own)
        self._archive.add_root(document_id(root, self._base), metadata)
        self.run(files, on_progress)

    def sync(self, own: Path, on_progress: OnProgress | None) -> None:
        """Look at everything ever added again: new, changed, moved and deleted files."""
        roots = {self._base / root: metadata for root, metadata in self._archive.roots().items()}
        if gone := [str(root) for root in roots if not root.exists()]:
            raise WrongUse(f"{gone[0]} is gone; restore it, or remove its documents with `wenyuan delete {gone[0]}`.")
        files = {file.path: file for root, metadata in roots.items() for file in files_under(root, metadata, own)}
        self.run(list(files.values()), on_progress)
        present = {document_id(path, self._base) for path in files}
        for place in filter(is_text, self.report.failed):  # a folder that cannot be listed: what lies in it is not gone
            present.update(self._archive.under(place))
        stamped = [info.id for info in self._archive.documents() if info.stamp]
        self.delete([document for document in stamped if document not in present])

    def remove(self, place: str | Path) -> None:
        """Delete a document, or all documents of a folder, named by id or by path; forget it as a root.

        Raises:
            WrongUse: nothing there is in the knowledge base.
        """
        name, by_path = str(place).rstrip("/"), document_id(Path(place), self._base)
        by_id = by_path if name == "." else name
        documents = (self._archive.under(by_id) or self._archive.under(by_path)) if name else []
        if not documents and not {by_id, by_path} & self._archive.roots().keys():
            raise WrongUse(f"No document '{place}' is in the knowledge base; name it as `wenyuan search` shows it.")
        self._archive.remove_root(by_id)
        self._archive.remove_root(by_path)
        self.delete(documents)

    def run(self, files: Sequence[File], on_progress: OnProgress | None = None) -> None:
        """Bring in what is new or changed; a file that cannot be read is reported and the rest goes on."""
        names = [document_id(file.path, self._base) for file in files]
        known = self._archive.infos([name for name in names if is_text(name)])
        self.put(self._loaded(files, {document: info.stamp for document, info in known.items()}, on_progress))

    def bring(self, documents: Iterable[Document], on_progress: OnProgress | None) -> None:
        """Bring in documents made by the caller, who is told of those that are stored."""
        done, total = 0, len(documents) if isinstance(documents, Sized) else None

        def on_stored(more: int) -> None:
            nonlocal done
            done += more
            if on_progress is not None:
                on_progress(Progress(done, total, ""))

        on_stored(0)
        self.put(((document, "") for document in documents), on_stored)

    def put(self, documents: Iterable[tuple[Document, str]], on_stored: OnStored | None = None) -> None:
        """Chunk, encode and store (document, stamp) pairs, many at a time."""
        truncated = self._encoder.truncated()
        group: list[Cut] = []

        def store() -> None:
            self._store(group)
            if on_stored is not None:
                on_stored(len(group))
            group.clear()

        for document, stamp in documents:
            group.append(self._cut(document, stamp))
            if sum(len(each.chunks) for each in group) >= _GROUP_CHUNKS:
                store()
        if group:
            store()
        if cut := self._encoder.truncated() - truncated:
            self.report.warnings.append(
                f"{cut} passages were longer than the model's {self._encoder.max_tokens} tokens and are found by their "
                "beginning only; lower `[chunk] size` in wenyuan.toml."
            )

    def delete(self, documents: Sequence[str]) -> None:
        """Remove documents; those whose content came in under another id in this run are reported as moved."""
        if not documents:
            return
        infos = self._archive.infos([*self.report.added, *documents])
        arrived = {infos[new].content_hash: new for new in self.report.added}
        for old in documents:
            new = arrived.pop(infos[old].content_hash, None) if old in infos else None
            if new is None:
                self.report.deleted.append(old)
            else:
                self.report.moved.append((old, new))
                self.report.added.remove(new)
        self.report.version = self._archive.remove(documents)

    # --- load ---

    def _loaded(
        self, files: Sequence[File], stamps: Mapping[str, str], on_progress: OnProgress | None
    ) -> Iterator[tuple[Document, str]]:
        """New and changed documents, by the stamps of those that are known; those that cannot be read are reported."""
        for done, file in enumerate(files):
            name = document_id(file.path, self._base)
            if on_progress is not None:
                on_progress(Progress(done, len(files), name))
            if not is_text(name):
                self.report.failed[name] = f"The name of {name!a} is no UTF-8, so it cannot be kept; rename the file."
                continue
            try:
                stamp = self._stamp(file)
                if stamps.get(name) == stamp:
                    self.report.unchanged += 1
                    continue
                document = load(file.path, id=name, metadata=file.metadata, limits=self._limits())
            except SourceError as error:
                self.report.failed[name] = str(error)
                continue
            self.report.warnings.extend(f"{name}: {warning}" for warning in document.warnings)
            yield document, stamp
        if on_progress is not None:
            on_progress(Progress(len(files), len(files), ""))

    def _limits(self) -> Limits:
        settings = self._settings.load
        return Limits(file_bytes=settings.max_file_mb << 20, inflated_bytes=settings.max_inflated_mb << 20)

    def _stamp(self, file: File) -> str:
        """Another whenever reading the file again could give another result: its state and all that shapes chunks."""
        sidecar = file.path.with_name(file.path.name + ".meta.json")
        try:
            states = [(p.stat().st_size, p.stat().st_mtime_ns) for p in (file.path, sidecar) if p.exists()]
        except OSError as error:
            raise SourceError(f"{file.path} cannot be read ({error.strerror}); check its permissions.") from error
        chunking = (self._settings.chunk.size, self._settings.chunk.overlap)
        extra = ["summaries"] if self._settings.recall.summaries else []  # nothing where off: stamps of before hold
        recipe = (_RECIPE, *chunking, sorted(file.metadata.items()), self._scorer and self._scorer.id, *extra)
        return hashlib.sha256(repr((states, recipe)).encode()).hexdigest()[:32]

    # --- chunk, encode, store ---

    def _cut(self, document: Document, stamp: str) -> Cut:
        settings = self._settings.chunk
        return Cut(
            document, chunk(document, self._encoder.count_tokens, size=settings.size, overlap=settings.overlap), stamp
        )

    def _store(self, group: list[Cut]) -> None:
        """Encode what is not known yet and commit the group as one version."""
        texts = {content_key(text): text for each in group for text in each.encoded}
        vectors, states = self._known_of(list(texts))
        missing = [key for key in texts if key not in vectors]
        if missing:
            rows, fresh = self._encode([texts[key] for key in missing])
            vectors |= dict(zip(missing, rows, strict=True))
            states |= dict(zip(missing, fresh, strict=False))
        self.report.encoded += len(missing)
        self.report.reused += len(texts) - len(missing)
        changes = [each.change(vectors, states, self._encoder.dimension) for each in group]
        if self._settings.recall.summaries:
            cuts = [(each.chunks, each.document.text) for each in group]
            made = summaries_of(cuts, self._encoder, self._archive.summaries_for)
            changes = [replace(change, summaries=own) for change, own in zip(changes, made, strict=True)]
        names = [each.document.id for each in group]
        known = self._archive.infos(names)
        self.report.version = self._archive.replace(changes)
        for name in names:
            (self.report.changed if name in known else self.report.added).append(name)

    def _known_of(self, keys: list[bytes]) -> tuple[dict[bytes, np.ndarray], dict[bytes, bytes]]:
        """Vectors and states of what was encoded before; without its state a text is to be encoded again."""
        vectors = self._archive.vectors_for(keys)
        if self._scorer is None:
            return vectors, {}
        states = self._archive.states_for(keys)
        return {key: vectors[key] for key in states}, states

    def _encode(self, texts: list[str]) -> tuple[np.ndarray, list[bytes]]:
        if self._scorer is None:
            return self._encoder.encode_passages(texts), []
        return self._scorer.read_passages(texts)


_RECIPE = 3  # raise when loading or chunking changes, so that `sync` reads every file again


@dataclass(frozen=True, slots=True)
class Cut:
    """A document on its way: read and cut, not yet encoded."""

    document: Document
    chunks: list[Chunk]
    stamp: str

    @property
    def encoded(self) -> list[str]:
        """What the encoder and BM25 see of each chunk."""
        return [chunk.encoded for chunk in self.chunks]

    def change(self, vectors: Mapping[bytes, np.ndarray], states: Mapping[bytes, bytes], dimension: int) -> Change:
        """The commit's unit, with every index's view of each chunk."""
        texts = self.encoded
        keys = [content_key(text) for text in texts]
        dense = np.stack([vectors[key] for key in keys]) if keys else np.empty((0, dimension), np.float32)
        return Change(
            document=self.document,
            chunks=self.chunks,
            keys=keys,
            vectors=dense,
            sparse=self._sparse(texts),
            fingerprints=[fingerprint(chunk.text) for chunk in self.chunks],
            states=[states[key] for key in keys] if states else (),
            stamp=self.stamp,
        )

    def _sparse(self, texts: Sequence[str]) -> list[SparseVector]:
        """BM25's view of each chunk, in its section."""
        vectors: list[SparseVector] = []
        for part in sections([each.headings for each in self.chunks]):
            first, last = self.chunks[part[0]], self.chunks[part[-1]]
            whole = f"{first.encoded}\n{self.document.text[first.end : last.end]}"
            vectors += section_vectors(texts[part.start : part.stop], whole)
        return vectors


def content_key(text: str) -> bytes:
    """Equal texts share their vector: 16 bytes of the text's hash."""
    return hashlib.sha256(text.encode()).digest()[:16]
