"""The document flow: load → chunk → encode → store, for whole folders, re-encoding only what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from pathlib import Path

from wenyuan.chunk import chunk
from wenyuan.engine.arriving import Arrivals, Arriving, access_told
from wenyuan.engine.correcting import cut_of, refitted, waiting
from wenyuan.engine.encoding import GROUP_CHUNKS, Cut, Encoding, OnEncoded
from wenyuan.engine.naming import ids_meant, unknown
from wenyuan.engine.places import File, document_id, files_of, own_file, own_files, require_place, resolved
from wenyuan.engine.progress import FileProgress, OnProgress, Progress
from wenyuan.engine.report import Report
from wenyuan.engine.sidecar import keep_fields, sidecar_of
from wenyuan.engine.stamps import stamp_of
from wenyuan.errors import SourceError, WrongUse
from wenyuan.load import Limits, LoadFile, load
from wenyuan.load.fields import read_fields
from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.text.normalise import is_text
from wenyuan.types import WHOLE, Correction, Document, DocumentInfo, Encoder, Root, TokenScorer, Value

OnStored = Callable[[int], None]
"""Called after each commit with the number of documents in it."""

OnReady = Callable[[Sequence[str]], None]
"""Called with documents that are encoded, before they are committed: now their files are to lie in their places."""


class Ingest:
    """One run over some files; `report` grows with each commit."""

    def __init__(
        self,
        archive: Archive,
        encoder: Encoder,
        scorer: TokenScorer | None,
        settings: Settings,
        base: Path,
        load: LoadFile = load,
    ) -> None:
        self.report = Report(version=archive.version)
        self._archive = archive
        self._encoder = encoder
        self._encoding = Encoding(archive, encoder, scorer, settings)
        self._scorer = scorer
        self._settings = settings
        self._base = base
        self._load = load

    def add(self, paths: Sequence[Path], root: Root, own: Path, on_progress: OnProgress | None) -> None:
        """Bring in files and folders, and remember them for `sync`; what lies in the folder `own` is left alone.

        Raises:
            WrongUse: one of them is not there, or what is said of them is not valid; nothing is brought in then.
        """
        places = [require_place(path) for path in paths]
        if len(places) == 1 and places[0].is_relative_to(resolved(own)):
            raise WrongUse(f"{places[0]} is of the knowledge base itself; name documents outside it, or another --kb.")
        places = [place for place in places if not place.is_relative_to(resolved(own))]  # `wenyuan add *` has it, too
        files = files_of(dict.fromkeys(places, root), own, self.report.passed_over)
        for place in places:
            self._archive.add_root(document_id(place, self._base), root)
        self.run(files, on_progress)

    def sync(self, own: Path, on_progress: OnProgress | None) -> None:
        """Look at everything ever added again: new, changed, moved and deleted files."""
        roots = {self._base / place: root for place, root in self._archive.roots().items()}
        there = {place: root for place, root in roots.items() if place.exists()}
        files = [*own_files(own), *files_of(there, own, self.report.passed_over)]
        self.run(files, on_progress)
        present = {file.id for file in files}
        for place in (each for each in roots if each not in there):
            present.update(self._unreachable(place))
        self._delete_others(present, [info.id for info in self._archive.documents() if info.stamp])

    def follow(self, path: Path, root: Root, own: Path, on_progress: OnProgress | None) -> Report:
        """Bring a folder into step, and remember it for `sync`; what is gone from it is deleted. Returns the report.

        Where it is not there itself its documents are kept, as `sync` keeps them, and so they are where nothing is in
        it any more: a place that a disk is mounted at looks so while it is not.

        Raises:
            WrongUse: it is of the knowledge base itself, or what is said of it is not valid.
        """
        place = resolved(path)
        if place.is_relative_to(resolved(own)):
            raise WrongUse(f"{place} is of the knowledge base itself; name documents outside it, or another --kb.")
        name = document_id(place, self._base)
        parts = {self._base / each: said for each, said in self._archive.roots().items() if each != name}
        roots = {place: root} | {each: said for each, said in parts.items() if each.is_relative_to(place)}
        there = {each: said for each, said in roots.items() if each.exists()}
        files = files_of(there, own, self.report.passed_over)  # what is said of a part of the folder wins
        if place in there:
            self._archive.add_root(name, root)
        self.run(files, on_progress)
        present = {file.id for file in files}
        for each in (each for each in roots if each not in there):
            present.update(self._unreachable(each))
        if not files and place in there and not any(place.iterdir()):
            present.update(self._emptied(place))
        known = self._archive.infos(self._archive.under(name)).values()
        self._delete_others(present, [info.id for info in known if info.stamp and not own_file(own, info.id)])
        return self.report

    def take(self, documents: Sequence[str], own: Path, on_progress: OnProgress | None) -> None:
        """Bring in the knowledge base's own files of these documents; those whose file is gone are deleted."""
        files = {document: own_file(own, document) for document in documents}
        self.run([file for file in files.values() if file], on_progress)
        gone = [document for document, file in files.items() if not file]
        self.delete(list(self._archive.infos(gone)))

    def accept(self, arriving: Sequence[Arriving], own: Path, on_progress: OnProgress | None) -> None:
        """Bring in files that wait elsewhere; those that are read become the knowledge base's own."""
        arrivals = Arrivals(arriving, own, self._archive.infos([each.document for each in arriving]))
        files = arrivals.files()
        self.report.failed |= arrivals.failed
        self.run(files, on_progress, arrivals)

    def relabel(self, document: str, fields: Mapping[str, Value | None], own: Path) -> None:
        """Add fields to the sidecar of one of the knowledge base's own files, and bring it in again.

        Raises:
            WrongUse: the document is none of these, a field is not valid, or the file cannot be read.
        """
        file = own_file(own, document)
        if file is None:
            raise WrongUse(
                f"'{document}' is no file of the knowledge base's own: its fields are said where it comes from, in "
                "its front matter, in the .meta.json beside it, or of its folder or source."
            )
        if problems := read_fields({name: value for name, value in fields.items() if value is not None})[1]:
            raise WrongUse(f"In the metadata {problems[0]}.")
        keep_fields(file.path, fields)
        self.run([file])
        if failed := self.report.failed.get(document):
            raise WrongUse(failed)

    def remove(self, places: Sequence[str | Path], own: Path) -> None:
        """Delete documents, or all documents of folders, named by id or by path; forget these as roots.

        Files of the knowledge base's own are deleted with their documents.

        Raises:
            WrongUse: nothing at one of them is in the knowledge base; nothing is deleted then.
        """
        roots, names, documents = self._archive.roots().keys(), set[str](), dict[str, None]()
        for place in places:
            meant = ids_meant(place, self._base)
            found = next(filter(None, map(self._archive.under, meant)), [])
            if not found and not roots & {*meant}:
                raise WrongUse(unknown(str(place), [info.id for info in self._archive.documents()]))
            names |= {*meant}
            documents |= dict.fromkeys(found)
        for name in names & roots:
            self._archive.remove_root(name)
        for file in filter(None, (own_file(own, document) for document in documents)):
            file.path.unlink()  # before the document: what is left of a broken-off deletion, `sync` ends
            sidecar_of(file.path).unlink(missing_ok=True)
        self.delete(list(documents), for_good=True)

    def run(
        self, files: Sequence[File], on_progress: OnProgress | None = None, arrivals: Arrivals | None = None
    ) -> None:
        """Bring in what is new or changed; a file that cannot be read is reported and the rest goes on."""
        names = [file.id for file in files]
        known = self._archive.infos([name for name in names if is_text(name)])
        told = FileProgress(names, [_bytes(file.path) for file in files], on_progress or _unheard)
        loaded = self._loaded(dict(zip(names, files, strict=True)), known, told, arrivals)
        self.put(loaded, on_encoded=told.encoded, on_ready=arrivals.settle if arrivals else None)
        told.read(len(files))

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

    def put(
        self,
        documents: Iterable[tuple[Document, str]],
        on_stored: OnStored | None = None,
        on_encoded: OnEncoded | None = None,
        on_ready: OnReady | None = None,
    ) -> None:
        """Chunk, encode and store (document, stamp) pairs, many at a time."""
        truncated = self._encoder.truncated()
        group: list[Cut] = []

        def store() -> None:
            self._store(group, on_encoded, on_ready)
            if on_stored is not None:
                on_stored(len(group))
            group.clear()

        for document, stamp in documents:
            group.append(self._cut(document, stamp))
            if sum(len(each.passages) for each in group) >= GROUP_CHUNKS:
                store()
        if group:
            store()
        if cut := self._encoder.truncated() - truncated:
            self.report.warnings.append(
                f"{cut} passages were longer than the model's {self._encoder.max_tokens} tokens and are found by their "
                "beginning only; lower `[chunk] size` in wenyuan.toml."
            )

    def delete(self, documents: Sequence[str], *, for_good: bool = False) -> None:
        """Remove documents; those whose content came in under another id in this run are reported as moved.

        What people corrected in them goes with a document that moved, and else waits for it; unless it is `for_good`.
        """
        if not documents:
            return
        infos = self._archive.infos([*self.report.added, *documents])
        arrived = {infos[new].content_hash: new for new in self.report.added}
        moved: dict[str, str] = {}
        for old in documents:
            new = arrived.pop(infos[old].content_hash, None) if old in infos else None
            if new is None:
                self.report.deleted.append(old)
            else:
                moved[old] = new
                self.report.moved.append((old, new))
                self.report.added.remove(new)
        with self._archive.alone():
            made = self._archive.corrections_of(documents)
            kept = [each for old in documents if old not in moved for each in made[old]]
            self.report.warnings.extend(_left(kept, for_good))
            forget = [each.id for old in moved for each in made[old]] + [each.id for each in kept if for_good]
            cuts = [self._with(new, made[old]) for old, new in moved.items() if made[old]]
            changes = self._encoding.changes([cut for cut in cuts if cut])
            self.report.version = self._archive.replace(changes, self._archive.infos(documents), forget)

    def _with(self, document: str, corrections: Sequence[Correction]) -> Cut | None:
        """A document with what was made of its passages under another id."""
        with self._archive.view(WHOLE) as view:
            cut = cut_of(view, document)
        return cut and refitted(cut, [*cut.corrections, *corrections])

    # --- load ---

    def _delete_others(self, present: set[str], known: Sequence[str]) -> None:
        """Delete the known documents that are not present."""
        for name in filter(is_text, self.report.failed):  # a folder that cannot be listed: what lies in it is not gone
            present.update(self._archive.under(name))
        self.delete([document for document in known if document not in present])

    def _unreachable(self, place: Path) -> list[str]:
        """The documents to be kept of a root that is not there: none of a file that was deleted from its folder.

        A folder may be on a disk that is not mounted just now.
        """
        name = document_id(place, self._base)
        documents = self._archive.under(name)
        if documents in ([], [name]) and place.parent.exists():
            return []
        self.report.failed[name] = (
            f"{place} is gone, its documents are kept: restore it, or remove them with `wenyuan delete {place}`."
        )
        return documents

    def _emptied(self, place: Path) -> list[str]:
        """The documents to be kept of a folder in which there is nothing."""
        name = document_id(place, self._base)
        if documents := self._archive.under(name):
            self.report.failed[name] = (
                f"{place} is empty, its documents are kept: see whether its disk is mounted, or remove them with "
                f"`wenyuan delete {place}`."
            )
        return documents

    def _loaded(
        self,
        files: Mapping[str, File],
        known: Mapping[str, DocumentInfo],
        told: FileProgress,
        arrivals: Arrivals | None,
    ) -> Iterator[tuple[Document, str]]:
        """New and changed documents, by the stamps of those that are known; those that cannot be read are reported."""
        for done, (name, file) in enumerate(files.items()):
            told.read(done)
            if not is_text(name):
                self.report.failed[name] = f"The name of {name!a} is no UTF-8, so it cannot be kept; rename the file."
                continue
            try:
                stamp, before = self._stamp(file), known.get(name)
                if before is not None and before.stamp == stamp:
                    self.report.unchanged += 1
                    continue
                document = self._load(file.path, id=name, metadata=file.metadata, limits=self._limits())
                if kept := arrivals is not None and arrivals.keeps_access(document):
                    stamp = self._stamp(file)
                    document = self._load(file.path, id=name, metadata=file.metadata, limits=self._limits())
            except SourceError as error:
                self.report.failed[name] = str(error)
                continue
            self.report.warnings.extend(f"{name}: {warning}" for warning in document.warnings)
            self.report.warnings.extend(access_told(before, document, kept=kept))
            yield document, stamp

    def _stamp(self, file: File) -> str:
        return stamp_of(file, self._settings, self._scorer.id if self._scorer else None)

    def _limits(self) -> Limits:
        settings = self._settings.load
        return Limits(file_bytes=settings.max_file_mb << 20, inflated_bytes=settings.max_inflated_mb << 20)

    # --- chunk, encode, store ---

    def _cut(self, document: Document, stamp: str) -> Cut:
        settings = self._settings.chunk
        return Cut(
            document, chunk(document, self._encoder.count_tokens, size=settings.size, overlap=settings.overlap), stamp
        )

    def _store(self, group: Sequence[Cut], on_encoded: OnEncoded | None, on_ready: OnReady | None) -> None:
        """Encode what is not known yet and commit the group as one version, with what people made of its passages."""
        self._encoding.read(self._refitted(group), on_encoded)  # what takes long, while others commit
        names = [each.document.id for each in group]
        with self._archive.alone():  # a passage that was corrected meanwhile is so in the new version, too
            changes = self._encoding.changes(self._refitted(group))
            known = self._archive.infos(names)
            if on_ready is not None:
                on_ready(names)
            self.report.version = self._archive.replace(changes)
        self.report.encoded, self.report.reused = self._encoding.encoded, self._encoding.reused
        for name in names:
            (self.report.changed if name in known else self.report.added).append(name)
        for change in changes:
            self.report.warnings.extend(waiting(change.corrections))

    def _refitted(self, group: Sequence[Cut]) -> list[Cut]:
        made = self._archive.corrections_of([each.document.id for each in group])
        return [refitted(each, made[each.document.id]) for each in group]


def _bytes(path: Path) -> int:
    """How large a file is; 0 where it cannot be read, which is said when it is."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _unheard(progress: Progress) -> None:
    """Nobody watches."""


def _left(corrections: Sequence[Correction], for_good: bool) -> list[str]:
    """What is told of corrections whose document is removed."""
    counts = Counter(each.document for each in corrections)
    if for_good:
        return [f"{document}: {n} corrections of its passages were deleted with it." for document, n in counts.items()]
    return [
        f"{document}: it is gone, and {n} corrections of its passages are kept until it comes again."
        for document, n in counts.items()
    ]
