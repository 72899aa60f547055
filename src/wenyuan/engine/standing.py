"""Whether there is anything to do for a sync, found out without loading what does it: no model, no index."""

from __future__ import annotations

from pathlib import Path

from wenyuan.engine.places import files_of, own_files
from wenyuan.engine.report import Report
from wenyuan.engine.rollback import pending
from wenyuan.engine.stamps import stamp_of
from wenyuan.errors import SourceError
from wenyuan.models.artefact import locate_as
from wenyuan.settings import Settings
from wenyuan.store.ledger import Ledger, is_in, read_ledger
from wenyuan.store.lock import Lock
from wenyuan.text.bm25 import ANALYSER


def nothing_new(folder: Path, settings: Settings) -> Report | None:
    """The report of a sync that finds all files as they were; None where there is something to do, or may be.

    Raises:
        WrongUse, Busy, Damaged: as opening the knowledge base.
    """
    if not is_in(folder) or pending(folder) or settings.rerank.coarse:  # states of a token scorer may have to be made
        return None
    encoder = locate_as("encoder", settings.encoder.model, "name an encoder")
    made_with = {"model": encoder.id, "analyser": ANALYSER, "dimension": encoder.card.dimension}
    lock = Lock(folder / "lock")
    try:
        ledger = read_ledger(folder)
        if ledger is None or not ledger.settled or made_with.items() - ledger.meta.items():
            return None
        return _standing(folder, settings, ledger)
    finally:
        lock.release()


def _standing(folder: Path, settings: Settings, ledger: Ledger) -> Report | None:
    base = folder.resolve().parent
    roots = {base / place: root for place, root in ledger.roots.items()}
    if not all(place.exists() for place in roots):
        return None
    report = Report(version=int(ledger.meta["version"]))
    found = [*own_files(folder), *files_of(roots, folder, report.passed_over)]
    files = {file.id: file for file in found}
    report.unchanged = len(files)
    try:
        stamps = {name: stamp_of(file, settings, None) for name, file in files.items()}
    except SourceError:
        return None
    return report if stamps == ledger.stamps else None
