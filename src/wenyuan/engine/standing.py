"""Whether there is anything to do for a sync, found out without loading what does it: no model, no index."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wenyuan.engine.places import document_id, files_of
from wenyuan.engine.report import Report
from wenyuan.engine.stamps import stamp_of
from wenyuan.errors import SourceError
from wenyuan.models.artefact import locate_as
from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.store.catalogue import FORMAT, Catalogue
from wenyuan.store.lock import Lock
from wenyuan.text.bm25 import ANALYSER
from wenyuan.text.normalise import is_text


def nothing_new(folder: Path, settings: Settings) -> Report | None:
    """The report of a sync that finds all files as they were; None where there is something to do, or may be.

    Raises:
        WrongUse, Busy, Damaged: as opening the knowledge base.
    """
    if not Archive.is_in(folder) or settings.rerank.coarse:  # states of a token scorer may have to be made
        return None
    encoder = locate_as("encoder", settings.encoder.model, "name an encoder")
    made_with = {
        "format": FORMAT, "model": encoder.id, "analyser": ANALYSER, "dimension": encoder.card.dimension
    }  # fmt: skip
    lock = Lock(folder / "lock")
    try:
        return _standing(folder, settings, made_with)
    finally:
        lock.release()


def _standing(folder: Path, settings: Settings, made_with: Mapping[str, object]) -> Report | None:
    catalogue = Catalogue(folder / "catalogue.sqlite")
    try:
        meta = catalogue.meta()
        if made_with.items() - meta.items() or catalogue.journal():
            return None
        base = folder.resolve().parent
        roots = {base / place: root for place, root in catalogue.roots().items()}
        if not all(place.exists() for place in roots):
            return None
        report = Report(version=int(meta["version"]))
        files = {document_id(file.path, base): file for file in files_of(roots, folder, report.passed_over)}
        known = {info.id: info.stamp for info in catalogue.documents() if info.stamp}
        if known.keys() != files.keys() or not all(map(is_text, files)):
            return None
        try:
            same = all(known[name] == stamp_of(file, settings, None) for name, file in files.items())
        except SourceError:
            return None
        report.unchanged = len(files)
        return report if same else None
    finally:
        catalogue.close()
